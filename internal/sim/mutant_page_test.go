package sim

import (
	"context"
	"fmt"
	"maps"
	"regexp"
	"strings"
	"time"

	"github.com/hereby/hereby/internal/incident"
	"github.com/hereby/hereby/internal/plan"
	"github.com/hereby/hereby/internal/reconcile"
	"github.com/hereby/hereby/internal/store"
)

// gateMutants lack a condition of the gate.
var gateMutants = []mutant{
	{name: "the gate does without the page", mutation: mutation{store: func(s store.Store) store.Store { return noPage{s} }}, chapter: 5, at: always},
	{name: "a review counts with a ticket open", mutation: mutation{tracker: through(noOpen)}, chapter: 13, at: always},
}

// gitMutants lack a safeguard of pages in git.
var gitMutants = []mutant{
	{name: "people's text is rendered anew", mutation: mutation{wiki: func(w reconcile.Wiki) reconcile.Wiki { return tidied{w} }}, chapter: 6, at: always},
}

// pageMutants lack a safeguard of the page, of the reviews or of mail.
var pageMutants = []mutant{
	{name: "items are not marked", mutation: mutation{wiki: func(w reconcile.Wiki) reconcile.Wiki { return noMarks{w, map[string]string{}} }}, chapter: 6, more: 1, at: always},
	{name: "a page is written over another text than the one seen", mutation: mutation{wiki: func(w reconcile.Wiki) reconcile.Wiki { return noBase{w} }}, chapter: 6, fault: editAfter,
		at: func(s step) bool { return s.port == wiki && !s.writes() }},
	{name: "a page with findings is published", mutation: mutation{policy: func(p *plan.Policy) { p.People = nil }}, chapter: 6, at: always},
	{name: "invitations have no sequence", mutation: mutation{notify: func(n reconcile.Notifier) reconcile.Notifier { return noSequence{n} }}, chapter: 12, at: always},
	{name: "nobody is uninvited", mutation: mutation{notify: func(n reconcile.Notifier) reconcile.Notifier { return noCancel{n} }}, chapter: 12, at: always},
	{name: "a message that is sent again has another id", mutation: mutation{notify: func(n reconcile.Notifier) reconcile.Notifier { return &noID{n, 0} }}, chapter: 5, fault: failAfter,
		at: func(s step) bool { return s.port == mail }},
	{name: "it is forgotten that there was a page", mutation: mutation{store: func(s store.Store) store.Store { return noSeen{s} }, tracker: through(noPageOnBoard)}, chapter: written, fault: deleted,
		at: func(s step) bool { return s.port == disk && s.at.After(start(written).Add(sweep)) }},
}

// always is for mutants that are missed though nothing goes wrong.
func always(s step) bool { return s.n == 1 }

// noMarks keeps the marks of items to itself, and shows them on lines that read
// as they did.
type noMarks struct {
	reconcile.Wiki
	marks map[string]string // by line
}

func (m noMarks) Read(ctx context.Context, place string, names []string) (incident.Shelf, error) {
	s, err := m.Wiki.Read(ctx, place, names)
	for name, page := range s.Pages {
		lines := strings.Split(page.Text, "\n")
		for i, line := range lines {
			lines[i] += m.marks[line]
		}
		page.Text = strings.Join(lines, "\n")
		s.Pages[name] = page
	}
	return s, err
}

func (m noMarks) Put(ctx context.Context, put incident.PutPages) incident.Result {
	var bare []incident.Draft
	for _, d := range put.Pages {
		for _, line := range strings.Split(d.Text, "\n") {
			if mark := ourSuffix.FindString(line); mark != "" {
				m.marks[ourSuffix.ReplaceAllString(line, "")] = mark
			}
		}
		d.Text, d.Was.Text = ourSuffix.ReplaceAllString(d.Text, ""), ourSuffix.ReplaceAllString(d.Was.Text, "")
		bare = append(bare, d)
	}
	put.Pages = bare
	return m.Wiki.Put(ctx, put)
}

