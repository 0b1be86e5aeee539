package jira

import (
	"slices"
	"strings"
	"time"
)

// clause judges issues by one field.
type clause = func(op string, values []string, fn string) (test, error)

// jqlField finds a field of JQL by its name; nil: there is none such.
func (c *call) jqlField(name string) clause {
	s := c.s
	switch name := strings.ToLower(name); name {
	case "project":
		return c.anyOf(name, func(i *issue) string { return text(i.project.id) }, func(v string) (string, bool) {
			if p := s.project(v); p != nil && s.may(c.who, p, Browse) {
				return text(p.id), true
			}
			return "", false
		})
	case "key", "issuekey", "id", "issue":
		return c.issueClause
	case "parent":
		if s.opt.NoSubtasks {
			return nil
		}
		return c.anyOf(name, func(i *issue) string { id, _ := refOf(i.parent); return id }, c.issueID)
	case "labels":
		return c.labelClause
	case "status":
		return c.anyOf(name, func(i *issue) string { return strings.ToLower(i.status.name) }, func(v string) (string, bool) {
			return strings.ToLower(v), slices.ContainsFunc(s.statuses, func(st *status) bool { return strings.EqualFold(st.name, v) })
		})
	case "statuscategory":
		return c.anyOf(name, func(i *issue) string { return i.status.category }, func(v string) (string, bool) {
			key := map[string]string{"to do": ToDo, "new": ToDo, "in progress": Doing, "indeterminate": Doing, "done": Done}[strings.ToLower(v)]
			return key, key != ""
		})
	case "issuetype", "type":
		return c.anyOf(name, func(i *issue) string { return strings.ToLower(i.kind.name) }, func(v string) (string, bool) { return strings.ToLower(v), true })
	case "assignee":
		return c.personClause(func(i *issue) *user { return i.assignee })
	case "reporter":
		return c.personClause(func(i *issue) *user { return i.reporter })
	case "creator":
		return c.personClause(func(i *issue) *user { return i.creator })
	case "created":
		return c.timeClause(func(i *issue) time.Time { return i.created })
	case "updated":
		return c.timeClause(func(i *issue) time.Time { return i.updated })
	case "cf[10008]":
		return c.epicClause()
	}
	if f := s.field(EpicLink); f != nil && strings.EqualFold(f.name, name) {
		return c.epicClause()
	}
	return nil
}

func (c *call) epicClause() clause {
	if c.s.cloud() {
		return nil
	}
	return c.anyOf("Epic Link", func(i *issue) string { id, _ := refOf(i.epic); return id }, c.issueID)
}

// issueID finds the issue that a query names.
func (c *call) issueID(v string) (string, bool) {
	i, err := c.s.visible(c.who, v)
	if err != nil {
		return "", false
	}
	return text(i.id), true
}

// anyOf compares a field's value with those of the query, each of which must
// mean something.
func (c *call) anyOf(name string, of func(*issue) string, read func(string) (string, bool)) clause {
	return func(op string, values []string, fn string) (test, error) {
		if fn != "" {
			return nil, badRequest("Unable to find JQL function '%s(%s)'.", fn, strings.Join(values, ", "))
		}
		if empty, err := emptiness(name, op, values); empty != 0 || err != nil {
			return func(i *issue) bool { return (of(i) == "") == (empty > 0) }, err
		}
		var want []string
		for _, v := range values {
			w, ok := read(v)
			if !ok {
				return nil, badRequest("The value '%s' does not exist for the field '%s'.", v, name)
			}
			want = append(want, w)
		}
		switch op {
		case "=", "in":
			return func(i *issue) bool { return slices.Contains(want, of(i)) }, nil
		case "!=", "not in":
			return func(i *issue) bool { return of(i) != "" && !slices.Contains(want, of(i)) }, nil
		}
		return nil, badRequest("The operator '%s' is not supported by the '%s' field.", op, name)
	}
}

