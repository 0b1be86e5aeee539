package jira

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
)

// maxReconciled bounds reconcileIssues.
const maxReconciled = 50

type searchBody struct {
	JQL             string   `json:"jql"`
	Fields          []string `json:"fields"`
	Properties      []string `json:"properties"`
	MaxResults      *int     `json:"maxResults"`
	StartAt         int      `json:"startAt"`
	NextPageToken   string   `json:"nextPageToken"`
	ReconcileIssues []int64  `json:"reconcileIssues"`

	Expand json.RawMessage `json:"expand"`
}

// matches returns the issues that somebody's search finds, in its order. Those
// to reconcile are looked at as they are, the others as the index has them.
func (c *call) matches(q *jql, reconcile []int64) []*issue {
	var out []*issue
	for _, i := range c.s.ordered {
		shown := c.s.found(i)
		if slices.Contains(reconcile, i.id) {
			shown = i
		}
		if shown != nil && !shown.deleted && c.s.sees(c.who, shown) && q.where(shown) {
			out = append(out, shown)
		}
	}
	q.sort(out)
	return out
}

// postSearchJQL is Cloud's search: bounded, without a total, by tokens.
func postSearchJQL(c *call) (int, any, error) {
	in, err := decode[searchBody](c)
	if err != nil {
		return 0, nil, err
	}
	q, err := c.parse(in.JQL)
	if err != nil {
		return 0, nil, err
	}
	if !q.bounded {
		return 0, nil, badRequest("Unbounded JQL queries are not allowed here. Please add a search restriction to your query.")
	}
	if len(in.ReconcileIssues) > maxReconciled {
		return 0, nil, badRequest("reconcileIssues must not hold more than %d ids.", maxReconciled)
	}
	size := 50
	if in.MaxResults != nil {
		size = *in.MaxResults
	}
	most := 5000
	if len(in.Fields) > 0 || len(in.Properties) > 0 {
		most = 100 // Jira shrinks pages the more they hold
	}
	size = max(1, min(size, most))
	from, err := tokenStart(in.NextPageToken, in.JQL)
	if err != nil {
		return 0, nil, err
	}
	all := c.matches(q, in.ReconcileIssues)
	var views []any
	for _, i := range cut(all, from, size) {
		views = append(views, c.expanded(in, i, c.found(i, in.Fields, []string{"id"}, in.Properties)))
	}
	v := map[string]any{"issues": list(views), "isLast": from+len(views) >= len(all)}
	if from+len(views) < len(all) {
		v["nextPageToken"] = pageToken(from+len(views), in.JQL)
	}
	return http.StatusOK, v, nil
}

// found is an issue in a page of results. Without fields Cloud gives the id
// alone.
func (c *call) found(i *issue, fields, otherwise, properties []string) map[string]any {
	v := c.view(i, fields, otherwise, properties, 20)
	if c.s.cloud() && len(fields) == 0 {
		return map[string]any{"id": v["id"]}
	}
	return v
}

// expanded adds to a result what the body asked to be expanded: Cloud takes a
// list separated by commas, Data Center an array.
func (c *call) expanded(in searchBody, i *issue, v map[string]any) map[string]any {
	var what []string
	if json.Unmarshal(in.Expand, &what) != nil {
		var list string
		_ = json.Unmarshal(in.Expand, &list) // absent: nothing
		what = strings.Split(list, ",")
	}
	if slices.Contains(what, "changelog") {
		v["changelog"] = c.changelog(i)
	}
	return v
}

func pageToken(at int, jql string) string {
	return base64.RawURLEncoding.EncodeToString(fmt.Appendf(nil, "%s:%d", digest(jql), at))
}

func digest(jql string) string {
	sum := sha256.Sum256([]byte(jql))
	return hex.EncodeToString(sum[:6])
}

// tokenStart reads where a page starts. A token belongs to its query.
func tokenStart(token, jql string) (int, error) {
	if token == "" {
		return 0, nil
	}
	raw, err := base64.RawURLEncoding.DecodeString(token)
	of, at, ok := strings.Cut(string(raw), ":")
	if err != nil || !ok || of != digest(jql) || number(at, -1) < 0 {
		return 0, badRequest("The provided next page token is invalid or expired.")
	}
	return number(at, 0), nil
}

// goneSearch is what became of Cloud's former search.
func goneSearch(*call) (int, any, error) {
	return 0, nil, refused(http.StatusGone, "The requested API has been removed. Please migrate to the /rest/api/3/search/jql API. A full migration guideline is available at https://developer.atlassian.com/changelog/#CHANGE-2046")
}

// postSearch and getSearch are Data Center's search, with startAt and a total.
func postSearch(c *call) (int, any, error) {
	in, err := decode[searchBody](c)
	if err != nil {
		return 0, nil, err
	}
	return c.search(in)
}

func getSearch(c *call) (int, any, error) {
	size := number(c.query("maxResults"), 50)
	return c.search(searchBody{JQL: c.query("jql"), Fields: c.listed("fields"), StartAt: number(c.query("startAt"), 0), MaxResults: &size})
}

func (c *call) search(in searchBody) (int, any, error) {
	q, err := c.parse(in.JQL)
	if err != nil {
		return 0, nil, err
	}
	size := 50
	if in.MaxResults != nil {
		size = min(max(*in.MaxResults, 0), 1000)
	}
	all := c.matches(q, nil)
	var views []any
	for _, i := range cut(all, max(in.StartAt, 0), size) {
		views = append(views, c.expanded(in, i, c.found(i, in.Fields, []string{"*navigable"}, nil))) // Data Center's search knows no properties
	}
	return http.StatusOK, map[string]any{"expand": "names,schema", "startAt": max(in.StartAt, 0), "maxResults": size, "total": len(all), "issues": list(views)}, nil
}
