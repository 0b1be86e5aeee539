package notify

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"

	"github.com/hereby/hereby/internal/incident"
)

// channels connects a receiver and a mail server; log holds what is said.
func channels(t *testing.T, r *receiver, d *smtpd) (c *Channels, log *bytes.Buffer) {
	t.Helper()
	log = new(bytes.Buffer)
	c = NewChannels(New(nil, clock), slog.New(slog.NewTextHandler(log, nil)))
	if err := c.Use([]Receiver{{URL: r.URL, Secret: "s"}}, &MailOptions{SMTP: d.url("smtp", "", ""), From: sender, Clock: clock}); err != nil {
		t.Fatal(err)
	}
	return c, log
}

// word is an update to some addresses; none is no mail.
func word(to ...string) incident.Notify {
	n := incident.Notify{ID: "4711/update/9.0", Event: "update", Text: "we are on it", URL: "https://tracker.example/1"}
	if len(to) > 0 {
		n.Mail = &incident.Mail{To: to, Subject: "Checkout fails", Text: "We are on it.\n"}
	}
	return n
}

func TestAMessageGoesToWebhooksAndByMail(t *testing.T) {
	r, d := newReceiver(t), newSMTPD(t).start(t)
	c, _ := channels(t, r, d)
	if err := c.Send(context.Background(), word("a@acme.example")); err != nil {
		t.Fatal(err)
	}
	if r.count() != 1 {
		t.Errorf("%d deliveries to the webhook", r.count())
	}
	header, _ := open(t, d.only(t))
	closing := word("a@acme.example")
	closing.ID = "4711/closed/3"
	if err := c.Send(context.Background(), closing); err != nil {
		t.Fatal(err)
	}
	second, _ := open(t, d.deliveries()[1])
	if header.Get("References") == "" || header.Get("References") != second.Get("References") {
		t.Errorf("threads %q and %q of one incident", header.Get("References"), second.Get("References"))
	}
	if header.Get("Message-ID") == second.Get("Message-ID") {
		t.Error("two messages under one Message-ID")
	}
}

func TestWithoutMailNoServerIsAsked(t *testing.T) {
	r, d := newReceiver(t), newSMTPD(t).start(t)
	c, _ := channels(t, r, d)
	if err := c.Send(context.Background(), word()); err != nil || r.count() != 1 || d.connections() != 0 {
		t.Errorf("%v, %d deliveries, %d connections", err, r.count(), d.connections())
	}
}

// Each channel goes on without the other, and is repeated alone.
func TestAChannelThatFailsHoldsUpNoOther(t *testing.T) {
	r, d := newReceiver(t), newSMTPD(t).start(t)
	c, _ := channels(t, r, d)
	r.answer(500)
	if err := c.Send(context.Background(), word("a@acme.example")); err == nil || received(d) != "a" {
		t.Errorf("%v, received by %q", err, received(d))
	}
	d.set(func() { d.refuse["b@acme.example"] = "451 greylisted" })
	r.answer(200)
	if err := c.Send(context.Background(), word("a@acme.example", "b@acme.example")); err == nil || received(d) != "a" || r.count() != 2 {
		t.Errorf("%v, received by %q, %d deliveries", err, received(d), r.count())
	}
	d.set(func() { delete(d.refuse, "b@acme.example") })
	if err := c.Send(context.Background(), word("a@acme.example", "b@acme.example")); err != nil || received(d) != "a b" || r.count() != 2 {
		t.Errorf("%v, received by %q, %d deliveries", err, received(d), r.count())
	}
}

