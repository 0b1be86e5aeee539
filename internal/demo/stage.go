package demo

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"github.com/hereby/hereby/internal/calendar"
	"github.com/hereby/hereby/internal/incident"
	"github.com/hereby/hereby/internal/plan"
	"github.com/hereby/hereby/internal/postmortem"
	"github.com/hereby/hereby/internal/reconcile"
	"github.com/hereby/hereby/internal/render"
	"github.com/hereby/hereby/internal/sandbox/host"
	"github.com/hereby/hereby/internal/store"
	"github.com/hereby/hereby/internal/store/bolt"
	"github.com/hereby/hereby/templates"
	"github.com/hereby/hereby/webhooks"
)

// Stage is a whole Hereby beside a whole tracker, in one process, speaking
// real HTTP and signed webhooks over loopback, on a virtual clock.
type Stage struct {
	Clock      *Clock
	URL        string // the tracker's pages
	Store      store.Store
	Reconciler *reconcile.Reconciler
	Sent       []incident.Notify // what went to the channels

	town    town
	library library // nil on a machine without git

	servers []*http.Server
	dir     string
}

// secret signs the webhooks between the two.
const secret = "the stage's own webhook secret"

// bot is the account that Hereby has on the stage.
const bot = "hereby-bot"

// newStage builds it all, on the tracker of a name.
func newStage(tracker string, clock *Clock, wrap func(http.Handler) http.Handler) (_ *Stage, err error) {
	s := &Stage{Clock: clock}
	defer func() {
		if err != nil {
			s.Close()
		}
	}()
	pages, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("the demo needs a port on 127.0.0.1: %w", err)
	}
	s.URL = "http://" + pages.Addr().String()
	if s.dir, err = os.MkdirTemp("", "hereby-demo-"); err != nil {
		return nil, fmt.Errorf("a directory for the demo is needed: %w; name one in TMPDIR", err)
	}
	if s.town, err = towns[tracker](s, wrap); err != nil {
		return nil, err
	}
	front := s.town.handler()
	if s.library = s.town.library(); s.library != nil {
		front = s.library.behind(front)
	}
	s.serve(pages, front)
	if s.Store, err = bolt.Open(filepath.Join(s.dir, "demo.db"), bolt.Options{Clock: clock.Now}); err != nil {
		return nil, err
	}
	if err := s.hereby(); err != nil {
		return nil, err
	}
	return s, s.connect()
}

// sheets returns what stands in the wiki.
func (s *Stage) sheets() []host.WorldPage {
	if s.library == nil {
		return nil
	}
	return s.library.sheets()
}

func (s *Stage) serve(l net.Listener, h http.Handler) {
	server := webhooks.Server("", h, slog.New(slog.DiscardHandler))
	s.servers = append(s.servers, server)
	go server.Serve(l)
}

// hereby sets up Hereby beside the tracker.
func (s *Stage) hereby() error {
	texts, err := render.Load(templates.FS, nil, time.UTC)
	if err != nil {
		return err
	}
	policy := &plan.Policy{
		Label: "incident", Adopt: 24 * time.Hour, Staffing: 10 * time.Minute, Call: []string{"@acme/on-call"},
		ReviewEvery: 30 * 24 * time.Hour, Zone: time.UTC, Texts: texts, Words: postmortem.DefaultWords(),
		People: contacts, Mail: &letters,
		Review: plan.Review{At: calendar.Clock{Hour: 10}, Length: 30 * time.Minute},
	}
	s.town.policy(policy)
	wikis := map[string]reconcile.Wiki{}
	if s.library != nil {
		policy.Wiki, wikis[s.town.name()] = &plan.Wiki{Shared: s.library.shared()}, s.library.wiki()
	}
	s.Reconciler = reconcile.New(reconcile.Options{
		Store: s.Store, Trackers: map[string]reconcile.Tracker{s.town.name(): s.town.tracker()}, Clock: s.Clock.Now,
		Policy: func(string) *plan.Policy { return policy }, Notify: s, Wikis: wikis,
		Sweep: func(string) time.Duration { return 6 * time.Hour }, // two months pass
	})
	return nil
}

// connect opens the ingress and has the tracker deliver to it.
func (s *Stage) connect() error {
	source, err := s.town.source()
	if err != nil {
		return err
	}
	log := slog.New(slog.DiscardHandler)
	engine := webhooks.Engine(log)
	webhooks.NewIngress(s.Store, nil, log).Mount(engine, source)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	s.serve(l, engine)
	s.town.hook("http://" + l.Addr().String() + source.Path())
	return nil
}

// Send takes what goes to the team's channels.
func (s *Stage) Send(_ context.Context, n incident.Notify) error {
	s.Sent = append(s.Sent, n)
	return nil
}

// patience is how far ahead of the clock a look is still part of what is going
// on; what is due later waits until the story gets there.
const patience = time.Minute

// Settle delivers webhooks and steps until nothing is left to do for now.
func (s *Stage) Settle(ctx context.Context) error {
	for range 2000 {
		s.town.settle()
		s.town.deliver()
		worked, next, err := s.Reconciler.Step(ctx)
		switch ahead := next.Sub(s.Clock.Now()); {
		case err != nil:
			return err
		case worked:
		case next.IsZero() || ahead > patience:
			return nil
		case ahead > 0:
			s.Clock.Move(ahead)
		}
	}
	return errors.New("it does not come to rest")
}

// Wait lets time pass, with everything that falls due on the way.
func (s *Stage) Wait(ctx context.Context, d time.Duration) error {
	until := s.Clock.Now().Add(d)
	for {
		if err := s.Settle(ctx); err != nil {
			return err
		}
		_, next, err := s.Reconciler.Step(ctx)
		if err != nil {
			return err
		}
		now := s.Clock.Now()
		if !now.Before(until) {
			return nil
		}
		if next.IsZero() || next.After(until) {
			next = until
		}
		s.Clock.Move(max(next.Sub(now), time.Millisecond))
	}
}

// Run lets it all go on with real time, until the context is done.
func (s *Stage) Run(ctx context.Context) error {
	s.Clock.Free()
	done := make(chan error, 1)
	go func() { done <- s.Reconciler.Run(ctx) }()
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case err := <-done:
			return err
		case <-tick.C:
			s.town.deliver()
		}
	}
}

// Close stops everything and leaves nothing behind.
func (s *Stage) Close() {
	for _, server := range s.servers {
		server.Close()
	}
	if s.town != nil {
		s.town.close()
	}
	if s.Store != nil {
		s.Store.Close()
	}
	if s.dir != "" {
		os.RemoveAll(s.dir)
	}
}
