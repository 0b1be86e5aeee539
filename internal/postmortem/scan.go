package postmortem

import (
	"regexp"
	"strings"
)

// kind is what a row is in Markdown.
type kind uint8

const (
	blankRow kind = iota
	textRow
	headingRow
	underlineRow // below a heading of two lines
	codeRow      // fenced or indented code, or HTML that shows its text as it is
	quoteRow
	commentRow // an HTML comment that begins its line
	htmlRow    // other HTML
	ruleRow
)

// heading is a heading of the page outside lists and quotes.
type heading struct {
	row, end int // its rows
	level    int
	title    string
}

// maxDepth bounds how deep lists are read; deeper markers are text.
const maxDepth = 64

// scanner reads the blocks of Markdown line by line.
type scanner struct {
	rows     []row
	headings []heading

	lists []int // content columns of the open list items
	item  int32 // the last top-level item
	unit  int32
	last  int  // the last row that is not blank, -1: none
	para  bool // it is a paragraph that may go on
	first int  // where that paragraph begins
	empty bool // it is a list item without content yet
	quote bool // it is a quote whose paragraph may go on

	raw   kind              // inside such rows until rawEnd, if it is not blankRow
	close func(string) bool // given a row from its first sign on; nil: a blank row ends it
	depth int               // in how many list items raw began
	fence bool              // raw is fenced code, whose end may not be indented by four
	sign  string            // that ends it
}

// scan says what each row is. Rows of ours count as blank.
func scan(rows []row) []heading {
	s := scanner{rows: rows, last: -1}
	for i := range rows {
		s.row(i)
	}
	return s.headings
}

func (s *scanner) row(i int) {
	r := &s.rows[i]
	line := r.content()
	if i == 0 {
		line = strings.TrimPrefix(line, "\ufeff")
	}
	if r.own != 0 || strings.TrimSpace(line) == "" {
		s.blank(r)
		return
	}
	at, col := indent(line, 0, 0)
	matched := 0
	for matched < len(s.lists) && col >= s.lists[matched] {
		matched++
	}
	if s.raw != blankRow {
		if matched >= s.depth {
			r.kind = s.raw
			if s.close != nil && !(s.fence && col-s.base(s.depth) >= 4) && s.close(line[at:]) {
				s.raw = blankRow
			}
			s.belong(i, s.depth)
			return
		}
		s.raw = blankRow
	}
	s.begin(i, line, at, col, matched)
}

// base returns the column where the content of the first n open lists begins.
func (s *scanner) base(n int) int {
	if n == 0 {
		return 0
	}
	return s.lists[n-1]
}

// blank ends paragraphs, and HTML that is not to be ended by a word.
func (s *scanner) blank(r *row) {
	r.kind = blankRow
	if s.raw == htmlRow {
		s.raw = blankRow
	}
	if s.raw != blankRow {
		r.kind = s.raw
		return
	}
	if s.empty {
		s.lists = s.lists[:len(s.lists)-1]
	}
	s.para, s.quote, s.empty = false, false, false
}

// begin reads what a row begins or continues: list items, as many as it opens,
// and what stands in the last of them.
func (s *scanner) begin(i int, line string, at, col, matched int) {
	r := &s.rows[i]
	base := s.base(matched)
	continued := s.para && matched == len(s.lists)
	for !s.block(i, line[at:], col-base >= 4, continued, matched) {
		rest := line[at:]
		width, ordered := bullet(rest)
		if width == 0 || matched >= maxDepth || continued && (ordered != "" && ordered != "1" || len(strings.TrimSpace(rest)) == width) {
			s.text(i, matched)
			return
		}
		if s.quote = false; matched == 0 {
			s.item++
			r.start = true
		}
		at, col = at+width, col+width
		next, ncol := indent(line, at, col)
		s.lists = s.lists[:matched]
		s.para, s.empty, continued = false, next == len(line), false
		if s.empty || ncol-col > 4 {
			base = col + 1
		} else {
			base = ncol
		}
		s.lists = append(s.lists, base)
		matched++
		if s.empty {
			r.kind = textRow
			s.belong(i, matched)
			s.unit++
			r.unit = s.unit
			return
		}
		at, col = next, ncol
	}
}

