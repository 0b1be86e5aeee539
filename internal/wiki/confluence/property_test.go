package confluence

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/hereby/hereby/internal/incident"
	"github.com/hereby/hereby/internal/postmortem"
)

// signs are words that try to be something else.
var signs = []string{"plain", "two words", "@bob", "@carol.x", "a_b", "*star*", "`tick`", "[x](y)", "<b>", "&amp;", "&", "# no heading", "- no item", "1. no item",
	"|", "a | b", "---", "```", "~~~", "\\", "<!-- c -->", "→ ", "due:2026-12-01", "to:acme/shop", "#process", "https://x.example/a_b?c=d&e=(f)", "ü “x”", "\u00a0", "===", "> q", "![i](j)", "\U0001F680", "_em_", "~~s~~", "    indented", "&nbsp;", "_", "**"}

func someWords(t *rapid.T) string {
	return strings.Join(rapid.SliceOfN(rapid.SampledFrom(signs), 1, 4).Draw(t, "words"), rapid.SampledFrom([]string{" ", " ", ""}).Draw(t, "sep"))
}

// inlineXML draws what may stand in a paragraph.
func inlineXML(t *rapid.T, depth int) string {
	var b strings.Builder
	for range rapid.IntRange(1, 3).Draw(t, "n") {
		k := rapid.IntRange(0, 19).Draw(t, "inline")
		if depth == 0 && k > 3 {
			k = 0
		}
		switch k {
		default:
			b.WriteString(escape(someWords(t)))
		case 3:
			b.WriteString("&nbsp;&uuml;")
		case 4:
			b.WriteString("<strong>" + inlineXML(t, depth-1) + "</strong>")
		case 5:
			b.WriteString("<em>" + inlineXML(t, depth-1) + "</em> ")
		case 6:
			b.WriteString("<code>" + escape(someWords(t)) + "</code>")
		case 7:
			b.WriteString(`<a href="https://acme.example/@bob?a=(b)&amp;c">` + inlineXML(t, depth-1) + "</a>")
		case 8:
			b.WriteString(`<ac:link><ri:user ri:account-id="5B10ab"/></ac:link>`)
		case 9:
			b.WriteString(`<ac:inline-comment-marker ac:ref="1-2">` + inlineXML(t, depth-1) + "</ac:inline-comment-marker>")
		case 10:
			b.WriteString(`<ac:structured-macro ac:name="status" ac:macro-id="9"><ac:parameter ac:name="title">DONE</ac:parameter></ac:structured-macro>`)
		case 11:
			b.WriteString("<br />")
		case 12:
			b.WriteString(`<span style="color: red">` + inlineXML(t, depth-1) + "</span>")
		case 13:
			b.WriteString(`<ac:image><ri:attachment ri:filename="x.png"/></ac:image>`)
		case 14:
			b.WriteString(`<ac:link><ri:page ri:content-title="Some page"/><ac:plain-text-link-body><![CDATA[a ]] link]]></ac:plain-text-link-body></ac:link>`)
		case 15:
			b.WriteString("<time datetime=\"2026-12-01\" />\n")
		case 16:
			b.WriteString(`<ac:emoticon ac:name="tick" ac:emoji-fallback=":check_mark:"/><ac:placeholder ac:type="mention">@bob, who?</ac:placeholder>`)
		case 17:
			b.WriteString("<![CDATA[" + strings.ReplaceAll(someWords(t), "]]>", "") + "]]><!-- theirs -->")
		case 18:
			b.WriteString(`<ac:structured-macro ac:name="anchor"><ac:parameter ac:name="">theirs</ac:parameter></ac:structured-macro>`)
		case 19:
			b.WriteString(`<ac:structured-macro ac:name="expand"><ac:rich-text-body><p>` + inlineXML(t, depth-1) + `</p></ac:rich-text-body></ac:structured-macro>`)
		}
	}
	return b.String()
}

