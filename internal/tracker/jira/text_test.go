package jira

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf16"

	"pgregory.net/rapid"

	"github.com/hereby/hereby/internal/incident"
	sandbox "github.com/hereby/hereby/internal/sandbox/jira"
)

// A restricted comment is marked so that nobody repeats it, and its answer is
// for those who may read it.
func TestRestrictedComments(t *testing.T) {
	editions(t, func(t *testing.T, e sandbox.Edition) {
		l := newLab(t, sandbox.Options{Edition: e})
		head := l.open("down", "x")
		id := must(l.As("alice").CommentTo(string(head), sandbox.Developers, "/ops"))
		l.SetRole(ops, sandbox.Developers, "hereby")
		l.Grant(ops, "hereby", sandbox.EditAllComments, sandbox.AdministerProject)
		on := l.see(head)
		if c := said(t, on, id); !c.Private || !slices.Equal(c.Said, []string{"/ops"}) {
			t.Errorf("%+v", c)
		}
		for name, prepare := range map[string]func(){"seen": func() {}, "restarted": l.restart} {
			prepare()
			r := l.do(on, incident.Say{Slot: incident.ReplySlot(id), Text: "done"})[0]
			shown := func() sandbox.Comment {
				all := l.issue(head).Comments
				return all[slices.IndexFunc(all, func(c sandbox.Comment) bool { return c.ID == r.Comment })]
			}
			if c := shown(); c.Visibility != "role "+sandbox.Developers {
				t.Errorf("%s: the answer is for %q", name, c.Visibility)
			}
			prepare()
			l.do(on, incident.Say{Slot: incident.ReplySlot(id), Comment: r.Comment, Text: "done again"})
			if c := shown(); c.Visibility != "role "+sandbox.Developers || c.Body != "done again" {
				t.Errorf("%s: edited, the answer is for %q: %q", name, c.Visibility, c.Body)
			}
		}
		if r := l.do(on, incident.Say{Slot: incident.Board, Text: "board"})[0]; said(t, l.see(head), r.Comment).Private {
			t.Error("the board is restricted")
		}
	})
}

func TestServiceProject(t *testing.T) {
	editions(t, func(t *testing.T, e sandbox.Edition) {
		l := newLab(t, sandbox.Options{Edition: e})
		l.ChangeProject(ops, sandbox.ServiceDesk)
		head := l.open("down", "x")
		on := l.see(head)
		r := l.do(on, incident.Say{Slot: incident.Board, Text: "board"})[0]
		l.do(on, incident.Say{Slot: incident.Board, Comment: r.Comment, Text: "board, again"})
		for _, c := range l.issue(head).Comments {
			if !c.Internal {
				t.Errorf("customers read %q", c.Body)
			}
		}
		on = l.see(head)
		if c, ok := on.Said(incident.Board); !ok || c.Hash != incident.HashText("board, again") {
			t.Errorf("%+v", c)
		}
		l.ChangeProject(ops, sandbox.DropsInternal)
		l.refused(on, incident.Say{Slot: "say/other", Text: "secret"}, "customers", "agent")
		for _, c := range l.issue(head).Comments {
			if !c.Internal && c.Author == "hereby" {
				t.Errorf("customers read %q", c.Body)
			}
		}
	})
}

// A comment as long as Jira takes them is read, and one of ours that would be
// longer is cut, and still known by its source.
func TestLongTexts(t *testing.T) {
	editions(t, func(t *testing.T, e sandbox.Edition) {
		l := newLab(t, sandbox.Options{Edition: e})
		head := l.open("down", "x")
		long := "/note " + strings.Repeat("ä\\* _x_ {{y}}\n", 2700)
		long = string(utf16.Decode(utf16.Encode([]rune(long))[:maxText]))
		id := l.say("alice", head, long)
		on := l.see(head)
		if c := said(t, on, id); len(c.Said) < 100 || !strings.HasPrefix(c.Said[0], "/note") {
			t.Errorf("%d lines", len(c.Said))
		}
		for _, text := range []string{strings.Repeat("line of *text*\n", 3000), strings.Repeat("x", 40_000), "```\n" + strings.Repeat("code\n", 9000) + "```\n", strings.Repeat("🔥", 20_000)} {
			r := l.one(on, incident.Say{Slot: incident.Board, Text: text})
			if r.Outcome != incident.Applied {
				t.Errorf("%d bytes: %v %v", len(text), r.Outcome, r.Err)
				continue
			}
			if c := said(t, l.see(head), r.Comment); !c.Ours || c.Hash != incident.HashText(text) {
				t.Errorf("%.20q is observed as %v %v, want %v", text, c.Ours, c.Hash, incident.HashText(text))
			}
		}
		title := strings.Repeat("Ü", 300) + "\nsecond line"
		made := l.do(on, incident.Create{Slot: "follow/1.0", Place: ops, Title: title, Body: strings.Repeat("line\n", 9000)})[0]
		if i := l.issue(made.Ref); len([]rune(i.Title)) != maxTitle || strings.Contains(i.Title, "\n") {
			t.Errorf("title %q", i.Title)
		}
		made = l.do(on, incident.Create{Slot: "follow/2.0", Place: ops, Title: strings.Repeat("🔥", 200), Body: "x"})[0]
		if i := l.issue(made.Ref); len([]rune(i.Title)) < 120 || !strings.HasSuffix(i.Title, "🔥…") {
			t.Errorf("title %q", i.Title)
		}
	})
}

