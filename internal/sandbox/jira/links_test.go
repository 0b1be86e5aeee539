package jira

import "testing"

func TestLinks(t *testing.T) {
	editions(t, func(t *testing.T, l *lab) {
		a := l.As("alice")
		dup, orig := must(a.OpenIssue("OPS", "dup", "")), must(a.OpenIssue("WEB", "orig", ""))
		body := obj{"type": obj{"name": "Duplicate"}, "inwardIssue": obj{"key": dup}, "outwardIssue": obj{"key": orig}}
		resp, raw := l.raw("POST", "/issueLink", body)
		l.equal(resp.StatusCode, 201)
		l.equal(string(raw), "")
		l.want(201, "POST", "/issueLink", body) // accepted, and no second one made
		got := l.want(200, "GET", "/issue/"+dup+"?fields=issuelinks", nil)
		l.equal(len(at(got, "fields", "issuelinks").([]any)), 1)
		link := at(got, "fields", "issuelinks", 0)
		l.equal(at(link, "type", "outward"), "duplicates")
		l.equal(at(link, "outwardIssue", "key"), orig)
		l.equal(at(link, "inwardIssue"), nil)
		l.equal(at(l.want(200, "GET", "/issue/"+orig, nil), "fields", "issuelinks", 0, "inwardIssue", "key"), dup)
		l.equal(l.Issue(dup).Links, "[{duplicates "+orig+"}]")
		l.equal(l.Issue(orig).Links, "[{is duplicated by "+dup+"}]")
		id := at(link, "id").(string)
		l.equal(at(l.want(200, "GET", "/issueLink/"+id, nil), "inwardIssue", "key"), dup)
		l.equal(l.Issue(dup).History, "[Link:  -> This issue duplicates "+orig+"]")
		l.want(204, "DELETE", "/issueLink/"+id, nil)
		l.want(404, "DELETE", "/issueLink/"+id, nil)
		l.equal(len(l.Issue(orig).Links), 0)

		bad := func(name, from, to string) obj {
			return obj{"type": obj{"name": name}, "inwardIssue": obj{"key": from}, "outwardIssue": obj{"key": to}}
		}
		l.want(404, "POST", "/issueLink", bad("Nothing", dup, orig))
		l.want(404, "POST", "/issueLink", bad("Relates", dup, "OPS-99"))
		l.want(400, "POST", "/issueLink", bad("Relates", dup, dup))
		l.Revoke("WEB", "hereby", LinkIssues)
		l.want(401, "POST", "/issueLink", bad("Relates", dup, orig))
		l.equal(len(at(l.want(200, "GET", "/issueLinkType", nil), "issueLinkTypes").([]any)), 4)
		l.SetLinkTypes([3]string{"Verwandt", "hängt zusammen mit", "hängt zusammen mit"})
		l.equal(at(l.want(200, "GET", "/issueLinkType", nil), "issueLinkTypes", 0, "name"), "Verwandt")

		// A link to what one may not see is not there.
		l.ok(a.Link(dup, "Verwandt", orig))
		l.SetRole("WEB", "", "hereby")
		l.equal(len(at(l.want(200, "GET", "/issue/"+dup, nil), "fields", "issuelinks").([]any)), 0)
		l.want(404, "GET", "/issueLink/"+id, nil)
	})
}

// Jira's own link between parent and sub-task is in no list.
func TestSubtasksAreNoLinks(t *testing.T) {
	editions(t, func(t *testing.T, l *lab) {
		a := l.As("alice")
		head := must(a.OpenIssue("OPS", "head", ""))
		sub := must(a.OpenSubtask(head, "sub"))
		for _, key := range []string{head, sub} {
			l.equal(len(at(l.want(200, "GET", "/issue/"+key, nil), "fields", "issuelinks").([]any)), 0)
			l.equal(len(l.Issue(key).Links), 0)
		}
	})
}
