package github

import (
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// refs returns the numbers a list shows.
func (r reply) numbers() string {
	var out []string
	for n := range r.len() {
		out = append(out, fmt.Sprint(r.at(fmt.Sprintf("%d.number", n))))
	}
	return strings.Join(out, " ")
}

func TestIssueFilters(t *testing.T) {
	l := newLab(t, Options{})
	a := l.As("alice")
	step := func() { l.clock.Advance(time.Minute) }
	must(a.OpenIssue("acme/shop", "one", "", "incident"))
	step()
	must(l.As("mia").OpenIssue("acme/shop", "two", ""))
	step()
	must(a.OpenIssue("acme/shop", "three", "", "incident", "bug"))
	step()
	must(a.OpenPR("acme/shop", "four", ""))
	step()
	if err := a.Assign("acme/shop", 2, "mia"); err != nil {
		t.Fatal(err)
	}
	step()
	if err := a.Close("acme/shop", 1, ""); err != nil {
		t.Fatal(err)
	}
	since := l.clock.Now().Add(-time.Minute).Format(time.RFC3339)
	for query, want := range map[string]string{
		"":                                      "4 3 2",
		"state=all":                             "4 3 2 1",
		"state=closed":                          "1",
		"state=all&direction=asc":               "1 2 3 4",
		"state=all&sort=updated":                "1 2 4 3",
		"state=all&labels=incident":             "3 1",
		"labels=INCIDENT,bug":                   "3",
		"labels=nothing":                        "",
		"creator=mia":                           "2",
		"assignee=mia":                          "2",
		"assignee=none":                         "4 3",
		"assignee=*":                            "2",
		"state=all&since=" + since:              "2 1",
		"state=all&per_page=2&page=2":           "2 1",
		"state=all&per_page=2&page=9":           "",
		"state=all&sort=updated&since=" + since: "1 2",
	} {
		if got := l.do("alice", "GET", "/repos/acme/shop/issues?"+query, nil).want(200).numbers(); got != want {
			t.Errorf("%s: %q, want %q", query, got, want)
		}
	}
	l.do("alice", "GET", "raw:/repos/acme/shop/issues?state=odd", nil).want(422)
	l.do("alice", "GET", "raw:/repos/acme/shop/issues?since=yesterday", nil).want(422)
	l.do("alice", "GET", "/repos/acme/shop/issues?assignee=ghost", nil).want(422)
	// Only the issue itself tells who closed it, not a list.
	l.do("alice", "GET", "/repos/acme/shop/issues?state=closed", nil).want(200).is("0.closed_by", nil).is("0.state_reason", "completed")
	l.do("alice", "GET", "/repos/acme/shop/issues/1", nil).want(200).is("closed_by.login", "alice")
	pr := l.do("alice", "GET", "/repos/acme/shop/issues/4", nil).want(200)
	if pr.at("pull_request.url") == nil {
		t.Error("a pull request does not say so")
	}
	q := url.QueryEscape(`repo:acme/shop is:issue is:open label:"incident" three`)
	l.do("alice", "GET", "/search/issues?q="+q, nil).want(200).is("total_count", 1).is("items.0.number", 3)
	l.do("stan", "GET", "/search/issues?q="+q, nil).want(200).is("total_count", 0)
	l.do("alice", "GET", "/search/issues?q=sort:odd", nil).want(422)
}

// Following Link headers shows everything once, whatever the page size.
func TestPagesHoldEverythingOnce(t *testing.T) {
	l := newLab(t, Options{})
	l.open("acme/shop", 23)
	rapid.Check(t, func(rt *rapid.T) {
		size := rapid.IntRange(1, 30).Draw(rt, "size")
		next, seen := l.url+fmt.Sprintf("/repos/acme/shop/issues?state=all&per_page=%d", size), map[any]bool{}
		for pages := 0; next != ""; pages++ {
			if pages > 23 {
				rt.Fatal("pages without end")
			}
			r, err := l.try("alice", "GET", next, nil)
			if err != nil || r.Status != 200 {
				rt.Fatal(err, r.Status)
			}
			for n := range r.len() {
				seen[r.at(fmt.Sprintf("%d.number", n))] = true
			}
			if r.len() > min(size, 100) {
				rt.Fatalf("%d on a page of %d", r.len(), size)
			}
			next = linked(r, "next")
		}
		if len(seen) != 23 {
			rt.Fatalf("saw %d of 23", len(seen))
		}
	})
}

func linked(r reply, rel string) string {
	for link := range strings.SplitSeq(r.Header.Get("Link"), ", ") {
		if u, ok := strings.CutSuffix(link, `>; rel="`+rel+`"`); ok {
			return strings.TrimPrefix(u, "<")
		}
	}
	return ""
}

func TestComments(t *testing.T) {
	l := newLab(t, Options{})
	l.open("acme/shop", 2)
	first := must(l.As("alice").Comment("acme/shop", 1, "one"))
	l.clock.Advance(time.Hour)
	second := must(l.As("mia").Comment("acme/shop", 2, "two"))
	l.clock.Advance(time.Hour)
	third := must(l.As("mia").Comment("acme/shop", 1, "three"))
	since := l.clock.Now().Add(-30 * time.Minute).Format(time.RFC3339)
	l.do("alice", "GET", "/repos/acme/shop/issues/1/comments", nil).want(200).is("0.body", "one").is("1.body", "three").is("2", nil)
	l.do("alice", "GET", "/repos/acme/shop/issues/1/comments?since="+since, nil).want(200).is("0.body", "three").is("1", nil)
	l.do("alice", "GET", "/repos/acme/shop/issues/comments", nil).want(200).is("0.body", "one").is("1.body", "two").is("2.body", "three")
	l.clock.Advance(time.Hour)
	l.do("alice", "PATCH", fmt.Sprintf("/repos/acme/shop/issues/comments/%d", first), map[string]any{"body": "one, better"}).want(200).
		is("updated_at", "2026-03-02T12:00:00Z").is("created_at", "2026-03-02T09:00:00Z")
	l.do("alice", "GET", "/repos/acme/shop/issues/comments?sort=updated&direction=desc", nil).want(200).is("0.body", "one, better").is("1.body", "three")
	// Editing a comment changes no updated_at of its issue.
	l.do("alice", "GET", "/repos/acme/shop/issues/1", nil).want(200).is("updated_at", "2026-03-02T11:00:00Z").is("comments", 2)
	l.do("mia", "PATCH", fmt.Sprintf("/repos/acme/shop/issues/comments/%d", first), map[string]any{"body": "x"}).want(403)
	l.do("mia", "DELETE", fmt.Sprintf("/repos/acme/shop/issues/comments/%d", first), nil).want(403)
	l.do("alice", "DELETE", fmt.Sprintf("/repos/acme/shop/issues/comments/%d", second), nil).want(204)
	l.do("alice", "GET", fmt.Sprintf("/repos/acme/shop/issues/comments/%d", second), nil).want(404)
	l.do("alice", "GET", fmt.Sprintf("/repos/acme/other/issues/comments/%d", third), nil).want(404)
	l.do("alice", "POST", "/repos/acme/shop/issues/1/comments", map[string]any{"body": " \n"}).want(422)
	l.do("alice", "POST", "/repos/acme/shop/issues/1/comments", map[string]any{"body": strings.Repeat("é", 65537)}).want(422)
	l.do("alice", "POST", "/repos/acme/shop/issues/1/comments", map[string]any{"body": strings.Repeat("é", 65536)}).want(201)
	l.do("alice", "POST", "raw:/repos/acme/shop/issues/1/comments", `{"body":`).want(400)
	l.do("alice", "POST", "raw:/repos/acme/shop/issues/1/comments", `{"body":7}`).want(422)
}

func TestReactions(t *testing.T) {
	l := newLab(t, Options{})
	l.open("acme/shop", 1)
	id := must(l.As("alice").Comment("acme/shop", 1, "/ops"))
	path := fmt.Sprintf("/repos/acme/shop/issues/comments/%d", id)
	l.clock.Advance(time.Minute)
	r := l.do("mia", "POST", path+"/reactions", map[string]any{"content": "rocket"}).want(201).is("user.login", "mia").is("created_at", "2026-03-02T09:01:00Z")
	l.do("mia", "POST", path+"/reactions", map[string]any{"content": "rocket"}).want(200)
	l.do("alice", "POST", path+"/reactions", map[string]any{"content": "confused"}).want(201)
	l.do("alice", "POST", "raw:"+path+"/reactions", map[string]any{"content": "tada"}).want(422)
	l.do("alice", "GET", path, nil).want(200).is("reactions.total_count", 2).is("reactions.rocket", 1).is("updated_at", "2026-03-02T09:00:00Z")
	l.do("alice", "GET", path+"/reactions?content=rocket", nil).want(200).is("0.content", "rocket").is("1", nil)
	mine := fmt.Sprintf("%s/reactions/%.0f", path, r.at("id"))
	l.do("tia", "DELETE", mine, nil).want(403)
	l.do("mia", "DELETE", mine, nil).want(204)
	l.do("mia", "DELETE", mine, nil).want(404)
	l.do("mia", "POST", "/repos/acme/shop/issues/1/reactions", map[string]any{"content": "+1"}).want(201)
	l.do("mia", "GET", "/repos/acme/shop/issues/1/reactions", nil).want(200).is("0.content", "+1")
}

func TestLabels(t *testing.T) {
	l := newLab(t, Options{})
	l.open("acme/shop", 1)
	odd := []string{"sev/1", "100%", "a?b#c", "hereby/🔥", "good first issue"}
	for _, name := range odd {
		at := "/repos/acme/shop/issues/1/labels/" + url.PathEscape(name)
		l.do("alice", "POST", "/repos/acme/shop/issues/1/labels", []string{name}).want(200).is("0.name", name)
		l.do("alice", "GET", "/repos/acme/shop/labels/"+url.PathEscape(name), nil).want(200).is("name", name)
		l.do("alice", "DELETE", at, nil).want(200)
		l.do("alice", "DELETE", at, nil).want(404)
	}
	l.do("alice", "PUT", "/repos/acme/shop/issues/1/labels", map[string]any{"labels": []string{"bug", "question"}}).want(200).is("1.name", "question")
	l.do("alice", "GET", "/repos/acme/shop/issues/1/labels", nil).want(200).is("0.name", "bug")
	l.do("alice", "POST", "/repos/acme/shop/labels", map[string]any{"name": "BUG"}).want(422)
	l.do("alice", "POST", "/repos/acme/shop/labels", map[string]any{"name": strings.Repeat("x", 51)}).want(422)
	l.do("alice", "POST", "/repos/acme/shop/labels", map[string]any{"name": "hereby", "color": "112233", "description": "Ours"}).want(201).is("description", "Ours")
	l.do("alice", "PATCH", "/repos/acme/shop/labels/hereby", map[string]any{"new_name": "hereby2"}).want(200).is("name", "hereby2").is("color", "112233")
	l.do("alice", "DELETE", "/repos/acme/shop/labels/bug", nil).want(204)
	l.do("alice", "GET", "/repos/acme/shop/issues/1", nil).want(200).is("labels.0.name", "question").is("labels.1", nil)
	l.do("alice", "DELETE", "/repos/acme/shop/issues/1/labels", nil).want(204)
	l.do("alice", "GET", "/repos/acme/shop/labels?per_page=100", nil).want(200)
}

func TestListsLag(t *testing.T) {
	l := newLab(t, Options{Lag: time.Minute})
	must(l.As("alice").OpenIssue("acme/shop", "new", "", "incident"))
	id := must(l.As("alice").Comment("acme/shop", 1, "hello"))
	l.do("alice", "GET", "/repos/acme/shop/issues/1", nil).want(200).is("title", "new")
	l.do("alice", "GET", "/repos/acme/shop/issues", nil).want(200).is("0", nil)
	l.do("alice", "GET", "/repos/acme/shop/issues/comments", nil).want(200).is("0", nil)
	l.do("alice", "GET", "/search/issues?q=new", nil).want(200).is("total_count", 0)
	l.clock.Advance(time.Minute)
	l.do("alice", "GET", "/repos/acme/shop/issues", nil).want(200).is("0.title", "new").is("0.labels.0.name", "incident")
	l.do("alice", "GET", "/repos/acme/shop/issues/1/comments", nil).want(200).is("0.body", "hello")
	for _, title := range []string{"second", "third"} {
		if err := l.As("alice").SetTitle("acme/shop", 1, title); err != nil {
			t.Fatal(err)
		}
		l.clock.Advance(20 * time.Second)
	}
	if err := l.As("alice").EditComment(id, "bye"); err != nil {
		t.Fatal(err)
	}
	show := func(title, body string) {
		t.Helper()
		l.do("alice", "GET", "/repos/acme/shop/issues?state=all", nil).want(200).is("0.title", title)
		l.do("alice", "GET", "/repos/acme/shop/issues/1/comments", nil).want(200).is("0.body", body)
	}
	show("new", "hello")
	l.do("alice", "GET", "/repos/acme/shop/issues/1", nil).want(200).is("title", "third")
	l.clock.Advance(20 * time.Second) // 60 s after the first change
	show("second", "hello")
	l.clock.Advance(20 * time.Second)
	show("third", "hello")
	l.clock.Advance(20 * time.Second)
	show("third", "bye")
}
