package postmortem

import (
	"strings"
)

// Page is a post-mortem as it reads now.
type Page struct {
	ID       string // the incident's
	Text     string
	Sections []Section // by heading, in the page's order
	Missing  []Part    // parts without a heading
	Blocks   []Block   // blocks of which a marker was found, whole or not
	Items    []Item    // the list items under Issues discovered

	layout
}

// Section is what stands under one heading up to the next that ends it: one of
// a part, or one of the same level or higher.
type Section struct {
	Part  Part   // "" for a section of people's own
	Title string // the heading's text
	Level int    // 1 to 6
	Line  int    // of the heading, from 1
	// Prose is what people wrote: the text without heading, blocks of ours,
	// comments and the prompts of [Draft], without outer white space.
	Prose string
}

// layout is a page cut into rows and read.
type layout struct {
	rows     []row
	headings []heading
	parts    []partSpan
}

// partSpan says which rows a section has.
type partSpan struct {
	part     Part
	at       heading
	from, to int // the rows below its heading
}

// Read reads a page of the incident with this ID. Any text can be read.
func Read(id, text string) Page {
	p := Page{ID: id, Text: text, layout: lay(markersOf(id).split(text, nil))}
	there := map[Part]bool{}
	for _, s := range p.parts {
		there[s.part] = true
		p.Sections = append(p.Sections, Section{s.part, s.at.title, s.at.level, int(p.rows[s.at.row].line), p.prose(s)})
	}
	for _, part := range Parts {
		if !there[part] {
			p.Missing = append(p.Missing, part)
		}
	}
	found := map[Block]bool{}
	for i := range p.rows {
		if p.rows[i].mark != noMark {
			found[p.rows[i].block()] = true
		}
	}
	for _, b := range Blocks {
		if found[b] {
			p.Blocks = append(p.Blocks, b)
		}
	}
	for _, it := range p.items(id) {
		it.read()
		p.Items = append(p.Items, it.Item)
	}
	return p
}

// Section returns the first section of a part.
func (p *Page) Section(part Part) (Section, bool) {
	for _, s := range p.Sections {
		if s.Part == part {
			return s, true
		}
	}
	return Section{}, false
}

func lay(rows []row) layout {
	l := layout{rows: rows, headings: scan(rows)}
	var part Part
	level := 0
	for _, h := range l.headings {
		this := partOf(h.title)
		if n := len(l.parts); n > 0 {
			if this == "" && part != "" && h.level > level {
				continue // a heading within a part
			}
			l.parts[n-1].to = h.row
		}
		part, level = this, h.level
		l.parts = append(l.parts, partSpan{part: this, at: h, from: h.end, to: len(rows)})
	}
	return l
}

// prose returns what people wrote under a heading.
func (l *layout) prose(s partSpan) string {
	var b strings.Builder
	for i := s.from; i < s.to; i++ {
		if r := &l.rows[i]; r.own == 0 && r.kind != commentRow && !isPrompt(r.content()) {
			b.WriteString(r.text)
		}
	}
	return strings.TrimSpace(b.String())
}

// find returns the rows of a part: of its first section.
func (l *layout) find(part Part) (partSpan, bool) {
	for _, s := range l.parts {
		if s.part == part {
			return s, true
		}
	}
	return partSpan{}, false
}

// passage is a run of rows that are read together: a paragraph, a heading.
type passage struct {
	first  int // its first row
	text   string
	starts []int // where each of its rows begins in text
	spans  []span
	open   bool // it ends within a comment
}

// at returns the row and the offset in it of an offset in the passage.
func (p *passage) at(offset int) (row, in int) {
	lo, hi := 0, len(p.starts)
	for hi-lo > 1 {
		if mid := (lo + hi) / 2; p.starts[mid] <= offset {
			lo = mid
		} else {
			hi = mid
		}
	}
	return p.first + lo, offset - p.starts[lo]
}

// said reports whether people speak in a row.
func (r *row) said() bool {
	return r.own == 0 && (r.kind == textRow || r.kind == headingRow || r.kind == htmlRow)
}

// passages calls f for each passage of some rows in which people speak.
func passages(rows []row, f func(*passage)) {
	for i := 0; i < len(rows); i++ {
		if rows[i].said() {
			p := passageAt(rows, i, len(rows))
			f(&p)
			i += len(p.starts) - 1
		}
	}
}

// passageAt returns the passage that begins at a row and ends before to.
func passageAt(rows []row, i, to int) passage {
	p := passage{first: i}
	unit, k := rows[i].unit, rows[i].kind
	var b strings.Builder
	for ; i < to && rows[i].own == 0 && rows[i].kind == k && (rows[i].unit == unit || k == htmlRow); i++ {
		p.starts = append(p.starts, b.Len())
		b.WriteString(rows[i].text)
	}
	p.text = b.String()
	p.spans, p.open = inline(p.text)
	return p
}
