package jira

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/hereby/hereby/internal/incident"
)

// family is what belonged to a head when it was last seen: it spares the next
// observation a second search, and tells Cloud which issues to show as they are.
type family struct {
	epic string   // the key of our epic
	ids  []string // of every issue that belonged to it
}

// gathering collects the tickets of one incident by their ids.
type gathering struct {
	*sight
	byID map[string]*issue
	own  map[string]mark // of our tickets
	epic *issue          // ours, if there is one
}

// readTickets finds everything that hangs on the head: under it or its epic,
// linked to either, created by us for it, and counted before. One search brings
// it all once its family is known.
func (s *sight) readTickets(ctx context.Context) error {
	g := &gathering{sight: s, byID: map[string]*issue{}, own: map[string]mark{}}
	before, known := s.families.Peek(s.head.ID)
	if at, _ := s.heads.Peek(s.head.Key); !known && slices.Contains(s.look.Tickets, incident.Ref(at.parent)) {
		before.epic = at.parent // by what is on record of the incident, it is ours
	}
	asked := s.kin(before.epic)
	err := g.search(ctx, asked, before.ids)
	if before.epic != "" && isStatus(err, http.StatusBadRequest) {
		// Jira refuses a search that names an issue which is gone or hidden.
		s.families.Forget(s.head.ID)
		asked = s.kin("")
		err = g.search(ctx, asked, before.ids)
	}
	if err != nil {
		return err
	}
	if err := g.subtasks(ctx); err != nil {
		return err
	}
	if err := g.claim(ctx); err != nil {
		return err
	}
	if more := g.beyond(asked); more != "" {
		if err := g.search(ctx, more, before.ids); err != nil {
			return err
		}
		if err := g.claim(ctx); err != nil {
			return err
		}
	}
	if err := g.counted(ctx); err != nil {
		return err
	}
	if err := g.refresh(ctx); err != nil {
		return err
	}
	if err := g.distrust(ctx); err != nil {
		return err
	}
	return g.sort(ctx)
}

// kin returns the search for what belongs to the head. epic is that of our
// epic, once it is known.
func (s *sight) kin(epic string) string {
	under := []string{s.head.Key}
	if epic != "" {
		under = append(under, epic)
	}
	terms := []string{"labels = " + quote(incident.LabelOf(s.head.ID))}
	if s.cloud {
		terms = append(terms, "parent in ("+strings.Join(under, ", ")+")")
	}
	if s.epic.Link != "" {
		terms = append(terms, fmt.Sprintf("cf[%s] in (%s)", strings.TrimPrefix(s.epic.Link, "customfield_"), strings.Join(under, ", ")))
	}
	if ids := append(s.linkedIDs(s.head), s.subtaskIDs(s.head)...); len(ids) > 0 {
		terms = append(terms, "id in ("+strings.Join(ids, ", ")+")")
	}
	return strings.Join(terms, " OR ")
}

// subtaskIDs returns the ids of an issue's sub-tasks where searches do not find
// them by their parent: Data Center's know no such field while sub-tasks are
// switched off, and fail.
func (t *Tracker) subtaskIDs(i *issue) (ids []string) {
	for _, sub := range i.Fields.Subtasks {
		if !t.cloud && checkID(sub.ID) == nil {
			ids = append(ids, sub.ID)
		}
	}
	return ids
}

// beyond returns the search for what is known to belong to the head only after
// the first: what hangs under our epic, and what is linked to it. "": nothing.
func (g *gathering) beyond(asked string) string {
	if g.epic == nil {
		return ""
	}
	var terms []string
	if !strings.Contains(asked, ", "+g.epic.Key+")") {
		if g.cloud {
			terms = append(terms, "parent = "+g.epic.Key)
		}
		if g.sight.epic.Link != "" {
			terms = append(terms, fmt.Sprintf("cf[%s] = %s", strings.TrimPrefix(g.sight.epic.Link, "customfield_"), g.epic.Key))
		}
	}
	var ids []string
	for _, id := range append(g.linkedIDs(g.epic), g.subtaskIDs(g.epic)...) {
		if g.byID[id] == nil && id != g.head.ID {
			ids = append(ids, id)
		}
	}
	if len(ids) > 0 {
		terms = append(terms, "id in ("+strings.Join(ids, ", ")+")")
	}
	return strings.Join(terms, " OR ")
}

