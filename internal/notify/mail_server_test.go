package notify

import (
	"context"
	"encoding/base64"
	"errors"
	"net"
	"net/url"
	"strings"
	"testing"
	"time"

	gomail "github.com/wneessen/go-mail"
)

func TestEncryption(t *testing.T) {
	for name, c := range map[string]struct {
		scheme, query      string
		starttls, implicit bool
		vouched            bool
		says               string // of the error; "": delivered
		encrypted          bool
	}{
		"plain on loopback":                      {scheme: "smtp"},
		"loopback takes what is offered":         {scheme: "smtp", starttls: true, encrypted: true},
		"mandatory, not offered":                 {scheme: "smtp", query: "?tls=mandatory", says: "no STARTTLS"},
		"mandatory, by nobody known":             {scheme: "smtp", query: "?tls=mandatory", starttls: true, says: "certificate"},
		"mandatory":                              {scheme: "smtp", query: "?tls=mandatory", starttls: true, vouched: true, encrypted: true},
		"from the first byte":                    {scheme: "smtps", implicit: true, encrypted: true},
		"from the first byte, by nobody known":   {scheme: "smtps", query: "?tls=mandatory", implicit: true, says: "certificate"},
		"from the first byte, vouched for":       {scheme: "smtps", query: "?tls=mandatory", implicit: true, vouched: true, encrypted: true},
		"smtps where the server speaks in plain": {scheme: "smtps", says: "TLS"},
	} {
		t.Run(name, func(t *testing.T) {
			d := newSMTPD(t)
			d.starttls, d.implicit = c.starttls, c.implicit
			d.start(t)
			o := MailOptions{SMTP: d.url(c.scheme, "", c.query)}
			if c.vouched {
				o.Roots = d.roots
			}
			err := newMail(t, o).Send(context.Background(), to("a@acme.example"))
			if c.says != "" {
				if err == nil || !Temporary(err) || !strings.Contains(strings.ToLower(err.Error()), strings.ToLower(c.says)) || len(d.deliveries()) != 0 {
					t.Errorf("error %v, expected %q", err, c.says)
				}
				return
			}
			if err != nil || d.only(t).encrypted != c.encrypted {
				t.Errorf("error %v, encrypted %v", err, !c.encrypted)
			}
		})
	}
}

// away makes a server on loopback appear as mail.acme.example.
func away(m *Mail, d *smtpd) *Mail {
	m.server.dial = func(ctx context.Context, network, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, network, d.Addr().String())
	}
	return m
}

func TestEncryptionAwayFromLoopback(t *testing.T) {
	for name, c := range map[string]struct {
		url       string
		starttls  bool
		vouched   bool
		says      string
		encrypted bool
	}{
		"demanded":                            {url: "smtp://mail.acme.example", says: "no STARTTLS"},
		"of a known server":                   {url: "smtp://mail.acme.example", starttls: true, says: "certificate"},
		"as it should be":                     {url: "smtp://mail.acme.example", starttls: true, vouched: true, encrypted: true},
		"done without":                        {url: "smtp://mail.acme.example?tls=opportunistic"},
		"with a password":                     {url: "smtp://hereby:s3cret-pass@mail.acme.example", starttls: true, vouched: true, encrypted: true},
		"a password is never sent in plain":   {url: "smtp://hereby:s3cret-pass@mail.acme.example?tls=opportunistic", says: "unencrypted"},
		"nor to a server that is not vouched": {url: "smtp://hereby:s3cret-pass@mail.acme.example?tls=opportunistic", starttls: true, says: "certificate"},
	} {
		t.Run(name, func(t *testing.T) {
			d := newSMTPD(t)
			d.starttls, d.login = c.starttls, "hereby\x00s3cret-pass"
			d.start(t)
			o := MailOptions{SMTP: c.url}
			if c.vouched {
				o.Roots = d.roots
			}
			err := away(newMail(t, o), d).Send(context.Background(), to("a@acme.example"))
			if c.says != "" {
				if err == nil || !Temporary(err) || !strings.Contains(err.Error(), c.says) || !strings.Contains(err.Error(), "mail.acme.example:587") {
					t.Errorf("error %v, expected %q", err, c.says)
				}
				return
			}
			user := ""
			if strings.Contains(c.url, "hereby:") {
				user = "hereby"
			}
			if err != nil || d.only(t).encrypted != c.encrypted || d.only(t).user != user {
				t.Errorf("error %v, delivered %+v", err, d.deliveries())
			}
		})
	}
}

