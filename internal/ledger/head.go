package ledger

import (
	"cmp"
	"fmt"
	"strings"

	"github.com/hereby/hereby/internal/incident"
)

// head notes what was done to the head. The tracker's events say when and by
// whom, the two snapshots what it came to; where both tell of one change they
// make one entry.
func (d *diff) head() {
	last, now := d.last.Head, d.now.Head
	switch {
	case d.now.Gone && !d.last.Gone:
		d.changed(Entry{Text: "gone: deleted, or turned into something else"})
	case !d.now.Gone && d.last.Gone:
		d.changed(Entry{Text: "there again"})
	}
	if d.now.Gone {
		return
	}
	news := d.events()
	if d.first {
		d.changed(Entry{At: now.Opened, By: now.Author, Text: strings.TrimSpace("opened: " + now.Title + "\n\n" + now.Body)})
	} else {
		if last.Title != now.Title {
			news = news.tell("renamed", Entry{Text: renamed(last.Title, now.Title)})
		}
		if last.Locked != now.Locked {
			news = news.tell(lockWord(now.Locked), Entry{Text: lockWord(now.Locked)})
		}
		if last.Private != now.Private {
			d.changed(Entry{Text: sightWord(now.Private)})
		}
		if closed(last) != closed(now) || last.State != now.State {
			news = d.turned(news)
		}
		if last.Body != now.Body {
			d.changed(Entry{Text: strings.TrimSpace("text changed:\n\n" + now.Body)})
		}
		if d.last.Key != d.now.Key {
			d.changed(Entry{Text: fmt.Sprintf("moved from %s to %s", d.last.Key, d.now.Key)})
		}
		d.assigned(HeadChanged, now, last.Assignees, d.now.At)
	}
	for _, n := range news {
		d.changed(n.entry)
	}
}

// changed adds an entry about the head.
func (d *diff) changed(e Entry) {
	e.Kind, e.Ref = HeadChanged, d.now.Head.Ref
	d.add(e)
}

// news are the changes of the head under way to the ledger.
type news []item

type item struct {
	kind  string // the event's
	entry Entry
}

// events returns what events there are that the last snapshot had not.
func (d *diff) events() news {
	type id struct {
		at              int64
		kind, by, label string
	}
	of := func(e incident.Event) id { return id{e.At.UnixNano(), e.Kind, string(e.By), e.Label} }
	known := map[id]int{}
	for _, e := range d.last.Events {
		known[of(e)]++
	}
	var all news
	for _, e := range d.now.Events {
		if known[of(e)]--; known[of(e)] >= 0 {
			continue
		}
		text := join(strings.TrimSpace(e.Kind+" "+e.Label), via(e.Via))
		all = append(all, item{e.Kind, Entry{At: e.At, By: e.By, Text: text}})
	}
	return all
}

// tell adds what a change came to to the last event of its kind, or by itself
// if there is none.
func (n news) tell(kind string, e Entry) news {
	at := -1
	for i := range n {
		if n[i].kind == kind && (at < 0 || byTime(n[i].entry, n[at].entry) > 0) {
			at = i
		}
	}
	if at < 0 {
		return append(n, item{kind, e})
	}
	found := &n[at].entry
	found.Text, found.State = cmp.Or(e.Text, found.Text), e.State
	return n
}

// turned tells that the head was closed, reopened, or closed as something else.
func (d *diff) turned(n news) news {
	h := d.now.Head
	if !closed(h) {
		return n.tell("reopened", Entry{Text: "reopened", State: h.State})
	}
	return n.tell("closed", Entry{
		At: h.Closed.At, By: h.Closed.By, State: h.State,
		Text: join("closed as "+string(h.State), via(h.Closed.Via)),
	})
}

func via(what string) string {
	if what == "" {
		return ""
	}
	return "by " + what
}

// renamed tells of a new title. The one before may have been blanked.
func renamed(from, to string) string {
	if from == "" {
		return fmt.Sprintf("its title is %q", to)
	}
	return fmt.Sprintf("renamed from %q to %q", from, to)
}

func sightWord(private bool) string {
	if private {
		return "restricted: few may see it"
	}
	return "no longer restricted"
}

func lockWord(locked bool) string {
	if locked {
		return "locked"
	}
	return "unlocked"
}
