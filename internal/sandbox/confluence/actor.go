package confluence

import (
	"fmt"
	"html"
	"slices"
	"strings"
)

// Actor acts as a person, in the web pages' stead. What Confluence refuses
// comes back as an error; naming what does not exist panics, since that is a
// mistake in the program that says it. Pages are named by title, or by id as
// "#98111".
type Actor struct {
	s *Server
	u *user
}

// As returns the actor of a person, who is added where unknown.
func (s *Server) As(name string) Actor {
	s.mu.Lock()
	defer s.mu.Unlock()
	return Actor{s, s.user(name)}
}

func (s *Server) mustPage(key, name string) *page {
	sp := s.space(key)
	for _, p := range s.pages {
		if p.space == sp && !p.purged && (strings.EqualFold(p.title, name) || "#"+text(p.id) == name) {
			return p
		}
	}
	panic(fmt.Sprintf("sandbox: no page %s in %s", name, key))
}

// CreatePage makes a page and returns its id.
func (a Actor) CreatePage(key, title, storage string) (string, error) {
	a.s.mu.Lock()
	defer a.s.mu.Unlock()
	p, err := a.s.create(a.u, a.s.space(key), title, 0, storage)
	if err != nil {
		return "", err
	}
	return text(p.id), nil
}

// Copy copies a page with its labels, as the menu does, and returns the id of
// the copy.
func (a Actor) Copy(key, name, title string) (id string, err error) {
	err = a.on(key, name, func(p *page) error {
		c, err := a.s.create(a.u, p.space, title, p.parent, p.now().storage)
		if err != nil {
			return err
		}
		c.label(p.labels...)
		id = text(c.id)
		return nil
	})
	return id, err
}

// EditPage changes a page's storage.
func (a Actor) EditPage(key, name string, change func(storage string) string) error {
	return a.on(key, name, func(p *page) error {
		v := p.now()
		return a.s.update(a.u, p, v.number+1, p.title, change(v.storage), "", false)
	})
}

// Resave opens a page in the editor and saves it, which changes nothing that
// is seen and much of what is stored.
func (a Actor) Resave(key, name string) error {
	return a.on(key, name, func(p *page) error {
		v := p.now()
		storage, err := a.s.edited(v.storage)
		if err != nil {
			return err
		}
		return a.s.update(a.u, p, v.number+1, p.title, storage, "", false)
	})
}

// Rename gives a page another title, and links in its space lead there.
func (a Actor) Rename(key, name, title string) error {
	return a.on(key, name, func(p *page) error {
		v, link := p.now(), `ri:content-title="`+html.EscapeString(p.title)+`"`
		err := a.s.update(a.u, p, v.number+1, title, v.storage, "", false)
		for _, other := range a.s.pages {
			if v := other.now(); err == nil && other.space == p.space && strings.Contains(v.storage, link) {
				err = a.s.update(a.u, other, v.number+1, other.title, strings.ReplaceAll(v.storage, link, `ri:content-title="`+html.EscapeString(title)+`"`), "", true)
			}
		}
		return err
	})
}

// Unpublish makes a draft of a page.
func (a Actor) Unpublish(key, name string) error { return a.setStatus(key, name, draft) }

// Move puts a page below another one, which may be in another space.
func (a Actor) Move(key, name, toKey, below string) error {
	return a.on(key, name, func(p *page) error {
		up := a.s.mustPage(toKey, below)
		if other := a.s.titled(up.space, p.title); other != nil && other != p {
			return refuse(400, "A page with this title already exists")
		}
		p.space, p.parent = up.space, up.id
		return nil
	})
}

// Trash deletes a page, which goes to the space's trash.
func (a Actor) Trash(key, name string) error { return a.setStatus(key, name, trashed) }

// Restore brings a page back from the trash or the archive.
func (a Actor) Restore(key, name string) error { return a.setStatus(key, name, current) }

// Archive takes a page out of what is shown.
func (a Actor) Archive(key, name string) error { return a.setStatus(key, name, archived) }

func (a Actor) setStatus(key, name, status string) error {
	return a.on(key, name, func(p *page) error {
		if !p.edits(a.u) {
			return refuse(403, "%s may not do that", a.u.name)
		}
		if other := a.s.titled(p.space, p.title); status == current && other != nil && other != p {
			return refuse(400, "A page with this title already exists")
		}
		p.status = status
		return nil
	})
}

// Purge deletes a page for good.
func (a Actor) Purge(key, name string) error {
	return a.on(key, name, func(p *page) error {
		p.status, p.purged = trashed, true
		return nil
	})
}

// Restrict lets nobody but the actor and the named people see a page; without
// names, restrictions end.
func (a Actor) Restrict(key, name string, readers ...string) error {
	return a.on(key, name, func(p *page) error {
		p.readers = a.people(readers)
		return nil
	})
}

// RestrictEdit lets nobody but the actor and the named people edit a page.
func (a Actor) RestrictEdit(key, name string, editors ...string) error {
	return a.on(key, name, func(p *page) error {
		p.editors = a.people(editors)
		return nil
	})
}

func (a Actor) people(names []string) []*user {
	if names == nil {
		return nil
	}
	list := []*user{a.u}
	for _, n := range names {
		list = append(list, a.s.user(n))
	}
	return list
}

// Attach attaches a file, or its next version.
func (a Actor) Attach(key, name, fileName, content string) error {
	return a.on(key, name, func(p *page) error {
		id := int64(0)
		if k := slices.IndexFunc(p.files, func(f *file) bool { return f.name == fileName }); k >= 0 {
			id = p.files[k].id
		}
		_, err := a.s.attach(a.u, p, id, fileName, "text/plain", content)
		return err
	})
}

// CopyProperty copies a property to another page, as an app could.
func (a Actor) CopyProperty(key, from, to, property string) error {
	return a.on(key, from, func(p *page) error {
		x := *p.properties[property]
		a.s.mustPage(key, to).properties[property] = &x
		return nil
	})
}

// ForgetProperty takes a property off a page, as an app could.
func (a Actor) ForgetProperty(key, name, property string) error {
	return a.on(key, name, func(p *page) error {
		delete(p.properties, property)
		return nil
	})
}

// on runs f on a page.
func (a Actor) on(key, name string, f func(*page) error) error {
	a.s.mu.Lock()
	defer a.s.mu.Unlock()
	return f(a.s.mustPage(key, name))
}
