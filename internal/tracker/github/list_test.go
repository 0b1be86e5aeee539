package github

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/hereby/hereby/internal/incident"
	sandbox "github.com/hereby/hereby/internal/sandbox/github"
)

func TestListHints(t *testing.T) {
	l := newLab(t, sandbox.Options{})
	head, child, blocker := l.open("Title", "Body", "incident"), l.open("child", ""), l.open("blocker", "")
	l.ok(l.As("alice").AddSubIssue(shop, 1, shop, 2))
	l.ok(l.As("alice").BlockedBy(shop, 1, shop, 3))
	l.say("bob", child, "/done 1")
	got, err := l.List(t.Context(), shop, time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	hints := map[incident.Ref]incident.Hint{}
	for _, h := range got.Hints {
		hints[h.Key.Ref()] = h
	}
	if h := hints[head]; !slices.Equal(h.Labels, []string{"incident"}) || !slices.Equal(h.Texts, []string{"Title", "Body"}) || !h.Tied {
		t.Errorf("%+v", h)
	}
	if h := hints[child]; !slices.Equal(h.Parents, []incident.Key{incident.KeyOf(Name, head)}) || !slices.Contains(h.Texts, "/done 1") || h.Tied {
		t.Errorf("%+v", h)
	}
	if h := hints[blocker]; !h.Tied {
		t.Errorf("%+v", h)
	}
}

// A list that hides what is new for a minute must not make a sweep miss it.
func TestListUnderLag(t *testing.T) {
	l := newLab(t, sandbox.Options{Lag: 50 * time.Second})
	seen := map[incident.Key]bool{}
	var cursor time.Time
	var keys []incident.Key
	for i := range 20 {
		keys = append(keys, incident.KeyOf(Name, l.open(fmt.Sprint(i), "")))
		l.clock.Advance(17 * time.Second)
		got, err := l.List(t.Context(), shop, cursor)
		if err != nil {
			t.Fatal(err)
		}
		for _, h := range got.Hints {
			seen[h.Key] = true
		}
		cursor = got.Cursor
	}
	l.clock.Advance(time.Hour)
	got, _ := l.List(t.Context(), shop, cursor)
	for _, h := range got.Hints {
		seen[h.Key] = true
	}
	for _, k := range keys {
		if !seen[k] {
			t.Errorf("%s was never listed", k)
		}
	}
}

func TestCursor(t *testing.T) {
	now := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	tr := must(New(Options{Token: Static("x"), Repos: []string{shop}, Clock: func() time.Time { return now }}))
	ago := func(d time.Duration) time.Time { return now.Add(-d) }
	for name, c := range map[string]struct {
		since, upto, want time.Time
		whole             bool
	}{
		"nothing ever":            {time.Time{}, time.Time{}, time.Time{}.Add(time.Second), true},
		"nothing new":             {ago(time.Hour), time.Time{}, ago(time.Hour), true},
		"long ago":                {ago(2 * time.Hour), ago(time.Hour), ago(time.Hour).Add(time.Second), true},
		"just now":                {ago(time.Hour), ago(time.Second), ago(2 * time.Minute), true},
		"never back":              {ago(time.Minute), ago(time.Second), ago(time.Minute), true},
		"cut short":               {ago(time.Hour), ago(30 * time.Minute), ago(30 * time.Minute), false},
		"cut short in one second": {ago(time.Hour), ago(time.Hour), ago(time.Hour).Add(time.Second), false},
	} {
		if got := tr.cursor(c.since, c.upto, c.whole); !got.Equal(c.want) {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
	}
}

// A sweep of very many changes stops and goes on where it stopped.
func TestListIsBounded(t *testing.T) {
	if testing.Short() {
		t.Skip("opens 2,300 issues")
	}
	l := newLab(t, sandbox.Options{})
	const n = maxSweep*100 + 300
	for i := range n {
		l.open(fmt.Sprint(i), "")
		if i%10 == 0 {
			l.clock.Advance(time.Second)
		}
	}
	l.say("bob", ref(shop, n), "later than what a cut list of issues reaches")
	l.clock.Advance(time.Hour)
	seen := map[incident.Key]bool{}
	var cursor time.Time
	for range 3 {
		got, err := l.List(t.Context(), shop, cursor)
		if err != nil {
			t.Fatal(err)
		}
		for _, h := range got.Hints {
			seen[h.Key] = true
		}
		cursor = got.Cursor
	}
	if len(seen) != n {
		t.Errorf("%d of %d issues were listed", len(seen), n)
	}
}

func TestListNotServed(t *testing.T) {
	l := newLab(t, sandbox.Options{})
	var no *incident.NotServed
	if _, err := l.List(t.Context(), "acme/secret", time.Time{}); !errors.As(err, &no) {
		t.Errorf("%v", err)
	}
	l.RenameRepo(shop, "acme/store")
	if _, err := l.List(t.Context(), shop, time.Time{}); !errors.As(err, &no) {
		t.Errorf("renamed to what is not served: %v", err)
	}
}
