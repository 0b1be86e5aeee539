package plan_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/hereby/hereby/internal/incident"
	"github.com/hereby/hereby/internal/postmortem"
)

// restored plays an incident until service is back and the page is there.
func (w *world) restored() *world {
	w.t.Helper()
	w.wiki().declare().staffed()
	w.after(time.Minute).say("bob", "/change start pool size")
	w.after(5*time.Minute).say("bob", "/action fewer workers\n/evidence https://graphs.example/1")
	w.after(time.Minute).say("alice", "/restored")
	w.settle()
	return w
}

// post writes what only people can write, and lets them finish.
func (w *world) post(items string) *world {
	w.write(func(text string) string {
		for heading, prose := range map[string]string{
			"## Abstract":               "The checkout answered 502 for an hour because the pool of sockets was full. More workers had been added after a tweet.",
			"## Impact on stakeholders": "Every customer who wanted to pay between two and three in the afternoon could not, which is four thousand carts.",
			"## Issues discovered":      items,
		} {
			text = strings.Replace(text, heading+"\n", heading+"\n\n"+prose+"\n", 1)
		}
		return text
	})
	w.after(11 * time.Minute).settle()
	return w
}

func (w *world) text12() string { return w.pages[postName].Text }

// The page appears with service, with people as variables, and is indexed (O17,
// O39, O40, O44).
func TestAPageIsWritten(t *testing.T) {
	w := newWorld(t).restored()
	page := w.text12()
	contains(t, page, "# Post-mortem: Checkout is down", "## Abstract", "Incident Command", "Operations A", "service is back", "pool size", "graphs.example")
	lacks(t, page[strings.Index(page, "## Timeline"):], "alice", "bob")
	contains(t, w.pages["Incidents"].Text, "[Postmortem-12](Postmortem-12)", "Checkout is down", "restored")
	contains(t, w.board(), "**Post-mortem**: [Postmortem-12](https://tracker.example/acme/shop/wiki/Postmortem-12) – not published yet", "The post-mortem [Postmortem-12]")
	if _, ok := w.pages["Home"]; ok {
		t.Error("Home was touched")
	}
}

// We leave a page alone for ten minutes after a person wrote to it, and after
// we did (design, section 11).
func TestAPageIsLeftInPeace(t *testing.T) {
	w := newWorld(t).restored()
	w.after(time.Minute).say("dave", "/note the graphs look bad")
	if strings.Contains(w.text12(), "the graphs look bad") {
		t.Error("we wrote twice within ten minutes")
	}
	w.after(8 * time.Minute)
	w.write(func(s string) string { return s + "\nMine.\n" })
	w.after(5 * time.Minute).settle()
	if strings.Contains(w.text12(), "the graphs look bad") {
		t.Error("we wrote right after a person did")
	}
	w.after(6 * time.Minute).settle()
	contains(t, w.text12(), "the graphs look bad", "\nMine.\n")
}

// Each item becomes one linked ticket: as soon as it names an owner, else at
// publication, whatever happens to its text meanwhile (O35).
func TestItemsBecomeTickets(t *testing.T) {
	w := newWorld(t).restored().post("- The pool of sockets has no bound @bob #technical due:2026-12-24\n- Nobody was woken at night #process\n- Alerts come late #communication")
	var follow []incident.Ticket
	tickets := func() []incident.Ticket {
		follow = nil
		for _, x := range w.s.Tickets {
			if x.Slot.Under("follow") {
				follow = append(follow, x)
			}
		}
		return follow
	}
	if got := tickets(); len(got) != 1 || got[0].Title != "The pool of sockets has no bound" || len(got[0].Assignees) != 1 || got[0].Assignees[0] != "bob" {
		t.Fatalf("before publication: %+v", got)
	}
	w.after(11 * time.Minute).settle()
	contains(t, w.text12(), "→ #"+follow[0].Ref.Number()+" open <!-- hereby:item-")
	id := w.say("alice", "/publish")
	contains(t, w.reply(id), "✅ `/publish` – published; 2 issues follow as linked tickets")
	w.after(10 * time.Second).settle()
	if got := tickets(); len(got) != 3 {
		t.Fatalf("after publication: %+v", got)
	}
	contains(t, w.text12(), "- Nobody was woken at night #process → #")
	lacks(t, w.text12()[strings.Index(w.text12(), "## Impact"):], "@bob")
	contains(t, w.board(), "Nobody was woken at night", "published 2026-11-23")
	w.closeTicket(follow[1].Ref, "carol", incident.Done)
	w.after(11 * time.Minute).settle()
	contains(t, w.text12(), " done <!-- hereby:item-")

	// Removing the item does not take its ticket out of the gate.
	w.write(func(s string) string {
		i := strings.Index(s, "- Alerts come late")
		return s[:i] + s[i+strings.Index(s[i:], "\n")+1:]
	})
	w.after(11 * time.Minute).settle()
	if got := tickets(); len(got) != 3 {
		t.Errorf("%d tickets", len(got))
	}
	contains(t, w.board(), "Alerts come late")
}

