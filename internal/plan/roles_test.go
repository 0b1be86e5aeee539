package plan_test

import (
	"slices"
	"testing"
	"time"

	"github.com/hereby/hereby/internal/incident"
)

// A line of a story: who says what, and how the answer begins; "" wants no
// answer, only the acknowledgement.
type line struct {
	who   incident.Person
	said  string
	reply string
}

// tellAll plays lines and checks the verdict of each.
func (w *world) tellAll(t *testing.T, story ...line) {
	t.Helper()
	for _, l := range story {
		id := w.say(l.who, l.said)
		if l.reply == "" {
			if got := w.comment(id).Acked; got != incident.Obeyed {
				t.Errorf("@%s %q was %s: %s", l.who, l.said, got, w.reply(id))
			}
			continue
		}
		contains(t, w.reply(id), l.reply)
		if got := w.comment(id).Acked; got != incident.RefusedByRule {
			t.Errorf("@%s %q was %s, want a refusal", l.who, l.said, got)
		}
	}
}

// Who may take and give roles (O8, O12, O20, O25; design, section 8).
func TestTakingRoles(t *testing.T) {
	for name, c := range map[string]struct {
		story []line
		want  string // command, operations, communications, planning
	}{
		"anybody takes what is vacant": {[]line{
			{"bob", "/ops", ""}, {"carol", "/comms", ""}, {"dave", "/planning", ""},
		}, "[alice] [bob] [carol] [dave]"},
		"operations grows, and nobody joins twice": {[]line{
			{"bob", "/ops", ""}, {"carol", "/ops me", ""}, {"bob", "/ops", ""},
		}, "[alice] [bob carol] [] []"},
		"a role of one is passed on by command": {[]line{
			{"bob", "/comms", ""}, {"carol", "/comms", "@\u2060bob has Communications; command can pass it on with `/comms @carol`"}, {"alice", "/comms @carol", ""},
		}, "[alice] [] [carol] []"},
		"before staffing anybody names people": {[]line{
			{"dave", "/ops @bob", ""}, {"dave", "/role communications @carol", ""},
		}, "[alice] [bob] [carol] []"},
		"after it only command does": {[]line{
			{"bob", "/ops", ""}, {"carol", "/comms", ""}, {"dave", "/ops @erin", "only command gives roles to others"}, {"dave", "/planning @erin", "only command"}, {"alice", "/ops @erin", ""},
		}, "[alice] [bob erin] [carol] []"},
		"command holds nothing else": {[]line{
			{"alice", "/ops", "@\u2060alice is in command, and command cannot perform the tasks of another role. Hand command over first: `/ic @somebody`, then `/ops @alice`"},
			{"alice", "/comms me", "is in command"}, {"alice", "/planning", "is in command"}, {"bob", "/ops @alice", "is in command"},
		}, "[alice] [] [] []"},
		"nobody with a role takes command": {[]line{
			{"bob", "/ops", ""}, {"alice", "/ic @bob", "@\u2060bob has operations, and command cannot perform the tasks of another role. Leave that first: `/release @bob`, then `/ic @bob`"},
		}, "[alice] [bob] [] []"},
		"operations and communications are two people": {[]line{
			{"bob", "/ops", ""}, {"bob", "/comms", "leaves no hand free for communications"}, {"alice", "/comms @bob", "leaves no hand free"},
		}, "[alice] [bob] [] []"},
		"planning may be one of those two": {[]line{
			{"bob", "/ops", ""}, {"bob", "/planning", ""},
		}, "[alice] [bob] [] [bob]"},
		"a hand-over in order to repair": {[]line{
			{"alice", "/ic @bob\n/ops", ""},
		}, "[bob] [alice] [] []"},
		"in the other order as well": {[]line{
			{"alice", "/ops\n/ic @bob", ""},
		}, "[bob] [alice] [] []"},
		"a role twice in a comment": {[]line{
			{"alice", "/ops @bob\n/comms @bob", "❌ `/comms @bob`"},
		}, "[alice] [bob] [] []"},
		"a role of one is one person": {[]line{
			{"alice", "/comms @bob @carol", "Communications is one person; name one: `/comms @bob`"},
		}, "[alice] [] [] []"},
		"an unknown account": {[]line{
			{"alice", "/ops @nobody", "there is no account `@nobody`; check the spelling"},
		}, "[alice] [] [] []"},
		"somebody who cannot be assigned": {[]line{
			{"alice", "/ops @guest", "tickets cannot be assigned to @\u2060guest: they need access to `acme/shop` first"},
		}, "[alice] [] [] []"},
		"an automation": {[]line{
			{"alice", "/ops @robot", "is an automation"},
		}, "[alice] [] [] []"},
		"leaving": {[]line{
			{"bob", "/ops\n/planning", ""}, {"bob", "/release me", ""}, {"bob", "/release me", "holds no role here"},
		}, "[alice] [] [] []"},
		"being taken off": {[]line{
			{"bob", "/ops", ""}, {"carol", "/release @bob", "only command takes others off"}, {"alice", "/release @bob", ""},
		}, "[alice] [] [] []"},
		"command leaves, another takes it": {[]line{
			{"alice", "/release me", ""}, {"bob", "/ops", ""}, {"bob", "/ic", "has operations"}, {"carol", "/ic", ""},
		}, "[carol] [bob] [] []"},
		"command cannot be taken from somebody": {[]line{
			{"bob", "/ic", "can hand over with `/ic @bob`; after 15 minutes without a sign of life `/ic` takes over"}, {"bob", "/ic @carol", "is in command"},
		}, "[alice] [] [] []"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t).declare()
			w.s.People["guest"] = incident.Standing{Known: true, Trusted: true}
			w.tellAll(t, c.story...)
			if got := w.crewText(); got != c.want {
				t.Errorf("the crew is %s, want %s", got, c.want)
			}
		})
	}
}

