package confluence

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// edit replaces bytes of the storage.
type edit struct {
	from, to int
	with     string
}

// compose returns a page that is not there yet, with our blocks or without.
func (d directory) compose(text string, blocks bool) string {
	var list []string
	for _, p := range partsOf(text) {
		switch {
		case p.block == "":
			list = append(list, d.storage(p.text))
		case blocks:
			list = append(list, sourceOf(p.block, p.text).storage())
		}
	}
	return strings.Join(list, "\n")
}

// token is a line of people's, or a block of ours as one.
type token struct {
	text string
	line line   // of the page; in a text that is to be: empty
	own  *place // of the page
	part part   // in a text that is to be: a block
	at   int    // in a text that is to be: the line's number
}

func (t token) key() string {
	switch {
	case t.own != nil:
		return "\x00" + t.own.name
	case t.part.block != "":
		return "\x00" + t.part.block
	}
	return t.text
}

// tokens returns what stands on the page, without blank lines.
func (doc *reading) tokens() []token {
	var list []token
	for i, l := range doc.lines {
		switch {
		case l.own != nil:
			if i == 0 || doc.lines[i-1].own != l.own {
				list = append(list, token{own: l.own})
			}
		case !l.blank():
			list = append(list, token{text: l.text, line: l})
		}
	}
	return list
}

// tokensOf returns what a text says, without blank lines, and its people's
// lines with them.
func tokensOf(text string) (list []token, lines []string) {
	for _, p := range partsOf(text) {
		if p.block != "" {
			list = append(list, token{part: p, at: len(lines)})
			lines = append(lines, "")
			continue
		}
		for t := range strings.SplitSeq(p.text, "\n") {
			if strings.TrimSpace(t) != "" {
				list = append(list, token{text: t, at: len(lines)})
			}
			lines = append(lines, t)
		}
		lines = append(lines, "")
	}
	return list, lines
}

func keys(list []token) []string {
	keys := make([]string, len(list))
	for i, t := range list {
		keys[i] = t.key()
	}
	return keys
}

// carrier carries the difference between a page and a text over to storage.
type carrier struct {
	directory
	doc      *reading
	was, now []token
	lines    []string // of the text that is to be
	cursor   int      // where in the storage what is inserted goes
	after    *node    // the element before that
	edits    []edit
}

// carry returns the storage of a page that is to read as text. It touches
// nothing but what differs; the error says what cannot be expressed so.
func (doc *reading) carry(text string, d directory) (string, error) {
	c := carrier{directory: d, doc: doc, was: doc.tokens()}
	c.now, c.lines = tokensOf(text)
	if len(doc.flow) > 0 {
		c.cursor = doc.flow[0].from
	}
	i, j := 0, 0
	for _, h := range append(diff(keys(c.was), keys(c.now)), hunk{len(c.was), len(c.was), len(c.now), len(c.now)}) {
		for ; i < h.a; i, j = i+1, j+1 {
			c.same(c.was[i], c.now[j])
		}
		if err := c.changed(c.was[h.a:h.b], c.now[h.c:h.d], h.b); err != nil {
			return "", err
		}
		i, j = h.b, h.d
	}
	return apply(doc.storage, c.edits)
}

// same goes past a token that stays; a block may get another text.
func (c *carrier) same(was, now token) {
	if was.own == nil {
		c.cursor, c.after = was.line.top.to, was.line.top
		return
	}
	if !was.own.whole || was.own.text != now.part.text {
		c.replace(was.own, sourceOf(now.part.block, now.part.text).storage())
	}
	c.cursor, c.after = was.own.nodes[0].to, nil
}

// replace puts a block's new elements where its first one stands.
func (c *carrier) replace(p *place, with string) {
	for i, n := range p.nodes {
		from := n.from
		for i > 0 && from > p.nodes[i-1].to && strings.ContainsRune(" \t\n", rune(c.doc.storage[from-1])) {
			from-- // or the page would grow by a line each time
		}
		c.edits = append(c.edits, edit{from, n.to, with})
		with = ""
	}
}

// changed carries one difference; next is the token of the page that follows.
func (c *carrier) changed(was, now []token, next int) error {
	for len(was) > 0 && len(now) > 0 && was[0].own == nil && now[0].part.block == "" {
		if err := c.inline(was[0].line, now[0].text); err != nil {
			return err
		}
		c.cursor, c.after = was[0].line.top.to, was[0].line.top
		was, now = was[1:], now[1:]
	}
	if err := c.remove(was, next); err != nil {
		return err
	}
	return c.insert(now, next)
}

// remove takes lines off the page: blocks of ours, elements of which nothing
// is to stay, and rows of which that is so.
func (c *carrier) remove(was []token, next int) error {
	for i := 0; i < len(was); i++ {
		if was[i].own != nil {
			c.replace(was[i].own, "")
			continue
		}
		top, first := was[i].line.top, i
		for i+1 < len(was) && was[i+1].own == nil && was[i+1].line.top == top {
			i++
		}
		if c.after != top && !(next < len(c.was) && i+1 == len(was) && c.was[next].own == nil && c.was[next].line.top == top) {
			c.edits = append(c.edits, edit{top.from, top.to, ""})
			continue
		}
		for _, t := range was[first : i+1] {
			switch row := t.line.row; {
			case row != nil:
				c.edits = append(c.edits, edit{row.from, row.to, ""})
			case !ruleOfTable.MatchString(t.text):
				return fmt.Errorf("a part of what people wrote would have to go: %q", shorten(t.text))
			}
		}
	}
	return nil
}

// insert puts new lines on the page, below what stood before them.
func (c *carrier) insert(now []token, next int) error {
	if len(now) == 0 {
		return nil
	}
	if c.after != nil && next < len(c.was) && c.was[next].own == nil && c.was[next].line.top == c.after {
		return fmt.Errorf("this would have to stand within what people wrote: %q", shorten(now[0].text))
	}
	for i := 0; i < len(now); i++ {
		if now[i].part.block != "" {
			c.put(sourceOf(now[i].part.block, now[i].part.text).storage())
			continue
		}
		first := i
		for i+1 < len(now) && now[i+1].part.block == "" {
			i++
		}
		c.put(c.storage(strings.Join(c.lines[now[first].at:now[i].at+1], "\n")))
	}
	return nil
}

// put inserts storage at the cursor; what goes on with a list joins it.
func (c *carrier) put(storage string) {
	at := c.cursor
	if root, err := parse(storage); err == nil && c.after != nil && len(root.kids) == 1 && rowsOf(root.kids[0]) != nil &&
		root.kids[0].name == c.after.name && c.after.name != "table" && c.after.in < c.after.out {
		at, storage = c.after.out, storage[root.kids[0].in:root.kids[0].out]
	}
	c.edits = append(c.edits, edit{at, at, storage})
}

// apply makes the edits, which must not overlap.
func apply(storage string, edits []edit) (string, error) {
	slices.SortStableFunc(edits, func(a, b edit) int { return cmp.Or(a.from-b.from, a.to-b.to) })
	var b strings.Builder
	at := 0
	for _, e := range edits {
		if e.from < at || e.to < e.from || e.to > len(storage) {
			return "", fmt.Errorf("two changes meet at byte %d of the page", e.from)
		}
		b.WriteString(storage[at:e.from] + e.with)
		at = e.to
	}
	return b.String() + storage[at:], nil
}

// shorten returns the beginning of a text, for people.
func shorten(s string) string {
	s = strings.Join(strings.Fields(s), " ")
	if r := []rune(s); len(r) > 60 {
		s = string(r[:59]) + "…"
	}
	return s
}
