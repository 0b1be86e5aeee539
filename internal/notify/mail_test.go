package notify

import (
	"context"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/mail"
	"strings"
	"testing"
	"time"

	"github.com/hereby/hereby/internal/calendar"
)

const sender = "Hereby <hereby@acme.example>"

func newMail(t testing.TB, o MailOptions) *Mail {
	t.Helper()
	o.From, o.Clock = or(o.From, sender), clock
	m, err := NewMail(o)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// to returns a message for people.
func to(who ...string) Message {
	return Message{ID: "4711/restored", Thread: "4711", To: who, Subject: "Restored: checkout fails", Text: "Service is back.\n"}
}

var five = []string{"a@acme.example", "b@acme.example", "Carol C. <c@acme.example>", "d@acme.example", "e@acme.example"}

func received(d *smtpd) string {
	var who []string
	for _, g := range d.deliveries() {
		name, _, _ := strings.Cut(g.to, "@")
		who = append(who, name)
	}
	return strings.Join(who, " ")
}

func undelivered(t testing.TB, err error) *Undelivered {
	t.Helper()
	var u *Undelivered
	if !errors.As(err, &u) {
		t.Fatalf("error %v, expected *Undelivered", err)
	}
	return u
}

func TestMailReachesEverybodyAlone(t *testing.T) {
	d := newSMTPD(t).start(t)
	m := newMail(t, MailOptions{SMTP: d.url("smtp", "", "")})
	if err := m.Send(context.Background(), to(append(five, "A <a@acme.example>")...)); err != nil {
		t.Fatal(err)
	}
	if got := received(d); got != "a b c d e" || d.connections() != 1 {
		t.Errorf("received by %q over %d connections, expected each once over one", got, d.connections())
	}
	for _, g := range d.deliveries() {
		if n := strings.Count(string(g.data), "@acme.example>\n"); n < 2 || strings.Count(string(g.head()), "To: ") != 1 || !strings.Contains(string(g.head()), "<"+g.to+">") {
			t.Errorf("the copy of %s:\n%s", g.to, g.data)
		}
		for _, other := range []string{"<a@", "<b@", "<c@", "<d@", "<e@"} {
			if strings.Contains(string(g.data), other) && !strings.HasPrefix("<"+g.to, other) {
				t.Errorf("the copy of %s names %s", g.to, other)
			}
		}
	}
}

func TestAMailIsWhole(t *testing.T) {
	d := newSMTPD(t).start(t)
	m := newMail(t, MailOptions{SMTP: d.url("smtp", "", "")})
	msg := to("Zoë Ö. <zoe@acme.example>")
	msg.Subject = "Überprüfung: «checkout» — " + strings.Repeat("länger ", 20)
	msg.Text = "Grüße\n.\n.. a dot begins a line\n" + strings.Repeat("one very long line ", 100)
	msg.HTML = "<p>Grüße</p>"
	if err := m.Send(context.Background(), msg); err != nil {
		t.Fatal(err)
	}
	got, parts := open(t, d.only(t))
	for name, want := range map[string]string{
		"Subject": strings.TrimSpace(msg.Subject), "To": "Zoë Ö. <zoe@acme.example>", "From": `"Hereby" <hereby@acme.example>`,
		"Auto-Submitted": "auto-generated", "List-Id": "<incidents.hereby.acme.example>", "Date": "Wed, 04 Mar 2026 12:00:00 +0000",
		"User-Agent": "Hereby", "Mime-Version": "1.0",
	} {
		decoded, err := new(mime.WordDecoder).DecodeHeader(got.Get(name))
		if err != nil || decoded != want {
			t.Errorf("%s: %q, expected %q", name, decoded, want)
		}
	}
	if parts["text/plain"] != strings.ReplaceAll(msg.Text, "\n", "\r\n") && parts["text/plain"] != msg.Text {
		t.Errorf("text %q", parts["text/plain"])
	}
	if parts["text/html"] != msg.HTML || len(parts) != 2 {
		t.Errorf("parts %q", parts)
	}
	for l := range strings.Lines(string(d.only(t).data)) {
		if len(l) > 200 {
			t.Errorf("a line of %d bytes", len(l))
		}
	}
}

func TestAnInvitation(t *testing.T) {
	d := newSMTPD(t).start(t)
	m := newMail(t, MailOptions{SMTP: d.url("smtp", "", "")})
	for _, method := range []string{"REQUEST", "CANCEL", "PUBLISH"} {
		msg := to("a@acme.example")
		msg.ID += method
		msg.Calendar = []byte("BEGIN:VCALENDAR\r\nVERSION:2.0\r\nMETHOD:" + method + "\r\nBEGIN:VEVENT\r\nSUMMARY:Prüfung " + strings.Repeat("x", 50) + "\r\n  folded\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n")
		if err := m.Send(context.Background(), msg); err != nil {
			t.Fatal(err)
		}
		all := d.deliveries()
		_, parts := open(t, all[len(all)-1])
		if parts["text/calendar; method="+method] != string(msg.Calendar) || parts["application/ics"] != string(msg.Calendar) || parts["attachment"] != "invite.ics" || strings.TrimSpace(parts["text/plain"]) != "Service is back." {
			t.Errorf("parts %q", parts)
		}
	}
	msg := to("a@acme.example")
	msg.Calendar, _ = calendar.Calendar{Method: calendar.Request, Events: []calendar.Event{{
		UID: calendar.UID("tracker.example", "4711", 1), Stamp: noon, Start: noon, Length: time.Hour, Title: "Review 1",
		Organizer: calendar.Person{Mail: "hereby@acme.example"}, Attendees: []calendar.Person{{Mail: "a@acme.example"}},
	}}}.Encode()
	if err := m.Send(context.Background(), msg); err != nil || len(msg.Calendar) == 0 {
		t.Fatal(err)
	}
	all := d.deliveries()
	if _, parts := open(t, all[len(all)-1]); parts["text/calendar; method=REQUEST"] != string(msg.Calendar) {
		t.Errorf("parts %q", parts)
	}
	for _, calendar := range []string{"", "BEGIN:VCALENDAR\r\n", "METHOD:REPLY\r\n", "X-METHOD:REQUEST\r\n", "DESCRIPTION:METHOD:REQUEST\r\n"} {
		msg := to("a@acme.example")
		msg.Calendar = []byte(calendar)
		if err := m.Send(context.Background(), msg); err == nil || Temporary(err) || !strings.Contains(err.Error(), "METHOD") {
			t.Errorf("%q: error %v", calendar, err)
		}
	}
}

func TestARepetitionCarriesTheSameMessageID(t *testing.T) {
	d := newSMTPD(t).start(t)
	ids := map[string]string{}
	for i, id := range []string{"4711/restored", "4711/restored", "4711/closed\r\nX: 1"} {
		m := newMail(t, MailOptions{SMTP: d.url("smtp", "", "")}) // a process that remembers nothing
		msg := to("a@acme.example")
		msg.ID = id
		if err := m.Send(context.Background(), msg); err != nil {
			t.Fatal(err)
		}
		head, _ := open(t, d.deliveries()[i])
		got := head.Get("Message-Id")
		if was, known := ids[id]; known && was != got {
			t.Errorf("one message has two: %s and %s", was, got)
		}
		ids[id] = got
		if !strings.HasPrefix(got, "<") || !strings.HasSuffix(got, ".hereby@acme.example>") || head.Get("References") == "" || head.Get("References") == got {
			t.Errorf("Message-ID %q, References %q", got, head.Get("References"))
		}
	}
	if ids["4711/restored"] == ids["4711/closed\r\nX: 1"] {
		t.Error("two messages have one Message-ID")
	}
	a, _ := open(t, d.deliveries()[0])
	b, _ := open(t, d.deliveries()[2])
	if a.Get("References") != b.Get("References") {
		t.Error("messages of one thread do not refer to the same")
	}
}

func TestOneRefusedOfFiveHoldsUpNone(t *testing.T) {
	d := newSMTPD(t).start(t)
	d.refuse["b@acme.example"] = "550 5.1.1 no such user\t\x1b[31m"
	m := newMail(t, MailOptions{SMTP: d.url("smtp", "", "")})
	err := m.Send(context.Background(), to(five...))
	u := undelivered(t, err)
	if len(u.Failed) != 1 || u.Failed[0].To != "b@acme.example" || u.Failed[0].Temporary || Temporary(err) {
		t.Errorf("failed: %+v", u.Failed)
	}
	if got := received(d); got != "a c d e" {
		t.Errorf("received by %q", got)
	}
	text := err.Error()
	if !strings.Contains(text, "b@acme.example (refused for good)") || !strings.Contains(text, "5.1.1 no such user") || strings.Contains(text, "\x1b") || strings.Contains(text, "d@acme") || strings.Contains(text, "affected") {
		t.Errorf("error %q", text)
	}
	// Sent again, it goes to nobody who has it.
	if err := m.Send(context.Background(), to(five...)); err == nil || received(d) != "a c d e" {
		t.Errorf("again: %v, received by %q", err, received(d))
	}
}

func TestARefusalForNowIsSentAgain(t *testing.T) {
	d := newSMTPD(t).start(t)
	d.refuse["b@acme.example"] = "451 4.7.1 greylisted"
	m := newMail(t, MailOptions{SMTP: d.url("smtp", "", "")})
	if err := m.Send(context.Background(), to(five...)); !Temporary(err) || !strings.Contains(err.Error(), "b@acme.example (to be sent again)") {
		t.Errorf("error %v", err)
	}
	d.set(func() { delete(d.refuse, "b@acme.example") })
	if err := m.Send(context.Background(), to(five...)); err != nil {
		t.Error(err)
	}
	if got := received(d); got != "a c d e b" {
		t.Errorf("received by %q", got)
	}
	d.set(func() { d.refuse["z@acme.example"] = "550 " + strings.Repeat("no ", 5000) })
	if err := m.Send(context.Background(), to("z@acme.example")); err == nil || len(err.Error()) > 1000 {
		t.Errorf("a long answer makes an error of %d bytes", len(fmt.Sprint(err)))
	}
	other := to("b@acme.example")
	other.ID = "4711/closed"
	if err := m.Send(context.Background(), other); err != nil || received(d) != "a c d e b b" {
		t.Errorf("another message: %v, received by %q", err, received(d))
	}
}

func TestATextThatIsRefused(t *testing.T) {
	for answer, temporary := range map[string]bool{"554 5.7.1 spam": false, "452 4.3.1 disk full": true} {
		d := newSMTPD(t).start(t)
		d.data = answer
		err := newMail(t, MailOptions{SMTP: d.url("smtp", "", "")}).Send(context.Background(), to(five...))
		if u := undelivered(t, err); len(u.Failed) != 5 || Temporary(err) != temporary || !strings.Contains(err.Error(), answer[4:]) {
			t.Errorf("%s: %v", answer, err)
		}
	}
}

func TestASenderWhoIsRefusedIsTriedOnce(t *testing.T) {
	d := newSMTPD(t).start(t)
	d.from = "550 5.7.1 not from here"
	err := newMail(t, MailOptions{SMTP: d.url("smtp", "", "")}).Send(context.Background(), to(five...))
	if u := undelivered(t, err); len(u.Failed) != 5 || !Temporary(err) || d.connections() != 1 || !strings.Contains(err.Error(), "hereby@acme.example") {
		t.Errorf("%d connections: %v", d.connections(), err)
	}
}

func TestNoAddresses(t *testing.T) {
	d := newSMTPD(t).start(t)
	err := newMail(t, MailOptions{SMTP: d.url("smtp", "", "")}).Send(context.Background(),
		to("a@acme.example", "nobody", "x@acme.example\r\nBcc: eve@evil.example", "ü@acme.example", "", `"a b"@acme.example`))
	if u := undelivered(t, err); len(u.Failed) != 5 || Temporary(err) || received(d) != "a" {
		t.Errorf("received by %q: %v", received(d), err)
	}
	if strings.ContainsAny(err.Error(), "\r\n") {
		t.Errorf("the error has two lines: %q", err)
	}
	if err := newMail(t, MailOptions{SMTP: d.url("smtp", "", "")}).Send(context.Background(), to()); err != nil {
		t.Errorf("to nobody: %v", err)
	}
}

func TestNothingInjectsAHeader(t *testing.T) {
	d := newSMTPD(t).start(t)
	evil := "x\r\nBcc: eve@evil.example\r\n\r\nbody\x00\u2028"
	m := newMail(t, MailOptions{SMTP: d.url("smtp", "", ""), From: (&mail.Address{Name: evil, Address: "hereby@acme.example"}).String()})
	msg := Message{ID: evil, Thread: evil, Subject: evil, Text: evil, To: []string{(&mail.Address{Name: evil, Address: "a@acme.example"}).String()}}
	if err := m.Send(context.Background(), msg); err != nil {
		t.Fatal(err)
	}
	g := d.only(t)
	head, _ := open(t, g)
	if head.Get("Bcc") != "" || strings.Contains(string(g.head()), "\nBcc") || g.to != "a@acme.example" || g.from != "hereby@acme.example" {
		t.Errorf("a header was injected:\n%s", g.head())
	}
	for _, name := range []string{"From", "To", "Subject"} {
		decoded, err := new(mime.WordDecoder).DecodeHeader(head.Get(name))
		if err != nil || strings.ContainsAny(decoded, "\r\n\x00\u2028") || !strings.Contains(decoded, "Bcc: eve@evil.example") {
			t.Errorf("%s: %q", name, decoded)
		}
	}
}

func FuzzNothingInjectsAHeader(f *testing.F) {
	f.Add("Restored", "Alice", "id")
	f.Add("a\r\nBcc: eve@evil.example", "\"\r\nX: 1", "=?utf-8?q?a=0D=0AX:?=")
	f.Add(strings.Repeat("ü", 400), "\x00\xff\u2029", "\n\n")
	f.Fuzz(func(t *testing.T, subject, name, id string) {
		a, err := parseAddress((&mail.Address{Name: name, Address: "a@acme.example"}).String())
		if err != nil {
			return // no name can be written so: refused
		}
		msg := Message{ID: id, Thread: id, Subject: subject, Text: "text"}
		m, err := msg.compose(a, a, noon)
		if err != nil {
			t.Fatal(err)
		}
		var text strings.Builder
		if _, err := m.WriteTo(&text); err != nil {
			t.Fatal(err)
		}
		read, err := mail.ReadMessage(strings.NewReader(text.String()))
		if err != nil {
			t.Fatalf("%v:\n%s", err, text.String())
		}
		for key := range read.Header {
			switch key {
			case "From", "To", "Subject", "Date", "Message-Id", "References", "User-Agent", "X-Mailer", "List-Id", "Auto-Submitted", "X-Auto-Response-Suppress", "Mime-Version", "Content-Type", "Content-Transfer-Encoding":
			default:
				t.Errorf("the header %q was injected:\n%s", key, text.String())
			}
		}
		if body, _ := io.ReadAll(read.Body); strings.TrimSpace(string(body)) != "text" {
			t.Errorf("body %q", body)
		}
	})
}

func TestWhatIsTooMuch(t *testing.T) {
	d := newSMTPD(t).start(t)
	m := newMail(t, MailOptions{SMTP: d.url("smtp", "", "")})
	big := strings.Repeat("x", maxPart+1)
	for says, change := range map[string]func(*Message){
		"no id":              func(m *Message) { m.ID = "" },
		"no subject":         func(m *Message) { m.Subject = "\r\n" },
		"no text":            func(m *Message) { m.Text = "" },
		"its text has":       func(m *Message) { m.Text = big },
		"its HTML text has":  func(m *Message) { m.HTML = big },
		"its calendar has":   func(m *Message) { m.Calendar = []byte("METHOD:REQUEST\n" + big) },
		"it has 1001 recipi": func(m *Message) { m.To = make([]string, maxRecipients+1) },
	} {
		msg := to("a@acme.example")
		change(&msg)
		if err := m.Send(context.Background(), msg); err == nil || Temporary(err) || !strings.Contains(err.Error(), says) {
			t.Errorf("expected %q: %v", says, err)
		}
	}
	if d.connections() != 0 {
		t.Errorf("%d connections for what cannot be sent", d.connections())
	}
	msg := to("a@acme.example")
	msg.Subject = strings.Repeat("ü", 3000)
	if err := m.Send(context.Background(), msg); err != nil {
		t.Fatal(err)
	}
	head, _ := open(t, d.only(t))
	if s, _ := new(mime.WordDecoder).DecodeHeader(head.Get("Subject")); s != strings.Repeat("ü", maxSubject-1)+"…" {
		t.Errorf("subject %q", s)
	}
}

func TestUseKeepsWhatWasReceived(t *testing.T) {
	before, after := newSMTPD(t).start(t), newSMTPD(t).start(t)
	m := newMail(t, MailOptions{SMTP: before.url("smtp", "", "")})
	if err := m.Send(context.Background(), to("a@acme.example")); err != nil {
		t.Fatal(err)
	}
	if err := m.Use(MailOptions{SMTP: "gopher://x", From: sender, Clock: clock}); err == nil {
		t.Error("a bad address was taken")
	}
	if err := m.Use(MailOptions{SMTP: after.url("smtp", "", ""), From: sender, Clock: clock}); err != nil {
		t.Fatal(err)
	}
	if err := m.Send(context.Background(), to("a@acme.example", "b@acme.example")); err != nil {
		t.Fatal(err)
	}
	if received(before) != "a" || received(after) != "b" {
		t.Errorf("received by %q before and %q after", received(before), received(after))
	}
}