// What looks for somebody to blame holds publication back, and one comment
// says what to write instead (O48-O51).
func TestBlameHoldsPublicationBack(t *testing.T) {
	w := newWorld(t)
	w.restored()
	w.post("- The pool has no bound\n- @zoe deleted the index\n")
	w.after(2 * time.Minute).settle()
	contains(t, w.text("say/blame"), "Holds back `/publish`", "@\u2060zoe")
	if !w.hasLabel("hereby/blame") {
		t.Error("no label")
	}
	id := w.say("alice", "/publish")
	contains(t, w.reply(id), "❌ `/publish`", "holds the page back", "zoe")
	if w.sentCount("published") != 0 {
		t.Error("distributed")
	}
	w.write(func(s string) string {
		return strings.Replace(s, "@zoe deleted the index", "The index could be deleted without a copy", 1)
	})
	w.after(11 * time.Minute).settle()
	lacks(t, w.text("say/blame"), "zoe")
	if w.hasLabel("hereby/blame") {
		t.Error("the label stays")
	}
	id = w.say("alice", "/publish")
	contains(t, w.reply(id), "✅")
	w.after(time.Minute).settle()
	if w.sentCount("published") != 1 {
		t.Errorf("distributed %d times", w.sentCount("published"))
	}
	var twin postmortem.Twin
	if err := json.Unmarshal([]byte(w.pages["Postmortem-12.json"].Text), &twin); err != nil || twin.Published.IsZero() || len(twin.Items) != 2 {
		t.Errorf("%v, %+v", err, twin)
	}
	lacks(t, w.pages["Postmortem-12.json"].Text, "alice", "bob", "index could be deleted")
}

func (w *world) sentCount(event string) (n int) {
	for _, x := range w.sent {
		if x.Event == event {
			n++
		}
	}
	return n
}

// An issue from a comment stands on the page, once; a person may take it away.
func TestAnIssueFromAComment(t *testing.T) {
	w := newWorld(t).restored().post("- The pool has no bound")
	w.say("dave", "/issue The dashboard shows averages only\nand hides the peaks")
	w.after(11 * time.Minute).settle()
	if n := strings.Count(w.text12(), "- The dashboard shows averages only"); n != 1 {
		t.Fatalf("%d times in\n%s", n, w.text12())
	}
	w.write(func(s string) string {
		i := strings.Index(s, "- The dashboard")
		j := i + strings.Index(s[i:], "peaks")
		return s[:i] + s[j+strings.Index(s[j:], "\n")+1:]
	})
	w.after(11 * time.Minute).settle()
	w.after(11 * time.Minute).settle()
	lacks(t, w.text12(), "- The dashboard")
}

// A wiki that cannot be used stops nothing; the board names the ways out.
func TestAWikiThatCannotBeUsed(t *testing.T) {
	w := newWorld(t).wiki()
	w.broken = "the wiki of acme/shop has no first page."
	w.declare().staffed().say("alice", "/restored")
	w.settle()
	contains(t, w.board(), "no first page", "`wiki.url`", "`wiki.enabled: false`", "`/postmortem URL`")
	contains(t, w.reply(w.say("alice", "/publish")), "❌", "no first page")
	id := w.say("alice", "/postmortem https://docs.example/pm/12")
	contains(t, w.reply(id), "✅", "external and not checked")
	contains(t, w.board(), "https://docs.example/pm/12 (external, not checked)")
	lacks(t, w.board(), "no first page")
	if w.s.Head.State != incident.Open || w.sentCount("published") != 1 {
		t.Error("the close or the distribution does not follow")
	}
}

// A page that was there and is gone is not written anew: its history holds
// what people wrote. The gate says what to do.
func TestAPageThatIsGone(t *testing.T) {
	w := newWorld(t).restored()
	old := w.pages[postName]
	delete(w.pages, postName)
	w.after(20 * time.Minute).settle()
	if w.pages[postName].Exists {
		t.Error("written anew")
	}
	contains(t, w.board(), "is gone from the wiki", "/postmortem URL")
	w.pages[postName] = old
	w.after(20 * time.Minute).settle()
	lacks(t, w.board(), "is gone from the wiki")
}

