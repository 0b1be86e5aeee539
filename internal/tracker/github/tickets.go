package github

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/hereby/hereby/internal/incident"
	"github.com/hereby/hereby/internal/marker"
)

// maxTickets bounds how far down the tree under a head we go.
const maxTickets = 2000

// gathering collects the tickets of one incident by their database ids.
type gathering struct {
	*sight
	byID  map[string]*found
	byRef map[incident.Ref]bool
}

type found struct {
	issue  *issue
	linked bool
}

// readTickets finds everything that hangs on the head: attached to it at any
// depth, blocking it, created by us for it, and counted before.
func (s *sight) readTickets(ctx context.Context) error {
	if s.snap.PullRequest {
		return nil
	}
	g := &gathering{sight: s, byID: map[string]*found{}, byRef: map[incident.Ref]bool{s.head.ref(): true}}
	for _, part := range []func(context.Context) error{g.children, g.blockers, g.created, g.counted} {
		if err := part(ctx); err != nil {
			return err
		}
	}
	return g.sort(ctx)
}

func (g *gathering) add(i *issue, linked bool) (isNew bool) {
	if i.IsPullRequest() || i.id() == g.head.id() {
		return false
	}
	f := g.byID[i.id()]
	if f == nil {
		f, isNew = &found{issue: i}, true
		g.byID[i.id()] = f
		g.byRef[i.ref()] = true
	}
	f.linked = f.linked || linked
	return isNew
}

// children walks the tree of sub-issues. It does not enter another incident.
func (g *gathering) children(ctx context.Context) error {
	if g.head.Children == nil {
		return g.probe(ctx)
	}
	queue := []*issue{g.head}
	for len(queue) > 0 && len(g.byID) < maxTickets {
		parent := queue[0]
		queue = queue[1:]
		if parent.Children == nil || parent.Children.Total == 0 || parent != g.head && parent.isHead() {
			continue
		}
		kids, err := g.list(ctx, path(parent.ref())+"/sub_issues")
		if parent != g.head && isStatus(err, http.StatusNotFound, http.StatusGone) {
			continue // deleted while we looked, or hidden from us
		}
		if err != nil {
			return err
		}
		for _, k := range kids {
			if g.add(k, true) {
				queue = append(queue, k)
			}
		}
	}
	return nil
}

// probe asks a server whose issues do not count their children whether it has
// any: an Enterprise Server has no such address.
func (g *gathering) probe(ctx context.Context) error {
	if none, ok := g.childless.Peek("sub_issues"); ok && none {
		return nil
	}
	kids, err := g.list(ctx, path(g.head.ref())+"/sub_issues")
	if isStatus(err, http.StatusNotFound) {
		g.childless.Put("sub_issues", true)
		return nil
	}
	g.snap.Caps.Parents = err == nil
	for _, k := range kids {
		g.add(k, true)
	}
	return err
}

// blockers lists what blocks the head.
func (g *gathering) blockers(ctx context.Context) error {
	if g.head.Blockers != nil && g.head.Blockers.Total == 0 {
		return nil
	}
	if none, ok := g.childless.Peek("blocked_by"); ok && none {
		return nil
	}
	list, err := g.list(ctx, path(g.head.ref())+"/dependencies/blocked_by")
	if isStatus(err, http.StatusNotFound) && g.head.Blockers == nil {
		g.childless.Put("blocked_by", true)
		return nil
	}
	for _, i := range list {
		g.add(i, true)
	}
	return err
}

// created lists our own tickets by their label: creating and attaching are two
// requests, and between the two only this list knows the ticket. The address
// names no time, so that it stays in the cache; the label narrows it enough.
func (g *gathering) created(ctx context.Context) error {
	var repos []string
	if g.repo.Name != "" { // the head is on GitHub
		repos = append(repos, g.repo.Name)
	}
	for _, place := range append(places(g.look.Tickets), g.look.Places...) {
		known := slices.ContainsFunc(repos, func(r string) bool { return strings.EqualFold(r, place) })
		if !known && g.served.match(place) {
			repos = append(repos, place)
		}
	}
	for _, repo := range repos {
		list, err := g.list(ctx, listAddress(repo, g.snap.ID))
		if isStatus(err, http.StatusNotFound, http.StatusGone) && repo != g.repo.Name {
			continue // counted reads what it can of it, one by one
		}
		if err != nil {
			return err
		}
		for _, i := range list {
			g.add(i, false)
		}
	}
	return nil
}

