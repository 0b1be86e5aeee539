package jira

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"

	"github.com/hereby/hereby/internal/httpx"
)

// query is one search.
type query struct {
	jql       string
	reconcile []string // ids of issues to be shown as they are; Cloud only
	history   bool
	fields    []string // nil: those of an observation
	pages     int      // 0: maxPages
	size      int      // of a page; 0: maxPage
}

// maxPage is how many issues a page of results holds.
const maxPage = 100

// maxReconcile is how many issues Cloud shows as they are.
const maxReconcile = 50

// find carries a search out to its end; whole is false when it was cut short.
func (t *Tracker) find(ctx context.Context, q query) (all []*issue, whole bool, err error) {
	epic, err := t.epics(ctx)
	if err != nil {
		return nil, false, err
	}
	if q.fields == nil {
		q.fields = slices.Clone(issueFields)
		if epic.Link != "" {
			q.fields = append(q.fields, epic.Link)
		}
	}
	if q.pages == 0 {
		q.pages = maxPages
	}
	if q.size == 0 {
		q.size = maxPage
	}
	if t.cloud {
		all, whole, err = t.findCloud(ctx, q)
	} else {
		all, whole, err = t.findDataCenter(ctx, q)
	}
	if long := new(httpx.TooLong); errors.As(err, &long) && q.size > 1 { // histories of years, say
		q.size, q.pages = max(q.size/5, 1), q.pages*5
		return t.find(ctx, q)
	}
	return all, whole, err
}

// findCloud follows the tokens. A server that gives one twice, or an empty page
// with another token, makes no progress: what it said so far is all it says.
func (t *Tracker) findCloud(ctx context.Context, q query) (all []*issue, whole bool, err error) {
	body := map[string]any{"jql": q.jql, "fields": q.fields, "properties": []string{ours, ending}, "maxResults": q.size}
	if q.history {
		body["expand"] = "changelog"
	}
	if ids := numbers(q.reconcile); len(ids) > 0 {
		body["reconcileIssues"] = ids
	}
	tokens := map[string]bool{}
	for range q.pages {
		var page struct {
			Issues []*issue
			Token  string `json:"nextPageToken"`
			Last   bool   `json:"isLast"`
		}
		if err := t.send(ctx, http.MethodPost, "search/jql", body, &page); err != nil {
			return all, false, err
		}
		all = append(all, page.Issues...)
		if page.Token == "" || page.Last {
			return all, true, nil
		}
		if tokens[page.Token] || len(page.Issues) == 0 {
			return all, false, nil
		}
		tokens[page.Token] = true
		body["nextPageToken"] = page.Token
	}
	return all, false, nil
}

func (t *Tracker) findDataCenter(ctx context.Context, q query) (all []*issue, whole bool, err error) {
	body := map[string]any{"jql": q.jql, "fields": q.fields, "maxResults": q.size}
	if q.history {
		body["expand"] = []string{"changelog"}
	}
	for range q.pages {
		body["startAt"] = len(all)
		var page struct {
			Issues []*issue
			Total  int
		}
		if err := t.send(ctx, http.MethodPost, "search", body, &page); err != nil {
			return all, false, err
		}
		all = append(all, page.Issues...)
		if len(page.Issues) == 0 || len(all) >= page.Total {
			return all, true, nil
		}
	}
	return all, false, nil
}

// numbers returns ids as the numbers that a request takes, each once, the
// latest first if they are too many: the index knows the older ones.
func numbers(ids []string) (list []jsonNumber) {
	seen := map[string]bool{}
	for _, id := range slices.Backward(ids) {
		if checkID(id) == nil && !seen[id] && len(list) < maxReconcile {
			seen[id] = true
			list = append(list, jsonNumber(id))
		}
	}
	return list
}

// jsonNumber is an id in the form of a number.
type jsonNumber string

func (n jsonNumber) MarshalJSON() ([]byte, error) { return []byte(n), nil }

// quote makes a text one value in JQL.
func quote(text string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", " ", "\r", " ").Replace(text) + `"`
}
