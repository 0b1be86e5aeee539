package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"strings"

	"github.com/hereby/hereby/internal/config"
	"github.com/hereby/hereby/internal/incident"
	"github.com/hereby/hereby/internal/notify"
	"github.com/hereby/hereby/internal/plan"
	"github.com/hereby/hereby/internal/store"
	"github.com/hereby/hereby/internal/tracker/jira"
)

// mailServer is what check asks of the server that sends mail.
type mailServer interface {
	Probe(context.Context) (encrypted bool, err error)
	Local() bool
}

// mailCheck says who is told by which channel, and who cannot be.
type mailCheck struct {
	*report
	config *config.Config
	policy *plan.Policy
	server mailServer               // nil: none is configured
	onJira map[incident.Person]bool // known by their accounts there
}

// run reports; holders have roles in open incidents.
func (m *mailCheck) run(ctx context.Context, holders []incident.Person) {
	if m.server == nil {
		m.note("no mail server (the setting mail): nobody is told by mail")
	} else {
		m.probe(ctx)
	}
	m.update("the service owner", "owner")
	m.update("the customers", "customers")
	m.update("the teams", "internal")
	var all []string
	if m.policy.Mail != nil {
		all = m.policy.Mail.Lists["all"]
	}
	m.note("the published post-mortem, and the close: %s", m.ways(len(all), "published", "nobody; mail.lists.all is empty"))
	m.addresses(holders)
}

func (m *mailCheck) probe(ctx context.Context) {
	switch encrypted, err := m.server.Probe(ctx); {
	case err != nil:
		m.find(err.Error(), "Mail waits until it can; mend the server, or the setting mail.smtp.")
	case !encrypted && !m.server.Local():
		m.find("mail leaves this machine in plain text: the mail server offers no encryption", "Turn STARTTLS on there, or use smtps:// in mail.smtp.")
	default:
		m.note("mail is sent as %s; the server answers%s", m.config.Mail.From, map[bool]string{true: ", encrypted"}[encrypted])
	}
}

// update says how an update reaches an audience.
func (m *mailCheck) update(name, audience string) {
	reached := len(m.policy.Addresses(audience, ""))
	event := ""
	if audience == "internal" {
		event = "update"
	}
	if own := len(m.owners(true)); audience == "owner" && m.server != nil {
		reached += own
	}
	m.note("updates for %s: %s", name, m.ways(reached, event, "recorded, not sent"))
}

// ways names the channels that carry an event to addresses and webhooks.
func (m *mailCheck) ways(addresses int, event, none string) string {
	var ways []string
	if addresses == 1 {
		ways = append(ways, "mail to 1 address")
	} else if addresses > 1 {
		ways = append(ways, fmt.Sprintf("mail to %d addresses", addresses))
	}
	hooks := 0
	for _, w := range m.config.Notify.Webhooks {
		if event != "" && (len(w.Events) == 0 || slices.Contains(w.Events, event)) {
			hooks++
		}
	}
	if hooks > 0 {
		ways = append(ways, count(hooks, "webhook"))
	}
	if ways == nil {
		return none
	}
	return strings.Join(ways, ", ")
}

// owners returns the service owners whose address is known, or those whose is not.
func (m *mailCheck) owners(known bool) []incident.Person {
	var list []incident.Person
	for _, who := range m.policy.Owners {
		if (m.policy.People[who].Mail != "") == known {
			list = append(list, who)
		}
	}
	slices.Sort(list)
	return slices.Compact(list)
}

// addresses names those who get no mail for want of an address. Where no mail
// is sent that is only good to know.
func (m *mailCheck) addresses(holders []incident.Person) {
	holders = slices.DeleteFunc(slices.Clone(holders), func(who incident.Person) bool { return m.policy.People[who].Mail != "" })
	for _, missing := range []struct {
		people []incident.Person
		are    string
	}{{m.owners(false), "service owners"}, {holders, "with roles in open incidents"}} {
		if len(missing.people) == 0 {
			continue
		}
		var names []string
		for _, who := range missing.people {
			names = append(names, who.Mention())
		}
		what := fmt.Sprintf("no mail address is known of %s (%s)", strings.Join(names, ", "), missing.are)
		if m.server == nil {
			m.note("%s", what)
		} else {
			m.find(what, fmt.Sprintf("Add it under people, as in %s; until then only the tracker tells them.", m.entry(missing.people[0])))
		}
	}
}

// entry is what to write under people.
func (m *mailCheck) entry(who incident.Person) string {
	if m.onJira[who] {
		return fmt.Sprintf("HANDLE: {jira: %q, mail: …}", string(who))
	}
	return string(who) + ": {mail: …}"
}

// holders returns who has a role in an open incident, and on which tracker, as
// the store or the service that holds it knows.
func holders(ctx context.Context, o options, c *config.Config) (map[incident.Person]string, error) {
	list, err := incidents(ctx, o, c)
	if err != nil {
		return nil, err
	}
	who := map[incident.Person]string{}
	s, err := openToRead(ctx, c.Store, slog.New(slog.DiscardHandler))
	locked := errors.Is(err, store.ErrLocked)
	if err != nil && !locked {
		return nil, err
	}
	if !locked {
		defer s.Close()
	}
	for _, x := range list {
		if x.Closed {
			continue
		}
		var v view
		if locked {
			err = o.ask(ctx, c, pathOf(x.Key), &v)
		} else {
			var state store.State
			state, err = s.Load(ctx, x.Key)
			for _, t := range state.Record.Tenures {
				v.Roles = append(v.Roles, holder{t.Role, t.Who, t.From, t.To})
			}
		}
		if err != nil {
			return nil, err
		}
		for _, r := range v.Roles {
			if r.To.IsZero() {
				who[r.Who] = x.Key.Tracker()
			}
		}
	}
	return who, nil
}

// everybody is the team's policy with people by their handles, and by their
// accounts on Jira.
func everybody(now *settings) *plan.Policy {
	all := *now.policy
	all.People = maps.Clone(all.People)
	for _, p := range now.policies {
		maps.Copy(all.People, p.People)
	}
	return &all
}

// channels looks at who is told by which channel. It reports whether it could.
func (r *report) channels(ctx context.Context, o options, now *settings) bool {
	m := &mailCheck{report: r, config: now.config, policy: everybody(now), onJira: map[incident.Person]bool{}}
	if now.mail != nil {
		server, err := notify.NewMail(*now.mail)
		if err != nil {
			r.find("mail: "+err.Error(), "Mend the setting mail.")
			return false // unreachable: the settings were read with it
		}
		m.server = server
	}
	people, err := holders(ctx, o, now.config)
	for who, tracker := range people {
		m.onJira[who] = tracker == jira.Name
	}
	m.run(ctx, slices.Sorted(maps.Keys(people)))
	return err == nil
}
