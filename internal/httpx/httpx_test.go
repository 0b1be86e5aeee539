package httpx

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/hereby/hereby/internal/incident"
)

// answer is a RoundTripper that answers everything with a status.
func answer(status int, header ...string) http.RoundTripper {
	return RoundTripperFunc(func(req *http.Request) (*http.Response, error) {
		return reply(req, status, "{}", header...), nil
	})
}

func reply(req *http.Request, status int, body string, header ...string) *http.Response {
	resp := &http.Response{StatusCode: status, Status: strconv.Itoa(status), Header: http.Header{}, Request: req}
	for i := 0; i < len(header); i += 2 {
		resp.Header.Set(header[i], header[i+1])
	}
	setBody(resp, []byte(body))
	return resp
}

func request(method, address string, body ...string) *http.Request {
	req, err := http.NewRequest(method, address, strings.NewReader(strings.Join(body, "")))
	if err != nil {
		panic(err)
	}
	return req
}

func text(t *testing.T, resp *http.Response) string {
	t.Helper()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestRedirectRepeatsVerbatim(t *testing.T) {
	var got []string
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		b, _ := io.ReadAll(r.Body)
		got = append(got, r.Method+" "+r.URL.Path+" "+string(b))
		if r.URL.Path == "/old" {
			http.Redirect(w, r, "/new", http.StatusMovedPermanently)
		}
	}))
	defer srv.Close()
	resp, err := (&Redirect{Next: http.DefaultTransport}).RoundTrip(request("PATCH", srv.URL+"/old", "text"))
	if err != nil || resp.StatusCode != 200 {
		t.Fatal(resp, err)
	}
	if want := "PATCH /new text"; len(got) != 2 || got[1] != want {
		t.Errorf("requests %q, want the second to be %q", got, want)
	}
}

func TestRedirectRefuses(t *testing.T) {
	for _, to := range []string{"https://evil.example/x", "http://api.example/loop", ""} {
		next := RoundTripperFunc(func(req *http.Request) (*http.Response, error) {
			if req.URL.Host != "api.example" {
				t.Errorf("a request went to %s", req.URL.Host)
			}
			return reply(req, 301, "", "Location", to), nil
		})
		_, err := (&Redirect{Next: next}).RoundTrip(request("POST", "http://api.example/a", "x"))
		var notSent *NotSent
		if !errors.As(err, &notSent) {
			t.Errorf("redirect to %q: %v, want NotSent", to, err)
		}
	}
}

func TestAuthKeepsCredentialsAtHome(t *testing.T) {
	sent := ""
	a := &Auth{Host: "api.example", Value: func(context.Context) (string, error) { return "Bearer s3cret", nil },
		Next: RoundTripperFunc(func(req *http.Request) (*http.Response, error) {
			sent = req.Header.Get("Authorization")
			return reply(req, 200, ""), nil
		})}
	req := request("GET", "https://api.example/x")
	if _, err := a.RoundTrip(req); err != nil || sent != "Bearer s3cret" {
		t.Fatalf("sent %q, %v", sent, err)
	}
	if req.Header.Get("Authorization") != "" {
		t.Error("the caller's request was changed")
	}
	sent = ""
	if _, err := a.RoundTrip(request("GET", "https://evil.example/x")); err == nil || sent != "" {
		t.Errorf("credentials %q went to another host", sent)
	}
	a.Value = func(context.Context) (string, error) { return "", errors.New("no token") }
	if kind := Judge(nil, second(a.RoundTrip(req)), time.Now()).Kind; kind != Unsent {
		t.Errorf("without a token: %v", kind)
	}
}

func second(_ *http.Response, err error) error { return err }

func TestBoundRefusesEndlessAnswers(t *testing.T) {
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		for range 100 {
			fmt.Fprint(w, strings.Repeat("x", 1000))
		}
	}))
	defer srv.Close()
	b := &Bound{Next: http.DefaultTransport, MaxBody: 50_000}
	if _, err := b.RoundTrip(request("GET", srv.URL)); err == nil {
		t.Error("an answer above the limit was taken")
	}
	b.MaxBody = 100_000
	if resp, err := b.RoundTrip(request("GET", srv.URL)); err != nil || len(text(t, resp)) != 100_000 {
		t.Errorf("an answer at the limit was refused: %v", err)
	}
}

