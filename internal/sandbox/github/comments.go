package github

import (
	"net/http"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

type comment struct {
	id        int64
	issue     *issue
	author    *user
	app       *app
	body      string
	created   time.Time
	updated   time.Time
	reactions []*reaction

	shownFrom time.Time // in lists
	was       string    // what lists show until
	wasUntil  time.Time
}

func checkComment(body string) error {
	switch {
	case strings.TrimSpace(body) == "":
		return unprocessable("IssueComment", "body", "Body cannot be blank")
	case utf8.RuneCountInString(body) > maxText:
		return unprocessable("IssueComment", "body", "body is too long (maximum is 65536 characters)")
	}
	return nil
}

func (s *Server) addComment(by *identity, i *issue, body string) (*comment, error) {
	if err := s.mayWrite(by, i.repo, Read); err != nil {
		return nil, err
	}
	if i.talked || i.locked && s.mayWrite(by, i.repo, Write) != nil {
		return nil, forbidden("Unable to create comment because issue is locked.")
	}
	if err := checkComment(body); err != nil {
		return nil, err
	}
	now := s.now()
	c := &comment{id: s.id(), issue: i, author: by.user, app: by.app, body: body, created: now, updated: now}
	if s.opt.Lag > 0 {
		c.shownFrom = now.Add(s.opt.Lag)
	}
	s.comment[c.id] = c
	s.change(i, func() { i.comments, i.updated = append(i.comments, c), now })
	s.tellComment("created", c, by, nil)
	s.crossReference(by, i, body)
	return c, nil
}

// mayTouch returns nil where the caller may edit or delete a comment: its
// author, and who may write.
func (s *Server) mayTouch(by *identity, c *comment) error {
	if by.user != nil && by.user == c.author {
		return s.mayWrite(by, c.issue.repo, Read)
	}
	return s.mayWrite(by, c.issue.repo, Write)
}

func (s *Server) editComment(by *identity, c *comment, body string) error {
	if err := s.mayTouch(by, c); err != nil {
		return err
	}
	if err := checkComment(body); err != nil {
		return err
	}
	old, now := c.body, s.now()
	if body == old {
		return nil
	}
	if s.opt.Lag > 0 {
		if !now.Before(c.wasUntil) {
			c.was = old
		}
		c.wasUntil = now.Add(s.opt.Lag)
	}
	c.body, c.updated = body, now
	s.tellComment("edited", c, by, map[string]any{"changes": map[string]any{"body": from(old)}})
	return nil
}

func (s *Server) deleteComment(by *identity, c *comment) error {
	if err := s.mayTouch(by, c); err != nil {
		return err
	}
	delete(s.comment, c.id)
	i := c.issue
	s.change(i, func() {
		i.comments = slices.DeleteFunc(slices.Clone(i.comments), func(x *comment) bool { return x == c })
		i.updated = s.now()
	})
	s.tellComment("deleted", c, by, nil)
	return nil
}

// listedComments returns comments as lists show them now.
func (s *Server) listedComments(cs []*comment) []*comment {
	var out []*comment
	now := s.now()
	for _, c := range cs {
		switch {
		case now.Before(c.shownFrom):
		case now.Before(c.wasUntil):
			old := *c
			old.body = c.was
			out = append(out, &old)
		default:
			out = append(out, c)
		}
	}
	return out
}

type textBody struct {
	Body string `json:"body"`
}

func listIssueComments(c *call) (int, any, error) {
	since, err := c.since()
	if err != nil {
		return 0, nil, err
	}
	cs := slices.DeleteFunc(c.s.listedComments(c.issue.comments), func(x *comment) bool { return x.updated.Before(since) })
	return http.StatusOK, c.s.commentViews(page(c, cs)), nil
}

func listRepoComments(c *call) (int, any, error) {
	since, err := c.since()
	if err != nil {
		return 0, nil, err
	}
	sort, err := c.oneOf("sort", "created", "updated")
	if err != nil {
		return 0, nil, err
	}
	dir, err := c.oneOf("direction", "asc", "desc")
	if err != nil {
		return 0, nil, err
	}
	var cs []*comment
	for _, i := range c.repo.issues {
		if i != nil && !i.deleted && i.moved == nil {
			cs = append(cs, c.s.listedComments(i.comments)...)
		}
	}
	cs = slices.DeleteFunc(cs, func(x *comment) bool { return x.updated.Before(since) })
	slices.SortFunc(cs, func(a, b *comment) int {
		n := int(a.id - b.id)
		if sort == "updated" && !a.updated.Equal(b.updated) {
			n = a.updated.Compare(b.updated)
		}
		if dir == "desc" {
			return -n
		}
		return n
	})
	return http.StatusOK, c.s.commentViews(page(c, cs)), nil
}

// since returns the query value of that name; the zero time where absent.
func (c *call) since() (time.Time, error) {
	v := c.r.URL.Query().Get("since")
	if v == "" {
		return time.Time{}, nil
	}
	t, err := time.Parse(time.RFC3339, v)
	if err != nil {
		return t, invalid("Search", "since", "invalid", v)
	}
	return t, nil
}

func (c *call) loadComment() (*comment, error) {
	id, err := c.number("comment")
	if err != nil {
		return nil, err
	}
	if x := c.s.comment[id]; x != nil && x.issue.repo == c.repo && !x.issue.deleted {
		return x, nil
	}
	return nil, notFound()
}

func getComment(c *call) (int, any, error) {
	x, err := c.loadComment()
	if err != nil {
		return 0, nil, err
	}
	return http.StatusOK, c.s.commentView(x), nil
}

func createComment(c *call) (int, any, error) {
	in, err := decode[textBody](c)
	if err != nil {
		return 0, nil, err
	}
	x, err := c.s.addComment(c.who, c.issue, in.Body)
	if err != nil {
		return 0, nil, err
	}
	v := c.s.commentView(x)
	c.header.Set("Location", v.URL)
	return http.StatusCreated, v, nil
}

func updateComment(c *call) (int, any, error) {
	x, err := c.loadComment()
	if err != nil {
		return 0, nil, err
	}
	in, err := decode[textBody](c)
	if err == nil {
		err = c.s.editComment(c.who, x, in.Body)
	}
	if err != nil {
		return 0, nil, err
	}
	return http.StatusOK, c.s.commentView(x), nil
}

func deleteComment(c *call) (int, any, error) {
	x, err := c.loadComment()
	if err == nil {
		err = c.s.deleteComment(c.who, x)
	}
	return http.StatusNoContent, nil, err
}
