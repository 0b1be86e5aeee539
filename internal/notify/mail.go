package notify

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"net/mail"
	"sync"
	"time"
)

const (
	mailTimeout   = 30 * time.Second // of one Send
	maxRecipients = 1000             // of one message
	maxPart       = 1 << 20          // bytes of a text, an HTML text or a calendar
	maxSubject    = 250              // characters; more are cut
	maxLost       = 3                // connections lost in one Send before it gives up
)

// MailOptions say how mail is sent.
type MailOptions struct {
	// SMTP is the server: smtp://[user:password@]host[:587], or smtps:// (465),
	// which is encrypted from the first byte. Signs that mean something in an
	// address are written as %XX in the user and the password.
	//
	// smtp:// demands STARTTLS and a valid certificate. With ?tls=opportunistic
	// it does without where the server offers none; a password is then not
	// sent. A server on the loopback interface is opportunistic anyhow and its
	// certificate is not checked, unless with ?tls=mandatory.
	SMTP    string
	From    string           // Hereby <hereby@acme.example>
	Roots   *x509.CertPool   // who may vouch for the server; nil: the system's
	Timeout time.Duration    // of one Send; 0: 30 s
	Clock   func() time.Time // dates the messages
}

// Message is what Mail sends. Subject and Text are required.
type Message struct {
	// ID is stable: the same for a repetition, another for another message. The
	// Message-ID is made of it, so a mailbox shows a repetition once.
	ID string
	// Thread is an id that messages about one incident share, so that programs
	// show them together; "" is none.
	Thread  string
	To      []string // addresses, with or without a name (RFC 5322); use [mail.Address.String] for a name from elsewhere
	Subject string
	Text    string
	HTML    string // the same as Text; "" is none
	// Calendar is an iCalendar file. It is sent as an alternative of the text
	// whose method is the file's own, by which programs show an invitation, and
	// as the attachment invite.ics.
	Calendar []byte
}

// Mail sends messages through one SMTP server (RFC 5321). It is safe for
// concurrent use.
//
// Each recipient gets a copy that names no other: readers of an update are
// strangers to each other, and a refused address holds up none of the rest.
// One who has a message, or who refused it for good, is not sent the same ID
// again by this process; after a crash between the server's receipt and ours,
// or a restart, it may come twice, under one Message-ID.
type Mail struct {
	receipts receipts

	mu     sync.Mutex
	server server
}

// NewMail returns a sender. It does not connect. The error is about the
// options and shows no password.
func NewMail(o MailOptions) (*Mail, error) {
	m := new(Mail)
	return m, m.Use(o)
}

// Use replaces the options, or fails and leaves them; messages being sent go
// on with the former ones, and who has a message is still known.
func (m *Mail) Use(o MailOptions) error {
	s, err := newServer(o)
	if err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.server = s
	return nil
}

// Send sends a message to everybody in To who has not had it; nobody in To is
// no error. An error that
// is *Undelivered names those who were not reached and why; any other says why
// the message can be sent to nobody. [Temporary] tells whether to send it again.
func (m *Mail) Send(ctx context.Context, msg Message) error {
	if err := msg.check(); err != nil {
		return fmt.Errorf("mail %q: %w", msg.ID, err)
	}
	m.mu.Lock()
	server := m.server
	m.mu.Unlock()
	ctx, cancel := context.WithTimeout(ctx, server.timeout)
	defer cancel()

	left := &Undelivered{ID: msg.ID}
	to := m.pending(msg, left)
	session := session{server: server}
	defer session.close()
	for lost := 0; len(to) > 0; to = to[1:] {
		failure := session.send(ctx, msg, to[0])
		if failure == nil {
			m.receipts.put(msg.ID, to[0].Address, "")
			continue
		}
		if !failure.temporary {
			m.receipts.put(msg.ID, to[0].Address, failure.why)
		}
		if failure.lost {
			lost++
		}
		if failure.everybody || lost == maxLost {
			left.add(failure, to...)
			break
		}
		left.add(failure, to[0])
	}
	if len(left.Failed) > 0 {
		return left
	}
	return nil
}

// Probe talks to the server as far as a message would begin, and sends none. It
// reports whether the connection was encrypted.
func (m *Mail) Probe(ctx context.Context) (encrypted bool, err error) {
	m.mu.Lock()
	session := session{server: m.server}
	m.mu.Unlock()
	ctx, cancel := context.WithTimeout(ctx, session.server.timeout)
	defer cancel()
	defer session.close()
	if err := session.open(ctx); err != nil {
		return false, errors.New(session.server.unreachable(ctx, err).why)
	}
	_, encrypted = session.smtp.TLSConnectionState()
	return encrypted || session.server.implicit, nil
}

// Local reports whether the server is on this machine.
func (m *Mail) Local() bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.server.near()
}

// pending returns who is still to get a message, each once; an address that
// is none is left.
func (m *Mail) pending(msg Message, left *Undelivered) (to []*mail.Address) {
	listed := map[string]bool{}
	for _, text := range msg.To {
		a, err := parseAddress(text)
		if err != nil {
			left.add(&failure{why: err.Error()}, &mail.Address{Address: line(text, 100)})
			continue
		}
		if listed[a.Address] {
			continue
		}
		listed[a.Address] = true
		if why, ended := m.receipts.get(msg.ID, a.Address); !ended {
			to = append(to, a)
		} else if why != "" {
			left.add(&failure{why: why}, a)
		}
	}
	return to
}
