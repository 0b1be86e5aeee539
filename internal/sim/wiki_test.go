package sim

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/hereby/hereby/internal/incident"
)

// pages is the wiki of acme/shop, as its adapter shows it to the reconciler:
// over git the adapter has faults of its own to deal with, and its own tests.
type pages map[string]incident.Page

// disturbedWiki is the wiki as a process sees it: each call is a step.
type disturbedWiki struct{ p *process }

func (d disturbedWiki) Read(_ context.Context, place string, names []string) (s incident.Shelf, err error) {
	s.Place = place
	err = d.p.cross(wiki, "read", func() error {
		s.Pages = map[string]incident.Page{}
		for _, name := range names {
			s.Pages[name] = d.p.run.pages[name]
		}
		return nil
	})
	if errors.Is(err, errDown) {
		return incident.Shelf{Place: place, Problem: "the wiki does not answer.", Passing: true}, nil
	}
	return s, err
}

var errConflict = errors.New("somebody else wrote first")

func (d disturbedWiki) Put(_ context.Context, put incident.PutPages) incident.Result {
	r := d.p.run
	err := d.p.cross(wiki, "put", func() error {
		for _, x := range put.Pages {
			if now := r.pages[x.Name]; now.Text != x.Text && (now.Text != x.Was.Text || now.Exists != x.Was.Exists) {
				return errConflict
			}
			if now := r.pages[x.Name]; now.Exists && strings.Contains(now.Text, " block/") && r.theirs(now.Text) != r.theirs(x.Text) {
				r.wrong("what people wrote on %s was\n%q\nand is\n%q", x.Name, r.theirs(now.Text), r.theirs(x.Text))
			}
		}
		texts := map[string]string{}
		for _, x := range put.Pages {
			texts[x.Name] = x.Text
		}
		do := func(r *run) error { r.putPages(texts); return nil }
		r.tape.keep(r, do)
		return do(r)
	})
	switch {
	case err == nil:
		return incident.Result{Outcome: incident.Applied}
	case errors.Is(err, errDead):
		return incident.Result{Outcome: incident.NotRun, Err: err}
	}
	return incident.Result{Outcome: incident.Deferred, Err: &incident.NotYet{Until: r.clock.now().Add(5 * time.Second), Err: err}}
}

func (d disturbedWiki) Revision(_ context.Context, _ string) (revision string, err error) {
	err = d.p.cross(wiki, "revision", func() error {
		for _, name := range slices.Sorted(maps.Keys(d.p.run.pages)) {
			revision += incident.HashText(d.p.run.pages[name].Text)
		}
		return nil
	})
	if errors.Is(err, errDown) {
		return "", nil
	}
	return revision, err
}

// putPages is what one of our commits does.
func (r *run) putPages(texts map[string]string) {
	r.pages = maps.Clone(r.pages)
	for name, text := range texts {
		page := r.pages[name]
		page.Text, page.Exists, page.URL = text, true, home+"/"+shop+"/wiki/"+name
		r.pages[name] = page
	}
}

// paged reports whether there is a post-mortem.
func (p *people) paged() bool {
	found := false
	p.on(head, func(t ticket) error {
		found = p.r.pages[incident.PageName(t.ref, false)].Exists
		return nil
	})
	return found
}

// write is somebody's edit of the post-mortem.
func (p *people) write(who string, change func(text string) string) error {
	return p.on(head, func(t ticket) error {
		name := incident.PageName(t.ref, false)
		page := p.r.pages[name]
		if !page.Exists {
			return fmt.Errorf("%s finds no page %s", who, name)
		}
		p.r.pages = maps.Clone(p.r.pages)
		page.Text, page.Edited = change(page.Text), p.r.clock.now()
		p.r.pages[name] = page
		return p.r.town.wrotePage(who, name)
	})
}

// wrote puts texts of people's under headings of the page, and notes that they
// are theirs.
func wrote(who string, under map[string]string) func(*people) error {
	return func(p *people) error {
		return p.write(who, func(text string) string {
			for heading, prose := range under {
				text = strings.Replace(text, "## "+heading+"\n", "## "+heading+"\n\n"+prose+"\n", 1)
			}
			return text
		})
	}
}
