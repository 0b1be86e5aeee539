package plan_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/hereby/hereby/internal/incident"
	"github.com/hereby/hereby/internal/plan"
)

// A follow-up is a ticket with an owner that stands against closing (O35).
func TestFollowUps(t *testing.T) {
	w := newWorld(t).staffed()
	id := w.say("bob", "/followup Bound the socket pool @dave\nAsk @carol | <!-- first -->\n\n/close is not for you", "/followup Alert earlier to:acme/infra")
	pool, alert := w.slot(incident.Slot("follow/"+id+".0")), w.slot(incident.Slot("follow/"+id+".2"))
	if pool.Title != "Bound the socket pool" || fmtList(pool.Assignees) != "[dave]" || pool.Parent != w.s.Head.Ref || pool.Ref.Place() != "acme/shop" {
		t.Errorf("%+v", pool)
	}
	contains(t, pool.Body, "the incident #12", "> Ask @\u2060carol | &lt;!-- first --", "@\u2060bob", "cannot be closed until")
	if alert.Ref.Place() != "acme/infra" {
		t.Errorf("%+v", alert)
	}
	contains(t, alert.Body, "acme/shop#12")
	contains(t, w.reply(id), "filed as #"+pool.Ref.Number(), "filed as "+string(alert.Ref), "❌ `/close is not for you`")
	if got := strings.Join(w.missing(), "\n"); !strings.Contains(got, "Bound the socket pool (@\u2060dave)") || !strings.Contains(got, "Alert earlier") {
		t.Errorf("%s", got)
	}
}

func TestAFollowUpForNobodyThere(t *testing.T) {
	w := newWorld(t).staffed()
	w.s.People["guest"] = incident.Standing{Known: true, Trusted: true}
	n := len(w.s.Tickets)
	w.tellAll(t,
		line{"bob", "/followup Bound the pool @nobody", "there is no account `@nobody`"},
		line{"bob", "/followup Bound the pool @guest", "tickets cannot be assigned to @\u2060guest"},
		line{"bob", "/followup Bound the pool @guest to:acme/infra", ""},
	)
	if len(w.s.Tickets) != n+1 {
		t.Errorf("%d new tickets, want 1", len(w.s.Tickets)-n)
	}
}

// What the tracker refuses is said where it was asked for.
func TestAFollowUpThatCannotBeFiled(t *testing.T) {
	w := newWorld(t).staffed()
	w.refuse = func(a incident.Action) string {
		if c, ok := a.(incident.Create); ok && c.Place == "acme/closed" {
			return "acme/closed is not among the repositories of the configuration"
		}
		return ""
	}
	id := w.say("bob", "/followup Bound the pool to:acme/closed")
	contains(t, w.reply(id), "could not be filed yet: acme/closed is not among the repositories")
	contains(t, w.board(), "Could not be done", "is not among the repositories")
}

// A follow-up that was deleted stays in the gate until taken out (design, section 5).
func TestADeletedFollowUp(t *testing.T) {
	w := gated(t)
	id := w.say("bob", "/followup Bound the pool")
	ref := w.slot(incident.Slot("follow/" + id + ".0")).Ref
	w.deleteTicket(ref)
	w.settle()
	if got := w.unfinished(); len(got) != 1 || !strings.Contains(got[0], "Bound the pool") {
		t.Fatalf("%q", got)
	}
	w.tellAll(t, line{"alice", "/unlink " + string(ref), "the reason is missing"}, line{"alice", "/unlink " + string(ref) + " filed elsewhere", ""})
	if got := w.unfinished(); len(got) != 0 {
		t.Errorf("%q", got)
	}
}