// What a person wrote formats nothing and mentions nobody in a text of ours.
func TestInjection(t *testing.T) {
	editions(t, func(t *testing.T, e sandbox.Edition) {
		l := newLab(t, sandbox.Options{Edition: e})
		evil := "{code} *b* [~" + l.AccountID("bob") + "] [~accountid:" + l.AccountID("bob") + "] !x.png! h1. {panel} @" + l.AccountID("bob") + " ----"
		head := l.open(evil, evil)
		on := l.see(head)
		if on.Head.Title != evil {
			t.Errorf("the title reads %q", on.Head.Title)
		}
		made := l.do(on, incident.Create{Slot: "follow/1.0", Place: ops, Title: evil, Body: "# About\n\n" + incident.Inline(evil), Parent: head})[0]
		r := l.do(on, incident.Say{Slot: incident.Board, Text: "**" + incident.Inline(evil) + "**"})[0]
		all := l.issue(head).Comments
		for _, text := range []string{all[len(all)-1].Body, l.issue(made.Ref).Body} {
			for _, bad := range []string{"[~" + l.AccountID("bob"), "[~accountid:", "\n{code}", " {panel}"} {
				if strings.Contains(strings.ReplaceAll(text, `\[`, ""), bad) {
					t.Errorf("%q holds %q", text, bad)
				}
			}
		}
		on = l.see(head)
		if got := ticket(t, on.Tickets, made.Ref); got.Title != evil {
			t.Errorf("the title reads %q", got.Title)
		}
		if c := said(t, on, r.Comment); c.Hash != incident.HashText("**"+incident.Inline(evil)+"**") {
			t.Error("our own text is not known again")
		}
	})
}

func TestMentions(t *testing.T) {
	editions(t, func(t *testing.T, e sandbox.Edition) {
		l := newLab(t, sandbox.Options{Edition: e}, func(o *Options) { o.People = map[string]string{"Oncall": "?"} })
		l.opt.People = map[string]string{"Oncall": l.AccountID("bob")}
		l.restart()
		head := l.open("down", "x")
		want := "[~accountid:" + l.AccountID("bob") + "]"
		if e == sandbox.DataCenter {
			want = "[~bob]"
		}
		on := l.see(head)
		for _, text := range []string{"help @" + string(l.person("bob")) + ".", "help @oncall.", "help " + l.person("bob").Mention() + "."} {
			l.restart()
			r := l.do(on, incident.Say{Slot: "say/x", Text: text})[0]
			all := l.issue(head).Comments
			if body := all[len(all)-1].Body; body != "help "+want+"." {
				t.Errorf("%q became %q, want %q", text, body, want)
			}
			if c := said(t, l.see(head), r.Comment); c.Hash != incident.HashText(text) {
				t.Errorf("%q is not known again", text)
			}
		}
		r := l.do(on, incident.Say{Slot: "say/x", Text: "quietly @" + incident.Joiner + string(l.person("bob")) + " and @nobody-here and a@example.com"})[0]
		all := l.issue(head).Comments
		body := all[slices.IndexFunc(all, func(c sandbox.Comment) bool { return c.ID == r.Comment })].Body
		if !strings.HasPrefix(body, "quietly Bob and @nobody-here") {
			t.Errorf("became %q", body)
		}
		id := l.say("alice", head, "/ops @oncall "+want)
		p := string(l.person("bob"))
		if got := said(t, l.see(head), id).Said; len(got) != 1 || strings.ToLower(got[0]) != "/ops @"+p+" @"+p {
			t.Errorf("said %q", got)
		}
	})
}

