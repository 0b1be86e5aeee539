package jira

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/hereby/hereby/internal/incident"
)

// readEvents reads what was done to the head, and by it who closed it last.
func (s *sight) readEvents(ctx context.Context) error {
	log, err := s.histories(ctx, s.head)
	if err != nil {
		return fmt.Errorf("history of %s: %w", s.head.Key, err)
	}
	if s.snap.Events, err = s.events(ctx, s.head, log); err != nil {
		return err
	}
	s.snap.Events = append(s.head.born(log), s.snap.Events...)
	s.snap.Head.Closed = closedBy(s.head, s.snap.Events, s.snap.Head)
	for _, h := range log {
		s.people.add(h.Author)
	}
	return nil
}

// histories returns an issue's whole history, oldest first.
func (t *Tracker) histories(ctx context.Context, i *issue) ([]history, error) {
	var all []history
	if i.Changelog != nil {
		all = i.Changelog.Histories
		if t.cloud && i.Changelog.Total > len(all) {
			whole, err := t.wholeHistory(ctx, i.ID)
			if err != nil {
				return nil, err
			}
			all = whole
		}
	}
	all = slices.Clone(all)
	slices.SortStableFunc(all, func(a, b history) int {
		return cmp.Or(a.Created.Compare(b.Created.Time), cmp.Compare(len(a.ID), len(b.ID)), cmp.Compare(a.ID, b.ID))
	})
	return all, nil
}

// wholeHistory reads a history that is too long for the answer it came with.
func (t *Tracker) wholeHistory(ctx context.Context, id string) (all []history, err error) {
	for range maxPages {
		page, err := get[struct {
			Values []history
			Total  int
		}](ctx, t, fmt.Sprintf("issue/%s/changelog?startAt=%d&maxResults=100", id, len(all)))
		if err != nil {
			return nil, err
		}
		all = append(all, page.Values...)
		if len(page.Values) == 0 || len(all) >= page.Total {
			return all, nil
		}
	}
	t.log.Warn("the history of an issue is too long to be read whole", "issue", id)
	return all, nil
}

// events makes events of a history, oldest first. A closing is the crossing
// into the category of what is done, whatever the status is called.
func (t *Tracker) events(ctx context.Context, i *issue, log []history) ([]incident.Event, error) {
	var events []incident.Event
	for _, h := range log {
		add := func(kind, label string) {
			events = append(events, incident.Event{At: h.Created.Time, By: h.Author.person(), Kind: kind, Label: label})
		}
		for _, item := range h.Items {
			switch strings.ToLower(item.Field) {
			case "status":
				stages, err := t.stagesOf(ctx)
				if err != nil {
					return nil, err
				}
				was, is := stages[text(item.From)] == "done", stages[text(item.To)] == "done"
				if text(item.To) == i.Fields.Status.ID {
					is = i.Fields.Status.done()
				}
				switch {
				case is && !was:
					add("closed", "")
				case was && !is:
					add("reopened", "")
				}
			case "labels":
				before, after := strings.Fields(text(item.FromString)), strings.Fields(text(item.ToString))
				for _, l := range without(after, before) {
					add("labeled", l)
				}
				for _, l := range without(before, after) {
					add("unlabeled", l)
				}
			case "summary":
				add("renamed", "")
			case "key":
				add("transferred", "")
			}
		}
	}
	return events, nil
}

// born returns as events the labels with which an issue was created: no history
// tells of them.
func (i *issue) born(log []history) (events []incident.Event) {
	labels := i.Fields.Labels
	for _, h := range slices.Backward(log) {
		for _, item := range slices.Backward(h.Items) {
			if strings.EqualFold(item.Field, "labels") {
				labels = strings.Fields(text(item.FromString))
			}
		}
	}
	for _, l := range labels {
		events = append(events, incident.Event{At: i.Fields.Created.Time, By: i.Fields.Creator.person(), Kind: "labeled", Label: l})
	}
	return events
}

// closedBy returns how a ticket was closed, by its events if they tell.
func closedBy(i *issue, events []incident.Event, now incident.Ticket) incident.Closed {
	if now.State == incident.Open {
		return incident.Closed{}
	}
	for _, e := range slices.Backward(events) {
		if e.Kind == "closed" {
			return incident.Closed{By: e.By, At: e.At}
		}
	}
	return incident.Closed{At: i.closedAt()}
}

// closedAt returns when an issue was closed as far as its own fields tell.
func (i *issue) closedAt() (at time.Time) {
	for _, s := range []stamp{i.Fields.CategoryDate, i.Fields.ResolutionDate, i.Fields.Updated} {
		if !s.IsZero() {
			return s.Time
		}
	}
	return at
}

func text(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

func without(list, others []string) (rest []string) {
	for _, l := range list {
		if !slices.Contains(others, l) {
			rest = append(rest, l)
		}
	}
	return rest
}
