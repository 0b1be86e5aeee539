package jira

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// jql is a query that was read.
type jql struct {
	where   func(*issue) bool
	bounded bool // it restricts what is searched
	order   []ordering
}

type ordering struct {
	by   func(*issue) string
	down bool
}

func (q *jql) sort(found []*issue) {
	slices.SortStableFunc(found, func(a, b *issue) int {
		for _, o := range q.order {
			if n := strings.Compare(o.by(a), o.by(b)); n != 0 {
				if o.down {
					return -n
				}
				return n
			}
		}
		return int(b.id - a.id) // newest first, as Jira does unless asked
	})
}

// words of JQL: quoted text, operators, brackets, or anything else unbroken.
var jqlWord = regexp.MustCompile(`"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|!=|!~|<=|>=|[=<>~(),]|[^\s=<>~!(),"']+`)

// parser reads JQL: clauses joined by AND, OR, NOT and brackets, and an ORDER
// BY. Fields and functions are those that a client of the model uses.
type parser struct {
	c       *call
	words   []string
	bounded bool
}

// parse reads a query; what it does not understand it refuses, as Jira does.
func (c *call) parse(query string) (*jql, error) {
	p := &parser{c: c, words: jqlWord.FindAllString(query, -1)}
	if strings.Join(p.words, "") != stripSpaces(query) {
		return nil, badRequest("Error in the JQL Query: The character is a reserved JQL character. You must enclose it in a string or escape it.")
	}
	q := &jql{where: func(*issue) bool { return true }}
	var err error
	if len(p.words) > 0 && !p.is("order") {
		if q.where, err = p.either(); err != nil {
			return nil, err
		}
		q.bounded = p.bounded
	}
	if q.order, err = p.ordered(); err != nil {
		return nil, err
	}
	if len(p.words) > 0 {
		return nil, badRequest("Error in the JQL Query: Expecting either 'OR' or 'AND' but got '%s'.", p.words[0])
	}
	return q, nil
}

// stripSpaces removes white space outside quotes.
func stripSpaces(s string) string {
	return regexp.MustCompile(`"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|\s+`).ReplaceAllStringFunc(s, func(m string) string {
		if strings.TrimSpace(m) == "" {
			return ""
		}
		return m
	})
}

func (p *parser) is(word string) bool { return len(p.words) > 0 && strings.EqualFold(p.words[0], word) }

// took takes a word if it comes next.
func (p *parser) took(word string) bool {
	if !p.is(word) {
		return false
	}
	p.words = p.words[1:]
	return true
}

// next takes the next word; "" at the end.
func (p *parser) next() string {
	if len(p.words) == 0 {
		return ""
	}
	w := p.words[0]
	p.words = p.words[1:]
	return w
}

type test = func(*issue) bool

func (p *parser) either() (test, error) {
	left, err := p.both()
	for err == nil && p.took("or") {
		one, right := left, test(nil)
		if right, err = p.both(); err == nil {
			left = func(i *issue) bool { return one(i) || right(i) }
		}
	}
	return left, err
}

func (p *parser) both() (test, error) {
	left, err := p.single()
	for err == nil && p.took("and") {
		one, right := left, test(nil)
		if right, err = p.single(); err == nil {
			left = func(i *issue) bool { return one(i) && right(i) }
		}
	}
	return left, err
}

func (p *parser) single() (test, error) {
	switch {
	case p.took("not"):
		of, err := p.single()
		return func(i *issue) bool { return !of(i) }, err
	case p.took("("):
		of, err := p.either()
		if err == nil && !p.took(")") {
			err = badRequest("Error in the JQL Query: Expecting ')'.")
		}
		return of, err
	}
	return p.clause()
}