// A text of ours that a person edited is shown as they left it, and put right.
func TestEditedByPeople(t *testing.T) {
	editions(t, func(t *testing.T, e sandbox.Edition) {
		l := newLab(t, sandbox.Options{Edition: e})
		head := l.open("down", "x")
		on := l.see(head)
		ref := l.do(on, incident.Create{Slot: "role/command", Place: ops, Title: "x", Body: "Look at **this**\n\n- one\n- two", Parent: head})[0].Ref
		board := l.do(on, incident.Say{Slot: incident.Board, Text: "The *board*"})[0].Comment
		before := l.see(head)
		l.ok(l.As("alice").SetBody(string(ref), "something else"))
		l.Grant(ops, "alice", sandbox.EditAllComments)
		l.ok(l.As("alice").EditComment(board, "nothing"))
		body := "Other text"
		if r := l.one(before, incident.Edit{Ref: ref, Slot: "role/command", Body: &body}); r.Outcome != incident.Deferred {
			t.Errorf("a text that was changed meanwhile was written over: %v %v", r.Outcome, r.Err)
		}
		on = l.see(head)
		got := ticket(t, on.Tickets, ref)
		if got.Body != "something else" || got.Slot != "role/command" {
			t.Errorf("%+v", got)
		}
		if c := said(t, on, board); !c.Ours || c.Hash != incident.HashText("nothing") {
			t.Errorf("%+v", c)
		}
		l.do(on, incident.Edit{Ref: ref, Slot: "role/command", Body: &body}, incident.Say{Slot: incident.Board, Comment: board, Text: "The *board*"})
		on = l.see(head)
		if got := ticket(t, on.Tickets, ref).Body; got != body {
			t.Errorf("put right it reads %q", got)
		}
		if c := said(t, on, board); c.Hash != incident.HashText("The *board*") {
			t.Errorf("%+v", c)
		}
	})
}

// Nobody pastes a property: what is not ours stays people's.
func TestForeignProperty(t *testing.T) {
	editions(t, func(t *testing.T, e sandbox.Edition) {
		l := newLab(t, sandbox.Options{Edition: e})
		head := l.open("down", "x")
		on := l.see(head)
		mine := newMark(on.ID, "role/command", "", "x", "x")
		theirs := l.open("pasted", "x", incident.Label, incident.LabelOf(on.ID))
		as := l.opt
		as.User, as.Token = l.Email("alice"), l.Token("alice")
		l.ok(must(New(as)).putMark(t.Context(), l.issue(theirs).ID, mine))
		board := l.say("alice", head, "/note x")
		l.ok(must(New(as)).putNote(t.Context(), board, ours, newMark(on.ID, incident.Board, "", "/note x", "/note x")))
		on = l.see(head)
		if len(on.Tickets) != 0 || len(on.Foreign) != 1 || on.Foreign[0].Slot != "" {
			t.Errorf("%+v %+v", on.Tickets, on.Foreign)
		}
		if c := said(t, on, board); c.Ours || c.Slot != "" || len(c.Said) != 1 {
			t.Errorf("%+v", c)
		}
		// Under our old account it counts.
		l.opt.Authors = []string{strings.ToUpper(l.AccountID("alice"))}
		l.restart()
		if on = l.see(head); len(on.Tickets) != 1 {
			t.Errorf("under an account of ours: %+v", on.Tickets)
		}
	})
}

func TestSeveralAssignees(t *testing.T) {
	editions(t, func(t *testing.T, e sandbox.Edition) {
		l := newLab(t, sandbox.Options{Edition: e})
		head := l.open("down", "x")
		on := l.see(head)
		both, one := []incident.Person{l.person("bob"), l.person("alice")}, []incident.Person{l.person("alice")}
		ref := l.do(on, incident.Create{Slot: "follow/1.0", Place: ops, Title: "x", Body: "x", Parent: head, Assignees: both})[0].Ref
		check := func(want []incident.Person) {
			t.Helper()
			l.restart()
			on = l.see(head)
			if got := ticket(t, on.Tickets, ref).Assignees; !slices.Equal(got, want) {
				t.Errorf("assigned to %v, want %v", got, want)
			}
		}
		check(both)
		l.do(on, incident.Assign{Ref: ref, People: one})
		check(one)
		l.do(on, incident.Assign{Ref: ref, People: both})
		check(both)
		l.ok(l.As("alice").Assign(string(ref), "mia")) // a person's hand wins
		check([]incident.Person{l.person("mia")})
		l.ok(l.As("alice").Assign(string(ref), ""))
		check(nil)
	})
}

// Edits of ours on Cloud are mailed to nobody.
func TestQuietEdits(t *testing.T) {
	l := newLab(t, sandbox.Options{})
	head := l.open("down", "x")
	on := l.see(head)
	board := l.do(on, incident.Say{Slot: incident.Board, Text: "one"})[0].Comment
	before := l.issue(head).Mails
	l.do(on, incident.Say{Slot: incident.Board, Comment: board, Text: "two"}, incident.Tag{Ref: head, Label: "hereby", On: true})
	if n := l.issue(head).Mails - before; n != 0 {
		t.Errorf("%d mails", n)
	}
}

