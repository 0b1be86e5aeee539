package confluence

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/hereby/hereby/internal/incident"
)

// shelf is one space on behalf of a place.
type shelf struct {
	w     *Wiki
	place string
	space space
	me    account
}

// open finds the space of a place, and who we are.
func (w *Wiki) open(ctx context.Context, place string) (*shelf, error) {
	key := ""
	if w.opt.Space != nil {
		key = w.opt.Space(place)
	}
	if _, ok := w.opt.host(); !ok {
		return nil, noAddress()
	}
	me, err := w.selves.Get("", func() (account, error) {
		me, err := w.server.me(ctx)
		me.ids = slices.DeleteFunc(append(me.ids, w.opt.Authors...), func(id string) bool { return id == "" })
		return me, err
	})
	if err != nil {
		return nil, w.problem(err)
	}
	s, err := w.spaces.Get(key, func() (space, error) {
		s, found, err := w.server.space(ctx, key)
		if err == nil && (!found || key == "") {
			err = noSpace(key, place)
		}
		return s, err
	})
	if err != nil {
		return nil, w.problem(err)
	}
	return &shelf{w, place, s, me}, nil
}

// problem makes one of an error that is none yet.
func (w *Wiki) problem(err error) error {
	var no *refusal
	if !as(err, &no) {
		return err
	}
	p := strange(no.status)
	if no.status == http.StatusForbidden {
		p = forbidden()
	}
	p.said = no.said
	return p
}

// state is a page with what it says.
type state struct {
	name   string
	remote *remote // nil: there is none
	reader *reader
	doc    *reading
	text   string // as the core reads it
	edited time.Time
}

func (s *shelf) key(name string) string { return s.space.key + "\n" + name }

// find returns the page of a name as it is now, and notes what it is called.
func (s *shelf) find(ctx context.Context, name string) (*remote, error) {
	r, err := s.seek(ctx, name)
	if r != nil && r.title != name {
		s.w.names.Put(s.key(r.title), name)
	}
	return r, err
}

// seek looks for the page of a name: the one it was before, the one with that
// title, or the one with our label that was given another title.
func (s *shelf) seek(ctx context.Context, name string) (*remote, error) {
	id, was := s.w.ids.Peek(s.key(name))
	if was {
		if r, err := s.w.server.byID(ctx, id); r != nil || err != nil {
			return usable(r, err)
		}
	}
	if r, err := s.w.server.byTitle(ctx, s.space, name); r != nil || err != nil {
		return usable(r, err)
	}
	if r, err := s.renamed(ctx, name); r != nil || err != nil {
		return r, err
	}
	there, err := s.w.server.trashed(ctx, s.space, name)
	hidden, taken := s.w.hidden.Peek(s.key(name))
	switch {
	case err != nil:
		return nil, err
	case there:
		return nil, inTrash(name)
	case was:
		return nil, restricted(name)
	case taken:
		return nil, hidden
	}
	return nil, nil
}

// usable refuses a page that is there but is not shown to anybody.
func usable(r *remote, err error) (*remote, error) {
	if err != nil {
		return nil, err
	}
	switch r.status {
	case current:
		return r, nil
	case "trashed", "deleted":
		return nil, inTrash(r.title)
	case "archived":
		return nil, archived(r.title)
	}
	return nil, unpublished(r.title, r.status)
}

// current is the status of a page that people see.
const current = "current"

// renamed looks for a page by our label: a post-mortem also where somebody
// moved it to another space, of which each has an index of its own.
func (s *shelf) renamed(ctx context.Context, name string) (*remote, error) {
	key := ""
	if name == indexPage {
		key = s.space.key
	}
	ids, err := s.w.client.labelled(ctx, key, labelOf(name))
	if err != nil {
		return nil, err
	}
	for _, id := range ids {
		r, err := s.w.server.byID(ctx, id)
		if err != nil {
			return nil, err
		}
		if r == nil || r.status != current {
			continue
		}
		if m := decode(r.property.value); m.Name == name && m.Page == r.id {
			return r, nil
		}
	}
	return nil, nil
}

// load reads a page.
func (s *shelf) load(ctx context.Context, name string) (*state, error) {
	r, err := s.find(ctx, name)
	if err != nil || r == nil {
		return &state{name: name}, err
	}
	return s.state(ctx, name, r)
}

