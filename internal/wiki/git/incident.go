package git

import (
	"context"
	"errors"
	"time"

	"github.com/hereby/hereby/internal/incident"
)

// Read returns pages as an incident has them. What stands in the way is the
// shelf's Problem, in words; an error is a context that ended.
func (w *Wiki) Read(ctx context.Context, place string, names []string) (incident.Shelf, error) {
	s := incident.Shelf{Place: place}
	shelf, err := w.Get(ctx, place, names...)
	switch {
	case ctx.Err() != nil:
		return s, ctx.Err()
	case err != nil:
		s.Problem = err.Error()
		return s, nil
	case shelf.Problem != nil:
		var later *incident.NotYet
		s.Problem, s.Passing = shelf.Problem.Error(), errors.As(shelf.Problem, &later)
		return s, nil
	}
	s.Pages = map[string]incident.Page{}
	for name, p := range shelf.Pages {
		page := incident.Page{Exists: p.Exists, Text: p.Text, URL: p.URL, Edited: p.Edited}
		if p.Problem != nil {
			page.Problem = p.Problem.Error()
		}
		s.Pages[name] = page
	}
	return s, nil
}

// Revision names the wiki's state; "" while it cannot be read.
func (w *Wiki) Revision(ctx context.Context, place string) (string, error) {
	shelf, err := w.Get(ctx, place)
	return string(shelf.Revision), err
}

// again is when to look again after somebody else wrote first.
const again = 5 * time.Second

var errMoved = errors.New("somebody wrote to the page meanwhile; it is read again")

// Put writes pages in one commit, if each still reads as it did when the texts
// were made of it. Nothing is ever half done, and what was done is found done
// when it is tried again: so no outcome is unknown.
func (w *Wiki) Put(ctx context.Context, pages incident.PutPages) incident.Result {
	moved := false
	_, err := w.Update(ctx, pages.Place, pages.Message, func(page func(string) (string, bool)) map[string]string {
		texts := map[string]string{}
		moved = false
		for _, d := range pages.Pages {
			text, exists := page(d.Name)
			if exists && text == d.Text {
				continue
			}
			moved = moved || exists != d.Was.Exists || text != d.Was.Text
			texts[d.Name] = d.Text
		}
		if moved {
			return nil
		}
		return texts
	})
	var later *incident.NotYet
	switch {
	case err == nil && !moved:
		return incident.Result{Outcome: incident.Applied}
	case err == nil:
		return incident.Result{Outcome: incident.Deferred, Err: &incident.NotYet{Until: w.opt.Clock().Add(again), Err: errMoved}}
	case errors.As(err, &later), ctx.Err() != nil:
		return incident.Result{Outcome: incident.Deferred, Err: err}
	}
	return incident.Result{Outcome: incident.Refused, Err: err}
}
