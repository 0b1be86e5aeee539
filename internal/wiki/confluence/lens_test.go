package confluence

import (
	"html"
	"strings"
	"testing"
	"time"

	"github.com/hereby/hereby/internal/incident"
	"github.com/hereby/hereby/internal/postmortem"
)

const id = "10040"

func blocks(phase string) map[postmortem.Block]string {
	at := time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC)
	people := postmortem.Variables([]incident.Tenure{{Who: "alice", Role: incident.CommandRole, From: at}, {Who: "bob", Role: incident.Operations, From: at}}, "olga", nil, map[incident.Person]string{"alice": "Alice | Doe", "bob": "Bob_Burns"})
	return map[postmortem.Block]string{
		postmortem.StateBlock:       postmortem.StateText(postmortem.State{Phase: phase, Ref: "OPS-12", URL: "https://acme.example/browse/OPS-12", Declared: at}),
		postmortem.PeopleBlock:      postmortem.PeopleText(people),
		postmortem.TimelineBlock:    postmortem.TimelineText([]postmortem.Event{{At: at, By: "Incident Command", What: "note", Text: "restarted *web1* | <b> & \x01 ]]> @bob said", URL: "https://acme.example/1?a=1&b=(2)"}, {At: at, What: phase}}, people, nil, at),
		postmortem.ResolutionsBlock: postmortem.ResolutionsText(nil, people),
		postmortem.EvidenceBlock:    postmortem.EvidenceText([]postmortem.Evidence{{At: at, By: "Operations A", What: "https://grafana.example/d/1?from=(a)|b"}, {At: at, By: "Operations A", What: "words"}}, people),
	}
}

// page is a page on a server, as far as the lens goes.
type page struct {
	t       testing.TB
	storage string
	memory  memory
}

func (p *page) read() *reading {
	p.t.Helper()
	doc, err := (&reader{storage: p.storage, memory: p.memory}).read()
	if err != nil {
		p.t.Fatal(err)
	}
	return doc
}

func (p *page) put(text string) {
	p.t.Helper()
	r := &reader{storage: p.storage, memory: p.memory}
	doc := p.read()
	storage, next, err := r.rewrite(doc, text)
	if err != nil {
		p.t.Fatalf("%v\nthe page:\n%s\nthe text:\n%s", err, p.storage, text)
	}
	p.storage, p.memory = storage, next
}

// create makes a page of a draft.
func create(t testing.TB, text string) *page {
	t.Helper()
	return &page{t, directory{}.compose(text, true), memory{}.want(text, memory{})}
}

func draft(phase string) string {
	return postmortem.Draft(postmortem.Facts{ID: id, Title: "Checkout <is> broken & slow_ish", Blocks: blocks(phase)})
}

func TestDraftReadsBackAsItWas(t *testing.T) {
	text := draft("restored")
	p := create(t, text)
	got := p.read().text
	if want := postmortem.Apply(got, postmortem.Edits{ID: id, Blocks: blocks("restored")}); got != want {
		t.Errorf("the plan does not come to rest:\n%s", lineDiff(got, want))
	}
	_, got, _ = strings.Cut(got, "\n") // people's title may be spelled otherwise
	_, text, _ = strings.Cut(text, "\n")
	if squeeze(got) != squeeze(text) {
		t.Errorf("it reads otherwise:\n%s", lineDiff(got, text))
	}
}

