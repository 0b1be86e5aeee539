package ledger

import (
	"fmt"
	"time"

	"pgregory.net/rapid"

	"github.com/hereby/hereby/internal/incident"
)

var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

func minute(n int) time.Time { return noon.Add(time.Duration(n) * time.Minute) }

// base is a snapshot in which little has happened.
func base() incident.Snapshot {
	return incident.Snapshot{
		Key: "github:acme/shop#12", ID: "1012", At: minute(1),
		Head: incident.Ticket{Ref: "acme/shop#12", ID: "1012", Title: "Checkout is down", Body: "since noon", Author: "alice", State: incident.Open, Opened: noon},
	}
}

var (
	people = rapid.SampledFrom([]incident.Person{"", "alice", "bob", "carol"})
	states = rapid.SampledFrom([]incident.State{"", incident.Open, incident.Done, incident.Wontfix, incident.Duplicate})
	texts  = rapid.SampledFrom([]string{"", "a", "it broke\n", "<b>&\u2028", "root cause", "`x`"}) // trackers speak UTF-8
	raw    = rapid.OneOf(texts, rapid.Just("\xff\xfe"))
	times  = rapid.Custom(func(t *rapid.T) time.Time {
		if n := rapid.IntRange(-1, 90).Draw(t, "minute"); n >= 0 {
			return minute(n).Add(time.Duration(rapid.IntRange(0, 3).Draw(t, "ns")))
		}
		return time.Time{}
	})
)

func genTicket(ref incident.Ref) *rapid.Generator[incident.Ticket] {
	return rapid.Custom(func(t *rapid.T) incident.Ticket {
		return incident.Ticket{
			Ref: ref, ID: rapid.SampledFrom([]string{"", "id of " + string(ref)}).Draw(t, "id"), Title: texts.Draw(t, "title"), Body: texts.Draw(t, "body"), Author: people.Draw(t, "author"),
			Assignees: rapid.SliceOfNDistinct(people, 0, 2, rapid.ID).Draw(t, "assignees"),
			State:     states.Draw(t, "state"), Opened: times.Draw(t, "opened"), Linked: rapid.Bool().Draw(t, "linked"),
			Gone: rapid.IntRange(0, 5).Draw(t, "gone") == 0, Unreadable: rapid.IntRange(0, 5).Draw(t, "unreadable") == 0,
			Closed: incident.Closed{By: people.Draw(t, "closer"), At: times.Draw(t, "closed"), Via: texts.Draw(t, "via")},
			Locked: rapid.Bool().Draw(t, "locked"), Private: rapid.Bool().Draw(t, "private"),
		}
	})
}

var genComment = rapid.Custom(func(t *rapid.T) incident.Comment {
	c := incident.Comment{
		ID: fmt.Sprint(rapid.IntRange(1, 6).Draw(t, "id")), Author: people.Draw(t, "author"), Raw: texts.Draw(t, "raw"),
		At: times.Draw(t, "at"), EditedAt: times.Draw(t, "edited"), Ours: rapid.IntRange(0, 4).Draw(t, "ours") == 0,
	}
	c.Said = []string{c.Raw}
	if c.Ours {
		c.Slot, c.Hash = incident.Board, incident.HashText(c.Raw)
	}
	return c
})

var genEvent = rapid.Custom(func(t *rapid.T) incident.Event {
	return incident.Event{
		At: times.Draw(t, "at"), By: people.Draw(t, "by"), Label: texts.Draw(t, "label"), Via: texts.Draw(t, "via"),
		Kind: rapid.SampledFrom([]string{"labeled", "closed", "reopened", "renamed", "locked", "unlocked"}).Draw(t, "kind"),
	}
})

var genSnapshot = rapid.Custom(func(t *rapid.T) incident.Snapshot {
	s := incident.Snapshot{
		Key: rapid.SampledFrom([]incident.Key{"github:acme/shop#12", "github:acme/store#12"}).Draw(t, "key"),
		ID:  "1012", At: minute(rapid.IntRange(0, 90).Draw(t, "at")), Gone: rapid.IntRange(0, 7).Draw(t, "gone") == 0,
		Head:     genTicket("acme/shop#12").Draw(t, "head"),
		Events:   rapid.SliceOfN(genEvent, 0, 4).Draw(t, "events"),
		Comments: rapid.SliceOfNDistinct(genComment, 0, 5, func(c incident.Comment) string { return c.ID }).Draw(t, "comments"),
	}
	for n := 20; n < 26; n++ {
		ticket := genTicket(incident.PathRef("acme/shop", fmt.Sprint(n))).Draw(t, "ticket")
		switch rapid.SampledFrom([]string{"none", "ours", "foreign"}).Draw(t, "whose") {
		case "ours":
			ticket.Slot = incident.RoleSlot(incident.CommandRole, "")
			s.Tickets = append(s.Tickets, ticket)
		case "foreign":
			s.Foreign = append(s.Foreign, ticket)
		}
	}
	return s
})

var genEntry = rapid.Custom(func(t *rapid.T) Entry {
	e := Entry{
		At: times.Draw(t, "at"), By: people.Draw(t, "by"), Comment: raw.Draw(t, "comment"), State: states.Draw(t, "state"),
		Kind: rapid.SampledFrom([]Kind{Commented, TicketAdded, TicketRemoved, TicketMoved, Declared, Ordered, RoleBegan, RoleEnded, Sealed, Unsealed, Did, Failed, Gap, Recalled, Redacted}).Draw(t, "kind"),
		Ref:  rapid.SampledFrom([]incident.Ref{"", "acme/shop#20", "acme/shop#21"}).Draw(t, "ref"),
		Slot: rapid.SampledFrom([]incident.Slot{"", "role/command", incident.Board, "reply/7"}).Draw(t, "slot"),
		Name: rapid.SampledFrom([]string{"", "ack/1", "acme/shop#20"}).Draw(t, "name"),
		Text: raw.Draw(t, "text"),
	}
	tenure := incident.Tenure{Role: rapid.SampledFrom(incident.Roles).Draw(t, "role"), Who: people.Draw(t, "who"), From: e.At, How: "order"}
	switch e.Kind {
	case Declared:
		e.Declared = &incident.Declared{By: people.Draw(t, "declarer"), At: times.Draw(t, "declared"), Via: "phrase"}
	case Ordered, Recalled:
		e.Order = &incident.Order{
			Comment: e.Comment, At: e.At, By: e.By, Said: raw.Draw(t, "said"), Reply: raw.Draw(t, "reply"),
			Verdict: rapid.SampledFrom([]incident.Verdict{incident.Obeyed, incident.RefusedByRule}).Draw(t, "verdict"),
			Command: incident.Command{
				Word: rapid.SampledFrom([]string{"link", "unlink", "note"}).Draw(t, "word"), Ref: e.Ref,
				People: rapid.SliceOfN(people, 0, 2).Draw(t, "people"), Text: raw.Draw(t, "argument"), When: times.Draw(t, "when"),
			},
		}
	case RoleBegan, RoleEnded:
		e.Tenure = &tenure
	}
	if e.Kind == Recalled && rapid.Bool().Draw(t, "tenure") {
		tenure.To = times.Draw(t, "to")
		e.Tenure = &tenure
	}
	return e
})

var genEntries = rapid.SliceOfN(genEntry, 0, 8)
