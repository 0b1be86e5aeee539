package jira

import (
	"net/http"
	"slices"
	"strconv"
)

func id64(s string) int64 {
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil {
		return 0
	}
	return n
}

// issue returns the issue that a call's path names.
func (c *call) issue() (*issue, error) { return c.s.visible(c.who, c.r.PathValue("issue")) }

// heard returns the comments of an issue that the caller may read, oldest
// first.
func (c *call) heard(i *issue) []*comment {
	var out []*comment
	for _, m := range i.comments {
		if c.s.hears(c.who, m) {
			out = append(out, m)
		}
	}
	return out
}

func listComments(c *call) (int, any, error) {
	i, err := c.issue()
	if err != nil {
		return 0, nil, err
	}
	all := c.heard(i)
	switch c.query("orderBy") {
	case "-created":
		slices.Reverse(all)
	case "", "created", "+created":
	default:
		return 0, nil, badRequest("The orderBy value is invalid. Use 'created', '+created' or '-created'.")
	}
	most := 5000
	if !c.s.cloud() {
		most = 1 << 20
	}
	start, size := c.window(min(most, 100), most)
	if !c.s.cloud() && c.query("maxResults") == "" {
		size = most // Data Center gives them all
	}
	var views []any
	for _, m := range cut(all, start, size) {
		views = append(views, c.commentView(m, c.expands("properties")))
	}
	return http.StatusOK, map[string]any{"startAt": start, "maxResults": size, "total": len(all), "comments": list(views)}, nil
}

func (c *call) comment() (*comment, error) {
	i, err := c.issue()
	if err != nil {
		return nil, err
	}
	m := c.s.comment[id64(c.r.PathValue("comment"))]
	if m == nil || m.issue != i || !c.s.hears(c.who, m) {
		return nil, notFound("Can not find a comment for the id: %s.", c.r.PathValue("comment"))
	}
	return m, nil
}

func getComment(c *call) (int, any, error) {
	m, err := c.comment()
	if err != nil {
		return 0, nil, err
	}
	return http.StatusOK, c.commentView(m, c.expands("properties")), nil
}

// readSaid reads a comment. What Cloud does not know it refuses; a client that
// sends empty authors along learns it here.
func (c *call) readSaid() (said, error) {
	in, err := decode[said](c)
	if err != nil {
		return in, err
	}
	raw, err := decode[map[string]any](c)
	for k := range raw {
		if c.s.cloud() && !slices.Contains([]string{"body", "visibility", "properties"}, k) {
			return in, badRequest("Invalid request payload. Refer to the REST API documentation and try again.")
		}
	}
	return in, err
}

func postComment(c *call) (int, any, error) {
	i, err := c.issue()
	if err != nil {
		return 0, nil, err
	}
	in, err := c.readSaid()
	if err != nil {
		return 0, nil, err
	}
	m, err := c.s.addComment(c.who, i, in, c.v3)
	if err != nil {
		return 0, nil, err
	}
	return http.StatusCreated, c.commentView(m, c.expands("properties")), nil
}

func putComment(c *call) (int, any, error) {
	m, err := c.comment()
	if err != nil {
		return 0, nil, err
	}
	in, err := c.readSaid()
	if err != nil {
		return 0, nil, err
	}
	if err := c.s.editComment(c.who, m, in, c.v3, c.quiet(m.issue.project)); err != nil {
		return 0, nil, err
	}
	return http.StatusOK, c.commentView(m, c.expands("properties")), nil
}

func deleteCommentAPI(c *call) (int, any, error) {
	m, err := c.comment()
	if err != nil {
		return 0, nil, err
	}
	if err := c.s.deleteComment(c.who, m); err != nil {
		return 0, nil, err
	}
	return http.StatusNoContent, nil, nil
}

// quiet reports whether nobody is to get mail of a change: asked for by
// somebody who administers the project.
func (c *call) quiet(p *project) bool {
	return c.s.cloud() && c.query("notifyUsers") == "false" && (c.s.may(c.who, p, AdministerProject) || c.s.may(c.who, nil, Administer))
}

// commentView is a comment, with its properties where it has any: where it has
// none Jira leaves out the list of them too.
func (c *call) commentView(m *comment, properties bool) map[string]any {
	v := c.s.commentBody(m)
	v["body"] = c.shownText(m.body)
	if properties && len(m.properties) > 0 {
		var all []any
		for _, k := range sortedKeys(m.properties) {
			all = append(all, property{k, m.properties[k]})
		}
		v["properties"] = list(all)
	}
	return v
}

// commentBody is a comment as webhooks tell it.
func (s *Server) commentBody(m *comment) map[string]any {
	v := map[string]any{"self": s.rest("issue/%d/comment/%d", m.issue.id, m.id), "id": text(m.id), "author": s.userView(m.author),
		"updateAuthor": s.userView(m.changedBy), "body": m.body, "created": s.stamp(m.created), "updated": s.stamp(m.updated)}
	if m.visible != nil {
		v["visibility"] = m.visible
	}
	if s.cloud() {
		v["jsdPublic"] = m.public()
	}
	return v
}
