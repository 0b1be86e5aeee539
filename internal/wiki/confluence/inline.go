package confluence

import (
	"bytes"
	"cmp"
	"regexp"
	"strings"
	"unicode/utf8"

	"github.com/hereby/hereby/internal/incident"
)

// seg says which bytes of the storage a piece of a line stands for. A plain
// one is the same bytes; another is changed as a whole or not at all.
type seg struct {
	at, end  int // in the line
	from, to int // in the storage
	plain    bool
	tag      bool   // one of an element's two tags
	mark     string // of our suffix: the item's hash
	up       *node  // the element it stands in
}

// line is a line of the page in Markdown.
type line struct {
	text string
	segs []seg
	tail int    // where in the storage more of its text would go; -1: nowhere
	top  *node  // the element of the page's flow in which it stands
	row  *node  // the row of a table or item of a list that it is, all of it
	own  *place // the block of ours it belongs to; nil: people's
}

func (l line) blank() bool { return strings.TrimSpace(l.text) == "" }

// prefixed returns a line with something before it.
func (l line) prefixed(prefix string) line {
	if l.text == "" && strings.TrimSpace(prefix) == "" {
		return l
	}
	l.text = prefix + l.text
	for i := range l.segs {
		l.segs[i].at += len(prefix)
		l.segs[i].end += len(prefix)
	}
	return l
}

// writer writes a paragraph.
type writer struct {
	r     *reader
	lines []line
	text  []byte
	segs  []seg
	cell  bool // of a table: no line may break
	head  bool // a heading: neither
	index bool // the line of an index: spelled as we do
	named int  // where the last mention of a person ends in the text; 0: there is none
}

func (w *writer) put(md string, from, to int, plain bool, up *node) {
	at := len(w.text)
	w.text = append(w.text, md...)
	if n := len(w.segs); plain && n > 0 && w.segs[n-1].plain && w.segs[n-1].end == at && w.segs[n-1].to == from {
		w.segs[n-1].end, w.segs[n-1].to = len(w.text), to
		return
	}
	w.segs = append(w.segs, seg{at: at, end: len(w.text), from: from, to: to, plain: plain, up: up})
}

// tags puts the signs that stand for an element's two tags around what is in it.
func (w *writer) tags(n *node, before, after string) {
	w.put(before, n.from, n.in, false, n.up)
	w.segs[len(w.segs)-1].tag = true
	w.all(n.kids)
	w.put(after, n.out, n.to, false, n.up)
	w.segs[len(w.segs)-1].tag = true
}

// space puts white space, but none at a line's beginning and none twice.
func (w *writer) space(from, to int, plain bool, up *node) {
	if n := len(w.text); n > 0 && w.text[n-1] != ' ' {
		w.put(" ", from, to, plain, up)
	}
}

// trim takes white space off the end of the line.
func (w *writer) trim() {
	w.cut(len(bytes.TrimRight(w.text, " ")))
}

// breakLine ends a line within the paragraph.
func (w *writer) breakLine(n *node) {
	switch {
	case w.head:
		w.space(n.from, n.to, false, n.up)
		return
	case w.cell:
		w.put("<br>", n.from, n.to, false, n.up)
		return
	}
	w.trim()
	if len(w.text) > 0 {
		w.text = append(w.text, "  "...)
		w.lines = append(w.lines, line{text: string(w.text), segs: w.segs, tail: -1})
	}
	w.text, w.segs = nil, nil
}

// paragraph reads inline content; tail is where more of it would go.
func (r *reader) paragraph(nodes []*node, tail int) []line {
	w := &writer{r: r, index: r.indexed(nodes)}
	w.all(nodes)
	w.trim()
	if len(w.text) > 0 {
		w.lines = append(w.lines, line{text: string(w.text), segs: w.segs})
	}
	if n := len(w.lines); n > 0 {
		w.lines[n-1].text = strings.TrimRight(w.lines[n-1].text, " ")
		w.lines[n-1].tail = tail
	}
	for i := range w.lines {
		w.lines[i].guard()
	}
	return w.lines
}

// indexed reports whether inline content carries the mark of an index's line.
func (r *reader) indexed(nodes []*node) bool {
	for _, n := range nodes {
		if n.isMacro(anchorMacro) && strings.HasPrefix(n.parameter(""), anchorPrefix+"index-") {
			return true
		}
	}
	return false
}

// blockSign matches what would make something else of a line that begins a
// paragraph or goes on with it.
var blockSign = regexp.MustCompile(`^(?:#{1,6}(?:\s|$)|>|[-+](?:\s|$)|=+\s*$|-{2,}\s*$|~{3,}|(\d{1,9})[.)](?:\s|$))`)