// noBase claims to have seen what is there now.
type noBase struct{ reconcile.Wiki }

func (m noBase) Put(ctx context.Context, put incident.PutPages) incident.Result {
	var now []incident.Draft
	for _, d := range put.Pages {
		s, err := m.Read(ctx, put.Place, []string{d.Name})
		if err != nil {
			return incident.Result{Outcome: incident.NotRun, Err: err}
		}
		d.Was = s.Pages[d.Name]
		now = append(now, d)
	}
	put.Pages = now
	return m.Wiki.Put(ctx, put)
}

// tidied ends all lines alike.
type tidied struct{ reconcile.Wiki }

func (m tidied) Put(ctx context.Context, put incident.PutPages) incident.Result {
	var tidy []incident.Draft
	for _, d := range put.Pages {
		d.Text = strings.ReplaceAll(d.Text, "\r\n", "\n")
		tidy = append(tidy, d)
	}
	put.Pages = tidy
	return m.Wiki.Put(ctx, put)
}

// noPage takes the post-mortem for published as soon as service is back.
type noPage struct{ store.Store }

func (m noPage) Load(ctx context.Context, key incident.Key) (store.State, error) {
	state, err := m.Store.Load(ctx, key)
	for _, o := range state.Record.Orders {
		if o.Command.Word == "restored" && o.Verdict == incident.Obeyed {
			o.Comment, o.Command = o.Comment+"0", incident.Command{Word: "publish"}
			state.Record.Orders = append(state.Record.Orders[:len(state.Record.Orders):len(state.Record.Orders)], o)
			break
		}
	}
	return state, err
}

// noSeen forgets that the page was seen, or written.
type noSeen struct{ store.Store }

func (m noSeen) Load(ctx context.Context, key incident.Key) (store.State, error) {
	state, err := m.Store.Load(ctx, key)
	maps.DeleteFunc(state.Record.Done, func(name string, _ time.Time) bool { return strings.HasPrefix(name, "page/") })
	state.Journal.Wrote = time.Time{}
	return state, err
}

var pageOnBoard = regexp.MustCompile(`,?"page":"[^"]*"`)

// noPageOnBoard finds nothing about it on the board either.
func noPageOnBoard(s *incident.Snapshot) {
	for i, c := range s.Comments {
		s.Comments[i].Data = pageOnBoard.ReplaceAllString(c.Data, "")
	}
}

// noOpen takes everything for done once a review was held.
func noOpen(s *incident.Snapshot) {
	for _, c := range s.Comments {
		if c.Ours || !strings.Contains(c.Raw, "review done") {
			continue
		}
		for t := range s.All() {
			if t.State == incident.Open {
				t.State, t.Closed.At = incident.Done, c.At.Add(-1)
			}
		}
	}
}

var sequence = regexp.MustCompile(`SEQUENCE:[0-9]+`)

// noSequence sends each invitation as if it were the first.
type noSequence struct{ reconcile.Notifier }

func (m noSequence) Send(ctx context.Context, n incident.Notify) error {
	if n.Mail != nil {
		first := *n.Mail
		first.Calendar = sequence.ReplaceAll(first.Calendar, []byte("SEQUENCE:0"))
		n.Mail = &first
	}
	return m.Notifier.Send(ctx, n)
}

// noCancel sends no cancellations.
type noCancel struct{ reconcile.Notifier }

func (m noCancel) Send(ctx context.Context, n incident.Notify) error {
	if n.Mail != nil && strings.Contains(string(n.Mail.Calendar), "METHOD:CANCEL") {
		return nil
	}
	return m.Notifier.Send(ctx, n)
}

// noID sends each time a message of its own.
type noID struct {
	reconcile.Notifier
	n int
}

func (m *noID) Send(ctx context.Context, n incident.Notify) error {
	m.n++
	n.ID += fmt.Sprintf("/%d", m.n)
	return m.Notifier.Send(ctx, n)
}
