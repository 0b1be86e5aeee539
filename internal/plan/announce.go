package plan

import (
	"fmt"
	"slices"
	"time"

	"github.com/hereby/hereby/internal/incident"
	"github.com/hereby/hereby/internal/render"
)

// announce sends what happened to the configured channels: at least once,
// under ids that outlive a lost store in the board's marker.
func announce(v *view, pl *Plan) {
	if !v.declared() {
		return
	}
	name := fmt.Sprintf("%s %s", v.home(), v.s.Head.Title)
	d := v.r.Declared
	v.notify(pl, "declared", "", fmt.Sprintf("Incident declared by @%s: %s", d.By, name))
	if at := d.At.Add(v.p.Staffing); len(v.vacant()) > 0 && v.starting() && !v.ended() {
		if v.s.At.Before(at) {
			pl.wake(at)
		} else {
			v.notify(pl, "unstaffed", "", fmt.Sprintf("Still without all roles after %s: %s", render.Span(v.p.Staffing), name))
		}
	}
	was := false
	for _, o := range v.obeyed("restored", "unrestored") {
		is := o.Command.Word == "restored"
		if is && !was {
			v.notify(pl, "restored", o.Comment, fmt.Sprintf("Service is back since %s: %s", when(o).UTC().Format(time.RFC3339), name))
		}
		if !is && was {
			v.notify(pl, "unrestored", o.Comment, "It broke again: "+name)
		}
		was = is
	}
	if v.ended() && v.s.Head.State != incident.Open {
		text := fmt.Sprintf("Incident %s: %s", v.ending(), name)
		switch {
		case v.ending() != "closed":
			v.notify(pl, "closed", stampOf(v.r.Sealed), text)
		case v.linkAwaited():
			pl.wake(v.s.At.Add(time.Minute))
			pl.because("what goes round at the close waits for the wiki, to link the post-mortem")
		default:
			v.distribute(pl, "closed", stampOf(v.r.Sealed), text)
		}
	}
}

// linkAwaited reports that the wiki does not answer just now, so that nobody
// could be told at the close where the post-mortem is; soon after it does.
func (v *view) linkAwaited() bool {
	return v.s.Wiki.Passing && v.pageURL() == "" && v.s.At.Before(v.r.Sealed.Add(silence))
}

// notify sends one message once to webhooks.
func (v *view) notify(pl *Plan, event, which, text string) {
	v.send(pl, which, incident.Notify{Event: event, Text: text})
}

func (v *view) messageID(event, which string) string {
	id := v.s.ID + "/" + event
	if which != "" {
		id += "/" + which
	}
	return id
}

// went reports whether a message was sent: what goes into it need not be made.
func (v *view) went(event, which string) bool {
	id := v.messageID(event, which)
	return v.once("notify/"+id) || slices.Contains(v.kept.Sent, id)
}

// send sends one message once. Its id, of the event and what tells two of a
// kind apart, tells receivers repetitions apart. The team's chat stands in each.
func (v *view) send(pl *Plan, which string, n incident.Notify) {
	if v.went(n.Event, which) {
		return
	}
	n.ID, n.URL = v.messageID(n.Event, which), v.s.URL
	if chat := v.channel(); chat != "" {
		n.Text += " – chat: " + chat
	}
	pl.do(n)
}
