package webhooks

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/hereby/hereby/internal/incident"
)

const secret = "It's a Secret to Everybody"

// queue remembers what was touched.
type queue struct {
	mu      sync.Mutex
	touched []incident.Key
	calls   int
	err     error
}

func (q *queue) Touch(ctx context.Context, at time.Time, keys ...incident.Key) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.calls++
	if q.err != nil {
		return q.err
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	if !at.IsZero() {
		return fmt.Errorf("touched for %v, want now", at)
	}
	q.touched = append(q.touched, keys...)
	return nil
}

func (q *queue) take() []incident.Key {
	q.mu.Lock()
	defer q.mu.Unlock()
	keys := q.touched
	q.touched, q.calls = nil, 0
	return keys
}

// metrics remembers what was observed.
type metrics struct {
	mu   sync.Mutex
	seen []string
}

func (m *metrics) Delivered(tracker, event string, outcome Outcome, touched int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.seen = append(m.seen, fmt.Sprintf("%s %s: %s, %d", tracker, event, outcome, touched))
}

type bench struct {
	t       testing.TB
	queue   *queue
	metrics *metrics
	log     *bytes.Buffer
	engine  *gin.Engine
}

func newBench(t testing.TB, o GitHubOptions, secrets ...string) *bench {
	t.Helper()
	if len(secrets) == 0 {
		secrets = []string{secret}
	}
	src, err := NewGitHub(secrets, o)
	if err != nil {
		t.Fatal(err)
	}
	b := &bench{t: t, queue: &queue{}, metrics: &metrics{}, log: new(bytes.Buffer)}
	log := slog.New(slog.NewTextHandler(b.log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	b.engine = Engine(log)
	NewIngress(b.queue, b.metrics, log).Mount(b.engine, src)
	return b
}

func sign(newHash func() hash.Hash, key, body string) string {
	mac := hmac.New(newHash, []byte(key))
	mac.Write([]byte(body))
	return hex.EncodeToString(mac.Sum(nil))
}

// delivery returns a signed request as GitHub sends it.
func delivery(event, body string) *http.Request {
	r := httptest.NewRequest("POST", "/webhooks/github", strings.NewReader(body))
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("X-GitHub-Event", event)
	r.Header.Set("X-GitHub-Delivery", "72d3162e-cc78-11e3-81ab-4c9367dc0958")
	r.Header.Set("X-Hub-Signature-256", "sha256="+sign(sha256.New, secret, body))
	return r
}

func (b *bench) send(r *http.Request) (status int, text string) {
	b.t.Helper()
	w := httptest.NewRecorder()
	b.engine.ServeHTTP(w, r)
	return w.Code, w.Body.String()
}

// labelled is an event about an incident; plain is one about any other issue.
const (
	labelled = `{"action":"labeled","issue":{"number":12,"labels":[{"name":"incident"}]},"label":{"name":"incident"},"repository":{"full_name":"acme/shop","private":true}}`
	plain    = `{"action":"created","issue":{"number":13,"title":"Hello","labels":[]},"comment":{"body":"thanks"},"repository":{"full_name":"acme/shop","private":true}}`
)

var incidents = GitHubOptions{Label: "incident"}

func TestTheAnswers(t *testing.T) {
	const shop = "github:acme/shop#12"
	with := func(r *http.Request, change func(h http.Header)) *http.Request {
		change(r.Header)
		return r
	}
	deep := strings.Repeat("[", 10_000)
	for name, c := range map[string]struct {
		request *http.Request
		status  int
		says    string
		observe string
		keys    []incident.Key
	}{
		"concerns an incident": {delivery("issues", labelled), 202, "taken", "github issues: taken, 1", []incident.Key{shop}},
		"concerns none":        {delivery("issue_comment", plain), 202, "no incident", "github issue_comment: no incident, 0", nil},
		"unknown event":        {delivery("brand_new", `{"action":"born"}`), 202, "no incident", "github other: no incident, 0", nil},
		"known, not needed":    {delivery("push", `{"pages":[]}`), 202, "no incident", "github push: no incident, 0", nil},
		"no signature": {with(delivery("issues", labelled), func(h http.Header) { h.Del("X-Hub-Signature-256") }),
			401, "no X-Hub-Signature-256", "github other: unsigned, 0", nil},
		"SHA-1 only": {with(delivery("issues", labelled), func(h http.Header) {
			h.Del("X-Hub-Signature-256")
			h.Set("X-Hub-Signature", "sha1="+sign(sha1.New, secret, labelled))
		}), 401, "no X-Hub-Signature-256", "github other: unsigned, 0", nil},
		"SHA-1 in the newer header": {with(delivery("issues", labelled), func(h http.Header) {
			h.Set("X-Hub-Signature-256", "sha1="+sign(sha1.New, secret, labelled))
		}), 401, "64 hexadecimal", "github other: unsigned, 0", nil},
		"another's secret": {with(delivery("issues", labelled), func(h http.Header) {
			h.Set("X-Hub-Signature-256", "sha256="+sign(sha256.New, "guess", labelled))
		}), 401, "does not match", "github other: unsigned, 0", nil},
		"signed with the empty secret": {with(delivery("issues", labelled), func(h http.Header) {
			h.Set("X-Hub-Signature-256", "sha256="+sign(sha256.New, "", labelled))
		}), 401, "does not match", "github other: unsigned, 0", nil},
		"another body's signature": {with(delivery("issues", labelled), func(h http.Header) {
			h.Set("X-Hub-Signature-256", "sha256="+sign(sha256.New, secret, plain))
		}), 401, "does not match", "github other: unsigned, 0", nil},
		"half a signature": {with(delivery("issues", labelled), func(h http.Header) {
			h.Set("X-Hub-Signature-256", "sha256="+sign(sha256.New, secret, labelled)[:32])
		}), 401, "64 hexadecimal", "github other: unsigned, 0", nil},
		"signature without its method": {with(delivery("issues", labelled), func(h http.Header) {
			h.Set("X-Hub-Signature-256", sign(sha256.New, secret, labelled))
		}), 401, "64 hexadecimal", "github other: unsigned, 0", nil},
		"a signed form": {with(delivery("issues", "payload=%7B%7D"), func(h http.Header) {
			h.Set("Content-Type", "application/x-www-form-urlencoded; charset=utf-8")
		}), 400, "application/json", "github issues: unreadable, 0", nil},
		"no event": {with(delivery("issues", labelled), func(h http.Header) { h.Del("X-GitHub-Event") }),
			400, "X-GitHub-Event", "github other: unreadable, 0", nil},
		"not JSON":           {delivery("issues", "hello"), 400, "not JSON", "github issues: unreadable, 0", nil},
		"not JSON, unneeded": {delivery("push", "hello"), 400, "not JSON", "github push: unreadable, 0", nil},
		"empty":              {delivery("issues", ""), 400, "not JSON", "github issues: unreadable, 0", nil},
		"cut off":            {delivery("issues", labelled[:len(labelled)-1]), 400, "cut off", "github issues: unreadable, 0", nil},
		"nested, cut off":    {delivery("issues", deep), 400, "nested", "github issues: unreadable, 0", nil},
		"nested 10,000 deep": {delivery("issues", `{"issue":`+deep+strings.Repeat("]", 10_000)+"}"), 400, "nested", "github issues: unreadable, 0", nil},
		"nested, where unread": {delivery("brand_new", `{"x":`+strings.Repeat(`{"x":`, 10_000)+"1"+strings.Repeat("}", 10_001)), 400, "nested",
			"github other: unreadable, 0", nil},
		"no repository": {delivery("issues", `{"issue":{"number":1}}`), 400, "no repository", "github issues: unreadable, 0", nil},
		"no issue":      {delivery("issues", `{"repository":{"full_name":"acme/shop","private":true}}`), 400, "no issue", "github issues: unreadable, 0", nil},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t, incidents)
			status, text := b.send(c.request)
			if status != c.status || !strings.Contains(text, c.says) {
				t.Errorf("answered %d %q, want %d and %q", status, text, c.status, c.says)
			}
			if !slices.Equal(b.queue.touched, c.keys) || b.queue.calls != len(c.keys) {
				t.Errorf("touched %q in %d calls, want %q", b.queue.touched, b.queue.calls, c.keys)
			}
			if !slices.Equal(b.metrics.seen, []string{c.observe}) {
				t.Errorf("observed %q, want %q", b.metrics.seen, c.observe)
			}
			if !strings.Contains(b.log.String(), "msg=webhook") {
				t.Errorf("the log is silent: %q", b.log)
			}
			if strings.Contains(b.log.String()+text, secret) || strings.Contains(b.log.String()+text, sign(sha256.New, secret, labelled)[:32]) {
				t.Errorf("a secret or a signature was told:\n%s%s", b.log, text)
			}
		})
	}
}