// linkedIDs returns the ids of what an issue is linked to in a way that counts.
func (t *Tracker) linkedIDs(i *issue) (ids []string) {
	for _, l := range i.Fields.Links {
		if other := l.other(); checkID(other.ID) == nil && !t.ignored[fold(l.Type.Name)] {
			ids = append(ids, other.ID)
		}
	}
	slices.Sort(ids)
	return slices.Compact(ids)
}

// search adds what a search finds. The issues of the family are read as they
// are, for the index may be minutes behind.
func (g *gathering) search(ctx context.Context, jql string, family []string) error {
	reconcile := slices.Clone(family)
	for _, sub := range g.head.Fields.Subtasks {
		reconcile = append(reconcile, sub.ID)
	}
	reconcile = append(reconcile, g.linkedIDs(g.head)...)
	found, whole, err := g.find(ctx, query{jql: jql + " ORDER BY created ASC", reconcile: reconcile, history: true})
	if err != nil {
		return fmt.Errorf("tickets of %s: %w", g.head.Key, err)
	}
	if !whole {
		g.log.Warn("the tickets of an incident are too many to be read all", "issue", g.head.Key)
	}
	for _, i := range found {
		if i.ID != g.head.ID {
			g.byID[i.ID] = i
		}
	}
	return nil
}

// subtasks reads those of the head that the index does not know yet: a role has
// its ticket as soon as the head names it.
func (g *gathering) subtasks(ctx context.Context) error {
	for _, sub := range g.head.Fields.Subtasks {
		if g.byID[sub.ID] != nil || checkID(sub.ID) != nil {
			continue
		}
		i, err := g.issue(ctx, sub.ID, "&expand=changelog")
		switch {
		case isStatus(err, http.StatusNotFound, http.StatusForbidden): // deleted meanwhile
		case err != nil:
			return fmt.Errorf("%s: %w", sub.Key, err)
		default:
			g.byID[i.ID] = i
		}
	}
	return nil
}

// claim finds out which of the issues are ours, and which of them is the epic.
func (g *gathering) claim(ctx context.Context) error {
	for _, id := range sorted(g.byID) {
		i := g.byID[id]
		if _, done := g.own[id]; done || !g.isOurs(i.Fields.Creator) {
			continue
		}
		m, ok, err := g.markOf(ctx, i)
		if err != nil {
			return fmt.Errorf("%s: %w", i.Key, err)
		}
		if !ok || m.ID != g.head.ID {
			continue
		}
		g.own[id] = m
		if m.Slot == incident.Epic && (g.epic == nil || i.Fields.Created.Before(g.epic.Fields.Created.Time)) {
			g.epic = i
		}
	}
	return nil
}

// markOf returns the property of an issue of ours. Data Center's searches do
// not bring it, and may be behind, which would be taken for what people did
// where nobody remembers otherwise: the issue is read as it is, and again when
// its text is not the one that the property tells of, which somebody else may
// have written under our account.
func (t *Tracker) markOf(ctx context.Context, i *issue) (mark, bool, error) {
	if raw, ok := i.Properties[ours]; ok {
		m, ok := readMark(raw)
		return m, ok, nil
	}
	if t.cloud {
		return mark{}, false, nil
	}
	shown := unix(string(i.Fields.Description))
	if m, ok := t.marks.Peek(i.ID); ok && m.latest(shown) {
		return m, m.ID != "", nil
	}
	now, err := t.issue(ctx, i.ID, "&expand=changelog")
	if isStatus(err, http.StatusNotFound) {
		return mark{}, false, nil
	}
	if err != nil {
		return mark{}, false, err
	}
	*i = *now
	m, ok := readMark(i.Properties[ours])
	t.marks.Put(i.ID, m)
	return m, ok, nil
}

