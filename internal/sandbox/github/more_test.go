package github

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/hereby/hereby/internal/sandbox/host"
)

func TestInProcessIsLikeANetwork(t *testing.T) {
	l := newLab(t, Options{})
	l.open("acme/shop", 1)
	client := &http.Client{Transport: host.InProcess(l.Handler())}
	get := func() (*http.Response, error) {
		req, err := http.NewRequest("GET", "http://sandbox/api/v3/repos/acme/shop/issues/1", nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Authorization", "token "+l.token["alice"])
		return client.Do(req)
	}
	if resp, err := get(); err != nil || resp.StatusCode != 200 {
		t.Errorf("%v %v", resp, err)
	}
	l.SetFault(func(*http.Request, int) Fault { return Fault{Kind: LostReply} })
	if _, err := get(); err == nil || !strings.Contains(err.Error(), "closed the connection") {
		t.Errorf("aborted: %v", err)
	}
}

func TestEveryEventHasItsShape(t *testing.T) {
	l := newLab(t, Options{})
	a := l.As("alice")
	l.open("acme/shop", 2)
	for _, err := range []error{
		a.Label("acme/shop", 1, "bug"), a.Unlabel("acme/shop", 1, "bug"), a.Assign("acme/shop", 1, "mia"), a.Assign("acme/shop", 1),
		a.SetTitle("acme/shop", 1, "new"), a.Lock("acme/shop", 1), a.Unlock("acme/shop", 1), a.AddSubIssue("acme/shop", 1, "acme/shop", 2),
		a.RemoveSubIssue("acme/shop", 1, "acme/shop", 2), a.BlockedBy("acme/shop", 1, "acme/shop", 2), a.Unblock("acme/shop", 1, "acme/shop", 2),
		a.CloseAsDuplicate("acme/shop", 1, "acme/shop", 2), a.Reopen("acme/shop", 1),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	must(a.Push("acme/shop", "see #1"))
	want := "labeled unlabeled assigned unassigned renamed locked unlocked sub_issue_added sub_issue_removed blocked_by_added blocked_by_removed closed reopened referenced"
	for _, list := range []string{"/repos/acme/shop/issues/1/events", "/repos/acme/shop/issues/1/timeline"} {
		r := l.do("alice", "GET", list, nil).want(200)
		var got []string
		for n := range r.len() {
			got = append(got, r.at(fmt.Sprintf("%d.event", n)).(string))
		}
		if join(got) != want {
			t.Errorf("%s: %s", list, join(got))
		}
	}
	r := l.do("alice", "GET", "/repos/acme/shop/issues/1/events", nil).is("4.rename.to", "new").is("11.state_reason", "duplicate")
	one := fmt.Sprintf("/repos/acme/shop/issues/events/%.0f", r.at("0.id"))
	l.do("alice", "GET", one, nil).want(200).is("label.name", "bug").is("issue.number", 1)
	l.do("alice", "GET", "/repos/acme/shop/issues/events/7", nil).want(404)
	l.do("alice", "GET", strings.Replace(one, "shop", "other", 1), nil).want(404)
}

func TestWhatAnIssueIsADuplicateOf(t *testing.T) {
	const form = `query($owner:String!,$name:String!,$number:Int!){repository(owner:$owner,name:$name){issue(number:$number){%s}}}`
	field := fmt.Sprintf(form, `duplicateOf{number repository{nameWithOwner}}`)
	marked := fmt.Sprintf(form, `timelineItems(last:1,itemTypes:[MARKED_AS_DUPLICATE_EVENT]){nodes{... on MarkedAsDuplicateEvent{canonical{... on Issue{number repository{nameWithOwner}}}}}}`)
	for _, ghes := range []bool{false, true} {
		l := newLab(t, Options{GHES: ghes})
		id := l.open("acme/shop", 3)
		l.do("alice", "PATCH", "/repos/acme/shop/issues/1", map[string]any{"state": "closed", "state_reason": "duplicate", "duplicate_issue_id": id[2]}).want(200).is("state_reason", "duplicate")
		l.do("alice", "PATCH", "/repos/acme/shop/issues/3", map[string]any{"state": "closed", "state_reason": "duplicate", "duplicate_issue_id": 3}).want(422)
		ask := func(who, query string, n int) reply {
			return l.do(who, "POST", "raw:/graphql", map[string]any{"query": query, "variables": map[string]any{"owner": "acme", "name": "shop", "number": n}})
		}
		ask("alice", marked, 1).want(200).is("data.repository.issue.timelineItems.nodes.0.canonical.number", 2)
		ask("alice", marked, 2).want(200).is("errors", nil).is("data.repository.issue.timelineItems.nodes.0", nil)
		if ghes {
			ask("alice", field, 1).want(200).is("errors.0.message", "Field 'duplicateOf' doesn't exist on type 'Issue'")
			continue
		}
		ask("alice", field, 1).want(200).is("data.repository.issue.duplicateOf.repository.nameWithOwner", "acme/shop")
		ask("alice", field, 3).want(200).is("data.repository.issue.duplicateOf", nil).is("errors", nil)
		ask("alice", field, 9).want(200).is("errors.0.type", "NOT_FOUND")
		ask("stan", field, 1).want(200).is("errors.0.type", "NOT_FOUND")
		ask("", field, 1).want(401)
		ask("alice", "{viewer{login}}", 1).want(200).is("data", nil)
	}
}

func TestBadIssues(t *testing.T) {
	l := newLab(t, Options{})
	l.open("acme/shop", 1)
	for _, x := range []struct {
		body string
		want int
	}{
		{`{"title":" "}`, 422}, {`{}`, 422}, {`{"title":"` + strings.Repeat("t", 257) + `"}`, 422}, {`{"title":7}`, 201},
		{`{"title":"t","body":"` + strings.Repeat("b", 65537) + `"}`, 422}, {`{"title":"t","labels":[{"name":"bug"}]}`, 201},
		{`{"title":"t","assignee":"mia"}`, 201}, {`{"title":"t","assignees":"mia"}`, 201}, {`{"title":"t","labels":7}`, 422}, {`[`, 400}, {`"x"`, 422},
		{`{"title":"t","body":` + strings.Repeat("[", 20000) + `}`, 400},
	} {
		if r := l.do("alice", "POST", "raw:/repos/acme/shop/issues", x.body); r.Status != x.want {
			t.Errorf("%.60s: %d, want %d: %s", x.body, r.Status, x.want, r.Raw)
		}
	}
	for body, want := range map[string]int{`{"state":"ajar"}`: 422, `{"state":"closed","state_reason":"bored"}`: 422, `{"title":""}`: 422, `{"state":"open","state_reason":"completed"}`: 200} {
		if r := l.do("alice", "PATCH", "raw:/repos/acme/shop/issues/1", body); r.Status != want {
			t.Errorf("%s: %d, want %d", body, r.Status, want)
		}
	}
	l.do("alice", "PUT", "raw:/repos/acme/shop/issues/1/lock", `{"lock_reason":"bored"}`).want(422)
	l.do("alice", "POST", "raw:/repos/acme/shop/issues/1/comments", strings.Repeat(" ", maxBody+1)).want(413)
}

func TestATransferTakesRelationsAlong(t *testing.T) {
	l := newLab(t, Options{})
	a := l.As("alice")
	l.open("acme/shop", 4)
	for _, err := range []error{a.AddSubIssue("acme/shop", 1, "acme/shop", 2), a.AddSubIssue("acme/shop", 2, "acme/shop", 3),
		a.BlockedBy("acme/shop", 2, "acme/shop", 4), a.BlockedBy("acme/shop", 4, "acme/shop", 1)} {
		if err != nil {
			t.Fatal(err)
		}
	}
	if n := must(a.Transfer("acme/shop", 2, "acme/other")); n != 1 {
		t.Fatalf("number %d", n)
	}
	if got := fmt.Sprint(l.Issue("acme/shop", 1).Children, l.Issue("acme/other", 1).BlockedBy, l.Issue("acme/other", 1).Children); got != "[acme/other#1] [acme/shop#4] [acme/shop#3]" {
		t.Errorf("relations %s", got)
	}
	if err := a.Unblock("acme/other", 1, "acme/shop", 4); err != nil {
		t.Error(err)
	}
	if got := l.Issue("acme/shop", 3).Parent; got != "acme/other#1" {
		t.Errorf("parent %v", got)
	}
	if err := a.Delete("acme/shop", 1); err != nil {
		t.Fatal(err)
	}
	if l.Issue("acme/other", 1).Parent != nil || len(l.Issue("acme/shop", 4).BlockedBy) != 0 {
		t.Error("a deleted issue is still related")
	}
	l.SetRole("acme/open", "alice", Admin)
	l.AddOrg("rival", "alice")
	l.AddRepo("rival/site")
	l.SetRole("rival/site", "alice", Admin)
	for _, to := range []string{"acme/shop", "acme/open", "rival/site"} {
		if _, err := a.Transfer("acme/shop", 3, to); err == nil {
			t.Errorf("transferred to %s", to)
		}
	}
}

func TestTokensEnd(t *testing.T) {
	l := newLab(t, Options{})
	l.do("alice", "GET", "/user", nil).want(200).is("login", "alice")
	l.Revoke(l.token["alice"])
	l.do("alice", "GET", "/user", nil).want(401)
	l.do("", "GET", "/user", nil).want(401)
	l.do("", "GET", "/repos/acme/open", nil).want(200)
	r := l.do("", "GET", "/rate_limit", nil).want(200)
	r.is("rate.limit", 60)
}

func TestOrganisationHooks(t *testing.T) {
	l := newLab(t, Options{})
	id := l.AddOrgHook("acme", "http://127.0.0.1:1", "s", "issues")
	l.SetMember("acme", "alice", true, false)
	l.open("acme/shop", 1)
	l.Flush()
	path := fmt.Sprintf("/orgs/acme/hooks/%d", id)
	l.do("alice", "GET", "/orgs/acme/hooks", nil).want(200).is("0.id", int(id))
	l.do("alice", "GET", path, nil).want(200).is("type", "Organization")
	d := l.do("alice", "GET", path+"/deliveries", nil).want(200).is("0.status_code", 502)
	l.do("alice", "POST", fmt.Sprintf("%s/deliveries/%.0f/attempts", path, d.at("0.id")), nil).want(202)
	l.do("mia", "GET", "/orgs/acme/hooks", nil).want(404)
	l.do("", "GET", "/orgs/acme/hooks", nil).want(404)
}

func TestRepositoryChangesHands(t *testing.T) {
	l, to := newLab(t, Options{}), newReceiver(t)
	l.AddHook("acme/shop", to.url, "s", "repository")
	l.AddOrg("newco", "alice")
	l.RenameRepo("acme/shop", "newco/store")
	l.Flush()
	if got := to.names(); got != "repository.transferred repository.renamed" {
		t.Errorf("told %s", got)
	}
	l.SetRole("newco/store", "alice", Admin)
	l.do("alice", "GET", "/repos/acme/shop", nil).want(301)
	l.do("alice", "GET", "/repos/newco/store", nil).want(200)
}

func TestLagCanChange(t *testing.T) {
	l := newLab(t, Options{})
	l.SetLag(time.Minute)
	l.open("acme/shop", 1)
	l.SetLag(0)
	l.open("acme/shop", 1)
	if got := l.do("alice", "GET", "/repos/acme/shop/issues", nil).want(200).numbers(); got != "2" {
		t.Errorf("listed %s", got)
	}
	if err := l.As("alice").Close("acme/shop", 2, ""); err != nil {
		t.Fatal(err)
	}
	if got := l.do("alice", "GET", "/repos/acme/shop/issues", nil).want(200).numbers(); got != "" {
		t.Errorf("listed %s", got)
	}
}

// On the real clock a delayed effect comes by itself.
func TestADelayedEffectOnTheRealClock(t *testing.T) {
	told := make(chan string)
	s := New(Options{Transport: transport(func(r *http.Request) { told <- r.Header.Get("X-GitHub-Event") })})
	defer s.Close()
	s.AddRepo("acme/shop")
	s.SetRole("acme/shop", "alice", Write)
	s.AddHook("acme/shop", "http://hook", "s")
	s.SetFault(func(*http.Request, int) Fault { return Fault{Kind: DelayedAfter, Delay: time.Millisecond} })
	req, err := http.NewRequest("POST", "http://sandbox/repos/acme/shop/issues", strings.NewReader(`{"title":"late"}`))
	if err != nil {
		t.Fatal(err)
	}
	req.SetBasicAuth("x-access-token", s.Token("alice"))
	if _, err := host.InProcess(s.APIHandler()).RoundTrip(req); err == nil {
		t.Error("answered")
	}
	if got := <-told; got != "issues" {
		t.Errorf("told of %s", got)
	}
}
