package plan_test

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/extension"

	"github.com/hereby/hereby/internal/incident"
	"github.com/hereby/hereby/internal/render"
	"github.com/hereby/hereby/templates"
)

var update = flag.Bool("update", false, "write testdata/*.md anew")

// Every text people read, as they read it, in testdata. Review those files.
func TestTexts(t *testing.T) {
	for name, text := range texts(t) {
		t.Run(name, func(t *testing.T) {
			text = heads.ReplaceAllString(text, "entry 7, `0123456789ab`")
			file := filepath.Join("testdata", name+".md")
			if *update {
				if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(file)
			if err != nil || string(want) != text {
				t.Errorf("%s differs (go test ./internal/plan -update writes it anew), %v:\n%s", file, err, text)
			}
			wellFormed(t, text)
		})
	}
}

// texts plays what it takes to have every text said.
func texts(t *testing.T) map[string]string {
	all := map[string]string{}
	w := newWorld(t)
	w.p.Private, w.p.Zone = "security@acme.example", time.FixedZone("CET", 3600)
	var err error
	if w.p.Texts, err = render.Load(templates.FS, nil, w.p.Zone); err != nil {
		t.Fatal(err)
	}
	w.s.Others = []incident.Other{{Key: "tracker:acme/shop#7", URL: "https://tracker.example/acme/shop/issues/7", Title: "Login is slow", Since: start.Add(-time.Hour)}}
	w.declare()
	all["board-declared"] = w.board()
	w.after(5 * time.Minute).settle()
	all["staffing"] = w.text("say/staffing/5")
	all["reply-refused-roles"] = w.reply(w.say("alice", "/ops @alice", "/comms @nobody", "/ops @robot", "/comms @bob @carol", "/release @bob", "/ic @dave @erin"))
	all["reply-refused-operations"] = w.reply(w.say("alice", "/action restarted the pool", "/change done pool"))
	all["reply-refused-join"] = w.reply(w.say("bob", "/action restarted the pool", "/summary it burns", "/close", "/wontfix #50 never", "/done 1", "/ic"))
	w.say("alice", "/ops @bob @dave", "/comms @carol", "/planning @erin")
	all["ticket-role"] = w.slot("role/operations/bob").Body
	all["reply-refused-clash"] = w.reply(w.say("alice", "/ops", "/ic @bob", "/comms @bob", "/action no"))
	w.say("alice", "/summary The connection pool is exhausted.\n\n- bob restarts *one* node\n- next word at 15:30")
	w.say("bob", "/change start pool size")
	all["reply-overlap"] = w.reply(w.say("dave", "/change start restart of `db-1`"))
	w.link("acme/infra#7", "Pool `size` | <!-- is --> too @small")
	w.ticket("acme/infra#7").URL = "https://tracker.example/acme/infra/issues/7"
	id := w.say("bob", "/followup Bound the socket pool @dave\nIt grew without end.", "/followup Alert earlier", "/folowup One more", "/note 14:02 graphs bent")
	all["reply-followups"] = w.reply(id)
	all["ticket-followup"] = w.slot(incident.Slot("follow/" + id + ".0")).Body
	w.refuse = func(a incident.Action) string {
		if c, ok := a.(incident.Create); ok && c.Place == "acme/closed" {
			return "acme/closed is not among the repositories of the configuration: add it there, or choose another place"
		}
		return ""
	}
	w.say("bob", "/followup Elsewhere to:acme/closed")
	all["board-responding"] = w.board()
	all["status"] = w.reply(w.say("bob", "/status"))
	all["help-command"] = w.reply(w.say("alice", "/help"))
	all["help-operations"] = w.reply(w.say("bob", "/help"))
	early := w.tell("bob", "/note x")
	w.edit(early, "/note y")
	w.settle()
	all["reply-refused-edited"] = w.reply(early)
	w.assign("role/communications", "carol", "erin")
	w.assign("role/operations/bob", "bob", "alice")
	all["undone"] = w.text(incident.Slot("say/undone/" + w.slot("role/communications").Ref.Number() + "-erin"))
	ops := w.slot("role/operations/dave").Ref
	w.closeTicket(ops, "alice", incident.Done)
	w.settle()
	all["eager"] = w.text(incident.Slot("say/eager/" + ops.Number()))
	w.closeHead("bob", incident.Done, "pull request acme/shop#77")
	slot := gateSlot(w)
	w.settle()
	all["gate"] = w.text(slot)
	for range 3 {
		w.closeHead("robot", incident.Done, "")
		w.settle()
		w.after(2 * time.Minute).settle()
	}
	all["contested"] = w.text("say/contested")
	all["reply-restored"] = w.reply(w.say("alice", "/restored -1m"))
	w.say("bob", "/change done pool size", "/change done restart of `db-1`")
	all["board-restored"] = w.board()
	all["reply-refused-close"] = w.reply(w.say("alice", "/close"))
	w.refuse = nil
	w.say("alice", "/wontfix acme/infra#7 the pool goes away next month")
	w.after(2 * time.Hour).finish()
	w.finish()
	all["reply-review"] = w.reply(w.say("alice", "/review done except @carol on leave, @frank left us"))
	all["board-ready"] = w.board()
	w.after(49 * time.Hour)
	w.say("alice", "/close")
	all["board-closed"], all["closed"] = w.board(), w.closing()
	all["reply-refused-ended"] = w.reply(w.say("bob", "/ops"))
	w.ticket("acme/infra#7").State = incident.Open
	w.settle()
	all["after"] = w.said("say/after")[0]
	w.reopenHead("robot")
	w.settle()
	all["revived"] = w.said("say/revived")[0]
	otherTexts(t, all)
	for name, text := range all {
		if text == "" {
			t.Errorf("%s was not said", name)
		}
	}
	wikiTexts(t, all)
	reviewTexts(t, all)
	return all
}

// wikiTexts are those of an incident with a post-mortem.
func wikiTexts(t *testing.T, all map[string]string) {
	w := newWorld(t).restored()
	all["page-restored"] = w.text12()
	w.post("- The pool of sockets has no bound @bob #technical due:2026-12-24 to:acme/infra\n- @zoe deleted the index by human error")
	w.after(2 * time.Minute).settle()
	all["blame"] = w.text("say/blame")
	all["reply-refused-publish"] = w.reply(w.say("alice", "/publish"))
	for _, x := range w.s.Tickets {
		if x.Slot.Under("follow") {
			all["ticket-item"] = x.Body
		}
	}
	w.write(func(s string) string {
		return strings.Replace(s, "@zoe deleted the index by human error", "The index could be deleted", 1)
	})
	w.after(11 * time.Minute).settle()
	all["blame-none"] = w.text("say/blame")
	all["reply-published"] = w.reply(w.say("alice", "/publish"))
	w.after(10 * time.Second).settle()
	all["page-published"], all["page-incidents"], all["board-documented"] = w.text12(), w.pages["Incidents"].Text, w.board()
	w.broken = "the wiki of acme/shop has no first page."
	w.r.Orders = w.r.Orders[:len(w.r.Orders)-1] // as if it had not been published
	w.after(time.Hour).settle()
	all["board-no-wiki"] = w.board()
}

func otherTexts(t *testing.T, all map[string]string) {
	stakeholderTexts(t, all)
	w := newWorld(t)
	w.label("robot", "incident")
	w.settle()
	all["board-vacant"] = w.board()

	w = newWorld(t)
	all["hint"] = w.reply(w.say("bob", "is this an incident?"))
	w = newWorld(t)
	w.s.PullRequest, w.s.NewURL = true, "https://tracker.example/acme/shop/issues/new?body=x"
	all["hint-pull-request"] = w.reply(w.say("bob", phrase))

	w = newWorld(t).declare()
	all["reply-retracted"] = w.reply(w.say("alice", "/retract the monitor was wrong | twice"))
	all["board-retracted"] = w.board()
	w = newWorld(t).staffed()
	all["reply-retract-first"] = w.reply(w.say("alice", "/retract the monitor was wrong"))

	w = newWorld(t).staffed()
	w.s.Others = []incident.Other{{Key: "tracker:acme/shop#99", URL: "https://tracker.example/acme/shop/issues/99", Title: "Checkout is slow", Since: start}}
	all["reply-duplicate"] = w.reply(w.say("alice", "/duplicate #99"))
	all["board-duplicate"] = w.board()

	w, slot := planned(t, true)
	id := w.say("bob", "/followup Load test @dave\ndue:2026-12-24")
	all["ticket-planning-done"] = w.slot(slot).Body
	w.ticket(w.slot(incident.Slot("follow/" + id + ".0")).Ref).State = incident.Done
	w.post("- Alerts come late")
	w.link("acme/infra#7", "Pool `size` | <!-- is --> too @small")
	w.say("bob", "/followup Alert earlier @bob", "/followup Bound the pool due:2026-12-24")
	all["ticket-planning"] = w.slot(slot).Body
	w, slot = planned(t, false)
	w.link("acme/shop#50", "Pool")
	all["ticket-planning-duty"] = w.slot(slot).Body

	w = newWorld(t).staffed()
	restricted := w.tell("bob", "/note the customer is Initech")
	w.comment(restricted).Private = true
	w.settle()
	all["reply-refused-restricted"] = w.reply(restricted)

	w = newWorld(t).staffed()
	w.jam()
	w.closeHead("bob", incident.Done, "")
	w.settle()
	all["stuck"] = w.said("say/stuck")[0]

	w = newWorld(t)
	w.s.Caps.Boxes = false
	w.staffed()
	all["ticket-role-items"] = w.slot("role/command").Body
	all["ticket-duty"] = w.slot("check/communications-customers").Body
}

var gfm = goldmark.New(goldmark.WithExtensions(extension.GFM))

func html(t *testing.T, text string) string {
	t.Helper()
	var b bytes.Buffer
	if err := gfm.Convert([]byte(text), &b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

var tag = regexp.MustCompile(`<!--.*?-->|<[^>]*>`)

// wellFormed checks what can be checked of a text without reading it: its
// tables and lists are such, and no markup shows.
func wellFormed(t *testing.T, text string) {
	t.Helper()
	page := html(t, text)
	if got, want := strings.Count(page, "<table>"), strings.Count(text, "|---|---|"); strings.Count(text, "|---|---|---|") > 0 && got < 1 || got > want {
		t.Errorf("%d tables of %d", got, want)
	}
	items := 0
	for l := range strings.Lines(text) {
		if strings.HasPrefix(l, "- ") {
			items++
		}
	}
	if got := strings.Count(page, "<li>"); got < items {
		t.Errorf("%d list items of %d", got, items)
	}
	shown := tag.ReplaceAllString(page, "")
	users := strings.NewReplacer("`size`", "", "`db-1`", "") // as people wrote it
	for _, no := range []string{"**", "<!--", "|--", "`", "<no value>", "%!", "0001-01-01"} {
		if strings.Contains(users.Replace(shown), no) {
			t.Errorf("%q shows in:\n%s", no, shown)
		}
	}
	if strings.Contains(text, "\n\n\n") || strings.HasPrefix(text, "\n") || !strings.HasSuffix(text, "\n") || strings.Contains(text, " \n") {
		t.Errorf("blank lines or blanks too many:\n%q", text)
	}
}

// reviewTexts are the texts of a review, for testdata.
func reviewTexts(t *testing.T, all map[string]string) {
	w := newWorld(t).inviting().zoned("Europe/Zurich").staffed()
	w.say("alice", "/summary The connection pool was exhausted; it is bounded now.", "/restored")
	w.link("acme/shop#50", "Pool")
	w.ticket("acme/shop#50").Assignees = []incident.Person{"dave"}
	w.link("acme/shop#51", "Alert | earlier")
	w.finishOne("acme/shop#51", incident.Wontfix)
	w.link("acme/shop#52", "Runbook")
	w.finishOne("acme/shop#52", incident.Done)
	w.link("acme/shop#53", "Load test")
	w.at("2026-12-16 10:00")
	all["ticket-review"] = w.slot("review/1").Body
	all["mail-review"] = w.told("review")[0].Mail.Subject + "\n\n" + w.told("review")[0].Mail.Text
	all["board-review"] = w.board()
	all["reply-refused-review"] = w.reply(w.say("alice", "/review move 2026-12-26", "/review move 2027-12-26", "/review done except @bob", "/review"))
	w.at("2026-12-24 10:00")
	all["review-due"] = w.text("say/review/1.1")
	all["reply-review-open"] = w.reply(w.say("alice", "/review move 2026-12-28", "/review done except @bob ill"))
	w.finish().review("alice")
	mails := w.told("review")
	all["mail-review-dropped"] = droppedMail(t)
	all["mail-review-cancelled"] = mails[len(mails)-1].Mail.Subject + "\n\n" + mails[len(mails)-1].Mail.Text
}

func droppedMail(t *testing.T) string {
	w := newWorld(t).inviting().staffed()
	w.link("acme/shop#50", "Pool")
	w.ticket("acme/shop#50").Assignees = []incident.Person{"dave"}
	w.say("alice", "/restored")
	w.ticket("acme/shop#50").Assignees = nil
	w.say("alice", "/review move 2026-12-22")
	mails := w.told("review")
	return mails[len(mails)-1].Mail.Subject + "\n\n" + mails[len(mails)-1].Mail.Text
}
