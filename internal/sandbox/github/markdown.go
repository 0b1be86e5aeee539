package github

import (
	"bytes"
	"fmt"
	"html/template"
	"regexp"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	gfm "github.com/yuin/goldmark/extension/ast"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/renderer"
	"github.com/yuin/goldmark/renderer/html"
	source "github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"
)

// markdown renders GitHub-flavoured Markdown as issues show it: each line of a
// text on its own, "#12" and "owner/name#12" as links, people who are mentioned
// in bold. Raw HTML is made harmless, and HTML comments stay invisible. A task
// box becomes a button named "box" with its number, for a form around the text.
var markdown = goldmark.New(goldmark.WithExtensions(extension.GFM),
	goldmark.WithParserOptions(parser.WithASTTransformers(util.Prioritized(references{}, 999))),
	goldmark.WithRendererOptions(html.WithHardWraps(), renderer.WithNodeRenderers(util.Prioritized(boxes{}, 1))))

// render renders a text that stands in a repository, "owner/name".
func render(repo, md string) template.HTML {
	var b bytes.Buffer
	c := parser.NewContext()
	c.Set(where, repo)
	if err := markdown.Convert([]byte(md), &b, parser.WithContext(c)); err != nil {
		return template.HTML(template.HTMLEscapeString(md)) // unreachable: a buffer takes everything
	}
	return template.HTML(b.String())
}

// boxes renders task boxes and raw HTML.
type boxes struct{}

// RegisterFuncs implements renderer.NodeRenderer.
func (boxes) RegisterFuncs(r renderer.NodeRendererFuncRegisterer) {
	r.Register(gfm.KindTaskCheckBox, func(w util.BufWriter, _ []byte, n ast.Node, entering bool) (ast.WalkStatus, error) {
		if entering {
			sign, label := "☐", "tick"
			if n.(*gfm.TaskCheckBox).IsChecked {
				sign, label = "☑", "untick"
			}
			fmt.Fprintf(w, `<button class="box" name="box" value="%d" title="%s">%s</button> `, boxNumber(n), label, sign)
		}
		return ast.WalkContinue, nil
	})
	r.Register(ast.KindHTMLBlock, func(w util.BufWriter, src []byte, n ast.Node, entering bool) (ast.WalkStatus, error) {
		if entering {
			block := n.(*ast.HTMLBlock)
			raw := block.Lines().Value(src)
			if block.HasClosure() {
				raw = append(raw, block.ClosureLine.Value(src)...)
			}
			w.WriteString(clean(string(raw)))
		}
		return ast.WalkContinue, nil
	})
	r.Register(ast.KindRawHTML, func(w util.BufWriter, src []byte, n ast.Node, entering bool) (ast.WalkStatus, error) {
		if entering {
			w.WriteString(clean(string(n.(*ast.RawHTML).Segments.Value(src))))
		}
		return ast.WalkSkipChildren, nil
	})
}

var (
	htmlComment = regexp.MustCompile(`(?s)<!--.*?-->`)
	// harmless matches escaped tags that are let through: without attributes,
	// and such that the page survives them unclosed.
	harmless = regexp.MustCompile(`&lt;(/?(?:details|summary|sub|sup|kbd|br))\s*&gt;`)
)

// clean makes raw HTML harmless: comments go, a few plain tags stay, all else
// is shown as the text it is.
func clean(raw string) string {
	raw = template.HTMLEscapeString(htmlComment.ReplaceAllString(raw, ""))
	return harmless.ReplaceAllString(raw, "<$1>")
}

// boxNumber counts the task boxes up to and including this one.
func boxNumber(box ast.Node) int {
	root := box
	for root.Parent() != nil {
		root = root.Parent()
	}
	count, found := 0, 0
	eachBox(root, func(n ast.Node) {
		count++
		if n == box {
			found = count
		}
	})
	return found
}

func eachBox(root ast.Node, f func(ast.Node)) {
	// The walker below never fails, so neither does Walk.
	_ = ast.Walk(root, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		if entering && n.Kind() == gfm.KindTaskCheckBox {
			f(n)
		}
		return ast.WalkContinue, nil
	})
}

// tick sets the n-th task box of a text, counted from 1, and reports whether
// there is one. Nothing else of the text changes.
func tick(md string, n int, done bool) (string, bool) {
	src := []byte(md)
	at, count := -1, 0
	eachBox(markdown.Parser().Parse(source.NewReader(src)), func(box ast.Node) {
		if count++; count == n {
			// The box opens its text block: "[x] …".
			at = box.Parent().Lines().At(0).Start
		}
	})
	if at < 0 {
		return md, false
	}
	open := bytes.IndexByte(src[at:], '[')
	mark := byte(' ')
	if done {
		mark = 'x'
	}
	src[at+open+1] = mark
	return string(src), true
}

// ticked reports whether the n-th task box of a text is ticked.
func ticked(md string, n int) bool {
	count, is := 0, false
	eachBox(markdown.Parser().Parse(source.NewReader([]byte(md))), func(box ast.Node) {
		if count++; count == n {
			is = box.(*gfm.TaskCheckBox).IsChecked
		}
	})
	return is
}
