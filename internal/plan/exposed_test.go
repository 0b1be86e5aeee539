package plan_test

import (
	"slices"
	"testing"
	"time"

	"github.com/hereby/hereby/internal/incident"
)

// What people may read who must not is taken back first of all, and for as long
// as that is refused it is tried again, and the operator is needed.
func TestExposedCommentIsTakenBack(t *testing.T) {
	w := newWorld(t).staffed()
	id := w.say("bob", "The pool is exhausted.")
	w.comment(id).Exposed = true
	back := incident.Unsay{Comment: id}
	w.refuse = func(a incident.Action) string {
		if a == incident.Action(back) {
			return "Delete Own Comments is missing"
		}
		return ""
	}
	if pl := w.pass(); len(pl.Do) == 0 || pl.Do[0] != incident.Action(back) || pl.Alarm != "" {
		t.Fatalf("%+v", pl)
	}
	pl := w.after(2 * time.Second).pass()
	contains(t, pl.Alarm, "delete it", w.comment(id).URL)
	contains(t, w.board(), "Delete Own Comments is missing")
	w.j.Spent = slices.Repeat([]time.Time{w.s.At.Add(time.Minute)}, 200) // nothing holds it back
	w.refuse = nil
	if pl := w.after(2 * time.Minute).pass(); pl.Do[0] != incident.Action(back) {
		t.Errorf("%+v", pl)
	}
	if slices.ContainsFunc(w.s.Comments, func(c incident.Comment) bool { return c.ID == id }) {
		t.Error("it stands there still")
	}
	if pl := w.after(2 * time.Second).pass(); pl.Alarm != "" {
		t.Errorf("the operator is still needed: %s", pl.Alarm)
	}
}
