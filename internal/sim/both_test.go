package sim

import (
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/hereby/hereby/internal/incident"
	"github.com/hereby/hereby/internal/tracker"
	"github.com/hereby/hereby/webhooks"
)

// both is two towns in one: the incident is in the first, and what the story
// has in infra is on the tracker of the second.
type both struct {
	town
	abroad town
	clock  func() time.Time
	down   time.Time // until when the second does not answer
}

// outage is a fault of the second tracker, for a while.
const (
	outage fault = "the other tracker is down"
	lasts        = 3 * time.Minute
)

// The towns with two trackers, that of the incident first.
const (
	gitHubFirst = onGitHub + "+" + onCloud
	jiraFirst   = onCloud + "+" + onGitHub
)

func newBoth(home, abroad founder) founder {
	return func(clock func() time.Time, lag time.Duration, transport http.RoundTripper, wrap func(http.Handler) http.Handler) town {
		b := &both{town: home(clock, lag, transport, wrap), abroad: abroad(clock, lag, transport, wrap), clock: clock}
		b.town.within(shop)
		b.abroad.within(infra)
		return b
	}
}

// at is the town whose server is asked.
func (b *both) at(path string) town {
	if strings.HasPrefix(path, "/api/v3/") == (b.town.name() == onGitHub) {
		return b.town
	}
	return b.abroad
}

// of is the town in which a place is.
func (b *both) of(place string) town {
	if place == b.abroad.place(infra) {
		return b.abroad
	}
	return b.town
}

func (b *both) place(of string) string {
	if of == infra {
		return b.abroad.place(of)
	}
	return b.town.place(of)
}

func (b *both) handler() http.Handler {
	servers := map[town]http.Handler{b.town: b.town.handler(), b.abroad: b.abroad.handler()}
	return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		at := b.at(req.URL.Path)
		if at == b.abroad && b.clock().Before(b.down) {
			http.Error(w, "Service Unavailable", http.StatusServiceUnavailable)
			return
		}
		servers[at].ServeHTTP(w, req)
	})
}

func (b *both) step(req *http.Request) string {
	name := b.at(req.URL.Path).step(req)
	if b.at(req.URL.Path) == b.abroad {
		return name + " abroad"
	}
	return name
}

// isAbroad reports whether a step is one to the second tracker.
func isAbroad(s step) bool { return s.port == api && strings.HasSuffix(s.name, " abroad") }

func (b *both) creates(step string) bool {
	name, abroad := strings.CutSuffix(step, " abroad")
	if abroad {
		return b.abroad.creates(name)
	}
	return b.town.creates(name)
}

func (b *both) settles(req *http.Request) (time.Duration, bool) {
	return b.at(req.URL.Path).settles(req)
}

// befall: only one of them is asked.
func (b *both) befall(f fault, by time.Duration) {
	b.town.befall(f, by)
	b.abroad.befall(f, by)
}

func (b *both) settle() { b.town.settle(); b.abroad.settle() }
func (b *both) close()  { b.town.close(); b.abroad.close() }

func (b *both) adapters(transport http.RoundTripper) (map[string]tracker.Tracker, error) {
	all, err := b.town.adapters(transport)
	if err != nil {
		return nil, err
	}
	there, err := b.abroad.adapters(transport)
	for name, t := range there {
		all[name] = t
	}
	return all, err
}

// knows translates the handles of GitHub and the accounts of Jira.
func (b *both) knows(who incident.Person, from, to string) (incident.Person, bool) {
	accounts := map[incident.Person]incident.Person{}
	for _, t := range []town{b.town, b.abroad} {
		if j, ok := t.(*jira); ok {
			for name, account := range j.accounts {
				a, b := incident.Person(name), incident.PersonOf(account)
				if from != onGitHub {
					a, b = b, a
				}
				accounts[a] = b
			}
		}
	}
	p, ok := accounts[who]
	return p, ok
}

func (b *both) sources() ([]webhooks.Source, error) {
	here, err := b.town.sources()
	if err != nil {
		return nil, err
	}
	there, err := b.abroad.sources()
	return append(here, there...), err
}

func (b *both) sweeps() []incident.Key { return append(b.town.sweeps(), b.abroad.sweeps()...) }

func (b *both) pending() []string { return append(b.town.pending(), b.abroad.pending()...) }

// hook returns where the n-th webhook waits, and the how manieth it is there.
func (b *both) hook(n int) (town, int) {
	if here := len(b.town.pending()); n >= here {
		return b.abroad, n - here
	}
	return b.town, n
}

func (b *both) deliver(n int)   { at, n := b.hook(n); at.deliver(n) }
func (b *both) drop(n int) bool { at, n := b.hook(n); return at.drop(n) }
func (b *both) duplicate(n int) { at, n := b.hook(n); at.duplicate(n) }

func (b *both) typed(text string) string {
	return b.town.typed(strings.ReplaceAll(text, infra, b.abroad.place(infra)))
}

func (b *both) named(text string) string { return b.town.named(b.abroad.named(text)) }

func (b *both) people(team []string, onCall int, stranger string) {
	b.town.people(team, onCall, stranger)
	b.abroad.people(team, onCall, stranger)
}

func (b *both) tickets() []ticket { return slices.Concat(b.town.tickets(), b.abroad.tickets()) }

func (b *both) open(who, place, title, body string) (incident.Ref, error) {
	return b.of(place).open(who, place, title, body)
}

func (b *both) setBody(who string, ref incident.Ref, body string) error {
	return b.of(ref.Place()).setBody(who, ref, body)
}

func (b *both) closeTicket(who string, ref incident.Ref, as string) error {
	return b.of(ref.Place()).closeTicket(who, ref, as)
}

func (b *both) reopen(who string, ref incident.Ref) error {
	return b.of(ref.Place()).reopen(who, ref)
}

func (b *both) assign(who string, ref incident.Ref, people ...string) error {
	return b.of(ref.Place()).assign(who, ref, people...)
}
