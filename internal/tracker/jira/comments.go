package jira

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/hereby/hereby/internal/incident"
	"github.com/hereby/hereby/internal/tracker/jira/markup"
)

// readComments reads the comments on the head.
func (s *sight) readComments(ctx context.Context) error {
	list, err := s.comments(ctx, s.head.ID)
	if err != nil {
		return fmt.Errorf("comments of %s: %w", s.head.Key, err)
	}
	told := s.tellsProperties(list)
	for _, c := range list {
		if told && c.Properties == nil {
			c.Properties = []property{}
		}
		out, err := s.comment(ctx, c)
		if err != nil {
			return fmt.Errorf("comment %s on %s: %w", c.ID, s.head.Key, err)
		}
		s.snap.Comments = append(s.snap.Comments, out)
		s.people.add(c.Author)
	}
	return nil
}

// comments returns the comments on an issue, oldest first. They are read from
// the latest on: of too many the oldest are left out.
func (t *Tracker) comments(ctx context.Context, id string) (all []comment, err error) {
	seen, whole := map[string]bool{}, false
	for pages, read := 0, 0; !whole && pages < maxPages; pages++ {
		page, err := get[struct {
			Comments []comment
			Total    int
		}](ctx, t, fmt.Sprintf("issue/%s/comment?orderBy=-created&expand=properties&startAt=%d&maxResults=100", id, read))
		if err != nil {
			return nil, err
		}
		for _, c := range page.Comments {
			if !seen[c.ID] { // a new one moves the others on to the next page
				seen[c.ID] = true
				all = append(all, c)
			}
		}
		read += len(page.Comments)
		whole = len(page.Comments) == 0 || read >= page.Total
	}
	if !whole {
		t.log.Warn("the list of comments is too long to be read whole", "issue", id)
	}
	slices.SortFunc(all, func(a, b comment) int {
		return cmp.Or(a.Created.Compare(b.Created.Time), cmp.Compare(len(a.ID), len(b.ID)), cmp.Compare(a.ID, b.ID))
	})
	return all, nil
}

// tellsProperties reports whether a list shows what properties its comments
// have. Jira leaves them out of a comment that has none. Where it shows none at
// all, and some are ours, it does not show them in lists.
func (s *sight) tellsProperties(list []comment) bool {
	has := func(c comment) bool { return c.Properties != nil }
	ours := func(c comment) bool { return s.isOurs(c.Author) }
	return slices.ContainsFunc(list, has) || !slices.ContainsFunc(list, ours)
}

func (s *sight) comment(ctx context.Context, c comment) (incident.Comment, error) {
	raw := unix(string(c.Body))
	s.restricts.Put(c.ID, c.Visibility)
	out := incident.Comment{
		ID: c.ID, URL: s.browse(s.head.ref()) + "?focusedCommentId=" + c.ID,
		Author: c.Author.person(), Raw: raw, At: c.Created.Time, Private: c.Visibility.set(),
	}
	if c.Updated.After(out.At) {
		out.EditedAt = c.Updated.Time
	}
	if s.isOurs(c.Author) {
		value, err := s.commentProperty(ctx, c, ours)
		if err != nil {
			return out, err
		}
		if m, ok := readMark(value); ok && m.ID == s.snap.ID {
			open, err := s.open(ctx, c)
			if err != nil {
				return out, err
			}
			if open {
				out.Exposed = true // and not to be written to again
				return out, nil
			}
			out.Ours, out.Slot, out.Data, out.Hash = true, m.Slot, m.Data, m.hash(raw)
			return out, nil
		}
	}
	out.Said = s.spoken(raw)
	if s.look.Decided[out.ID] || c.Author.bot() {
		return out, nil
	}
	s.people.mention(out)
	if !s.snap.Caps.Acks {
		return out, nil
	}
	value, err := s.commentProperty(ctx, c, verdicts)
	out.Acked = verdictOf(value, raw)
	return out, err
}

// open reports whether the customers of a service project may read a comment.
func (s *sight) open(ctx context.Context, c comment) (bool, error) {
	if !s.project.service() {
		return false, nil
	}
	if c.Public != nil {
		return *c.Public, nil
	}
	value, err := s.commentProperty(ctx, c, internal)
	return !isInternal(value), err
}

// isInternal reads the property that keeps a comment from customers.
func isInternal(value json.RawMessage) bool {
	var p struct{ Internal bool }
	return json.Unmarshal(value, &p) == nil && p.Internal
}

// commentProperty returns a property of a comment; nil if it has none. A server
// whose lists do not show them is asked for each, once while the comment stays
// as it is.
func (t *Tracker) commentProperty(ctx context.Context, c comment, key string) (json.RawMessage, error) {
	for _, p := range c.Properties {
		if p.Key == key {
			return p.Value, nil
		}
	}
	if c.Properties != nil {
		return nil, nil
	}
	if n, ok := t.notes.Peek(c.ID + " " + key); ok && n.updated.Equal(c.Updated.Time) {
		return n.value, nil
	}
	p, err := get[property](ctx, t, "comment/"+c.ID+"/properties/"+key)
	if err != nil && !isStatus(err, http.StatusNotFound, http.StatusForbidden) {
		return nil, err
	}
	t.notes.Put(c.ID+" "+key, note{c.Updated.Time, p.Value})
	return p.Value, nil
}

// note is a property of a comment as it was when the comment was last changed.
type note struct {
	updated time.Time
	value   json.RawMessage
}

// putNote sets a property of a comment.
func (t *Tracker) putNote(ctx context.Context, id, key string, value any) error {
	t.notes.Forget(id + " " + key)
	return t.send(ctx, http.MethodPut, "comment/"+id+"/properties/"+key, value, nil)
}

// spoken returns the lines of a text that its author says, with everybody under
// the id that Jira knows them by, whatever they were called.
func (t *Tracker) spoken(wiki string) []string { return markup.Spoken(wiki, t.alias) }

// alias returns whom people mean by a name of their own; "": nobody.
func (t *Tracker) alias(p incident.Person) incident.Person {
	return incident.PersonOf(t.aliases[fold(string(p))])
}

// isOurs reports whether an account is ours now or was before a change of token.
func (s *sight) isOurs(u *user) bool {
	p := u.person()
	return p != "" && (p == s.self.person() || s.authors[p])
}
