package jira

import (
	"cmp"
	"encoding/json"
	"net/http"
	"slices"
)

// link leads from an issue to another: from "duplicates" to.
type link struct {
	id       int64
	kind     *linkType
	from, to *issue
}

// addLink links two issues. A link that exists already is accepted and makes no
// second one. No "updated" changes.
func (s *Server) addLink(by *user, kind *linkType, from, to *issue) error {
	if !s.may(by, from.project, LinkIssues) || !s.may(by, to.project, LinkIssues) {
		return refused(http.StatusUnauthorized, "No Link Issue Permission for issue '%s'", from.key)
	}
	if from == to {
		return badRequest("You cannot link an issue to itself.")
	}
	for _, l := range from.links {
		if l.kind == kind && l.from == from && l.to == to {
			return nil
		}
	}
	if len(from.links) >= s.opt.MaxLinks || len(to.links) >= s.opt.MaxLinks {
		return refused(http.StatusRequestEntityTooLarge, "The issue has reached its limit of links.")
	}
	l := s.newLink(kind, from, to)
	s.note(from, by, false, item{field: "Link", to: to.key, toString: "This issue " + kind.outward + " " + to.key})
	s.note(to, by, false, item{field: "Link", to: from.key, toString: "This issue " + kind.inward + " " + from.key})
	s.tellLink("issuelink_created", l)
	return nil
}

func (s *Server) newLink(kind *linkType, from, to *issue) *link {
	l := &link{id: s.id("link"), kind: kind, from: from, to: to}
	for _, i := range []*issue{from, to} {
		s.change(i, func() { i.links = append(i.links, l) })
	}
	s.links[l.id] = l
	return l
}

// linkSubtask makes Jira's own link between a parent and its sub-task, which
// no list of links shows and a webhook tells.
func (s *Server) linkSubtask(i *issue) {
	s.tellLink("issuelink_created", s.newLink(s.linkings[len(s.linkings)-1], i.parent, i))
}

func (s *Server) dropSubtaskLink(i *issue) {
	for _, l := range slices.Clone(i.links) {
		if l.kind.subtask && l.to == i {
			s.dropLink(l)
		}
	}
}

func (s *Server) removeLink(by *user, l *link) error {
	if !s.may(by, l.from.project, LinkIssues) && !s.may(by, l.to.project, LinkIssues) {
		return refused(http.StatusUnauthorized, "No Link Issue Permission for issue '%s'", l.from.key)
	}
	s.dropLink(l)
	s.note(l.from, by, false, item{field: "Link", from: l.to.key, fromString: "This issue " + l.kind.outward + " " + l.to.key})
	s.note(l.to, by, false, item{field: "Link", from: l.from.key, fromString: "This issue " + l.kind.inward + " " + l.from.key})
	return nil
}

func (s *Server) dropLink(l *link) {
	delete(s.links, l.id)
	for _, i := range []*issue{l.from, l.to} {
		s.change(i, func() { i.links = slices.DeleteFunc(slices.Clone(i.links), func(o *link) bool { return o == l }) })
	}
	s.tellLink("issuelink_deleted", l)
}

type linkBody struct {
	Type         ref             `json:"type"`
	InwardIssue  ref             `json:"inwardIssue"`
	OutwardIssue ref             `json:"outwardIssue"`
	Comment      json.RawMessage `json:"comment"`
}

// postLink answers 201 and says nothing: not even the link's id.
func postLink(c *call) (int, any, error) {
	in, err := decode[linkBody](c)
	if err != nil {
		return 0, nil, err
	}
	kind := c.s.linkType(cmp.Or(in.Type.ID, in.Type.Name))
	if kind == nil {
		return 0, nil, notFound("No issue link type with name '%s' found.", in.Type.Name)
	}
	from, err := c.s.visible(c.who, cmp.Or(in.InwardIssue.ID, in.InwardIssue.Key))
	if err != nil {
		return 0, nil, err
	}
	to, err := c.s.visible(c.who, cmp.Or(in.OutwardIssue.ID, in.OutwardIssue.Key))
	if err != nil {
		return 0, nil, err
	}
	if len(in.Comment) > 0 {
		return 0, nil, badRequest("The model takes no comment with a link.")
	}
	if err := c.s.addLink(c.who, kind, from, to); err != nil {
		return 0, nil, err
	}
	return http.StatusCreated, nil, nil
}

func (c *call) link() (*link, error) {
	l := c.s.links[id64(c.r.PathValue("link"))]
	if l == nil || !c.s.sees(c.who, l.from) || !c.s.sees(c.who, l.to) {
		return nil, notFound("No issue link with id '%s' exists.", c.r.PathValue("link"))
	}
	return l, nil
}

func getLink(c *call) (int, any, error) {
	l, err := c.link()
	if err != nil {
		return 0, nil, err
	}
	return http.StatusOK, map[string]any{"id": text(l.id), "self": c.s.rest("issueLink/%d", l.id), "type": c.s.linkTypeView(l.kind),
		"inwardIssue": c.s.stub(l.from), "outwardIssue": c.s.stub(l.to)}, nil
}

func deleteLink(c *call) (int, any, error) {
	l, err := c.link()
	if err != nil {
		return 0, nil, err
	}
	if err := c.s.removeLink(c.who, l); err != nil {
		return 0, nil, err
	}
	return http.StatusNoContent, nil, nil
}

func listLinkTypes(c *call) (int, any, error) {
	var out []any
	for _, t := range c.s.linkings {
		if !t.subtask {
			out = append(out, c.s.linkTypeView(t))
		}
	}
	return http.StatusOK, map[string]any{"issueLinkTypes": list(out)}, nil
}

// linksView is the field "issuelinks" as somebody sees it.
func (c *call) linksView(i *issue) []any {
	var out []any
	for _, l := range i.links {
		v := map[string]any{"id": text(l.id), "self": c.s.rest("issueLink/%d", l.id), "type": c.s.linkTypeView(l.kind)}
		other, side := l.to, "outwardIssue"
		if l.to.id == i.id {
			other, side = l.from, "inwardIssue"
		}
		if l.kind.subtask || other.deleted || !c.s.sees(c.who, other) {
			continue
		}
		v[side] = c.s.stub(other)
		out = append(out, v)
	}
	return list(out)
}
