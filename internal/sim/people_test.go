package sim

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/hereby/hereby/internal/incident"
)

// people are those who act, and what they wrote: it must stay as it is, byte
// for byte.
type people struct {
	r         *run
	floated   bool                    // the floating comment was said
	scribbled bool                    // the page was edited at some step
	fate      fate                    // of the page
	texts     map[string]string       // of comments, by id
	bodies    map[incident.Ref]string // of tickets of theirs
	parts     map[incident.Ref]string // within tickets of ours
	prose     []string                // on the post-mortem
}

func newPeople(r *run) *people {
	r.town.people([]string{"erin", "alice", "bob", "carol", "dave", "olga"}, 2, "mallory")
	return &people{r: r, texts: map[string]string{}, bodies: map[incident.Ref]string{}, parts: map[incident.Ref]string{}}
}

// ticket finds the one whose title begins so; of several the first that is
// open, as a person would.
func (p *people) ticket(title string) (ticket, error) {
	var found *ticket
	for _, t := range p.r.town.tickets() {
		if strings.HasPrefix(t.title, title) && !isEpic(t) && (found == nil || found.state != "open" && t.state == "open") {
			found = &t
		}
	}
	if found == nil {
		return ticket{}, fmt.Errorf("nobody finds the ticket %q", title)
	}
	return *found, nil
}

// isEpic reports whether a ticket is the epic over the head, and called like it.
func isEpic(t ticket) bool { return t.mark != nil && t.mark.Slot == incident.Epic }

// on acts on a ticket found by its title.
func (p *people) on(title string, act func(ticket) error) error {
	t, err := p.ticket(title)
	if err != nil {
		return err
	}
	return act(t)
}

// say comments on the head.
func (p *people) say(who, text string) error {
	if needsPage(text) {
		if err := p.bring(); err != nil {
			return err
		}
	}
	text = p.r.town.typed(text)
	return p.on(head, func(t ticket) error {
		id, err := p.r.town.comment(who, t.ref, text)
		p.texts[id] = text
		return err
	})
}

// float says what may be said at any moment, once.
func (p *people) float() error {
	if p.floated {
		return nil
	}
	p.floated = true
	if p.r.heard() {
		p.r.agenda = slices.Insert(p.r.agenda, 0, act{p.r.clock.Now().Add(time.Minute), (*people).answered})
		slices.SortStableFunc(p.r.agenda, func(a, b act) int { return a.at.Compare(b.at) })
	}
	return p.say("dave", floating)
}

// answered fails unless what was said at any moment was answered.
func (p *people) answered() error {
	return p.on(head, func(t ticket) error {
		for _, c := range t.comments {
			if c.shown == floating && len(c.reactions) == 0 {
				return errors.New("a webhook came in the middle of a pass, and nothing was done about it")
			}
		}
		return nil
	})
}

// edit rewrites one's comment that begins so.
func (p *people) edit(who, start, text string) error {
	start, text = p.r.town.typed(start), p.r.town.typed(text)
	return p.on(head, func(t ticket) error {
		for _, c := range t.comments {
			if c.author == who && strings.HasPrefix(c.body, start) {
				p.texts[c.id] = text
				return p.r.town.editComment(who, c.id, text)
			}
		}
		return fmt.Errorf("%s has no comment %q", who, start)
	})
}

// open opens a ticket.
func (p *people) open(who, place, title, body string) error {
	body = p.r.town.typed(body)
	ref, err := p.r.town.open(who, p.r.town.place(place), title, body)
	p.bodies[ref] = body
	return err
}

// insert writes a part of one's own into a ticket of ours.
func (p *people) insert(who, title, part string, change func(body, part string) string) error {
	part = p.r.town.typed(part)
	return p.on(title, func(t ticket) error {
		p.parts[t.ref] = part
		return p.r.town.setBody(who, t.ref, change(t.body, part))
	})
}

// check reports texts of people that are no longer theirs.
func (p *people) check() (wrong []string) {
	found := map[string]bool{}
	for _, t := range p.r.town.tickets() {
		if body, ok := p.bodies[t.ref]; ok && t.body != body {
			wrong = append(wrong, fmt.Sprintf("the text of %s was %q and is %q", t.ref, body, t.body))
		}
		if part, ok := p.parts[t.ref]; ok && !strings.Contains(t.body, part) {
			wrong = append(wrong, fmt.Sprintf("%q is gone from %s: %q", part, t.ref, t.body))
		}
		for _, c := range t.comments {
			found[c.id] = true
			if text, ok := p.texts[c.id]; ok && c.body != text {
				wrong = append(wrong, fmt.Sprintf("%s wrote %q, which is now %q", c.author, text, c.body))
			}
		}
	}
	for id, text := range p.texts {
		if !found[id] {
			wrong = append(wrong, fmt.Sprintf("a comment is gone: %q", text))
		}
	}
	return append(append(wrong, p.checkProse()...), p.checkFate()...)
}
