package jira

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/hereby/hereby/internal/httpx"
	"github.com/hereby/hereby/internal/incident"
)

// maxSweep bounds one sweep's pages; the next goes on where it stopped.
const maxSweep = 20

// firstSweep is how far back a place is read of which nothing is known, because
// it is new or the store was lost.
const firstSweep = 7 * 24 * time.Hour

// slack is by how much a search looks further back than it must: its times are
// whole minutes, and counted by the server's clock.
const slack = 2 * time.Minute

// hintFields are the fields that say whom news concerns.
var hintFields = []string{"summary", "description", "labels", "updated", "parent", "issuelinks", "comment", "project"}

// List implements the port of that name: issues of a project that changed since
// a time, their comments included; without one, those of a week and every open
// issue with our label, whatever its age. It may bring the same again, never
// too little: the cursor stays as far behind the clock as the index may.
func (t *Tracker) List(ctx context.Context, place string, since time.Time) (incident.Sighting, error) {
	s, err := t.list(ctx, place, since)
	return s, t.explain(err)
}

func (t *Tracker) list(ctx context.Context, place string, since time.Time) (incident.Sighting, error) {
	if _, err := t.project(ctx, place); err != nil {
		return incident.Sighting{}, err
	}
	ctx = httpx.Background(ctx)
	now, first := t.opt.Clock(), since.IsZero()
	if first {
		since = now.Add(-firstSweep)
	}
	// Minutes before now mean the same in every time zone.
	back := int((now.Sub(since)+slack)/time.Minute) + 1
	changed := fmt.Sprintf("updated >= -%dm", max(back, 1))
	jql := fmt.Sprintf("project = %s AND %s ORDER BY updated ASC", quote(place), changed)
	var hints []incident.Hint
	if first {
		mine, _, err := t.find(ctx, query{jql: fmt.Sprintf("project = %s AND labels = %s AND statusCategory != Done ORDER BY updated ASC", quote(place), quote(incident.Label)),
			fields: hintFields, pages: maxSweep})
		if err != nil {
			return incident.Sighting{}, fmt.Errorf("our issues of %s: %w", place, err)
		}
		for _, i := range mine {
			hints = append(hints, t.hint(i))
		}
	}
	issues, whole, err := t.find(ctx, query{jql: jql, fields: hintFields, pages: maxSweep})
	if err != nil {
		return incident.Sighting{}, fmt.Errorf("issues of %s: %w", place, err)
	}
	last := since
	for _, i := range issues {
		if i.Fields.Updated.Before(since) {
			continue
		}
		if i.Fields.Updated.After(last) {
			last = i.Fields.Updated.Time
		}
		h := t.hint(i)
		texts, err := t.talk(ctx, i, since)
		if err != nil {
			return incident.Sighting{}, fmt.Errorf("comments of %s: %w", i.Key, err)
		}
		h.Texts = append(h.Texts, texts...)
		hints = append(hints, h)
	}
	return incident.Sighting{Hints: distinct(hints), Cursor: cursor(since, last, now, whole)}, nil
}

// cursor returns from when the next sweep must read.
func cursor(since, last, now time.Time, whole bool) time.Time {
	next := last
	switch {
	case whole:
		if next = last.Add(time.Millisecond); next.After(now.Add(-2 * settle)) {
			next = now.Add(-2 * settle)
		}
	case !next.After(since):
		next = since.Add(time.Minute) // more in one minute than a sweep may read
	}
	if next.Before(since) {
		return since
	}
	return next
}

// hint makes a hint of an issue by its own fields.
func (t *Tracker) hint(i *issue) incident.Hint {
	h := incident.Hint{
		Key: incident.KeyOf(Name, i.ref()), Labels: i.Fields.Labels, Tied: len(i.Fields.Links) > 0,
		Texts: []string{i.Fields.Summary, unix(string(i.Fields.Description))},
	}
	if p := i.Fields.Parent; p != nil && checkRef(incident.Ref(p.Key)) == nil {
		h.Parents = append(h.Parents, incident.KeyOf(Name, incident.Ref(p.Key)))
	}
	return h
}

// talk returns the comments of an issue that were written or changed since a
// time. Those that did not fit into the search are read from the latest on.
func (t *Tracker) talk(ctx context.Context, i *issue, since time.Time) (texts []string, err error) {
	var list []comment
	if c := i.Fields.Comments; c != nil {
		list = c.Comments
		if c.Total > len(list) {
			page, err := get[struct{ Comments []comment }](ctx, t, "issue/"+i.ID+"/comment?orderBy=-created&maxResults=100")
			if err != nil {
				return nil, err
			}
			list = page.Comments
		}
	}
	for _, c := range list {
		if !c.Updated.Before(since) || !c.Created.Before(since) {
			texts = append(texts, unix(string(c.Body)))
		}
	}
	return texts, nil
}

// distinct puts hints about one issue together.
func distinct(hints []incident.Hint) []incident.Hint {
	at := map[incident.Key]int{}
	out := []incident.Hint{}
	for _, h := range hints {
		if n, ok := at[h.Key]; ok {
			for _, text := range h.Texts {
				if !slices.Contains(out[n].Texts, text) {
					out[n].Texts = append(out[n].Texts, text)
				}
			}
			continue
		}
		at[h.Key] = len(out)
		out = append(out, h)
	}
	return out
}
