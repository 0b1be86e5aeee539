// Package plan decides. It is pure: the same policy, journal, record and
// snapshot give the same answer, at any time, in any process.
//
// It answers two questions about a snapshot, in this order:
//
//   - [Decide]: what does it mean? Which declaration, which orders obeyed or
//     refused, which changes of roles, which end. The answer is entries for
//     the ledger, and they are durable before anything is done.
//   - [Make]: what is to be done, and when is it time to look again? The
//     answer is a [Plan]: whole actions with rendered texts, in order.
//
// Each rule stands in a file of its own and compares what is wanted with what
// is observed, so that a plan is empty once the tracker is as it should be. A
// rule whose ingredient has not been observed yet emits nothing: a pass that
// did something is followed by another look.
//
// What must exist once is created under a slot; [Make] lets a creation through
// only if the snapshot proves that an earlier attempt cannot still appear
// (design, section 6: intend, observe before create, settle, epoch). What must
// be done once is named by incident.Once and found in Record.Done afterwards.
package plan

import (
	"fmt"
	"hash/fnv"
	"maps"
	"slices"
	"time"

	"github.com/hereby/hereby/internal/calendar"
	"github.com/hereby/hereby/internal/incident"
	"github.com/hereby/hereby/internal/ledger"
	"github.com/hereby/hereby/internal/postmortem"
	"github.com/hereby/hereby/internal/render"
)

// Policy is what a team configured, and the texts.
type Policy struct {
	Label       string        // declares, and stays on the head
	SmallTeam   bool          // operations and communications may be one person
	Adopt       time.Duration // how old a declaration may be when first seen
	Staffing    time.Duration // until then commands of vacant roles are refused
	Call        []string      // mentioned on the first board: "@acme/on-call"
	Private     string        // where security matters belong; "" if nowhere is named
	Items       *bool         // a ticket per duty; nil: if the tracker's texts carry no boxes
	ReviewEvery time.Duration
	Zone        *time.Location
	Texts       *render.Texts

	UpdateEvery time.Duration // how often communications should tell how things stand
	Wiki        *Wiki         // nil: post-mortems are kept elsewhere
	People      map[incident.Person]Contact
	Aliases     map[incident.Person]incident.Person // what people write for a handle of this tracker
	Owners      map[string]incident.Person          // the service owner, by place in lower case
	Mail        *Mail                               // nil: nothing goes out by mail
	Hooked      []string                            // the events that some webhook is told of
	Review      Review
	Words       postmortem.Words
}

// Wiki says how post-mortems are kept.
type Wiki struct {
	Shared bool // by several places: page names carry the place
}

// Contact is what is known of somebody besides the handle.
type Contact struct{ Name, Mail string }

// Mail says who mail comes from and who reads it.
type Mail struct {
	From  string              // "Hereby <hereby@acme.example>"
	Lists map[string][]string // owner, customers, internal, all: addresses
}

// Review says at what time of day reviews are held, and how long they take.
type Review struct {
	At     calendar.Clock
	Length time.Duration
}

// Plan is what to do now, when to look again, and why.
type Plan struct {
	Do   []incident.Action
	Next time.Time // zero: nothing is waited for
	Why  []string  // for people: what stands open, what is waited for
	// Alarm is what only the operator can put right, one of Why; "" if nothing.
	// It reads the same for as long as it lasts.
	Alarm string
	// Phase is where the incident stands; "" if it is none.
	Phase string
	// Held are the actions, by their Task, that the tracker refused and that
	// are not yet due to be tried again.
	Held []string
}

// rules run in this order. What people see first comes first.
var rules = []func(*view, *Plan){
	exposed,
	hint,
	reopen,
	stuck,
	board,
	announce,
	updates,
	lost,
	invitations,
	labels,
	endings,
	tamper,
	redactCopies,
	epic,
	epicGate,
	roleTickets,
	attach,
	followups,
	items,
	links,
	duties,
	reviewTickets,
	staffing,
	reviewReminders,
	afterClose,
	revived,
	replies,
	acknowledge,
	blame,
	pages,
	distribute,
}

// Make returns the plan for a snapshot. The record must already hold what
// Decide said of it.
func Make(p *Policy, j incident.Journal, r incident.Record, s incident.Snapshot) Plan {
	v := newView(p, j, r, s)
	var pl Plan
	if v.declared() {
		pl.Phase = v.phase()
	}
	if s.Gone && v.declared() && !v.ended() {
		pl.alarm("the head of an open incident is gone: it was deleted, turned into something else, or taken out of our account's sight")
		pl.wake(s.At.Add(daily(v.r.Last.ID))) // nothing tells that it may be seen again
	} else if s.Gone && v.declared() {
		pl.because("the head is gone: it was deleted or turned into something else")
	} else if s.Gone {
		pl.because("there is no such issue, or our account may not see it")
	}
	if s.Gone {
		return pl
	}
	if v.disowned() {
		pl.alarm("our board is there, but by an account we do not know as ours: add that account to `authors`, or delete the board for a new one; nothing is done until then")
		return pl
	}
	if v.blind() {
		pl.because("the board names tickets that were not looked at yet")
		pl.wake(s.At)
		return pl
	}
	for _, place := range slices.Sorted(maps.Keys(s.Missed)) {
		pl.because(fmt.Sprintf("%s could not be looked at, and what was not done there counts as open: %s", place, s.Missed[place]))
	}
	for _, rule := range rules {
		rule(v, &pl)
	}
	v.repair(&pl)
	lettersLast(&pl)
	v.admit(&pl)
	if v.declared() && v.r.Sealed.IsZero() {
		pl.wake(s.At.Add(daily(s.ID)))
	}
	return pl
}

// daily is how often an open incident is looked at though nothing is heard of
// it: at least once a day, each at its own pace, so that thousands that were
// taken up together are not looked at together for ever.
func daily(id string) time.Duration {
	h := fnv.New32a()
	h.Write([]byte(id))
	return 18*time.Hour + time.Duration(h.Sum32()%360)*time.Minute
}

func (pl *Plan) do(a ...incident.Action) { pl.Do = append(pl.Do, a...) }

func (pl *Plan) because(why string) {
	if !slices.Contains(pl.Why, why) {
		pl.Why = append(pl.Why, why)
	}
}

// alarm says why to people, and that the operator must hear it.
func (pl *Plan) alarm(why string) {
	pl.because(why)
	pl.Alarm = why
}

// wake asks for another look at t at the latest.
func (pl *Plan) wake(t time.Time) {
	if pl.Next.IsZero() || t.Before(pl.Next) {
		pl.Next = t
	}
}

// Decide returns what a snapshot means, as entries for the ledger, oldest
// first. The record is the one before this snapshot, with ledger.Diff of the
// two folded in: Record.Last is still the snapshot before.
func Decide(p *Policy, j incident.Journal, r incident.Record, s incident.Snapshot) []ledger.Entry {
	d := &decision{view: newView(p, j, r, s)}
	if s.Gone || d.disowned() {
		return nil
	}
	d.declare()
	if !d.declared() {
		return nil
	}
	d.resume()
	d.recollect()
	d.recall()
	if d.blind() {
		return d.entries
	}
	d.notice()
	d.noticeRedacted()
	d.takeover()
	d.orders()
	d.end()
	d.rest()
	return d.entries
}

// decision is a view that changes as entries are decided.
type decision struct {
	*view
	entries []ledger.Entry
}

// enter decides something: what follows sees it as done.
func (d *decision) enter(e ledger.Entry) {
	d.entries = append(d.entries, e)
	d.r = ledger.Fold(d.r, []ledger.Entry{e})
}
