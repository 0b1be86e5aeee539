package jira

import (
	"encoding/json"
	"net/http"
	"slices"
	"time"
)

// internal is the property that hides a comment of a service project from its
// customers.
const internal = "sd.public.comment"

type comment struct {
	id         int64
	issue      *issue
	author     *user
	changedBy  *user
	body       string
	created    time.Time
	updated    time.Time
	visible    *visibility
	told       string // how Data Center names the last event of it
	properties map[string]json.RawMessage
}

// visibility restricts a comment to a project role or a group.
type visibility struct {
	Type       string `json:"type"`
	Value      string `json:"value,omitempty"`
	Identifier string `json:"identifier,omitempty"`
}

// public reports whether customers of a service project read the comment.
func (m *comment) public() bool {
	var v struct {
		Internal bool `json:"internal"`
	}
	return m.visible == nil && (json.Unmarshal(m.properties[internal], &v) != nil || !v.Internal)
}

// hears reports whether somebody who sees the issue may read the comment.
func (s *Server) hears(u *user, m *comment) bool {
	if u == nil {
		return false
	}
	if u.kind == "customer" && !m.public() {
		return false
	}
	return s.within(u, m.issue.project, m.visible)
}

// within reports whether somebody belongs to those to whom a comment is
// restricted.
func (s *Server) within(u *user, p *project, v *visibility) bool {
	if v == nil {
		return true
	}
	if v.Type == "group" {
		for _, g := range s.groups {
			if g.name == v.Value || g.uuid() == v.Identifier {
				return slices.Contains(g.members, u)
			}
		}
		return false
	}
	for r, a := range p.roles {
		if r.name == v.Value || text(r.id) == v.Identifier {
			return a.has(u)
		}
	}
	return false
}

func (s *Server) mayEdit(u *user, m *comment) bool {
	return s.may(u, m.issue.project, EditAllComments) || m.author == u && s.may(u, m.issue.project, EditOwnComments)
}

func (s *Server) mayDelete(u *user, m *comment) bool {
	return s.may(u, m.issue.project, DeleteAllComments) || m.author == u && s.may(u, m.issue.project, DeleteOwnComments)
}

// said is the body of a request that comments.
type said struct {
	Body       json.RawMessage `json:"body"`
	Visibility *visibility     `json:"visibility"`
	Properties []property      `json:"properties"`
}

// checkVisibility refuses a restriction that the author would be shut out by,
// or that says nothing.
func (s *Server) checkVisibility(by *user, p *project, v *visibility) error {
	if v == nil {
		return nil
	}
	if v.Type != "role" && v.Type != "group" || v.Value == "" && v.Identifier == "" {
		return badRequest("Invalid request payload. Refer to the REST API documentation and try again.")
	}
	if !s.within(by, p, v) {
		return wrongField("commentLevel", "You are not a member of the %s '%s', or it does not exist.", v.Type, v.Value)
	}
	return nil
}

func (s *Server) addComment(by *user, i *issue, in said, v3 bool) (*comment, error) {
	if !s.may(by, i.project, AddComments) {
		return nil, forbidden("%s, you do not have the permission to comment on this issue.", nameOf(by))
	}
	body, err := s.commentText(in.Body, v3)
	if err != nil {
		return nil, err
	}
	if err := s.checkVisibility(by, i.project, in.Visibility); err != nil {
		return nil, err
	}
	if err := checkProperties(in.Properties); err != nil {
		return nil, err
	}
	if len(i.comments) >= s.opt.MaxComments {
		return nil, refused(http.StatusRequestEntityTooLarge, "The issue has reached its limit of comments.")
	}
	m := &comment{id: s.id("comment"), issue: i, author: by, changedBy: by, body: body, created: s.now(), updated: s.now(),
		visible: in.Visibility, properties: map[string]json.RawMessage{}}
	for _, p := range in.Properties {
		if p.Key != internal || !i.project.dropped && i.project.kind == "service_desk" {
			m.properties[p.Key] = p.Value
		}
	}
	s.change(i, func() {
		i.comments = append(i.comments, m)
		i.updated = m.updated
	})
	s.comment[m.id] = m
	s.mail(i)
	s.tellComment("comment_created", m, by)
	return m, nil
}

func (s *Server) commentText(raw json.RawMessage, v3 bool) (string, error) {
	body, err := s.readText(raw, v3, "comment")
	if err == nil && body == "" {
		err = wrongField("comment", "Comment body can not be empty!")
	}
	return body, err
}

func (s *Server) editComment(by *user, m *comment, in said, v3, quiet bool) error {
	if !s.mayEdit(by, m) {
		return badRequest("%s, you do not have permission to edit comment with id: %d.", nameOf(by), m.id)
	}
	body, err := s.commentText(in.Body, v3)
	if err != nil {
		return err
	}
	if err := s.checkVisibility(by, m.issue.project, in.Visibility); err != nil {
		return err
	}
	if err := checkProperties(in.Properties); err != nil {
		return err
	}
	s.change(m.issue, func() {
		m.body, m.changedBy, m.updated = body, by, s.now()
		m.visible = in.Visibility // what the request leaves out, it takes away
		m.issue.updated = m.updated
		for _, p := range in.Properties {
			if s.cloud() {
				m.properties[p.Key] = p.Value
			}
		}
	})
	if !quiet {
		s.mail(m.issue)
	}
	s.tellComment("comment_updated", m, by)
	return nil
}

func (s *Server) deleteComment(by *user, m *comment) error {
	if !s.mayDelete(by, m) {
		return badRequest("%s, you do not have permission to delete comment with id: %d.", nameOf(by), m.id)
	}
	i := m.issue
	s.change(i, func() {
		i.comments = slices.DeleteFunc(slices.Clone(i.comments), func(o *comment) bool { return o == m })
		i.updated = s.now()
	})
	delete(s.comment, m.id)
	s.tellComment("comment_deleted", m, by)
	return nil
}
