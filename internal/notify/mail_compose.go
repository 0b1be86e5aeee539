package notify

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net/mail"
	"regexp"
	"strings"
	"time"
	"unicode"

	gomail "github.com/wneessen/go-mail"
)

// check reports what makes a message one that cannot be sent to anybody.
func (msg Message) check() error {
	switch {
	case msg.ID == "":
		return errors.New("it has no id")
	case len(msg.To) > maxRecipients:
		return fmt.Errorf("it has %d recipients, expected at most %d: use the address of a mailing list", len(msg.To), maxRecipients)
	case line(msg.Subject, maxSubject) == "":
		return errors.New("it has no subject")
	case msg.Text == "":
		return errors.New("it has no text")
	}
	for part, size := range map[string]int{"text": len(msg.Text), "HTML text": len(msg.HTML), "calendar": len(msg.Calendar)} {
		if size > maxPart {
			return fmt.Errorf("its %s has %d bytes, expected at most %d: link to it instead", part, size, maxPart)
		}
	}
	if msg.Calendar != nil && msg.method() == "" {
		return errors.New("its calendar has no METHOD of REQUEST, CANCEL or PUBLISH")
	}
	return nil
}

var method = regexp.MustCompile(`(?m)^METHOD:(REQUEST|CANCEL|PUBLISH)\r?$`)

// method returns the calendar's method, which the mail must repeat (RFC 6047,
// section 2.4), or "".
func (msg Message) method() string {
	if found := method.FindSubmatch(msg.Calendar); found != nil {
		return string(found[1])
	}
	return ""
}

// compose returns one recipient's copy.
func (msg Message) compose(from, to *mail.Address, now time.Time) (*gomail.Msg, error) {
	_, domain, _ := strings.Cut(from.Address, "@")
	m := gomail.NewMsg()
	m.FromMailAddress(from)
	m.ToMailAddress(to)
	m.Subject(line(msg.Subject, maxSubject))
	m.SetDateWithValue(now)
	m.SetMessageIDWithValue(messageID(msg.ID, domain))
	if msg.Thread != "" {
		m.SetGenHeader(gomail.HeaderReferences, "<"+messageID("thread/"+msg.Thread, domain)+">")
	}
	m.SetUserAgent("Hereby")
	m.SetGenHeader("List-Id", "<incidents.hereby."+domain+">")   // RFC 2919: for filters
	m.SetGenHeader("Auto-Submitted", "auto-generated")           // RFC 3834: no replies by machines
	m.SetGenHeader("X-Auto-Response-Suppress", "OOF, AutoReply") // the same for Exchange
	m.SetBodyString(gomail.TypeTextPlain, msg.Text)
	if msg.HTML != "" {
		m.AddAlternativeString(gomail.TypeTextHTML, msg.HTML)
	}
	if msg.Calendar == nil {
		return m, nil
	}
	kind := gomail.ContentType("text/calendar; method=" + msg.method()) // go-mail adds the charset
	m.AddAlternativeString(kind, string(msg.Calendar), gomail.WithPartEncoding(gomail.EncodingB64))
	return m, m.AttachReader("invite.ics", bytes.NewReader(msg.Calendar), gomail.WithFileContentType("application/ics"))
}

// messageID returns a Message-ID without its brackets: the same for the same id.
func messageID(id, domain string) string {
	sum := sha256.Sum256([]byte(id))
	return hex.EncodeToString(sum[:16]) + ".hereby@" + domain
}

// parseAddress reads an address with or without a name.
func parseAddress(text string) (*mail.Address, error) {
	a, err := mail.ParseAddress(text)
	if err != nil {
		return nil, errors.New("it is no mail address; expected one such as alice@acme.example")
	}
	if strings.ContainsFunc(a.Address, func(r rune) bool { return r <= ' ' || r > '~' }) {
		return nil, errors.New("the address may hold only ASCII without spaces; write a domain in its xn-- form")
	}
	a.Name = line(a.Name, 100)
	return a, nil
}

// line returns a text as one line of at most so many characters: a control
// character, a line's end too, becomes a space.
func line(text string, most int) string {
	text = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || r == '\u2028' || r == '\u2029' {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(text, "\uFFFD"))
	if runes := []rune(text); len(runes) > most {
		text = string(runes[:most-1]) + "…"
	}
	return strings.TrimSpace(text)
}
