package plan_test

import (
	"strings"
	"testing"
	"time"

	"github.com/hereby/hereby/internal/incident"
)

func day(text string) incident.Due {
	at, err := time.Parse(time.DateOnly, text)
	if err != nil {
		panic(err)
	}
	return incident.Due{Day: at}
}

func shared(text string) incident.Due {
	d := day(text)
	d.Shared = true
	return d
}

// A ticket's date is the one that is nearest to it, and the same wherever dates
// are shown: planning's list, the page, its data and the agenda (O35, O43, O60).
func TestADateIsTheNearestOne(t *testing.T) {
	const item = "The pool has no bound"
	for name, c := range map[string]struct {
		field      incident.Due
		page, text string
		want       string // "": none
		late       bool   // at the first review, on 2026-12-23
	}{
		"nothing":                  {},
		"the field":                {field: day("2026-12-01"), want: "2026-12-01", late: true},
		"the page":                 {page: "due:2026-12-02", want: "2026-12-02", late: true},
		"the text":                 {text: "due:2026-12-03", want: "2026-12-03", late: true},
		"the milestone":            {field: shared("2026-12-04"), want: "2026-12-04", late: true},
		"the field over all":       {field: day("2027-01-15"), page: "due:2026-12-02", text: "due:2026-12-03", want: "2027-01-15"},
		"the page over the text":   {page: "due:2027-01-02", text: "due:2026-12-03", want: "2027-01-02"},
		"the page over milestones": {field: shared("2026-12-04"), page: "due:2027-01-02", want: "2027-01-02"},
		"the text over milestones": {field: shared("2027-03-31"), text: "due:2026-12-03", want: "2026-12-03", late: true},
	} {
		t.Run(name, func(t *testing.T) {
			w, slot := planned(t, true)
			w.post("- " + item + " @bob " + c.page + "\n- Another @dave due:2027-02-01\n")
			ticket := w.named(item)
			ticket.Due = c.field
			if c.page == "" { // what it was filed with says no date either
				ticket.Body = "Bound it. " + c.text
			} else if c.text != "" {
				ticket.Body += "\n\n" + c.text
			}
			w.after(11 * time.Minute).settle()
			list := w.slot(slot).Body
			if has := strings.Contains(list, item+": no due date"); has != (c.want == "") {
				t.Errorf("planning's list:\n%s", list)
			}
			w.say("alice", "/publish")
			w.after(11 * time.Minute).settle()
			row := lineWith(w.pages[postName].Text, " | "+item+" | ")
			cell := " | " + c.want + " | "
			if c.want == "" {
				cell = " | – | "
			}
			contains(t, row, cell)
			if twin := w.pages["Postmortem-12.json"].Text; c.want != "" {
				contains(t, twin, `"due": "`+c.want+`"`)
			}
			w.at("2026-12-16 10:00")
			row = lineWith(w.slot("review/1").Body, item)
			for flag, has := range map[string]bool{"no due date": c.want == "", "was due " + c.want: c.late} {
				if strings.Contains(row, flag) != has {
					t.Errorf("agenda: %q says %q: %v", row, flag, !has)
				}
			}
		})
	}
}

// named returns our open ticket with a title.
func (w *world) named(title string) *incident.Ticket {
	w.t.Helper()
	for i := range w.s.Tickets {
		if w.s.Tickets[i].Title == title {
			return &w.s.Tickets[i]
		}
	}
	w.t.Fatalf("no ticket is titled %q", title)
	return nil
}

// lineWith returns the last line of a text that holds something.
func lineWith(text, part string) (line string) {
	for l := range strings.Lines(text) {
		if strings.Contains(l, part) {
			line = l
		}
	}
	return line
}
