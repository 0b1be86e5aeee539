package github

import (
	"bytes"
	"regexp"
	"slices"
	"strings"

	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	extast "github.com/yuin/goldmark/extension/ast"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"
	"golang.org/x/text/unicode/norm"
)

// dialect reads the blocks of Markdown as GitHub shows them, and of what stands
// within a line only what hides something. Emphasis and links are left as they
// were written, which also spares the quadratic search for their ends.
var dialect = parser.NewParser(
	parser.WithBlockParsers(parser.DefaultBlockParsers()...),
	parser.WithInlineParsers(
		util.Prioritized(parser.NewCodeSpanParser(), 100),
		util.Prioritized(parser.NewAutoLinkParser(), 300),
		util.Prioritized(parser.NewRawHTMLParser(), 400),
		util.Prioritized(extension.NewStrikethroughParser(), 500),
	),
	parser.WithParagraphTransformers(append(parser.DefaultParagraphTransformers(),
		util.Prioritized(extension.NewTableParagraphTransformer(), 200))...),
)

// maxSpoken bounds how much of a text is read, in bytes. GitHub stops at
// 65,536 characters.
const maxSpoken = 256 << 10

// deep matches a line nested so deep in quotes and lists that its parsing would
// take for ever. Nobody says anything there.
var deep = regexp.MustCompile(`(?m)^[ \t]*(?:(?:>|(?:[-*+]|\d+[.)])[ \t])[ \t]*){64}.*$`)

// spoken returns the lines of a Markdown text that its author says: as they
// were written but without outer white space, and without what is quoted, is
// code, is struck out, or is not shown. One empty line stands for whatever
// lies between two that did not follow each other.
//
// Inline code is kept where it is part of a command or of the text behind one:
// what somebody notes down must not lose the names of things. Even there it
// cannot declare an incident.
func spoken(source string) []string {
	v := &voice{src: prepare(source)}
	v.block(dialect.Parse(text.NewReader(v.src)))
	return withoutReplied(v.lines())
}

// prepare makes a text fit to be parsed: of bounded length and depth, valid
// UTF-8, with one kind of line end.
func prepare(source string) []byte {
	source = strings.ToValidUTF8(source[:min(len(source), maxSpoken)], "\uFFFD")
	source = strings.ReplaceAll(unix(source), "\r", "\n")
	return []byte(deep.ReplaceAllString(source, ">"))
}

// voice finds in a text the lines that are said, and the spans in them that
// are not.
type voice struct {
	src    []byte
	starts []int  // offsets of the lines that are said
	code   []span // inline code and what is struck out
	hidden []span // inline HTML
}

type span struct{ from, to int }

// block walks the blocks that carry what is said: paragraphs, headings and
// cells, in lists too, but never quotes, code and blocks of HTML.
func (v *voice) block(n ast.Node) {
	switch n.Kind() {
	case ast.KindBlockquote, ast.KindCodeBlock, ast.KindFencedCodeBlock, ast.KindHTMLBlock, ast.KindLinkReferenceDefinition:
		return
	}
	if lines := n.Lines(); lines != nil && lines.Len() > 0 {
		for i := range lines.Len() {
			v.starts = append(v.starts, v.lineStart(lines.At(i).Start))
		}
		v.inline(n)
		v.quiet(lines.At(lines.Len() - 1).Stop)
		return
	}
	for c := n.FirstChild(); c != nil; c = c.NextSibling() {
		v.block(c)
	}
}

func (v *voice) lineStart(at int) int { return bytes.LastIndexByte(v.src[:at], '\n') + 1 }

// inline finds the spans within a block.
func (v *voice) inline(n ast.Node) {
	for c := n.FirstChild(); c != nil; c = c.NextSibling() {
		switch c := c.(type) {
		case *ast.CodeSpan:
			v.code = append(v.code, v.around(c, "`"))
		case *extast.Strikethrough:
			v.code = append(v.code, v.around(c, "~*_`"))
		case *ast.RawHTML:
			if n := c.Segments.Len(); n > 0 {
				v.hidden = append(v.hidden, span{c.Segments.At(0).Start, c.Segments.At(n - 1).Stop})
			}
		default:
			v.inline(c)
		}
	}
}