// Nor is one that was deleted before we looked at what we had written.
func TestAPageThatIsGoneAtOnce(t *testing.T) {
	w := newWorld(t).wiki().declare().staffed()
	w.tell("alice", "/restored")
	for range 20 {
		w.after(time.Second).pass()
		if w.pages[postName].Exists {
			break
		}
	}
	delete(w.pages, postName)
	w.after(20 * time.Minute).settle()
	if w.pages[postName].Exists {
		t.Error("written anew")
	}
	contains(t, w.board(), "is gone from the wiki", "/postmortem URL")
}

// A policy without a wiki drops the condition (design, section 10).
func TestNoWiki(t *testing.T) {
	w := newWorld(t).declare().staffed()
	w.say("alice", "/restored")
	w.settle()
	lacks(t, w.board(), "ost-mortem")
	contains(t, w.reply(w.say("alice", "/publish")), "❌", "/postmortem URL")
	contains(t, w.reply(w.say("alice", "/issue no bound")), "❌", "/followup no bound")
}

// A wiki that does not answer for a moment refuses nobody: the command waits,
// and what was said after it with it, but not for ever.
func TestAWikiThatDoesNotAnswer(t *testing.T) {
	w := newWorld(t).restored().post("- The pool has no bound\n- Alerts come late")
	w.broken, w.passing = "it is not reachable.", true
	id := w.tell("alice", "/publish")
	later := w.tell("dave", "/note on it")
	w.pass()
	if w.comment(id).Acked != "" || w.comment(later).Acked != "" || strings.Contains(w.board(), "not reachable") {
		t.Errorf("decided at once: %q", w.reply(id))
	}
	w.after(2 * time.Minute).broken = ""
	w.settle()
	if w.comment(id).Acked != incident.Obeyed || w.comment(later).Acked != incident.Obeyed {
		t.Errorf("%q", w.reply(id))
	}
	w = newWorld(t).restored().post("- The pool has no bound")
	w.broken, w.passing = "it is not reachable.", true
	id = w.tell("alice", "/publish")
	w.after(11 * time.Minute).settle()
	contains(t, w.reply(id), "❌", "does not answer: it is not reachable.")
}

// A store that forgot does not refuse to publish a page that it did not think
// of looking at.
func TestAForgottenPageIsReadFirst(t *testing.T) {
	w := newWorld(t).restored().post("- The pool has no bound\n- Alerts come late")
	w.after(time.Hour)
	w.forget()
	id := w.tell("alice", "/publish")
	if pl := w.pass(); w.comment(id).Acked != "" || !pl.Next.Equal(w.s.At) {
		t.Errorf("decided blindly: %q, looks again at %s", w.reply(id), pl.Next)
	}
	w.after(2 * w.s.Settling.Tickets).settle()
	if w.comment(id).Acked != incident.Obeyed {
		t.Errorf("%q", w.reply(id))
	}
}

// Only command publishes, or names another page.
func TestOnlyCommandPublishes(t *testing.T) {
	w := newWorld(t).restored().post("- The pool has no bound\n- Alerts come late")
	for _, line := range []string{"/publish", "/postmortem https://docs.example/1"} {
		contains(t, w.reply(w.say("bob", line)), "❌", "only command")
	}
	if w.sentCount("published") != 0 {
		t.Error("distributed")
	}
}

// What is published once is not sent round again.
func TestPublishedOnce(t *testing.T) {
	w := newWorld(t).restored().post("- The pool has no bound\n- Alerts come late")
	w.say("alice", "/publish")
	w.after(time.Minute).settle()
	contains(t, w.reply(w.say("alice", "/publish")), "✅", "published already")
	w.after(time.Hour).settle()
	if n := w.sentCount("published"); n != 1 {
		t.Errorf("sent round %d times", n)
	}
}

// The page of another incident, whose head had this number elsewhere, is left
// alone, and its items are not ours.
func TestAnotherIncidentsPage(t *testing.T) {
	w := newWorld(t).restored().post("- The pool has no bound @bob")
	text := strings.ReplaceAll(w.text12(), "hereby:1 9012 ", "hereby:1 7777 ")
	other := newWorld(t).wiki()
	other.pages[postName] = incident.Page{Exists: true, Text: text}
	other.declare().staffed().say("alice", "/restored")
	other.after(time.Hour).settle()
	if other.text12() != text {
		t.Error("written over")
	}
	for _, x := range other.s.Tickets {
		if x.Slot.Under("follow") {
			t.Errorf("its item became our ticket: %s", x.Title)
		}
	}
	contains(t, other.board(), "is the post-mortem of another incident", "/postmortem URL")
}