// property reads a property of an issue; nil if it has none.
func (t *Tracker) property(ctx context.Context, id, key string) (json.RawMessage, error) {
	p, err := get[property](ctx, t, "issue/"+id+"/properties/"+key)
	if isStatus(err, http.StatusNotFound) {
		return nil, nil
	}
	return p.Value, err
}

// counted reads what was counted before and has not been seen yet.
func (g *gathering) counted(ctx context.Context) error {
	seen := map[incident.Ref]bool{g.head.ref(): true}
	for _, i := range g.byID {
		seen[i.ref()] = true
	}
	for _, ref := range g.look.Tickets {
		if seen[ref] {
			continue
		}
		seen[ref] = true
		if checkRef(ref) != nil {
			g.lost(incident.Ticket{Ref: ref, State: incident.Open, Unreadable: true})
			continue
		}
		i, err := g.issue(ctx, string(ref), "&expand=changelog")
		switch {
		case isStatus(err, http.StatusNotFound, http.StatusForbidden):
			readable, failed := g.browsesCached(ctx, ref.Place())
			if failed != nil {
				return failed
			}
			// Cloud says the same of a deleted issue and of one that a security
			// level hides: no other request, no changelog and no list tells them
			// apart, and a webhook of the deletion may never come. The gate counts
			// both as open, but for tickets of roles and duties; those are
			// sub-tasks wherever there are any, and hidden with their head alone.
			gone := readable && isStatus(err, http.StatusNotFound)
			g.lost(incident.Ticket{Ref: ref, State: incident.Open, Gone: gone, Unreadable: !gone})
		case err != nil:
			return fmt.Errorf("%s: %w", ref, err)
		case i.ID != g.head.ID:
			g.byID[i.ID] = i
		}
	}
	return g.claim(ctx)
}

// refresh reads as they are the tickets that the index shows as they were before
// they were seen last, or before we changed them. Otherwise the same would be
// done again, and what another replica saw taken for undone by people.
func (g *gathering) refresh(ctx context.Context) error {
	if g.asIs() {
		return nil
	}
	var old []string
	for _, id := range sorted(g.byID) {
		if i := g.byID[id]; i.Fields.Updated.Before(g.look.AsOf[i.ref()]) {
			old = append(old, id)
		}
	}
	return g.reread(ctx, old)
}

// maxDoubts is how many tickets that an index calls open are read one by one
// because somebody says that the incident is over.
const maxDoubts = 20

// distrust reads tickets as they are where an index that may lag would decide
// over the end. All of them, if it says that all are done: it must not let an
// incident be closed over one that was reopened a moment ago. Those that it
// calls open, if somebody closed the head or its epic or orders the close: what
// was closed a moment ago must not undo that. One duty that is open as it is
// settles that it is not over, unless we closed it ourselves: then all had been
// done. Otherwise little is lost by believing the index.
func (g *gathering) distrust(ctx context.Context) error {
	if g.asIs() {
		return nil
	}
	open, rest := g.divided()
	if len(open) > 0 {
		said, ordered := g.over()
		if !said || len(open) > maxDoubts && !ordered {
			return nil
		}
		for _, id := range open {
			if err := g.reread(ctx, []string{id}); err != nil {
				return err
			}
			if !ordered && g.own[id].Slot.IsDuty() && g.state(g.byID[id]) == incident.Open {
				return nil
			}
		}
		if open, _ = g.divided(); len(open) > 0 {
			return nil
		}
	}
	return g.reread(ctx, rest)
}

// asIs reports whether the tickets were read as they are: on Cloud, as many as
// one search may name.
func (g *gathering) asIs() bool { return g.cloud && len(g.byID) <= maxReconcile }

// divided returns the ids of the tickets that are open, duties first, and of all
// others.
func (g *gathering) divided() (open, rest []string) {
	var others []string
	for _, id := range sorted(g.byID) {
		switch slot := g.own[id].Slot; {
		case slot == incident.Epic || g.state(g.byID[id]) != incident.Open:
			rest = append(rest, id)
		case slot.IsDuty():
			open = append(open, id)
		default:
			others = append(others, id)
		}
	}
	return append(open, others...), rest
}

