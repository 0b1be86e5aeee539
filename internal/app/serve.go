package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"net"
	"net/http"
	"os"
	"os/signal"
	"slices"
	"sync"
	"syscall"
	"time"

	"github.com/hereby/hereby/internal/config"
	"github.com/hereby/hereby/internal/incident"
	"github.com/hereby/hereby/internal/notify"
	"github.com/hereby/hereby/internal/reconcile"
	"github.com/hereby/hereby/internal/store"
	"github.com/hereby/hereby/internal/store/dial"
	"github.com/hereby/hereby/internal/tracker/jira"
	"github.com/hereby/hereby/webhooks"
)

// grace is how long a stop may take: passes under way may finish a request.
const grace = 30 * time.Second

// serve runs the service until it is told to stop.
func serve(in *invocation, args []string) int {
	var o options
	_, code, ok := in.flags(args, &o)
	if !ok {
		return code
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, os.Interrupt)
	defer stop()
	hup := make(chan os.Signal, 1)
	signal.Notify(hup, syscall.SIGHUP)
	defer signal.Stop(hup)

	secrets := new(redactor)
	log := newLog(in.stderr, o, secrets)
	s, err := newService(ctx, o, secrets, log)
	if err != nil {
		in.complain(errors.New(secrets.Blank(err.Error())))
		return exitError
	}
	defer s.close()
	context.AfterFunc(ctx, stop) // a second signal ends the process at once
	if err := s.run(ctx, hup); err != nil {
		log.Error("stopped with an error", "error", err)
		return exitError
	}
	return exitOK
}

// service is one running Hereby.
type service struct {
	equipment
	live
	options
	store      store.Store
	notifier   *notify.Channels
	reconciler *reconcile.Reconciler
	listener   net.Listener
	server     *http.Server
	changed    chan struct{} // after a reload
}

// newService builds everything up to the open port. It needs the file, the
// embedded store's lock and the port; it does not need the network.
func newService(ctx context.Context, o options, secrets *redactor, log *slog.Logger) (_ *service, err error) {
	s := &service{
		equipment: equipment{log: log, secrets: secrets, metrics: newMetrics()},
		options:   o, changed: make(chan struct{}, 1),
	}
	defer func() {
		if err != nil {
			s.close()
		}
	}()
	now, err := s.read(o, nil)
	if err != nil {
		return nil, err
	}
	s.Store(now)
	if err := s.openStore(ctx, now.config.Store); err != nil {
		return nil, err
	}
	s.metrics.watch(s.store, time.Now)
	s.notifier = notify.NewChannels(notify.New(nil, time.Now), log)
	if err := s.notifier.Use(now.receivers(), now.mail); err != nil {
		return nil, err
	}
	s.reconciler = reconcile.New(s.reconcilerOptions())

	addr, err := o.address(now.config)
	if err != nil {
		return nil, err
	}
	if s.listener, err = net.Listen("tcp", addr); err != nil {
		return nil, fmt.Errorf("cannot listen on %s: %w; is another process there? Choose another address with the setting listen, --listen or HEREBY_LISTEN", addr, err)
	}
	s.server = webhooks.Server(addr, s.handler(), log)
	return s, nil
}

func (s *service) reconcilerOptions() reconcile.Options {
	o := reconcile.Options{
		Store: s.store, Policy: s.policyOn,
		Trackers: s.trackers(), Wikis: s.wikis(),
		Notify: s.notifier, Log: s.log, Observer: s.metrics,
		Sweep: func(tracker string) time.Duration { return s.Load().interval(tracker) },
		Dry:   s.dryRun,
	}
	if s.dryRun {
		o.Trackers = readingOnly(o.Trackers)
		o.Notify = nil
	}
	return o
}

// openStore opens the store. A dry run gets one of its own, which nobody will
// believe later: what it decides has not happened.
func (s *service) openStore(ctx context.Context, dsn string) (err error) {
	if s.dryRun {
		s.store, err = scratch(ctx, s.log)
		return err
	}
	s.store, err = dial.Open(ctx, dsn, dial.Options{Log: s.log})
	return err
}

