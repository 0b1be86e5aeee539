package confluence

import (
	"html"
	"net/url"
	"regexp"
	"strings"
	"unicode/utf8"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	extast "github.com/yuin/goldmark/extension/ast"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/renderer"
	xhtml "github.com/yuin/goldmark/renderer/html"
	"github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"

	"github.com/hereby/hereby/internal/incident"
)

// Anchors stand for the marks that are HTML comments in Markdown: they are
// invisible on the page, and survive its editor.
const (
	anchorMacro  = "anchor"
	anchorPrefix = "hereby-"
)

func anchor(name string) string {
	return `<ac:structured-macro ac:name="anchor"><ac:parameter ac:name="">` + html.EscapeString(name) + `</ac:parameter></ac:structured-macro>`
}

var (
	itemMark  = regexp.MustCompile(`<!--[ \t]*hereby:item-([0-9a-z]{1,64})(?:[ \t]+[A-Za-z0-9._]{6})?[ \t]*-->`)
	indexMark = regexp.MustCompile(`<!-- hereby:1 ([A-Za-z0-9._:/]+) index -->`)
)

// anchorsOf returns the anchors for our marks in a piece of HTML.
func anchorsOf(raw string) string {
	var b strings.Builder
	for _, m := range itemMark.FindAllStringSubmatch(raw, -1) {
		b.WriteString(anchor(anchorPrefix + "item-" + m[1]))
	}
	for _, m := range indexMark.FindAllStringSubmatch(raw, -1) {
		b.WriteString(anchor(anchorPrefix + "index-" + m[1]))
	}
	return b.String()
}

// toStorage mentions nobody.
var toStorage = newMarkdown(mentions{})

// newMarkdown returns what makes storage format of Markdown.
func newMarkdown(m mentions) goldmark.Markdown {
	return goldmark.New(
		goldmark.WithExtensions(extension.Linkify, extension.Table, extension.Strikethrough),
		goldmark.WithParserOptions(parser.WithInlineParsers(
			util.Prioritized(taskBox{extension.NewTaskCheckBoxParser()}, 0), util.Prioritized(m, 600),
		)),
		goldmark.WithRendererOptions(xhtml.WithXHTML(), renderer.WithNodeRenderers(util.Prioritized(storageNodes{}, 1))),
	)
}

// Storage returns Markdown as storage format, which is well-formed whatever
// the text. Raw HTML and pictures are left out, but for their words.
func Storage(markdown string) string { return render(toStorage, markdown) }

func render(m goldmark.Markdown, markdown string) string {
	var b strings.Builder
	source := clean(markdown)
	if err := m.Convert([]byte(source), &b); err == nil {
		if _, err = parse(b.String()); err == nil {
			return strings.TrimSuffix(b.String(), "\n")
		}
	}
	return "<p>" + escape(source) + "</p>" // a guard: nothing is known that comes here
}

// taskBox reads the box of a task; a link whose words are "x" is none.
type taskBox struct{ parser.InlineParser }

var boxOfTask = regexp.MustCompile(`^\[[ \txX]\]\s`)

// Parse implements parser.InlineParser.
func (b taskBox) Parse(parent ast.Node, block text.Reader, pc parser.Context) ast.Node {
	if line, _ := block.PeekLine(); !boxOfTask.Match(line) {
		return nil
	}
	return b.InlineParser.Parse(parent, block, pc)
}

// clean takes out what XML cannot hold.
func clean(s string) string {
	s = strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(strings.ToValidUTF8(s, "\uFFFD"))
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\t', r == '\n', r >= 0x20 && r <= 0xD7FF, r >= 0xE000 && r <= 0xFFFD, r >= 0x10000 && r <= utf8.MaxRune:
			return r
		}
		return -1
	}, s)
}