func TestBoundSaysHowAnAuthorityBecomesKnown(t *testing.T) {
	srv := httptest.NewUnstartedServer(http.NotFoundHandler())
	srv.Config.ErrorLog = log.New(io.Discard, "", 0) // the handshake breaks off
	srv.StartTLS()
	defer srv.Close()
	_, err := (&Bound{Next: http.DefaultTransport}).RoundTrip(request("POST", srv.URL))
	if kind := Judge(nil, err, time.Now()).Kind; kind != Unsent || !strings.Contains(err.Error(), "SSL_CERT_DIR") {
		t.Errorf("%s: %v", kind, err)
	}
}

func TestBoundNoticesABrokenAnswer(t *testing.T) {
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Length", "100")
		fmt.Fprint(w, `{"id":`)
	}))
	defer srv.Close()
	_, err := (&Bound{Next: http.DefaultTransport}).RoundTrip(request("POST", srv.URL))
	if kind := Judge(nil, err, time.Now()).Kind; kind != Lost {
		t.Errorf("a broken answer: %v %v, want lost", kind, err)
	}
}

func TestCacheAsksEachTime(t *testing.T) {
	full, body := 0, "one"
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		tag := `W/"` + body + `"`
		w.Header().Set("ETag", tag)
		w.Header().Set("Link", `<x>; rel="next"`)
		if r.Header.Get("If-None-Match") == tag {
			w.Header().Del("Link")
			w.WriteHeader(http.StatusNotModified)
			return
		}
		full++
		fmt.Fprint(w, body)
	}))
	defer srv.Close()
	cache := NewCache(0)
	alice, bob := cache.Transport(http.DefaultTransport, "alice"), cache.Transport(http.DefaultTransport, "bob")
	for _, step := range []struct {
		who    http.RoundTripper
		body   string
		cached bool
		full   int
	}{
		{alice, "one", false, 1}, {alice, "one", true, 1}, {bob, "one", false, 2},
		{alice, "two", false, 3}, {alice, "two", true, 3}, {bob, "two", false, 4},
	} {
		body = step.body
		resp, err := step.who.RoundTrip(request("GET", srv.URL))
		if err != nil {
			t.Fatal(err)
		}
		if got := text(t, resp); got != step.body || resp.StatusCode != 200 || (resp.Header.Get(FromCache) != "") != step.cached || full != step.full {
			t.Errorf("%+v: got %q, %d, from cache %q, %d full answers", step, got, resp.StatusCode, resp.Header.Get(FromCache), full)
		}
		if resp.Header.Get("Link") == "" {
			t.Errorf("%+v: the Link header is lost, and with it the next page", step)
		}
	}
}

// The cache holds exactly what a model says, never more than its bound.
func TestCacheStaysWithinItsBound(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		const limit = 4000
		c := NewCache(limit)
		for range 60 { // half of the keys fill it
			key := strconv.Itoa(rapid.IntRange(0, 30).Draw(t, "key"))
			switch rapid.IntRange(0, 5).Draw(t, "op") {
			case 0:
				c.drop(key)
			case 1:
				if e := c.get(key); e != nil && e.key != key {
					t.Fatalf("%s gave %s", key, e.key)
				}
			default:
				c.put(&entry{key: key, body: make([]byte, rapid.IntRange(0, 400).Draw(t, "size"))})
			}
			sum := 0
			for el := c.used.Front(); el != nil; el = el.Next() {
				sum += el.Value.(*entry).size()
			}
			if sum != c.bytes || sum > limit || len(c.byKey) != c.used.Len() {
				t.Fatalf("%d bytes counted, %d held, limit %d, %d keys, %d entries", c.bytes, sum, limit, len(c.byKey), c.used.Len())
			}
		}
	})
}

func TestCacheKeepsTheManyRatherThanTheLarge(t *testing.T) {
	c := NewCache(8000)
	c.put(&entry{key: "small"})
	c.put(&entry{key: "large", body: make([]byte, 2000)})
	if c.get("small") == nil || c.get("large") != nil {
		t.Error("one large answer took the place of a small one")
	}
	c.put(&entry{key: "small", body: make([]byte, 2000)})
	if c.get("small") != nil {
		t.Error("an answer that is no longer true is still remembered")
	}
}

func TestSecrets(t *testing.T) {
	var s Secrets
	s.Add("ghp_0123456789")
	s.Add("x") // too short to be a secret
	for i := range maxPassing + 10 {
		s.AddPassing(fmt.Sprintf("ghs_passing%04d", i))
	}
	err := s.Error(fmt.Errorf("GET /x?t=ghp_0123456789: ghs_passing0265: %w", io.EOF))
	if strings.Contains(err.Error(), "0123456789") || strings.Contains(err.Error(), "0265") || !errors.Is(err, io.EOF) {
		t.Errorf("%v", err)
	}
	if len(s.passing) != maxPassing {
		t.Errorf("%d passing secrets are kept", len(s.passing))
	}
}