func TestBlocksAreReplacedAndPeoplesPartsStay(t *testing.T) {
	p := create(t, draft("restored"))
	theirs := `<p class="x">We <strong>saw</strong> it&nbsp;at <ac:inline-comment-marker ac:ref="77">10:00</ac:inline-comment-marker>.<ac:structured-macro ac:name="odd" ac:macro-id="1"><ac:parameter ac:name="p">v</ac:parameter></ac:structured-macro></p>`
	p.storage = strings.Replace(p.storage, "<h2>People</h2>", theirs+"<h2>People</h2>", 1)
	list := `<ul><li>The pool was too small @bob</li><li><p>Nobody <ac:link><ri:user ri:account-id="5B10"/></ac:link> was paged</p><ul><li>at night</li></ul></li></ul>`
	p.storage = strings.Replace(p.storage, "<h2>Resolutions</h2>", list+"<h2>Resolutions</h2>", 1)
	read := postmortem.Read(id, p.read().text)
	if len(read.Items) != 2 || read.Items[1].Owners[0] != "5b10" {
		t.Fatalf("items: %+v", read.Items)
	}
	e := postmortem.Edits{ID: id, Blocks: blocks("documented"), Items: map[string]string{}}
	for _, it := range read.Items {
		e.Items[it.Hash] = ""
	}
	p.apply(e)
	for _, it := range read.Items {
		e.Items[it.Hash] = "[OPS-20](https://acme.example/browse/OPS-20) open"
	}
	e.Handles = map[incident.Person]string{"bob": "Operations A", "5b10": "Operations B"}
	e.Add = []postmortem.Added{{Hash: "abc123", Text: "An issue that *somebody* asked for"}}
	p.apply(e)
	for _, it := range read.Items {
		e.Items[it.Hash] = "[OPS-20](https://acme.example/browse/OPS-20) done"
	}
	p.apply(e)
	if !strings.Contains(p.storage, theirs) {
		t.Errorf("people's part changed:\n%s", p.storage)
	}
	for _, want := range []string{"small Operations A → <a href", "Nobody Operations B was paged → <a", "<li>at night</li>", "documented"} {
		if !strings.Contains(p.storage, want) {
			t.Errorf("%q is missing:\n%s", want, p.storage)
		}
	}
}

// apply does what the plan does, and checks that it comes to rest: mostly at
// once; where what we wrote makes a handle readable, at the next look.
func (p *page) apply(e postmortem.Edits) {
	p.t.Helper()
	for range 3 {
		got := p.read().text
		want := postmortem.Apply(got, e)
		if want == got {
			return
		}
		p.put(want)
	}
	got := p.read().text
	p.t.Fatalf("the plan does not come to rest:\n%s", lineDiff(got, postmortem.Apply(got, e)))
}

// squeeze leaves blank lines out.
func squeeze(s string) string {
	var b strings.Builder
	for line := range strings.Lines(s) {
		if strings.TrimSpace(line) != "" {
			b.WriteString(line)
		}
	}
	return b.String()
}

func lineDiff(got, want string) string {
	a, b := strings.Split(got, "\n"), strings.Split(want, "\n")
	var out strings.Builder
	for _, h := range diff(a, b) {
		out.WriteString("- " + strings.Join(a[h.a:h.b], "\n- ") + "\n+ " + strings.Join(b[h.c:h.d], "\n+ ") + "\n")
	}
	return out.String()
}

// A mention is read as the person whom it means, whatever stands beside it.
func TestMentionAmongLetters(t *testing.T) {
	bob := `<ac:link><ri:user ri:account-id="5B10"/></ac:link>`
	for storage, want := range map[string]string{
		"ask " + bob + ": why":              "ask @5b10: why",
		bob + ".":                           "@5b10.",
		"(" + bob + "-san)":                 "(@5b10\u2060-san)",
		bob + "&uuml;x":                     "@5b10\u2060üx",
		"pre" + bob + bob:                   "pre\u2060@5b10\u2060@5b10",
		bob + "/<strong>x</strong>":         "@5b10\u2060/**x**",
		"<em>" + bob + "</em>s":             "@5b10\u2060s",
		bob + `<time datetime="2026-1-2"/>`: "@5b10\u20602026-1-2",
		bob + "<![CDATA[x]]>":               "@5b10\u2060x",
	} {
		doc, err := (&reader{storage: "<p>" + storage + "</p>"}).read()
		if err != nil || doc.text != want+"\n" {
			t.Errorf("%s: %q, want %q; %v", storage, doc.text, want, err)
		}
		if who := postmortem.Read(id, "## Issues discovered\n\n- "+want).Items[0].Owners; len(who) == 0 || who[0] != "5b10" {
			t.Errorf("%s: %v", storage, who)
		}
	}
}

