package plan_test

import (
	"testing"
	"time"

	"github.com/hereby/hereby/internal/incident"
)

// Roles first is a clock, not a wall (O8, O9; design, section 8).
func TestTheStaffingClock(t *testing.T) {
	w := newWorld(t).declare()
	w.tellAll(t,
		line{"alice", "/action restarted the pool", "nobody is in operations yet: `/ops @somebody` first"},
		line{"alice", "/change start pool", "nobody is in operations yet"},
		line{"bob", "/action restarted the pool", "that is for operations: join with `/ops`, then write `/action restarted the pool` again"},
	)
	for _, free := range []string{"/note looks like the pool", "/evidence https://graphs.example/1", "/impact no checkout", "/status", "/help"} {
		w.tellAll(t, line{"bob", free, ""})
	}
	w.after(10 * time.Minute)
	w.tellAll(t, line{"bob", "/action restarted the pool", "that is for operations"})
	id := w.say("alice", "/action restarted the pool", "/change start pool")
	contains(t, w.reply(id), "unstaffed: operations is vacant")
	for _, o := range w.r.Orders {
		if o.Comment == id && o.Unstaffed != incident.Operations {
			t.Errorf("not marked as unstaffed: %+v", o)
		}
	}
	if got := w.crewText(); got != "[alice] [] [] []" {
		t.Errorf("standing in gave command a role: %s", got)
	}
	w.say("bob", "/ops")
	w.tellAll(t, line{"alice", "/action again", "you are in command, and command does not repair; @\u2060bob can write it"})
}

func TestServiceMayBeBackBeforeAnybodyIsStaffed(t *testing.T) {
	w := newWorld(t).declare()
	w.tellAll(t, line{"alice", "/restored", ""})
	contains(t, w.board(), "service back since")
	w.after(2 * time.Hour).settle()
	if w.text("say/staffing/60") != "" {
		t.Error("reminded of roles though service is back")
	}
}

// Reminders come at 5, 15 and 60 minutes and mention only who must act (O8, O69).
func TestReminders(t *testing.T) {
	w := newWorld(t).declare()
	pl := w.pass()
	if want := w.r.Declared.At.Add(5 * time.Minute); !pl.Next.Equal(want) {
		t.Errorf("looks again at %s, want %s", pl.Next, want)
	}
	w.after(5 * time.Minute).settle()
	contains(t, w.text("say/staffing/5"), "@alice", "after 5 min ", "Operations", "`/ops", "Communications", "`/comms")
	lacks(t, w.text("say/staffing/5"), "@acme/on-call", "Planning")
	w.say("bob", "/ops")
	w.after(10 * time.Minute).settle()
	contains(t, w.text("say/staffing/15"), "@alice", "Communications")
	lacks(t, w.text("say/staffing/15"), "Operations", "@bob")
	w.say("alice", "/release me")
	w.after(45 * time.Minute).settle()
	contains(t, w.text("say/staffing/60"), "@acme/on-call", "Incident command", "`/ic`")
	lacks(t, w.text("say/staffing/60"), "@somebody", "@alice")
	n := len(w.s.Comments)
	w.after(24 * time.Hour).settle()
	if len(w.s.Comments) != n {
		t.Error("reminded again after the last reminder")
	}
}

func TestAReminderWithNobodyToCallStartsWithAWord(t *testing.T) {
	w := newWorld(t)
	w.p.Call = nil
	w.label("robot", "incident")
	w.settle()
	w.after(5 * time.Minute).settle()
	if text := w.text("say/staffing/5"); text == "" || text[0] == ':' {
		t.Errorf("%q", text)
	}
}

// After an outage of ours only the latest reminder is said.
func TestRemindersAreNotCaughtUp(t *testing.T) {
	w := newWorld(t).declare()
	w.after(3 * time.Hour).settle()
	if w.text("say/staffing/5") != "" || w.text("say/staffing/15") != "" || w.text("say/staffing/60") == "" {
		t.Error("reminders were caught up")
	}
}

func TestAStaffedIncidentIsNotReminded(t *testing.T) {
	w := newWorld(t).staffed()
	w.after(2 * time.Hour).settle()
	for _, slot := range []incident.Slot{"say/staffing/5", "say/staffing/15", "say/staffing/60"} {
		if w.text(slot) != "" {
			t.Errorf("said %s", slot)
		}
	}
}

// What a team's chat is told, once each (issue 2, item 6).
func TestAnnouncements(t *testing.T) {
	w := newWorld(t).declare()
	w.after(10 * time.Minute).settle()
	w.say("alice", "/ops @bob", "/comms @carol")
	w.say("alice", "/restored")
	w.say("alice", "/restored -1m")
	w.say("alice", "/unrestored")
	w.say("alice", "/restored")
	w.finish().review("alice")
	w.say("alice", "/close")
	w.forget()
	w.after(5 * time.Minute).settle()
	var events []string
	ids := map[string]bool{}
	for _, n := range w.sent {
		events = append(events, n.Event)
		if ids[n.ID] || n.URL != w.s.URL || n.Text == "" {
			t.Errorf("%+v", n)
		}
		ids[n.ID] = true
	}
	want := "[declared unstaffed restored unrestored restored closed]"
	if got := fmtList(events); got != want {
		t.Errorf("sent %s, want %s", got, want)
	}
}