func places(refs []incident.Ref) []string {
	var ps []string
	for _, r := range refs {
		ps = append(ps, r.Place())
	}
	return ps
}

func (g *gathering) list(ctx context.Context, address string) ([]*issue, error) {
	repo := strings.Join(strings.Split(address, "/")[1:3], "/")
	a, err := g.Tracker.account(ctx, repo)
	if err != nil {
		return nil, err
	}
	list, whole, err := pages[*issue](ctx, a, address, maxPages)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", address, err)
	}
	if !whole {
		g.log.Warn("a list of issues is too long to be read whole", "address", address)
	}
	return list, nil
}

// counted reads what was counted before and has not been seen yet.
func (g *gathering) counted(ctx context.Context) error {
	for _, ref := range g.look.Tickets {
		if g.byRef[ref] {
			continue
		}
		g.byRef[ref] = true
		if checkRef(ref) != nil {
			g.lost(incident.Ticket{Ref: ref, State: incident.Open, Unreadable: true})
			continue
		}
		i, err := g.read(ctx, ref)
		switch {
		case isStatus(err, http.StatusGone) && !disabled(err):
			g.lost(incident.Ticket{Ref: ref, Gone: true})
		case isStatus(err, http.StatusNotFound, http.StatusForbidden, http.StatusGone):
			g.lost(incident.Ticket{Ref: ref, State: incident.Open, Unreadable: true})
		case err != nil:
			return fmt.Errorf("%s: %w", ref, err)
		default:
			g.add(i, false)
		}
	}
	return nil
}

// read reads one issue, wherever it is now.
func (t *Tracker) read(ctx context.Context, ref incident.Ref) (*issue, error) {
	a, err := t.account(ctx, ref.Place())
	if err != nil {
		return nil, err
	}
	return get[*issue](ctx, a, path(ref))
}

func (g *gathering) lost(t incident.Ticket) { g.snap.Foreign = append(g.snap.Foreign, t) }

// sort makes tickets of the issues, ours apart from people's, oldest first.
func (g *gathering) sort(ctx context.Context) error {
	for _, id := range slices.Sorted(maps.Keys(g.byID)) { // the same requests in the same order, each time
		f := g.byID[id]
		t := g.ticket(f.issue)
		t.Linked = f.linked
		t.Incident = f.issue.isHead()
		if err := g.settleClosed(ctx, f.issue, &t); err != nil {
			return err
		}
		g.people.add(f.issue.User, "")
		for _, u := range f.issue.Assignees {
			g.people.add(u, "")
		}
		if g.ours(f.issue, &t) {
			g.snap.Tickets = append(g.snap.Tickets, t)
		} else {
			g.snap.Foreign = append(g.snap.Foreign, t)
		}
	}
	slices.SortFunc(g.snap.Tickets, incident.ByAge)
	slices.SortFunc(g.snap.Foreign, incident.ByAge)
	return nil
}

// ours tells a ticket that we created for this incident and fills in what only
// such a ticket has. A ticket of ours whose marker somebody edited away still
// has our authorship and our label; its slot is then empty, and the journal
// knows it.
func (g *gathering) ours(i *issue, t *incident.Ticket) bool {
	if !g.isOurs(i.User) || t.Incident {
		return false
	}
	m, rest, ok := marker.Take(unix(i.GetBody()))
	switch {
	case ok && m.ID == g.snap.ID:
		t.Slot, t.Body = m.Slot, withoutPart(rest, m)
	case i.hasLabel(incident.LabelOf(g.snap.ID)):
		t.Unmarked = true
	default:
		return false
	}
	return true
}

// ticket makes a ticket of an issue, as far as any issue goes.
func (t *Tracker) ticket(i *issue) incident.Ticket {
	return incident.Ticket{
		Ref: i.ref(), ID: i.id(), URL: i.GetHTMLURL(),
		Author: person(i.User), Assignees: persons(i.Assignees), Labels: i.labels(),
		Parent: i.parent(), Title: i.GetTitle(), Body: unix(i.GetBody()), Locked: i.GetLocked(), Due: i.due(),
		State: i.state(), Opened: moment(i.CreatedAt),
		Closed: incident.Closed{By: person(i.ClosedBy), At: moment(i.ClosedAt)},
	}
}
