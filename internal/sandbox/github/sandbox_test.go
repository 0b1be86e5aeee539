package github

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/hereby/hereby/internal/sandbox/contract"
	"github.com/hereby/hereby/internal/testenv"
)

var start = time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)

// lab is a sandbox behind real HTTP with the usual cast: alice writes, tia
// triages, mia is a member of the organisation, stan a stranger.
type lab struct {
	*Server
	t     *testing.T
	url   string // of the checked API
	raw   string // of the API without the contract, for deliberate mistakes
	token map[string]string
	clock *testenv.Clock
}

func newLab(t *testing.T, opt Options) *lab {
	t.Helper()
	c := testenv.NewClock(start)
	opt.Clock, opt.Wrap = c.Now, contract.GitHub(t)
	s := New(opt)
	l := &lab{Server: s, t: t, clock: c, token: map[string]string{}}
	srv, raw := httptest.NewServer(s.Handler()), httptest.NewServer(s.newAPI())
	t.Cleanup(func() { srv.Close(); raw.Close(); s.Close() })
	l.url, l.raw = srv.URL+"/api/v3", raw.URL
	s.AddOrg("acme", "alice", "mia")
	s.AddUser("stan", "tia")
	s.AddRepo("acme/shop")
	s.AddRepo("acme/other")
	s.AddRepo("acme/open", Public)
	s.SetRole("acme/shop", "alice", Admin)
	s.SetRole("acme/other", "alice", Admin)
	s.SetRole("acme/shop", "tia", Triage)
	for _, who := range []string{"alice", "mia", "tia", "stan"} {
		l.token[who] = s.Token(who)
	}
	return l
}

// reply is an answer, with its body as loose JSON.
type reply struct {
	t      *testing.T
	Status int
	Header http.Header
	Raw    string
	JSON   any
}

// do makes a request as a person; body is encoded unless it is a string.
func (l *lab) do(who, method, path string, body any, header ...string) reply {
	l.t.Helper()
	base := l.url
	if strings.HasPrefix(path, "raw:") {
		base, path = l.raw, strings.TrimPrefix(path, "raw:")
	}
	r, err := l.try(who, method, base+path, body, header...)
	if err != nil {
		l.t.Fatal(err)
	}
	return r
}

func (l *lab) try(who, method, url string, body any, header ...string) (reply, error) {
	l.t.Helper()
	var in io.Reader
	switch b := body.(type) {
	case nil:
	case string:
		in = strings.NewReader(b)
	default:
		raw, err := json.Marshal(b)
		if err != nil {
			l.t.Fatal(err)
		}
		in = bytes.NewReader(raw)
	}
	req, err := http.NewRequest(method, url, in)
	if err != nil {
		l.t.Fatal(err)
	}
	if in != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	if t := l.token[who]; t != "" {
		req.Header.Set("Authorization", "Bearer "+t)
	}
	for n := 0; n < len(header); n += 2 {
		req.Header.Set(header[n], header[n+1])
	}
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	resp, err := client.Do(req)
	if err != nil {
		return reply{}, err
	}
	defer resp.Body.Close()
	raw, err := io.ReadAll(resp.Body)
	if err != nil {
		return reply{}, err
	}
	v := reply{t: l.t, Status: resp.StatusCode, Header: resp.Header, Raw: string(raw)}
	if len(raw) > 0 {
		if err := json.Unmarshal(raw, &v.JSON); err != nil {
			l.t.Fatalf("%s %s: no JSON: %s", method, url, raw)
		}
	}
	return v, nil
}

// want fails the test on another status.
func (r reply) want(status int) reply {
	r.t.Helper()
	if r.Status != status {
		r.t.Fatalf("status %d, want %d: %s", r.Status, status, r.Raw)
	}
	return r
}

// at returns a value by its path, such as "labels.0.name".
func (r reply) at(path string) any {
	r.t.Helper()
	v := r.JSON
	for key := range strings.SplitSeq(path, ".") {
		switch x := v.(type) {
		case map[string]any:
			v = x[key]
		case []any:
			n := atoi(key, 0)
			if n >= len(x) {
				return nil
			}
			v = x[n]
		default:
			return nil
		}
	}
	return v
}

func (r reply) len() int {
	l, _ := r.JSON.([]any)
	return len(l)
}

// is fails the test where a value differs; numbers compare as float64.
func (r reply) is(path string, want any) reply {
	r.t.Helper()
	if n, ok := want.(int); ok {
		want = float64(n)
	}
	if got := r.at(path); got != want {
		r.t.Errorf("%s is %v, want %v", path, got, want)
	}
	return r
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}
