package jira

import (
	"errors"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/hereby/hereby/internal/httpx"
	"github.com/hereby/hereby/internal/incident"
	sandbox "github.com/hereby/hereby/internal/sandbox/jira"
)

// What belongs to another incident is not this one's, though it is ours and
// linked to this head.
func TestAnotherIncidentsThings(t *testing.T) {
	editions(t, func(t *testing.T, e sandbox.Edition) {
		l := newLab(t, sandbox.Options{Edition: e})
		one, two := l.open("one", "x"), l.open("two", "x")
		ref := l.do(l.see(one), incident.Create{Slot: "follow/1.0", Place: ops, Title: "x", Body: "x", Parent: one})[0].Ref
		on := l.see(two)
		l.do(on, incident.Link{Ref: ref, On: true})
		astray := on
		astray.ID = "77"
		id := l.do(astray, incident.Say{Slot: incident.Board, Text: "x"})[0].Comment
		on = l.see(two)
		if len(on.Tickets) != 0 || !slices.Equal(refs(on.Foreign), []incident.Ref{ref}) || on.Foreign[0].Slot != "" {
			t.Errorf("ours %+v, people's %+v", on.Tickets, on.Foreign)
		}
		if c := said(t, on, id); c.Ours || c.Slot != "" {
			t.Errorf("%+v", c)
		}
	})
}

// A head of another incident is shown as such.
func TestAnotherHead(t *testing.T) {
	l := newLab(t, sandbox.Options{})
	one, two := l.open("one", "x"), l.open("two", "x")
	on := l.see(two)
	l.do(on, incident.Tag{Ref: two, Label: incident.Label, On: true}, incident.Tag{Ref: two, Label: incident.LabelOf(on.ID), On: true})
	l.do(l.see(one), incident.Link{Ref: two, On: true})
	if got := ticket(t, l.see(one).Foreign, two); !got.Incident || !got.Linked {
		t.Errorf("%+v", got)
	}
}

// Cloud answers bad credentials as it answers a stranger, and says so in a
// header alone: such an answer is no news about anything.
func TestAnswersToAStranger(t *testing.T) {
	l := newLab(t, sandbox.Options{})
	head := l.open("down", "x")
	on := l.see(head)
	for _, status := range []int{200, 204, 404} {
		l.opt.Transport = httpx.RoundTripperFunc(func(r *http.Request) (*http.Response, error) {
			return &http.Response{StatusCode: status, Request: r, Header: http.Header{"X-Seraph-Loginreason": {"AUTHENTICATED_FAILED"}}, Body: io.NopCloser(strings.NewReader(`{"issues":[]}`))}, nil
		})
		l.restart()
		var wait *incident.NotYet
		if _, err := l.look(head); !errors.As(err, &wait) {
			t.Errorf("%d: observed: %v", status, err)
		}
		if r := l.one(on, incident.Say{Slot: incident.Board, Text: "x"}); r.Outcome != incident.Deferred {
			t.Errorf("%d: said: %v %v", status, r.Outcome, r.Err)
		}
	}
}

// Answers that are no JSON, or not of the form that was expected, are lost
// answers and never refusals.
func TestStrangeAnswers(t *testing.T) {
	l := newLab(t, sandbox.Options{})
	head := l.open("down", "x")
	on := l.see(head)
	for body, status := range map[string]int{"<html>proxy</html>": 200, `"text"`: 201, `{"id":7}`: 201, "": 200, "<html><b>Bad Gateway</b><style>p{}</style></html>": 502} {
		l.opt.Transport = httpx.RoundTripperFunc(func(r *http.Request) (*http.Response, error) {
			if r.Method == http.MethodGet {
				return http.DefaultTransport.RoundTrip(r)
			}
			return &http.Response{StatusCode: status, Request: r, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(body))}, nil
		})
		l.restart()
		r := l.one(on, incident.Say{Slot: incident.Board, Text: "x"})
		if r.Outcome != incident.Unknown || r.Err == nil || strings.Contains(r.Err.Error(), "<b>") {
			t.Errorf("%d %q: %v %v", status, body, r.Outcome, r.Err)
		}
	}
}

