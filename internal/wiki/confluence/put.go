package confluence

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"reflect"
	"strings"
	"time"

	"github.com/hereby/hereby/internal/incident"
)

// again is when to look again after somebody else wrote first.
const again = 5 * time.Second

// backoff returns how long to wait before a try.
func backoff(try int) time.Duration { return 250 * time.Millisecond << min(try-1, 4) }

// conflict reports whether somebody else's version came first.
func conflict(err error) bool { return refused(err, http.StatusConflict) }

// update carries a text over to a page that is there.
func (s *shelf) update(ctx context.Context, d incident.Draft, st *state, p purpose) error {
	if st.edited.After(st.reader.memory.Edited) {
		st.reader.memory.Edited = st.edited.UTC()
	}
	if err := s.meet(ctx, &st.reader.directory, d.Text, st.text); err != nil {
		return err
	}
	storage, next, err := st.reader.rewrite(st.doc, st.doc.spell(d.Text, st.text))
	if err != nil {
		return inexpressible(d.Name, err)
	}
	return s.write(ctx, d, st.remote, storage, next, p)
}

// create makes a page: first without our blocks, which nobody would know for
// ours until the property says so.
func (s *shelf) create(ctx context.Context, d incident.Draft, p purpose) error {
	parent, err := s.parent(ctx, d.Name)
	if err != nil {
		return err
	}
	people := directory{aliases: s.w.opt.People, users: map[string]string{}}
	if err := s.meet(ctx, &people, d.Text, ""); err != nil {
		return err
	}
	bare := people.compose(d.Text, false)
	r, err := s.w.server.create(ctx, s.space, d.Name, parent, bare)
	if err != nil {
		return s.occupied(ctx, d.Name, err)
	}
	r.title, r.version, r.storage = d.Name, max(r.version, 1), bare
	p.news = false // people hear of a new page
	return s.write(ctx, d, r, people.compose(d.Text, true), memory{Name: d.Name}.want(d.Text, memory{}), p)
}

// write notes on a page what is to be known of it, and then writes it.
func (s *shelf) write(ctx context.Context, d incident.Draft, r *remote, storage string, m memory, p purpose) error {
	if len(storage) > s.w.opt.MaxBytes {
		return tooLarge(d.Name)
	}
	if r.property.version == 0 { // new, whoever made it, or a creation that did not end
		if err := s.tag(ctx, r, d); err != nil {
			return err
		}
	}
	m.Page, m.Wrote = r.id, r.version
	if storage != r.storage {
		m.Wrote++
	}
	if err := s.remember(ctx, r, m); err != nil {
		return s.explain(err, r.title)
	}
	if storage != r.storage {
		if err := s.w.server.update(ctx, r, storage, p.message, p.news); err != nil {
			return s.explain(err, r.title)
		}
	}
	s.given(d.Name, r, storage, d.Text)
	return nil
}

// remember sets the property to what is to be known of a page, if it is not.
func (s *shelf) remember(ctx context.Context, r *remote, m memory) error {
	value, ok := encode(m)
	if !ok { // the texts that stand there are lost first: they are replaced
		for _, all := range []map[string][]string{m.Blocks, m.Items} {
			for k, v := range all {
				all[k] = v[:1]
			}
		}
		if value, ok = encode(m); !ok {
			return tooLarge(r.title)
		}
	}
	if r.property.version > 0 && reflect.DeepEqual(decode(r.property.value), decode(value)) {
		return nil
	}
	return s.w.server.remember(ctx, r, value)
}

// tag puts our labels on a page. Where we may not, there are none.
func (s *shelf) tag(ctx context.Context, r *remote, d incident.Draft) error {
	if err := s.w.client.labels(ctx, r.id, s.labels(d)...); err != nil && !refused(err) {
		return err
	}
	return nil
}

// labels are those of a page of ours: what it is, whose it is, and its name.
func (s *shelf) labels(d incident.Draft) []string {
	list := []string{"hereby", labelOf(d.Name)}
	if m := blockHead.FindStringSubmatch(firstMark(d.Text)); m != nil {
		list = append(list, "hereby-"+labelOf(m[1]))
	}
	return list
}

func firstMark(text string) string {
	for line := range strings.SplitSeq(text, "\n") {
		if blockHead.MatchString(line) {
			return line
		}
	}
	return ""
}

// parent returns the page below which a new one belongs: the index, which is
// made where there is none, without a line. One that cannot be used is in
// nobody's way.
func (s *shelf) parent(ctx context.Context, name string) (string, error) {
	top := cmp.Or(s.w.opt.Parent, s.space.home)
	if name == indexPage {
		return top, nil
	}
	index, err := s.load(ctx, indexPage)
	if err == nil && index.remote == nil {
		if err = s.create(ctx, incident.Draft{Name: indexPage}, purpose{}); err == nil || errors.Is(err, errMoved) {
			index, err = s.load(ctx, indexPage)
		}
	}
	switch {
	case passes(err), ctx.Err() != nil:
		return "", err
	case err != nil || index.remote == nil:
		return top, nil
	}
	return index.remote.id, nil
}

// occupied judges why a page could not be created. If somebody made it at the
// same time it is there now; if we see none, its title is taken by one that we
// may not see, which is said until somebody may have changed that.
func (s *shelf) occupied(ctx context.Context, name string, err error) error {
	if refused(err, http.StatusForbidden, http.StatusUnauthorized) {
		return mayNotCreate(s.space.key)
	}
	if refused(err, http.StatusRequestEntityTooLarge) {
		return tooLarge(name)
	}
	if !refused(err, http.StatusBadRequest, http.StatusConflict, http.StatusInternalServerError) {
		return s.explain(err, name)
	}
	r, lookErr := s.w.server.byTitle(ctx, s.space, name)
	if lookErr != nil {
		return lookErr
	}
	if r != nil {
		return errMoved
	}
	var no *refusal
	if as(err, &no); !strings.Contains(strings.ToLower(no.said), "already exists") && no.status != http.StatusConflict {
		if no.status == http.StatusInternalServerError {
			return problem{text: "Confluence could not create the page " + name + "; we try again", said: no.said, until: s.w.client.later()}
		}
		return problem{text: "Confluence refuses to create the page " + name + ": see what it says, and put that right", said: no.said}
	}
	p := taken(name, s.space.key)
	s.w.hidden.Put(s.key(name), p)
	return p
}

// hiddenFor is how long a title counts as taken before we try again.
const hiddenFor = 10 * time.Minute

// explain makes a problem of a refusal to write; a conflict stays one.
func (s *shelf) explain(err error, title string) error {
	var no *refusal
	if !as(err, &no) {
		return err
	}
	switch no.status {
	case http.StatusConflict:
		return err
	case http.StatusForbidden:
		return readOnly(title)
	case http.StatusNotFound:
		return restricted(title)
	case http.StatusRequestEntityTooLarge:
		return tooLarge(title)
	case http.StatusInternalServerError:
		if strings.Contains(no.said, "OptimisticLock") {
			return &refusal{http.StatusConflict, no.said}
		}
		return problem{text: "Confluence could not write the page " + title + "; we try again", said: no.said, until: s.w.client.later()}
	}
	return problem{text: "Confluence refuses to write the page " + title + ": see what it says, and put that right", said: no.said}
}
