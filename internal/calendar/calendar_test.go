package calendar

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
	_ "time/tzdata"
	"unicode/utf8"
)

var update = flag.Bool("update", false, "write the golden files anew")

func in(t testing.TB, name string) *time.Location {
	t.Helper()
	l, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

var hereby = Person{"Hereby", "hereby@acme.example"}

// review is an invitation that is as it should be.
func review(t testing.TB) Event {
	return Event{
		UID:       UID("tracker.example", "4711", 1),
		Stamp:     time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC),
		Start:     time.Date(2026, 3, 31, 10, 0, 0, 0, in(t, "Europe/Zurich")),
		Length:    30 * time.Minute,
		Title:     "Review 1 of incident 12: checkout fails; carts, too",
		Text:      "Agenda:\n- Alert on queue length, open for 30 days (@alice)\n- Überlange Zeile, damit die Faltung mitten im Wort stattfindet: größere Prüfgröße für die Kasse\n",
		URL:       "https://tracker.example/acme/shop/issues/12?a=1&b=2",
		Organizer: hereby,
		Attendees: []Person{{"Alice Doe", "alice@acme.example"}, {`Bob "the; one", jr:`, "bob+ops@acme.example"}, {"", "carol@acme.example"}},
		Reminder:  15 * time.Minute,
	}
}

func encode(t testing.TB, c Calendar) []byte {
	t.Helper()
	data, err := c.Encode()
	if err != nil {
		t.Fatal(err)
	}
	wellFormed(t, data)
	return data
}

// wellFormed holds the bytes to RFC 5545, section 3.1.
func wellFormed(t testing.TB, data []byte) {
	t.Helper()
	if !utf8.Valid(data) {
		t.Fatalf("not UTF-8: %q", data)
	}
	text, ok := strings.CutSuffix(string(data), "\r\n")
	if !ok {
		t.Fatal("the last line has no end")
	}
	for _, l := range strings.Split(text, "\r\n") {
		if len(l) > 75 || l == "" || !utf8.ValidString(l) || strings.ContainsFunc(l, func(r rune) bool { return r < ' ' && r != '\t' || r == 0x7f }) {
			t.Errorf("the line %q has %d octets or holds a control character", l, len(l))
		}
	}
}

func unfold(data []byte) string { return strings.ReplaceAll(string(data), "\r\n ", "") }

