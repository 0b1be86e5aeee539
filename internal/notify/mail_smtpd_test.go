package notify

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"io"
	"math/big"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net"
	"net/mail"
	"net/textproto"
	"strings"
	"sync"
	"testing"
	"time"
)

// smtpd is a mail server (RFC 5321) over loopback that keeps what it takes and
// fails as it is told.
type smtpd struct {
	net.Listener
	cert  tls.Certificate
	roots *x509.CertPool

	// To be set before the first connection.
	starttls bool
	implicit bool
	greeting string        // "": 220
	endless  bool          // greets without end
	silent   chan struct{} // closed at RCPT, which is not answered; nil: it is

	mu         sync.Mutex
	refuse     map[string]string // answers to RCPT, by address
	from, data string            // answers to MAIL and to the end of DATA; "": yes
	dieInData  int               // so many times: close in mid-DATA
	dieAfter   int               // so many times: close after the receipt
	login      string            // user\x00password; "": no AUTH
	got        []delivery
	dialled    int
	ended      sync.WaitGroup
}

type delivery struct {
	from, to, user string
	encrypted      bool
	data           []byte
}

// newSMTPD returns a server that is started with start.
func newSMTPD(t testing.TB) *smtpd {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	d := &smtpd{Listener: l, refuse: map[string]string{}}
	d.cert, d.roots = certificate(t)
	return d
}

func (d *smtpd) start(t testing.TB) *smtpd {
	go func() {
		for {
			conn, err := d.Accept()
			if err != nil {
				return
			}
			d.mu.Lock()
			d.dialled++
			d.mu.Unlock()
			d.ended.Go(func() { d.serve(conn) })
		}
	}()
	t.Cleanup(func() {
		d.Close()
		d.ended.Wait() // no client leaves a connection open
	})
	return d
}

func (d *smtpd) serve(conn net.Conn) {
	defer func() { conn.Close() }()
	if d.implicit {
		conn = tls.Server(conn, &tls.Config{Certificates: []tls.Certificate{d.cert}})
	}
	if d.endless {
		for {
			if _, err := io.WriteString(conn, "220-"+strings.Repeat("x", 1000)); err != nil {
				return
			}
		}
	}
	text := textproto.NewConn(conn)
	say := func(line string) { text.PrintfLine("%s", line) }
	say(or(d.greeting, "220 smtpd at your service"))
	now := delivery{encrypted: d.implicit}
	for {
		line, err := text.ReadLine()
		if err != nil {
			return
		}
		verb, rest, _ := strings.Cut(line, " ")
		d.mu.Lock()
		refuse, from, data, login := d.refuse[address(rest)], d.from, d.data, d.login
		d.mu.Unlock()
		switch strings.ToUpper(verb) {
		case "EHLO":
			say("250-smtpd")
			if d.starttls && !now.encrypted {
				say("250-STARTTLS")
			}
			if login != "" {
				say("250-AUTH PLAIN")
			}
			say("250 8BITMIME")
		case "STARTTLS":
			say("220 go ahead")
			conn = tls.Server(conn, &tls.Config{Certificates: []tls.Certificate{d.cert}})
			text, now.encrypted = textproto.NewConn(conn), true
		case "AUTH":
			raw, _ := base64.StdEncoding.DecodeString(strings.TrimPrefix(rest, "PLAIN "))
			if string(raw) != "\x00"+login {
				say("535 5.7.8 no: " + line) // as some do, with what it was told
				continue
			}
			now.user, _, _ = strings.Cut(login, "\x00")
			say("235 ok")
		case "MAIL":
			now.from = address(rest)
			say(or(from, "250 ok"))
		case "RCPT":
			if d.silent != nil {
				close(d.silent)
				io.Copy(io.Discard, conn) // until the client leaves
				return
			}
			now.to = address(rest)
			say(or(refuse, "250 ok"))
		case "DATA":
			say("354 go ahead")
			if d.take(&d.dieInData) {
				text.ReadLine()
				return
			}
			now.data, err = text.ReadDotBytes()
			if err != nil {
				return
			}
			if data == "" {
				d.mu.Lock()
				d.got = append(d.got, now)
				d.mu.Unlock()
			}
			say(or(data, "250 taken"))
			if d.take(&d.dieAfter) {
				return
			}
		case "RSET":
			say("250 ok")
		case "QUIT":
			say("221 bye")
			return
		default:
			say("502 what")
		}
	}
}