// over reports whether somebody says that the incident is over, and whether that
// was ordered and carried out by us: then every ticket had been read.
func (g *gathering) over() (said, ordered bool) {
	if g.head.Key == "" {
		return false, false // of a head elsewhere nothing is known here
	}
	if g.snap.Head.State != incident.Open {
		by := g.snap.Head.Closed.By
		return true, by == g.self.person() || g.authors[by]
	}
	asked := g.look.Ends != nil && slices.ContainsFunc(g.snap.Comments, g.look.Ends)
	return asked || g.epic != nil && g.state(g.epic) != incident.Open, false
}

// reread reads issues as they are. Those that cannot be read stay as found.
func (g *gathering) reread(ctx context.Context, ids []string) error {
	for _, id := range ids {
		now, err := g.issue(ctx, id, "&expand=changelog")
		switch {
		case isStatus(err, http.StatusNotFound, http.StatusForbidden):
		case err != nil:
			return fmt.Errorf("%s: %w", g.byID[id].Key, err)
		default:
			g.byID[id] = now
			if m, ok := readMark(now.Properties[ours]); ok && g.own[id].ID == m.ID {
				g.own[id] = m
				g.marks.Put(id, m)
			}
			if g.epic != nil && g.epic.ID == id {
				g.epic = now
			}
		}
	}
	return nil
}

// browsesCached is browses by what was last heard.
func (t *Tracker) browsesCached(ctx context.Context, key string) (bool, error) {
	if have, ok := t.grants.Peek(key); ok {
		return have["BROWSE_PROJECTS"], nil
	}
	return t.browses(ctx, key)
}

func (g *gathering) lost(t incident.Ticket) { g.snap.Foreign = append(g.snap.Foreign, t) }

// sort makes tickets of the issues, ours apart from people's, oldest first.
func (g *gathering) sort(ctx context.Context) error {
	links := map[string]bool{}
	for _, id := range g.linkedIDs(g.head) {
		links[id] = true
	}
	kept := family{}
	if g.epic != nil {
		kept.epic = g.epic.Key
		for _, id := range g.linkedIDs(g.epic) {
			links[id] = true
		}
		g.snap.Caps.Epic = g.snap.Caps.Epic || g.under(g.head, g.epic.Key)
	}
	for _, id := range sorted(g.byID) {
		i := g.byID[id]
		m, own := g.own[id]
		t := g.ticket(i)
		t.Linked = links[id] || g.under(i, g.head.Key) || g.epic != nil && g.under(i, g.epic.Key)
		t.Incident = i.isHead() && !own
		if own {
			t.Slot, t.Body = m.Slot, m.source(t.Body)
			if i.Fields.Due == m.Due {
				t.Due = incident.Due{}
			}
			switch { // creating and linking are two requests: half of it is not all
			case t.Slot == incident.Epic:
				t.Linked = g.under(g.head, i.Key)
			case !t.Slot.IsDuty():
				t.Linked = links[id] || g.under(i, g.head.Key)
				var err error
				if t.Loose, err = g.loose(ctx, i); err != nil {
					return err
				}
			}
			if len(m.People) > 0 && slices.Equal(t.Assignees, m.People[:1]) {
				t.Assignees = m.People
			}
		}
		t.Unmarked = !own && !t.Incident && g.isOurs(i.Fields.Creator) && i.hasLabel(incident.LabelOf(g.head.ID))
		if err := g.settleClosed(ctx, i, &t); err != nil {
			return err
		}
		g.people.add(i.Fields.Creator)
		g.people.add(i.Fields.Assignee)
		kept.ids = append(kept.ids, id)
		if own || t.Unmarked {
			g.snap.Tickets = append(g.snap.Tickets, t)
		} else {
			if level := i.level(); level != "" && level != g.head.level() {
				t.Title, t.Body = "", "" // fewer see it than see the head
			}
			g.snap.Foreign = append(g.snap.Foreign, t)
		}
	}
	byAge := func(a, b incident.Ticket) int {
		return cmp.Or(a.Opened.Compare(b.Opened), cmp.Compare(len(a.ID), len(b.ID)), cmp.Compare(a.ID, b.ID), cmp.Compare(a.Ref, b.Ref))
	}
	slices.SortFunc(g.snap.Tickets, byAge)
	slices.SortFunc(g.snap.Foreign, byAge)
	g.families.Put(g.head.ID, kept)
	return nil
}