// block reads a row that is neither text nor a list item, and reports whether
// it is one. deep says that it is indented as code is.
func (s *scanner) block(i int, rest string, deep, continued bool, matched int) bool {
	switch {
	case deep && (s.para || s.quote):
		s.goOn(i)
	case deep:
		s.leaf(i, codeRow, matched)
	case rest[0] == '>':
		s.leaf(i, quoteRow, matched)
		s.quote = quotesText(rest)
	case headingForm.MatchString(rest):
		s.leaf(i, headingRow, matched)
		if matched == 0 {
			s.headings = append(s.headings, heading{i, i + 1, strings.IndexFunc(rest, notHash), title(rest)})
		}
	case fence(rest) > 0:
		s.leaf(i, codeRow, matched)
		s.verbatim(codeRow, fenceEnd(rest[0], fence(rest)), matched)
		s.fence, s.sign = true, rest[:fence(rest)]
	case continued && underline(rest):
		s.underlined(i, rest, matched)
	case rule(rest):
		s.leaf(i, ruleRow, matched)
	default:
		return rest[0] == '<' && s.html(i, rest, matched)
	}
	return true
}

// text reads a row of a paragraph, open or new.
func (s *scanner) text(i, matched int) {
	if s.para || s.quote {
		s.goOn(i)
		return
	}
	s.leaf(i, textRow, matched)
	s.para, s.first = true, i
}

// goOn reads a row as part of the open paragraph, which may be a quoted one,
// however the row is indented.
func (s *scanner) goOn(i int) {
	s.rows[i].kind, s.rows[i].unit = textRow, s.unit
	if s.quote {
		s.rows[i].kind = quoteRow
	}
	s.belong(i, len(s.lists))
}

// leaf begins something that is no list, in the first depth open lists.
func (s *scanner) leaf(i int, k kind, depth int) {
	s.lists = s.lists[:depth]
	s.para, s.quote, s.empty = false, false, false
	s.unit++
	s.rows[i].kind, s.rows[i].unit = k, s.unit
	s.belong(i, depth)
}

// belong notes in what a row stands; the blank rows before it do too.
func (s *scanner) belong(i, depth int) {
	s.rows[i].depth = uint8(depth)
	if depth > 0 {
		s.rows[i].item = s.item
		for j := i - 1; j > s.last && !s.rows[i].start; j-- {
			s.rows[j].item = s.item
		}
	}
	s.last = i
}

func (s *scanner) verbatim(k kind, close func(string) bool, depth int) {
	s.raw, s.close, s.depth, s.fence = k, close, depth, false
}

// underlined makes a heading of the paragraph above.
func (s *scanner) underlined(i int, rest string, depth int) {
	first := s.first
	s.leaf(i, underlineRow, depth)
	level := 1
	if rest[0] == '-' {
		level = 2
	}
	var words []string
	for j := first; j < i; j++ {
		if s.rows[j].own == 0 {
			s.rows[j].kind = headingRow
			words = append(words, strings.TrimSpace(s.rows[j].content()))
		}
	}
	if depth == 0 {
		s.headings = append(s.headings, heading{first, i + 1, level, strings.Join(words, " ")})
	}
}

// html reads HTML that begins a row.
func (s *scanner) html(i int, rest string, depth int) bool {
	k, end := htmlRow, ""
	if strings.HasPrefix(rest, "<!--") {
		k, end = commentRow, "-->"
	} else if m := verbatimTag.FindStringSubmatch(rest); m != nil {
		k, end = codeRow, "</"
	} else if !blockTag.MatchString(rest) && (s.para || s.quote || !loneTag.MatchString(rest)) {
		return false
	}
	s.leaf(i, k, depth)
	switch {
	case k == htmlRow:
		s.verbatim(k, nil, depth)
	case k == commentRow && !commentEnds(rest), k == codeRow && !verbatimEnd.MatchString(rest):
		ends := func(line string) bool { return strings.Contains(line, end) }
		if k == codeRow {
			ends = verbatimEnd.MatchString
		}
		s.verbatim(k, ends, depth)
	}
	return true
}

