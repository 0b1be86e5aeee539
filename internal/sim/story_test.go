package sim

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/hereby/hereby/internal/marker"
)

// chapter is a part of the story: what people do, at their times after its
// start, whether or not we are up to date by then. Between chapters lies so
// much time that everything that can go wrong once is mended: a lost webhook
// by the second sweep.
type chapter struct {
	told  string
	plans []planned
}

type planned struct {
	after time.Duration // the start of the chapter
	do    func(*people) error
}

// act is something that somebody does at a time.
type act struct {
	at time.Time
	do func(*people) error
}

const (
	// apart is from the start of a chapter to that of the next. Its first part
	// has one sweep besides the one at the start, and everything that people
	// do; then there is time for another sweep, and to mend what it finds.
	apart = 23 * time.Minute
	sweep = 8 * time.Minute
	first = 12 * time.Minute
	s     = time.Second
	m     = time.Minute
)

// start returns when a chapter begins.
func start(chapter int) time.Time { return began.Add(time.Duration(chapter) * apart) }

// floating is said in the chapter where it stands, or before, at whichever step
// a run chooses: news may come at any moment.
const floating = "/note the celebrity deleted the tweet"

// floats is the chapter in which it is said at the latest, and floated what is
// then to be seen of it.
const (
	floats  = 11
	floated = head + " | comment | dave | [" + bot + " rocket] | " + floating
)

var story = []chapter{
	{"declared and staffed; a second role is refused to command, everything to a stranger", []planned{
		{0, func(p *people) error {
			if err := p.open("dave", shop, "Alert when the order queue grows", "It has been on the list\r\nsince spring. See `hereby`."); err != nil {
				return err
			}
			return p.open("bob", infra, "Renew the lease of the rack", "")
		}},
		{s, func(p *people) (err error) {
			return p.open("erin", shop, head, "Since the celebrity's tweet nobody can pay.\r\n\r\n- [ ] tell the celebrity\r\n")
		}},
		{10 * s, said("erin", "Customers abandon full carts.\r\n\r\nI hereby declare this an incident")},
		{1 * m, said("erin", "/ops")},
		{70 * s, said("mallory", "/ic me")},
		{2 * m, said("erin", "/ops @alice @bob\n/comms @carol")},
	}},
	{"two changes overlap; people talk, and edit what they said", []planned{
		{0, said("alice", "Looking at the **logs**…  \n> /ops @dave\n\n```\n/restored\n```\n")},
		{20 * s, said("alice", "/change start web server configuration\n/action fewer web workers")},
		{1 * m, said("bob", "hereby change start MySQL configuration")},
		{80 * s, said("carol", "/update all We know, and are on it")},
		{90 * s, said("alice", "/followup Ask the provider for its limits @olga")},
		{2 * m, func(p *people) error {
			return p.edit("alice", "Looking at the **logs**", "Looking at the **logs** — the socket pool is full\n")
		}},
	}},
	{"command is handed over, and who had it repairs", []planned{
		{0, said("erin", "I know that code, so let me:\n/ic @dave\n/ops")},
	}},
	{"boxes are ticked and texts of ours edited by hand, one of them with its marker", []planned{
		{0, tick("carol", "Communications", 1)},
		{1 * s, tick("carol", "Communications", 2)},
		{2 * s, tick("carol", "Communications", 3)},
		{10 * s, func(p *people) error {
			return p.insert("carol", "Communications", "Called **every** store manager:\r\n- North: ok @alice", func(body, part string) string {
				text, mark, ours := strings.Cut(body, "\n\n<!-- hereby:")
				if ours {
					mark = "\n\n<!-- hereby:" + mark
				}
				return text + "\n\n" + part + mark
			})
		}},
		{1 * m, func(p *people) error {
			return p.insert("bob", "Operations B", "My notes; nobody else's!", func(body, part string) string { return part + "\n\n" + marker.Strip(body) })
		}},
	}},
	{"somebody is assigned as a second communications by hand: undone", []planned{
		{0, func(p *people) error {
			return p.on("Communications", func(t ticket) error { return p.r.town.assign("bob", t.ref, "carol", "bob") })
		}},
	}},
	{"service is back", []planned{
		{0, said("dave", "/summary Too many web workers filled MySQL's socket pool")},
		{20 * s, said("bob", "/change done MySQL configuration")},
		{21 * s, said("alice", "/change done web server configuration\n/note 15:00 the first 502")},
		{1 * m, said("dave", "/restored")},
	}},
	{"the post-mortem is written, with somebody to blame, and held back", []planned{
		{0, wrote("carol", edit{below: map[string]string{
			"Abstract":               "The checkout answered 502, for as long as the pool of sockets was full, and shoppers left with nothing.\r",
			"Impact on stakeholders": "Carts were abandoned.",
			"Issues discovered":      "- The pool has no bound @alice #technical\n- Bob Santos restarted the wrong server",
		}})},
		{1 * m, said("bob", "/issue "+asked)},
		{3 * m, said("dave", "/publish")},
	}},
	{"it is reworded, and published", []planned{
		{0, func(p *people) error {
			return p.write("carol", edit{words: []string{
				"- Bob Santos restarted the wrong server", "- Nothing tells the servers apart to:" + p.r.town.place(infra),
				"- The pool has no bound", "- The pool of sockets has no bound",
			}})
		}},
		{90 * s, said("dave", "/publish")},
	}},
	{"olga is done; planning files follow-ups, one elsewhere, and links an old ticket; somebody links one by hand", []planned{
		{0, done("Ask the provider", "olga")},
		{0, func(p *people) error {
			old, err := p.ticket("Alert when")
			if err != nil {
				return err
			}
			return p.on(head, func(t ticket) error {
				return p.say("carol", fmt.Sprintf("/planning\n/followup Bound the socket pool @alice\n/followup Load-test the checkout @bob to:%s\n/link %s", infra, old.ref.Near(t.ref)))
			})
		}},
		{1 * m, func(p *people) error {
			if err := p.open("alice", shop, "Rotate the certificates", "They expire in May."); err != nil {
				return err
			}
			return p.hang("Rotate", true)
		}},
	}},
	{"closed too early, with a click", []planned{
		{0, closed("erin", "")},
	}},
	{"what was linked by hand is unlinked by hand, and a pull request closes the incident", []planned{
		{0, func(p *people) error {
			return p.hang("Rotate", false)
		}},
		{2 * m, func(p *people) error {
			return errors.Join(p.bring(), p.on(head, func(t ticket) error { return p.r.town.mergeFix("bob", t.ref) }))
		}},
	}},
	{"duties and tickets are done", []planned{
		{0, func(p *people) error { return p.float() }},
		{1 * m, said("dave", "/done 5\n/done 6")},
		{61 * s, said("alice", "/done 2")},
		{62 * s, said("erin", "/done 2")},
		{2 * m, said("carol", "/done 4\n/done 5\n/skip 6 the provider does that")},
		{130 * s, done("Alert when", "dave")},
		{131 * s, done("Bound the socket pool", "alice")},
	}},
	{"the review is moved, /close refused, and one ticket wontfix", []planned{
		{0, done("Operations B", "bob")},
		{30 * s, said("dave", "/review move 2026-12-22")},
		{1 * m, said("dave", "/close")},
		{2 * m, func(p *people) error {
			i, err := p.ticket("Load-test")
			if err != nil {
				return err
			}
			return p.say("carol", fmt.Sprintf("/wontfix %s the provider's own load test covers it", i.ref))
		}},
	}},
	{"a review is held while something is open, and command closes it by hand all the same", []planned{
		{0, said("dave", "/review done except @bob on leave")},
		{2 * m, closed("dave", "completed")},
	}},
	{"the last ticket is done, the last review held, and /close obeyed", []planned{
		{0, done("Rotate", "alice")},
		{1 * s, done("The pool has no bound", "alice")},
		{2 * s, done("Nothing tells the servers apart", "bob")},
		{3 * s, done("The dashboard shows averages only", "bob")},
		{2 * m, said("dave", "/close")},
		{3 * m, said("dave", "/review done")},
		{4 * m, said("dave", "/close")},
	}},
	{"a ticket is opened again after the close", []planned{
		{0, func(p *people) error {
			return p.on("Rotate", func(t ticket) error { return p.r.town.reopen("alice", t.ref) })
		}},
		{1 * m, said("mallory", "well done")},
	}},
}

