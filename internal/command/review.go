package command

import (
	"fmt"
	"strings"
	"time"
	"unicode"

	"github.com/hereby/hereby/internal/incident"
)

// review reads what is said of a review: that it was held, and who was excused
// from it and why; or the day it is moved to.
var review = operand{"done [except @a REASON …]|move DATE", "done", readReview}

func readReview(r *reading) string {
	switch w := bare(fold(r.peek())); w {
	case "done":
		r.cmd.Verb = w
		r.take()
		return readExcept(r)
	case "move":
		r.cmd.Verb = w
		r.take()
		return readDate(r)
	}
	return "say whether the review was held or is moved"
}

// readExcept reads who was excused, each with a reason. People named one after
// the other, with "and" or a comma between them, share the reason that follows.
// Only the command's own line counts: what follows may be minutes, which name
// people for other reasons.
func readExcept(r *reading) string {
	if bare(fold(r.peek())) != "except" {
		for _, w := range strings.Fields(r.rest) {
			if who, ok, _ := r.person(w); ok {
				r.instead = join(r.read, "except", who.Mention(), reason.paste)
				return fmt.Sprintf("was %s not there? Then say so, with the reason", code(who.Mention()))
			}
		}
		return ""
	}
	r.take()
	var waiting []incident.Person // for their reason
	joined := true
	said := strings.TrimSpace(r.rest)
	for w, rest := cutField(said); w != ""; w, rest = cutField(rest) {
		who, ok, wrong := r.person(w)
		switch {
		case wrong != "":
			r.instead = join(r.read, people.paste, reason.paste)
			return wrong
		case ok && len(waiting) > 0 && !joined:
			return r.unexcused(waiting[len(waiting)-1])
		case ok:
			waiting = append(waiting, who)
			joined = strings.HasSuffix(w, ",")
		case len(waiting) > 0 && joins(w):
			joined = true
		case w == reason.paste || !strings.ContainsFunc(w, inReason):
		case len(waiting) == 0 && len(r.cmd.People) == 0:
			r.instead = join(r.read, people.paste, said)
			return "who was excused? Name them with `@`, each with the reason"
		default:
			for _, p := range waiting {
				r.add(p)
			}
			waiting = nil
		}
	}
	switch {
	case len(waiting) > 0:
		return r.unexcused(waiting[0])
	case len(r.cmd.People) == 0:
		r.instead = join(r.read, people.paste, reason.paste)
		return "who was excused, and why?"
	}
	r.cmd.Text, r.rest = said, ""
	return ""
}

func inReason(c rune) bool { return unicode.IsLetter(c) || unicode.IsDigit(c) }

// unexcused says that the reason for somebody is missing.
func (r *reading) unexcused(who incident.Person) string {
	r.instead = join(r.read, who.Mention(), reason.paste)
	return fmt.Sprintf("why was %s not there? Without a reason there was no quorum", code(who.Mention()))
}

// readDate reads a day, which is left to Text as it stands, or a day with a
// time of day, in the zone unless it says another.
func readDate(r *reading) string {
	r.joinDate()
	w := strings.TrimRight(fold1(r.peek()), ",;.:")
	r.instead = join(r.read, "YYYY-MM-DD")
	switch {
	case w == "" || w == "DATE" || w == "YYYY-MM-DD":
		return "the date is missing: a day such as `2026-12-28`, or with a time as `2026-12-28T11:00:00Z`"
	case day.MatchString(w):
		if _, err := time.Parse(time.DateOnly, w); err != nil {
			return fmt.Sprintf("there is no day %s", code(w))
		}
		r.cmd.Text = w
	case dated.MatchString(w):
		_, rest := cutField(r.rest)
		if next, _ := cutField(rest); bare(fold(next)) == "utc" && !strings.HasSuffix(w, "Z") {
			w += "Z"
		}
		at, ok := r.date(w)
		if !ok {
			return fmt.Sprintf("I cannot read the date %s", code(w))
		}
		r.cmd.When = at.UTC()
	default:
		return fmt.Sprintf("%s is no date: write a day such as `2026-12-28`, or with a time as `2026-12-28T11:00:00Z`", code(w))
	}
	r.instead = ""
	r.take()
	return ""
}
