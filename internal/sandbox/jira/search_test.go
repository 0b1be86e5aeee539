package jira

import (
	"net/url"
	"strings"
	"testing"
	"time"
)

// find searches and returns the keys found, in order, on one page.
func (l *lab) find(jql string, more ...obj) []string {
	l.t.Helper()
	keys := []string{}
	for _, i := range at(l.want(200, "POST", l.searching(), l.query(jql, more...)), "issues").([]any) {
		keys = append(keys, at(i, "key").(string))
	}
	return keys
}

func (l *lab) searching() string {
	if l.cloud() {
		return "/search/jql"
	}
	return "/search"
}

func (l *lab) query(jql string, more ...obj) obj {
	in := obj{"jql": jql, "fields": []string{"summary"}}
	for _, m := range more {
		for k, v := range m {
			in[k] = v
		}
	}
	return in
}

func TestJQL(t *testing.T) {
	editions(t, func(t *testing.T, l *lab) {
		a := l.As("alice")
		one := must(a.OpenIssue("OPS", "one", "", "hereby", "hereby-1"))
		l.clock.Advance(2 * time.Minute)
		two := must(a.OpenIssue("OPS", "two", ""))
		web := must(l.As("bob").OpenIssue("WEB", "three", "", "Hereby"))
		sub := must(a.OpenSubtask(one, "sub"))
		l.ok(a.Link(one, "Relates", web))
		l.ok(a.Close(two, "Duplicate"))
		l.ok(a.Assign(two, "bob"))
		l.clock.Advance(2 * time.Minute)
		id := l.Issue(one).ID
		for _, x := range []struct{ jql, want string }{
			{"project = OPS order by created, id", one + " " + two + " " + sub},
			{"project in (OPS, web) ORDER BY id DESC", sub + " " + web + " " + two + " " + one},
			{`project = "OPS" AND labels = hereby`, one},
			{"labels in (hereby, x) and (project = WEB or project = OPS) order by key asc", one + " " + web},
			{"project = OPS and labels is EMPTY order by key", two + " " + sub},
			{"project = OPS and not labels = hereby order by key", two + " " + sub},
			{"project = OPS and labels != hereby", ""},
			{"key in (" + one + ", " + id + ") ", one},
			{"id = " + id, one},
			{"parent = " + one, sub},
			{"parent in (" + one + ")", sub},
			{"issue in linkedIssues(" + one + ")", web},
			{`issue in linkedIssues("` + one + `", "blocks")`, ""},
			{"statusCategory = Done and project = OPS", two},
			{`status = "To Do" and project = WEB`, web},
			{"project = OPS and issuetype = Sub-task", sub},
			{"assignee = currentUser() and project = OPS", ""},
			{"creator = " + quote(l.AccountID("bob")), web},
			{"assignee = " + quote(l.AccountID("bob")), two},
			{`created >= "2026-03-02 09:01" and project = OPS order by key`, two + " " + sub},
			{`created < "2026/03/02 09:01"`, one},
			{"created > -3m order by key", two + " " + sub + " " + web},
			{"updated >= 1772442061000 and project = WEB", web},
			{"created >= 2026-03-03", ""},
		} {
			l.equal(strings.Join(l.find(x.jql), " "), x.want)
		}
		for _, bad := range []string{
			"project = NOPE", "project OPS", "project = ", "project = OPS and", "project = OPS order", "project = OPS order by votes", "(project = OPS",
			"key = OPS-99", "key in (OPS-1, OPS-99)", "id = 99", "parent = OPS-99", "foo = bar", "project = OPS bar", "created >= yesterday", "labels ~ x",
			"issue in linkedIssues()", "issue in linkedIssues(OPS-99)", "assignee in membersOf(x)", "project in OPS", "status = Nowhere", "project = OPS & key = 1",
			"labels is here", `project = OPS "`, `project = OPS and key = "OPS-1`, "assignee = " + quote("nobody"), "created in (1)", "project in (OPS",
		} {
			if status, v := l.do("POST", l.searching(), l.query(bad)); status != 400 {
				t.Errorf("%q: %d %v", bad, status, v)
			}
		}
	})
}

func quote(s string) string { return `"` + s + `"` }

func TestCloudSearch(t *testing.T) {
	l := newLab(t, Options{})
	var keys []string
	for range 7 {
		keys = append(keys, must(l.As("alice").OpenIssue("OPS", "x", "")))
	}
	// Bounded only, the former search gone, ids alone by default, pages by token.
	for _, unbounded := range []string{"", "order by created", "project != WEB", "labels is not EMPTY"} {
		l.want(400, "POST", "/search/jql", l.query(unbounded))
	}
	l.want(410, "POST", "/search", obj{"jql": "project = OPS"})
	l.want(410, "GET", "/search?jql=project+%3D+OPS", nil)
	got := l.want(200, "POST", "/search/jql", obj{"jql": "project = OPS"})
	l.equal(len(at(got, "issues", 0).(obj)), 1)
	l.equal(at(got, "total"), nil)
	var found []string
	token, pages := "", 0
	for {
		in := l.query("project = OPS order by key", obj{"maxResults": 3})
		if token != "" {
			in["nextPageToken"] = token
		}
		got := l.want(200, "POST", "/search/jql", in)
		for _, i := range at(got, "issues").([]any) {
			found = append(found, at(i, "key").(string))
		}
		pages++
		token, _ = at(got, "nextPageToken").(string)
		l.equal(at(got, "isLast"), token == "")
		if token == "" {
			break
		}
		l.want(400, "POST", "/search/jql", l.query("project = WEB", obj{"nextPageToken": token}))
	}
	l.equal(found, keys)
	l.equal(pages, 3)
	l.want(400, "POST", "/search/jql", l.query("project = OPS", obj{"nextPageToken": "nonsense"}))
	l.want(201, "PUT", "/issue/OPS-1/properties/hereby", 7)
	got = l.want(200, "POST", "/search/jql", l.query("key = OPS-1", obj{"properties": []string{"hereby"}}))
	l.equal(at(got, "issues", 0, "properties", "hereby"), 7)
}