// head is the title of the issue that is declared.
const head = "Checkout answers 502"

// asked is an issue that a comment asks to be put on the page.
const asked = "The dashboard shows averages only"

// chapter plays one chapter to its end.
func (r *run) chapter(n int) error {
	for _, x := range story[n].plans {
		r.agenda = append(r.agenda, act{start(n).Add(x.after), x.do})
	}
	slices.SortStableFunc(r.agenda, func(a, b act) int { return a.at.Compare(b.at) })
	return r.until(start(n + 1))
}

func said(who, text string) func(*people) error {
	return func(p *people) error { return p.say(who, text) }
}

func closed(who, as string) func(*people) error {
	return func(p *people) error {
		return errors.Join(p.bring(), p.on(head, func(t ticket) error { return p.r.town.closeTicket(who, t.ref, as) }))
	}
}

// done closes a ticket, unless that was done by its last duty.
func done(title, who string) func(*people) error {
	return func(p *people) error {
		return p.on(title, func(t ticket) error {
			if t.state != "open" {
				return nil
			}
			return p.r.town.closeTicket(who, t.ref, "completed")
		})
	}
}

func tick(who, title string, n int) func(*people) error {
	return func(p *people) error {
		return p.on(title, func(t ticket) error { return p.r.town.tick(who, t.ref, n) })
	}
}

// hang puts a ticket under the head by hand, or takes it away.
func (p *people) hang(title string, on bool) error {
	return p.on(head, func(parent ticket) error {
		return p.on(title, func(t ticket) error { return p.r.town.attach("alice", parent.ref, t.ref, on) })
	})
}
