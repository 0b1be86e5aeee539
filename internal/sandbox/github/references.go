package github

import (
	"regexp"

	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/parser"
	source "github.com/yuin/goldmark/text"
)

// references turns references to issues into links, and mentions into bold
// text, outside code and links.
type references struct{}

// where is the repository that a text stands in.
var where = parser.NewContextKey()

// reference matches an issue, with its repository or without, or a mention. As
// on GitHub a backslash escapes none: references are found in what is rendered.
var reference = regexp.MustCompile(`(?:([A-Za-z0-9-]+/[A-Za-z0-9._-]+))?\\?#([1-9][0-9]*)\b|@[A-Za-z0-9][A-Za-z0-9-]*(?:/[A-Za-z0-9-]+)?`)

// Transform implements parser.ASTTransformer.
func (references) Transform(doc *ast.Document, r source.Reader, c parser.Context) {
	repo, ok := c.Get(where).(string)
	if !ok {
		return
	}
	var texts []*ast.Text
	// The walker never fails, so neither does Walk.
	_ = ast.Walk(doc, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		switch n := n.(type) {
		case *ast.CodeSpan, *ast.Link, *ast.AutoLink, *ast.Image:
			return ast.WalkSkipChildren, nil
		case *ast.Text:
			if entering {
				texts = append(texts, n)
			}
		}
		return ast.WalkContinue, nil
	})
	for _, t := range texts {
		refer(t, r.Source(), repo)
	}
}

// refer cuts a text at its references.
func refer(t *ast.Text, src []byte, repo string) {
	from, at := t.Segment.Start, t.Segment
	for _, m := range reference.FindAllSubmatchIndex(at.Value(src), -1) {
		start, end := at.Start+m[0], at.Start+m[1]
		if start > 0 && word(src[start-1]) {
			continue
		}
		var node ast.Node
		if m[4] < 0 {
			node = ast.NewEmphasis(2)
		} else {
			of := repo
			if m[2] >= 0 {
				of = string(src[at.Start+m[2] : at.Start+m[3]])
			}
			link := ast.NewLink()
			link.Destination = []byte("/" + of + "/issues/" + string(src[at.Start+m[4]:at.Start+m[5]]))
			node = link
		}
		node.AppendChild(node, ast.NewTextSegment(source.NewSegment(start, end)))
		parent := t.Parent()
		parent.InsertBefore(parent, t, ast.NewTextSegment(source.NewSegment(from, start)))
		parent.InsertBefore(parent, t, node)
		from = end
	}
	t.Segment = at.WithStart(from)
}

// word reports whether a reference cannot begin right after a byte.
func word(b byte) bool {
	return b == '/' || b == '_' || b == '.' || b == '-' || b >= '0' && b <= '9' || b >= 'A' && b <= 'Z' || b >= 'a' && b <= 'z' || b >= 0x80
}
