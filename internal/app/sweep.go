package app

import (
	"context"
	"log/slog"
	"slices"
	"strings"
	"time"

	"github.com/hereby/hereby/internal/incident"
	"github.com/hereby/hereby/internal/tracker/github"
)

const (
	// expandEvery is how often patterns such as acme/* are expanded again, so
	// that a new repository is found.
	expandEvery = 10 * time.Minute
	// expandAgain and touchAgain are the pauses after the tracker could not be
	// asked, or the store did not answer.
	expandAgain = time.Minute
	touchAgain  = 5 * time.Second
)

// toucher is what the sweeper needs of the store.
type toucher interface {
	Touch(ctx context.Context, at time.Time, keys ...incident.Key) error
}

// sweeper puts the sweep keys of all served places into the queue: at once
// when a place is new to this process, and otherwise an interval from now,
// which changes nothing unless the queue forgot the key or the interval became
// shorter. From there on the reconciler repeats them.
type sweeper struct {
	queue  toucher
	clock  func() time.Time
	log    *slog.Logger
	placed map[incident.Key]bool
}

// run goes on until the context is done. A value from changed, which follows a
// reload, starts a round at once.
func (s *sweeper) run(ctx context.Context, current func() *settings, changed <-chan struct{}) {
	for ctx.Err() == nil {
		timer := time.NewTimer(s.round(ctx, current()))
		select {
		case <-timer.C:
		case <-changed:
		case <-ctx.Done():
		}
		timer.Stop()
	}
}

// round places all keys once and returns when to do it again.
func (s *sweeper) round(ctx context.Context, now *settings) time.Duration {
	// What is named in full is swept even while the tracker cannot be asked
	// for the rest.
	if err := s.place(ctx, now, append(named(now.config.GitHub.Names()), projects(now)...)); err != nil {
		return touchAgain // the reconciler says that the store does not answer
	}
	if now.github == nil {
		return expandEvery
	}
	repos, unread := now.github.Repos(ctx)
	if err := s.place(ctx, now, named(repos)); err != nil {
		return touchAgain
	}
	if unread != nil && ctx.Err() == nil {
		s.log.Warn("GitHub cannot be asked which repositories there are; trying again, and webhooks are taken meanwhile", "error", unread)
		return expandAgain
	}
	return expandEvery
}

func (s *sweeper) place(ctx context.Context, now *settings, keys []incident.Key) error {
	fresh, known := partition(keys, func(k incident.Key) bool { return !s.placed[k] })
	for _, name := range trackerNames {
		ofIt, _ := partition(known, func(k incident.Key) bool { return k.Tracker() == name })
		if len(ofIt) == 0 {
			continue
		}
		if err := s.queue.Touch(ctx, s.clock().Add(now.interval(name)), ofIt...); err != nil {
			return err
		}
	}
	if len(fresh) == 0 {
		return nil
	}
	if err := s.queue.Touch(ctx, time.Time{}, fresh...); err != nil {
		return err
	}
	for _, k := range fresh {
		s.placed[k] = true
	}
	return nil
}

// named returns the sweep keys of repositories.
func named(repos []string) []incident.Key {
	keys := make([]incident.Key, len(repos))
	for i, repo := range repos {
		keys[i] = incident.SweepOf(github.Name, strings.ToLower(repo))
	}
	return keys
}

// projects returns the sweep keys of the Jira projects served.
func projects(now *settings) []incident.Key {
	var keys []incident.Key
	if now.config.Jira != nil {
		for _, p := range now.config.Jira.Projects {
			keys = append(keys, incident.SweepOf("jira", p))
		}
	}
	return keys
}

func partition(keys []incident.Key, in func(incident.Key) bool) (yes, no []incident.Key) {
	no = slices.Clone(keys)
	no = slices.DeleteFunc(no, func(k incident.Key) bool {
		if in(k) {
			yes = append(yes, k)
			return true
		}
		return false
	})
	return yes, no
}