func TestPublishedSignature(t *testing.T) {
	src, err := NewGitHub([]string{secret}, incidents)
	if err != nil {
		t.Fatal(err)
	}
	r := httptest.NewRequest("POST", "/", nil)
	r.Header.Set("X-Hub-Signature-256", "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17")
	if err := src.Verify(r, []byte("Hello, World!")); err != nil {
		t.Error(err)
	}
	if err := src.Verify(r, []byte("Hello, World?")); err == nil {
		t.Error("the signature of another text was accepted")
	}
}

func TestEachOfSeveralSecretsServes(t *testing.T) {
	b := newBench(t, incidents, "old", secret, "new")
	for _, s := range []string{"old", secret, "new"} {
		r := delivery("issues", labelled)
		r.Header.Set("X-Hub-Signature-256", "sha256="+sign(sha256.New, s, labelled))
		if status, text := b.send(r); status != 202 {
			t.Errorf("secret %q: %d %s", s, status, text)
		}
	}
}

func TestNoSecretIsNoSource(t *testing.T) {
	for _, secrets := range [][]string{nil, {}, {""}, {secret, ""}} {
		if _, err := NewGitHub(secrets, incidents); err == nil {
			t.Errorf("secrets %q were accepted", secrets)
		}
	}
}

func TestARepeatedDeliveryIsTakenAgain(t *testing.T) {
	b := newBench(t, incidents)
	for range 2 {
		if status, _ := b.send(delivery("issues", labelled)); status != 202 {
			t.Fatalf("answered %d", status)
		}
		if got := b.queue.take(); len(got) != 1 {
			t.Fatalf("touched %q", got)
		}
	}
}

