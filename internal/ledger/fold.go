package ledger

import (
	"cmp"
	"maps"
	"slices"
	"time"

	"github.com/hereby/hereby/internal/incident"
)

// RedactedName begins the names in Record.Done under which it stands when texts
// were blanked.
const RedactedName = "blanked/"

// Fold applies entries to a record, in order, and returns the new record; the
// given one stays as it was. Folding in one go or in parts is the same.
//
// An entry that is not chained yet moves neither Seq nor Head, so that a
// decision can be tried out before it is written.
func Fold(r incident.Record, entries []Entry) incident.Record {
	if len(entries) == 0 {
		return r
	}
	r.Orders = slices.Clip(r.Orders)
	r.Tenures = slices.Clone(r.Tenures)
	r.Counted = maps.Clone(r.Counted)
	r.Done = maps.Clone(r.Done)
	r.Amended = maps.Clone(r.Amended)
	r.Marks = maps.Clone(r.Marks)
	for _, e := range entries {
		fold(&r, e)
	}
	return r
}

// fold applies one entry to a record whose maps and slices are its own.
func fold(r *incident.Record, e Entry) {
	if e.Hash != "" {
		r.Seq, r.Head = e.Seq, e.Hash
	}
	switch e.Kind {
	case Declared:
		if e.Declared != nil {
			r.Declared = *e.Declared
		}
	case Ordered:
		if e.Order != nil {
			order(r, e)
		}
	case RoleBegan:
		if e.Tenure != nil {
			r.Tenures = append(r.Tenures, *e.Tenure)
		}
	case RoleEnded:
		if e.Tenure != nil {
			end(r.Tenures, e)
		}
	case TicketAdded:
		if e.Ref != "" && !e.Slot.IsComment() {
			count(r, e.Ref, func(c *incident.Counted) {
				c.Slot, c.Title = cmp.Or(e.Slot, c.Slot), cmp.Or(e.Text, c.Title)
			}, e.At)
		}
	case CommentEdited, CommentDeleted:
		amend(r, e)
	case TicketMoved:
		move(r, incident.Ref(e.Name), e.Ref)
	case Did, Gap:
		if e.Name != "" {
			do(r, e)
		}
	case Redacted:
		do(r, Entry{Name: RedactedName + e.Name, At: e.At})
	case Recalled:
		if e.Order != nil {
			remember(r, *e.Order)
		}
		if e.Tenure != nil {
			correct(r, *e.Tenure)
		}
	case Sealed:
		r.Sealed, r.Ending = e.At, e.Name
		if e.Name == "closed" {
			mark(r, e.Name, e)
		}
	case Unsealed:
		r.Sealed, r.Ending = time.Time{}, ""
	}
}

// order notes what was decided, and what it does to the set that is counted.
func order(r *incident.Record, e Entry) {
	o := *e.Order
	o.Command.People = slices.Clone(o.Command.People)
	r.Orders = append(r.Orders, o)
	if o.Verdict != incident.Obeyed {
		return
	}
	mark(r, marking[o.Command.Word], e)
	if o.Command.Ref == "" {
		return
	}
	switch o.Command.Word {
	case "link":
		count(r, o.Command.Ref, func(c *incident.Counted) { c.Out = false }, e.At)
	case "unlink":
		count(r, o.Command.Ref, func(c *incident.Counted) { c.Out = true }, e.At)
	}
}

// remember puts an order that was recalled where it belongs by its time. It
// moves no head that is shown: that is of the ledger that was lost.
func remember(r *incident.Record, o incident.Order) {
	o.Command.People = slices.Clone(o.Command.People)
	i := len(r.Orders)
	for i > 0 && r.Orders[i-1].At.After(o.At) {
		i--
	}
	r.Orders = slices.Insert(slices.Clone(r.Orders), i, o)
}

