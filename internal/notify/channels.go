package notify

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"sync"

	"github.com/hereby/hereby/internal/incident"
)

// Channels sends a message to every webhook that wants its event, and by mail
// if it has one. It is safe for concurrent use.
//
// One that fails holds up no other. What fails for now is an error, and who
// has the message is not sent it again when it is repeated, as long as the
// process lives; after a restart a repetition is known by its id. Whoever
// refused a mail for good is not asked again, and is named once, in an
// *incident.Lost, after everybody else has the message.
type Channels struct {
	webhooks *Webhooks
	log      *slog.Logger

	mu   sync.Mutex
	mail *Mail // nil: there never was a server
	off  bool  // there is none now
}

// NewChannels returns channels that send nothing until Use. The log is told
// who was not reached by name; errors, which end on an issue, name nobody.
func NewChannels(webhooks *Webhooks, log *slog.Logger) *Channels {
	return &Channels{webhooks: webhooks, log: log}
}

// Use replaces what is configured, or fails and leaves it; mail is nil if no
// server is. Who has a message is still known.
func (c *Channels) Use(receivers []Receiver, mail *MailOptions) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if mail != nil && c.mail == nil {
		m, err := NewMail(*mail)
		if err != nil {
			return err
		}
		c.mail = m
	} else if mail != nil {
		if err := c.mail.Use(*mail); err != nil {
			return err
		}
	}
	c.off = mail == nil
	c.webhooks.Use(receivers)
	return nil
}

// Send sends a message to whoever has not had it.
func (c *Channels) Send(ctx context.Context, n incident.Notify) error {
	var hooks, mail error
	var both sync.WaitGroup
	both.Go(func() { hooks = c.webhooks.Send(ctx, n) })
	both.Go(func() { mail = c.post(ctx, n) })
	both.Wait()
	switch {
	case mail == nil:
		return hooks
	case Temporary(mail):
		c.log.Warn("mail is to be sent again", "why", mail.Error())
		return errors.Join(hooks, errors.New(withoutNames(mail)))
	case hooks != nil: // repeated for their sake, and then it is told
		return hooks
	}
	return &incident.Lost{Why: mail.Error()}
}

// post sends the message's mail, if it has one.
func (c *Channels) post(ctx context.Context, n incident.Notify) error {
	if n.Mail == nil || len(n.Mail.To) == 0 {
		return nil
	}
	c.mu.Lock()
	mail, off := c.mail, c.off
	c.mu.Unlock()
	if mail == nil || off {
		return errors.New("no mail server is configured any more")
	}
	thread, _, _ := strings.Cut(n.ID, "/")
	return mail.Send(ctx, Message{
		ID: n.ID, Thread: thread, To: n.Mail.To,
		Subject: n.Mail.Subject, Text: n.Mail.Text, Calendar: n.Mail.Calendar,
	})
}

// withoutNames says why mail did not go out, with the addresses shortened:
// readers of an issue need not be those who may know the customers'.
func withoutNames(err error) string {
	text := err.Error()
	var u *Undelivered
	if errors.As(err, &u) {
		longest := slices.SortedFunc(slices.Values(u.Failed), func(a, b Failed) int { return len(b.To) - len(a.To) })
		for _, f := range longest { // so that no address hides in another
			if f.To != "" {
				text = strings.ReplaceAll(text, f.To, shortened(f.To))
			}
		}
	}
	return text
}

// shortened writes carol@acme.example as c…@acme.example.
func shortened(address string) string {
	name, domain, ok := strings.Cut(address, "@")
	r := []rune(name)
	if !ok || len(r) == 0 {
		return "…"
	}
	return string(r[0]) + "…@" + domain
}