// blockXML draws what people put on a page.
func blockXML(t *rapid.T, depth int) string {
	k := rapid.IntRange(0, 15).Draw(t, "block")
	if depth == 0 && k > 4 {
		k = 0
	}
	switch k {
	default:
		return `<p local-id="p1">` + inlineXML(t, 2) + "</p>"
	case 3:
		return "<p />"
	case 4:
		return `<ac:structured-macro ac:name="code"><ac:plain-text-body><![CDATA[` + someWords(t) + "\n@bob <x> " + `]]></ac:plain-text-body></ac:structured-macro>`
	case 5, 6, 7:
		return listXML(t, depth)
	case 8:
		return "<table><colgroup><col/></colgroup><tbody><tr><th><p>" + inlineXML(t, 1) + "</p></th><td>" + inlineXML(t, 1) + "</td></tr><tr><td colspan=\"2\">" + blockXML(t, depth-1) + "</td></tr></tbody></table>"
	case 9:
		return "<blockquote>" + blockXML(t, depth-1) + "</blockquote>"
	case 10:
		return `<ac:structured-macro ac:name="panel"><ac:parameter ac:name="title">T</ac:parameter><ac:rich-text-body>` + blockXML(t, depth-1) + "</ac:rich-text-body></ac:structured-macro>"
	case 11:
		return "<h3>" + inlineXML(t, 1) + "</h3>"
	case 12:
		return `<ac:task-list><ac:task><ac:task-id>1</ac:task-id><ac:task-status>incomplete</ac:task-status><ac:task-body>` + inlineXML(t, 1) + `</ac:task-body></ac:task></ac:task-list>`
	case 13:
		return `<div class="columnLayout"><div>` + blockXML(t, depth-1) + "</div><div>" + blockXML(t, depth-1) + "</div></div>"
	case 14:
		return `<ac:adf-extension><ac:adf-node type="panel"><ac:adf-attribute key="panel-type">note</ac:adf-attribute><ac:adf-content>` + blockXML(t, depth-1) + `</ac:adf-content></ac:adf-node><ac:adf-fallback>` + blockXML(t, depth-1) + "</ac:adf-fallback></ac:adf-extension>"
	case 15:
		return `<ac:structured-macro ac:name="excerpt"><ac:rich-text-body><ac:structured-macro ac:name="details"><ac:rich-text-body>` + blockXML(t, depth-1) + "</ac:rich-text-body></ac:structured-macro></ac:rich-text-body></ac:structured-macro>"
	}
}

func listXML(t *rapid.T, depth int) string {
	name := rapid.SampledFrom([]string{"ul", "ol"}).Draw(t, "list")
	var b strings.Builder
	b.WriteString("<" + name + ">")
	for range rapid.IntRange(1, 3).Draw(t, "items") {
		switch rapid.IntRange(0, 4).Draw(t, "item") {
		case 0, 1:
			b.WriteString("<li>" + inlineXML(t, 2) + "</li>")
		case 2:
			b.WriteString("<li><p>" + inlineXML(t, 2) + "</p></li>")
		default:
			b.WriteString("<li>" + inlineXML(t, 1) + blockXML(t, depth-1) + "</li>")
		}
	}
	return b.String() + "</" + name + ">"
}

// Whatever a comment asks for, it stands on the page as that many items, which
// say the same, for the same people, when they are read back by a process that
// knows nothing of it.
func TestItemsReadBack(t *testing.T) {
	words := slices.DeleteFunc(slices.Clone(signs), func(s string) bool { return s == "<b>" }) // which is left out
	rapid.Check(t, func(t *rapid.T) {
		e := postmortem.Edits{ID: id, Items: map[string]string{}, Blocks: blocks("restored")}
		for i := range rapid.IntRange(1, 4).Draw(t, "items") {
			e.Add = append(e.Add, postmortem.Added{Hash: fmt.Sprintf("a%d", i), Text: strings.Join(rapid.SliceOfN(rapid.SampledFrom(words), 1, 5).Draw(t, "words"), " ")})
		}
		text := postmortem.Apply(draft("restored"), e)
		d := directory{accounts: map[incident.Person]string{"bob": `ri:userkey="8a7f01"`}, users: map[string]string{"8a7f01": "Bob"}}
		doc, err := (&reader{storage: d.compose(text, true), memory: memory{}.want(text, memory{}), directory: d}).read()
		if err != nil {
			t.Fatal(err)
		}
		want, got := postmortem.Read(id, text).Items, postmortem.Read(id, doc.text).Items
		if len(want) != len(e.Add) || len(got) != len(want) {
			t.Fatalf("%d items, %d, then %d:\n%s\nbecame\n%s", len(e.Add), len(want), len(got), text, doc.text)
		}
		says := func(it postmortem.Item) string { return d.print("- " + it.Text + " <!-- hereby:item-a0 -->") }
		for i, it := range got {
			if it.Hash != want[i].Hash || !it.Marked || !slices.Equal(it.Owners, want[i].Owners) || !it.Due.Equal(want[i].Due) || it.Category != want[i].Category || it.Place != want[i].Place || says(it) != says(want[i]) {
				t.Fatalf("%+v\nbecame\n%+v", want[i], it)
			}
		}
	})
}