func (s *service) handler() http.Handler {
	engine := webhooks.Engine(s.log)
	ingress := webhooks.NewIngress(s.store, s.metrics, s.log)
	for _, name := range trackerNames {
		ingress.Mount(engine, liveSource{&s.live, name, "/webhooks/" + name})
	}
	ingress.Mount(engine, liveSource{&s.live, jira.Name, webhooks.JiraSecretPath})
	p := &pages{store: s.store, token: s.adminToken, looker: s.reconciler, metrics: s.metrics.registry, redact: s.secrets.Blank, log: s.log}
	p.register(engine.Group("/", harden))
	(&feed{store: s.store, secret: s.feedSecret, policy: s.policy, log: s.log}).register(engine.Group("/", harden))
	return engine
}

// run serves until the context is done, then stops in order.
func (s *service) run(ctx context.Context, hup <-chan os.Signal) error {
	s.announce()
	ended := make(chan error, 1)
	go func() { ended <- s.server.Serve(s.listener) }()
	var work sync.WaitGroup
	working, rest := context.WithCancel(ctx)
	defer rest()
	work.Go(func() { _ = s.reconciler.Run(working) }) // it only ends when told to
	work.Go(func() {
		(&sweeper{queue: s.store, clock: time.Now, log: s.log, placed: map[incident.Key]bool{}}).run(working, s.Load, s.changed)
	})
	for {
		select {
		case <-hup:
			s.reload()
		case err := <-ended:
			rest()
			work.Wait()
			return fmt.Errorf("the web server stopped: %w", err)
		case <-ctx.Done():
			return s.stop(&work)
		}
	}
}

func (s *service) announce() {
	now := s.Load()
	said := []any{"address", s.listener.Addr().String(), "dry_run", s.dryRun}
	for _, name := range slices.Sorted(maps.Keys(now.trackers)) {
		mode := "webhooks"
		if now.sources[name] == nil {
			mode = fmt.Sprintf("polling every %s", now.interval(name))
		}
		said = append(said, name, mode)
	}
	if now.config.GitHub != nil {
		said = append(said, "repos", now.config.GitHub.Repos)
	}
	s.log.Info("listening", said...)
}

// stop takes no more webhooks, lets what is under way end, and gives up after
// a while: a lease that is not given back runs out by itself.
func (s *service) stop(work *sync.WaitGroup) error {
	s.log.Info("stopping")
	ctx, cancel := context.WithTimeout(context.Background(), grace)
	defer cancel()
	err := s.server.Shutdown(ctx)
	idle := make(chan struct{})
	go func() { work.Wait(); close(idle) }()
	select {
	case <-idle:
		s.log.Info("stopped")
		return err
	case <-ctx.Done():
		return fmt.Errorf("passes were still running after %s; their leases run out by themselves and nothing is lost", grace)
	}
}

// reload puts a new reading of the configuration in place, whole or not at all.
func (s *service) reload() {
	before := s.Load()
	now, err := s.read(s.options, before)
	if err != nil {
		s.refuse(err)
		return
	}
	if now.config.Listen != before.config.Listen || now.config.Store != before.config.Store {
		s.log.Warn("listen and store take effect at the next start")
	}
	if err := s.notifier.Use(now.receivers(), now.mail); err != nil {
		s.refuse(err)
		return
	}
	s.Store(now)
	select {
	case s.changed <- struct{}{}:
	default:
	}
	s.log.Info("the configuration was reloaded")
}

// refuse says why a configuration was not reloaded, each finding on its own.
func (s *service) refuse(err error) {
	const kept = "the configuration was not reloaded; the one in use stays"
	var all *config.Error
	if !errors.As(err, &all) {
		s.log.Error(kept, "error", err)
		return
	}
	for _, f := range all.Findings {
		s.log.Error(kept, "finding", f.String())
	}
}

func (s *service) close() {
	if s.listener != nil {
		s.listener.Close() // a server that ran has closed it: the error says nothing new
	}
	if s.store != nil {
		if err := s.store.Close(); err != nil {
			s.log.Error("the store did not close", "error", err)
		}
	}
}
