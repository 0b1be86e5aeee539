package demo

import (
	"errors"
	"fmt"
	"time"
)

// scene is one step of the story: what people do, and what must be seen
// afterwards in the tracker.
type scene struct {
	later time.Duration // passes before it
	told  string        // what happens, in plain words
	act   func(*play) error
	seen  string // what is to be seen, in plain words
	look  func(*play) error
}

var story = []scene{
	{
		told: "Customers abandon full carts: the checkout answers 502. erin opens an issue, and does not wait to be sure.\n\tShe comments: I hereby declare this an incident",
		act: func(p *play) (err error) {
			if p.earlier, err = p.as("dave").OpenIssue(Repo, "Alert when the order queue grows", "It has been on the list since spring."); err != nil {
				return err
			}
			p.head, err = p.as("erin").OpenIssue(Repo, "Checkout answers 502", "Since the celebrity's tweet nobody can pay.")
			if err != nil {
				return err
			}
			return p.comment("erin", "I hereby declare this an incident")
		},
		seen: "the board, erin in command, and her checklist as a sub-issue",
		look: all(board("erin is in command", "take it with `/ops`"), child("Incident command"), labels("incident", "hereby", "hereby/declared")),
	},
	{
		later: time.Minute,
		told:  "erin knows the code and would rather repair it herself: /ops",
		act:   func(p *play) error { return p.comment("erin", "/ops") },
		seen:  "refused: command directs and cannot perform the tasks of another role",
		look:  all(answered("confused", "command cannot perform the tasks of another role"), noChild("Operations")),
	},
	{
		later: time.Minute,
		told:  "So she delegates, in one comment: /ops @alice @bob, /comms @carol",
		act:   func(p *play) error { return p.comment("erin", "/ops @alice @bob\n/comms @carol") },
		seen:  "one checklist for each of them, assigned; the incident is responding",
		look:  all(child("Operations A", "alice"), child("Operations B", "bob"), child("Communications", "carol"), labels("hereby/responding")),
	},
	{
		later: 3 * time.Minute,
		told:  "alice changes the web server; and so, a minute later and unknown to her, bob the database",
		act: func(p *play) error {
			if err := p.comment("alice", "/change start web server configuration\n/action fewer web workers, so that the socket pool cannot fill up"); err != nil {
				return err
			}
			if err := p.pass(time.Minute); err != nil {
				return err
			}
			return p.comment("bob", "/change start MySQL configuration")
		},
		seen: "both are warned, and erin is asked who goes first",
		look: all(answered("rocket", "also in progress", "web server configuration", "erin, please decide"), board("MySQL configuration")),
	},
	{
		later: 5 * time.Minute,
		told:  "bob takes his change back; carol tells owner, customers and teams, and ticks it off; erin summarises",
		act: func(p *play) error {
			if err := p.comment("bob", "/change done MySQL configuration\n/action took the MySQL change back"); err != nil {
				return err
			}
			for n := 1; n <= 3; n++ {
				if err := p.as("carol").TickBox(Repo, p.child("Communications"), n, true); err != nil {
					return err
				}
			}
			return p.comment("erin", "/summary Too many web workers filled MySQL's socket pool; alice is bounding them")
		},
		seen: "the state stands on the board",
		look: board("Too many web workers filled"),
	},
	{
		later: 12 * time.Minute,
		told:  "Carts go through again. alice is done; erin: /restored",
		act: func(p *play) error {
			if err := p.comment("alice", "/change done web server configuration\n/note the checkout answers within 200 ms again"); err != nil {
				return err
			}
			return p.comment("erin", "/restored")
		},
		seen: "the incident is restored, and far from closed",
		look: all(labels("hereby/restored"), board("Stands against closing")),
	},
	{
		later: 20 * time.Minute,
		told:  "dave takes planning and files what was found; an old ticket belongs to it as well",
		act: func(p *play) error {
			return p.comment("dave", fmt.Sprintf("/planning\n/followup Bound the socket pool by the number of workers @alice\n/followup Load-test the checkout before campaigns @bob\n/link #%d", p.earlier))
		},
		seen: "two linked tickets with owners, and the old one linked too",
		look: all(child("Bound the socket pool", "alice"), child("Load-test the checkout", "bob"), child("Alert when the order queue grows"), child("Planning", "dave")),
	},
	{
		later: time.Hour,
		told:  "The pain is gone, everybody is tired, and erin closes the issue with a click",
		act:   func(p *play) error { return p.as("erin").Close(Repo, p.head, "completed") },
		seen:  "reopened, with the list of what still stands against it",
		look:  all(open, said("still stands against closing", "Bound the socket pool")),
	},
	{
		later: 20 * time.Hour,
		told:  "The next day bob merges a pull request that says \"Fixes\" the incident",
		act: func(p *play) error {
			pr, err := p.as("bob").OpenPR(Repo, "Bound the workers", fmt.Sprintf("Fixes #%d", p.head))
			if err != nil {
				return err
			}
			return p.as("bob").MergePR(Repo, pr)
		},
		seen: "reopened again, with a word on how to refer to incidents",
		look: all(open, said(fmt.Sprintf("write `Refs #%d`", 2))),
	},
	{
		later: 24 * time.Hour,
		told:  "Duty by duty, the checklists are done",
		act: func(p *play) error {
			return errors.Join(
				p.comment("alice", "/done 2"), p.comment("bob", "/done 2"), p.comment("carol", "/done 4"),
				p.comment("erin", "/done 5\n/done 6"), p.comment("dave", "/done 1\n/done 2"))
		},
		seen: "each checklist closed itself with its last duty",
		look: all(done("Incident command"), done("Operations A"), done("Operations B"), done("Communications"), done("Planning")),
	},
	{
		later: 5 * 24 * time.Hour,
		told:  "alice finishes her ticket and dave the old one; erin tries /close",
		act: func(p *play) error {
			if err := p.as("alice").Close(Repo, p.child("Bound the socket pool"), "completed"); err != nil {
				return err
			}
			if err := p.as("dave").Close(Repo, p.earlier, "completed"); err != nil {
				return err
			}
			return p.comment("erin", "/close")
		},
		seen: "refused: one linked ticket is still open",
		look: all(open, answered("confused", "1 thing still stands", "Load-test the checkout")),
	},
	{
		later: 24 * time.Hour,
		told:  "The team decides against the load test, on the record: /wontfix. Then erin: /close",
		act: func(p *play) error {
			if err := p.comment("dave", fmt.Sprintf("/wontfix #%d the provider's own load test covers it", p.child("Load-test the checkout"))); err != nil {
				return err
			}
			if err := p.rest(); err != nil {
				return err
			}
			return p.comment("erin", "/close")
		},
		seen: "closed for good, with thanks",
		look: all(closed("completed"), labels("hereby/closed"), said("The incident is closed")),
	},
}