// A sweep's cursor never passes what the index may still hide.
func TestCursor(t *testing.T) {
	now := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	at := func(minutes int) time.Time { return now.Add(time.Duration(minutes) * time.Minute) }
	for _, c := range []struct {
		since, last time.Time
		whole       bool
		want        time.Time
	}{
		{at(-60), at(-1), true, at(-10)},
		{at(-60), at(-30), true, at(-30).Add(time.Millisecond)},
		{at(-5), at(-1), true, at(-5)},
		{at(-60), at(-30), false, at(-30)},
		{at(-60), at(-60), false, at(-59)},
	} {
		if got := cursor(c.since, c.last, now, c.whole); !got.Equal(c.want) {
			t.Errorf("since %v, last %v, whole %v: %v, want %v", c.since, c.last, c.whole, got, c.want)
		}
	}
}

// A type of links that is to be ignored is not used for ours either.
func TestIgnoredLinkTypeIsNotUsed(t *testing.T) {
	l := newLab(t, sandbox.Options{}, func(o *Options) { o.IgnoreLinkTypes = []string{"RELATES"} })
	head, other := l.open("down", "x"), l.open("other", "x")
	l.refused(l.see(head), incident.Link{Ref: other, On: true}, `"Relates"`)
	if links := l.issue(other).Links; len(links) != 0 {
		t.Errorf("linked as %v", links)
	}
}

// The wait of one issue holds up no other.
func TestWaitsAreApart(t *testing.T) {
	l := newLab(t, sandbox.Options{Limits: sandbox.Limits{Issue2s: 3}})
	one, two := l.open("one", "x"), l.open("two", "x")
	on := l.see(one)
	var last incident.Result
	for n := 0; n < 8 && last.Err == nil; n++ {
		last = l.one(on, incident.Tag{Ref: one, Label: "x", On: n%2 == 0})
	}
	var wait *incident.NotYet
	if last.Outcome != incident.Deferred || !errors.As(last.Err, &wait) || !wait.Until.After(l.clock.Now()) {
		t.Fatalf("%v %v", last.Outcome, last.Err)
	}
	l.do(on, incident.Tag{Ref: two, Label: "x", On: true})
	l.clock.Advance(wait.Until.Sub(l.clock.Now()) + 2*time.Second)
	l.do(on, incident.Tag{Ref: one, Label: "x", On: true})
}

// A server whose lists of comments do not show properties is asked for each,
// once.
func TestListsWithoutProperties(t *testing.T) {
	editions(t, func(t *testing.T, e sandbox.Edition) {
		l := newLab(t, sandbox.Options{Edition: e}, func(o *Options) {
			o.Transport = httpx.RoundTripperFunc(func(r *http.Request) (*http.Response, error) {
				r = r.Clone(r.Context())
				r.URL.RawQuery = strings.Replace(r.URL.RawQuery, "&expand=properties", "", 1)
				return http.DefaultTransport.RoundTrip(r)
			})
		})
		head := l.open("down", "x")
		ops := l.say("alice", head, "/ops")
		on := l.see(head)
		board := l.do(on, incident.Say{Slot: incident.Board, Text: "one"}, incident.Ack{Comment: ops, As: incident.Obeyed})[0].Comment
		check := func(text string) {
			t.Helper()
			on = l.see(head)
			if c := said(t, on, board); !c.Ours || c.Hash != incident.HashText(text) {
				t.Errorf("%+v", c)
			}
			if c := said(t, on, ops); c.Acked != incident.Obeyed {
				t.Errorf("%+v", c)
			}
		}
		check("one")
		l.do(on, incident.Say{Slot: incident.Board, Comment: board, Text: "two"})
		check("two")
		l.requests()
		check("two")
		if n, _ := l.requests(); n > 3 {
			t.Errorf("%d requests: they are asked for again", n)
		}
	})
}

// Where comments cannot be acknowledged, those whom they name are known all the
// same.
func TestMentionsWithoutAcks(t *testing.T) {
	l := newLab(t, sandbox.Options{})
	l.Revoke(ops, "hereby", sandbox.EditAllComments)
	head := l.open("down", "x")
	l.say("alice", head, "/ops @"+l.AccountID("bob"))
	if st := l.see(head).People[l.person("bob")]; !st.Trusted || !st.Assignable {
		t.Errorf("bob is %+v", st)
	}
}