func TestThePassword(t *testing.T) {
	const password = `s3"cret\pass@#?`
	d := newSMTPD(t)
	d.login = "hereby\x00" + password
	d.start(t)
	login := url.UserPassword("hereby", password).String() + "@"
	if err := newMail(t, MailOptions{SMTP: d.url("smtp", login, "")}).Send(context.Background(), to("a@acme.example")); err != nil {
		t.Fatal(err)
	}
	if d.only(t).user != "hereby" {
		t.Errorf("the user is %q", d.only(t).user)
	}

	forms := []string{password, base64.StdEncoding.EncodeToString([]byte(password)), base64.StdEncoding.EncodeToString([]byte("\x00hereby\x00" + password)), `s3\"cret\\pass@#?`, url.QueryEscape(password)}
	quiet := func(err error) {
		t.Helper()
		if err == nil || !Temporary(err) {
			t.Errorf("error %v", err)
			return
		}
		for _, form := range forms {
			if strings.Contains(err.Error(), form) {
				t.Errorf("the error shows the password: %v", err)
			}
		}
	}
	// Refused, by a server that says again what it was told.
	d.set(func() { d.login = "hereby\x00another" })
	m := newMail(t, MailOptions{SMTP: d.url("smtp", login, "")})
	err := m.Send(context.Background(), to(five...))
	if quiet(err); !strings.Contains(err.Error(), "user or the password (535)") || d.connections() != 2 {
		t.Errorf("%d connections: %v", d.connections(), err)
	}
	d.set(func() { d.login = "hereby\x00" + password })
	for _, form := range forms[:3] {
		d.set(func() { d.from = "451 4.3.0 not now, " + form + "!" })
		quiet(m.Send(context.Background(), to("b@acme.example")))
	}
	// No AUTH offered, nobody listening.
	d.set(func() { d.login = "" })
	quiet(m.Send(context.Background(), to("b@acme.example")))
	d.Close()
	quiet(m.Send(context.Background(), to("b@acme.example")))
}

func TestAServerThatIsDown(t *testing.T) {
	d := newSMTPD(t)
	address := d.Addr().String()
	d.Close()
	m := newMail(t, MailOptions{SMTP: "smtp://" + address})
	err := m.Send(context.Background(), to(append(five, "f@acme.example", "g@acme.example")...))
	if u := undelivered(t, err); len(u.Failed) != 7 || !Temporary(err) {
		t.Fatalf("error %v", err)
	}
	if text := err.Error(); strings.Count(text, address) != 1 && strings.Count(text, "cannot be used") != 1 || !strings.Contains(text, "e@acme.example, 2 more (to be sent again)") {
		t.Errorf("error %q", text)
	}
	// It comes up.
	l, err := net.Listen("tcp", address)
	if err != nil {
		t.Skipf("skipped: the port was taken meanwhile: %v", err)
	}
	d.Listener = l
	d.start(t)
	if err := m.Send(context.Background(), to(five...)); err != nil || received(d) != "a b c d e" {
		t.Errorf("after it came up: %v, received by %q", err, received(d))
	}
}

func TestGoingDownInMidData(t *testing.T) {
	d := newSMTPD(t)
	d.dieInData = 1
	d.start(t)
	m := newMail(t, MailOptions{SMTP: d.url("smtp", "", "")})
	err := m.Send(context.Background(), to(five...))
	if u := undelivered(t, err); len(u.Failed) != 1 || u.Failed[0].To != "a@acme.example" || !Temporary(err) {
		t.Errorf("error %v", err)
	}
	if err := m.Send(context.Background(), to(five...)); err != nil || received(d) != "b c d e a" {
		t.Errorf("again: %v, received by %q", err, received(d))
	}
}

func TestAServerThatAlwaysGoesDownIsLeft(t *testing.T) {
	d := newSMTPD(t)
	d.dieInData = 1000
	d.start(t)
	err := newMail(t, MailOptions{SMTP: d.url("smtp", "", "")}).Send(context.Background(), to(five...))
	if u := undelivered(t, err); len(u.Failed) != 5 || !Temporary(err) || d.connections() != maxLost {
		t.Errorf("%d connections: %v", d.connections(), err)
	}
}

