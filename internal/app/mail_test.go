package app

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/textproto"
	"strings"
	"sync"
	"testing"

	"github.com/hereby/hereby/internal/incident"
)

// postOffice is a mail server that takes everything and notes for whom.
type postOffice struct {
	address string
	mu      sync.Mutex
	to      []string
}

func newPostOffice(t *testing.T) *postOffice {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	p := &postOffice{address: l.Addr().String()}
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go p.serve(conn)
		}
	}()
	return p
}

func (p *postOffice) serve(conn net.Conn) {
	defer conn.Close()
	text := textproto.NewReader(bufio.NewReader(conn))
	fmt.Fprint(conn, "220 here\r\n")
	for {
		line, err := text.ReadLine()
		if err != nil {
			return
		}
		switch verb := strings.ToUpper(line[:min(4, len(line))]); verb {
		case "RCPT":
			p.mu.Lock()
			p.to = append(p.to, strings.Trim(line[len("RCPT TO:"):], "<>"))
			p.mu.Unlock()
			fmt.Fprint(conn, "250 yes\r\n")
		case "DATA":
			fmt.Fprint(conn, "354 go on\r\n")
			io.Copy(io.Discard, text.DotReader())
			fmt.Fprint(conn, "250 taken\r\n")
		case "QUIT":
			fmt.Fprint(conn, "221 bye\r\n")
			return
		default:
			fmt.Fprint(conn, "250 yes\r\n")
		}
	}
}

func (p *postOffice) got() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return strings.Join(p.to, " ")
}

// letter is a message that goes by mail.
func letter(id string) incident.Notify {
	return incident.Notify{ID: "1/update/" + id, Event: "update", Text: "x", Mail: &incident.Mail{To: []string{id + "@acme.example"}, Subject: "s", Text: "t"}}
}

func TestMailFollowsTheConfiguration(t *testing.T) {
	before, after := newPostOffice(t), newPostOffice(t)
	mail := func(address string) string {
		return "mail: {smtp: 'smtp://" + address + "', from: hereby@acme.example}"
	}
	file := configuration(t, nowhere, mail(before.address))
	s := started(t, file, false)
	send := func(id string) {
		t.Helper()
		if err := s.notifier.Send(t.Context(), letter(id)); err != nil {
			t.Fatal(err)
		}
	}
	send("a")
	rewrite(t, file, nowhere, mail(after.address))
	s.reload()
	send("b")
	rewrite(t, file, nowhere, "mail: {smtp: 'smtp://u@"+after.address+"', from: hereby@acme.example}") // a user without a password
	s.reload()
	send("c")
	if before.got() != "a@acme.example" || after.got() != "b@acme.example c@acme.example" {
		t.Errorf("the first server got %q, the second %q", before.got(), after.got())
	}
}

func TestADryRunMailsNobody(t *testing.T) {
	office := newPostOffice(t)
	s := started(t, configuration(t, nowhere, "mail: {smtp: 'smtp://"+office.address+"', from: hereby@acme.example}"), true)
	if s.reconcilerOptions().Notify != nil || s.policy().Mail == nil {
		t.Error("a dry run has channels, or plans without them")
	}
}

// started is a service with its port open that runs nothing by itself.
func started(t *testing.T, file string, dry bool) *service {
	t.Helper()
	secrets := new(redactor)
	o := options{config: file, dryRun: dry, env: func(string) (string, bool) { return "", false }}
	s, err := newService(t.Context(), o, secrets, newLog(io.Discard, o, secrets))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.close)
	return s
}

func TestWhatCannotSendMailStopsTheStart(t *testing.T) {
	file := configuration(t, nowhere, "mail: {smtp: 'smtp://me:p4ss@mail.acme.example?tls=never', from: hereby@acme.example}")
	if _, err := reading(t, file, nil); err == nil || !strings.Contains(err.Error(), "mail: expected ?tls=") || strings.Contains(err.Error(), "p4ss") {
		t.Errorf("error %v", err)
	}
}

// Whose events a webhook takes decides who is reached without mail.
func TestWhatSomeWebhookIsToldOf(t *testing.T) {
	hook := func(events string) string {
		return "notify: {webhooks: [{url: 'https://a.example', secret: long-enough, events: " + events + "}, {url: 'https://b.example', secret: long-enough, events: [closed]}]}"
	}
	for events, want := range map[string]bool{"[]": true, "[update, closed]": true, "[declared]": false} {
		now, err := reading(t, configuration(t, nowhere, hook(events)), nil)
		if err != nil {
			t.Fatal(err)
		}
		if got := now.policy.Reaches("internal", ""); got != want {
			t.Errorf("%s: the teams are reached: %v", events, got)
		}
	}
}
