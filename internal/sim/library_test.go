package sim

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/hereby/hereby/internal/incident"
	"github.com/hereby/hereby/internal/reconcile"
)

// server answers requests: the tracker of a town, or its library.
type server interface {
	handler() http.Handler
	step(req *http.Request) string // names a request, its method first; GET if it only reads
	settle()                       // lets late effects happen that are due
	close()

	// settles is how long what a request does may stay hidden, and whether lists
	// that lag are all that shows it.
	settles(req *http.Request) (window time.Duration, listed bool)

	// befall makes a fault befall the request under way; none is the end of
	// that. A late effect is late by so much.
	befall(f fault, by time.Duration)
}

// library is a wiki of the sandbox in which a town keeps its pages: all that the
// simulation knows of one.
type library interface {
	server
	adapter(transport http.RoundTripper) reconcile.Wiki // ours, with our account
	sheets() ([]sheet, error)
	edit(who, page string, e edit) (prose []string, err error) // the prose as it stands there
	SetLag(time.Duration)                                      // of lists

	fates() []fault   // what can befall a page as a whole
	follows() []fault // those of them after which it is found
	// take has somebody do one of them, and tells what is left of the page then
	// where it is not found any more; left tells it again.
	take(who, page string, what fault) (left string, err error)
	left(page string, what fault) (string, error)
	restore(who, page string) error
	// named tells a page that was taken elsewhere as if it stood where it did.
	named(text string) string
}

// sheet is a page or a file as people see it.
type sheet struct {
	name string
	kept string // byte for byte, without what the wiki adds by itself
	more string // where it stands, and its labels
}

// edit is what somebody does to a page, in the story's notation: prose goes
// right below headings, and words are exchanged where they come first.
type edit struct {
	below map[string]string // paragraphs and items, by heading
	words []string          // old and new, in turn
}

// pages reads all pages as a process does that has just begun.
func (r *run) pages() (map[string]incident.Page, error) {
	sheets, err := r.library.sheets()
	if err != nil || len(sheets) == 0 {
		return nil, err
	}
	var names []string
	for _, s := range sheets {
		names = append(names, s.name)
	}
	slices.SortFunc(names, func(a, b string) int { return -strings.Compare(a, b) }) // the index last: it names the others as they are called
	r.library.SetLag(0)
	defer r.library.SetLag(r.lag)
	direct := tripper(func(req *http.Request) (*http.Response, error) { return serve(r.handlers[wiki], req) })
	shelf, err := r.library.adapter(direct).Read(context.Background(), r.town.place(shop), names)
	if err == nil && shelf.Problem != "" {
		err = errors.New(shelf.Problem)
	}
	for name, p := range shelf.Pages {
		if p.Problem != "" {
			err = errors.Join(err, fmt.Errorf("%s: %s", name, p.Problem))
		}
	}
	return shelf.Pages, err
}

// guarded has something done to the pages that must leave what people wrote
// alone.
func (r *run) guarded(do func()) {
	before, err := r.pages()
	do()
	after, e := r.pages()
	if err = errors.Join(err, e); err != nil {
		r.wrong("reading the pages: %v", err)
	}
	for name, was := range before {
		if is := after[name]; strings.Contains(was.Text, " block/") && r.theirs(was.Text) != r.theirs(is.Text) {
			r.wrong("what people wrote on %s was\n%q\nand is\n%q", name, r.theirs(was.Text), r.theirs(is.Text))
		}
	}
}

// sheet returns a page or a file by its name.
func (r *run) sheet(name string) (sheet, error) {
	all, err := r.library.sheets()
	if i := slices.IndexFunc(all, func(s sheet) bool { return s.name == name }); i >= 0 {
		return all[i], err
	}
	return sheet{}, errors.Join(err, fmt.Errorf("nobody finds the page %s", name))
}

// paged reports whether there is a post-mortem.
func (p *people) paged() bool {
	return p.on(head, func(t ticket) error {
		_, err := p.r.sheet(incident.PageName(t.ref, false))
		return err
	}) == nil
}

// write is somebody's edit of the post-mortem. Its prose must stay.
func (p *people) write(who string, e edit) error {
	return p.on(head, func(t ticket) error {
		name := incident.PageName(t.ref, false)
		if err := p.bring(); err != nil {
			return err
		}
		if _, err := p.r.sheet(name); err != nil {
			return err
		}
		prose, err := p.r.library.edit(who, name, e)
		p.prose = append(p.prose, prose...)
		return errors.Join(err, p.r.town.wrotePage(who, name))
	})
}

func wrote(who string, e edit) func(*people) error {
	return func(p *people) error { return p.write(who, e) }
}

// checkProse reports prose that is not on the post-mortem any more as it was
// written.
func (p *people) checkProse() (wrong []string) {
	if len(p.prose) == 0 || p.fate.gone {
		return nil
	}
	err := p.on(head, func(t ticket) error {
		page, err := p.r.sheet(incident.PageName(t.ref, false))
		for _, prose := range p.prose {
			if !strings.Contains(page.kept, prose) {
				wrong = append(wrong, fmt.Sprintf("%q is gone from the page %q", prose, page.kept))
			}
		}
		return err
	})
	if err != nil {
		wrong = append(wrong, err.Error())
	}
	return wrong
}