func TestInASmallTeamOnePersonRepairsAndInforms(t *testing.T) {
	w := newWorld(t)
	w.p.SmallTeam = true
	w.declare()
	w.tellAll(t, line{"bob", "/ops\n/comms", ""}, line{"alice", "/comms", "is in command"})
	if got := w.crewText(); got != "[alice] [bob] [bob] []" {
		t.Errorf("the crew is %s", got)
	}
}

func TestCommandIsVacantWhenABotDeclared(t *testing.T) {
	w := newWorld(t)
	w.label("robot", "incident")
	w.settle()
	contains(t, w.board(), "Nobody is in command.", "- `/ic` – I direct")
	w.tellAll(t, line{"bob", "/restored", "nobody is in command: take it with `/ic` first"})
	w.say("stranger", "/ic")
	w.tellAll(t, line{"bob", "/ic", ""}, line{"carol", "/ic", "@\u2060bob is in command"})
	if got := w.holder(incident.CommandRole); got != "bob" {
		t.Errorf("in command: %q", got)
	}
}

// Command that shows no sign of life is replaced (design, section 8).
func TestAbsence(t *testing.T) {
	const quarter = 15 * time.Minute
	for name, c := range map[string]struct {
		do    func(w *world)
		taken bool
	}{
		"15 minutes of silence": {func(w *world) { w.after(quarter) }, true},
		"a little less":         {func(w *world) { w.after(quarter - time.Minute) }, false},
		"a word in between":     {func(w *world) { w.after(10*time.Minute).say("alice", "on it"); w.after(10 * time.Minute) }, false},
		"a deleted command in between": {func(w *world) {
			w.after(10 * time.Minute)
			w.deleteComment(w.say("alice", "/note hm"))
			w.after(10 * time.Minute)
		}, false},
		"a label set in between": {func(w *world) { w.after(10*time.Minute).label("alice", "sev1"); w.after(10 * time.Minute) }, false},
		"a ticket closed in between": {func(w *world) {
			w.after(10 * time.Minute)
			w.closeTicket(w.slot("role/command").Ref, "alice", incident.Done)
			w.after(10 * time.Minute)
		}, false},
		"a hand-over in between":        {func(w *world) { w.after(10*time.Minute).say("alice", "/ic @dave"); w.after(10 * time.Minute) }, false},
		"a day after service came back": {func(w *world) { w.say("alice", "/restored"); w.after(24 * time.Hour) }, false},
		"a week after service is back":  {func(w *world) { w.say("alice", "/restored"); w.after(7*24*time.Hour + time.Minute) }, true},
		"a word in that week": {func(w *world) {
			w.say("alice", "/restored")
			w.after(24*time.Hour).say("alice", "hm")
			w.after(6*24*time.Hour + time.Minute)
		}, false},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t).declare()
			c.do(w)
			w.say("erin", "/ic")
			if got := w.holder(incident.CommandRole) == "erin"; got != c.taken {
				t.Errorf("erin is in command: %v", got)
			}
		})
	}
}

