package confluence

import (
	"os"
	"strings"
	"testing"

	"github.com/hereby/hereby/internal/postmortem"
)

func seeds(f *testing.F) {
	for _, name := range []string{"draft.md", "written.md", "published.md"} {
		if b, err := os.ReadFile("../../postmortem/testdata/" + name); err == nil {
			f.Add(string(b))
		}
	}
	for _, s := range signs {
		f.Add(s)
	}
	f.Add("a\x01b\ufffe\xff]]>\n\n```x\n]]>\n```\n- [ ] t\n- [x] u\n\n<script>x</script><br><b>y</b>\n\n![p](data:image/png;base64,xx) [l](javascript:x) [m](Page one) <https://x.example>\n\n| a | b |\n|--|--|\n| `x|y` | **z** |\n")
	f.Add(strings.Repeat("> ", 300) + "deep")
	f.Add(strings.Repeat("- ", 300) + "deep")
}

// Any text becomes well-formed storage that can be read, and leads nowhere it
// should not.
func FuzzStorage(f *testing.F) {
	seeds(f)
	f.Fuzz(func(t *testing.T, text string) {
		storage := Storage(text)
		if _, err := parse(storage); err != nil {
			t.Fatalf("%v\n%s", err, storage)
		}
		for _, bad := range []string{"javascript:", "data:image", "<script", "<!--"} {
			if strings.Contains(storage, `href="`+bad) || strings.Contains(storage, `src="`+bad) || bad[0] == '<' && strings.Contains(cdataOut(storage), bad) {
				t.Fatalf("%q is in %s", bad, storage)
			}
		}
		if _, err := (&reader{storage: directory{}.compose(text, true)}).read(); err != nil {
			t.Fatal(err)
		}
	})
}

func cdataOut(s string) string {
	for {
		a := strings.Index(s, "<![CDATA[")
		if a < 0 {
			return s
		}
		b := strings.Index(s[a:], "]]>")
		s = s[:a] + s[a+b+3:]
	}
}

// Whatever stands on a page, it is read, or refused with words; and the lens
// writes what is well-formed, or refuses.
func FuzzRead(f *testing.F) {
	seeds(f)
	text := draft("restored")
	f.Add(directory{}.compose(text, true))
	f.Add("<p>&nbsp;&unknown;</p>")
	f.Add("<ac:structured-macro ac:name=\"anchor\"><ac:parameter ac:name=\"\">hereby-item-abc</ac:parameter></ac:structured-macro>")
	f.Add("<ul><li>x <ac:structured-macro ac:name=\"anchor\"><ac:parameter ac:name=\"\">hereby-item-abc</ac:parameter></ac:structured-macro><ul><li>y</li></ul></li></ul>")
	f.Add("<h2>Issues discovered</h2><ul><li><table><tr><td>x</td></tr></table></li><li>@bob</li></ul>")
	f.Add(strings.Repeat("<strong>", 150) + "x" + strings.Repeat("</strong>", 150))
	f.Add(strings.Repeat("<ul><li>", 90) + "x" + strings.Repeat("</li></ul>", 90))
	f.Add("<![CDATA[x]]><p><![CDATA[@bob <b>]]></p>")
	f.Fuzz(func(t *testing.T, storage string) {
		r := &reader{storage: storage, memory: memory{}.want(text, memory{})}
		doc, err := r.read()
		if err != nil {
			return
		}
		e := postmortem.Edits{ID: id, Blocks: blocks("restored"), Items: map[string]string{}}
		for _, it := range postmortem.Read(id, doc.text).Items {
			e.Items[it.Hash] = "[OPS-20](https://acme.example/browse/OPS-20) open"
		}
		next, _, err := r.rewrite(doc, postmortem.Apply(doc.text, e))
		if err != nil {
			return
		}
		if _, err := parse(next); err != nil {
			t.Fatalf("%v\n%s", err, next)
		}
	})
}

// A page of many equal things is read in linear time: this would not end.
func TestReadingTakesNoLongerThanItShould(t *testing.T) {
	for _, storage := range []string{
		strings.Repeat("<strong>", 190) + "x" + strings.Repeat("</strong>", 190),
		"<p>" + strings.Repeat("<strong>a</strong> <a href=\"https://x\">b</a> & ", 0) + strings.Repeat("<strong>a</strong> ", 100_000) + "</p>",
		"<p>" + strings.Repeat("<br />x", 100_000) + "</p>",
		"<p>" + strings.Repeat("x"+anchor("hereby-item-a1"), 5_000) + "</p>",
		strings.Repeat("<ul><li>x", 95) + strings.Repeat("</li></ul>", 95),
		"<p>" + strings.Repeat("&", 1) + "amp;" + strings.Repeat("&amp;x", 100_000) + "</p>",
	} {
		r := &reader{storage: storage, memory: memory{}.want(draft("restored"), memory{})}
		if _, err := r.read(); err != nil {
			t.Error(err)
		}
	}
}