func (p *parser) clause() (test, error) {
	name := unquote(p.next())
	op := strings.ToLower(p.next())
	if op == "not" && p.took("in") {
		op = "not in"
	}
	if op == "is" && p.took("not") {
		op = "is not"
	}
	switch op {
	case "=", "!=", "in", "not in", "is", "is not", "<", "<=", ">", ">=", "~":
	default:
		return nil, badRequest("Error in the JQL Query: Expecting operator but got '%s'. The valid operators are '=', '!=', '<', '>', '<=', '>=', '~', '!~', 'IN', 'NOT IN', 'IS' and 'IS NOT'.", op)
	}
	values, fn, err := p.operand(op)
	if err != nil {
		return nil, err
	}
	f := p.c.jqlField(name)
	if f == nil {
		return nil, badRequest("Field '%s' does not exist or you do not have permission to view it.", name)
	}
	if !strings.HasPrefix(op, "is") && op != "!=" && op != "not in" {
		p.bounded = true
	}
	return f(op, values, fn)
}

// operand reads the values of a clause, or the function that gives them.
func (p *parser) operand(op string) (values []string, fn string, err error) {
	if strings.HasSuffix(op, "in") && !p.is("(") || len(p.words) > 1 && p.words[1] == "(" && !p.is("(") {
		if fn = strings.ToLower(p.next()); fn == "" || !p.took("(") {
			return nil, "", badRequest("Error in the JQL Query: Operator '%s' does not support the non-list value '%s'.", op, fn)
		}
		values, err = p.list()
		return values, fn, err
	}
	if p.took("(") {
		values, err = p.list()
		return values, "", err
	}
	w := p.next()
	if w == "" {
		return nil, "", badRequest("Error in the JQL Query: Expecting either a value, list or function but got end of input.")
	}
	return []string{unquote(w)}, "", nil
}

func (p *parser) list() (values []string, err error) {
	for !p.took(")") {
		w := p.next()
		if w == "" {
			return nil, badRequest("Error in the JQL Query: Expecting ')' before the end of the query.")
		}
		if w != "," {
			values = append(values, unquote(w))
		}
	}
	return values, nil
}

func unquote(w string) string {
	if len(w) >= 2 && (w[0] == '"' || w[0] == '\'') {
		return strings.NewReplacer(`\\`, `\`, `\"`, `"`, `\'`, `'`).Replace(w[1 : len(w)-1])
	}
	return w
}

func (p *parser) ordered() (out []ordering, err error) {
	if !p.took("order") {
		return nil, nil
	}
	if !p.took("by") {
		return nil, badRequest("Error in the JQL Query: Expecting 'BY'.")
	}
	for {
		name := strings.ToLower(unquote(p.next()))
		by := map[string]func(*issue) string{
			"created": func(i *issue) string { return i.created.UTC().Format(sortable) },
			"updated": func(i *issue) string { return i.updated.UTC().Format(sortable) },
			"id":      func(i *issue) string { return sortableID(i.id) },
			"key": func(i *issue) string {
				return i.project.key + sortableID(int64(numberOf(i.key)))
			},
		}
		by["issuekey"] = by["key"]
		if by[name] == nil {
			return nil, badRequest("Field '%s' does not exist or this field cannot be sorted by.", name)
		}
		o := ordering{by: by[name]}
		if !p.took("asc") {
			o.down = p.took("desc")
		}
		out = append(out, o)
		if !p.took(",") {
			return out, nil
		}
	}
}

const sortable = "20060102150405.000"

func sortableID(id int64) string { return strconv.FormatInt(1e12+id, 10) }

// jqlTime reads a time as JQL does: a date, or a date and minutes, in the
// asker's zone; a span from now such as -5m; or milliseconds.
func (c *call) jqlTime(v string) (time.Time, bool) {
	zone, err := time.LoadLocation(c.who.zone)
	if err != nil {
		zone = time.UTC
	}
	for _, layout := range []string{"2006-01-02 15:04", "2006/01/02 15:04", "2006-01-02", "2006/01/02"} {
		if t, err := time.ParseInLocation(layout, v, zone); err == nil {
			return t, true
		}
	}
	if m := regexp.MustCompile(`^([+-]?\d+)([wdhm])$`).FindStringSubmatch(v); m != nil {
		unit := map[string]time.Duration{"w": 7 * 24 * time.Hour, "d": 24 * time.Hour, "h": time.Hour, "m": time.Minute}[m[2]]
		return c.s.now().Add(time.Duration(number(m[1], 0)) * unit), true
	}
	if ms := id64(v); ms > 0 {
		return time.UnixMilli(ms), true
	}
	return time.Time{}, false
}
