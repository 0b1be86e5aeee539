package jira

import (
	"strings"
	"testing"
)

func TestGateway(t *testing.T) {
	l := newLab(t, Options{})
	must(l.As("alice").OpenIssue("OPS", "x", ""))
	site := l.url
	_, raw := l.raw("GET", "/issue/OPS-1", nil)
	l.equal(strings.Contains(string(raw), site+"/rest/api/2/issue/"), true)
	scoped := *l
	scoped.token = l.ScopedToken("hereby")
	scoped.want(401, "GET", "/myself", nil)
	scoped.want(401, "GET", "/issue/OPS-1", nil)
	scoped.url = site + "/ex/jira/" + CloudID
	got := scoped.want(200, "GET", "/issue/OPS-1", nil)
	l.equal(at(got, "self"), scoped.url+"/rest/api/2/issue/10001")
	scoped.want(201, "POST", "/issue", obj{"fields": task("OPS", "y")})
	l.url = scoped.url
	l.want(401, "GET", "/myself", nil)
	l.url = site
	_, raw = l.raw("GET", "/issue/OPS-1", nil)
	l.equal(strings.Contains(string(raw), "/ex/jira/"), false)
	l.equal(at(l.want(200, "GET", "/_edge/tenant_info", nil), "cloudId"), CloudID)
}
