package markup

import (
	"net/url"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/yuin/goldmark/ast"
	extast "github.com/yuin/goldmark/extension/ast"
	"github.com/yuin/goldmark/util"

	"github.com/hereby/hereby/internal/incident"
)

// place says what a break between two lines becomes.
type place int

const (
	manyLines place = iota // another line
	inCell                 // a forced one
	oneLine                // a space
)

// piece is a part of a line: user text, or markup that is already complete.
type piece struct {
	kind kind
	text string
}

type kind int

const (
	plain kind = iota // escaped when the line is put together
	ready             // markup
	open              // begins a phrase: text is its sign
	shut              // ends it
	brk               // a break
)

// line returns what stands in a block of running text.
func (w *writer) line(n ast.Node, where place) string {
	l := &liner{w: w}
	l.children(n)
	return l.join(where)
}

type liner struct {
	w      *writer
	pieces []piece
	within string // signs of the phrases around
}

func (l *liner) put(k kind, text string) {
	if n := len(l.pieces); k == plain && n > 0 && l.pieces[n-1].kind == plain {
		l.pieces[n-1].text += text
		return
	}
	if k != plain || text != "" {
		l.pieces = append(l.pieces, piece{k, text})
	}
}

func (l *liner) children(n ast.Node) {
	for c := n.FirstChild(); c != nil; c = c.NextSibling() {
		l.inline(c)
	}
}

func (l *liner) inline(n ast.Node) {
	switch n := n.(type) {
	case *ast.Text:
		l.put(plain, unescape(n.Segment.Value(l.w.src), n.IsRaw()))
		if n.SoftLineBreak() || n.HardLineBreak() {
			l.put(brk, "")
		}
	case *ast.String:
		l.put(plain, string(n.Value))
	case *ast.CodeSpan:
		l.code(n)
	case *ast.Emphasis:
		l.phrase(n, map[int]string{1: "_", 2: "*"}[n.Level])
	case *extast.Strikethrough:
		l.phrase(n, "-")
	case *ast.Link:
		l.link(plainText(n, l.w.src), unescape(n.Destination, false))
	case *ast.Image:
		l.link(plainText(n, l.w.src), unescape(n.Destination, false))
	case *ast.AutoLink:
		l.link("", incident.Unescape(string(n.URL(l.w.src))))
	case *ast.RawHTML:
		if breakTag.Match(n.Segments.Value(l.w.src)) {
			l.put(brk, "")
		}
	case *extast.TaskCheckBox:
		if n.IsChecked {
			l.put(plain, "☑ ")
		} else {
			l.put(plain, "☐ ")
		}
	default:
		l.children(n)
	}
}

var breakTag = regexp.MustCompile(`(?i)^<br\b`)

// unescape undoes Markdown's own escapes.
func unescape(source []byte, raw bool) string {
	if raw {
		return string(source)
	}
	return string(util.UnescapePunctuations([]byte(incident.Unescape(string(source)))))
}

// plainText returns what a node shows, without its format.
func plainText(n ast.Node, src []byte) string {
	var b strings.Builder
	_ = ast.Walk(n, func(n ast.Node, enter bool) (ast.WalkStatus, error) {
		switch n := n.(type) {
		case *ast.Text:
			if enter {
				_, code := n.Parent().(*ast.CodeSpan)
				b.WriteString(unescape(n.Segment.Value(src), code || n.IsRaw()))
				if n.SoftLineBreak() || n.HardLineBreak() {
					b.WriteByte(' ')
				}
			}
		case *ast.String:
			if enter {
				b.Write(n.Value)
			}
		}
		return ast.WalkContinue, nil
	})
	return b.String()
}

// phrase puts what n holds between two signs, unless it stands in such a
// phrase already.
func (l *liner) phrase(n ast.Node, sign string) {
	if strings.Contains(l.within, sign) {
		l.children(n)
		return
	}
	l.within += sign
	l.put(open, sign)
	l.children(n)
	l.put(shut, sign)
	l.within = strings.TrimSuffix(l.within, sign)
}

func (l *liner) code(n *ast.CodeSpan) {
	s := strings.TrimSpace(plainText(n, l.w.src))
	if s == "" {
		return
	}
	l.put(ready, "{{"+escape(s, false, '}')+"}}")
}

// link puts a link under its text. What cannot be an address in Jira is shown
// beside the text, and so is the address if the text would end the link.
func (l *liner) link(text, address string) {
	text = strings.Join(strings.Fields(text), " ")
	target, ok := linkable(address)
	switch {
	case !ok && text == "":
		l.put(plain, address)
	case !ok:
		l.put(plain, text+" ("+address+")")
	case text == "" || text == address:
		l.put(ready, "["+target+"]")
	case strings.ContainsAny(text, "[]{}|\\"):
		l.put(plain, text+" ")
		l.put(ready, "["+target+"]")
	default:
		l.put(ready, "["+escape(text, false, '|')+"|"+target+"]")
	}
}

