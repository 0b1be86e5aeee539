// Package calendar says when an incident is reviewed and writes the meetings
// as iCalendar: invitations to send by mail and feeds to subscribe to.
//
// [Due] is the schedule. It depends on the anchor and the policy alone, never
// on another meeting, so that moving one moves no other.
//
// [Calendar.Encode] writes RFC 5545 under the restrictions of RFC 5546 (iTIP):
//
//	REQUEST  an invitation, or with a higher SEQUENCE its change
//	CANCEL   the same UID, SEQUENCE not lower, STATUS CANCELLED
//	PUBLISH  a feed of many events, which invites nobody and names nobody but the organizer
//
// Lines end in CRLF and are folded at 75 octets, never within a character.
// Times carry the zone they have, with a VTIMEZONE written from Go's own zone
// data for exactly the years that the events need; times in UTC stay in UTC.
// The same calendar always gives the same bytes, so that a feed has an ETag.
//
// Titles, texts and names are of people, and may hold anything: text is
// escaped, and what iCalendar cannot carry is replaced as [Text] and [Name]
// say. No input can add a property, a parameter or a line.
package calendar

import (
	"errors"
	"fmt"
	"net/mail"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// Method says what a calendar is for (RFC 5546, section 1.4).
type Method string

const (
	Request Method = "REQUEST"
	Cancel  Method = "CANCEL"
	Publish Method = "PUBLISH"
)

// Person is an organizer or somebody invited. Mail is a bare address,
// alice@acme.example; the organizer's should be the mail's From address, or
// programs of readers show the invitation as unverified. Name may be empty.
type Person struct{ Name, Mail string }

// Event is one meeting.
type Event struct {
	UID      string    // for life: see UID
	Sequence int       // 0 at first, one more for each change
	Stamp    time.Time // when this version was made
	Start    time.Time // in the zone in which it is to be shown
	Length   time.Duration

	Title string
	Text  string // plain
	URL   string // absolute, http or https; "" leaves it out

	Organizer Person
	Attendees []Person
	Cancelled bool          // of a feed; what CANCEL carries is, unless Uninvited
	Uninvited bool          // of CANCEL: it takes place, without the Attendees
	Reminder  time.Duration // this long before the start; 0: none
}

// UID returns the identifier of review n of an incident. An incident's ID is
// unique within its tracker, whose host completes it.
func UID(host, id string, n int) string {
	return fmt.Sprintf("%s-review-%d@%s", id, n, host)
}

// Calendar is what one mail or one feed holds. A feed should have a Name.
type Calendar struct {
	Method Method
	Name   string
	Events []Event
}

// Encode returns the calendar's bytes, of the type text/calendar in UTF-8, or
// an error that names the event and what is wrong with it.
func (c Calendar) Encode() ([]byte, error) {
	if err := c.check(); err != nil {
		return nil, err
	}
	var w lines
	w.line("BEGIN", "VCALENDAR")
	w.line("VERSION", "2.0")
	w.line("PRODID", "-//Hereby//Hereby//EN")
	w.line("CALSCALE", "GREGORIAN")
	w.line("METHOD", string(c.Method))
	if c.Name != "" {
		w.text("NAME", c.Name) // RFC 7986
		w.text("X-WR-CALNAME", c.Name)
	}
	if c.Method == Publish {
		w.line("REFRESH-INTERVAL;VALUE=DURATION", "PT1H") // RFC 7986
		w.line("X-PUBLISHED-TTL", "PT1H")
	}
	zones := zonesOf(c.Events)
	if len(c.Events) == 0 { // RFC 5545, section 3.6: at least one component
		zones = []zone{{time.UTC, time.Unix(0, 0), time.Unix(0, 0)}}
	}
	for _, z := range zones {
		z.write(&w)
	}
	for _, e := range c.Events {
		w.event(c.Method, e)
	}
	w.line("END", "VCALENDAR")
	return w.Bytes(), nil
}

func (c Calendar) check() error {
	switch c.Method {
	case Request, Cancel:
		if len(c.Events) != 1 {
			return fmt.Errorf("a calendar to %s holds one event, this one has %d", c.Method, len(c.Events))
		}
	case Publish:
	default:
		return fmt.Errorf("%q is no method of a calendar: expected REQUEST, CANCEL or PUBLISH", c.Method)
	}
	seen, zones := map[string]bool{}, map[string]*time.Location{}
	for _, e := range c.Events {
		if err := e.check(c.Method); err != nil {
			return fmt.Errorf("event %q: %w", e.UID, err)
		}
		name := e.Start.Location().String()
		if zones[name] == nil {
			zones[name] = e.Start.Location()
		}
		if there := e.Start.In(zones[name]); there.Format(local) != e.Start.Format(local) {
			return fmt.Errorf("event %q: two time zones are named %s, which only one can be", e.UID, name)
		}
		if seen[e.UID] {
			return fmt.Errorf("event %q: another event has the same UID", e.UID)
		}
		seen[e.UID] = true
	}
	return nil
}

func (e Event) check(method Method) error {
	switch {
	case Text(e.UID) == "":
		return errors.New("it has no UID")
	case e.Sequence < 0:
		return fmt.Errorf("its SEQUENCE is %d, expected 0 or more", e.Sequence)
	case e.Length < time.Minute:
		return fmt.Errorf("it lasts %s, expected a minute or more", e.Length)
	case e.Reminder < 0:
		return fmt.Errorf("its reminder is %s before the start, expected 0 or more", e.Reminder)
	case e.Stamp.IsZero():
		return errors.New("it has no time stamp")
	case method != Publish && len(e.Attendees) == 0:
		return errors.New("it invites nobody")
	}
	for _, t := range []time.Time{e.Stamp, e.Start, e.Start.Add(e.Length)} {
		if y := t.UTC().Year(); y < 1970 || y > 2200 {
			return fmt.Errorf("the time %s is not between 1970 and 2200", t.Format(time.RFC3339))
		}
	}
	for _, p := range append([]Person{e.Organizer}, e.Attendees...) {
		if !p.valid() {
			return fmt.Errorf("%q is no mail address: expected one such as alice@acme.example", p.Mail)
		}
	}
	if u, err := url.Parse(e.URL); e.URL != "" && (err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http") {
		return fmt.Errorf("%q is no web address: expected one such as https://acme.example/12", e.URL)
	}
	return nil
}

// valid reports whether the mail address is a bare one in ASCII.
func (p Person) valid() bool {
	for _, r := range p.Mail {
		if r <= ' ' || r > '~' {
			return false
		}
	}
	a, err := mail.ParseAddress(p.Mail)
	return err == nil && a.Name == "" && a.Address == p.Mail
}

// opaque escapes what an address may hold and a URI may not (RFC 6068).
var opaque = strings.NewReplacer("%", "%25", "?", "%3F", "#", "%23", `"`, "%22", `\`, "%5C", "^", "%5E", "`", "%60", "{", "%7B", "|", "%7C", "}", "%7D", "/", "%2F", "&", "%26")

func (p Person) uri() string { return "mailto:" + opaque.Replace(p.Mail) }

// parameter returns the name as a parameter, or "" if nothing is left of it.
func (p Person) parameter() string {
	if name := Name(p.Name); name != "" {
		return `;CN="` + name + `"`
	}
	return ""
}

func (w *lines) event(method Method, e Event) {
	w.line("BEGIN", "VEVENT")
	w.text("UID", e.UID)
	w.line("SEQUENCE", strconv.Itoa(e.Sequence))
	w.line("DTSTAMP", utc(e.Stamp))
	w.time("DTSTART", e.Start)
	w.time("DTEND", e.Start.Add(e.Length))
	w.text("SUMMARY", e.Title)
	if e.Text != "" {
		w.text("DESCRIPTION", e.Text)
	}
	if u, err := url.Parse(e.URL); err == nil && e.URL != "" {
		w.line("URL", u.String())
	}
	w.line("ORGANIZER"+e.Organizer.parameter(), e.Organizer.uri())
	if method != Publish { // RFC 5546, section 3.2.1: no ATTENDEE
		for _, p := range e.Attendees {
			w.line("ATTENDEE"+p.parameter()+";ROLE=REQ-PARTICIPANT;PARTSTAT=NEEDS-ACTION;RSVP=TRUE", p.uri())
		}
	}
	status := "CONFIRMED"
	if e.Cancelled || method == Cancel {
		status = "CANCELLED"
	}
	if method != Cancel || !e.Uninvited { // RFC 5546, section 3.2.5: no STATUS
		w.line("STATUS", status)
	}
	if e.Reminder > 0 && status == "CONFIRMED" {
		w.line("BEGIN", "VALARM")
		w.line("ACTION", "DISPLAY")
		w.text("DESCRIPTION", e.Title)
		w.line("TRIGGER", fmt.Sprintf("-PT%dS", int64(e.Reminder/time.Second)))
		w.line("END", "VALARM")
	}
	w.line("END", "VEVENT")
}
