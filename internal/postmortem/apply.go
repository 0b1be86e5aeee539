package postmortem

import (
	"cmp"
	"slices"
	"strings"

	"github.com/hereby/hereby/internal/incident"
)

// Edits are what a page should hold. They do not say where: they can be
// applied again to any newer text (see the package comment).
type Edits struct {
	ID string `json:"id"` // the incident's
	// Blocks are the texts our blocks are to have. A block that is not named
	// is left as it is, even if it is damaged.
	Blocks map[Block]string `json:"blocks,omitempty"`
	// Items are the suffixes of items, by hash: what is shown before the mark,
	// as Markdown; "" for the mark alone. Items that are not named, and those
	// no longer on the page, are left alone.
	Items map[string]string `json:"items,omitempty"`
	// Add are items to put under Issues discovered, unless their mark already
	// stands anywhere on the page. Name one no longer once it was seen there:
	// a person may take it away.
	Add []Added `json:"add,omitempty"`
	// Handles are the people whose handles are replaced by a variable, outside
	// code, links and quotes: only at publication. In an item a handle waits
	// until the item shows its ticket, since before that it names the owner.
	Handles map[incident.Person]string `json:"handles,omitempty"`
}

// Added is an item that somebody asked for in a comment.
type Added struct {
	Hash string `json:"hash"` // see AskedHash
	Text string `json:"text"` // as Markdown
}

// Apply returns the text as the edits want it, by the rules of the package
// comment. Applied to its own result it changes nothing.
func Apply(text string, e Edits) string {
	m := markersOf(e.ID)
	rows := m.split(text, e.Blocks)
	a := applier{Edits: e, text: text, eol: lineEnd(rows), changes: map[int][]change{}, gone: map[int]bool{}}
	a.layout = lay(a.takeOut(rows))
	for _, b := range Blocks {
		if text, ok := e.Blocks[b]; ok {
			a.put(b, m.wrap(b, text, a.eol))
		}
	}
	a.mark()
	a.replaceHandles()
	a.add()
	return a.write()
}

type applier struct {
	Edits
	layout
	text, eol string
	// places are where a block stood, as rows of its own without text.
	places map[Block][]int

	list    []found
	changes map[int][]change // within rows
	gone    map[int]bool     // rows that a block's new text repeats
	inserts []insert
}

// change replaces a piece of a row.
type change struct {
	from, to int
	text     string
}

// insert puts a text of ours before a row.
type insert struct {
	at    int
	text  string
	apart bool // with blank lines around it
	order int  // among those at one place: the part's, more for one with a heading
}

// takeOut takes the rows of those blocks out that are to be replaced, and
// leaves an empty row of ours where each began.
func (a *applier) takeOut(rows []row) []row {
	a.places = map[Block][]int{}
	kept, cut := rows[:0], false
	keep := func(r row) {
		if n := len(kept); cut && n > 0 && kept[n-1].text != "" && !strings.HasSuffix(kept[n-1].text, "\n") {
			kept[n-1].text += a.eol // what stood between them ended the line
		}
		kept, cut = append(kept, r), false
	}
	for i := range rows {
		r := rows[i]
		_, named := a.Blocks[Blocks[max(r.own, 1)-1]]
		if r.own == 0 || !named {
			keep(r)
			continue
		}
		cut = true
		if b := r.block(); r.head {
			a.places[b] = append(a.places[b], len(kept))
			keep(row{own: r.own, line: r.line})
			cut = true
		}
	}
	return kept
}

// put puts a block where it belongs.
func (a *applier) put(b Block, text string) {
	home := a.home(b)
	for _, at := range a.places[b] {
		if home.holds(at) {
			a.insert(b, at, text, false)
			return
		}
	}
	switch places := a.places[b]; {
	case home.at >= 0:
		a.insert(b, a.adopt(b, home), text, true)
	case len(places) > 0:
		a.insert(b, places[0], text, false)
	default:
		a.inserts = append(a.inserts, insert{a.before(b.Part()), a.heading(b.Part()) + text, true, newPart(b.Part())})
	}
}

// home is where a block may stand, as ranges of rows, and where it is put.
type home struct {
	spans [][2]int
	at    int // -1: there is no such part
}

func (h home) holds(at int) bool {
	return slices.ContainsFunc(h.spans, func(s [2]int) bool { return s[0] <= at && at <= s[1] })
}

func (a *applier) home(b Block) home {
	if b == StateBlock {
		return a.top()
	}
	h := home{at: -1}
	for _, s := range a.parts {
		if s.part == b.Part() {
			h.spans = append(h.spans, [2]int{s.from, s.to})
		}
	}
	if len(h.spans) > 0 {
		h.at = h.spans[0][0]
	}
	return h
}