// Whatever people have on the page, what we do to it is only what we want to
// do: take our edits out of the storage again, and all bytes are theirs.
func TestEditsOfOursLeavePeoplesBytes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := &page{t: unlucky{t: t}}
		text := draft("restored")
		p.storage, p.memory = directory{}.compose(text, true), memory{}.want(text, memory{})
		var theirs []string
		for _, heading := range []string{"People", "Resolutions", "Impact on stakeholders"} {
			x := ""
			for range rapid.IntRange(0, 3).Draw(t, "blocks") {
				x += blockXML(t, 2)
			}
			p.storage = strings.Replace(p.storage, "<h2>"+heading+"</h2>", x+"<h2>"+heading+"</h2>", 1)
			theirs = append(theirs, x)
		}
		if rapid.Bool().Draw(t, "wrapped in a layout") {
			p.storage = "<ac:layout><ac:layout-section ac:type=\"single\"><ac:layout-cell>" + p.storage + "</ac:layout-cell></ac:layout-section></ac:layout>"
		}
		before := p.storage
		e := postmortem.Edits{ID: id, Items: map[string]string{}, Blocks: blocks(rapid.SampledFrom([]string{"restored", "documented"}).Draw(t, "phase"))}
		p.apply(e)
		for _, it := range postmortem.Read(id, p.read().text).Items {
			if rapid.Bool().Draw(t, "file it") {
				e.Items[it.Hash] = ""
			}
		}
		p.apply(e)
		for hash := range e.Items {
			e.Items[hash] = "[OPS-20](https://acme.example/browse/OPS-20) open"
		}
		p.apply(e)
		if rapid.Bool().Draw(t, "asked for") {
			e.Add = []postmortem.Added{{Hash: "0a1b2c", Text: someWords(t)}}
			p.apply(e)
		}
		rest := marksOut(p.storage)
		for _, x := range []int{0, 2} { // no list in which issues stand
			if !strings.Contains(rest, theirs[x]) {
				t.Fatalf("theirs is not there any more: %q\nbefore:\n%s\nafter:\n%s", theirs[x], before, p.storage)
			}
		}
		if !strings.Contains(strings.ReplaceAll(rest, "\n", ""), strings.ReplaceAll(theirs[1], "\n", "")) && len(e.Add) == 0 {
			t.Fatalf("theirs is not there any more: %q\nbefore:\n%s\nafter:\n%s", theirs[1], before, p.storage)
		}
		e.Handles = map[incident.Person]string{"bob": "Operations A", "carol.x": "Person B", "5b10ab": "Person C"}
		p.apply(e)
	})
}

// marksOut takes our suffixes out.
func marksOut(storage string) string {
	for {
		at := strings.Index(storage, anchor("hereby-item-x")[:len(anchor("hereby-item-x"))-len("x</ac:parameter></ac:structured-macro>")])
		if at < 0 {
			return storage
		}
		const last = "</ac:structured-macro>"
		end := at + strings.Index(storage[at:], last) + len(last)
		from := at
		if arrow := strings.LastIndex(storage[:at], " → <a href=\"https://acme.example/browse/OPS-20\">OPS-20</a> open "); arrow >= 0 && arrow+len(" → <a href=\"https://acme.example/browse/OPS-20\">OPS-20</a> open ") == at {
			from = arrow
		} else if at > 0 && storage[at-1] == ' ' {
			from--
		}
		storage = storage[:from] + strings.TrimPrefix(storage[end:], "")
	}
}

// unlucky lets a page fail a property.
type unlucky struct {
	testing.TB
	t *rapid.T
}

func (unlucky) Helper()                           {}
func (u unlucky) Fatal(args ...any)               { u.t.Fatal(args...) }
func (u unlucky) Fatalf(form string, args ...any) { u.t.Fatalf(form, args...) }