func TestOnlyServedRepositoriesTouch(t *testing.T) {
	serves := func(repo string, private bool) bool { return repo == "acme/shop" && private }
	for name, c := range map[string]struct{ body, says string }{
		"another repository": {strings.ReplaceAll(labelled, "acme/shop", "evil/shop"), "evil/shop is not served"},
		"public":             {strings.ReplaceAll(labelled, "true", "false"), "github.public"},
		"privacy untold":     {strings.ReplaceAll(labelled, `,"private":true`, ""), "github.public"},
	} {
		b := newBench(t, GitHubOptions{Label: "incident", Serves: serves})
		status, text := b.send(delivery("issues", c.body))
		if status != 202 || !strings.Contains(text, c.says) || b.queue.calls != 0 {
			t.Errorf("%s: %d %q, %d touches", name, status, text, b.queue.calls)
		}
		if !strings.Contains(b.log.String(), c.says) || b.metrics.seen[0] != "github issues: not served, 0" {
			t.Errorf("%s: logged %q, observed %q", name, b.log, b.metrics.seen)
		}
	}
}

func TestTheStoreDown(t *testing.T) {
	b := newBench(t, incidents)
	b.queue.err = errors.New("connection to redis://:password@db refused")
	w := httptest.NewRecorder()
	b.engine.ServeHTTP(w, delivery("issues", labelled))
	if w.Code != 503 || w.Header().Get("Retry-After") == "" || strings.Contains(w.Body.String(), "redis") {
		t.Errorf("answered %d, Retry-After %q: %s", w.Code, w.Header().Get("Retry-After"), w.Body)
	}
	if !strings.Contains(b.log.String(), "level=ERROR msg=webhook") || b.metrics.seen[0] != "github issues: unavailable, 0" {
		t.Errorf("logged %s, observed %q", b.log, b.metrics.seen)
	}
	if status, _ := b.send(delivery("issue_comment", plain)); status != 202 {
		t.Errorf("a delivery that needs no store was answered %d", status)
	}
}

