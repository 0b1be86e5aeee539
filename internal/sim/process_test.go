package sim

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"github.com/hereby/hereby/internal/calendar"
	"github.com/hereby/hereby/internal/incident"
	"github.com/hereby/hereby/internal/plan"
	"github.com/hereby/hereby/internal/postmortem"
	"github.com/hereby/hereby/internal/reconcile"
	"github.com/hereby/hereby/internal/render"
	"github.com/hereby/hereby/internal/store"
	"github.com/hereby/hereby/internal/tracker"
	"github.com/hereby/hereby/templates"
	"github.com/hereby/hereby/webhooks"
)

const (
	requestTakes = 40 * time.Millisecond
	callTakes    = time.Millisecond
	secret       = "the simulation's own webhook secret"
)

// process is one Hereby from its start to its death. What it remembers dies
// with it; a dead one reaches nothing any more.
type process struct {
	*reconcile.Reconciler
	run     *run
	dead    bool
	still   chan struct{} // of the step it makes: closed when it is paused
	lease   store.Lease   // the last it got
	store   store.Store   // as the process sees it
	ingress http.Handler
	ended   map[copied]error // messages of which it knows how they ended, by recipient
}

func newProcess(r *run) (*process, error) {
	r.lives++
	p := &process{run: r, ended: map[copied]error{}}
	p.store = &disturbed{Store: r.kept, p: p}
	trackers, err := r.trackers(p.through(api, r.town))
	if err != nil {
		return nil, err
	}
	wire := p.through(wiki, r.library)
	if r.mutation.wire != nil {
		wire = r.mutation.wire(wire)
	}
	pages := r.library.adapter(wire)
	var channels reconcile.Notifier = p
	settings := *policy()
	r.town.policy(&settings)
	if r.mutation.wiki != nil {
		pages = r.mutation.wiki(pages)
	}
	if r.mutation.notify != nil {
		channels = r.mutation.notify(channels)
	}
	if r.mutation.policy != nil {
		r.mutation.policy(&settings)
	}
	p.Reconciler = reconcile.New(reconcile.Options{
		Store: p.store, Trackers: trackers, Clock: r.clock.Now,
		Wikis: map[string]reconcile.Wiki{r.town.name(): pages}, Policy: func(string) *plan.Policy { return &settings }, Notify: channels, Sweep: func(string) time.Duration { return sweep },
	})
	sources, err := r.town.sources()
	if err != nil {
		return nil, err
	}
	quiet := slog.New(slog.DiscardHandler)
	engine := webhooks.Engine(quiet)
	for _, source := range sources {
		webhooks.NewIngress(p.store, nil, quiet).Mount(engine, source)
	}
	p.ingress = engine
	return p, nil
}

// trackers are those of the town: two know of each other.
func (r *run) trackers(transport http.RoundTripper) (map[string]reconcile.Tracker, error) {
	all, err := r.town.adapters(transport)
	list := map[string]reconcile.Tracker{}
	for name, t := range all {
		list[name] = t
	}
	if b, ok := r.town.(*both); ok {
		for name, member := range tracker.Join(all, b.knows) {
			list[name] = member
			if f, ok := all[name].(reconcile.Finder); ok {
				list[name] = struct {
					reconcile.Tracker
					reconcile.Finder
				}{member, f}
			}
		}
	}
	for name, t := range list {
		if r.mutation.tracker != nil {
			list[name] = r.mutation.tracker(t)
		}
	}
	return list, err
}

// policy is the same for all runs.
var policy = sync.OnceValue(func() *plan.Policy {
	texts, err := render.Load(templates.FS, nil, time.UTC)
	if err != nil {
		panic(err)
	}
	return &plan.Policy{
		Label: "incident", Adopt: 24 * time.Hour, Staffing: 10 * time.Minute, Call: []string{"@acme/on-call"},
		ReviewEvery: 30 * 24 * time.Hour, Zone: time.UTC, Texts: texts,
		Wiki: &plan.Wiki{}, Words: postmortem.DefaultWords(), People: map[incident.Person]plan.Contact{
			"alice": {Mail: "alice@acme.example"}, "bob": {Name: "Bob Santos", Mail: "bob@acme.example"}, "dave": {Mail: "dave@acme.example"},
			"erin": {Mail: "erin@acme.example"}, "olga": {Mail: "olga@acme.example"}, // carol's is not known
		},
		Mail: &plan.Mail{From: "Hereby <hereby@acme.example>", Lists: everybody}, Review: plan.Review{At: calendar.Clock{Hour: 10}, Length: 30 * time.Minute},
	}
})

// start does what a process does first: it has everything swept.
func (p *process) start() {
	for !p.dead {
		err := p.store.Touch(context.Background(), time.Time{}, p.run.town.sweeps()...)
		if err == nil {
			return
		}
		p.run.clock.Advance(5 * time.Second)
	}
}

// through is how the process reaches a server.
func (p *process) through(port port, s server) http.RoundTripper {
	return tripper(func(req *http.Request) (*http.Response, error) { return p.request(port, s, req) })
}

// request carries a request to a server. What the tracker says to us by webhooks
// arrives at once, in the middle of the pass.
func (p *process) request(port port, s server, req *http.Request) (resp *http.Response, err error) {
	r := p.run
	if p.dead {
		return nil, errDead
	}
	name := s.step(req)
	f := r.step(p, port, name)
	r.clock.Advance(requestTakes)
	switch f {
	case storeLost, storeOld:
		return nil, p.loseStore(f)
	case crashBefore:
		return nil, p.die()
	}
	if !reads(name) {
		r.tape.request(r, port, req)
	}
	answer := func() {
		r.disturb(s, f, req)
		resp, err = serve(r.handlers[port], req)
		r.disturb(s, none, req)
	}
	switch {
	case port == api:
		r.stale = r.stale || r.town.creates(name) && r.holder[p.lease.Key] != p.lease.Token
		answer()
		r.deliver()
	case reads(name):
		answer()
	default:
		r.guarded(answer)
	}
	switch f {
	case editAfter:
		r.failed = errors.Join(r.failed, r.people.scribble())
	case crashAfter:
		p.dead = true
	}
	if p.dead {
		return nil, errDead
	}
	return resp, err
}

// cross is a step to the store or a channel.
func (p *process) cross(port port, name string, do func() error) error {
	if p.dead {
		return errDead
	}
	f := p.run.step(p, port, name)
	p.run.clock.Advance(callTakes)
	switch f {
	case storeLost, storeOld:
		return p.loseStore(f)
	case crashBefore:
		return p.die()
	case failBefore:
		return errDown
	}
	err := do()
	switch f {
	case crashAfter:
		return p.die()
	case failAfter:
		return errDown
	}
	return err
}

func (p *process) die() error {
	p.dead = true
	return errDead
}

// loseStore loses what the store holds, and the process with it: all, or what an
// older copy does not have.
func (p *process) loseStore(f fault) error {
	var older []byte
	if f == storeOld {
		older = p.run.copied
	}
	if err := p.run.newStore(older); err != nil {
		p.run.wrong("another store: %v", err)
	}
	return p.die()
}