// commentEnds reports whether a comment ends on the line it begins on; "<!-->"
// is a whole one.
func commentEnds(line string) bool {
	return strings.HasPrefix(line, "<!-->") || strings.HasPrefix(line, "<!--->") || strings.Contains(line[4:], "-->")
}

var (
	headingForm = regexp.MustCompile(`^#{1,6}(?:[ \t]|$)`)
	verbatimTag = regexp.MustCompile(`(?i)^<(?:pre|script|style|textarea)(?:[\s>]|$)`)
	verbatimEnd = regexp.MustCompile(`(?i)</(?:pre|script|style|textarea)>`)
	blockTag    = regexp.MustCompile(`(?i)^</?(?:address|article|aside|base|basefont|blockquote|body|caption|center|col|colgroup|dd|details|dialog|dir|div|dl|dt|fieldset|figcaption|figure|footer|form|frame|frameset|h[1-6]|head|header|hr|html|iframe|legend|li|link|main|menu|menuitem|nav|noframes|ol|optgroup|option|p|param|search|section|summary|table|tbody|td|tfoot|th|thead|title|tr|track|ul)(?:\s|/?>|$)`)
	loneTag     = regexp.MustCompile(`^(?:<[A-Za-z][A-Za-z0-9-]*(?:\s+[A-Za-z_:][A-Za-z0-9_.:-]*(?:\s*=\s*(?:[^\s"'=<>` + "`" + `]+|'[^']*'|"[^"]*"))?)*\s*/?>|</[A-Za-z][A-Za-z0-9-]*\s*>)\s*$`)
)

func notHash(r rune) bool { return r != '#' }

// title returns the text of a heading written with "#".
func title(rest string) string {
	rest = strings.TrimSpace(strings.TrimLeft(rest, "#"))
	if bare := strings.TrimRight(rest, "#"); bare == "" || strings.HasSuffix(bare, " ") || strings.HasSuffix(bare, "\t") {
		rest = strings.TrimSpace(bare)
	}
	return rest
}

// indent returns where white space ends that begins at offset at, column col.
func indent(line string, at, col int) (int, int) {
	for ; at < len(line); at++ {
		switch line[at] {
		case ' ':
			col++
		case '\t':
			col += 4 - col%4
		default:
			return at, col
		}
	}
	return at, col
}

// fence returns how many signs open a block of code, 0 for none.
func fence(rest string) int {
	c := rest[0]
	if c != '`' && c != '~' {
		return 0
	}
	n := len(rest) - len(strings.TrimLeft(rest, string(c)))
	if n < 3 || c == '`' && strings.IndexByte(rest[n:], '`') >= 0 {
		return 0
	}
	return n
}

func fenceEnd(c byte, n int) func(string) bool {
	return func(line string) bool {
		line = strings.TrimRight(line, " \t")
		return len(line) >= n && strings.Trim(line, string(c)) == ""
	}
}

func underline(rest string) bool {
	rest = strings.TrimRight(rest, " \t")
	return strings.Trim(rest, "=") == "" || strings.Trim(rest, "-") == ""
}

// rule reports whether a row is a line across the page.
func rule(rest string) bool {
	c := rest[0]
	if c != '-' && c != '*' && c != '_' {
		return false
	}
	n := 0
	for i := range len(rest) {
		switch rest[i] {
		case c:
			n++
		case ' ', '\t':
		default:
			return false
		}
	}
	return n >= 3
}

// bullet returns the width of a list item's sign, 0 for none, and the number
// of an ordered one.
func bullet(rest string) (width int, number string) {
	switch rest[0] {
	case '-', '+', '*':
		width = 1
	default:
		for width < len(rest) && width < 9 && rest[width] >= '0' && rest[width] <= '9' {
			width++
		}
		if width == 0 || width == len(rest) || rest[width] != '.' && rest[width] != ')' {
			return 0, ""
		}
		number = rest[:width]
		width++
	}
	if width < len(rest) && rest[width] != ' ' && rest[width] != '\t' {
		return 0, ""
	}
	return width, number
}

// quotesText reports whether a quote's line is text that may go on without ">".
func quotesText(rest string) bool {
	rest = strings.TrimLeft(rest, "> \t")
	return rest != "" && !headingForm.MatchString(rest) && fence(rest) == 0 && !rule(rest)
}
