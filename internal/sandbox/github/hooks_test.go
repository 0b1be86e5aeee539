package github

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"math/rand"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"
)

// receiver takes webhooks and answers as told.
type receiver struct {
	mu     sync.Mutex
	url    string
	status int
	got    []received
}

type received struct {
	event, action, guid, signature string
	header                         http.Header
	body                           []byte
}

func newReceiver(t *testing.T) *receiver {
	r := &receiver{status: 202}
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		body, err := io.ReadAll(q.Body)
		if err != nil {
			t.Error(err)
		}
		var p struct{ Action string }
		if err := json.Unmarshal(body, &p); err != nil && q.Header.Get("Content-Type") == "application/json" {
			t.Error(err)
		}
		r.mu.Lock()
		defer r.mu.Unlock()
		r.got = append(r.got, received{q.Header.Get("X-GitHub-Event"), p.Action, q.Header.Get("X-GitHub-Delivery"), q.Header.Get("X-Hub-Signature-256"), q.Header, body})
		w.WriteHeader(r.status)
	}))
	t.Cleanup(srv.Close)
	r.url = srv.URL
	return r
}

func (r *receiver) names() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	var out []string
	for _, g := range r.got {
		out = append(out, strings.TrimSuffix(g.event+"."+g.action, "."))
	}
	return strings.Join(out, " ")
}

func (r *receiver) clear() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.got = nil
}

func TestWebhooksTellWhatHappened(t *testing.T) {
	l, to := newLab(t, Options{}), newReceiver(t)
	l.AddHook("acme/shop", to.url, "secret")
	a := l.As("alice")
	step := func(want string, err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		l.Flush()
		if got := to.names(); got != want {
			t.Errorf("told %q, want %q", got, want)
		}
		for _, g := range to.got {
			mac := hmac.New(sha256.New, []byte("secret"))
			mac.Write(g.body)
			if g.signature != "sha256="+hex.EncodeToString(mac.Sum(nil)) {
				t.Errorf("%s: signature %s", g.event, g.signature)
			}
			var p struct {
				Sender     struct{ Login string }
				Repository struct {
					FullName string `json:"full_name"`
				}
				Organization struct{ Login string }
			}
			if err := json.Unmarshal(g.body, &p); err != nil || p.Sender.Login == "" || p.Repository.FullName == "" || p.Organization.Login != "acme" {
				t.Errorf("%s: %v %s", g.event, err, g.body)
			}
		}
		to.clear()
	}
	_, err := a.OpenIssue("acme/shop", "Down", "text", "incident", "bug")
	step("issues.opened label.created issues.labeled issues.labeled", err)
	step("issues.assigned", a.Assign("acme/shop", 1, "mia"))
	step("issues.unassigned issues.assigned", a.Assign("acme/shop", 1, "alice"))
	step("issues.edited", a.SetTitle("acme/shop", 1, "Down!"))
	step("issues.unlabeled", a.Unlabel("acme/shop", 1, "bug"))
	id, err := a.Comment("acme/shop", 1, "/ops")
	step("issue_comment.created", err)
	step("issue_comment.edited", a.EditComment(id, "/ops me"))
	step("", a.ReactTo(id, "eyes"))
	step("issue_comment.deleted", a.DeleteComment(id))
	_, err = a.OpenIssue("acme/shop", "Child", "")
	step("issues.opened", err)
	step("sub_issues.sub_issue_added sub_issues.parent_issue_added", a.AddSubIssue("acme/shop", 1, "acme/shop", 2))
	step("sub_issues.sub_issue_removed sub_issues.parent_issue_removed", a.RemoveSubIssue("acme/shop", 1, "acme/shop", 2))
	step("issue_dependencies.blocked_by_added issue_dependencies.blocking_added", a.BlockedBy("acme/shop", 1, "acme/shop", 2))
	step("issues.closed", a.Close("acme/shop", 1, ""))
	step("issues.reopened", a.Reopen("acme/shop", 1))
	step("issues.locked", a.Lock("acme/shop", 1))
	pr, err := a.OpenPR("acme/shop", "Repair", "Fixes #1 and closes acme/shop#2, see #3")
	step("pull_request.opened", err)
	step("pull_request.closed issues.closed issues.closed", a.MergePR("acme/shop", pr))
	l.RenameRepo("acme/shop", "acme/store")
	step("repository.renamed", nil)
	_, err = a.OpenIssue("acme/store", "Third", "")
	step("issues.opened", err)
	_, err = a.Transfer("acme/store", 4, "acme/other")
	step("issues.transferred", err)
	step("issues.deleted", a.Delete("acme/store", 2))
}

func TestHowAnIssueWasClosedShows(t *testing.T) {
	l := newLab(t, Options{})
	a := l.As("alice")
	l.open("acme/shop", 2)
	pr := must(a.OpenPR("acme/shop", "Repair", "Fixes #1"))
	if err := a.MergePR("acme/shop", pr); err != nil {
		t.Fatal(err)
	}
	l.do("alice", "GET", "/repos/acme/shop/issues/1/timeline", nil).want(200).
		is("0.event", "cross-referenced").is("0.source.issue.number", 3).is("1.event", "closed").is("1.commit_id", nil)
	sha := must(a.Push("acme/shop", "Resolve it\n\nFixes #2"))
	l.do("alice", "GET", "/repos/acme/shop/issues/2/events", nil).want(200).is("0.event", "referenced").is("1.event", "closed").is("1.commit_id", sha)
}

