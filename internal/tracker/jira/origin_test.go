package jira

import (
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/hereby/hereby/internal/incident"
	sandbox "github.com/hereby/hereby/internal/sandbox/jira"
)

const (
	agendaWas = "<!-- agenda -->\n**Review 1** of OPS-1, see https://a.example/x_y\n\n| ticket | owner |\n|---|---|\n| OPS-2 | bob |\n| OPS-3 | mia |\n\nAfterwards: `/review done`.\n<!-- agenda ends -->"
	agendaIs  = "<!-- agenda -->\n**Review 1** of OPS-1, see https://a.example/x_y\n\n| ticket | owner |\n|---|---|\n| OPS-3 | mia |\n\nAfterwards: `/review done`.\n<!-- agenda ends -->"
)

// What people write before and after ours stays byte for byte, in their own
// markup, however often ours is edited, and by whatever process.
func TestEditAmongPeoplesWords(t *testing.T) {
	const above, below = "h2.  Room {color:red}3{color}\n\n----\n\\\\ {*}coffee{*} \\- _and_ !plan.png|thumbnail!\n\n", "\n \n||who||brings||\n| a | [https://b.example|https://b.example|smart-link] |\n{quote}\nwords\n{quote}\n"
	editions(t, func(t *testing.T, e sandbox.Edition) {
		l := newLab(t, sandbox.Options{Edition: e})
		head := l.open("down", "x")
		ref := l.do(l.see(head), incident.Create{Slot: "review/1", Place: ops, Title: "Review", Body: agendaWas, Parent: head})[0].Ref
		l.ok(l.As("alice").SetBody(string(ref), above+l.issue(ref).Body+below))
		front, _, _ := strings.Cut(l.issue(ref).Body, "*Review") // as Cloud spells it
		_, tail, _ := strings.Cut(l.issue(ref).Body, "done}}.")
		for n, list := range []string{agendaIs, agendaWas, agendaIs} {
			if n == 1 {
				l.restart()
			}
			on := l.see(head)
			before, rest, ok := strings.Cut(ticket(t, on.Tickets, ref).Body, "<!-- agenda -->")
			_, after, ends := strings.Cut(rest, "<!-- agenda ends -->")
			if !ok || !ends {
				t.Fatalf("observed as\n%q", ticket(t, on.Tickets, ref).Body)
			}
			body := before + list + after
			l.do(on, incident.Edit{Ref: ref, Slot: "review/1", Body: &body})
			now := l.issue(ref).Body
			if !strings.HasPrefix(now, front+"*Review") || !strings.HasSuffix(now, "done}}."+tail) || strings.Contains(now, "bob") != (list == agendaWas) {
				t.Errorf("people's words became\n%s", now)
			}
			if got := ticket(t, l.see(head).Tickets, ref).Body; got != body {
				t.Errorf("observed as\n%q, want\n%q", got, body)
			}
		}
		l.requests()
		l.see(head)
		if n, _ := l.requests(); n > 3 {
			t.Errorf("%d requests to see it again", n)
		}
	})
}

// An edit that takes people's words out too, because a text had to go, leaves
// none of it.
func TestEditWithoutPeoplesWords(t *testing.T) {
	editions(t, func(t *testing.T, e sandbox.Edition) {
		l := newLab(t, sandbox.Options{Edition: e})
		head := l.open("down", "x")
		ref := l.do(l.see(head), incident.Create{Slot: "follow/1.0", Place: ops, Title: "x", Body: "the secret", Parent: head})[0].Ref
		l.ok(l.As("alice").SetBody(string(ref), "above\n"+l.issue(ref).Body+"\nthe secret too"))
		body := "nothing"
		l.do(l.see(head), incident.Edit{Ref: ref, Slot: "follow/1.0", Body: &body})
		if got := l.issue(ref).Body; got != body {
			t.Errorf("it reads %q", got)
		}
	})
}

