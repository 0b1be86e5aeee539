package git

import (
	"context"
	"errors"
	"time"

	"github.com/go-git/go-git/v5/plumbing"
)

// Shelf is some pages of a wiki, all of one revision.
type Shelf struct {
	Revision Revision
	Pages    map[string]Page // by the names asked for
	// Problem is why the wiki could not be read; there are no pages then.
	Problem *Problem
}

// Page is one page as it stands in the wiki.
type Page struct {
	Name   string
	Text   string // byte for byte, in whatever encoding
	Exists bool
	URL    string // where people read it; "" if that is not known
	File   string // its path in the repository; where it does not exist, the one it would get

	// Edited and EditedBy tell the last change to the file by anybody but us,
	// its removal included, as far back as the fetched history reaches; zero:
	// not within it. The time is the commit's own, but never after the moment
	// in which we first saw it.
	Edited   time.Time
	EditedBy string // the name the author gave to git

	// Problem is why the page cannot be used although the wiki can: TooLarge
	// (no Text then), or Occupied (Text is there, but Update will not write).
	Problem *Problem
}

// Get reads pages. Without names it only asks for the revision, which is one
// small request; so is reading what has not changed since the last time.
//
// What stands in the way of reading is Shelf.Problem, not an error: a wiki that
// is down must not stop an incident. An error is a name that cannot be a
// page's, or a context that ended.
func (w *Wiki) Get(ctx context.Context, place string, names ...string) (Shelf, error) {
	for _, name := range names {
		if err := checkName(name); err != nil {
			return Shelf{}, err
		}
	}
	shelf, err := w.get(ctx, place, names)
	var p *Problem
	if errors.As(err, &p) {
		return Shelf{Problem: p}, nil
	}
	return shelf, err
}

func (w *Wiki) get(ctx context.Context, place string, names []string) (Shelf, error) {
	v, err := w.visit(ctx, place)
	if err != nil {
		return Shelf{}, err
	}
	release, err := take(ctx, v.site.read)
	if err != nil {
		return Shelf{}, v.stopped(ctx)
	}
	defer release()
	src, err := v.look(ctx)
	if err != nil {
		return Shelf{}, err
	}
	if pages, ok := w.cache.get(v.key, revision(src.head), names); ok {
		return v.shelf(src.head, pages), nil
	}
	c, err := v.open(ctx, src)
	if err != nil {
		return Shelf{}, err
	}
	pages, err := c.pages(ctx, names)
	if err != nil {
		return Shelf{}, err
	}
	w.cache.put(v.key, revision(c.head), pages)
	return v.shelf(c.head, pages), nil
}

// shelf completes pages, which are kept without what depends on the place.
func (v *visit) shelf(head plumbing.Hash, pages map[string]Page) Shelf {
	s := Shelf{Revision: revision(head), Pages: map[string]Page{}}
	for name, p := range pages {
		p.URL = v.wiki.opt.PageURL(v.place, name)
		if p.Problem != nil {
			own := *p.Problem
			own.Place = v.place
			p.Problem = &own
		}
		s.Pages[name] = p
	}
	return s
}

// pages reads the named pages out of a clone.
func (c *clone) pages(ctx context.Context, names []string) (map[string]Page, error) {
	var want []plumbing.Hash
	for _, name := range names {
		if f, ok := c.find(name); ok && f.ordinary() {
			want = append(want, f.hash)
		}
	}
	if err := c.need(ctx, want...); err != nil {
		return nil, err
	}
	pages := map[string]Page{}
	for _, name := range names {
		page, err := c.page(ctx, name)
		if err != nil {
			return nil, err
		}
		pages[name] = page
	}
	return pages, nil
}

func (c *clone) page(ctx context.Context, name string) (Page, error) {
	p := Page{Name: name, File: fileName(name)}
	f, ok := c.find(name)
	if ok {
		p.Exists, p.File = true, f.path
		if !writable(f) {
			p.Problem = c.v.about(Occupied, f.path)
		}
	}
	p.Edited, p.EditedBy = c.lastEdit(p.File)
	if now := c.v.wiki.opt.Clock().UTC(); p.Edited.After(now) {
		p.Edited = now
	}
	if !ok || !f.ordinary() {
		return p, nil
	}
	text, err := c.text(ctx, f)
	var large *Problem
	if errors.As(err, &large) && large.Kind == TooLarge && large.Page != "" {
		p.Problem = large
		return p, nil
	}
	p.Text = text
	return p, err
}