// A receipt counts, whatever happens after it.
func TestGoingDownAfterTheReceipt(t *testing.T) {
	d := newSMTPD(t)
	d.dieAfter = 1000
	d.start(t)
	m := newMail(t, MailOptions{SMTP: d.url("smtp", "", "")})
	if err := m.Send(context.Background(), to(five...)); err != nil || received(d) != "a b c d e" {
		t.Errorf("error %v, received by %q", err, received(d))
	}
}

func TestAGreetingThatRefuses(t *testing.T) {
	d := newSMTPD(t)
	d.greeting = "421 4.3.2 too busy"
	d.start(t) // whose end waits for the connection to be closed
	err := newMail(t, MailOptions{SMTP: d.url("smtp", "", "")}).Send(context.Background(), to(five...))
	if !Temporary(err) || !strings.Contains(err.Error(), "too busy") || d.connections() != 1 {
		t.Errorf("%d connections: %v", d.connections(), err)
	}
}

func TestAServerThatTalksWithoutEnd(t *testing.T) {
	d := newSMTPD(t)
	d.endless = true
	d.start(t)
	err := newMail(t, MailOptions{SMTP: d.url("smtp", "", "")}).Send(context.Background(), to("a@acme.example"))
	if !Temporary(err) || len(err.Error()) > 1000 || !strings.Contains(err.Error(), "without end") {
		t.Errorf("error %v", err)
	}
}

func TestAServerThatSaysNothing(t *testing.T) {
	d := newSMTPD(t)
	d.silent = make(chan struct{})
	d.start(t)
	ctx, cancel := context.WithCancel(context.Background())
	sent := make(chan error)
	go func() {
		sent <- newMail(t, MailOptions{SMTP: d.url("smtp", "", ""), Timeout: time.Hour}).Send(ctx, to(five...))
	}()
	<-d.silent
	cancel()
	if err := <-sent; !Temporary(err) || !strings.Contains(err.Error(), "interrupted") || len(undelivered(t, err).Failed) != 5 {
		t.Errorf("interrupted: %v", err)
	}
	d = newSMTPD(t)
	d.silent = make(chan struct{})
	d.start(t)
	err := newMail(t, MailOptions{SMTP: d.url("smtp", "", ""), Timeout: 50 * time.Millisecond}).Send(context.Background(), to(five...))
	if u := undelivered(t, err); len(u.Failed) != 5 || !Temporary(err) {
		t.Errorf("too slow: %v", err)
	}
}

func TestOptions(t *testing.T) {
	for name, c := range map[string]struct {
		url      string
		port     int
		implicit bool
		policy   gomail.TLSPolicy
		blind    bool // takes any certificate
	}{
		"away":                   {"smtp://mail.acme.example", 587, false, gomail.TLSMandatory, false},
		"away, from byte one":    {"smtps://mail.acme.example/", 465, true, gomail.TLSMandatory, false},
		"away, opportunistic":    {"smtp://u:p@mail.acme.example:25?tls=opportunistic", 25, false, gomail.TLSOpportunistic, false},
		"a name like a loopback": {"smtp://localhost.acme.example", 587, false, gomail.TLSMandatory, false},
		"localhost":              {"smtp://localhost:25", 25, false, gomail.TLSOpportunistic, true},
		"IPv6 loopback":          {"smtp://[::1]:25", 25, false, gomail.TLSOpportunistic, true},
		"loopback, mandatory":    {"smtp://127.0.0.2?tls=mandatory", 587, false, gomail.TLSMandatory, false},
	} {
		m := newMail(t, MailOptions{SMTP: c.url})
		if s := m.server; s.port != c.port || s.implicit != c.implicit || s.policy != c.policy || s.tls.InsecureSkipVerify != c.blind || s.timeout != mailTimeout {
			t.Errorf("%s: %+v", name, s)
		}
	}
	for _, o := range []MailOptions{
		{SMTP: "", From: sender}, {SMTP: "http://s3cret@mail", From: sender}, {SMTP: "smtp://", From: sender},
		{SMTP: "smtp://u:s3cret@mail:99999", From: sender}, {SMTP: "smtp://u:s3cret@mail:0", From: sender}, {SMTP: "smtp://u:s3/cret@mail", From: sender},
		{SMTP: "smtp://s3cret@mail", From: sender}, {SMTP: "smtp://:s3cret@mail", From: sender}, {SMTP: "smtp://u:s3cret@mail/path", From: sender},
		{SMTP: "smtp://u:s3cret@mail?tls=none", From: sender}, {SMTP: "smtp://u:s3cret@mail?tls", From: sender}, {SMTP: "smtp://u:s3cret@mail?ssl=1", From: sender},
		{SMTP: "smtp://u:s3cret@mail?tls=mandatory&tls=opportunistic", From: sender}, {SMTP: "smtp://u:s3cret@mail?tls=mandatory&x=%zz", From: sender},
		{SMTP: "smtp://u:s3cret@mail#x", From: sender}, {SMTP: "smtps://u:s3cret@mail?tls=opportunistic", From: sender}, {SMTP: "smtp://u:s3cret%zz@mail", From: sender},
		{SMTP: "smtp://mail", From: ""}, {SMTP: "smtp://mail", From: "Hereby"}, {SMTP: "smtp://mail", From: "a@b.example, c@d.example"},
	} {
		o.Clock = clock
		if _, err := NewMail(o); err == nil || strings.Contains(err.Error(), "s3") {
			t.Errorf("%+v: error %v", o, err)
		}
	}
	if _, err := NewMail(MailOptions{SMTP: "smtp://mail", From: sender}); err == nil {
		t.Error("mail without a clock")
	}
}

