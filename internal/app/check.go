package app

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"time"

	"github.com/hereby/hereby/internal/config"
	"github.com/hereby/hereby/internal/incident"
	"github.com/hereby/hereby/internal/store"
	"github.com/hereby/hereby/internal/tracker/jira"
)

// report gathers what check finds. Everything is said as it is found, for
// asking a tracker takes a while.
type report struct {
	out      io.Writer
	redact   func(string) string
	findings int
}

// find is about something to be done.
func (r *report) find(what, do string) {
	r.findings++
	fmt.Fprintf(r.out, "! %s\n    %s\n", r.redact(what), r.redact(do))
}

// note is about something to know.
func (r *report) note(format string, args ...any) {
	fmt.Fprintf(r.out, "  %s\n", r.redact(fmt.Sprintf(format, args...)))
}

// minSecret is how long a secret must be that anybody may try to guess, in
// bytes.
const minSecret = 12

// short finds a secret that can be guessed. It stays out of what is said.
func (r *report) short(setting, secret string) {
	if secret != "" && len(secret) < minSecret {
		r.find(fmt.Sprintf("%s has %d characters, and can be guessed", setting, len(secret)),
			"Use a long random one, such as `openssl rand -hex 32` prints.")
	}
}

// check says what is wrong with the configuration, the account, the places
// and the store, and what to do about each.
func check(in *invocation, args []string) int {
	var o options
	_, code, ok := in.flags(args, &o)
	if !ok {
		return code
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	secrets := new(redactor)
	e := equipment{log: newLog(io.Discard, o, secrets), secrets: secrets}
	now, err := e.read(o, nil)
	if err != nil {
		in.complain(errors.New(secrets.Blank(err.Error())))
		return exitError
	}
	r := &report{out: in.stdout, redact: secrets.Blank}
	r.note("%s: every setting is understood", o.config)
	r.short("admin_token", now.config.AdminToken)
	asked := true
	if now.github != nil {
		for i, secret := range now.config.GitHub.WebhookSecrets {
			r.short(fmt.Sprintf("github.webhook_secrets[%d]", i), secret)
		}
		c := &githubCheck{report: r, config: now.config, tracker: now.github, clock: time.Now}
		if now.wiki != nil {
			c.wiki = now.wiki
		}
		asked = c.run(ctx)
		r.clocks(ctx, now.config.GitHub.URL, time.Now)
	}
	if now.jira != nil {
		c := &jiraCheck{report: r, config: now.config, tracker: now.jira, wiki: now.wikis[jira.Name], clock: time.Now}
		asked = c.run(ctx) && asked
		r.clocks(ctx, now.config.Jira.URL, time.Now)
	}
	opened := r.store(ctx, o, now.config)
	opened = r.channels(ctx, o, now) && opened
	switch {
	case !asked || !opened:
		fmt.Fprintln(in.stdout, "Not everything could be looked at.")
		return exitError
	case r.findings > 0:
		fmt.Fprintf(in.stdout, "%s to mend.\n", count(r.findings, "thing"))
		return exitActions
	}
	fmt.Fprintln(in.stdout, "Nothing to mend.")
	return exitOK
}

// store looks for open incidents that nobody looks after any more. It reports
// whether it could.
func (r *report) store(ctx context.Context, o options, c *config.Config) bool {
	list, err := incidents(ctx, o, c)
	if err != nil {
		r.find("the store could not be read: "+err.Error(), "The service can do nothing without it; mend it, or change the setting store.")
		return false
	}
	open := 0
	for _, s := range list {
		switch {
		case s.Closed:
		case serves(c, s.Key):
			open++
		default:
			place, setting := "a repository", "github.repos"
			if s.Key.Tracker() == jira.Name {
				place, setting = "a project", "jira.projects"
			}
			r.find(fmt.Sprintf("%s (%s) is an open incident of %s that is no longer served: nothing holds it open or reminds anybody", s.Key.Ref(), cmp.Or(s.Title, "restricted"), place),
				"Add "+s.Key.Place()+" to "+setting+" until it is closed, or retract it by hand: "+s.URL)
		}
	}
	r.note("the store: %s open", count(open, "incident"))
	return true
}

// serves reports whether an incident's tracker and place are configured.
func serves(c *config.Config, key incident.Key) bool {
	if key.Tracker() == jira.Name {
		return c.Jira.Serves(key.Place())
	}
	return c.GitHub.Serves(key.Place(), true)
}

// incidents reads the list of incidents from the store, or from the service
// that holds it.
func incidents(ctx context.Context, o options, c *config.Config) ([]summary, error) {
	s, err := openToRead(ctx, c.Store, slog.New(slog.DiscardHandler))
	if errors.Is(err, store.ErrLocked) {
		var page incidentsPage
		err := o.ask(ctx, c, "", &page)
		return page.Incidents, err
	}
	if err != nil {
		return nil, err
	}
	defer s.Close()
	ctx, cancel := context.WithTimeout(ctx, pageTime)
	defer cancel()
	all, err := s.Incidents(ctx)
	return summaries(all), err
}

// count writes a number with its noun.
func count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
