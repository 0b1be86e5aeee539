package jira

import (
	"net/url"
	"slices"
	"strings"
	"testing"
)

// perms are those that somebody has of the ones that these tests ask about.
func perms(v any) string {
	var out []string
	for k, p := range at(v, "permissions").(obj) {
		if strings.Contains("BROWSE_PROJECTS CREATE_ISSUES EDIT_ALL_COMMENTS ADMINISTER TRANSITION_ISSUES", k) && at(p, "havePermission") == true {
			out = append(out, k)
		}
	}
	slices.Sort(out)
	return strings.Join(out, " ")
}

func TestPermissions(t *testing.T) {
	editions(t, func(t *testing.T, l *lab) {
		ask := "?permissions=BROWSE_PROJECTS,CREATE_ISSUES,EDIT_ALL_COMMENTS,ADMINISTER,TRANSITION_ISSUES"
		l.equal(perms(l.want(200, "GET", "/mypermissions"+ask+"&projectKey=OPS", nil)), "BROWSE_PROJECTS CREATE_ISSUES TRANSITION_ISSUES")
		l.Revoke("OPS", "hereby", TransitionIssues)
		l.Grant("OPS", "hereby", EditAllComments)
		l.equal(perms(l.want(200, "GET", "/mypermissions"+ask+"&projectKey=OPS", nil)), "BROWSE_PROJECTS CREATE_ISSUES EDIT_ALL_COMMENTS")
		l.equal(perms(l.want(200, "GET", "/mypermissions"+ask, nil)), "BROWSE_PROJECTS CREATE_ISSUES EDIT_ALL_COMMENTS TRANSITION_ISSUES") // anywhere
		l.want(404, "GET", "/mypermissions"+ask+"&projectKey=NOPE", nil)
		l.want(404, "GET", "/mypermissions"+ask+"&issueKey=OPS-9", nil)
		want := map[bool]int{true: 400, false: 200}[l.cloud()]
		l.want(want, "GET", "/mypermissions", nil)
		l.want(want, "GET", "/mypermissions?permissions=FLY", nil)

		a := l.As("alice")
		key := must(a.OpenIssue("OPS", "x", ""))
		l.want(400, "POST", "/issue/"+key+"/transitions", obj{"transition": obj{"id": "11"}, "fields": obj{}})
		l.equal(len(at(l.want(200, "GET", "/issue/"+key+"/transitions", nil), "transitions").([]any)), 0)
		l.SetRole("OPS", Users, "guest")
		guest := l.as("guest")
		guest.want(403, "PUT", "/issue/"+key, obj{"fields": obj{"summary": "y"}})
		guest.want(403, "PUT", "/issue/"+key+"/assignee", l.person("alice"))
		guest.want(403, "DELETE", "/issue/"+key, nil)
		guest.want(201, "POST", "/issue/"+key+"/comment", obj{"body": "may"})
		l.Revoke("OPS", "guest", AddComments, CreateIssues)
		guest.want(403, "POST", "/issue/"+key+"/comment", obj{"body": "may not"})
		guest.want(400, "POST", "/issue", obj{"fields": task("OPS", "x")})
		guest.want(404, "GET", "/issue/createmeta/OPS/issuetypes", nil)
		l.as("stranger").want(404, "GET", "/issue/"+key, nil)
		l.as("stranger").want(404, "GET", "/project/OPS", nil)
	})
}

// person is how a request names somebody.
func (l *lab) person(name string) obj {
	if l.cloud() {
		return obj{"accountId": l.AccountID(name)}
	}
	return obj{"name": name}
}

func TestAssigning(t *testing.T) {
	editions(t, func(t *testing.T, l *lab) {
		l.SetRole("OPS", Users, "guest")
		key := must(l.As("alice").OpenIssue("OPS", "x", ""))
		path := "/issue/" + key + "/assignee"
		l.want(204, "PUT", path, l.person("bob"))
		l.equal(l.Issue(key).Assignees, "[bob]")
		l.want(400, "PUT", path, l.person("guest"))
		l.want(204, "PUT", "/issue/"+key, obj{"fields": obj{"assignee": l.person("alice")}})
		l.equal(at(l.want(200, "GET", "/issue/"+key, nil), "fields", "assignee", "displayName"), "Alice")
		l.want(204, "PUT", "/issue/"+key, obj{"fields": obj{"assignee": nil}})
		l.equal(l.Issue(key).Assignees, "[]")
		l.Deactivate("bob")
		l.want(400, "PUT", path, l.person("bob"))
		// Who may assign and not edit, may assign.
		l.Revoke("OPS", "hereby", EditIssues)
		l.want(204, "PUT", path, l.person("alice"))
		l.want(403, "PUT", "/issue/"+key, obj{"fields": obj{"assignee": nil, "summary": "y"}})
		found := func(q string) string {
			names := ""
			for _, u := range l.want(200, "GET", "/user/assignable/search?"+q, nil).([]any) {
				names += at(u, "displayName").(string) + " "
			}
			return names
		}
		l.equal(found("project=OPS"), "Alice Hereby ")
		l.equal(found("issueKey="+key+"&query=ali&username=ali"), "Alice ")
		l.want(404, "GET", "/user/assignable/search?project=NOPE", nil)
	})
}