func TestHooksOverTheAPI(t *testing.T) {
	l, to := newLab(t, Options{}), newReceiver(t)
	r := l.do("alice", "POST", "/repos/acme/shop/hooks", map[string]any{"name": "web", "active": true, "events": []string{"issues"},
		"config": map[string]any{"url": to.url, "content_type": "json", "secret": "x"}}).want(201).is("config.secret", "********")
	hook := fmt.Sprintf("/repos/acme/shop/hooks/%.0f", r.at("id"))
	l.do("alice", "POST", "/repos/acme/shop/hooks", map[string]any{"config": map[string]any{"url": to.url}}).want(422)
	l.do("alice", "POST", "/repos/acme/shop/hooks", map[string]any{"config": map[string]any{"url": "nonsense"}}).want(422)
	l.Flush()
	to.status = 500
	for n := range 5 {
		must(l.As("alice").OpenIssue("acme/shop", fmt.Sprint(n), ""))
		must(l.As("alice").Comment("acme/shop", 1, "not subscribed to"))
	}
	l.Flush()
	if got := to.names(); got != "ping issues.opened issues.opened issues.opened issues.opened issues.opened" {
		t.Errorf("told %s", got)
	}
	to.status = 202
	must(l.As("alice").OpenIssue("acme/shop", "fine", ""))
	l.Flush()
	l.do("alice", "GET", "/repos/acme/shop/hooks", nil).want(200).is("0.last_response.code", 202)
	all := l.do("alice", "GET", hook+"/deliveries", nil).want(200)
	if all.len() != 7 || all.at("0.status_code") != 202.0 {
		t.Errorf("%d deliveries: %s", all.len(), all.Raw)
	}
	page := l.do("alice", "GET", hook+"/deliveries?status=failure&per_page=3", nil).want(200)
	next := linked(page, "next")
	if page.len() != 3 || next == "" {
		t.Fatalf("%d failures, next %q", page.len(), next)
	}
	rest, err := l.try("alice", "GET", next, nil)
	if err != nil || rest.want(200).len() != 2 || linked(rest, "next") != "" {
		t.Errorf("second page: %s", rest.Raw)
	}
	l.do("alice", "GET", hook+"/deliveries?cursor=v1_9", nil).want(400)
	oldest := rest.at("1.id").(float64)
	one := fmt.Sprintf("%s/deliveries/%.0f", hook, oldest)
	l.do("alice", "GET", one, nil).want(200).is("status_code", 500).is("request.payload.issue.number", 1).is("request.headers.X-Github-Event", "issues")
	to.clear()
	l.do("alice", "POST", one+"/attempts", nil).want(202)
	l.Flush()
	if len(to.got) != 1 || to.got[0].guid != rest.at("1.guid") {
		t.Errorf("redelivered %v, want the GUID %v again", to.got, rest.at("1.guid"))
	}
	l.do("alice", "GET", hook+"/deliveries", nil).want(200).is("0.redelivery", true)
	l.clock.Advance(73 * time.Hour)
	l.do("alice", "GET", hook+"/deliveries", nil).want(200).is("0", nil)
	l.do("alice", "POST", hook+"/pings", nil).want(204)
	l.do("mia", "GET", hook, nil).want(404)
	l.do("alice", "DELETE", hook, nil).want(204)
	l.do("alice", "GET", hook, nil).want(404)
}

func TestAReceiverThatIsDownIsLogged(t *testing.T) {
	l := newLab(t, Options{})
	down := httptest.NewServer(http.NotFoundHandler())
	down.Close()
	id := l.AddHook("acme/shop", down.URL, "s", "issues")
	l.open("acme/shop", 1)
	l.Flush()
	l.do("alice", "GET", fmt.Sprintf("/repos/acme/shop/hooks/%d/deliveries?status=failure", id), nil).want(200).
		is("0.status", "failed to connect to host").is("0.event", "issues")
}

func TestDeliveriesByHand(t *testing.T) {
	l, to := newLab(t, Options{Deliver: Manual}), newReceiver(t)
	l.AddOrgHook("acme", to.url, "s", "issues")
	l.open("acme/shop", 4)
	events := func() (s string) {
		for _, p := range l.Pending() {
			s += p.GUID[7:8]
		}
		return s
	}
	if got := events(); got != "1234" {
		t.Fatalf("waiting: %s", got)
	}
	if !l.Drop(1) || !l.Duplicate(0) || l.Drop(9) || l.Duplicate(9) || l.Deliver(9) {
		t.Error("wrong positions")
	}
	if got := events(); got != "1341" {
		t.Errorf("waiting: %s", got)
	}
	l.Shuffle(rand.New(rand.NewSource(3)))
	order := events()
	if !l.DeliverNext() || l.DeliverAll() != 3 || l.DeliverNext() {
		t.Error("not all were delivered")
	}
	got := ""
	for _, g := range to.got {
		got += g.guid[7:8]
	}
	if got != order {
		t.Errorf("delivered %s, want %s", got, order)
	}
}

func TestFormEncodedHook(t *testing.T) {
	l, to := newLab(t, Options{}), newReceiver(t)
	l.do("alice", "POST", "/repos/acme/shop/hooks", map[string]any{"events": []string{"issues"}, "config": map[string]any{"url": to.url, "content_type": "form"}}).want(201)
	l.Flush()
	if g := to.got[0]; !strings.HasPrefix(string(g.body), "payload=%7B") || g.signature != "" {
		t.Errorf("%s signed %q", g.body[:20], g.signature)
	}
}