// guard keeps a line from beginning anything but text.
func (l *line) guard() {
	m := blockSign.FindStringSubmatchIndex(l.text)
	if m == nil {
		return
	}
	at := max(m[3], 0)
	l.text = l.text[:at] + `\` + l.text[at:]
	var segs []seg
	for _, s := range l.segs {
		switch {
		case s.at >= at:
			s.at, s.end = s.at+1, s.end+1
		case s.end > at && s.plain:
			left := s
			left.end, left.to = at, s.from+at-s.at
			segs = append(segs, left)
			s.at, s.end, s.from = at+1, s.end+1, left.to
		case s.end > at:
			s.end++
		}
		segs = append(segs, s)
	}
	l.segs = segs
}

func (w *writer) all(nodes []*node) {
	for _, n := range nodes {
		w.node(n)
	}
}

// node reads one node within a paragraph.
func (w *writer) node(n *node) {
	switch n.name {
	case "":
		w.words(n)
	case "br":
		w.breakLine(n)
	case "strong", "b":
		w.wrapped(n, "**")
	case "em", "i":
		w.wrapped(n, "*")
	case "del", "s":
		w.wrapped(n, "~~")
	case "code", "tt":
		w.code(n)
	case "a":
		w.link(n, n.attr("href"))
	case "ac:link":
		w.confluenceLink(n)
	case "ri:user":
		w.user(n, n)
	case "time":
		w.atom(n, n.attr("datetime"))
	case "ac:emoticon":
		w.atom(n, n.attr("ac:emoji-fallback"))
	case "ac:image", "ac:parameter", "ac:task-id", "ac:task-status", "ac:placeholder", "ac:adf-attribute":
	case "ac:structured-macro", "ac:macro":
		w.macro(n)
	default:
		w.all(n.kids)
	}
}

// atom puts words that stand for a whole element.
func (w *writer) atom(n *node, words string) {
	if words = escapeMarkdown(words, w.cell); words != "" {
		w.part(words)
		w.put(words, n.from, n.to, false, n.up)
	}
}

// wrapped puts what an element holds between signs, if they would count.
func (w *writer) wrapped(n *node, sign string) {
	said := n.said()
	if strings.TrimSpace(said) != said || said == "" || n.holds("br") || bytes.HasSuffix(w.text, []byte(sign[:1])) {
		w.all(n.kids)
		return
	}
	before := len(w.text)
	w.tags(n, sign, sign)
	if len(w.text) == before+2*len(sign) { // only what is not seen
		w.cut(before)
	}
}

func (w *writer) code(n *node) {
	said := strings.Join(strings.Fields(n.said()), " ")
	if said == "" {
		return
	}
	w.put(codeSpan(said, w.cell), n.from, n.to, false, n.up)
}

// link puts a link, whose words can be changed but not its address.
func (w *writer) link(n *node, to string) {
	said := strings.TrimSpace(n.said())
	switch {
	case said == "" || to == "" || n.in == n.to:
		w.all(n.kids)
		return
	case said == to && strings.Contains(to, "://") && !strings.ContainsAny(to, "<> |"):
		w.put("<"+to+">", n.from, n.to, false, n.up)
		return
	}
	w.tags(n, "[", "]("+address(to)+")")
}

// confluenceLink puts a link to a person, a page, or a file.
func (w *writer) confluenceLink(n *node) {
	body := n.kid("ac:link-body")
	if body == nil {
		body = n.kid("ac:plain-text-link-body")
	}
	if u := n.kid("ri:user"); u != nil {
		w.user(n, u)
		return
	}
	title := ""
	if p := n.kid("ri:page"); p != nil {
		title = p.attr("ri:content-title")
		if w.r.page != nil {
			name, _ := w.r.page(title)
			title = cmp.Or(name, title)
		}
	}
	words := title
	if body != nil && strings.TrimSpace(body.said()) != "" {
		words = body.said()
	}
	if title == "" || words == "" {
		w.atom(n, words)
		return
	}
	if w.index {
		words = incident.Inline(words)
		if clean := strings.ReplaceAll(words, `\`, ""); clean == title {
			words = title
		}
	} else {
		words = escapeMarkdown(words, w.cell)
	}
	w.put("["+words+"]("+address(title)+")", n.from, n.to, false, n.up)
}

// user puts a person as "@" and the id by which the tracker knows them.
func (w *writer) user(n, u *node) {
	id := u.attr("ri:account-id")
	if id == "" {
		id = u.attr("ri:username")
	}
	if key := u.attr("ri:userkey"); id == "" && key != "" {
		if id = w.r.users[key]; id == "" {
			id = key
		}
	}
	who := incident.PersonOf(id)
	if who == "" {
		return
	}
	md := who.Mention()
	if before, _ := utf8.DecodeLastRune(w.text); handleIn(before, string(who)) == "" {
		md = incident.Joiner + md
	}
	w.put(md, n.from, n.to, false, n.up)
	w.named = len(w.text)
}

// runsOn matches what would go on with a handle before it.
var runsOn = regexp.MustCompile(`^(?:[.:+-]*[\p{L}\p{N}_]|/)`)

// part keeps words that follow a mention from reading as a part of the name.
func (w *writer) part(words string) {
	if w.named > 0 && w.named == len(w.text) && runsOn.MatchString(words) {
		w.text = append(w.text, incident.Joiner...)
		w.segs[len(w.segs)-1].end = len(w.text)
	}
}

// macro puts what a macro says within a paragraph.
func (w *writer) macro(n *node) {
	switch name := n.attr("ac:name"); name {
	case anchorMacro:
		w.ourMark(n)
	case "status":
		w.atom(n, n.parameter("title"))
	case "jira":
		w.atom(n, n.parameter("key"))
	default:
		if body := n.kid("ac:plain-text-body"); body != nil {
			w.code(body)
		} else {
			w.all(n.kids)
		}
	}
}

// cut takes the line back to a length.
func (w *writer) cut(at int) {
	if at >= len(w.text) {
		return
	}
	w.text = w.text[:at]
	for k := len(w.segs) - 1; k >= 0 && w.segs[k].end > at; k-- {
		s := &w.segs[k]
		if s.at >= at {
			w.segs = w.segs[:k]
			continue
		}
		if s.plain {
			s.to = s.from + at - s.at
		}
		s.end = at
	}
}