func TestPeople(t *testing.T) {
	editions(t, func(t *testing.T, l *lab) {
		me := l.want(200, "GET", "/myself", nil)
		l.equal(at(me, "displayName"), "Hereby")
		by := "accountId=" + url.QueryEscape(l.AccountID("alice"))
		if l.cloud() {
			l.equal(at(me, "accountId"), l.AccountID("hereby"))
			l.equal(at(me, "name"), nil)
			l.equal(at(l.want(200, "GET", "/user?"+by, nil), "emailAddress"), nil)
			l.ShowEmail("alice")
			l.equal(at(l.want(200, "GET", "/user?"+by, nil), "emailAddress"), "alice@acme.example")
			l.want(404, "GET", "/user?accountId=alice", nil)
		} else {
			by = "username=alice"
			l.equal(at(me, "name"), "hereby")
			l.equal(at(me, "accountId"), nil)
			l.equal(at(l.want(200, "GET", "/user?key="+at(l.want(200, "GET", "/user?"+by, nil), "key").(string), nil), "name"), "alice")
		}
		l.equal(at(l.want(200, "GET", "/user/search?query=ali&username=ali", nil), 0, "displayName"), "Alice")
		l.want(400, "GET", "/user/search", nil)

		l.AddGroup("staff", "alice", "bob")
		l.equal(at(l.want(200, "GET", "/user?"+by+"&expand=groups", nil), "groups", "items", 0, "name"), "staff")
		if l.cloud() {
			l.equal(at(l.want(200, "GET", "/user/groups?"+by, nil), 0, "name"), "staff")
			l.equal(at(l.want(200, "GET", "/group/member?groupname=staff", nil), "total"), 2)
		} else {
			l.want(403, "GET", "/group/member?groupname=staff", nil)
			l.AddAdmin("hereby")
			l.equal(at(l.want(200, "GET", "/group/member?groupname=staff", nil), "values", 1, "name"), "bob")
		}
		l.RemoveFromGroup("staff", "alice")
		l.equal(at(l.want(200, "GET", "/group/member?groupname=staff", nil), "total"), 1)
		l.want(404, "GET", "/group/member?groupname=none", nil)
	})
}

func TestRoles(t *testing.T) {
	editions(t, func(t *testing.T, l *lab) {
		l.AddGroup("staff", "carol")
		l.SetGroupRole("OPS", Developers, "staff")
		l.want(404, "GET", "/project/OPS/role", nil)
		l.Grant("OPS", "hereby", AdministerProject)
		where := at(l.want(200, "GET", "/project/OPS/role", nil), Developers).(string)
		path := strings.TrimPrefix(where, l.url)
		got := l.want(200, "GET", path, nil)
		l.equal(at(got, "name"), Developers)
		l.equal(len(at(got, "actors").([]any)), 4)
		l.equal(at(got, "actors", 1, "displayName"), "Alice")
		if l.cloud() {
			l.equal(at(got, "actors", 1, "actorUser", "accountId"), l.AccountID("alice"))
		} else {
			l.equal(at(got, "actors", 1, "name"), "alice")
		}
		l.equal(at(got, "actors", 3, "type"), "atlassian-group-role-actor")
		l.want(404, "GET", "/project/OPS/role/99", nil)
		key := must(l.As("carol").OpenIssue("OPS", "x", ""))
		l.equal(l.Issue(key).Author, "carol")
	})
}

// On Cloud bad credentials read as nobody's: issues do not exist, and only a
// header tells.
func TestCredentials(t *testing.T) {
	editions(t, func(t *testing.T, l *lab) {
		key := must(l.As("alice").OpenIssue("OPS", "x", ""))
		none := *l
		none.token = ""
		none.want(404, "GET", "/issue/"+key, nil)
		none.want(401, "GET", "/myself", nil)
		none.want(401, "POST", "/issue", obj{"fields": task("OPS", "x")})
		none.want(200, "GET", "/serverInfo", nil)
		if l.cloud() {
			other := *l
			other.who = "alice" // with hereby's token
			other.want(404, "GET", "/issue/"+key, nil)
		}
		l.RevokeToken(l.token)
		resp, _ := l.raw("GET", "/issue/"+key, nil)
		if l.cloud() {
			l.equal(resp.StatusCode, 404)
			l.equal(resp.Header.Get("X-Seraph-Loginreason"), "AUTHENTICATED_FAILED")
		} else {
			l.equal(resp.StatusCode, 401)
		}
		l.want(401, "GET", "/myself", nil)
		off := l.as("bob")
		off.want(200, "GET", "/myself", nil)
		l.Deactivate("bob")
		off.want(401, "GET", "/myself", nil)
	})
}

func TestAnonymised(t *testing.T) {
	editions(t, func(t *testing.T, l *lab) {
		key := must(l.As("alice").OpenIssue("OPS", "x", ""))
		was := l.AccountID("alice")
		now := l.Anonymise("alice")
		author := at(l.want(200, "GET", "/issue/"+key, nil), "fields", "creator")
		l.equal(at(author, "active"), false)
		if l.cloud() {
			l.equal(now, was)
			l.equal(at(author, "displayName"), "Former user")
		} else {
			l.equal(now == was, false)
			l.equal(at(author, "name"), now)
			l.want(404, "GET", "/user?username=alice", nil)
		}
		l.equal(l.NameOf(strings.ToUpper(now)), "alice")
	})
}

func TestSecurityLevel(t *testing.T) {
	editions(t, func(t *testing.T, l *lab) {
		l.SetRole("OPS", Administrators, "alice")
		key := must(l.As("alice").OpenIssue("OPS", "x", ""))
		l.ok(l.As("alice").Restrict(key, true))
		l.want(404, "GET", "/issue/"+key, nil)
		l.equal(len(l.find("project = OPS")), 0)
		l.ok(l.As("alice").Restrict(key, false))
		l.want(200, "GET", "/issue/"+key, nil)
		l.equal(l.As("bob").Restrict(key, true) != nil, true)
	})
}