func TestGolden(t *testing.T) {
	invite := review(t)
	moved := invite
	moved.Sequence, moved.Start = 1, invite.Start.AddDate(0, 0, 2)
	uninvited := moved
	uninvited.Uninvited, uninvited.Attendees = true, moved.Attendees[1:2]
	second := invite
	second.UID, second.Start = UID("tracker.example", "4711", 2), time.Date(2026, 10, 30, 10, 0, 0, 0, in(t, "Europe/Zurich"))
	utc := invite
	utc.UID, utc.Start, utc.Cancelled = UID("tracker.example", "4712", 1), time.Date(2026, 4, 1, 10, 0, 0, 0, time.UTC), true
	for name, c := range map[string]Calendar{
		"request": {Method: Request, Events: []Event{invite}},
		"move":    {Method: Request, Events: []Event{moved}},
		"cancel":  {Method: Cancel, Events: []Event{moved}},
		"dropped": {Method: Cancel, Events: []Event{uninvited}},
		"feed":    {Method: Publish, Name: "Incidents; reviews", Events: []Event{invite, second, utc}},
		"empty":   {Method: Publish, Name: "Incidents"},
	} {
		t.Run(name, func(t *testing.T) {
			file := filepath.Join("testdata", name+".ics")
			got := encode(t, c)
			if *update {
				if err := os.WriteFile(file, got, 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(got, want) {
				t.Errorf("the calendar is not that of %s:\n%s", file, got)
			}
			if again := encode(t, c); !bytes.Equal(again, got) {
				t.Error("a second encoding differs")
			}
		})
	}
}

func TestWhatIsRefused(t *testing.T) {
	change := func(f func(*Event)) []Event {
		e := review(t)
		f(&e)
		return []Event{e}
	}
	for name, c := range map[string]struct {
		cal  Calendar
		says string
	}{
		"no method":          {Calendar{Events: change(func(*Event) {})}, "expected REQUEST"},
		"a made-up method":   {Calendar{Method: "REQUEST\r\nX:1", Events: change(func(*Event) {})}, "expected REQUEST"},
		"two in a request":   {Calendar{Method: Request, Events: []Event{review(t), review(t)}}, "holds one event"},
		"nothing to cancel":  {Calendar{Method: Cancel}, "holds one event"},
		"one UID twice":      {Calendar{Method: Publish, Events: []Event{review(t), review(t)}}, "same UID"},
		"no UID":             {Calendar{Method: Publish, Events: change(func(e *Event) { e.UID = "" })}, "no UID"},
		"negative sequence":  {Calendar{Method: Request, Events: change(func(e *Event) { e.Sequence = -1 })}, "SEQUENCE"},
		"no length":          {Calendar{Method: Request, Events: change(func(e *Event) { e.Length = time.Second })}, "lasts"},
		"reminder after":     {Calendar{Method: Request, Events: change(func(e *Event) { e.Reminder = -1 })}, "reminder"},
		"no stamp":           {Calendar{Method: Request, Events: change(func(e *Event) { e.Stamp = time.Time{} })}, "stamp"},
		"nobody invited":     {Calendar{Method: Request, Events: change(func(e *Event) { e.Attendees = nil })}, "nobody"},
		"year 1":             {Calendar{Method: Request, Events: change(func(e *Event) { e.Start = time.Time{} })}, "between"},
		"year 9999":          {Calendar{Method: Request, Events: change(func(e *Event) { e.Start = e.Start.AddDate(7973, 0, 0) })}, "between"},
		"no organizer":       {Calendar{Method: Publish, Events: change(func(e *Event) { e.Organizer = Person{} })}, "no mail address"},
		"address with name":  {Calendar{Method: Request, Events: change(func(e *Event) { e.Attendees[0].Mail = "A <a@b.example>" })}, "no mail address"},
		"address with lines": {Calendar{Method: Request, Events: change(func(e *Event) { e.Attendees[0].Mail = "a@b.example\r\nX:1" })}, "no mail address"},
		"address in Greek":   {Calendar{Method: Request, Events: change(func(e *Event) { e.Attendees[0].Mail = "α@b.example" })}, "no mail address"},
		"script as URL":      {Calendar{Method: Request, Events: change(func(e *Event) { e.URL = "javascript:alert(1)" })}, "no web address"},
		"URL with lines":     {Calendar{Method: Request, Events: change(func(e *Event) { e.URL = "https://a.example/\r\nX:1" })}, "no web address"},
		"two zones, one name": {Calendar{Method: Publish, Events: func() []Event {
			a, b := review(t), review(t)
			a.UID, a.Start = "a", a.Start.In(time.FixedZone("Mars", 3600))
			b.UID, b.Start = "b", b.Start.In(time.FixedZone("Mars", 7200))
			return []Event{a, b}
		}()}, "time zones"},
	} {
		t.Run(name, func(t *testing.T) {
			data, err := c.cal.Encode()
			if err == nil || !strings.Contains(err.Error(), c.says) {
				t.Errorf("error %v, expected it to say %q", err, c.says)
			}
			if data != nil {
				t.Errorf("a refused calendar was written: %s", data)
			}
		})
	}
}

func TestAFeedNamesNobodyButTheOrganizer(t *testing.T) {
	data := unfold(encode(t, Calendar{Method: Publish, Events: []Event{review(t)}}))
	if strings.Contains(data, "ATTENDEE") || strings.Contains(data, "Alice") || !strings.Contains(data, "ORGANIZER") {
		t.Errorf("the feed: %s", data)
	}
}

func TestAnAddressIsAURI(t *testing.T) {
	e := review(t)
	e.Attendees = []Person{{"", "o'brien%x?cc=a&b/c#d@acme.example"}}
	data := unfold(encode(t, Calendar{Method: Request, Events: []Event{e}}))
	if !strings.Contains(data, ":mailto:o'brien%25x%3Fcc=a%26b%2Fc%23d@acme.example\r\n") {
		t.Errorf("the calendar: %s", data)
	}
}

// A zone without a name that other programs know is written in UTC.
func TestZonesWithoutAName(t *testing.T) {
	for _, zone := range []*time.Location{time.UTC, time.FixedZone("", 3600), time.FixedZone("a;b", 3600), time.FixedZone("Local", 3600)} {
		e := review(t)
		e.Start = e.Start.In(zone)
		data := unfold(encode(t, Calendar{Method: Request, Events: []Event{e}}))
		if !strings.Contains(data, "\r\nDTSTART:20260331T080000Z\r\n") || strings.Contains(data, "VTIMEZONE") {
			t.Errorf("zone %q: %s", zone, data)
		}
	}
}