// People win, as far as the rules allow (design, section 5).
func TestRolesByHand(t *testing.T) {
	for name, c := range map[string]struct {
		do   func(w *world)
		want string
		told []incident.Slot
	}{
		"a hand-over of command":                         {func(w *world) { w.assign("role/command", "dave") }, "[dave] [bob] [carol] []", nil},
		"adding somebody to command's ticket is one too": {func(w *world) { w.assign("role/command", "alice", "dave") }, "[dave] [bob] [carol] []", nil},
		"command to somebody with a role":                {func(w *world) { w.assign("role/command", "bob") }, "[alice] [bob] [carol] []", []incident.Slot{"undone-bob"}},
		"command to operations":                          {func(w *world) { w.assign("role/operations/bob", "bob", "alice") }, "[alice] [bob] [carol] []", []incident.Slot{"undone-alice"}},
		"command instead of operations":                  {func(w *world) { w.assign("role/operations/bob", "alice") }, "[alice] [bob] [carol] []", []incident.Slot{"undone-alice"}},
		"a second communications":                        {func(w *world) { w.assign("role/communications", "carol", "erin") }, "[alice] [bob] [carol] []", []incident.Slot{"undone-erin"}},
		"another communications":                         {func(w *world) { w.assign("role/communications", "erin") }, "[alice] [bob] [erin] []", nil},
		"operations to communications":                   {func(w *world) { w.assign("role/communications", "bob") }, "[alice] [bob] [carol] []", []incident.Slot{"undone-bob"}},
		"a second operator on the first one's ticket":    {func(w *world) { w.assign("role/operations/bob", "bob", "dave") }, "[alice] [bob dave] [carol] []", nil},
		"one operator for another":                       {func(w *world) { w.assign("role/operations/bob", "dave") }, "[alice] [dave] [carol] []", nil},
		"nobody for communications":                      {func(w *world) { w.assign("role/communications") }, "[alice] [bob] [] []", nil},
		"nobody for operations":                          {func(w *world) { w.assign("role/operations/bob") }, "[alice] [] [carol] []", nil},
		"nobody for command":                             {func(w *world) { w.assign("role/command") }, "[] [bob] [carol] []", nil},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t).staffed()
			c.do(w)
			if got := w.crewText(); got != c.want {
				t.Errorf("the crew is %s, want %s", got, c.want)
			}
			var told []incident.Slot
			for _, x := range w.s.Comments {
				if x.Ours && x.Slot.Under("say/undone") {
					told = append(told, "undone-"+x.Slot[slices.Index([]byte(x.Slot), '-')+1:])
					contains(t, x.Raw, "by hand")
				}
			}
			if !slices.Equal(told, c.told) {
				t.Errorf("told %v, want %v", told, c.told)
			}
			w.assigneesFollow(t)
		})
	}
}

// assigneesFollow checks that each role's ticket is assigned to who holds it.
func (w *world) assigneesFollow(t *testing.T) {
	t.Helper()
	for _, x := range w.s.Tickets {
		role := x.Slot.Role()
		if role == "" || x.State == incident.Duplicate {
			continue
		}
		want := w.holders(role)
		if role == incident.Operations {
			want = slices.DeleteFunc(want, func(p incident.Person) bool { return incident.RoleSlot(role, p) != x.Slot })
		}
		if !slices.Equal(x.Assignees, want) {
			t.Errorf("%s is assigned to %v, held by %v", x.Slot, x.Assignees, want)
		}
	}
}