// around returns where a node's text stands together with its delimiters.
func (v *voice) around(n ast.Node, delimiters string) span {
	s := span{len(v.src), 0}
	_ = ast.Walk(n, func(n ast.Node, enter bool) (ast.WalkStatus, error) {
		if t, ok := n.(*ast.Text); ok && enter {
			s.from, s.to = min(s.from, t.Segment.Start), max(s.to, t.Segment.Stop)
		}
		return ast.WalkContinue, nil
	})
	if s.from >= s.to {
		return span{}
	}
	s.from = len(bytes.TrimRight(bytes.TrimRight(v.src[:s.from], " \n"), delimiters))
	rest := v.src[s.to:]
	s.to = len(v.src) - len(bytes.TrimLeft(bytes.TrimLeft(rest, " \n"), delimiters))
	return s
}

// tag matches a tag whose content is not said, or the end of one.
var tag = regexp.MustCompile(`(?i)^<(/?)(code|pre|samp|kbd|tt|q|blockquote|del|s|strike|script|style|template|textarea|summary)\b`)

// quiet hides what stands between such tags in the block that ends at end.
func (v *voice) quiet(end int) {
	var name string
	var from int
	for _, s := range slices.Clone(v.hidden) {
		m := tag.FindSubmatch(v.src[s.from:s.to])
		switch {
		case m == nil:
		case name == "" && len(m[1]) == 0:
			name, from = strings.ToLower(string(m[2])), s.from
		case name == strings.ToLower(string(m[2])) && len(m[1]) > 0:
			v.hidden, name = append(v.hidden, span{from, s.to}), ""
		}
	}
	if name != "" {
		v.hidden = append(v.hidden, span{from, end})
	}
}

// lines puts together what is said.
func (v *voice) lines() []string {
	slices.Sort(v.starts)
	var out []string
	command, last := false, -1
	for _, start := range slices.Compact(v.starts) {
		end := len(v.src)
		if i := bytes.IndexByte(v.src[start:], '\n'); i >= 0 {
			end = start + i
		}
		bare := strings.TrimSpace(v.cut(start, end, true))
		command = command || startsCommand(bare)
		if command {
			bare = strings.TrimSpace(v.cut(start, end, false))
		}
		if bare == "" {
			continue
		}
		if last >= 0 && last+1 != start {
			out = append(out, "")
		}
		out, last = append(out, bare), end
	}
	return out
}

// startsCommand reports whether a line may be a command; what follows it is
// then the command's text.
func startsCommand(line string) bool {
	return strings.HasPrefix(line, "/") || len(line) > 6 && strings.EqualFold(line[:6], "hereby")
}

// cut returns a piece of the text without what is not said. Code stays unless
// it is to go, or might be taken for a declaration.
func (v *voice) cut(from, to int, code bool) string {
	drop := slices.Clone(v.hidden)
	for _, s := range v.code {
		if code || strings.Contains(strings.ToLower(norm.NFKC.String(string(v.src[s.from:s.to]))), "hereby") {
			drop = append(drop, s)
		}
	}
	slices.SortFunc(drop, func(a, b span) int { return a.from - b.from })
	var out strings.Builder
	for _, s := range drop {
		if s.to <= from || s.from >= to {
			continue
		}
		out.Write(v.src[from:max(from, s.from)])
		from = min(max(from, s.to), to)
	}
	out.Write(v.src[from:to])
	return out.String()
}

// original matches the line above the message that a mail program repeats
// below an answer, without marking it as a quote.
var original = regexp.MustCompile(`(?i)^-{2,}\s*(original|forwarded|ursprüngliche|weitergeleitete)\s+(message|nachricht)\s*-{2,}$`)

// withoutReplied drops that message.
func withoutReplied(lines []string) []string {
	for i, line := range lines {
		header := strings.HasPrefix(line, "From: ") && i+1 < len(lines) &&
			(strings.HasPrefix(lines[i+1], "Sent: ") || strings.HasPrefix(lines[i+1], "Date: "))
		if header || original.MatchString(line) {
			lines = lines[:i]
			break
		}
	}
	for len(lines) > 0 && lines[len(lines)-1] == "" {
		lines = lines[:len(lines)-1]
	}
	return lines
}