func TestJudge(t *testing.T) {
	now := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	with := func(status int, header ...string) *http.Response {
		return reply(nil, status, "", header...)
	}
	said := errors.New("said no")
	for _, c := range []struct {
		resp  *http.Response
		err   error
		kind  Kind
		until time.Time
	}{
		{with(200), nil, Fine, time.Time{}},
		{with(201), said, Lost, time.Time{}}, // created, the answer unreadable
		{with(404), said, Refusal, time.Time{}},
		{with(422), said, Refusal, time.Time{}},
		{with(408), said, Lost, time.Time{}},
		{with(500), said, Lost, time.Time{}},
		{with(503), said, Lost, time.Time{}},
		{with(429, "Retry-After", "7"), said, Wait, now.Add(7 * time.Second)},
		{with(429), said, Wait, now.Add(time.Minute)},
		{with(429, "Retry-After", now.Add(9*time.Second).Format(http.TimeFormat)), said, Wait, now.Add(9 * time.Second)},
		{with(429, "Retry-After", "99999999"), said, Wait, now.Add(maxWait * time.Second)},
		{nil, io.ErrUnexpectedEOF, Lost, time.Time{}},
		{nil, context.DeadlineExceeded, Lost, time.Time{}},
		{nil, &net.OpError{Op: "dial", Err: said}, Unsent, now.Add(soon)},
		{nil, &net.OpError{Op: "read", Err: said}, Lost, time.Time{}},
		{nil, &net.DNSError{Err: "no such host"}, Unsent, now.Add(soon)},
		{nil, fmt.Errorf("x: %w", &incident.NotYet{Until: now.Add(time.Hour), Err: said}), Wait, now.Add(time.Hour)},
		{nil, fmt.Errorf("x: %w", &NotSent{said}), Unsent, now.Add(soon)},
		{with(500), fmt.Errorf("x: %w", &Refused{"no"}), Refusal, time.Time{}},
		{nil, nil, Fine, time.Time{}},
	} {
		if v := Judge(c.resp, c.err, now); v.Kind != c.kind || !v.Until.Equal(c.until) {
			t.Errorf("%v, %v: %v until %v, want %v until %v", c.resp, c.err, v.Kind, v.Until, c.kind, c.until)
		}
	}
}

// What had no effect is put off, and what is not known is never called a no.
func TestVerdict(t *testing.T) {
	said, until := errors.New("said no"), time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	for kind, want := range map[Kind]incident.Outcome{
		Fine: incident.Applied, Refusal: incident.Refused, Wait: incident.Deferred, Unsent: incident.Deferred, Lost: incident.Unknown,
	} {
		v := Verdict{kind, until}
		var notYet *incident.NotYet
		deferred := want == incident.Deferred
		if r := v.Change(said); r.Outcome != want || errors.Is(r.Err, said) != (kind != Fine) || errors.As(r.Err, &notYet) != deferred {
			t.Errorf("a change, %v: %v, %v", kind, r.Outcome, r.Err)
		}
		if err := v.Reading(said); !errors.Is(err, said) || errors.As(err, &notYet) != deferred || deferred && !notYet.Until.Equal(until) {
			t.Errorf("a reading, %v: %v", kind, err)
		}
	}
}

// A token of the real server shows that a refused connection is Unsent.
func TestJudgeRefusedConnection(t *testing.T) {
	srv := httptest.NewServer(http.NotFoundHandler())
	srv.Close()
	_, err := http.DefaultTransport.RoundTrip(request("POST", srv.URL))
	if v := Judge(nil, err, time.Now()); v.Kind != Unsent {
		t.Errorf("%v: %v", err, v.Kind)
	}
}

func TestBodySurvivesInspection(t *testing.T) {
	p := &Pacer{Next: RoundTripperFunc(func(req *http.Request) (*http.Response, error) {
		return reply(req, 403, "must be an admin"), nil
	}), Clock: time.Now, Limited: func(_ *http.Response, b []byte) bool { return bytes.Contains(b, []byte("limit")) }}
	resp, err := p.RoundTrip(request("POST", "http://api.example/"))
	if err != nil || resp.StatusCode != 403 || text(t, resp) != "must be an admin" {
		t.Errorf("%v %v", resp, err)
	}
}
