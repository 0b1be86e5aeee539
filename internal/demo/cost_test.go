package demo

import (
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	sandbox "github.com/hereby/hereby/internal/sandbox/github"
)

// An emergency costs one observation and one write until its board is there;
// a wrong close one observation and two writes until it is undone and told.
func TestWhatAnEmergencyCosts(t *testing.T) {
	v := newVillage(t)
	v.open("The first of a process asks who we are", "", "incident")
	v.must(v.Wait(t.Context(), 59*time.Minute)) // what was known of people is forgotten
	var mu sync.Mutex
	var sent []string
	v.Town.SetFault(func(r *http.Request, _ int) sandbox.Fault {
		mu.Lock()
		defer mu.Unlock()
		sent = append(sent, r.Method+" "+strings.TrimPrefix(r.URL.Path, "/repos/"+Repo))
		return sandbox.Fault{}
	})
	check := func(what string, writes ...string) {
		t.Helper()
		v.rest()
		mu.Lock()
		defer mu.Unlock()
		reads := 0
		for reads < len(sent) && strings.HasPrefix(sent[reads], "GET ") {
			reads++
		}
		if reads > 8 || len(sent) < reads+len(writes) {
			t.Fatalf("%s took %d reads before the first write: %q", what, reads, sent)
		}
		for i, want := range writes {
			if sent[reads+i] != want {
				t.Errorf("%s: write %d is %q, want %q", what, i+1, sent[reads+i], want)
			}
		}
		sent = nil
	}
	n, err := v.Town.As("erin").OpenIssue(Repo, "Checkout is down", "", "incident")
	v.must(err)
	check("a declaration", "POST /issues/3/comments")
	v.must(v.Town.As("bob").Close(Repo, n, "completed"))
	check("a wrong close", "PATCH /issues/3", "POST /issues/3/comments")
}