func TestDataCenterSearch(t *testing.T) {
	l := newLab(t, Options{Edition: DataCenter})
	for range 5 {
		must(l.As("alice").OpenIssue("OPS", "x", ""))
	}
	l.want(201, "PUT", "/issue/OPS-1/properties/hereby", 7)
	got := l.want(200, "POST", "/search", l.query("project = OPS order by key", obj{"startAt": 3, "maxResults": 3, "properties": []string{"hereby"}}))
	l.equal(at(got, "total"), 5)
	l.equal(at(got, "issues", 0, "key"), "OPS-4")
	l.equal(at(l.want(200, "GET", "/search?jql="+url.QueryEscape("key = OPS-1"), nil), "issues", 0, "properties"), nil)
	l.want(200, "POST", "/search", l.query("")) // unbounded is fine here
	l.want(404, "POST", "/search/jql", l.query("project = OPS"))
	l.want(404, "GET", "/rest/api/3/myself", nil)
	l.want(200, "GET", "/rest/api/latest/myself", nil)
	l.want(404, "GET", "/issue/OPS-1/changelog", nil)
}

// The index lags behind; reading by key does not, nor does what is reconciled.
func TestLag(t *testing.T) {
	l := newLab(t, Options{Lag: time.Minute})
	a := l.As("alice")
	key := must(a.OpenIssue("OPS", "new", ""))
	id := id64(l.Issue(key).ID)
	l.equal(len(l.find("project = OPS")), 0)
	l.equal(l.find("project = OPS", obj{"reconcileIssues": []int64{id}}), "["+key+"]")
	l.equal(len(l.find("project = WEB", obj{"reconcileIssues": []int64{id}})), 0)
	l.want(200, "GET", "/issue/"+key, nil)
	l.clock.Advance(time.Minute)
	l.equal(l.find("project = OPS"), "["+key+"]")

	l.ok(a.Label(key, "incident"))
	l.equal(len(l.find("labels = incident")), 0)
	got := l.want(200, "POST", "/search/jql", l.query("project = OPS", obj{"fields": []string{"labels"}}))
	l.equal(at(got, "issues", 0, "fields", "labels"), "[]")
	l.SetRole("OPS", Administrators, "alice")
	l.ok(a.Delete(key))
	l.equal(l.find("project = OPS"), "["+key+"]") // gone, and still in the index
	l.want(404, "GET", "/issue/"+key, nil)
	l.equal(len(l.find("project = OPS", obj{"reconcileIssues": []int64{id}})), 0)
	l.clock.Advance(time.Minute)
	l.equal(len(l.find("project = OPS")), 0)
	many := make([]int64, maxReconciled+1)
	l.want(400, "POST", "/search/jql", l.query("project = OPS", obj{"reconcileIssues": many}))
}

// A query's times are in the asker's zone, by the minute.
func TestTimesInTheAskersZone(t *testing.T) {
	editions(t, func(t *testing.T, l *lab) {
		key := must(l.As("alice").OpenIssue("OPS", "x", ""))
		l.equal(l.find(`created >= "2026-03-02 09:00"`), "["+key+"]")
		l.SetZone("hereby", "America/New_York")
		l.equal(len(l.find(`created >= "2026-03-02 09:00"`)), 0)
		l.equal(l.find(`created >= "2026-03-02 04:00"`), "["+key+"]")
		l.equal(at(l.want(200, "GET", "/myself", nil), "timeZone"), "America/New_York")
	})
}

func FuzzJQL(f *testing.F) {
	for _, s := range []string{"", "project = OPS", `labels in (a, "b c") and not (key = OPS-1 or parent is empty) order by created desc, key`, `issue in linkedIssues(OPS-1, 'x')`, "\"", "a ="} {
		f.Add(s)
	}
	s := New(Options{Deliver: Manual})
	defer s.Close()
	s.AddProject("OPS")
	s.SetRole("OPS", Developers, "alice")
	key := must(s.As("alice").OpenIssue("OPS", "x", ""))
	f.Fuzz(func(t *testing.T, jql string) {
		c := &call{s: s, who: s.users["alice"]}
		q, err := c.parse(jql)
		if (q == nil) == (err == nil) {
			t.Fatalf("%v and %v", q, err)
		}
		if err == nil {
			q.sort([]*issue{s.keys[key]})
			q.where(s.keys[key])
		}
	})
}
