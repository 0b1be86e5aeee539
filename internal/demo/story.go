package demo

import (
	"errors"
	"fmt"
	"time"

	"github.com/hereby/hereby/internal/incident"
)

// scene is one step of the story: what people do, and what must be seen
// afterwards in the tracker.
type scene struct {
	later time.Duration // passes before it
	wiki  bool          // left out where there is no wiki
	on    string        // left out on any other tracker; "": on none
	told  string        // what happens, in plain words
	act   func(*play) error
	seen  string // what is to be seen, in plain words
	look  func(*play) error
}

var story = []scene{
	{
		told: "Customers abandon full carts: the checkout answers 502. erin opens an issue, and does not wait to be sure.\n\tShe comments: I hereby declare this an incident",
		act: func(p *play) (err error) {
			if p.earlier, err = p.stage.town.open("dave", "Alert when the order queue grows", "It has been on the list since spring."); err != nil {
				return err
			}
			p.head, err = p.stage.town.open("erin", "Checkout answers 502", "Since the celebrity's tweet nobody can pay.")
			if err != nil {
				return err
			}
			return p.comment("erin", "I hereby declare this an incident")
		},
		seen: "the board, erin in command, and her checklist under the issue",
		look: all(board("erin is in command", "take it with `/ops`"), child("Incident command"), labels("incident", "hereby", "hereby/declared")),
	},
	{
		later: time.Minute,
		told:  "erin knows the code and would rather repair it herself: /ops",
		act:   func(p *play) error { return p.comment("erin", "/ops") },
		seen:  "refused: command directs and cannot perform the tasks of another role",
		look:  all(answered(refused, "command cannot perform the tasks of another role"), noChild("Operations")),
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
		look: all(answered(obeyed, "also in progress", "web server configuration", "erin, please decide"), board("MySQL configuration")),
	},
	{
		later: 5 * time.Minute,
		told:  "bob takes his change back; carol tells owner, customers and teams: /update all; erin summarises",
		act: func(p *play) error {
			if err := p.comment("bob", "/change done MySQL configuration\n/action took the MySQL change back"); err != nil {
				return err
			}
			if err := p.comment("carol", "/update all We know that the checkout fails and are working on it; the next word comes by 15:45"); err != nil {
				return err
			}
			return p.comment("erin", "/summary Too many web workers filled MySQL's socket pool; alice is bounding them")
		},
		seen: "the state stands on the board, and everybody has a mail",
		look: all(board("Too many web workers filled"), mailed("update", "status@shop.example"), mailed("update", "olga@acme.example")),
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
		seen: "the incident is restored, and far from closed; a post-mortem waits in the wiki, with what was live when it recovered; everybody is invited to its review",
		look: all(labels("hereby/restored"), mailed("review", "bob@acme.example"), board("Stands against closing"),
			page("# Post-mortem: Checkout answers 502", "*To be written:", "Operations B", "**What was live when it recovered**", "web server configuration")),
	},
	{
		later: 2 * time.Hour,
		wiki:  true,
		told:  "carol writes what happened; and, tired as she is, who did it",
		act: func(p *play) error {
			err := errors.Join(
				p.write("carol", "Abstract", "After a celebrity's tweet the checkout answered 502 for twenty minutes. The web servers had been given more workers than the database has sockets, and every worker waited for one."),
				p.write("carol", "Impact on stakeholders", "About four thousand full carts were abandoned. The owner knew after six minutes, the customers after nine."),
				p.write("carol", "Issues discovered", "- The number of workers is not bound to the socket pool @alice #technical due:2026-12-11", "- Campaigns are not announced to operations #communication", "- Bob Santos restarted the wrong server by human error"))
			return errors.Join(err, p.pass(2*time.Minute))
		},
		seen: "one comment says what to write instead",
		look: all(said("read for blame", "Holds back `/publish`", "Bob Santos", "Operations B"), labels("hereby/blame")),
	},
	{
		later: 15 * time.Minute,
		wiki:  true,
		told:  "erin: /publish",
		act:   func(p *play) error { return p.comment("erin", "/publish") },
		seen:  "refused, with the line and better words; the first issue, which names an owner, is a ticket already",
		look:  all(answered(refused, "1 finding holds the page back", "Bob Santos"), child("The number of workers", "alice")),
	},
	{
		later: 5 * time.Minute,
		wiki:  true,
		told:  "carol looks for what let it happen, and erin publishes",
		act: func(p *play) error {
			err := p.reword("carol", "Bob Santos restarted the wrong server by human error", "Nothing on the screen tells the two servers apart #people")
			if err != nil {
				return err
			}
			if err := p.pass(2 * time.Minute); err != nil {
				return err
			}
			return p.comment("erin", "/publish")
		},
		seen: "each issue is a linked ticket, the page links to them, names only roles, and goes round",
		look: all(answered(obeyed, "published"), labels("hereby/documented"), noLabel("hereby/blame"),
			child("Campaigns are not announced"), child("Nothing on the screen tells"),
			page("**documented**", "→ [", " open <!-- hereby:item-", "Operations A #technical"), mailed("published", "everybody@acme.example")),
	},
	{
		later: 20 * time.Minute,
		told:  "dave takes planning and files what was found; an old ticket belongs to it as well",
		act: func(p *play) error {
			return p.comment("dave", fmt.Sprintf("/planning\n/followup Bound the socket pool by the number of workers @alice\n/followup Load-test the checkout before campaigns @bob\n/link %s", p.earlier.Near(p.head)))
		},
		seen: "two linked tickets with owners, and the old one linked too",
		look: all(child("Bound the socket pool", "alice"), child("Load-test the checkout", "bob"), child("Alert when the order queue grows"), child("Planning", "dave")),
	},
	{
		later: time.Hour,
		told:  "The pain is gone, everybody is tired, and erin closes the issue with a click",
		act:   func(p *play) error { return p.close("erin", p.head) },
		seen:  "reopened, with the list of what still stands against it",
		look:  all(open, said("still stands against closing", "Bound the socket pool")),
	},
	{
		later: 20 * time.Hour,
		on:    "jira",
		told:  "The next day a rule of the project resolves the incident, because bob merged a branch",
		act:   func(p *play) error { return p.stage.town.automate("bob", p.head) },
		seen:  "reopened again: an automation's close is a close like any other",
		look:  all(open, said("still stands against closing")),
	},
	{
		later: 20 * time.Hour,
		on:    "github",
		told:  "The next day bob merges a pull request that says \"Fixes\" the incident",
		act:   func(p *play) error { return p.stage.town.automate("bob", p.head) },
		seen:  "reopened again, with a word on how to refer to incidents",
		look:  all(open, said("write `Refs #2`")),
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
			if err := p.close("alice", p.child("Bound the socket pool")); err != nil {
				return err
			}
			if err := p.close("dave", p.earlier); err != nil {
				return err
			}
			if err := p.finish("The number of workers", "Campaigns are not announced", "Nothing on the screen tells"); err != nil {
				return err
			}
			return p.comment("erin", "/close")
		},
		seen: "refused: one linked ticket is still open, and no review was held",
		look: all(open, answered(refused, "2 things still stand", "Load-test the checkout", "The last review")),
	},
	{
		later: 24*24*time.Hour - 5*time.Hour,
		told:  "Thirty days after. The agenda has been there for a week; bob does not come, and erin: /review done except @bob",
		act:   func(p *play) error { return p.comment("erin", "/review done except @bob") },
		seen:  "refused: without him it is no review, unless there is a reason",
		look:  all(child("Review 1"), answered(refused, "@bob")),
	},
	{
		later: 5 * time.Minute,
		told:  "He is ill. With the reason it counts; but the load test is still open",
		act:   func(p *play) error { return p.comment("erin", "/review done except @bob is ill") },
		seen:  "recorded; as something is open the next review follows in thirty days",
		look:  all(open, labels("hereby/reviewing"), answered(obeyed, "review 2"), done("Review 1"), board("review 2 on Tuesday 2027-01-19")),
	},
	{
		later: 30 * 24 * time.Hour,
		told:  "Thirty more days. The team decides against the load test, on the record: /wontfix. All are there: /review done, and then /close",
		act: func(p *play) error {
			if err := p.comment("dave", fmt.Sprintf("/wontfix %s the provider's own load test covers it", p.child("Load-test the checkout").Near(p.head))); err != nil {
				return err
			}
			if err := p.rest(); err != nil {
				return err
			}
			if err := p.comment("erin", "/review done"); err != nil {
				return err
			}
			if err := p.rest(); err != nil {
				return err
			}
			return p.comment("erin", "/close")
		},
		seen: "closed for good, with thanks, and the post-mortem goes round once more",
		look: all(closed(incident.Done), mailed("closed", "everybody@acme.example"), labels("hereby/closed"), said("The incident is closed")),
	},
}