// Links are made and cut once; what people do afterwards stands.
func TestLinks(t *testing.T) {
	w := newWorld(t).staffed()
	w.s.Foreign = append(w.s.Foreign, incident.Ticket{Ref: "acme/shop#50", Title: "Pool", State: incident.Open})
	w.tellAll(t, line{"dave", "/link #50", ""}, line{"dave", "/link #12", "that is this very incident"}, line{"dave", "/unlink #50 no", "only planning and command decide that"})
	if !w.ticket("acme/shop#50").Linked {
		t.Error("not linked")
	}
	w.ticket("acme/shop#50").Linked = false
	w.settle()
	if w.ticket("acme/shop#50").Linked {
		t.Error("linked against somebody's will")
	}
	contains(t, w.board(), "#50 Pool")
	w.ticket("acme/shop#50").Linked = true
	w.tellAll(t, line{"alice", "/unlink #50 not ours", ""})
	if w.ticket("acme/shop#50").Linked {
		t.Error("still linked")
	}
	w.tellAll(t, line{"alice", "/unlink #50 not ours", "`#50` is not part of this incident"}, line{"dave", "/link #50", ""})
	contains(t, w.board(), "#50 Pool")
}

// What was taken out is not linked by an older order that was held back.
func TestALinkHeldBack(t *testing.T) {
	w := newWorld(t).staffed()
	w.s.Foreign = append(w.s.Foreign, incident.Ticket{Ref: "acme/shop#50", Title: "Pool", State: incident.Open})
	w.refuse = func(a incident.Action) string {
		if _, ok := a.(incident.Link); ok {
			return "try later"
		}
		return ""
	}
	w.say("dave", "/link #50")
	w.say("alice", "/unlink #50 not ours")
	w.refuse = nil
	w.after(time.Hour).settle()
	for _, x := range w.done {
		if l, ok := x.(incident.Link); ok {
			t.Errorf("%v", l)
		}
	}
}

// wontfix is planning's and command's, with a reason that stays visible.
func TestWontfix(t *testing.T) {
	w := newWorld(t).staffed()
	w.link("acme/shop#50", "Pool")
	w.link("acme/shop#51", "Blind")
	w.link("acme/shop#52", "Other outage")
	w.ticket("acme/shop#51").Unreadable = true
	w.ticket("acme/shop#52").Incident = true
	ops := w.slot("role/operations/bob").Ref
	w.tellAll(t,
		line{"bob", "/wontfix #50 too late", "only planning and command decide that"},
		line{"alice", "/wontfix #50", "the reason is missing"},
		line{"alice", "/wontfix #99 never", "`#99` is not part of this incident"},
		line{"alice", "/wontfix #51 never", "cannot be read, so I cannot close it; take it out with `/unlink #51 never`"},
		line{"alice", "/wontfix #52 never", "is an incident of its own"},
		line{"alice", "/unlink #" + ops.Number() + " never", "is a role's ticket and cannot be taken out"},
		line{"alice", "/wontfix #50 too late | for that", ""},
	)
	if w.ticket("acme/shop#50").State != incident.Wontfix {
		t.Error("not closed")
	}
	contains(t, w.board(), "#50 Pool: wontfix – too late \\| for that")
	w.ticket("acme/shop#50").State = incident.Open
	w.settle()
	if w.ticket("acme/shop#50").State != incident.Open {
		t.Error("closed against somebody's will")
	}
	w.ticket("acme/shop#50").State = incident.Done
	id := w.say("alice", "/wontfix #50 again")
	contains(t, w.reply(id), "it is closed already, as done")
}

// On another tracker the head's name alone would be no link.
func TestAFollowUpElsewhereLinksHome(t *testing.T) {
	w := newWorld(t).staffed()
	w.say("alice", "/followup Bound the pool to:OPS")
	i := slices.IndexFunc(w.done, func(a incident.Action) bool { c, ok := a.(incident.Create); return ok && c.Place == "OPS" })
	if i < 0 {
		t.Fatalf("%v", w.done)
	}
	body := w.done[i].(incident.Create).Body
	contains(t, body, "[acme/shop#12](https://tracker.example/acme/shop/issues/12)", "Asked for on ")
	lacks(t, body, "alice", "@")
}

// A handle or an account id means somebody else on another tracker, or nobody:
// people are named there as people.
func TestAFollowUpElsewhereNamesPeople(t *testing.T) {
	asked := func(w *world) string {
		n := len(w.done)
		w.say("alice", "/followup Bound the pool to:OPS")
		for _, a := range w.done[n:] {
			if c, ok := a.(incident.Create); ok && c.Place == "OPS" {
				return c.Body
			}
		}
		t.Fatalf("%v", w.done[n:])
		return ""
	}
	w := newWorld(t).staffed()
	st := w.s.People["alice"]
	st.Name = "Alice *Ames*"
	w.s.People["alice"] = st
	contains(t, asked(w), `Asked for by Alice \*Ames\* on `)
	w.p.People = map[incident.Person]plan.Contact{"alice": {Name: "Dr. Ames"}}
	contains(t, asked(w), "Asked for by Dr. Ames on ")
}

