package app

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"strings"
	"time"

	"github.com/hereby/hereby/internal/incident"
	"github.com/hereby/hereby/internal/reconcile"
	"github.com/hereby/hereby/internal/store"
)

// planOne shows what would be done now about one incident. While a service
// holds the store, the service is asked.
func planOne(in *invocation, args []string) int {
	var o options
	rest, code, ok := in.flags(args, &o)
	if !ok {
		return code
	}
	if len(rest) != 1 {
		in.complain(errors.New("which incident? Name one, such as github:acme/shop#12"))
		return exitError
	}
	key, err := parseKey(rest[0])
	if err != nil {
		in.complain(err)
		return exitError
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	secrets := new(redactor)
	e := equipment{log: newLog(in.stderr, o, secrets), secrets: secrets}
	out, err := e.outlook(ctx, o, key)
	if err != nil {
		in.complain(errors.New(secrets.Blank(err.Error())))
		return exitError
	}
	return in.show(key, out)
}

// show prints an outlook for people.
func (in *invocation) show(key incident.Key, o outlook) int {
	if len(o.Do) == 0 {
		fmt.Fprintf(in.stdout, "%s: nothing to do\n", key)
	} else {
		fmt.Fprintf(in.stdout, "%s: %d to do\n", key, len(o.Do))
	}
	for _, d := range o.Do {
		fmt.Fprintf(in.stdout, "  %s\n", d.Do)
		if d.Text != "" {
			fmt.Fprintf(in.stdout, "      | %s\n", strings.ReplaceAll(strings.TrimRight(d.Text, "\n"), "\n", "\n      | "))
		}
	}
	for _, why := range o.Why {
		fmt.Fprintf(in.stdout, "because %s\n", why)
	}
	if !o.Next.IsZero() {
		fmt.Fprintf(in.stdout, "next look at %s\n", o.Next.UTC().Format(time.RFC3339))
	}
	if len(o.Do) > 0 {
		return exitActions
	}
	return exitOK
}

func (e equipment) outlook(ctx context.Context, o options, key incident.Key) (outlook, error) {
	now, err := e.read(o, nil)
	if err != nil {
		return outlook{}, err
	}
	s, err := openToRead(ctx, now.config.Store, e.log)
	if errors.Is(err, store.ErrLocked) {
		var out outlook
		return out, o.ask(ctx, now.config, pathOf(key)+"?look=now", &out)
	}
	if err != nil {
		return outlook{}, err
	}
	defer s.Close()
	p, err := e.looker(now, s).Plan(ctx, key)
	return outlookOf(p.Plan), err
}

// looker observes and plans, and writes nothing.
func (e equipment) looker(now *settings, s store.Store) looker {
	l := new(live)
	l.Store(now)
	return reconcile.New(reconcile.Options{
		Store: s, Policy: l.policyOn, Log: e.log, Dry: true,
		Trackers: readingOnly(l.trackers()), Wikis: l.wikis(), // which a dry reconciler never writes to
	})
}
