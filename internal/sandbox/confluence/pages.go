package confluence

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"
)

// The states of a page.
const (
	current  = "current"
	trashed  = "trashed"
	archived = "archived"
	draft    = "draft"
)

type page struct {
	id         int64
	space      *space
	parent     int64
	title      string
	status     string
	versions   []version
	labels     []string
	properties map[string]*property
	files      []*file
	readers    []*user // nil: everybody
	editors    []*user // nil: everybody
	changed    time.Time
	purged     bool
}

type version struct {
	number  int
	by      *user
	at      time.Time
	storage string
	message string
	minor   bool
}

type property struct {
	id      int64
	key     string
	value   json.RawMessage
	version int
	by      *user
	at      time.Time
}

// file is an attachment.
type file struct {
	id      int64
	name    string
	kind    string
	version int
	by      *user
	at      time.Time
	content string
}

func (p *page) now() version { return p.versions[len(p.versions)-1] }

// sees and edits tell what somebody may do with a page.
func (p *page) sees(u *user) bool {
	return p.space.right(u) >= View && (p.readers == nil || slices.Contains(p.readers, u))
}

func (p *page) edits(u *user) bool {
	return p.sees(u) && p.space.right(u) >= Edit && (p.editors == nil || slices.Contains(p.editors, u))
}

func (sp *space) right(u *user) Right {
	if r, ok := sp.rights[u]; ok {
		return r
	}
	return Edit
}

// refusal is an answer that is an error.
type refusal struct {
	status  int
	message string
	header  http.Header
}

func (e *refusal) Error() string { return e.message }

func refuse(status int, form string, args ...any) error {
	return &refusal{status: status, message: fmt.Sprintf(form, args...)}
}

func noPage(id any) error {
	return refuse(http.StatusNotFound, "No content found with id: ContentId{id=%v}, or you have no permission to view it", id)
}

// titled returns the page that holds a title in a space.
func (s *Server) titled(sp *space, title string) *page {
	for _, p := range s.pages {
		if p.space == sp && p.status != trashed && p.status != draft && !p.purged && strings.EqualFold(p.title, title) {
			return p
		}
	}
	return nil
}

// create makes a page, as anybody can who may edit in the space.
func (s *Server) create(u *user, sp *space, title string, parent int64, storage string) (*page, error) {
	switch {
	case sp.right(u) < Edit, sp.archived && !s.opt.DataCenter:
		return nil, refuse(http.StatusForbidden, "User not permitted to create content in space %s", sp.key)
	case strings.TrimSpace(title) == "" || len([]rune(title)) > 255:
		return nil, refuse(http.StatusBadRequest, "Title must have 1 to 255 characters")
	case s.titled(sp, title) != nil:
		if s.opt.DataCenter {
			return nil, refuse(http.StatusBadRequest, "A page with this title already exists: A page already exists with the title %s in the space with key %s", title, sp.key)
		}
		return nil, refuse(http.StatusBadRequest, "A page with this title already exists: A page already exists with the same TITLE in this space")
	}
	if parent == 0 {
		parent = sp.home
	}
	if up := s.byID(parent); up == nil || up.space != sp || up.status != current {
		return nil, refuse(http.StatusNotFound, "No parent page found with id: %d", parent)
	}
	storage, err := s.accept(storage)
	if err != nil {
		return nil, err
	}
	p := &page{id: s.id(), space: sp, parent: parent, title: title, status: current, properties: map[string]*property{}, changed: s.now()}
	p.versions = []version{{number: 1, by: u, at: s.now(), storage: storage}}
	s.pages = append(s.pages, p)
	return p, nil
}

// update makes a page's next version.
func (s *Server) update(u *user, p *page, number int, title, storage, message string, minor bool) error {
	switch now := p.now(); {
	case !p.edits(u), p.space.archived && !s.opt.DataCenter:
		return refuse(http.StatusForbidden, "User does not have permission to update content")
	case p.status != current:
		return refuse(http.StatusConflict, "The page is not current")
	case number != now.number+1:
		return refuse(http.StatusConflict, "Version must be incremented on update. Current version is: %d. Provided version is: %d", now.number, number)
	}
	if other := s.titled(p.space, title); other != nil && other != p {
		return refuse(http.StatusBadRequest, "A page with this title already exists: A page already exists with the same TITLE in this space")
	}
	storage, err := s.accept(storage)
	if err != nil {
		return err
	}
	p.title, p.changed = title, s.now()
	p.versions = append(p.versions, version{number, u, s.now(), storage, message, minor})
	return nil
}

// accept returns storage as it is kept, or refuses it.
func (s *Server) accept(storage string) (string, error) {
	if len(storage) > s.opt.MaxBody {
		return "", refuse(http.StatusRequestEntityTooLarge, "The content is larger than %d bytes", s.opt.MaxBody)
	}
	kept, err := s.decorate(storage)
	if err != nil {
		return "", refuse(http.StatusBadRequest, "Error parsing xhtml: %v", err)
	}
	return kept, nil
}

func (s *Server) byID(id int64) *page {
	for _, p := range s.pages {
		if p.id == id && !p.purged {
			return p
		}
	}
	return nil
}

// setProperty sets a property to a version, which must be the next.
func (s *Server) setProperty(u *user, p *page, key string, number int, value json.RawMessage, fresh bool) (*property, error) {
	if !p.edits(u) {
		return nil, refuse(http.StatusForbidden, "User does not have permission to update content")
	}
	if len(value) > 32<<10 {
		return nil, refuse(http.StatusBadRequest, "The value of a property may have at most 32768 bytes")
	}
	was := p.properties[key]
	switch {
	case fresh && was != nil:
		return nil, refuse(http.StatusConflict, "A property with the key %s already exists", key)
	case !fresh && was == nil:
		return nil, refuse(http.StatusNotFound, "There is no property with the key %s", key)
	case !fresh && number != was.version+1:
		return nil, refuse(http.StatusConflict, "Version must be incremented on update. Current version is: %d", was.version)
	}
	x := &property{id: s.id(), key: key, value: value, version: 1, by: u, at: s.now()}
	if was != nil {
		x.id, x.version = was.id, was.version+1
	}
	p.properties[key] = x
	return x, nil
}

// attach makes an attachment, or its next version.
func (s *Server) attach(u *user, p *page, id int64, name, kind, content string) (*file, error) {
	if !p.edits(u) {
		return nil, refuse(http.StatusForbidden, "User does not have permission to attach files")
	}
	for _, f := range p.files {
		switch {
		case id != 0 && f.id == id:
			f.version, f.by, f.at, f.content, f.kind = f.version+1, u, s.now(), content, kind
			return f, nil
		case id == 0 && f.name == name:
			return nil, refuse(http.StatusBadRequest, "Cannot add a new attachment with same file name as an existing attachment: %s", name)
		}
	}
	if id != 0 {
		return nil, refuse(http.StatusNotFound, "No attachment found with id: %d", id)
	}
	f := &file{id: s.id(), name: name, kind: kind, version: 1, by: u, at: s.now(), content: content}
	p.files = append(p.files, f)
	return f, nil
}

func (p *page) label(names ...string) {
	for _, n := range names {
		if n = strings.ToLower(n); !slices.Contains(p.labels, n) {
			p.labels = append(p.labels, n)
		}
	}
}