// glance is load without doc, where the page is known as it is.
func (s *shelf) glance(ctx context.Context, name string) (*state, error) {
	r, err := s.find(ctx, name)
	if err != nil || r == nil {
		return &state{name: name}, err
	}
	if k, ok := s.known(name, r); ok && k.version == r.property.version {
		return &state{name: name, remote: r, text: k.given, edited: s.edited(r, decode(r.property.value))}, nil
	}
	return s.state(ctx, name, r)
}

// edited returns when anybody but us changed the page last: they made a version
// that is not our account's, or not noted beforehand as ours, for a person may
// use that account too. A creation that broke off notes nothing.
func (s *shelf) edited(r *remote, m memory) time.Time {
	at := m.Edited
	brokeOff := r.version == 1 && r.property.version == 0
	if !slices.Contains(s.me.ids, r.by) || r.version > m.Wrote && !brokeOff {
		at = r.at
	}
	if now := s.w.opt.Clock(); at.After(now) {
		at = now
	}
	return at
}

// state reads what the server told of a page.
func (s *shelf) state(ctx context.Context, name string, r *remote) (*state, error) {
	st := &state{name: name, remote: r}
	if len(r.storage) > s.w.opt.MaxBytes {
		return st, tooLarge(name)
	}
	names, err := s.people(ctx, r.storage)
	if err != nil {
		return st, err
	}
	st.reader = &reader{storage: r.storage, memory: decode(r.property.value), directory: directory{aliases: s.w.opt.People, users: names}}
	if name == indexPage {
		st.reader.page = func(title string) (name string, ok bool) { return s.w.names.Peek(s.key(title)) }
	}
	st.reader.memory.Name = name
	if st.doc, err = st.reader.read(); err != nil {
		return st, unreadable(name, err)
	}
	st.text, st.edited = st.doc.text, s.edited(r, st.reader.memory)
	if k, ok := s.known(name, r); ok {
		st.text = k.given
	}
	s.given(name, r, r.storage, st.text)
	return st, nil
}

// known returns how a page reads that is as it was.
func (s *shelf) known(name string, r *remote) (known, bool) {
	id, _ := s.w.ids.Peek(s.key(name))
	k, ok := s.w.texts.Peek(s.key(name))
	return k, ok && id == r.id && k.given != "" && k.storage == incident.HashText(r.storage)
}

// given notes what a page was made to read.
func (s *shelf) given(name string, r *remote, storage, text string) {
	s.w.ids.Put(s.key(name), r.id)
	s.w.texts.Put(s.key(name), known{r.property.version, incident.HashText(storage), text})
	s.w.hidden.Forget(s.key(name))
}

// labelOf returns the label by which a page is found whose title was changed.
func labelOf(name string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' || r == '-' {
			return r
		}
		return '_'
	}, strings.ToLower(name))
}

// maxProperty bounds the value of a property, in bytes: Cloud takes 32 KB.
const maxProperty = 30_000

// packed is a memory that would be too large as it is.
type packed struct {
	V int    `json:"v"`
	Z string `json:"z"` // base64 of its JSON, gzipped
}

// encode returns the value of the property. ok is false if it is too large.
func encode(m memory) (json.RawMessage, bool) {
	plain, err := json.Marshal(m)
	if err != nil {
		return nil, false // unreachable: strings and times
	}
	if len(plain) <= maxProperty {
		return plain, true
	}
	var b bytes.Buffer
	z, _ := gzip.NewWriterLevel(&b, gzip.BestCompression)
	z.Write(plain) // to memory
	z.Close()
	value, _ := json.Marshal(packed{1, base64.StdEncoding.EncodeToString(b.Bytes())})
	return value, len(value) <= maxProperty
}

// maxMemory bounds what a property may unfold to.
const maxMemory = 20_000_000

// decode reads the value of the property; what cannot be read is nothing.
func decode(value json.RawMessage) memory {
	var p packed
	if json.Unmarshal(value, &p) == nil && p.Z != "" {
		raw, err := base64.StdEncoding.DecodeString(p.Z)
		if err != nil {
			return memory{}
		}
		z, err := gzip.NewReader(bytes.NewReader(raw))
		if err != nil {
			return memory{}
		}
		if value, err = io.ReadAll(io.LimitReader(z, maxMemory)); err != nil {
			return memory{}
		}
	}
	var m memory
	if json.Unmarshal(value, &m) != nil {
		return memory{}
	}
	return m
}

// page returns the state as an incident has it.
func (st *state) page() incident.Page {
	if st.remote == nil {
		return incident.Page{}
	}
	return incident.Page{Exists: true, Text: st.text, URL: st.remote.web, Edited: st.edited}
}
