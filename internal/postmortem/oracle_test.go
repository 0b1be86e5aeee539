package postmortem

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/text"
	"pgregory.net/rapid"
)

// oracle reads a page's headings, and the lines on which the items of its
// top-level lists begin, with a whole implementation of CommonMark.
func oracle(page string) (headings []string, items []int) {
	src := []byte(page)
	root := goldmark.DefaultParser().Parse(text.NewReader(src))
	for n := root.FirstChild(); n != nil; n = n.NextSibling() {
		switch n := n.(type) {
		case *ast.Heading:
			var b bytes.Buffer
			for i := range n.Lines().Len() {
				seg := n.Lines().At(i)
				b.WriteString(strings.TrimSpace(string(seg.Value(src))) + " ")
			}
			headings = append(headings, strings.TrimSpace(b.String()))
		case *ast.List:
			for item := n.FirstChild(); item != nil; item = item.NextSibling() {
				items = append(items, firstLine(src, item))
			}
		}
	}
	return headings, items
}

// firstLine returns the line on which a node has its first text, 0 for none.
func firstLine(src []byte, n ast.Node) int {
	line := 0
	_ = ast.Walk(n, func(n ast.Node, enter bool) (ast.WalkStatus, error) {
		if enter && n.Type() == ast.TypeBlock && n.Lines() != nil && n.Lines().Len() > 0 {
			line = 1 + bytes.Count(src[:n.Lines().At(0).Start], []byte("\n"))
			return ast.WalkStop, nil
		}
		return ast.WalkContinue, nil
	})
	return line
}

// Blocks are read as CommonMark has them. Left out is what our reading leaves
// out on purpose: link reference definitions, and a fence that a list item
// begins with, which has no text on its own line; and empty items, which the
// oracle itself reads otherwise than the specification (its example 278).
func TestBlocksAreReadAsCommonMark(t *testing.T) {
	lines := []string{"", "", "a", "b c", "- a", "- b", "* c", "1. d", "2. e", "3) f", "  a", "  - a", "   b", "    c", "     - d", "\tx", "-\ty", "- - z",
		"> q", "> - q", ">", "```", "~~~", "````", "  ```", "    ```", "---", "===", "***", "- ***", "# h", "## h2 ##", "#no", "#", "   # h3", "    # code",
		"<!-- c", "c -->", "<!-- x -->", "<div>", "</div>", "<b>", "<b> x", "- [ ] t", "-  two", "-     code", "+ - # in", "10) x", "- > q", "| a |", "|---|"}
	rapid.Check(t, func(t *rapid.T) {
		page := strings.Join(rapid.SliceOfN(rapid.SampledFrom(lines), 1, 10).Draw(t, "lines"), "\n") + "\n"
		wantHeadings, wantItems := oracle(page)
		rows := markersOf("7").split(page, nil)
		var headings []string
		for _, h := range scan(rows) {
			headings = append(headings, h.title)
		}
		if !slices.Equal(headings, wantHeadings) {
			t.Fatalf("page\n%s\nheadings %q, want %q", page, headings, wantHeadings)
		}
		starts := 0
		for i := range rows {
			if rows[i].start {
				starts++
			}
		}
		if starts != len(wantItems) {
			t.Fatalf("page\n%s\n%d items, want %d", page, starts, len(wantItems))
		}
	})
}