func TestAnOrderMovesTheAssigneeAndIsNoHand(t *testing.T) {
	w := newWorld(t).staffed()
	w.tellAll(t, line{"alice", "/comms @dave", ""}, line{"alice", "/comms @carol", ""}, line{"alice", "/ic @erin", ""}, line{"erin", "/ic @alice", ""})
	for _, x := range w.r.Tenures {
		if x.How == "hand" {
			t.Errorf("our own change counts as somebody's hand: %+v", x)
		}
	}
	w.assigneesFollow(t)
}

// A closed role ticket still says who has the role.
func TestAHandOverAfterTheTicketIsClosed(t *testing.T) {
	w := newWorld(t).staffed()
	w.closeTicket(w.slot("role/command").Ref, "alice", incident.Done)
	w.closeTicket(w.slot("role/communications").Ref, "carol", incident.Done)
	w.tellAll(t, line{"alice", "/ic @dave", ""})
	w.assign("role/communications", "erin")
	if got := w.crewText(); got != "[dave] [bob] [erin] []" {
		t.Errorf("the crew is %s", got)
	}
	w.assigneesFollow(t)
	if w.slot("role/command").State != incident.Done {
		t.Error("the hand-over opened the ticket again")
	}
}

// An operator who leaves closes his ticket and keeps his letter (design, section 8).
func TestOperatorsComeAndGo(t *testing.T) {
	w := newWorld(t).staffed()
	bobs := w.slot("role/operations/bob").Ref
	contains(t, w.ticket(bobs).Title, "Operations A: ")
	w.say("bob", "/release me")
	if x := w.ticket(bobs); x.State != incident.Wontfix || len(x.Assignees) != 0 {
		t.Errorf("bob left, and his ticket is %s, assigned to %v", x.State, x.Assignees)
	}
	w.say("dave", "/ops")
	contains(t, w.slot("role/operations/dave").Title, "Operations B: ")
	w.s.People["frank"] = w.s.People["bob"]
	w.assign("role/operations/dave", "dave", "frank")
	contains(t, w.slot("role/operations/frank").Title, "Operations C: ")
	w.assign("role/operations/frank")
	w.forget()
	w.after(2 * time.Minute).settle()
	w.say("erin", "/ops")
	contains(t, w.slot("role/operations/erin").Title, "Operations D: ")
	w.say("bob", "/ops")
	if x := w.ticket(bobs); x.State != incident.Open || !slices.Equal(x.Assignees, []incident.Person{"bob"}) {
		t.Errorf("bob is back, and his ticket is %s, assigned to %v", x.State, x.Assignees)
	}
	w.assigneesFollow(t)
}

// Who lost access counts as left; their follow-ups go to planning (O36).
func TestPeopleWhoLeft(t *testing.T) {
	w := newWorld(t).staffed()
	w.say("dave", "/planning")
	id := w.say("carol", "/followup Alert earlier @carol", "/followup Two owners @carol @erin", "/followup Erin's own @erin")
	w.s.People["carol"] = incident.Standing{Known: true}
	w.settle()
	if got := w.crewText(); got != "[alice] [bob] [] [dave]" {
		t.Errorf("the crew is %s", got)
	}
	for n, want := range [][]incident.Person{{"dave"}, {"erin"}, {"erin"}} {
		if got := w.slot(incident.Slot("follow/" + id + "." + string(rune('0'+n)))).Assignees; !slices.Equal(got, want) {
			t.Errorf("follow-up %d is assigned to %v, want %v", n, got, want)
		}
	}
}

func (w *world) crewText() string {
	text := ""
	for i, role := range incident.Roles {
		if i > 0 {
			text += " "
		}
		text += "["
		for j, who := range w.holders(role) {
			if j > 0 {
				text += " "
			}
			text += string(who)
		}
		text += "]"
	}
	return text
}
