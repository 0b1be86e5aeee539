package confluence

import (
	"strings"
	"testing"

	"github.com/hereby/hereby/internal/incident"
	"github.com/hereby/hereby/internal/postmortem"
)

// What people do to our page: after it, our blocks are right again, once each,
// and nothing of theirs is gone.
func TestWhatPeopleDo(t *testing.T) {
	h2 := func(s string) string { return "<h2>" + s + "</h2>" }
	for name, x := range map[string]struct {
		edit func(string) string
		kept []string // what must be there in the end, as it is
	}{
		"nothing":             {edit: func(s string) string { return s }},
		"delete our headings": {edit: func(s string) string { return strings.NewReplacer(h2("People"), "", h2("Evidence"), "").Replace(s) }},
		"rename our headings": {edit: func(s string) string { return strings.Replace(s, h2("Timeline"), "<h2>What happened</h2>", 1) }, kept: []string{"<h2>What happened</h2>"}},
		"delete a block": {edit: func(s string) string {
			from := strings.Index(s, h2("People")) + len(h2("People"))
			return s[:from] + s[strings.Index(s, h2("Timeline")):]
		}},
		"move a heading": {edit: func(s string) string { return strings.Replace(s, h2("People"), "", 1) + h2("People") }},
		"double a heading": {edit: func(s string) string {
			return strings.Replace(s, h2("People"), h2("People")+"<p>theirs</p>"+h2("People"), 1)
		}, kept: []string{"<p>theirs</p>"}},
		"copy a block": {edit: func(s string) string {
			from, to := strings.Index(s, h2("Evidence")), len(s)
			return s + s[from:to]
		}},
		"write into a block": {edit: func(s string) string {
			return strings.Replace(s, "<p><strong>What was live", `<p class="y">In <u>between</u></p><ac:structured-macro ac:name="info"><ac:rich-text-body><p>Panel</p></ac:rich-text-body></ac:structured-macro><p><strong>What was live`, 1)
		}, kept: []string{`<p class="y">In <u>between</u></p>`, `<ac:structured-macro ac:name="info"><ac:rich-text-body><p>Panel</p></ac:rich-text-body></ac:structured-macro>`}},
		"write into a table of ours": {edit: func(s string) string {
			return strings.Replace(s, "<td>documented</td>", "<td>documented, and more</td>", 1)
		}, kept: []string{"and more"}},
		"add a row": {edit: func(s string) string {
			return strings.Replace(s, "</tbody>", "<tr><td>10:07</td><td>Operations A</td><td>saw smoke</td></tr></tbody>", 2)
		}, kept: []string{"saw smoke"}},
		"take a row away": {edit: func(s string) string {
			from := strings.Index(s, "<tr>\n<td>Service Owner")
			return s[:from] + s[from+strings.Index(s[from:], "</tr>")+5:]
		}},
		"add to our list":   {edit: func(s string) string { return strings.Replace(s, "words</li>", "words</li><li>and mine</li>", 1) }, kept: []string{"and mine"}},
		"edit the preamble": {edit: func(s string) string { return strings.Replace(s, "We start from", "They started from", 1) }, kept: []string{"They started from", "We start from"}},
		"put our list in a cell": {edit: func(s string) string {
			return "<ac:layout><ac:layout-section><ac:layout-cell>" + s + "</ac:layout-cell></ac:layout-section></ac:layout>"
		}},
		"put a macro in a block": {edit: func(s string) string {
			return strings.Replace(s, "<td>Incident Command</td>", `<td>Incident Command<ac:structured-macro ac:name="status"><ac:parameter ac:name="title">ON CALL</ac:parameter></ac:structured-macro></td>`, 1)
		}},
		"comment inline": {edit: func(s string) string {
			return strings.Replace(s, "No ticket yet", `<ac:inline-comment-marker ac:ref="5">No ticket</ac:inline-comment-marker> yet`, 1)
		}},
		"write entities and code": {edit: func(s string) string {
			return strings.Replace(s, h2("Resolutions"), `<p>&auml;&nbsp;&lt;b&gt; @bob</p><ac:structured-macro ac:name="code"><ac:plain-text-body><![CDATA[@bob <x> ]]]]><![CDATA[>]]></ac:plain-text-body></ac:structured-macro>`+h2("Resolutions"), 1)
		}, kept: []string{`<p>&auml;&nbsp;&lt;b&gt; Operations A</p>`, `<![CDATA[@bob <x> ]]]]><![CDATA[>]]>`}},
		"comment on half a name": {edit: func(s string) string {
			return s + `<p>says @b<ac:inline-comment-marker ac:ref="5">ob to</ac:inline-comment-marker> me</p>`
		}, kept: []string{`<p>says Operations A<ac:inline-comment-marker ac:ref="5"> to</ac:inline-comment-marker> me</p>`}},
		"delete everything": {edit: func(string) string { return "" }},
	} {
		t.Run(name, func(t *testing.T) {
			p := create(t, draft("documented"))
			p.storage = x.edit(p.storage)
			e := postmortem.Edits{ID: id, Blocks: blocks("documented"), Handles: map[incident.Person]string{"bob": "Operations A"}}
			p.apply(e)
			e.Blocks = blocks("reviewing")
			p.apply(e)
			got := p.read().text
			for _, b := range postmortem.Blocks {
				if n := strings.Count(got, "block/"+string(b)+" "); n != 2 {
					t.Errorf("%d markers of %s:\n%s", n, b, got)
				}
			}
			if n := strings.Count(p.storage, "<strong>reviewing</strong>"); n != 1 || strings.Contains(p.storage, "<strong>documented</strong>") {
				t.Errorf("the state is there %d times:\n%s", n, p.storage)
			}
			for _, k := range x.kept {
				if !strings.Contains(p.storage, k) {
					t.Errorf("%s is gone:\n%s", k, p.storage)
				}
			}
		})
	}
}

// A page that is written again and again does not grow.
func TestPageDoesNotGrow(t *testing.T) {
	p := create(t, draft("documented"))
	p.apply(postmortem.Edits{ID: id, Blocks: blocks("reviewing1")})
	size := len(p.storage)
	for _, phase := range []string{"reviewing2", "reviewing3", "reviewing4"} {
		p.apply(postmortem.Edits{ID: id, Blocks: blocks(phase)})
		if len(p.storage) != size {
			t.Fatalf("%d bytes became %d", size, len(p.storage))
		}
	}
}

func TestPropertyLost(t *testing.T) {
	p := create(t, draft("documented"))
	p.memory = memory{}
	e := postmortem.Edits{ID: id, Blocks: blocks("reviewing")}
	p.apply(e)
	if n := strings.Count(p.storage, "<strong>reviewing</strong>"); n != 1 {
		t.Errorf("the state is there %d times:\n%s", n, p.storage)
	}
}

func TestLargeMemoryIsPacked(t *testing.T) {
	m := memory{V: 1, Name: "x", Blocks: map[string][]string{"timeline": {strings.Repeat("| 2026-11-22 10:00 | Operations A | note |\n", 5000)}}}
	value, ok := encode(m)
	if back := decode(value); !ok || len(value) > maxProperty || back.Name != "x" || back.Blocks["timeline"][0] != m.Blocks["timeline"][0] {
		t.Errorf("%d bytes, %v", len(value), ok)
	}
	for _, bad := range []string{"", "null", "[]", `{"v":1,"z":"x"}`, `{"v":1,"z":"eHg="}`, `{"blocks":7}`} {
		if m := decode([]byte(bad)); len(m.Blocks) > 0 {
			t.Errorf("%s: %v", bad, m)
		}
	}
}
