package confluence

import (
	"strconv"
	"strings"
)

// reading is a page as the core has it, and where each line of it stands.
type reading struct {
	storage string
	text    string
	lines   []line
	places  []*place
	flow    []*node // the elements of the page one below the other
	memory  memory  // what of our texts stands there
}

// place is where a block of ours stands on the page.
type place struct {
	source
	nodes []*node // its elements
	whole bool    // they are all there, and as we wrote them
}

// reader reads a page.
type reader struct {
	directory
	storage string
	memory  memory
}

// read reads a page. The error is that it is no storage format that we read.
func (r *reader) read() (*reading, error) {
	root, err := parse(r.storage)
	if err != nil {
		return nil, err
	}
	doc := &reading{storage: r.storage, memory: memory{V: 1, Name: r.memory.Name, Edited: r.memory.Edited, Blocks: map[string][]string{}, Items: map[string][]string{}}}
	doc.flow = flow(root)
	owner := r.claim(doc)
	said := map[*place]bool{}
	var list []*node // inline content, or one element
	emit := func() {
		if len(list) == 0 {
			return
		}
		lines := r.block(list)
		for i := range lines {
			lines[i].top = list[len(list)-1]
		}
		doc.add(lines)
		list = nil
	}
	for _, n := range doc.flow {
		if p := owner[n]; p != nil {
			emit()
			if !said[p] {
				said[p] = true
				doc.add(r.ours(p))
			}
			continue
		}
		if len(list) > 0 && (isBlock(n) || isBlock(list[0]) || list[0].up != n.up) {
			emit()
		}
		list = append(list, n)
	}
	emit()
	var b strings.Builder
	for _, l := range doc.lines {
		b.WriteString(l.text + "\n")
		for _, s := range l.segs {
			if s.mark != "" {
				doc.memory.Items[s.mark] = []string{l.text[s.at:s.end]}
			}
		}
	}
	doc.text = b.String()
	return doc, nil
}

// add puts lines below the others, apart from them.
func (doc *reading) add(lines []line) {
	if len(lines) == 0 {
		return
	}
	if len(doc.lines) > 0 {
		doc.lines = append(doc.lines, line{})
	}
	doc.lines = append(doc.lines, lines...)
}

// flow returns the elements of a page one below the other: those that only
// arrange others, and macros around text, are taken for what is in them.
func flow(n *node) []*node {
	var list []*node
	for _, k := range n.kids {
		switch {
		case arranges(k):
			list = append(list, flow(k)...)
		case k.name == "" && strings.TrimSpace(k.text) == "":
			if len(list) > 0 && !isBlock(list[len(list)-1]) && list[len(list)-1].up == n {
				list = append(list, k)
			}
		case isMacro(k) && k.kid("ac:rich-text-body") != nil:
			list = append(list, flow(k.kid("ac:rich-text-body"))...)
		default:
			list = append(list, k)
		}
	}
	return list
}

// arranges reports whether an element only says where others stand.
func arranges(n *node) bool {
	switch n.name {
	case "ac:layout", "ac:layout-section", "ac:layout-cell", "div", "section", "ac:rich-text-body", "ac:adf-extension", "ac:adf-fallback":
		return true
	}
	return false
}

// isBlock reports whether a node is a block of its own, not a piece of a
// paragraph.
func isBlock(n *node) bool {
	switch n.name {
	case "p", "h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "table", "blockquote", "pre", "hr", "ac:task-list", "dl", "ac:adf-node":
		return true
	case "ac:structured-macro", "ac:macro":
		return n.kid("ac:plain-text-body") != nil || n.kid("ac:rich-text-body") != nil
	}
	return arranges(n)
}

// blocks reads what stands in an element, without a blank line between a
// paragraph and a list below it.
func (r *reader) blocks(n *node) []line {
	lines, _ := r.blocksOf(n)
	return lines
}

// blocksOf tells also as what element the first line was read.
func (r *reader) blocksOf(n *node) (lines []line, first string) {
	var list []line
	var inline []*node
	last := ""
	add := func(name string) {
		if len(list) == 0 {
			return
		}
		if len(lines) == 0 {
			first = name
		}
		if isList := name == "ul" || name == "ol"; len(lines) > 0 && !(isList && last == "p") {
			lines = append(lines, line{})
		}
		lines, last = append(lines, list...), name
	}
	paragraph := func() {
		if len(inline) > 0 {
			list = r.paragraph(inline, inline[len(inline)-1].to)
			inline = nil
			add("p")
		}
	}
	for _, k := range flow(n) {
		if !isBlock(k) {
			inline = append(inline, k)
			continue
		}
		paragraph()
		list = r.block([]*node{k})
		add(k.name)
	}
	paragraph()
	return lines, first
}

// block reads one element, or inline content that is a paragraph.
func (r *reader) block(nodes []*node) []line {
	n := nodes[0]
	if !isBlock(n) {
		return r.paragraph(nodes, nodes[len(nodes)-1].to)
	}
	switch n.name {
	case "h1", "h2", "h3", "h4", "h5", "h6":
		return r.heading(n)
	case "ul", "ol":
		return r.list(n)
	case "ac:task-list":
		return r.tasks(n)
	case "table":
		return r.table(n)
	case "blockquote":
		lines := r.blocks(n)
		for i := range lines {
			lines[i] = lines[i].prefixed("> ")
		}
		return lines
	case "pre":
		return fenced(n.said(), "")
	case "hr":
		return []line{{text: "---", tail: -1}}
	case "ac:structured-macro", "ac:macro":
		if body := n.kid("ac:plain-text-body"); body != nil {
			return fenced(body.said(), letters(n.parameter("language")))
		}
	case "p", "dl":
		if n.in == n.to {
			return nil // closes itself
		}
		for _, k := range n.kids {
			if isBlock(k) {
				return r.blocks(n)
			}
		}
		return r.paragraph(n.kids, n.out)
	}
	return r.blocks(n)
}

