package notify

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"net/mail"
	"net/textproto"
	"strconv"
	"strings"

	gomail "github.com/wneessen/go-mail"
)

// Undelivered says who of a message's recipients was not reached, and why.
// Everybody else has it.
type Undelivered struct {
	ID     string // the message's
	Failed []Failed
}

// Failed is a recipient who was not reached.
type Failed struct {
	To  string // the address
	Why string
	// Temporary: sending the message again can reach them. Otherwise the server
	// refused this address, or the message, for good.
	Temporary bool
}

// Temporary reports whether sending a message again can help. What the
// operator must put right, a server that is down or a password that it
// refuses, is temporary: the message is sent when it is.
func Temporary(err error) bool {
	var u *Undelivered
	if !errors.As(err, &u) {
		return false
	}
	for _, f := range u.Failed {
		if f.Temporary {
			return true
		}
	}
	return false
}

// Error names each recipient who was refused, and some of those to whom the
// message is sent again, with each reason once.
func (u *Undelivered) Error() string {
	said := make([]string, 0, 2)
	for i, f := range u.Failed {
		if i > 0 && same(f, u.Failed[i-1]) {
			continue
		}
		var who []string
		for _, g := range u.Failed[i:] {
			if !same(f, g) {
				break
			}
			who = append(who, g.To)
		}
		fate := "refused for good"
		if f.Temporary {
			fate = "to be sent again"
		}
		if more := len(who) - 5; f.Temporary && more > 0 {
			who = append(who[:5:5], fmt.Sprintf("%d more", more))
		}
		said = append(said, fmt.Sprintf("%s (%s): %s", strings.Join(who, ", "), fate, f.Why))
	}
	return fmt.Sprintf("mail %q did not reach %s", u.ID, strings.Join(said, "; "))
}

func same(a, b Failed) bool { return a.Why == b.Why && a.Temporary == b.Temporary }

func (u *Undelivered) add(f *failure, who ...*mail.Address) {
	for _, a := range who {
		u.Failed = append(u.Failed, Failed{To: a.Address, Why: f.why, Temporary: f.temporary})
	}
}

// failure is why a copy was not delivered.
type failure struct {
	why       string
	temporary bool
	everybody bool // it is not about this recipient
	lost      bool // the connection broke
}

// unreachable says why no conversation came about.
func (s server) unreachable(ctx context.Context, err error) *failure {
	why := s.plain(err)
	var answer *textproto.Error
	isAnswer := errors.As(err, &answer)
	switch {
	case ctx.Err() != nil:
		why = s.late(ctx)
	case isAnswer && strings.HasPrefix(err.Error(), "SMTP AUTH failed"):
		why = fmt.Sprintf("it refuses the user or the password (%d)", answer.Code) // what it says may quote them
	case strings.Contains(err.Error(), "does not support STARTTLS"):
		why = "it offers no STARTTLS: use smtps://, or allow plain text with ?tls=opportunistic in its address"
	}
	return &failure{why: fmt.Sprintf("the mail server %s cannot be used: %s", s.name(), why), temporary: true, everybody: true}
}

// refusal says why the server did not take a copy.
func (s server) refusal(ctx context.Context, err error) *failure {
	var said *gomail.SendError
	answered := errors.As(err, &said) && said.ErrorCode() != 0
	switch {
	case ctx.Err() != nil:
		return &failure{why: fmt.Sprintf("the mail server %s: %s", s.name(), s.late(ctx)), temporary: true, everybody: true}
	case !answered:
		return &failure{why: fmt.Sprintf("the connection to the mail server %s broke: %s", s.name(), s.plain(err)), temporary: true, lost: true}
	case said.Reason == gomail.ErrSMTPMailFrom:
		return &failure{why: fmt.Sprintf("the mail server %s does not take mail from %s: %s", s.name(), s.from.Address, s.plain(err)), temporary: true, everybody: true}
	}
	return &failure{why: fmt.Sprintf("the mail server %s answers: %s", s.name(), s.plain(err)), temporary: said.ErrorCode() < 500}
}

func (s server) late(ctx context.Context) string {
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		return "it took too long"
	}
	return "the sending was interrupted"
}

// plain returns an error as one line without the password, in whatever form a
// server may quote it.
func (s server) plain(err error) string {
	text := err.Error()
	var said *gomail.SendError
	if errors.As(err, &said) { // the command and the recipient are told elsewhere
		text, _, _ = strings.Cut(strings.TrimPrefix(said.Error(), said.Reason.String()+": "), ", affected ")
	}
	if s.password != "" {
		encode := base64.StdEncoding.EncodeToString
		for _, secret := range []string{
			s.password, encode([]byte(s.password)), encode([]byte("\x00" + s.user + "\x00" + s.password)),
			strings.Trim(strconv.Quote(s.password), `"`), // as net/textproto quotes what a server says
		} {
			text = strings.ReplaceAll(text, secret, "[password]")
		}
	}
	return line(text, 300)
}