// linkable returns an address of the web or a mailbox in the form in which it
// can stand in a link.
func linkable(address string) (string, bool) {
	u, err := url.Parse(address)
	if err != nil {
		return "", false
	}
	switch strings.ToLower(u.Scheme) {
	case "http", "https":
		if u.Host == "" {
			return "", false
		}
	case "mailto":
	default:
		return "", false
	}
	var b strings.Builder
	for _, c := range []byte(address) {
		if c <= ' ' || c == 0x7F || strings.IndexByte("[]{}|\\^!\"<>`", c) >= 0 {
			b.WriteByte('%')
			b.WriteByte("0123456789ABCDEF"[c>>4])
			b.WriteByte("0123456789ABCDEF"[c&15])
			continue
		}
		b.WriteByte(c)
	}
	return b.String(), true
}

// join puts the line together.
func (l *liner) join(where place) string {
	var b strings.Builder
	var around []string
	fresh := true // nothing stands on the line yet
	for i, p := range l.pieces {
		switch p.kind {
		case plain:
			s := p.text
			if fresh {
				s = strings.TrimLeft(s, " \t")
			}
			b.WriteString(l.w.say(s, fresh, l.next(i, where)))
			fresh = fresh && s == ""
		case ready:
			if strings.HasPrefix(p.text, "{{") && wordly(last(b.String())) {
				b.WriteString(joiner)
			}
			b.WriteString(p.text)
			fresh = false
		case open:
			around = append(around, p.text)
			b.WriteString(sign(p.text, last(b.String())))
			fresh = false
		case shut:
			around = around[:len(around)-1]
			b.WriteString(sign(p.text, l.next(i, where)))
		case brk:
			end := [...]string{"\n", `\\ `, " "}[where]
			for j := len(around) - 1; j >= 0; j-- {
				b.WriteString(around[j])
			}
			b.WriteString(end)
			for _, s := range around {
				b.WriteString(s)
			}
			fresh = len(around) == 0
		}
	}
	return strings.TrimSpace(b.String())
}

// sign returns the sign of a phrase, in braces next to what would hide it.
func sign(s string, beside rune) string {
	if wordly(beside) {
		return "{" + s + "}"
	}
	return s
}

// wordly reports whether a phrase next to r needs braces: next to letters and
// digits in every Jira, next to all that is not ASCII in some.
func wordly(r rune) bool {
	return r >= utf8.RuneSelf || unicode.IsLetter(r) || unicode.IsDigit(r)
}

func last(s string) rune {
	r, size := utf8.DecodeLastRuneInString(s)
	if size == 0 {
		return ' '
	}
	return r
}

// next returns the first character after piece i.
func (l *liner) next(i int, where place) rune {
	for _, p := range l.pieces[i+1:] {
		switch {
		case p.kind == brk && where == inCell:
			return '\\'
		case p.kind == brk:
			return '\n'
		case p.text != "":
			r, _ := utf8.DecodeRuneInString(p.text)
			return r
		}
	}
	if where == inCell {
		return '|'
	}
	return '\n'
}

var (
	htmlComment = regexp.MustCompile(`(?s)<!--.*?(?:-->|$)`)
	htmlTag     = regexp.MustCompile(`(?s)</?[A-Za-z][^>]*>`)
	htmlSummary = regexp.MustCompile(`(?is)<summary\b[^>]*>(.*?)</summary>`)
)

// html shows the text in a block of HTML, and its summary as what it heads.
func (w *writer) html(n *ast.HTMLBlock) string {
	source := w.lines(n)
	if n.HasClosure() {
		source += string(n.ClosureLine.Value(w.src))
	}
	source = htmlComment.ReplaceAllString(source, "")
	l := &liner{w: w}
	from := 0
	for _, m := range htmlSummary.FindAllStringSubmatchIndex(source, -1) {
		l.htmlText(source[from:m[0]])
		l.put(open, "*")
		l.put(plain, strings.Join(strings.Fields(bare(source[m[2]:m[3]])), " "))
		l.put(shut, "*")
		from = m[1]
	}
	l.htmlText(source[from:])
	return l.join(manyLines)
}

func (l *liner) htmlText(source string) {
	for i, s := range strings.Split(strings.TrimSpace(bare(source)), "\n") {
		if i > 0 {
			l.put(brk, "")
		}
		l.put(plain, strings.TrimSpace(s))
	}
}

func bare(source string) string { return incident.Unescape(htmlTag.ReplaceAllString(source, "")) }

const joiner = incident.Joiner