func (r *reader) heading(n *node) []line {
	w := &writer{r: r, head: true}
	w.all(n.kids)
	w.trim()
	if len(w.text) == 0 {
		return nil
	}
	if last := len(w.text) - 1; w.text[last] == '#' { // would close the heading
		w.cut(last)
		w.put(`\#`, n.out, n.out, false, n)
	}
	level, _ := strconv.Atoi(n.name[1:])
	l := line{text: string(w.text), segs: w.segs, tail: n.out}
	return []line{l.prefixed(strings.Repeat("#", level) + " ")}
}

// fenced returns text as a block of code.
func fenced(said, language string) []line {
	fence := "```"
	for strings.Contains(said, fence) {
		fence += "`"
	}
	lines := []line{{text: fence + language, tail: -1}}
	for text := range strings.SplitSeq(strings.ReplaceAll(said, "\r\n", "\n"), "\n") {
		lines = append(lines, line{text: strings.TrimRight(text, "\r"), tail: -1})
	}
	return append(lines, line{text: fence, tail: -1})
}

func (r *reader) list(n *node) []line {
	number := 1
	if start, err := strconv.Atoi(n.attr("start")); err == nil && start >= 0 && start < 1e8 {
		number = start
	}
	var lines []line
	for _, k := range n.kids {
		switch k.name {
		case "li":
			sign := "- "
			if n.name == "ol" {
				sign = strconv.Itoa(number) + ". "
				number++
			}
			item := r.item(k, sign)
			if len(item) == 1 {
				item[0].row = k
			}
			lines = append(lines, item...)
		case "ul", "ol": // a list right in a list, as old editors have it
			for _, l := range r.list(k) {
				lines = append(lines, l.prefixed("  "))
			}
		}
	}
	return lines
}

// item reads a list item. One that begins with anything but words has its sign
// on a line of its own, where its mark may go.
func (r *reader) item(n *node, sign string) []line {
	lines, first := r.blocksOf(n)
	if len(lines) == 0 {
		return nil
	}
	indent := strings.Repeat(" ", len(sign))
	if first != "p" {
		head := line{text: strings.TrimRight(sign, " "), tail: n.in}
		for i := range lines {
			lines[i] = lines[i].prefixed(indent)
		}
		return append([]line{head}, lines...)
	}
	for i := range lines {
		if i == 0 {
			lines[i] = lines[i].prefixed(sign)
		} else {
			lines[i] = lines[i].prefixed(indent)
		}
	}
	return lines
}

func (r *reader) tasks(n *node) []line {
	var lines []line
	for _, k := range n.kids {
		switch body := k.kid("ac:task-body"); {
		case k.name == "ac:task-list":
			for _, l := range r.tasks(k) {
				lines = append(lines, l.prefixed("  "))
			}
		case body != nil:
			sign := "- [ ] "
			if s := k.kid("ac:task-status"); s != nil && strings.TrimSpace(s.said()) == "complete" {
				sign = "- [x] "
			}
			for i, l := range r.blocks(body) {
				if i == 0 {
					lines = append(lines, l.prefixed(sign))
				} else {
					lines = append(lines, l.prefixed("  "))
				}
			}
		}
	}
	return lines
}

func (r *reader) table(n *node) []line {
	var lines []line
	for i, tr := range rowsOf(n) {
		l, cells := r.row(tr)
		l.row = tr
		lines = append(lines, l)
		if i == 0 {
			lines = append(lines, line{text: strings.Repeat("|---", max(cells, 1)) + "|", tail: -1})
		}
	}
	return lines
}

// row reads a row of a table.
func (r *reader) row(tr *node) (line, int) {
	w := &writer{r: r, cell: true}
	cells := 0
	for _, td := range tr.kids {
		if td.name != "td" && td.name != "th" {
			continue
		}
		cells++
		w.text = append(w.text, "| "...)
		from := len(w.text)
		for _, k := range flow(td) {
			if isBlock(k) && len(w.text) > from {
				w.text = append(w.text, "<br>"...)
			}
			w.cells(k)
		}
		w.trim()
		w.text = append(w.text, ' ')
	}
	w.text = append(w.text, '|')
	return line{text: string(w.text), segs: w.segs, tail: -1}, cells
}

// cells puts what stands in a cell on its one line.
func (w *writer) cells(n *node) {
	if !isBlock(n) || n.name == "p" && kidsInline(n) {
		w.node(n)
		return
	}
	if n.name == "" || isMacro(n) {
		w.code(n)
		return
	}
	for i, k := range flow(n) {
		if i > 0 && (isBlock(k) || k.name == "li") && len(w.text) > 0 {
			w.text = append(w.text, "<br>"...)
		}
		w.cells(k)
	}
}

func kidsInline(n *node) bool {
	for _, k := range n.kids {
		if isBlock(k) {
			return false
		}
	}
	return true
}