// While another tracker cannot be looked at nothing is created there, and what
// stands in the way is said; it goes on once it answers.
func TestAnotherTrackerIsWaitedFor(t *testing.T) {
	w := newWorld(t).staffed()
	w.s.Missed = map[string]string{"OPS": "it is down"}
	id := w.say("alice", "/followup Bound the pool to:OPS")
	filed := func() bool {
		return slices.ContainsFunc(w.done, func(a incident.Action) bool { c, ok := a.(incident.Create); return ok && c.Place == "OPS" })
	}
	pl := w.pass()
	if filed() || !slices.ContainsFunc(pl.Why, func(why string) bool {
		return strings.Contains(why, "OPS could not be looked at") && strings.Contains(why, "it is down")
	}) {
		t.Errorf("filed %v, because %v", filed(), pl.Why)
	}
	contains(t, w.text(incident.ReplySlot(id)), "could not be filed yet: OPS cannot be looked at now")
	if pl.Next.IsZero() || pl.Next.After(w.s.At.Add(time.Minute)) || !pl.Next.After(w.s.At) {
		t.Errorf("looked at again at %v, now %v", pl.Next, w.s.At)
	}
	w.s.Missed = nil
	w.after(time.Minute).settle()
	if !filed() {
		t.Error("it was never filed")
	}
}

// A date that is none is asked for again, not left in the title; in the text
// below it may be anything.
func TestAFollowUpWithADateThatIsNone(t *testing.T) {
	w := newWorld(t).declare()
	for _, date := range []string{"2026-13-01", "friday"} {
		id := w.say("alice", "/followup Bound the pool due:"+date)
		contains(t, w.reply(id), "❌", "“"+date+"” is not a date: write `due:2026-12-01`")
	}
	for _, x := range w.s.Tickets {
		if x.Slot.Under("follow") {
			t.Errorf("%s was filed", x.Title)
		}
	}
	id := w.say("alice", "/followup Bound the pool due:2026-12-01", "The log says due:never")
	if w.slot(incident.Slot("follow/"+id+".0")) == nil {
		t.Error(w.reply(id))
	}
}

// Of an incident that only some may see nothing is filed where others see it.
func TestARestrictedIncidentFilesNothingElsewhere(t *testing.T) {
	w := newWorld(t).staffed()
	w.s.Head.Private = true
	id := w.say("bob", "/followup Bound the pool to:acme/infra", "/followup Alert earlier to:Acme/Shop")
	contains(t, w.reply(id), "❌", "*restricted is restricted*", "leave out `to:acme/infra`", "✅ `/followup Alert earlier to:Acme/Shop`")
	w.s.Head.Private = false
	late := w.tell("bob", "/followup Log less to:acme/infra")
	w.refuse = func(a incident.Action) string {
		if c, ok := a.(incident.Create); ok && c.Place == "acme/infra" {
			return "not now"
		}
		return ""
	}
	w.settle()
	w.s.Head.Private, w.refuse = true, nil
	w.after(time.Hour).settle()
	if x := w.slot(incident.Slot("follow/" + late + ".0")); x == nil || x.Ref.Place() != "acme/shop" {
		t.Errorf("%+v", x)
	}
	w = newWorld(t).restored()
	w.s.Head.Private = true
	w.post("- The pool has no bound @bob to:acme/infra")
	i := slices.IndexFunc(w.s.Tickets, func(x incident.Ticket) bool { return strings.HasPrefix(x.Title, "The pool") })
	if i < 0 || w.s.Tickets[i].Ref.Place() != "acme/shop" {
		t.Fatalf("%d of %+v", i, w.s.Tickets)
	}
	contains(t, w.s.Tickets[i].Body, "asked for in acme/infra, and filed here")
}
