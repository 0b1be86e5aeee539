package notify

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/mail"
	"net/url"
	"strconv"
	"time"

	gomail "github.com/wneessen/go-mail"
	"github.com/wneessen/go-mail/smtp"
)

// maxSaid is how many bytes a server may say on one connection.
const maxSaid = 4 << 20

// server is what the options say, understood.
type server struct {
	host           string
	port           int
	implicit       bool // encrypted from the first byte
	policy         gomail.TLSPolicy
	tls            *tls.Config
	user, password string
	from           *mail.Address
	timeout        time.Duration
	clock          func() time.Time
	dial           func(ctx context.Context, network, address string) (net.Conn, error)
}

func newServer(o MailOptions) (server, error) {
	from, err := parseAddress(o.From)
	if err != nil {
		return server{}, fmt.Errorf("the sender %q: %w", line(o.From, 100), err)
	}
	s := server{from: from, timeout: o.Timeout, clock: o.Clock, dial: (&net.Dialer{}).DialContext}
	if s.timeout <= 0 {
		s.timeout = mailTimeout
	}
	if s.clock == nil {
		return server{}, errors.New("mail needs a clock")
	}
	return s, s.locate(o)
}

// locate reads the server's address. Its errors do not show it.
func (s *server) locate(o MailOptions) error {
	u, err := url.Parse(o.SMTP)
	if err != nil || u.Scheme != "smtp" && u.Scheme != "smtps" || u.Hostname() == "" || u.Path != "" && u.Path != "/" {
		return errors.New("the mail server's address cannot be read: expected smtp://user:password@host:587 or smtps://…, with %40 for an @ in the password and so on")
	}
	s.host, s.port, s.implicit = u.Hostname(), 587, u.Scheme == "smtps"
	if s.implicit {
		s.port = 465
	}
	if p := u.Port(); p != "" {
		if s.port, err = strconv.Atoi(p); err != nil || s.port < 1 || s.port > 65535 {
			return errors.New("the mail server's port is not between 1 and 65535")
		}
	}
	s.user = u.User.Username()
	if s.password, _ = u.User.Password(); (s.user == "") != (s.password == "") {
		return errors.New("the mail server's address has a user or a password without the other")
	}
	query, err := url.ParseQuery(u.RawQuery)
	choice := query.Get("tls")
	if known := query.Has("tls"); err != nil || u.Fragment != "" || len(query) > 1 || len(query) == 1 && !known || known && choice == "" || len(query["tls"]) > 1 {
		return errors.New("the mail server's address has more than ?tls=mandatory or ?tls=opportunistic after the port; write ? and # in a password as %3F and %23")
	}
	return s.protect(choice, o)
}

// protect decides how the connection is encrypted.
func (s *server) protect(choice string, o MailOptions) error {
	near := s.near()
	s.policy = gomail.TLSMandatory
	switch choice {
	case "":
		if near {
			s.policy = gomail.TLSOpportunistic
		}
	case "mandatory":
		near = false
	case "opportunistic":
		if s.implicit {
			return errors.New("smtps:// is always encrypted: leave ?tls=opportunistic out, or use smtp://")
		}
		s.policy = gomail.TLSOpportunistic
	default:
		return errors.New("expected ?tls=mandatory or ?tls=opportunistic in the mail server's address")
	}
	s.tls = &tls.Config{ServerName: s.host, RootCAs: o.Roots, MinVersion: tls.VersionTLS12, InsecureSkipVerify: near}
	return nil
}

// near reports whether the server is on this machine.
func (s server) near() bool { return s.host == "localhost" || net.ParseIP(s.host).IsLoopback() }

// name is how messages name the server.
func (s server) name() string { return net.JoinHostPort(s.host, strconv.Itoa(s.port)) }

// session is a conversation with a server, opened when it is needed.
type session struct {
	server server
	client *gomail.Client
	conn   net.Conn
	smtp   *smtp.Client // nil: not open
}

// send sends one recipient's copy; nil is the server's receipt. After anything
// else the next copy begins with a new connection, whatever state this one is in.
func (s *session) send(ctx context.Context, msg Message, to *mail.Address) *failure {
	m, err := msg.compose(s.server.from, to, s.server.clock())
	if err != nil {
		return &failure{why: "it cannot be written: " + err.Error()} // unreachable: its parts were checked
	}
	if s.smtp == nil {
		if err := s.open(ctx); err != nil {
			return s.server.unreachable(ctx, err)
		}
	}
	if err := s.client.SendWithSMTPClient(s.smtp, m); err != nil {
		s.drop()
		if m.IsDelivered() { // it went wrong after the receipt
			return nil
		}
		return s.server.refusal(ctx, err)
	}
	return nil
}

func (s *session) open(ctx context.Context) error {
	options := []gomail.Option{
		gomail.WithPort(s.server.port), gomail.WithTimeout(s.server.timeout), gomail.WithoutNoop(),
		gomail.WithTLSPolicy(s.server.policy), gomail.WithTLSConfig(s.server.tls),
		gomail.WithDialContextFunc(func(dialing context.Context, network, _ string) (net.Conn, error) {
			return s.connect(ctx, dialing, network)
		}),
	}
	if s.server.implicit {
		options = append(options, gomail.WithSSL())
	}
	if s.server.user != "" {
		options = append(options, gomail.WithUsername(s.server.user), gomail.WithPassword(s.server.password),
			gomail.WithOpportunisticSMTPAuth(gomail.SMTPAuthPlain, gomail.SMTPAuthLogin, gomail.SMTPAuthSCRAMSHA256, gomail.SMTPAuthCramMD5))
	}
	var err error
	if s.client, err = gomail.NewClient(s.server.host, options...); err != nil {
		return err
	}
	s.smtp, err = s.client.DialToSMTPClientWithContext(ctx)
	return err
}

// connect opens the connection, which ends with ctx. The session keeps it to
// close it, as go-mail leaves one open on which the greeting fails.
func (s *session) connect(ctx, dialing context.Context, network string) (net.Conn, error) {
	conn, err := s.server.dial(dialing, network, s.server.name())
	if err != nil {
		return nil, err
	}
	bound := &boundConn{Conn: conn, left: maxSaid}
	bound.stop = context.AfterFunc(ctx, func() { conn.Close() })
	s.conn = bound
	if !s.server.implicit {
		return bound, nil
	}
	encrypted := tls.Client(bound, s.server.tls)
	return encrypted, encrypted.HandshakeContext(dialing)
}

// close takes leave of the server.
func (s *session) close() {
	if s.smtp != nil {
		s.smtp.Quit() // it has what it has, whatever it answers
	}
	s.drop()
}

// drop ends the connection.
func (s *session) drop() {
	if s.conn != nil {
		s.conn.Close()
	}
	s.smtp, s.conn = nil, nil
}

// boundConn is a connection on which only so much is read.
type boundConn struct {
	net.Conn
	left int
	stop func() bool
}

func (c *boundConn) Read(p []byte) (int, error) {
	if c.left <= 0 {
		return 0, errors.New("it talks without end")
	}
	n, err := c.Conn.Read(p[:min(len(p), c.left)])
	c.left -= n
	return n, err
}

func (c *boundConn) Close() error {
	c.stop()
	return c.Conn.Close()
}