// Who refuses for good is not asked again while others are waited for, and is
// told of when all the others have it.
func TestWhoRefusesForGoodIsToldOfOnceTheRestHasIt(t *testing.T) {
	r, d := newReceiver(t), newSMTPD(t).start(t)
	d.refuse["b@acme.example"] = "550 5.1.1 <b@acme.example> is unknown"
	d.refuse["c@acme.example"] = "451 greylisted"
	c, log := channels(t, r, d)
	all := word("a@acme.example", "b@acme.example", "c@acme.example")
	err := c.Send(context.Background(), all)
	var lost *incident.Lost
	if err == nil || errors.As(err, &lost) {
		t.Fatalf("error %v, while one is to be asked again", err)
	}
	if text := err.Error(); strings.Contains(text, "b@acme") || strings.Contains(text, "c@acme") || !strings.Contains(text, "b…@acme.example") || !strings.Contains(text, "greylisted") {
		t.Errorf("what ends on the issue says %q", text)
	}
	if !strings.Contains(log.String(), "b@acme.example (refused for good)") {
		t.Errorf("the log does not name who was not reached: %s", log)
	}
	d.set(func() {
		delete(d.refuse, "c@acme.example")
		d.refuse["b@acme.example"] = "250 would be taken now"
	})
	if err = c.Send(context.Background(), all); !errors.As(err, &lost) || !strings.Contains(lost.Why, "b@acme.example") || received(d) != "a c" {
		t.Errorf("error %v, received by %q", err, received(d))
	}
	r.answer(500)
	other := word("b@acme.example")
	other.ID = "4711/update/10.0"
	d.set(func() { d.refuse["b@acme.example"] = "550 no" })
	var early *incident.Lost
	if err := c.Send(context.Background(), other); err == nil || errors.As(err, &early) {
		t.Errorf("error %v, while a webhook is to be asked again", err)
	}
}

func TestWhatCanBeSentToNobodyIsLost(t *testing.T) {
	r, d := newReceiver(t), newSMTPD(t).start(t)
	c, _ := channels(t, r, d)
	n := word("a@acme.example")
	n.Mail.Subject = " "
	var lost *incident.Lost
	if err := c.Send(context.Background(), n); !errors.As(err, &lost) || r.count() != 1 {
		t.Errorf("error %v, %d deliveries", err, r.count())
	}
	if err := c.Use(nil, nil); err != nil {
		t.Fatal(err)
	}
	if err := c.Send(context.Background(), word("a@acme.example")); !errors.As(err, &lost) || !strings.Contains(err.Error(), "no mail server") {
		t.Errorf("without a server: %v", err)
	}
}

func TestNewChannelsAfterAReload(t *testing.T) {
	r, d, e := newReceiver(t), newSMTPD(t).start(t), newSMTPD(t).start(t)
	c, _ := channels(t, r, d)
	if err := c.Send(context.Background(), word("a@acme.example")); err != nil {
		t.Fatal(err)
	}
	if err := c.Use(nil, &MailOptions{SMTP: "gopher://x", From: sender, Clock: clock}); err == nil {
		t.Error("an address that is none was taken")
	}
	if err := c.Use(nil, &MailOptions{SMTP: e.url("smtp", "", ""), From: sender, Clock: clock}); err != nil {
		t.Fatal(err)
	}
	if err := c.Send(context.Background(), word("a@acme.example", "b@acme.example")); err != nil || received(d) != "a" || received(e) != "b" {
		t.Errorf("%v, received by %q and %q", err, received(d), received(e))
	}
}

func TestWhatEndsOnAnIssueNamesNobody(t *testing.T) {
	u := &Undelivered{ID: "1/update/2.0", Failed: []Failed{
		{To: "a@acme.example", Why: "451 <a@acme.example> later", Temporary: true}, {To: "ba@acme.example", Why: "451 no", Temporary: true}, {To: "", Why: "451 x", Temporary: true}, {To: "nonsense", Why: "550 y"},
	}}
	text := withoutNames(u)
	if strings.Contains(text, "ba") || strings.Contains(text, " a@") || strings.Contains(text, "nonsense") || !strings.Contains(text, "a…@acme.example") || !strings.Contains(text, "b…@acme.example") {
		t.Error(text)
	}
}