// take reports whether a count is left, and takes one.
func (d *smtpd) take(count *int) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	*count--
	return *count >= 0
}

func (d *smtpd) set(f func()) {
	d.mu.Lock()
	defer d.mu.Unlock()
	f()
}

// deliveries returns what was taken.
func (d *smtpd) deliveries() []delivery {
	d.mu.Lock()
	defer d.mu.Unlock()
	return append([]delivery(nil), d.got...)
}

func (d *smtpd) connections() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.dialled
}

func (d *smtpd) url(scheme, login, query string) string {
	return scheme + "://" + login + d.Addr().String() + query
}

// only returns the one delivery there was.
func (d *smtpd) only(t testing.TB) delivery {
	t.Helper()
	all := d.deliveries()
	if len(all) != 1 {
		t.Fatalf("%d deliveries, expected one", len(all))
	}
	return all[0]
}

func or(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

// address returns what stands between < and >.
func address(s string) string {
	_, s, _ = strings.Cut(s, "<")
	s, _, _ = strings.Cut(s, ">")
	return s
}

// certificate returns a self-signed one for 127.0.0.1 and who vouches for it.
func certificate(t testing.TB) (tls.Certificate, *x509.CertPool) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "smtpd"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, DNSNames: []string{"mail.acme.example"},
		IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AddCert(leaf)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, pool
}

// head returns the header of a delivery.
func (g delivery) head() []byte {
	head, _, _ := bytes.Cut(g.data, []byte("\n\n"))
	return head
}

// open parses a delivery with the standard library: its header and, by type,
// the contents of its parts.
func open(t testing.TB, g delivery) (mail.Header, map[string]string) {
	t.Helper()
	m, err := mail.ReadMessage(strings.NewReader(string(g.data)))
	if err != nil {
		t.Fatal(err)
	}
	parts := map[string]string{}
	collect(t, m.Header.Get("Content-Type"), m.Header.Get("Content-Transfer-Encoding"), m.Body, parts)
	return m.Header, parts
}

func decode(encoding string, r io.Reader) io.Reader {
	switch encoding {
	case "base64":
		return base64.NewDecoder(base64.StdEncoding, r)
	case "quoted-printable":
		return quotedprintable.NewReader(r)
	}
	return r
}

func collect(t testing.TB, kind, encoding string, body io.Reader, parts map[string]string) {
	t.Helper()
	media, params, err := mime.ParseMediaType(kind)
	if err != nil {
		t.Fatalf("type %q: %v", kind, err)
	}
	if !strings.HasPrefix(media, "multipart/") {
		data, err := io.ReadAll(decode(encoding, body))
		if err != nil {
			t.Fatal(err)
		}
		if strings.HasPrefix(media, "text/") && (!strings.EqualFold(params["charset"], "UTF-8") || strings.Count(kind, "charset") != 1) {
			t.Errorf("the type %q", kind)
		}
		if m := params["method"]; m != "" {
			media += "; method=" + m
		}
		parts[media] = string(data)
		return
	}
	for r := multipart.NewReader(body, params["boundary"]); ; {
		p, err := r.NextRawPart()
		if err == io.EOF {
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		if p.FileName() != "" {
			parts["attachment"] = p.FileName()
		}
		collect(t, p.Header.Get("Content-Type"), p.Header.Get("Content-Transfer-Encoding"), p, parts)
	}
}
