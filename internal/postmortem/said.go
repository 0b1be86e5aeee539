package postmortem

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/hereby/hereby/internal/incident"
)

// Category says of what kind an issue is (O52, O53).
type Category string

// Categories are the kinds an issue may have.
var Categories = []Category{"technical", "time", "budget", "people", "communication", "process"}

// read reads what an item says about itself.
func (it *found) read() {
	lead, all := said(it.Text)
	it.Owners = handlesIn(lead)
	if m := ownerForm.FindStringSubmatch(all); m != nil {
		it.Owners = handlesIn(m[1])
	} else if len(it.Owners) == 0 {
		it.Owners = handlesIn(all)
	}
	var err error
	if it.Due, err = dueIn(all); err != nil {
		it.problem("%s", err)
	}
	for _, m := range categoryForm.FindAllStringSubmatch(all, -1) {
		c := Category(strings.ToLower(m[1] + m[2]))
		if !slices.Contains(Categories, c) {
			it.problem("“%s” is not a category: the categories are %s", c, joinCategories())
		} else if it.Category == "" {
			it.Category = c
		}
	}
	for _, m := range placeForm.FindAllStringSubmatch(all, 1) {
		if it.Place = strings.TrimRight(m[1], ".,;:!?)"); !placeName.MatchString(it.Place) {
			it.problem("“%s” is not a place for a ticket: write `to:owner/repo` or `to:KEY`", incident.Inline(it.Place))
			it.Place = ""
		}
	}
}

// Due returns the day by which a text says that something should be done, as an
// item would say it; zero if it names none. The error says, in Markdown, what
// stands there instead of a date.
func Due(text string) (time.Time, error) {
	if !dueForm.MatchString(text) {
		return time.Time{}, nil
	}
	_, all := said(text)
	return dueIn(all)
}

// dueIn is [Due] of what is said in a text.
func dueIn(all string) (day time.Time, err error) {
	m := dueForm.FindStringSubmatch(all)
	if m == nil {
		return day, nil
	}
	named := cmp.Or(strings.TrimRight(m[1], ".,;:!?)]"), m[2])
	if day, err = time.Parse(time.DateOnly, named); err != nil {
		return time.Time{}, fmt.Errorf("“%s” is not a date: write `due:2026-12-01`", incident.Inline(named))
	}
	return day, nil
}

func (it *found) problem(form string, args ...any) {
	it.Problems = append(it.Problems, fmt.Sprintf(form, args...))
}

func joinCategories() string {
	var names []string
	for _, c := range Categories {
		names = append(names, "`#"+string(c)+"`")
	}
	return strings.Join(names, ", ")
}

var (
	ownerForm    = regexp.MustCompile(`(?i)(?:^|[\s(,;])owners?:\s*((?:[,&\s]|and\b|@[^\s,;]+)+)`)
	dueForm      = regexp.MustCompile(`(?i)(?:^|[\s(,;])(?:due:(\S+)|(?:due:?|until|by|before)\s+(\d{4}-\d{1,2}-\d{1,2})\b)`)
	categoryForm = regexp.MustCompile(`(?i)(?:^|[\s(,;])(?:#(technical|time|budget|people|communication|process)\b|category:\s*#?([a-z]+))`)
	placeForm    = regexp.MustCompile(`(?i)(?:^|[\s(,;])to:(\S+)`)
	placeName    = regexp.MustCompile(`^(?:[A-Za-z0-9][A-Za-z0-9_-]*/[A-Za-z0-9._-]*[A-Za-z0-9_-]|[A-Z][A-Z0-9_]+)$`)
)

// said returns what is said in a piece of Markdown, in its first paragraph and
// in all, blank where it is code, hidden, or where a link leads.
func said(text string) (lead, all string) {
	rows := plainRows(text)
	var b strings.Builder
	passages(rows, func(p *passage) {
		b.WriteString(hide(p.text, p.spans, unsaid))
		b.WriteString("\n")
		if lead == "" {
			lead = b.String()
		}
	})
	return lead, b.String()
}

// plainRows reads a piece of Markdown in which nothing is ours.
func plainRows(text string) []row {
	var rows []row
	for line := range strings.Lines(text) {
		rows = append(rows, row{text: line})
	}
	scan(rows)
	return rows
}
