package calendar

import (
	"bytes"
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	arran "github.com/arran4/golang-ical"
	emersion "github.com/emersion/go-ical"
)

// seen is what a reader found in an event.
type seen struct {
	uid, title, text, url, status, sequence string
	start, end                              time.Time
	organizer                               Person
	attendees                               []Person
}

// byArran and byEmersion read a calendar with two parsers that share no code.
func byArran(data []byte) (method, name string, events []seen, err error) {
	cal, err := arran.ParseCalendar(bytes.NewReader(data))
	if err != nil {
		return "", "", nil, err
	}
	for _, p := range cal.CalendarProperties {
		switch p.IANAToken {
		case "METHOD":
			method = p.Value
		case "NAME":
			name = p.Value
		}
	}
	for _, e := range cal.Events() {
		get := func(p arran.ComponentProperty) string {
			if v := e.GetProperty(p); v != nil {
				return v.Value
			}
			return ""
		}
		person := func(p *arran.IANAProperty) Person {
			who := Person{Mail: address(p.Value)}
			if cn := p.ICalParameters["CN"]; len(cn) > 0 {
				who.Name = cn[0]
			}
			return who
		}
		s := seen{
			uid: get(arran.ComponentPropertyUniqueId), title: get(arran.ComponentPropertySummary),
			text: get(arran.ComponentPropertyDescription), url: get(arran.ComponentPropertyUrl),
			status: get(arran.ComponentPropertyStatus), sequence: get(arran.ComponentPropertySequence),
		}
		if s.start, err = e.GetStartAt(); err != nil {
			return "", "", nil, err
		}
		if s.end, err = e.GetEndAt(); err != nil {
			return "", "", nil, err
		}
		s.organizer = person(e.GetProperty(arran.ComponentPropertyOrganizer))
		for _, p := range e.GetProperties(arran.ComponentPropertyAttendee) {
			s.attendees = append(s.attendees, person(p))
		}
		events = append(events, s)
	}
	return method, name, events, nil
}

func byEmersion(data []byte) (method, name string, events []seen, err error) {
	cal, err := emersion.NewDecoder(bytes.NewReader(data)).Decode()
	if err != nil {
		return "", "", nil, err
	}
	text := func(props emersion.Props, p string) (s string) {
		if v := props.Get(p); v != nil && err == nil {
			s, err = v.Text()
		}
		return s
	}
	raw := func(props emersion.Props, p string) string {
		if v := props.Get(p); v != nil {
			return v.Value
		}
		return ""
	}
	person := func(p emersion.Prop) Person { return Person{p.Params.Get("CN"), address(p.Value)} }
	method, name = text(cal.Props, "METHOD"), text(cal.Props, "NAME")
	for _, e := range cal.Events() {
		s := seen{
			uid: text(e.Props, "UID"), title: text(e.Props, "SUMMARY"), text: text(e.Props, "DESCRIPTION"),
			url: raw(e.Props, "URL"), status: text(e.Props, "STATUS"), sequence: raw(e.Props, "SEQUENCE"),
			organizer: person(*e.Props.Get("ORGANIZER")),
		}
		for _, p := range e.Props.Values("ATTENDEE") {
			s.attendees = append(s.attendees, person(p))
		}
		var bad error
		if s.start, bad = e.DateTimeStart(time.UTC); bad == nil {
			s.end, bad = e.DateTimeEnd(time.UTC)
		}
		if bad != nil {
			return "", "", nil, bad
		}
		events = append(events, s)
	}
	return method, name, events, err
}

func address(uri string) string {
	a, err := url.PathUnescape(strings.TrimPrefix(uri, "mailto:"))
	if err != nil {
		return uri
	}
	return a
}

// readBack holds what both parsers find to what was written.
func readBack(t testing.TB, c Calendar) {
	t.Helper()
	data := encode(t, c)
	for parser, read := range map[string]func([]byte) (string, string, []seen, error){"arran4/golang-ical": byArran, "emersion/go-ical": byEmersion} {
		method, name, events, err := read(data)
		if err != nil {
			t.Fatalf("%s cannot read it: %v\n%s", parser, err, data)
		}
		if method != string(c.Method) || name != Text(c.Name) || len(events) != len(c.Events) {
			t.Errorf("%s reads method %q, name %q and %d events of\n%s", parser, method, name, len(events), data)
			continue
		}
		for i, e := range c.Events {
			if got, want := fmt.Sprintf("%+q", fields(events[i])), fmt.Sprintf("%+q", fields(expected(c.Method, e))); got != want {
				t.Errorf("%s reads\n%s\nexpected\n%s\nof\n%s", parser, got, want, data)
			}
		}
	}
}

