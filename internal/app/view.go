package app

import (
	"cmp"
	"maps"
	"slices"
	"time"

	"github.com/hereby/hereby/internal/incident"
	"github.com/hereby/hereby/internal/plan"
	"github.com/hereby/hereby/internal/reconcile"
)

// view is the state of one incident as JSON. It holds no texts of comments.
type view struct {
	Key      incident.Key      `json:"key"`
	ID       string            `json:"id"`
	URL      string            `json:"url"`
	Title    string            `json:"title"`
	Phase    string            `json:"phase"`
	Declared incident.Declared `json:"declared"`
	Sealed   time.Time         `json:"sealed,omitzero"`
	Seen     time.Time         `json:"seen"` // when it was last observed
	Roles    []holder          `json:"roles"`
	Tickets  []ticket          `json:"tickets"` // every one ever counted
	Orders   int               `json:"orders"`
	Ledger   chain             `json:"ledger"`
	Plan     outlook           `json:"plan"` // as of the last observation
}

type holder struct {
	Role incident.Role   `json:"role"`
	Who  incident.Person `json:"who"`
	From time.Time       `json:"from"`
	To   time.Time       `json:"to,omitzero"`
}

type ticket struct {
	Ref   incident.Ref   `json:"ref"`
	Title string         `json:"title"`
	State incident.State `json:"state,omitempty"` // as last seen; absent if it was not
	Out   bool           `json:"out,omitempty"`   // taken out of the gate by /unlink
}

type chain struct {
	Entries int    `json:"entries"`
	Head    string `json:"head"`
}

// outlook is a plan as JSON.
type outlook struct {
	Do    []deed    `json:"actions"`
	Why   []string  `json:"why"`
	Alarm string    `json:"alarm,omitempty"` // what only the operator can put right
	Next  time.Time `json:"next,omitzero"`   // when it is looked at again by itself
}

// deed is one action, with the whole text that it would write.
type deed struct {
	Do   string `json:"do"`
	Text string `json:"text,omitempty"`
}

func outlookOf(p plan.Plan) outlook {
	o := outlook{Do: []deed{}, Why: append([]string{}, p.Why...), Alarm: p.Alarm, Next: p.Next}
	for _, a := range p.Do {
		o.Do = append(o.Do, deed{a.String(), textOf(a)})
	}
	return o
}

func textOf(a incident.Action) string {
	switch a := a.(type) {
	case incident.Create:
		return a.Body
	case incident.Say:
		return a.Text
	case incident.Edit:
		if a.Body != nil {
			return *a.Body
		}
	case incident.Notify:
		if a.Mail != nil {
			return a.Mail.Subject + "\n\n" + a.Mail.Text
		}
	}
	return ""
}

func viewOf(known reconcile.Preview) view {
	r := known.Record
	v := view{
		Key: r.Key, ID: r.ID, URL: r.Last.URL, Title: r.Last.Head.Title,
		Phase: known.Plan.Phase, Plan: outlookOf(known.Plan),
		Declared: r.Declared, Sealed: r.Sealed, Seen: r.Last.At,
		Roles: []holder{}, Tickets: []ticket{},
		Orders: len(r.Orders), Ledger: chain{r.Seq, r.Head},
	}
	for _, t := range r.Tenures {
		v.Roles = append(v.Roles, holder{t.Role, t.Who, t.From, t.To})
	}
	states := map[incident.Ref]incident.State{}
	for _, t := range slices.Concat(r.Last.Tickets, r.Last.Foreign) {
		states[t.Ref] = t.State
	}
	for _, ref := range slices.SortedFunc(maps.Keys(r.Counted), func(a, b incident.Ref) int {
		return cmp.Or(r.Counted[a].Since.Compare(r.Counted[b].Since), cmp.Compare(a, b))
	}) {
		c := r.Counted[ref]
		v.Tickets = append(v.Tickets, ticket{ref, c.Title, states[ref], c.Out})
	}
	return v
}