// escape returns a text for XML.
func escape(s string) string {
	return strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", `"`, "&quot;").Replace(clean(s))
}

// storageNodes renders what storage format has in a way of its own.
type storageNodes struct{}

// RegisterFuncs implements renderer.NodeRenderer.
func (storageNodes) RegisterFuncs(r renderer.NodeRendererFuncRegisterer) {
	r.Register(ast.KindCodeBlock, code)
	r.Register(ast.KindFencedCodeBlock, code)
	r.Register(ast.KindHTMLBlock, htmlBlock)
	r.Register(ast.KindRawHTML, rawHTML)
	r.Register(ast.KindImage, image)
	r.Register(ast.KindLink, link)
	r.Register(ast.KindAutoLink, autoLink)
	r.Register(extast.KindTaskCheckBox, checkBox)
	r.Register(kindMention, mentioned)
}

func code(w util.BufWriter, source []byte, n ast.Node, entering bool) (ast.WalkStatus, error) {
	if !entering {
		return ast.WalkContinue, nil
	}
	w.WriteString(`<ac:structured-macro ac:name="code">`)
	if f, ok := n.(*ast.FencedCodeBlock); ok {
		if language := letters(string(f.Language(source))); language != "" {
			w.WriteString(`<ac:parameter ac:name="language">` + escape(language) + `</ac:parameter>`)
		}
	}
	var b strings.Builder
	for i := range n.Lines().Len() {
		line := n.Lines().At(i)
		b.Write(line.Value(source))
	}
	w.WriteString(`<ac:plain-text-body>` + cdata(strings.TrimSuffix(b.String(), "\n")) + "</ac:plain-text-body></ac:structured-macro>\n")
	return ast.WalkSkipChildren, nil
}

// cdata returns a text that stays as it is.
func cdata(s string) string {
	return "<![CDATA[" + strings.ReplaceAll(s, "]]>", "]]]]><![CDATA[>") + "]]>"
}

func htmlBlock(w util.BufWriter, source []byte, n ast.Node, entering bool) (ast.WalkStatus, error) {
	if entering {
		var b strings.Builder
		for i := range n.Lines().Len() {
			line := n.Lines().At(i)
			b.Write(line.Value(source))
		}
		if marks := anchorsOf(b.String()); marks != "" {
			w.WriteString("<p>" + marks + "</p>\n")
		}
	}
	return ast.WalkSkipChildren, nil
}

var lineBreak = regexp.MustCompile(`(?i)^<br\s*/?>$`)

func rawHTML(w util.BufWriter, source []byte, n ast.Node, entering bool) (ast.WalkStatus, error) {
	if entering {
		raw := string(n.(*ast.RawHTML).Segments.Value(source))
		if lineBreak.MatchString(raw) {
			w.WriteString("<br/>")
		}
		w.WriteString(anchorsOf(raw))
	}
	return ast.WalkSkipChildren, nil
}

// image shows the words for a picture: its address may track who reads.
func image(util.BufWriter, []byte, ast.Node, bool) (ast.WalkStatus, error) {
	return ast.WalkContinue, nil
}

func link(w util.BufWriter, _ []byte, n ast.Node, entering bool) (ast.WalkStatus, error) {
	to := string(n.(*ast.Link).Destination)
	switch address, page := destination(to); {
	case address != "" && entering:
		w.WriteString(`<a href="` + escape(address) + `">`)
	case address != "":
		w.WriteString("</a>")
	case page != "" && entering:
		w.WriteString(`<ac:link><ri:page ri:content-title="` + escape(page) + `"/><ac:link-body>`)
	case page != "":
		w.WriteString("</ac:link-body></ac:link>")
	}
	return ast.WalkContinue, nil
}

// destination tells where a link leads: to an address, to a page by its
// title, or nowhere that we would lead anybody.
func destination(to string) (address, page string) {
	to = incident.Unescape(to)
	u, err := url.Parse(to)
	switch {
	case err != nil || to == "":
	case u.Scheme == "http" || u.Scheme == "https" || u.Scheme == "mailto":
		return to, ""
	case u.Scheme == "" && u.Host == "" && !strings.ContainsAny(to, "/#?"):
		return "", u.Path
	}
	return "", ""
}

func autoLink(w util.BufWriter, source []byte, n ast.Node, entering bool) (ast.WalkStatus, error) {
	if entering {
		l := n.(*ast.AutoLink)
		to, label := string(l.URL(source)), incident.Unescape(string(l.Label(source)))
		if l.AutoLinkType == ast.AutoLinkEmail && !strings.HasPrefix(strings.ToLower(to), "mailto:") {
			to = "mailto:" + to
		}
		if address, _ := destination(to); address != "" {
			w.WriteString(`<a href="` + escape(address) + `">` + escape(label) + "</a>")
		} else {
			w.WriteString(escape(label))
		}
	}
	return ast.WalkSkipChildren, nil
}

func checkBox(w util.BufWriter, _ []byte, n ast.Node, entering bool) (ast.WalkStatus, error) {
	if entering {
		w.WriteString(map[bool]string{true: "☑ ", false: "☐ "}[n.(*extast.TaskCheckBox).IsChecked])
	}
	return ast.WalkContinue, nil
}
