package plan

import (
	"slices"
	"testing"
	"time"
	_ "time/tzdata"

	"pgregory.net/rapid"

	"github.com/hereby/hereby/internal/calendar"
	"github.com/hereby/hereby/internal/incident"
)

const day = 24 * time.Hour

func order(word, verb string, at, when time.Time) incident.Order {
	return incident.Order{At: at, Verdict: incident.Obeyed, Command: incident.Command{Word: word, Verb: verb, When: when}}
}

func scheduleOf(p *Policy, orders []incident.Order) reviews {
	return newView(p, incident.Journal{}, incident.Record{Orders: orders}, incident.Snapshot{}).reviews()
}

// Whenever reviews are held or moved, the one that follows lies ahead, on a
// weekday, no further away than the one after next from the anchor; and each
// is due when the anchor says, wherever others were moved to (O56, O57).
func TestEachReviewIsDueOnceAndOnAWeekday(t *testing.T) {
	zones := []string{"UTC", "Europe/Zurich", "America/New_York", "Pacific/Apia", "Asia/Kathmandu"}
	rapid.Check(t, func(t *rapid.T) {
		zone, err := time.LoadLocation(rapid.SampledFrom(zones).Draw(t, "zone"))
		if err != nil {
			t.Fatal(err)
		}
		p := &Policy{
			ReviewEvery: time.Duration(rapid.IntRange(1, 90).Draw(t, "every")) * day, Zone: zone,
			Review: Review{At: calendar.Clock{Hour: rapid.IntRange(0, 23).Draw(t, "hour"), Minute: rapid.IntRange(0, 59).Draw(t, "minute")}},
		}
		now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC).Add(time.Duration(rapid.IntRange(0, 500*24*60).Draw(t, "restored")) * time.Minute)
		orders := []incident.Order{order("restored", "", now, time.Time{})}
		r := scheduleOf(p, orders)
		numbers := []int{r.next}
		for range rapid.IntRange(0, 12).Draw(t, "steps") {
			now = now.Add(time.Duration(rapid.IntRange(1, 60*24*60).Draw(t, "minutes")) * time.Minute)
			switch rapid.IntRange(0, 4).Draw(t, "step") {
			case 0:
				orders = append(orders, order("review", "move", now, now.Add(time.Duration(rapid.IntRange(1, 14).Draw(t, "days"))*day)))
				if moved := scheduleOf(p, orders); moved.next != r.next || !moved.due(moved.next).Equal(r.due(r.next)) {
					t.Fatalf("moving review %d, due on %s, made it %d, due on %s", r.next, r.due(r.next), moved.next, moved.due(moved.next))
				}
			case 1:
				orders = append(orders, order("unrestored", "", now, time.Time{}), order("restored", "", now.Add(time.Minute), time.Time{}))
				now = now.Add(time.Minute)
				if back := scheduleOf(p, orders); back.next != r.next || !back.due(back.next).After(now) {
					t.Fatalf("after it came back review %d, due on %s, follows review %d", back.next, back.due(back.next), r.next)
				}
			default:
				orders = append(orders, order("review", "done", now, time.Time{}))
			}
			before := r
			r = scheduleOf(p, orders)
			if o := orders[len(orders)-1]; o.Command.Verb == "done" {
				due := r.due(r.next)
				switch {
				case !due.After(now):
					t.Fatalf("review %d follows on %s, which is past at %s", r.next, due, now)
				case due.Sub(now) > 2*p.ReviewEvery+4*day:
					t.Fatalf("review %d follows on %s, %s after one was held", r.next, due, due.Sub(now))
				case r.next < before.next:
					t.Fatalf("review %d follows review %d", r.next, before.next)
				case r.next != before.next && !r.at().Equal(due):
					t.Fatalf("review %d is on %s, for another was moved", r.next, r.at())
				case r.next == before.next && !r.at().Equal(before.at()):
					t.Fatalf("one more review moved review %d from %s to %s", r.next, before.at(), r.at())
				}
			}
			if r.next != numbers[len(numbers)-1] {
				numbers = append(numbers, r.next)
			}
			if at := r.due(r.next); weekend(at) || (calendar.Clock{Hour: at.Hour(), Minute: at.Minute()}) != p.Review.At && !skipped(at, p.Review.At) {
				t.Fatalf("review %d is due on %s", r.next, at.Format(time.RFC1123))
			}
			if again := scheduleOf(p, slices.Clone(orders)); again.next != r.next || !again.at().Equal(r.at()) || again.reminded != r.reminded {
				t.Fatal("the same orders give another schedule")
			}
		}
		if !slices.IsSorted(numbers) || len(slices.Compact(slices.Clone(numbers))) != len(numbers) {
			t.Fatalf("the reviews are %v", numbers)
		}
	})
}

