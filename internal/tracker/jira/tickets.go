package jira

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"

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
		i, err := g.present(ctx, sub.ID)
		if err != nil {
			return fmt.Errorf("%s: %w", sub.Key, err)
		}
		if i != nil {
			g.byID[i.ID] = i
		}
	}
	return nil
}

// present reads an issue as it is; nil: it is gone, or hidden from us.
func (g *gathering) present(ctx context.Context, id string) (*issue, error) {
	i, err := g.issue(ctx, id, "&expand=changelog")
	if isStatus(err, http.StatusNotFound, http.StatusForbidden) {
		return nil, nil
	}
	return i, err
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

// browsesCached is browses by what was last heard.
func (t *Tracker) browsesCached(ctx context.Context, key string) (bool, error) {
	if have, ok := t.grants.Peek(key); ok {
		return have["BROWSE_PROJECTS"], nil
	}
	return t.browses(ctx, key)
}

func (g *gathering) lost(t incident.Ticket) { g.snap.Foreign = append(g.snap.Foreign, t) }
