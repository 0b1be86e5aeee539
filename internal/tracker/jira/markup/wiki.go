package markup

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	extast "github.com/yuin/goldmark/extension/ast"
	"github.com/yuin/goldmark/text"
)

// markdown reads the dialect of our texts. Addresses in running text become
// links in the escape, after Markdown's own escapes are undone.
var markdown = goldmark.New(goldmark.WithExtensions(extension.Table, extension.Strikethrough, extension.TaskList)).Parser()

// deep matches a line nested so deep in quotes and lists that its parsing would
// take for ever.
var deep = regexp.MustCompile(`(?m)^[ \t]*(?:(?:>|(?:[-*+]|\d+[.)])[ \t])[ \t]*){64}.*$`)

// Wiki returns a Markdown text as Jira's wiki markup that shows the same.
// Comments of HTML are left out and its tags dropped; images become links,
// task boxes ☐ and ☑, and what Jira cannot nest stands one after the other.
func Wiki(source string, o Options) string {
	source = clean(source)
	source = deep.ReplaceAllString(source, "> …")
	w := &writer{src: []byte(source), o: o}
	return strings.Trim(w.blocks(markdown.Parse(text.NewReader(w.src)), "\n\n"), "\n")
}

// clean makes a text valid UTF-8 with one kind of line end and no characters
// that neither XML nor Jira can hold.
func clean(source string) string {
	source = strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(strings.ToValidUTF8(source, "\uFFFD"))
	return strings.Map(func(r rune) rune {
		if r < ' ' && r != '\n' && r != '\t' || r == 0x7F || r == '\uFFFE' || r == '\uFFFF' {
			return '\uFFFD'
		}
		return r
	}, source)
}

type writer struct {
	src []byte
	o   Options
	// quoted counts the block quotes around: Jira has one level of them.
	quoted int
	// listed holds the bullets of the lists around.
	listed string
}

// blocks returns the blocks in n, with between between them.
func (w *writer) blocks(n ast.Node, between string) string {
	var all []string
	for c := n.FirstChild(); c != nil; c = c.NextSibling() {
		if s := strings.Trim(w.block(c), "\n"); s != "" {
			all = append(all, s)
		}
	}
	return strings.Join(all, between)
}

func (w *writer) block(n ast.Node) string {
	switch n := n.(type) {
	case *ast.Heading:
		if s := w.line(n, oneLine); s != "" {
			return fmt.Sprintf("h%d. %s", n.Level, s)
		}
		return ""
	case *ast.ThematicBreak:
		return "----"
	case *ast.CodeBlock:
		return verbatim(w.lines(n), "")
	case *ast.FencedCodeBlock:
		return verbatim(w.lines(n), string(n.Language(w.src)))
	case *ast.Blockquote:
		return w.quote(n)
	case *ast.List:
		return w.list(n)
	case *ast.HTMLBlock:
		return w.html(n)
	case *extast.Table:
		return w.table(n)
	case *ast.Paragraph, *ast.TextBlock:
		return w.line(n, manyLines)
	}
	return w.blocks(n, "\n\n")
}

// lines returns the text of a block as it was written.
func (w *writer) lines(n ast.Node) string {
	return string(n.Lines().Value(w.src))
}

// quote sets its blocks apart. A quote within a quote, which Jira would take
// for the end of the outer one, keeps the sign that Markdown gives it.
func (w *writer) quote(n ast.Node) string {
	w.quoted++
	listed := w.listed
	w.listed = ""
	s := w.blocks(n, "\n\n")
	w.listed = listed
	w.quoted--
	switch {
	case s == "":
		return ""
	case w.quoted > 0:
		return "> " + strings.ReplaceAll(s, "\n", "\n> ")
	}
	return "{quote}\n" + s + "\n{quote}"
}

// list returns the items of a list. A bullet repeats those of the lists around
// it. The lines of an item follow each other without an empty one, which
// would end the list.
func (w *writer) list(n *ast.List) string {
	around := w.listed
	if n.IsOrdered() {
		w.listed += "#"
	} else {
		w.listed += "*"
	}
	var items []string
	for c := n.FirstChild(); c != nil; c = c.NextSibling() {
		items = append(items, w.listed+" "+w.item(c))
	}
	w.listed = around
	return strings.Join(items, "\n")
}

func (w *writer) item(n ast.Node) string {
	s := w.blocks(n, "\n")
	first := n.FirstChild()
	if first == nil || s == "" {
		return "\u00A0" // a bullet without a text is none
	}
	switch first.Kind() {
	case ast.KindParagraph, ast.KindTextBlock:
		return s
	}
	return "\u00A0\n" + s
}

// table returns a table; its first row is the header unless nothing is in it.
func (w *writer) table(n *extast.Table) string {
	var rows []string
	for row := n.FirstChild(); row != nil; row = row.NextSibling() {
		edge, empty := "|", true
		if row.Kind() == extast.KindTableHeader {
			edge = "||"
		}
		line := edge
		for cell := row.FirstChild(); cell != nil; cell = cell.NextSibling() {
			s := w.line(cell, inCell)
			empty = empty && s == ""
			if s == "" {
				s = " "
			}
			line += s + edge
		}
		if edge == "|" || !empty {
			rows = append(rows, line)
		}
	}
	return strings.Join(rows, "\n")
}

// languages are those that every Jira colours; of another it shows an error.
var languages = map[string]string{
	"bash": "bash", "c": "c", "cpp": "cpp", "c++": "cpp", "css": "css", "go": "go", "golang": "go", "html": "html", "java": "java",
	"javascript": "javascript", "js": "javascript", "json": "json", "php": "php", "python": "python", "py": "python", "ruby": "ruby",
	"sh": "bash", "shell": "bash", "sql": "sql", "xml": "xml", "yaml": "yaml", "yml": "yaml",
}

var macroTag = regexp.MustCompile(`(?i)\{(code|noformat)`)

// verbatim shows code as it is. Nothing can be escaped in it, so whatever
// would end it is parted.
func verbatim(code, language string) string {
	open, end := "{noformat}", "{noformat}"
	if l, ok := languages[strings.ToLower(language)]; ok {
		open, end = "{code:"+l+"}", "{code}"
	}
	code = macroTag.ReplaceAllString(strings.TrimRight(code, "\n"), "{"+joiner+"$1")
	return open + "\n" + code + "\n" + end
}