// skipped reports whether a time of day does not exist on a day.
func skipped(at time.Time, of calendar.Clock) bool {
	t := time.Date(at.Year(), at.Month(), at.Day(), of.Hour, of.Minute, 0, 0, at.Location())
	return t.Hour() != of.Hour || t.Minute() != of.Minute
}

// Which review follows one that was held (O57; design, section 12).
func TestWhichReviewFollows(t *testing.T) {
	p := &Policy{ReviewEvery: 30 * day, Review: Review{At: calendar.Clock{Hour: 10}}}
	restored := time.Date(2026, 11, 23, 14, 0, 0, 0, time.UTC) // a Monday
	for name, c := range map[string]struct {
		held []int // days after service came back
		next int
		due  string
	}{
		"none":                         {nil, 1, "2026-12-23"},
		"early":                        {[]int{5}, 2, "2027-01-22"},
		"in time":                      {[]int{30}, 2, "2027-01-22"},
		"late":                         {[]int{50}, 2, "2027-01-22"},
		"so late that one was missed":  {[]int{65}, 3, "2027-02-22"}, // the 21st is a Sunday
		"twice in a month":             {[]int{5, 6, 7}, 2, "2027-01-22"},
		"early, and early for another": {[]int{5, 35}, 3, "2027-02-22"},
		"every month":                  {[]int{30, 61, 90}, 4, "2027-03-23"},
	} {
		orders := []incident.Order{order("restored", "", restored, time.Time{})}
		for _, d := range c.held {
			orders = append(orders, order("review", "done", restored.Add(time.Duration(d)*day), time.Time{}))
		}
		if r := scheduleOf(p, orders); r.next != c.next || r.at().Format(time.DateOnly) != c.due {
			t.Errorf("%s: review %d on %s", name, r.next, r.at())
		}
	}
}

// A policy that was never read from settings does not stand still.
func TestReviewsWithoutAnInterval(t *testing.T) {
	at := time.Date(2026, 11, 23, 14, 0, 0, 0, time.UTC)
	r := scheduleOf(&Policy{}, []incident.Order{order("restored", "", at, time.Time{}), order("review", "done", at.Add(10*day), time.Time{})})
	if !r.at().After(at.Add(10 * day)) {
		t.Errorf("review %d on %s", r.next, r.at())
	}
}

// The agenda in a text is replaced, and nothing else; where it is not to be
// found once, nothing is.
func TestReplaceAgenda(t *testing.T) {
	const ours = agendaBegins + "\nnew\n" + agendaEnds + "\n"
	for text, want := range map[string]string{
		agendaBegins + "\nold\n" + agendaEnds + "\n":           ours,
		"mine\n" + agendaBegins + "old" + agendaEnds + " hers": "mine\n" + agendaBegins + "\nnew\n" + agendaEnds + " hers",
		"": "", "mine": "mine",
		agendaBegins + " mine":                   agendaBegins + " mine",
		agendaEnds + agendaBegins:                agendaEnds + agendaBegins,
		agendaBegins + agendaBegins + agendaEnds: agendaBegins + agendaBegins + agendaEnds,
		agendaBegins + agendaEnds + agendaEnds:   agendaBegins + agendaEnds + agendaEnds,
	} {
		if got := replaceAgenda(text, ours); got != want {
			t.Errorf("%q became %q", text, got)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		before, after := rapid.String().Draw(t, "before"), rapid.String().Draw(t, "after")
		got := replaceAgenda(before+agendaBegins+rapid.String().Draw(t, "old")+agendaEnds+after, ours)
		if got != before+agendaBegins+"\nnew\n"+agendaEnds+after {
			t.Fatalf("%q", got)
		}
	})
}