func expected(method Method, e Event) seen {
	person := func(p Person) Person { return Person{Name(p.Name), p.Mail} }
	s := seen{
		uid: Text(e.UID), title: Text(e.Title), text: Text(e.Text), url: e.URL, status: "CONFIRMED", sequence: fmt.Sprint(e.Sequence),
		start: e.Start, end: e.Start.Add(e.Length), organizer: person(e.Organizer),
	}
	if e.Cancelled || method == Cancel {
		s.status = "CANCELLED"
	}
	if method != Publish {
		for _, p := range e.Attendees {
			s.attendees = append(s.attendees, person(p))
		}
	}
	return s
}

func fields(s seen) []string {
	all := []string{s.uid, s.title, s.text, s.url, s.status, s.sequence, utc(s.start), utc(s.end), s.organizer.Name, s.organizer.Mail}
	for _, p := range s.attendees {
		all = append(all, p.Name, p.Mail)
	}
	return all
}

func TestTwoParsersReadWhatWasWritten(t *testing.T) {
	invite := review(t)
	odd := invite
	odd.UID, odd.Cancelled = "a;b,c\\d\ne", true
	odd.Attendees = []Person{{"Zoë \\ \"Z\" ^n O'Hara; x:y,z", "zoe@acme.example"}}
	for _, c := range []Calendar{
		{Method: Request, Events: []Event{invite}},
		{Method: Cancel, Events: []Event{invite}},
		{Method: Request, Events: []Event{odd}},
		{Method: Publish, Name: `Reviews; of, "all" \n`, Events: []Event{invite, odd}},
		{Method: Publish},
	} {
		readBack(t, c)
	}
}

func TestAFeedOfManyEvents(t *testing.T) {
	c := Calendar{Method: Publish, Name: "Incidents"}
	for i := range 500 {
		e := review(t)
		e.UID = UID("tracker.example", fmt.Sprint(i/4), i%4+1)
		e.Start = Due(e.Start, 30*24*time.Hour, i, Clock{10, 0}, e.Start.Location())
		c.Events = append(c.Events, e)
	}
	readBack(t, c)
}

// injected are texts that try to be more than a text.
var injected = []string{
	"",
	"plain",
	"a\r\nATTENDEE:mailto:eve@evil.example",
	"a\nEND:VEVENT\nBEGIN:VEVENT",
	"\\n \\N \\; \\, \\\\ \\",
	`"; CN="x":mailto:eve@evil.example`,
	strings.Repeat("ü", 200) + strings.Repeat("😀", 50),
	"\x00\x01\x7f\x80\xff\u0085\u2028\ufeff\t end ",
	strings.Repeat("x", 74) + "\r\n y",
	"^n^^^'",
}

func TestInjectedTexts(t *testing.T) {
	for _, s := range injected {
		e := review(t)
		e.UID += s
		e.Title, e.Text = s, s
		e.Organizer.Name = s
		e.Attendees = []Person{{s, "a@acme.example"}, {s + s, "b@acme.example"}}
		readBack(t, Calendar{Method: Request, Name: s, Events: []Event{e}})
	}
}

func FuzzTwoParsersReadBack(f *testing.F) {
	for i, s := range injected {
		f.Add(s, injected[(i+3)%len(injected)], injected[(i+5)%len(injected)], int64(i)*50_000_000)
	}
	zurich := in(f, "Europe/Zurich")
	f.Fuzz(func(t *testing.T, title, text, name string, start int64) {
		e := review(t)
		e.Title, e.Text, e.Organizer.Name = title, text, name
		e.Attendees = []Person{{name, "a@acme.example"}, {title, "b@acme.example"}}
		e.Start = time.Unix(86400+abs(start)%(3600*24*365*60), 0).In(zurich)
		if twice(e.Start) || twice(e.Start.Add(e.Length)) {
			return // a local time that clocks show twice names both
		}
		readBack(t, Calendar{Method: Request, Name: text, Events: []Event{e}})
	})
}

func abs(n int64) int64 {
	if n < 0 {
		return -(n + 1)
	}
	return n
}