// emptiness reads IS EMPTY (1) and IS NOT EMPTY (-1); 0: another operator.
func emptiness(name, op string, values []string) (int, error) {
	if op != "is" && op != "is not" {
		return 0, nil
	}
	if v := strings.ToLower(strings.Join(values, "")); v != "empty" && v != "null" {
		return 0, badRequest("The operator '%s' only supports 'EMPTY' or 'NULL' for the field '%s'.", op, name)
	}
	if op == "is" {
		return 1, nil
	}
	return -1, nil
}

func (c *call) issueClause(op string, values []string, fn string) (test, error) {
	if fn == "linkedissues" {
		return c.linkedIssues(op, values)
	}
	return c.anyOf("key", func(i *issue) string { return text(i.id) }, c.issueID)(op, values, fn)
}

// linkedIssues is the function of that name: an issue, and perhaps texts of
// types of links.
func (c *call) linkedIssues(op string, values []string) (test, error) {
	if len(values) == 0 || op != "in" {
		return nil, badRequest("Function 'linkedIssues' expects between '1' and '2' arguments but received '%d'.", len(values))
	}
	of, err := c.s.visible(c.who, values[0])
	if err != nil {
		return nil, badRequest("Issue '%s' could not be found in function 'linkedIssues'.", values[0])
	}
	kinds := values[1:]
	return func(i *issue) bool {
		return slices.ContainsFunc(i.links, func(l *link) bool {
			said := l.kind.outward
			if l.to == of {
				said = l.kind.inward
			}
			return !l.kind.subtask && (l.from == of || l.to == of) && i.id != of.id && (len(kinds) == 0 || slices.Contains(kinds, said))
		})
	}, nil
}

func (c *call) labelClause(op string, values []string, fn string) (test, error) {
	if empty, err := emptiness("labels", op, values); empty != 0 || err != nil {
		return func(i *issue) bool { return (len(i.labels) == 0) == (empty > 0) }, err
	}
	any := func(i *issue) bool {
		return slices.ContainsFunc(i.labels, func(l string) bool {
			return slices.ContainsFunc(values, func(v string) bool { return strings.EqualFold(v, l) })
		})
	}
	switch {
	case fn != "":
	case op == "=" || op == "in":
		return any, nil
	case op == "!=" || op == "not in":
		return func(i *issue) bool { return len(i.labels) > 0 && !any(i) }, nil
	}
	return nil, badRequest("The operator '%s' is not supported by the 'labels' field.", op)
}

func (c *call) personClause(of func(*issue) *user) clause {
	return func(op string, values []string, fn string) (test, error) {
		if fn == "currentuser" {
			values, fn = []string{c.who.id}, ""
		}
		return c.anyOf("user", func(i *issue) string {
			if u := of(i); u != nil {
				return u.id
			}
			return ""
		}, func(v string) (string, bool) { return v, c.s.account(v) != nil })(op, values, fn)
	}
}

func (c *call) timeClause(of func(*issue) time.Time) clause {
	return func(op string, values []string, fn string) (test, error) {
		if fn == "now" {
			values, fn = []string{"0m"}, ""
		}
		if fn != "" || len(values) != 1 {
			return nil, badRequest("The operator '%s' is not supported with these values.", op)
		}
		t, ok := c.jqlTime(values[0])
		if !ok {
			return nil, badRequest("Date value '%s' for field is invalid. Valid formats include: 'yyyy/MM/dd HH:mm', 'yyyy-MM-dd HH:mm', 'yyyy/MM/dd', 'yyyy-MM-dd', or a period format e.g. '-5d', '4w 2d'.", values[0])
		}
		switch op {
		case ">=":
			return func(i *issue) bool { return !of(i).Before(t) }, nil
		case ">":
			return func(i *issue) bool { return of(i).After(t) }, nil
		case "<=":
			return func(i *issue) bool { return !of(i).After(t) }, nil
		case "<":
			return func(i *issue) bool { return of(i).Before(t) }, nil
		}
		return nil, badRequest("The operator '%s' is not supported by a date field.", op)
	}
}
