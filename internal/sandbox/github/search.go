package github

import (
	"net/http"
	"slices"
	"strings"
	"time"
)

// searchIssues understands the qualifiers repo, org, is, state, label, author,
// assignee and created/updated with ">=", and words, which must stand in the
// title or body. It shows what lists show: the index lags as they do.
func searchIssues(c *call) (int, any, error) {
	if c.r.URL.Query().Get("q") == "" {
		return 0, nil, invalid("Search", "q", "missing", nil)
	}
	terms, err := searchTerms(c.r.URL.Query().Get("q"))
	if err != nil {
		return 0, nil, err
	}
	var found []*issue
	for _, r := range c.visibleRepos(func(*repo) bool { return true }) {
		for _, i := range c.s.listedAll(r.issues) {
			if !slices.ContainsFunc(terms, func(t func(*issue) bool) bool { return !t(i) }) {
				found = append(found, i)
			}
		}
	}
	slices.SortStableFunc(found, func(a, b *issue) int { return b.created.Compare(a.created) })
	type item struct {
		issueView
		Body  *string `json:"body,omitempty"` // here absent where an issue has none
		Score float64 `json:"score"`
	}
	var items []item
	for _, v := range c.s.issueViews(page(c, found)) {
		items = append(items, item{v, v.Body, 1})
	}
	return http.StatusOK, map[string]any{"total_count": len(found), "incomplete_results": false, "search_type": "lexical", "items": list(items)}, nil
}

func searchTerms(q string) ([]func(*issue) bool, error) {
	var terms []func(*issue) bool
	for _, word := range searchWords(q) {
		key, value, qualified := strings.Cut(word, ":")
		value = strings.Trim(value, `"`)
		if !qualified {
			word = strings.ToLower(strings.Trim(word, `"`))
			terms = append(terms, func(i *issue) bool { return strings.Contains(strings.ToLower(i.title+"\n"+i.body), word) })
			continue
		}
		term := searchTerm(key, value)
		if term == nil {
			return nil, invalid("Search", "q", "invalid", nil)
		}
		terms = append(terms, term)
	}
	return terms, nil
}

func searchTerm(key, value string) func(*issue) bool {
	switch key {
	case "repo":
		return func(i *issue) bool { return strings.EqualFold(i.repo.full(), value) }
	case "org", "user":
		return func(i *issue) bool { return strings.EqualFold(i.repo.owner.login, value) }
	case "is", "state", "type":
		switch value {
		case "open", "closed":
			return func(i *issue) bool { return i.state == value }
		case "issue", "pr":
			return func(i *issue) bool { return (i.pull != nil) == (value == "pr") }
		}
	case "label":
		return func(i *issue) bool { return hasLabels(i, []string{value}) }
	case "author":
		return func(i *issue) bool { return strings.EqualFold(i.author.login, value) }
	case "assignee":
		return func(i *issue) bool { return assignedTo(i, value) }
	case "created", "updated":
		at, err := time.Parse(time.RFC3339, strings.TrimPrefix(value, ">="))
		if err != nil {
			return nil
		}
		return func(i *issue) bool {
			if key == "created" {
				return !i.created.Before(at)
			}
			return !i.updated.Before(at)
		}
	}
	return nil
}

// searchWords splits at white space outside quotes.
func searchWords(q string) []string {
	quoted := false
	return strings.FieldsFunc(q, func(r rune) bool {
		if r == '"' {
			quoted = !quoted
		}
		return r == ' ' && !quoted
	})
}
