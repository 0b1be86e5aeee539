package confluence

import (
	"regexp"
	"slices"
	"strings"
	"time"
)

// memory is what a page's property holds: our Markdown of what stands on the
// page, since storage format does not give it back as it was. Newest first: a
// text is noted before it is written, so that either is known whatever of the
// two requests was the last one.
type memory struct {
	V      int                 `json:"v"`
	Name   string              `json:"name"`             // the page's name, whatever its title is by now
	Page   string              `json:"page,omitempty"`   // its id: a copy of it is another page
	Edited time.Time           `json:"edited,omitzero"`  // the last change by anybody but us, as far as we saw
	Wrote  int                 `json:"wrote"`            // the last version of the page that is ours
	Blocks map[string][]string `json:"blocks,omitempty"` // by name, each with its markers
	Items  map[string][]string `json:"items,omitempty"`  // suffixes, by the item's hash
}

// generations is how many texts of a block or suffix are remembered: the one
// to be written, the one that stands there until it is, and the one that
// another process of ours meant to write, which may come first.
const generations = 3

var (
	blockHead = regexp.MustCompile(`^<!-- hereby:1 (\S+) block/([a-z]+)(?: \S+)? -->$`)
	blankLine = regexp.MustCompile(`\n[ \t]*\n`)
)

// part is a piece of a page in Markdown: a block of ours, or what people wrote
// between two of them.
type part struct {
	block string // its name; "" for people's
	text  string // of a block, with its markers
}

// partsOf takes a text apart.
func partsOf(text string) []part {
	var parts []part
	lines := strings.Split(strings.ReplaceAll(text, "\r\n", "\n"), "\n")
	from := 0
	people := func(to int) {
		if t := strings.Trim(strings.Join(lines[from:to], "\n"), "\n"); t != "" {
			parts = append(parts, part{text: t})
		}
	}
	for i := 0; i < len(lines); i++ {
		m := blockHead.FindStringSubmatch(lines[i])
		if m == nil {
			continue
		}
		end := slices.Index(lines[i:], "<!-- /hereby:1 "+m[1]+" block/"+m[2]+" -->")
		if end < 0 {
			continue
		}
		people(i)
		parts = append(parts, part{m[2], strings.Join(lines[i:i+end+1], "\n")})
		i += end
		from = i + 1
	}
	people(len(lines))
	return parts
}

// suffixOf cuts our suffix off the end of a line: what an item's mark shows,
// and the mark.
func suffixOf(line string) (body, suffix, hash string) {
	all := itemMark.FindAllStringSubmatchIndex(line, -1)
	if len(all) == 0 {
		return line, "", ""
	}
	m := all[len(all)-1]
	if m[1] != len(line) {
		return line, "", ""
	}
	from := m[0]
	if strings.Contains(strings.Trim(line[m[3]:m[1]], " \t->"), " ") || len(strings.Fields(line[m[0]:m[1]])) == 4 {
		if at := strings.LastIndex(line[:from], arrow); at >= 0 {
			from = at
		}
	}
	if from > 0 && line[from-1] == ' ' {
		from--
	}
	return line[:from], line[from:], line[m[2]:m[3]]
}

// arrow begins what a suffix shows.
const arrow = "→ "

// want returns the memory for a text that is to be written over one that is
// remembered by m; there holds what of it stands on the page now.
func (m memory) want(text string, there memory) memory {
	next := memory{V: 1, Name: m.Name, Edited: m.Edited, Blocks: map[string][]string{}, Items: map[string][]string{}}
	for _, p := range partsOf(text) {
		if p.block != "" {
			next.Blocks[p.block] = latest(p.text, there.Blocks[p.block], m.Blocks[p.block])
			continue
		}
		for line := range strings.SplitSeq(p.text, "\n") {
			if _, suffix, hash := suffixOf(line); hash != "" {
				next.Items[hash] = latest(suffix, there.Items[hash], m.Items[hash])
			}
		}
	}
	return next
}

// latest returns a text and others before it, each once, as many as are kept.
func latest(text string, before ...[]string) []string {
	list := []string{text}
	for _, b := range slices.Concat(before...) {
		if len(list) < generations && !slices.Contains(list, b) {
			list = append(list, b)
		}
	}
	return list
}

// piece is an element of a block as we render it, and the Markdown it is of.
type piece struct {
	text  string
	print string
	rows  map[string]string // of a table or list: the line of each row, by its print
}

// source is a block's Markdown with what it looks like on the page.
type source struct {
	name       string
	text       string
	head, tail string
	pieces     []piece
}

// sourceOf reads a block's Markdown, with its markers.
func sourceOf(name, text string) source {
	lines := strings.Split(text, "\n")
	s := source{name: name, text: text, head: lines[0], tail: lines[len(lines)-1]}
	for _, chunk := range s.chunks() {
		root, err := parse(chunk.storage)
		if err != nil {
			continue // unreachable: what we render is well-formed
		}
		for _, n := range root.kids {
			if n.name == "" {
				continue
			}
			p := piece{text: chunk.text, print: n.print()}
			if rows := rowsOf(n); rows != nil {
				p.rows = rowLines(rows, chunk.text)
			}
			s.pieces = append(s.pieces, p)
			chunk.text = ""
		}
	}
	return s
}

// chunk is a part of a block between blank lines.
type chunk struct{ text, storage string }

// chunks renders a block's text piece by piece, so that what it says can be
// told apart on the page.
func (s source) chunks() []chunk {
	lines := strings.Split(s.text, "\n")
	body := strings.Trim(strings.Join(lines[1:max(1, len(lines)-1)], "\n"), "\n")
	var list []chunk
	whole := []string{body}
	if !strings.Contains(body, "```") && !strings.Contains(body, "~~~") {
		whole = blankLine.Split(body, -1)
	}
	for _, text := range whole {
		if text = strings.Trim(text, "\n"); text == "" {
			continue
		}
		if storage := Storage(text); storage != "" {
			list = append(list, chunk{text, storage})
		}
	}
	if len(list) == 0 {
		return []chunk{{storage: "<p>" + anchor(anchorPrefix+"block-"+s.name) + "</p>"}}
	}
	return list
}

// storage returns the block as storage format.
func (s source) storage() string {
	var b strings.Builder
	for i, c := range s.chunks() {
		if i > 0 {
			b.WriteByte('\n')
		}
		b.WriteString(c.storage)
	}
	return b.String()
}

// rowsOf returns the rows of a table or the items of a list, nil for others.
func rowsOf(n *node) []*node {
	var rows []*node
	switch n.name {
	case "ul", "ol":
		for _, k := range n.kids {
			if k.name == "li" {
				rows = append(rows, k)
			}
		}
	case "table":
		for _, k := range n.kids {
			switch k.name {
			case "tr":
				rows = append(rows, k)
			case "thead", "tbody", "tfoot":
				rows = append(rows, rowsOf(&node{name: "table", kids: k.kids})...)
			}
		}
	}
	return rows
}

var ruleOfTable = regexp.MustCompile(`^\|?[ \t:|-]+$`)

// rowLines returns the line of each row by its print, if each has one line.
func rowLines(rows []*node, text string) map[string]string {
	var lines []string
	for line := range strings.SplitSeq(text, "\n") {
		if !ruleOfTable.MatchString(line) {
			lines = append(lines, line)
		}
	}
	if len(lines) != len(rows) {
		return nil
	}
	known := map[string]string{}
	for i, r := range rows {
		known[r.print()] = lines[i]
	}
	return known
}