func TestASenderThatHangsUpHasStillTold(t *testing.T) {
	b := newBench(t, incidents)
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	b.send(delivery("issues", labelled).WithContext(ctx))
	if got := b.queue.take(); len(got) != 1 {
		t.Errorf("touched %q", got)
	}
}

// endless is a body of n bytes without a Content-Length.
type endless struct{ left int }

func (e *endless) Read(p []byte) (int, error) {
	if e.left == 0 {
		return 0, io.EOF
	}
	n := min(len(p), e.left)
	e.left -= n
	return n, nil
}

func TestTooLarge(t *testing.T) {
	const size = 30 << 20
	b := newBench(t, incidents)
	server := httptest.NewServer(b.engine)
	defer server.Close()
	for name, length := range map[string]int64{"announced": size, "streamed": -1} {
		body := &endless{left: size}
		r, err := http.NewRequest("POST", server.URL+"/webhooks/github", body)
		if err != nil {
			t.Fatal(err)
		}
		r.ContentLength = length
		resp, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		_ = resp.Body.Close()
		if resp.StatusCode != 413 {
			t.Errorf("%s: answered %d", name, resp.StatusCode)
		}
	}
	if len(b.metrics.seen) != 2 || b.metrics.seen[0] != "github other: too large, 0" || b.queue.calls != 0 {
		t.Errorf("observed %q, %d touches", b.metrics.seen, b.queue.calls)
	}
}

// What announces itself as too large is not read at all.
func TestTooLargeIsNotWaitedFor(t *testing.T) {
	b := newBench(t, incidents)
	body := &endless{left: 30 << 20}
	r := httptest.NewRequest("POST", "/webhooks/github", body)
	r.ContentLength = 30 << 20
	if status, _ := b.send(r); status != 413 || body.left != 30<<20 {
		t.Errorf("answered %d after reading %d bytes", status, 30<<20-body.left)
	}
}

func TestAsLargeAsAllowed(t *testing.T) {
	b := newBench(t, incidents)
	body := labelled + strings.Repeat(" ", MaxBody-len(labelled))
	if status, text := b.send(delivery("issues", body)); status != 202 {
		t.Errorf("%d bytes: %d %s", len(body), status, text)
	}
	if status, _ := b.send(delivery("issues", body+" ")); status != 413 {
		t.Errorf("%d bytes: %d", len(body)+1, status)
	}
}

func TestLinesOfTheLogAreBounded(t *testing.T) {
	b := newBench(t, incidents)
	r := delivery("issues", labelled)
	r.Header.Set("X-GitHub-Delivery", strings.Repeat("x", 10_000))
	r.Header.Set("X-GitHub-Event", "issues")
	b.send(r)
	for line := range strings.Lines(b.log.String()) {
		if len(line) > 1000 {
			t.Errorf("a line of %d bytes", len(line))
		}
	}
}

func TestRefusalsDoNotFloodTheLog(t *testing.T) {
	b := newBench(t, incidents)
	b.log.Reset()
	for range 1000 {
		r := delivery("issues", labelled)
		r.Header.Del("X-Hub-Signature-256")
		r.Header.Set("X-GitHub-Delivery", strings.Repeat("x", 10_000))
		b.send(r)
	}
	if n := strings.Count(b.log.String(), "msg=webhook"); n < 1 || n > 100 {
		t.Errorf("%d lines about 1000 refusals", n)
	}
	if len(b.metrics.seen) != 1000 {
		t.Errorf("%d observed", len(b.metrics.seen))
	}
}