// top is where the state block stands: above all parts, below the title.
func (a *applier) top() home {
	end := len(a.rows)
	if i := slices.IndexFunc(a.parts, func(s partSpan) bool { return s.part != "" }); i >= 0 {
		end = a.parts[i].at.row
	}
	h := home{spans: [][2]int{{0, end}}}
	first := slices.IndexFunc(a.rows, func(r row) bool { return r.own == 0 && !r.blank() })
	if len(a.headings) > 0 && a.headings[0].row == first && a.headings[0].level == 1 && a.headings[0].end <= end {
		h.at = a.headings[0].end
	}
	return h
}

// adopt returns where a block goes of which no marker is left where it
// belongs: to the run of rows there that its text repeats, which it replaces,
// else below the heading.
func (a *applier) adopt(b Block, h home) int {
	lines := blockLines(a.Blocks[b])
	if len(lines) == 0 || mute(lines[0]) {
		return h.at
	}
	ours := map[string]bool{"": true}
	for _, line := range lines {
		ours[strings.TrimSpace(line)] = true
	}
	for _, span := range h.spans {
		for i := span[0]; i < span[1]; i++ {
			if r := &a.rows[i]; r.own != 0 || strings.TrimSpace(r.text) != strings.TrimSpace(lines[0]) {
				continue
			}
			for j := i; j < span[1] && a.rows[j].own == 0 && ours[strings.TrimSpace(a.rows[j].text)]; j++ {
				a.gone[j] = true
			}
			return i
		}
	}
	return h.at
}

// before returns the row before which a missing part goes: the heading of the
// next part that is there, else the end.
func (a *applier) before(part Part) int {
	for _, next := range Parts[slices.Index(Parts, part)+1:] {
		if s, ok := a.find(next); ok {
			return s.at.row
		}
	}
	return len(a.rows)
}

// heading returns the heading of a part that is missing.
func (a *applier) heading(part Part) string { return "## " + string(part) + a.eol + a.eol }

// newPart orders a part that is missing behind what belongs to the part above.
func newPart(part Part) int { return len(Parts) + slices.Index(Parts, part) }

func (a *applier) insert(b Block, at int, text string, apart bool) {
	a.inserts = append(a.inserts, insert{at, text, apart, slices.Index(Parts, b.Part())})
}

// change replaces a piece of a row; a change within another is dropped.
func (a *applier) change(row, from, to int, text string) {
	a.changes[row] = append(a.changes[row], change{from, to, text})
}

// write puts the rows together with what changed.
func (a *applier) write() string {
	slices.SortStableFunc(a.inserts, func(x, y insert) int {
		return cmp.Or(x.at-y.at, x.order-y.order)
	})
	w := writer{eol: a.eol}
	w.b.Grow(len(a.text) + 4096)
	next := 0
	for i := range len(a.rows) + 1 {
		here := next
		for next < len(a.inserts) && a.inserts[next].at == i {
			w.ours(a.inserts[next])
			next++
		}
		switch {
		case i == len(a.rows) || a.gone[i]:
		case a.rows[i].own != 0 && a.rows[i].text == "":
			w.gap = w.gap || here == next
		default:
			w.row(a.rows[i].text, a.edited(i))
		}
	}
	out := w.b.String()
	if w.last && a.text != "" && !strings.HasSuffix(a.text, "\n") {
		out = strings.TrimSuffix(out, a.eol)
	}
	return out
}

// edited returns a row with its changes.
func (a *applier) edited(i int) string {
	text, list := a.rows[i].text, a.changes[i]
	if len(list) == 0 {
		return text
	}
	slices.SortStableFunc(list, func(x, y change) int { return x.from - y.from })
	var b strings.Builder
	at := 0
	for _, c := range list {
		if c.from >= at {
			b.WriteString(text[at:c.from] + c.text)
			at = c.to
		}
	}
	return b.String() + text[at:]
}

// writer writes a page. It keeps our texts and people's on lines of their own.
type writer struct {
	b    strings.Builder
	eol  string
	tail string // the last line written; "" at the beginning
	last bool   // it is ours
	gap  bool   // something of ours was here: keep what stood around it apart
	wide bool   // a blank line belongs before the next row
}

// blank reports whether the last line is blank, or there is none.
func (w *writer) blank() bool { return strings.TrimSpace(w.tail) == "" }

func (w *writer) line() {
	if w.tail != "" && !strings.HasSuffix(w.tail, "\n") {
		w.b.WriteString(w.eol)
		w.tail += w.eol
	}
}

func (w *writer) ours(in insert) {
	w.line()
	if in.apart && !w.blank() {
		w.b.WriteString(w.eol)
	}
	w.b.WriteString(in.text)
	w.tail, w.last, w.gap, w.wide = in.text, true, false, in.apart
}

// row writes a row of the page that was as given and now reads text.
func (w *writer) row(was, text string) {
	if strings.TrimSpace(was) != "" && !w.blank() && (w.gap || w.wide) {
		w.line()
		w.b.WriteString(w.eol)
	}
	if w.last {
		w.line()
	}
	w.b.WriteString(text)
	w.tail, w.last, w.gap, w.wide = text, false, false, false
}