// A stranger's /publish keeps nobody waiting while the wiki does not answer.
func TestAStrangersPublishHoldsUpNobody(t *testing.T) {
	w := newWorld(t).restored().post("- The pool has no bound")
	w.broken, w.passing = "it is not reachable.", true
	w.tell("stranger", "/publish")
	id := w.tell("alice", "/unrestored")
	w.settle()
	if w.comment(id).Acked != incident.Obeyed {
		t.Error("held up")
	}
}

// Whoever reads the ticket is not addressed by what an item says.
func TestAnItemAddressesNobody(t *testing.T) {
	w := newWorld(t).restored().post("- Watch out @bob to:@acme/everyone\n- Hidden @bob to:<!--")
	for _, x := range w.s.Tickets {
		if x.Slot.Under("follow") {
			lacks(t, x.Body, "@acme/everyone", "<!--")
		}
	}
	lacks(t, w.text("say/blame"), "@acme/everyone", "to:<!--", "“<!--")
}

// After a lost store a page that was renamed is not written anew.
func TestAPageIsMissedAfterALostStore(t *testing.T) {
	for _, published := range []bool{true, false} {
		w := newWorld(t).restored().post("- The pool has no bound\n- Alerts come late")
		if published {
			w.say("alice", "/publish")
		}
		w.after(time.Hour).settle()
		delete(w.pages, postName)
		w.forget()
		w.after(2 * w.s.Settling.Tickets).settle()
		w.after(time.Hour).settle()
		if w.pages[postName].Exists {
			t.Errorf("published %v: written anew", published)
		}
		contains(t, w.board(), "is gone from the wiki")
	}
}

// After a lost store a head that moved keeps the page that it had.
func TestAPageOfAHeadThatMovedAfterALostStore(t *testing.T) {
	w := newWorld(t).restored().post("- The pool has no bound\n- Alerts come late")
	w.after(time.Hour).settle()
	w.s.Key, w.s.Head.Ref = "github:acme/shop#99", "acme/shop#99"
	w.moved = map[incident.Ref]bool{"acme/shop#12": true}
	w.forget()
	w.after(2 * w.s.Settling.Tickets).settle()
	w.after(time.Hour).settle()
	if w.pages["Postmortem-99"].Exists {
		t.Errorf("there is a second page: %s", w.pages["Postmortem-99"].Text)
	}
	contains(t, w.reply(w.say("alice", "/publish")), "✅")
}

// What somebody writes into the board's memory leads to no other page.
func TestABoardThatNamesAnotherPage(t *testing.T) {
	w := newWorld(t).wiki().declare().staffed()
	w.pages["Architecture"] = incident.Page{Exists: true, Text: "# Architecture\n"}
	for i := range w.s.Comments {
		if c := &w.s.Comments[i]; c.Slot == incident.Board {
			c.Data = strings.Replace(c.Data, "{", `{"page":"Architecture",`, 1)
		}
	}
	w.say("alice", "/restored")
	w.after(time.Hour).settle()
	if got := w.pages["Architecture"].Text; got != "# Architecture\n" || !w.pages[postName].Exists {
		t.Errorf("it reads %q; %v", got, w.pages[postName])
	}
}

// The duty to see to attendance may be ticked in the comment that records the
// last review.
func TestTheLastReviewAndTheLastDutyAtOnce(t *testing.T) {
	w := newWorld(t).declare().staffed()
	w.say("alice", "/restored")
	w.settle()
	w.say("alice", "/done 3", "/done 5")
	w.closeTicket(w.slot("role/operations/bob").Ref, "bob", incident.Done)
	w.closeTicket(w.slot("role/communications").Ref, "carol", incident.Done)
	w.after(time.Minute).tell("alice", "/review done", "/done 6")
	w.after(3 * time.Second).settle()
	w.after(time.Minute).settle()
	if id := w.say("alice", "/close"); w.s.Head.State == incident.Open {
		t.Errorf("%s", w.reply(id))
	}
}

// What goes round at the close says where the post-mortem is, and so waits for
// a wiki that does not answer, but not for long.
func TestTheLastRoundWaitsForTheWiki(t *testing.T) {
	for wait, linked := range map[time.Duration]bool{2 * time.Minute: true, 11 * time.Minute: false} {
		w := newWorld(t).restored().post("- The pool has no bound")
		w.say("alice", "/publish")
		w.finish().review("alice")
		w.broken, w.passing = "it is not reachable.", true
		w.say("alice", "/close")
		if w.ended() != "closed" || len(w.told("closed")) != 0 {
			t.Fatalf("%q, told %v\n%s", w.ended(), w.told("closed"), w.board())
		}
		if linked {
			w.broken = ""
		}
		w.after(wait).settle()
		if n := w.only("closed"); strings.Contains(n.Text, w.pages[postName].URL) != linked {
			t.Errorf("after %s: %s", wait, n.Text)
		}
	}
}