// under reports whether an issue hangs under another.
func (s *sight) under(i *issue, key string) bool {
	return key != "" && (i.Fields.Parent != nil && i.Fields.Parent.Key == key || s.epic.Link != "" && i.epicLink(s.epic.Link) == key)
}

// loose reports whether a ticket of ours hangs under nothing though it could
// under our epic, and nobody ever put it anywhere: it was filed before there was
// one. What is not known of that is taken for somebody's wish.
func (g *gathering) loose(ctx context.Context, i *issue) (bool, error) {
	if g.epic == nil || !g.under(g.head, g.epic.Key) || i.ref().Place() != g.epic.ref().Place() {
		return false, nil
	}
	if at, err := g.stand(ctx, i); err != nil || at.parent != "" || at.subtask || at.epic {
		return false, err
	}
	log := i.Changelog
	if log == nil || log.Total > len(log.Histories) {
		return false, nil
	}
	for _, h := range log.Histories {
		for _, item := range h.Items {
			switch strings.ToLower(item.Field) {
			case "parent", "issueparentassociation", "epic link", strings.ToLower(g.sight.epic.Title):
				return false, nil
			}
		}
	}
	return true, nil
}

// settleClosed fills in who closed a ticket, and what a duplicate is one of.
func (g *gathering) settleClosed(ctx context.Context, i *issue, t *incident.Ticket) error {
	if t.State == incident.Open {
		return nil
	}
	if t.State == incident.Duplicate {
		t.DuplicateOf = i.original()
	}
	log, err := g.histories(ctx, i)
	if err != nil {
		return fmt.Errorf("history of %s: %w", i.Key, err)
	}
	events, err := g.events(ctx, i, log)
	if err != nil {
		return err
	}
	t.Closed = closedBy(i, events, *t)
	return g.unspoken(ctx, i, t)
}

// unspoken fills in as what we closed a ticket whose workflow cannot say it. The
// property counts as long as the closing is ours.
func (g *gathering) unspoken(ctx context.Context, i *issue, t *incident.Ticket) error {
	if t.State != incident.Done || i.Fields.Resolution != nil || t.Closed.By != g.self.person() && !g.authors[t.Closed.By] {
		return nil
	}
	raw, ok := i.Properties[ending]
	if !ok && i.Properties == nil {
		var err error
		if raw, err = g.endings.Get(i.ID+" "+t.Closed.At.String(), func() (json.RawMessage, error) { return g.property(ctx, i.ID, ending) }); err != nil {
			return err
		}
	}
	var e end
	if json.Unmarshal(raw, &e) == nil && (e.As == incident.Wontfix || e.As == incident.Duplicate) {
		t.State, t.DuplicateOf = e.As, e.Of
	}
	return nil
}

// ticket makes a ticket of an issue, as far as any issue goes.
func (t *Tracker) ticket(i *issue) incident.Ticket {
	f := i.Fields
	out := incident.Ticket{
		Ref: i.ref(), ID: i.ID, URL: t.browse(i.ref()), Author: f.Creator.person(), Labels: slices.Clone(f.Labels),
		Title: f.Summary, Body: unix(string(f.Description)), State: t.state(i), Opened: f.Created.Time,
		Changed: f.Updated.Time,
	}
	if p := f.Assignee.person(); p != "" {
		out.Assignees = []incident.Person{p}
	}
	if day, err := time.Parse(time.DateOnly, f.Due); err == nil {
		out.Due.Day = day
	}
	if epic, ok := t.fields.Peek(""); ok {
		out.Parent = incident.Ref(i.epicLink(epic.Link))
	}
	if f.Parent != nil {
		out.Parent = incident.Ref(f.Parent.Key)
	}
	return out
}
