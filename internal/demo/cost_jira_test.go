package demo

import (
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/hereby/hereby/internal/incident"
	"github.com/hereby/hereby/internal/sandbox/contract"
	sandbox "github.com/hereby/hereby/internal/sandbox/jira"
)

// meter writes down what is asked of a Jira.
type meter struct {
	*Stage
	t    *testing.T
	jira *onJira

	mu   sync.Mutex
	sent []string
}

func newMeter(t *testing.T, tracker string) *meter {
	t.Helper()
	var wrap func(http.Handler) http.Handler
	if tracker == "jira" {
		wrap = contract.Jira(t)
	}
	s, err := newStage(tracker, NewClock(beginning), wrap)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	m := &meter{Stage: s, t: t, jira: s.town.(*onJira)}
	m.jira.SetFault(func(r *http.Request, _ int) sandbox.Fault {
		m.mu.Lock()
		defer m.mu.Unlock()
		m.sent = append(m.sent, r.Method+" "+strings.TrimPrefix(r.URL.Path, "/rest/api/2"))
		return sandbox.Fault{}
	})
	return m
}

func (m *meter) must(err error) {
	m.t.Helper()
	if err != nil {
		m.t.Fatal(err)
	}
}

// declare opens an incident on Jira and leaves it to be seen.
func (m *meter) declare(title string) incident.Ref {
	m.t.Helper()
	ref, err := m.town.open("erin", title, "I hereby declare this an incident.")
	m.must(err)
	return ref
}

// spent lets everything come to rest, and returns what that took.
func (m *meter) spent() (sent []string) {
	m.t.Helper()
	m.must(m.Settle(m.t.Context()))
	m.mu.Lock()
	defer m.mu.Unlock()
	sent, m.sent = m.sent, nil
	return sent
}

// reads reports whether a request changes nothing: a search may be posted.
func reads(request string) bool {
	return strings.HasPrefix(request, "GET ") || strings.HasPrefix(request, "POST /search")
}

// split returns how much was read before the first write, and all writes.
func split(sent []string) (before int, writes []string) {
	for _, r := range sent {
		switch {
		case !reads(r):
			writes = append(writes, r)
		case len(writes) == 0:
			before++
		}
	}
	return before, writes
}

// wants demands an observation of at most 8 requests, and then these writes.
func (m *meter) wants(what string, sent []string, most int, writes ...string) (all []string) {
	m.t.Helper()
	before, all := split(sent)
	if before > most || len(all) < len(writes) {
		m.t.Fatalf("%s took %d reads before the first write: %q", what, before, sent)
	}
	for i, w := range writes {
		if all[i] != w {
			m.t.Errorf("%s: write %d is %q, want %q", what, i+1, all[i], w)
		}
	}
	m.t.Logf("%s: %d reads, then %q", what, before, all)
	return all
}

// What an emergency costs on Jira (design, section 15): until the board is
// there one observation and one write; until all the first tickets are there at
// most six writes on Cloud; for a wrong close one observation, the look for a
// way back, and two writes; for a change that concerns nobody no write.
func TestWhatAnEmergencyCostsOnJira(t *testing.T) {
	for _, tracker := range []string{"jira", "jira-dc"} {
		t.Run(tracker, func(t *testing.T) {
			m := newMeter(t, tracker)
			m.declare("The first of a process asks who we are")
			m.spent()
			m.must(m.Wait(t.Context(), 59*time.Minute)) // what was known of people is forgotten
			m.spent()

			head := m.declare("Checkout is down")
			writes := m.wants("a declaration", m.spent(), 8, "POST /issue/"+string(head)+"/comment")
			last := 0
			for i, w := range writes {
				if w == "POST /issue" || w == "POST /issue/bulk" {
					last = i + 1
				}
			}
			if tracker == "jira" && (last == 0 || last > 6) {
				t.Errorf("the last of the first tickets is write %d: %q", last, writes)
			}
			tickets := 0
			for _, i := range m.town.issues() {
				for _, up := range i.under {
					if up == head {
						tickets++
					}
				}
			}
			if tickets != 7 { // command's, and one for each of his duties
				t.Errorf("%d tickets hang under %s", tickets, head)
			}

			m.must(m.town.finish("bob", head))
			m.wants("a wrong close", m.spent(), 9, // with the look for a way back
				"POST /issue/"+string(head)+"/transitions", "POST /issue/"+string(head)+"/comment")

			m.must(m.Wait(t.Context(), 10*time.Minute))
			m.spent()
			for range 3 {
				m.must(m.Store.Touch(t.Context(), m.Clock.Now(), incident.KeyOf(m.town.name(), head)))
				if sent := m.spent(); len(sent) == 0 || len(sent) > 8 {
					t.Errorf("an unchanged incident took %d requests: %q", len(sent), sent)
				} else if _, writes := split(sent); len(writes) > 0 {
					t.Errorf("an unchanged incident caused %q", writes)
				}
				m.Clock.Move(time.Minute)
			}

			for range 250 {
				m.must(m.town.comment("bob", head, "It is still slow."))
			}
			if sent := m.spent(); len(sent) == 0 {
				t.Error("nobody looked")
			}
			m.must(m.Store.Touch(t.Context(), m.Clock.Now(), incident.KeyOf(m.town.name(), head)))
			if sent := m.spent(); len(sent) > 8+3 {
				t.Errorf("with 250 comments an observation takes %d requests: %q", len(sent), sent)
			}
		})
	}
}