// Words that begin as a block would, and change only as a whole, stay words.
func TestWordsLikeABlock(t *testing.T) {
	for _, sign := range []string{"&gt;", "-", "1.", "#", "&gt; -"} {
		p := create(t, draft("restored"))
		p.storage += "<p>Done <![CDATA[" + html.UnescapeString(sign) + " q * @bob]]></p>"
		p.apply(postmortem.Edits{ID: id, Blocks: blocks("restored"), Handles: map[incident.Person]string{"bob": "Operations A"}})
		if want := "<p>Done " + sign + " q * Operations A</p>"; !strings.HasSuffix(p.storage, want) {
			t.Errorf("want %s:\n%s", want, p.storage)
		}
	}
}

// A link whose words are "x" is no task.
func TestALinkIsNoTask(t *testing.T) {
	p := create(t, draft("restored"))
	p.apply(postmortem.Edits{ID: id, Blocks: blocks("restored"), Add: []postmortem.Added{{Hash: "a1", Text: "&nbsp; [x](y)"}}})
	p.apply(postmortem.Edits{ID: id, Blocks: blocks("documented"), Add: []postmortem.Added{{Hash: "b2", Text: "[x](https://acme.example)"}}})
	for _, want := range []string{`<li><ac:link><ri:page ri:content-title="y"/><ac:link-body>x</ac:link-body></ac:link> `, `<li><a href="https://acme.example">x</a> `} {
		if !strings.Contains(strings.ReplaceAll(p.storage, "\u00a0 ", ""), want) {
			t.Errorf("%q is missing:\n%s", want, p.storage)
		}
	}
	if s := Storage("- [x] done\n- [ ] open\n"); !strings.Contains(s, "☑ done") || !strings.Contains(s, "☐ open") {
		t.Errorf("got %s", s)
	}
}

// What cannot be carried over without touching more than it says is refused,
// with words.
func TestWhatCannotBeExpressedIsRefused(t *testing.T) {
	theirs := `<p>x y</p><p>p <strong><u>q</u> r</strong> s</p><ac:structured-macro ac:name="code"><ac:plain-text-body><![CDATA[code of theirs]]></ac:plain-text-body></ac:structured-macro><ul><li><p>one</p><p>two</p></li></ul>`
	for name, x := range map[string]struct{ old, new, want string }{
		"a change within code":          {"code of theirs", "code of ours", "cannot become"},
		"markup around words of theirs": {"x y", "x [y](https://e.example)", "would not read"},
		"half of what is bold":          {"p **q r** s", "z r** s", "cannot become"},
		"a part of an element":          {"  two\n", "", "would have to go"},
		"within an element":             {"- one\n", "- one\n\n  and\n\n  and\n", "would have to stand within"},
	} {
		t.Run(name, func(t *testing.T) {
			p := create(t, draft("restored"))
			p.storage += theirs
			r := &reader{storage: p.storage, memory: p.memory}
			doc := p.read()
			text := strings.Replace(doc.text, x.old, x.new, 1)
			if text == doc.text {
				t.Fatal("nothing changes")
			}
			if storage, _, err := r.rewrite(doc, text); err == nil || !strings.Contains(err.Error(), x.want) {
				t.Errorf("%v; want %q; it would become\n%s", err, x.want, storage)
			}
		})
	}
}

// An address stays what it is, whatever its words look like.
func TestAddresses(t *testing.T) {
	const to = "https://x.example/a_b?a=1&region=eu&copy=(2)&amp=3"
	want := `<a href="` + escape(to) + `">`
	for _, md := range []string{to, "<" + to + ">", "[l](" + to + ")", "[l](<" + to + ">)", strings.ReplaceAll(to, "&", "&amp;")} {
		s := Storage(md)
		if !strings.Contains(s, want) || !strings.Contains(s, ">l<") && !strings.Contains(s, ">"+escape(to)+"<") {
			t.Errorf("%s: %s", md, s)
		}
	}
}

// A line that would begin a list is guarded where its words change as a whole.
func TestGuardWithinAWhole(t *testing.T) {
	p := create(t, draft("restored"))
	p.storage += "<p><![CDATA[1. no item @bob]]> more</p>"
	p.apply(postmortem.Edits{ID: id, Blocks: blocks("restored"), Handles: map[incident.Person]string{"bob": "Operations A"}})
	if want := "<p>1. no item Operations A more</p>"; !strings.HasSuffix(p.storage, want) {
		t.Errorf("want %s:\n%s", want, p.storage)
	}
}