// correct puts a time in a role that was recalled among those of the record,
// which knows of some only since the store was lost, or until then: one that
// still lasts began earlier, one that is over ended earlier. It gives nobody a
// role who does not hold it.
func correct(r *incident.Record, t incident.Tenure) {
	for i := range r.Tenures {
		switch x := &r.Tenures[i]; {
		case x.Role != t.Role || x.Who != t.Who || x.To.IsZero() != t.To.IsZero():
		case t.To.IsZero():
			if t.From.Before(x.From) {
				x.From = t.From
			}
			return
		case x.From.Equal(t.From):
			if t.To.Before(x.To) {
				x.To = t.To
			}
			return
		}
	}
	if !t.To.IsZero() {
		r.Tenures = append(r.Tenures, t)
	}
}

// count changes what is known of a counted ticket. A ticket is counted since
// it was first, and for ever (O55).
func count(r *incident.Record, ref incident.Ref, change func(*incident.Counted), at time.Time) {
	if r.Counted == nil {
		r.Counted = map[incident.Ref]incident.Counted{}
	}
	c, ok := r.Counted[ref]
	if !ok {
		c.Since = at
	}
	change(&c)
	r.Counted[ref] = c
}

// move counts a ticket under its new name.
func move(r *incident.Record, from, to incident.Ref) {
	c, ok := r.Counted[from]
	if !ok || from == to || to == "" {
		return
	}
	if _, known := r.Counted[to]; !known {
		r.Counted[to] = c
	}
	delete(r.Counted, from)
}

// end ends the open tenure of a person in a role.
func end(tenures []incident.Tenure, e Entry) {
	for i := range tenures {
		t := &tenures[i]
		if t.Role == e.Tenure.Role && t.Who == e.Tenure.Who && t.To.IsZero() {
			t.To = e.At
		}
	}
}

// do notes when something was first done under its name.
func do(r *incident.Record, e Entry) {
	if r.Done == nil {
		r.Done = map[string]time.Time{}
	}
	if _, ok := r.Done[e.Name]; !ok {
		r.Done[e.Name] = e.At
	}
}

// amend notes that a comment reads otherwise, or is gone.
func amend(r *incident.Record, e Entry) {
	if r.Amended == nil {
		r.Amended = map[string]incident.Amended{}
	}
	a := r.Amended[e.Comment]
	if e.Kind == CommentDeleted {
		a.Deleted = e.At
	} else {
		a.Edited = e.At
	}
	r.Amended[e.Comment] = a
}

// Seen notes a snapshot as the last one. Of a head that is gone nothing can be
// seen, so what was seen before stays: when it comes back, [Diff] says what
// changed meanwhile and not that everything is new.
func Seen(r incident.Record, s incident.Snapshot) incident.Record {
	if s.ID != "" {
		r.ID = s.ID
	}
	if s.Key != "" {
		r.Key = s.Key
	}
	if s.Gone && !isZero(r.Last) {
		r.Last.Gone, r.Last.At = true, s.At
		return r
	}
	r.Last = trim(s)
	return r
}

// isZero reports whether nothing was observed yet.
func isZero(s incident.Snapshot) bool { return s.ID == "" && s.Key == "" && s.At.IsZero() }

// trim returns a snapshot for keeping: without the texts of comments, of which
// digests stay, without the bodies of tickets that are not ours, without pages,
// and without what concerns other incidents. The texts are on the ledger.
func trim(s incident.Snapshot) incident.Snapshot {
	s.Comments = slices.Clone(s.Comments)
	for i := range s.Comments {
		c := &s.Comments[i]
		if !c.Ours {
			c.Hash = digest(*c)
		}
		c.Raw, c.Said = "", nil
	}
	s.Foreign = slices.Clone(s.Foreign)
	for i := range s.Foreign {
		s.Foreign[i].Body = ""
	}
	s.HeadSaid, s.Others, s.Wiki.Pages = nil, nil, nil
	return s
}

// digest returns the digest of a comment's text, trimmed or not.
func digest(c incident.Comment) string {
	if c.Raw == "" && c.Hash != "" {
		return c.Hash
	}
	return incident.HashText(c.Raw)
}