// The time of an edit is that of its text, and what we write about a comment
// is none.
func TestEditedAt(t *testing.T) {
	editions(t, func(t *testing.T, e sandbox.Edition) {
		l := newLab(t, sandbox.Options{Edition: e})
		head := l.open("down", "x")
		id := l.say("alice", head, "/ops")
		l.clock.Advance(time.Hour)
		l.do(l.see(head), incident.Ack{Comment: id, As: incident.Obeyed})
		if c := said(t, l.see(head), id); !c.EditedAt.IsZero() || c.Acked != incident.Obeyed {
			t.Errorf("%+v", c)
		}
		l.ok(l.As("alice").EditComment(id, "/comms"))
		if c := said(t, l.see(head), id); !c.EditedAt.Equal(l.clock.Now()) || c.Acked != "" {
			t.Errorf("%+v", c)
		}
	})
}

func TestDocumentWhereTextWasExpected(t *testing.T) {
	const doc = `{"type":"doc","version":1,"content":[
		{"type":"paragraph","content":[{"type":"text","text":"/ops "},{"type":"mention","attrs":{"id":"5b]|{10","text":"@Bob"}},{"type":"hardBreak"},{"type":"text","text":"/note a {b} [c]"}]},
		{"type":"blockquote","content":[{"type":"paragraph","content":[{"type":"text","text":"I hereby declare this an incident"}]}]},
		{"type":"codeBlock","content":[{"type":"text","text":"/close"}]},
		{"type":"bulletList","content":[{"type":"listItem","content":[{"type":"paragraph","content":[{"type":"text","text":"one"},{"type":"text","text":"two","marks":[{"type":"code"}]}]}]}]}]}`
	var p prose
	if err := json.Unmarshal([]byte(doc), &p); err != nil {
		t.Fatal(err)
	}
	lines := (&Tracker{}).spoken(string(p))
	if len(lines) == 0 || !strings.HasPrefix(lines[0], "/ops @5b10") {
		t.Errorf("said %q of %q", lines, p)
	}
	all := strings.Join(lines, "\n")
	for want, is := range map[string]bool{"/note a {b} [c]": true, "declare": false, "/close": false, "one": true} {
		if strings.Contains(all, want) != is {
			t.Errorf("%q in %q: want %v", want, all, is)
		}
	}
	for _, odd := range []string{`null`, `12`, `[]`, `{"type":"doc"}`, `{"content":[{}]}`, strings.Repeat(`{"content":[`, 200) + strings.Repeat(`]}`, 200)} {
		p = "before"
		if err := json.Unmarshal([]byte(odd), &p); err != nil {
			t.Errorf("%.40s: %v", odd, err)
		}
	}
}

func FuzzProse(f *testing.F) {
	f.Add([]byte(`{"type":"doc","content":[{"type":"text","text":"x"}]}`))
	f.Add([]byte(`"text"`))
	f.Add([]byte(`null`))
	f.Fuzz(func(t *testing.T, b []byte) {
		var p prose
		if json.Valid(b) && p.UnmarshalJSON(b) != nil {
			t.Errorf("%q", b)
		}
	})
}

// However Cloud spells the markup that we sent, it is still ours; and a word
// that somebody changes is not.
func TestFingerprint(t *testing.T) {
	for _, same := range [][2]string{
		{"h1. Title\n\nSee https://a.example/x?y=z, *now*", "h1. Title\n\nSee [https://a.example/x?y=z|https://a.example/x?y=z|smart-link], *now*"},
		{"{noformat}\na b\n{noformat}", "{code:title=x}\na b\n{code}"},
		{"a \\- b \\{x\\}", "a - b \\{x}"},
		{"||a||b||\n|1|2|", "|| a || b ||\n| 1 | 2 |"},
	} {
		if fingerprint(same[0]) != fingerprint(same[1]) {
			t.Errorf("%q and %q differ", same[0], same[1])
		}
	}
	for _, other := range [][2]string{
		{"See the page", "See the page https://a.example/x"},
		{"See [page|https://a.example/x]", "See [page|https://a.example/y]"},
		{"See [page|https://a.example/x]", "See [page|https://a.example/x] [|https://b.example]"},
	} {
		if fingerprint(other[0]) == fingerprint(other[1]) {
			t.Errorf("%q and %q are the same", other[0], other[1])
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		words := rapid.SliceOfN(rapid.StringMatching(`[a-z]{3,8}`), 2, 6).Draw(t, "words")
		other := slices.Clone(words)
		n := rapid.IntRange(0, len(words)-1).Draw(t, "n")
		other[n] += "x"
		if fingerprint(strings.Join(words, " ")) == fingerprint(strings.Join(other, " ")) {
			t.Errorf("%v and %v are the same", words, other)
		}
		if fingerprint(strings.Join(words, " ")) != fingerprint("*"+strings.Join(words, "*\n* ")) {
			t.Errorf("%v differ by their spelling", words)
		}
	})
}