// Where people changed our own words, or wrote among them, or copied them, the
// text is theirs, as they left it.
func TestPeoplesWordsInOurs(t *testing.T) {
	editions(t, func(t *testing.T, e sandbox.Edition) {
		l := newLab(t, sandbox.Options{Edition: e})
		head := l.open("down", "x")
		ref := l.do(l.see(head), incident.Create{Slot: "review/1", Place: ops, Title: "Review", Body: agendaWas, Parent: head})[0].Ref
		made := l.issue(ref).Body
		for name, text := range map[string]string{
			"a word":      "above\n\n" + strings.Replace(made, "bob", "rob", 1),
			"a row":       strings.Replace(made, "OPS-3", "OPS-9|eve|\n|OPS-3", 1),
			"a line less": strings.Replace(made, "Afterwards", "", 1),
			"on the line": made + " and more",
			"an address":  "above\n\n" + strings.Replace(made, "a.example/x", "a.example/z", 1),
			"twice":       made + "\n\n" + made,
		} {
			l.ok(l.As("alice").SetBody(string(ref), text))
			if got := ticket(t, l.see(head).Tickets, ref).Body; got != l.issue(ref).Body {
				t.Errorf("%s: observed as\n%q", name, got)
			}
		}
	})
}

// Data Center takes property and text one after the other: however much was
// done, what was ours before does not become people's.
func TestHalfAnEditAmongPeoplesWords(t *testing.T) {
	long, short := "<!-- part -->\nA list\n- one\n- two\n- three\n<!-- part ends -->", "<!-- part -->\nA list\n- one\n- two\n<!-- part ends -->"
	for _, lists := range [][2]string{{long, short}, {short, long}} {
		for n := 1; n <= 2; n++ {
			for _, kind := range []sandbox.Kind{sandbox.ErrorBefore, sandbox.ErrorAfter} {
				l := newLab(t, sandbox.Options{Edition: sandbox.DataCenter})
				head := l.open("down", "x")
				ref := l.do(l.see(head), incident.Create{Slot: "review/1", Place: ops, Title: "Review", Body: lists[0], Parent: head})[0].Ref
				l.ok(l.As("alice").SetBody(string(ref), "Above\n\n"+l.issue(ref).Body+"\n\nbelow"))
				was, is := "Above\n\n"+lists[0]+"\n\nbelow", "Above\n\n"+lists[1]+"\n\nbelow"
				l.editInHalves(head, ref, was, is, n, sandbox.Fault{Kind: kind})
			}
		}
	}
}

// Whatever lines people write before and after, ours is found among them, and
// what is not ours is what they wrote.
func TestFindAmongLines(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		line := rapid.SampledFrom([]string{"", " ", "----", "one", "*two* words", "https://a.example", "see [it|https://b.example]", "{quote}", "| x | y |", "#"})
		block := func(name string) string {
			return strings.Join(rapid.SliceOfN(line, 0, 6).Draw(t, name), "\n")
		}
		ours := "begins\n" + block("ours") + "\nends"
		o := originOf("source", ours)
		above, below := block("above"), block("below")
		if above != "" {
			above += "\n"
		}
		if below != "" {
			below = "\n" + below
		}
		shown := above + ours + below
		p, ok := o.find(shown)
		if !ok || p.before != above && fingerprint(shown) != o.Shown || p.after != below && fingerprint(shown) != o.Shown {
			t.Fatalf("%q in %q: %v %q %q", ours, shown, ok, p.before, p.after)
		}
		if p.within(p.before+"new"+p.after) != "new" {
			t.Errorf("%+v", p)
		}
	})
}

// A text made to be searched for long is given up.
func TestFindGivesUp(t *testing.T) {
	o := originOf("source", "https://a.example\nours\nhttps://b.example")
	lines := strings.Repeat("https://c.example\n", 700)
	if _, ok := o.find(lines + "ours\n" + lines); ok {
		t.Error("found what is not there")
	}
}

// Ours is cut, and not people's words, where both are too long together.
func TestEditAmongTooManyWords(t *testing.T) {
	l := newLab(t, sandbox.Options{Edition: sandbox.DataCenter})
	head := l.open("down", "x")
	ref := l.do(l.see(head), incident.Create{Slot: "review/1", Place: ops, Title: "Review", Body: "short", Parent: head})[0].Ref
	words := strings.Repeat("words of people\n", 2000)
	l.ok(l.As("alice").SetBody(string(ref), "short\n"+words))
	on := l.see(head)
	body := strings.Replace(ticket(t, on.Tickets, ref).Body, "short", strings.Repeat("long line of ours\n\n", 200), 1)
	l.do(on, incident.Edit{Ref: ref, Slot: "review/1", Body: &body})
	if now := l.issue(ref).Body; !strings.HasSuffix(now, "\n"+words) || units(now) > maxText || !strings.HasPrefix(now, "long line") {
		t.Errorf("%d units: %.40q", units(now), now)
	}
}
