package plan_test

import (
	"testing"
	"time"

	"github.com/hereby/hereby/internal/incident"
)

// Whoever watches the page is told of its publication, once, and of no other
// change of ours.
func TestAPublicationIsNews(t *testing.T) {
	w := newWorld(t).restored().post("- The pool of sockets has no bound @bob #technical\n- Nobody was woken at night #process\n- Alerts come late #communication")
	var wrote, news int
	look := func() {
		for range 8 {
			for _, a := range w.pass().Do {
				if put, ok := a.(incident.PutPages); ok {
					wrote++
					if put.News {
						news++
					}
				}
			}
			w.after(time.Second)
		}
	}
	w.tell("alice", "/publish")
	look()
	if wrote < 2 || news != 1 {
		t.Fatalf("%d writes, %d of them news", wrote, news)
	}
	w.after(time.Hour).tell("dave", "/note the graphs look better")
	look()
	if wrote < 3 || news != 1 {
		t.Errorf("%d writes, %d of them news", wrote, news)
	}
}