func TestTemporary(t *testing.T) {
	if Temporary(nil) || Temporary(errors.New("x")) || Temporary(&Undelivered{Failed: []Failed{{}}}) {
		t.Error("what nothing helps is called temporary")
	}
	if !Temporary(&Undelivered{Failed: []Failed{{}, {Temporary: true}}}) {
		t.Error("one who can be reached is forgotten")
	}
}

// counted is a connection whose end is told.
type counted struct {
	net.Conn
	end func()
}

func (c counted) Close() error {
	c.end()
	return c.Conn.Close()
}

func TestOneConnectionAtATime(t *testing.T) {
	d := newSMTPD(t)
	for _, who := range five {
		d.refuse[or(address(who), who)] = "550 no"
	}
	d.start(t)
	m := newMail(t, MailOptions{SMTP: d.url("smtp", "", "")})
	open, dialled, peak := map[int]bool{}, 0, 0
	m.server.dial = func(ctx context.Context, network, address string) (net.Conn, error) {
		conn, err := new(net.Dialer).DialContext(ctx, network, address)
		dialled++
		n := dialled
		open[n] = true
		peak = max(peak, len(open))
		return counted{conn, func() { delete(open, n) }}, err
	}
	if err := m.Send(context.Background(), to(five...)); err == nil {
		t.Error("all were refused, without an error")
	}
	if dialled != 5 || peak != 1 || len(open) != 0 {
		t.Errorf("%d connections, %d at once, %d left", dialled, peak, len(open))
	}
}

func TestProbe(t *testing.T) {
	d := newSMTPD(t)
	d.starttls = true
	d.start(t)
	m := newMail(t, MailOptions{SMTP: d.url("smtp", "", "")})
	if encrypted, err := m.Probe(context.Background()); err != nil || !encrypted || !m.Local() || len(d.deliveries()) != 0 {
		t.Errorf("STARTTLS: encrypted %v, %v; local %v; sent %v", encrypted, err, m.Local(), d.deliveries())
	}
	d = newSMTPD(t).start(t)
	if encrypted, err := newMail(t, MailOptions{SMTP: d.url("smtp", "", "")}).Probe(context.Background()); err != nil || encrypted {
		t.Errorf("plain text: encrypted %v, %v", encrypted, err)
	}
	d = newSMTPD(t)
	d.implicit = true
	d.start(t)
	if encrypted, err := newMail(t, MailOptions{SMTP: d.url("smtps", "", "")}).Probe(context.Background()); err != nil || !encrypted {
		t.Errorf("smtps: encrypted %v, %v", encrypted, err)
	}
	d = newSMTPD(t).start(t)
	d.Close()
	if _, err := newMail(t, MailOptions{SMTP: d.url("smtp", "", "")}).Probe(context.Background()); err == nil || !strings.Contains(err.Error(), "cannot be used") {
		t.Errorf("a server that is down: %v", err)
	}
	if m := newMail(t, MailOptions{SMTP: "smtp://mail.acme.example"}); m.Local() {
		t.Error("a server elsewhere is taken for one on this machine")
	}
}
