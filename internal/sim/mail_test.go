package sim

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/hereby/hereby/internal/incident"
)

// letter is one copy of a mail as it lies in a mailbox.
type letter struct {
	to       string // the address
	id       string // of the message, from which its Message-ID is made
	subject  string
	text     string
	calendar string // unfolded; "" if it invites to nothing
}

// copied names one recipient's copy of a message.
type copied struct{ id, to string }

// everybody are the addresses that an update for all goes to.
var everybody = map[string][]string{
	"owner": {"owner@acme.example"}, "customers": {"shops@acme.example", "Press <press@acme.example>"},
	"internal": {"it@acme.example"}, "all": {"all@acme.example"},
}

var (
	errDeclined = errors.New("550 no such mailbox")
	errBusy     = errors.New("451 try again later")
)

// Send models the sender of messages: first the team's webhook, which tells
// repetitions by their id, then a copy to each address. Each is a step. Who has
// a message, or declined it for good, is not asked again by the same process.
func (p *process) Send(_ context.Context, n incident.Notify) error {
	hook := p.once(copied{n.ID, ""}, func() error {
		return p.cross(notify, n.Event, func() error {
			p.run.sent[n.ID] = n
			return nil
		})
	})
	if n.Mail == nil || p.dead {
		return hook
	}
	var again, never error
	for _, to := range n.Mail.To {
		err := p.once(copied{n.ID, to}, func() error { return p.post(n, to) })
		switch {
		case p.dead:
			return errDead
		case errors.Is(err, errDeclined):
			never = errors.Join(never, err)
		case errors.Is(err, errDown): // for everybody
			return errors.Join(hook, again, err)
		default:
			again = errors.Join(again, err)
		}
	}
	if err := errors.Join(hook, again); err != nil || never == nil {
		return err
	}
	return &incident.Lost{Why: never.Error()}
}

// once sends a copy unless this process knows how that ended.
func (p *process) once(c copied, send func() error) error {
	err, known := p.ended[c]
	if !known {
		if err = send(); err == nil || errors.Is(err, errDeclined) {
			p.ended[c] = err
		}
	}
	return err
}

// post brings one copy to the mail server.
func (p *process) post(n incident.Notify, to string) error {
	r := p.run
	if p.dead {
		return errDead
	}
	f := r.step(p, mail, to)
	r.clock.Advance(callTakes)
	switch f {
	case storeLost, storeOld:
		return p.loseStore(f)
	case crashBefore:
		return p.die()
	case failBefore:
		return errDown
	case busy:
		return errBusy
	}
	l := letter{to, n.ID, n.Mail.Subject, n.Mail.Text, strings.ReplaceAll(string(n.Mail.Calendar), "\r\n ", "")}
	if _, again := r.declined[copied{n.ID, to}]; f == declined || again {
		r.declined[copied{n.ID, to}] = l
		return fmt.Errorf("%s: %w", to, errDeclined)
	}
	r.letters = append(r.letters, l)
	switch f {
	case crashAfter:
		return p.die()
	case failAfter:
		return errReset
	}
	return nil
}

// shown returns the letters as mailboxes show them, of those with one id only
// the first, and with those that were declined.
func (r *run) shown() (list []letter) {
	seen := map[copied]bool{}
	for _, l := range slices.AppendSeq(slices.Clone(r.letters), maps.Values(r.declined)) {
		if !seen[copied{l.id, l.to}] {
			seen[copied{l.id, l.to}] = true
			list = append(list, l)
		}
	}
	return list
}

var (
	untilClosed = regexp.MustCompile(`declared to closed: .*`)
	whyNot      = regexp.MustCompile(`will not take place: [^.]*`) // the incident may be over by then
	ledgerEnd   = regexp.MustCompile(`Ledger: entry .*`)
)

// letter shows what somebody got. When it was made, and how much was on the
// ledger by then, depends on what went wrong.
func (c *canon) letter(l letter) {
	calendar := slices.DeleteFunc(strings.Split(strings.ReplaceAll(l.calendar, c.id, "ID"), "\r\n"), func(line string) bool {
		return strings.HasPrefix(line, "DTSTAMP:")
	})
	said := func(text string) string {
		return c.text(shop, whyNot.ReplaceAllString(c.named(text), "will not take place"))
	}
	text := ledgerEnd.ReplaceAllString(untilClosed.ReplaceAllString(l.text, "declared to closed: T"), "Ledger: HEAD")
	c.line("mail", l.to, c.named(l.subject), said(text), said(strings.Join(calendar, "\n")))
}

// invitation is what a calendar file says to whoever gets it.
type invitation struct {
	uid, sequence, start, method string
	who                          []string // the addresses of those who are to come
}

func readInvitation(calendar string) (i invitation) {
	for _, line := range strings.Split(calendar, "\r\n") {
		name, value, _ := strings.Cut(line, ":")
		switch name, _, _ = strings.Cut(name, ";"); name {
		case "UID":
			i.uid = value
		case "SEQUENCE":
			i.sequence = fmt.Sprintf("%06s", value)
		case "METHOD":
			i.method = value
		case "DTSTART":
			if i.uid != "" { // a zone's come before
				i.start = value
			}
		case "ATTENDEE":
			i.who = append(i.who, strings.TrimPrefix(value, "mailto:"))
		}
	}
	return i
}

// checkMail reports invitations of which two have one review and one sequence,
// those that go back, and whoever believes in a review to which he is invited
// no longer.
func (r *run) checkMail() (wrong []error) {
	type version struct{ to, uid, sequence string }
	ids := map[version]string{}
	last := map[string]invitation{}   // to all, by review
	told := map[copied][]invitation{} // by review and address, in turn
	for _, l := range r.shown() {
		if l.calendar == "" {
			continue
		}
		i := readInvitation(l.calendar)
		at := version{l.to, i.uid, i.sequence}
		if other, ok := ids[at]; ok {
			wrong = append(wrong, fmt.Errorf("%s was invited to %s with sequence %s by two messages, %s and %s", l.to, i.uid, i.sequence, other, l.id))
		}
		ids[at] = l.id
		if i.method == "REQUEST" && i.sequence >= last[i.uid].sequence {
			last[i.uid] = i
		}
		told[copied{i.uid, l.to}] = append(told[copied{i.uid, l.to}], i)
	}
	for c, all := range told {
		now := slices.MaxFunc(all, func(a, b invitation) int { return strings.Compare(a.sequence, b.sequence) })
		if now.method == "REQUEST" && !slices.ContainsFunc(last[c.id].who, func(who string) bool { return strings.Contains(c.to, who) }) {
			wrong = append(wrong, fmt.Errorf("%s is invited to %s no longer, and was not told", c.to, c.id))
		}
	}
	return wrong
}

// told takes from a state that somebody declined a message for good: that is
// said on the head, unless a lost store forgot it.
func (r *run) told(world []string) ([]string, error) {
	said := func(l string) bool { return strings.Contains(l, "<say/lost/") }
	if len(r.declined) == 0 {
		return world, nil
	}
	if !slices.ContainsFunc(world, said) && !r.forgot() {
		return world, errors.New("nobody was told that a mail did not reach everybody")
	}
	return slices.DeleteFunc(slices.Clone(world), said), nil
}

// forgot reports whether a store was lost.
func (r *run) forgot() bool { return r.files > 1 }
