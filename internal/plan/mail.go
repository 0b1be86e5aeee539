package plan

import (
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/hereby/hereby/internal/incident"
	"github.com/hereby/hereby/internal/ledger"
)

// Reaches reports whether a channel is configured for an audience: addresses,
// or, for the teams, a webhook that takes updates. A webhook is the team's own:
// it reaches neither customers nor the service owner.
func (p *Policy) Reaches(audience string, owner incident.Person) bool {
	return len(p.Addresses(audience, owner)) > 0 || audience == "internal" && slices.Contains(p.Hooked, "update")
}

// Addresses returns who reads what is for an audience, each address once: the
// lists, and for the service owner the owner's own too.
func (p *Policy) Addresses(audience string, owner incident.Person) []string {
	if p.Mail == nil {
		return nil
	}
	lists := []string{audience}
	if audience == "all" {
		lists = []string{"owner", "customers", "internal", "all"}
	}
	var all []string
	for _, list := range lists {
		all = append(all, p.Mail.Lists[list]...)
		if own := p.People[owner].Mail; list == "owner" && own != "" {
			all = append(all, own)
		}
	}
	seen := map[string]bool{}
	return slices.DeleteFunc(all, func(a string) bool {
		again := seen[bareAddress(a)]
		seen[bareAddress(a)] = true
		return again
	})
}

// bareAddress is an address without the name before it, to compare it.
func bareAddress(a string) string {
	if i := strings.LastIndexByte(a, '<'); i >= 0 {
		a = strings.TrimSuffix(strings.TrimSpace(a[i+1:]), ">")
	}
	return strings.ToLower(strings.TrimSpace(a))
}

// channel is the address of the team's chat, "" if nobody named one (O13).
func (v *view) channel() string {
	o, _ := last(v.obeyed("channel"))
	return o.Command.Text
}

// mailText is what all mails show at their end.
type mailText struct {
	Head     incident.Ref
	Title    string
	URL      string // the head's page
	Channel  string
	Declared time.Time
}

func (v *view) mailText() mailText {
	return mailText{Head: v.home(), Title: oneLine(v.s.Head.Title), URL: v.s.URL, Channel: v.channel(), Declared: v.r.Declared.At}
}

// mail renders a mail of this incident; nil if nobody reads it. The subject is
// the same for all but what is said after it, so that programs show a thread.
func (v *view) mail(to []string, what, template string, data any) *incident.Mail {
	if len(to) == 0 {
		return nil
	}
	subject := "Incident: " + oneLine(v.s.Head.Title)
	if what != "" {
		subject += " – " + what
	}
	return &incident.Mail{To: to, Subject: subject, Text: v.render(template, data)}
}

// roundText is what templates/mail-round.md shows.
type roundText struct {
	mailText
	What     string // "post-mortem published" or "closed"
	Page     string // where the post-mortem is; "" if none is kept
	Restored time.Time
	Closed   *closedText // at the close
	Ledger   string      // the head of its chain, and the entry
	Entries  int
}

// distribute sends the post-mortem round: to everybody on lists.all, and to
// webhooks. It goes out when it is published, and again at the close (O37, O68).
func (v *view) distribute(pl *Plan, event, which, text string) {
	if v.went(event, which) {
		return
	}
	data := roundText{mailText: v.mailText(), What: "post-mortem published", Page: v.pageURL(), Ledger: ledger.Short(v.r.Head), Entries: v.r.Seq}
	if at, ok := v.restored(); ok {
		data.Restored = at
	}
	if event == "closed" {
		thanks := v.thanks()
		data.What, data.Closed = "closed", &thanks
	}
	var to []string
	if v.p.Mail != nil {
		to = v.p.Mail.Lists["all"]
	}
	if data.Page != "" {
		text += " – " + data.Page
	}
	v.send(pl, which, incident.Notify{Event: event, Text: text, Mail: v.mail(to, data.What, "mail-round.md", data)})
}

type lostText struct {
	Who   []string
	Event string
	URL   string // of the comment that asked for it
}

// lost says once that a mail did not reach everybody for whom it was meant. It
// names no address: those who read an issue need not be those who may.
func lost(v *view, pl *Plan) {
	if !v.declared() {
		return
	}
	for _, name := range slices.Sorted(maps.Keys(v.r.Done)) {
		id, ok := strings.CutPrefix(name, incident.LostName(v.s.ID+"/"))
		if !ok {
			continue
		}
		event, which, _ := strings.Cut(id, "/")
		text := lostText{Event: event, Who: v.mentions(incident.Communications)}
		comment, _, _ := strings.Cut(which, ".")
		for _, c := range v.s.Comments {
			if c.ID == comment {
				text.URL = c.URL
			}
		}
		v.sayOnce(pl, incident.Slot("say/lost/"+strings.ReplaceAll(id, "/", "-")), "lost.md", text)
	}
}

// lettersLast puts mail behind everything else: a mail server that hangs keeps
// the tracker waiting for nothing.
func lettersLast(pl *Plan) {
	slices.SortStableFunc(pl.Do, func(a, b incident.Action) int { return letter(a) - letter(b) })
}

func letter(a incident.Action) int {
	if n, ok := a.(incident.Notify); ok && n.Mail != nil {
		return 1
	}
	return 0
}

// maxTries is how often a message is tried: with the back-off of admit, for
// about five days, as mail servers do.
const maxTries = 126

// givenUp reports whether a message was tried often enough. Everything else is
// tried for ever.
func givenUp(what string, r incident.Refusal) bool {
	return r.N >= maxTries && strings.HasPrefix(what, "notify ")
}
