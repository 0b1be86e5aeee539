package reconcile_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/hereby/hereby/internal/incident"
	"github.com/hereby/hereby/internal/reconcile"
)

// busy is a tracker on which something happens while it is observed.
type busy struct {
	reconcile.Tracker
	meanwhile func()
}

func (b *busy) Observe(ctx context.Context, look incident.Look) (incident.Snapshot, error) {
	if f := b.meanwhile; f != nil {
		b.meanwhile = nil
		f()
	}
	return b.Tracker.Observe(ctx, look)
}

// Somebody writes the page and publishes it while a pass has read the page and
// not yet the comments: the command is judged by what he wrote.
func TestAPageWrittenWhileItIsLookedAt(t *testing.T) {
	r, w := wikiRig(t)
	r.later(3 * time.Second)
	b := &busy{Tracker: r.tracker}
	r.Reconciler.Trackers = map[string]reconcile.Tracker{"tracker": b}
	b.meanwhile = func() {
		page := w.pages["Postmortem-12"]
		for _, part := range []string{"Abstract", "Impact on stakeholders", "Issues discovered"} {
			page.Text = strings.Replace(page.Text, "## "+part+"\n", "## "+part+"\n\n- something that was found out\n", 1)
		}
		w.pages["Postmortem-12"] = page
		r.tracker.s.Comments = append(r.tracker.s.Comments, incident.Comment{ID: "6", Author: "alice", At: r.now, Raw: "/publish", Said: []string{"/publish"}})
	}
	r.later(3 * time.Second)
	orders := r.state(key).Record.Orders
	i := slices.IndexFunc(orders, func(o incident.Order) bool { return o.Command.Word == "publish" })
	if i < 0 || orders[i].Verdict != incident.Obeyed {
		t.Errorf("orders %+v", orders)
	}
}
