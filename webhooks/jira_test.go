package webhooks

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
)

func jiraBench(t testing.TB, access JiraAccess, o JiraOptions) *bench {
	t.Helper()
	src, err := NewJira(access, o)
	if err != nil {
		t.Fatal(err)
	}
	b := &bench{t: t, queue: &queue{}, metrics: &metrics{}, log: new(bytes.Buffer)}
	log := slog.New(slog.NewTextHandler(b.log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	b.engine = Engine(log)
	in := NewIngress(b.queue, b.metrics, log)
	in.Mount(b.engine, src)
	in.Mount(b.engine, bySecret{src})
	return b
}

// jiraDelivery returns a signed request as Cloud sends it.
func jiraDelivery(body string) *http.Request {
	r := httptest.NewRequest("POST", "/webhooks/jira", strings.NewReader(body))
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("X-Hub-Signature", "sha256="+sign(sha256.New, secret, body))
	r.Header.Set("X-Atlassian-Webhook-Identifier", "1c1d5aef-cc78")
	return r
}

const onHead = `{"webhookEvent":"jira:issue_updated","issue":{"id":"10040","key":"OPS-12","fields":{"labels":["incident"]}}}`

var signed = JiraAccess{Secrets: []string{"another", secret}}

func TestJiraIsTaken(t *testing.T) {
	b := jiraBench(t, signed, JiraOptions{Label: "incident"})
	if status, text := b.send(jiraDelivery(onHead)); status != 202 || text != "taken\n" {
		t.Errorf("%d %q", status, text)
	}
	if got := join(b.queue.take()); got != "jira:OPS-12" {
		t.Errorf("touched %q", got)
	}
	if got := strings.Join(b.metrics.seen, "; "); got != "jira jira:issue_updated: taken, 1" {
		t.Error(got)
	}
	if !strings.Contains(b.log.String(), "delivery=1c1d5aef-cc78") {
		t.Errorf("the delivery's id is not in the log: %s", b.log)
	}
	b.queue.err = errors.New("down")
	if status, _ := b.send(jiraDelivery(onHead)); status != 503 {
		t.Errorf("%d while the queue is down", status)
	}
}

// While a secret is being replaced, either signs.
func TestJiraTakesEachSecret(t *testing.T) {
	for _, secrets := range [][]string{{secret, "another"}, {"another", secret}} {
		b := jiraBench(t, JiraAccess{Secrets: secrets}, JiraOptions{Label: "incident"})
		if status, text := b.send(jiraDelivery(onHead)); status != 202 {
			t.Errorf("%q: %d %q", secrets, status, text)
		}
	}
}

// The vector of Atlassian's documentation.
func TestJiraSignatureVector(t *testing.T) {
	j, err := NewJira(JiraAccess{Secrets: []string{"It's a Secret to Everybody"}}, JiraOptions{})
	if err != nil {
		t.Fatal(err)
	}
	r := httptest.NewRequest("POST", "/webhooks/jira", nil)
	r.Header.Set("X-Hub-Signature", "sha256=a4771c39fbe90f317c7824e83ddef3caae9cb3d976c214ace1f2937e133263c9")
	if err := j.Verify(r, []byte("Hello World!")); err != nil {
		t.Error(err)
	}
	if err := j.Verify(r, []byte("Hello World")); err == nil {
		t.Error("another body has the same signature")
	}
}

func TestJiraRefusesStrangers(t *testing.T) {
	net10 := []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("2001:db8::/32")}
	basic := JiraAccess{User: "jira", Password: "hunter2"}
	path := JiraAccess{Path: "a-long-secret-segment", Allow: net10}
	all := JiraAccess{Secrets: signed.Secrets, User: "jira", Password: "hunter2", Path: path.Path, Allow: net10}
	for name, c := range map[string]struct {
		access JiraAccess
		change func(*http.Request)
		says   string // "" if taken
	}{
		"signed":                {signed, func(*http.Request) {}, ""},
		"signed, all ways open": {all, func(*http.Request) {}, ""},
		"unsigned":              {signed, func(r *http.Request) { r.Header.Del("X-Hub-Signature") }, "has no X-Hub-Signature"},
		"GitHub's header":       {signed, func(r *http.Request) { rename(r, "X-Hub-Signature", "X-Hub-Signature-256") }, "has no X-Hub-Signature"},
		"another method":        {signed, func(r *http.Request) { r.Header.Set("X-Hub-Signature", "sha1="+strings.Repeat("0", 40)) }, "is not sha256="},
		"short":                 {signed, func(r *http.Request) { r.Header.Set("X-Hub-Signature", "sha256=00") }, "is not sha256="},
		"another secret":        {signed, func(r *http.Request) { r.Header.Set("X-Hub-Signature", "sha256="+sign(sha256.New, "x", onHead)) }, "does not match"},
		"wrongly signed but with password": {all, func(r *http.Request) {
			r.Header.Set("X-Hub-Signature", "sha256="+sign(sha256.New, "x", onHead))
			r.SetBasicAuth("jira", "hunter2")
		}, ""},
		"wrongly signed, wrong password": {all, func(r *http.Request) {
			r.Header.Set("X-Hub-Signature", "sha256="+sign(sha256.New, "x", onHead))
			r.SetBasicAuth("jira", "hunter3")
		}, "does not match"},
		"password":             {basic, func(r *http.Request) { r.SetBasicAuth("jira", "hunter2") }, ""},
		"wrong password":       {basic, func(r *http.Request) { r.SetBasicAuth("jira", "hunter3") }, "jira.webhook_basic"},
		"wrong user":           {basic, func(r *http.Request) { r.SetBasicAuth("root", "hunter2") }, "jira.webhook_basic"},
		"no password":          {basic, func(*http.Request) {}, "no user and password"},
		"empty password":       {signed, func(r *http.Request) { r.Header.Del("X-Hub-Signature"); r.SetBasicAuth("", "") }, "has no X-Hub-Signature"},
		"path":                 {path, from("/webhooks/jira/a-long-secret-segment", "10.1.2.3:4444"), ""},
		"path over IPv6":       {path, from("/webhooks/jira/a-long-secret-segment", "[2001:db8::7%eth0]:4444"), ""},
		"path, mapped address": {path, from("/webhooks/jira/a-long-secret-segment", "[::ffff:10.1.2.3]:4444"), ""},
		"path, all ways open":  {all, from("/webhooks/jira/a-long-secret-segment", "10.1.2.3:4444"), ""},
		"path from elsewhere":  {path, from("/webhooks/jira/a-long-secret-segment", "11.1.2.3:4444"), "none of the networks"},
		"path from a proxy's word": {path, func(r *http.Request) {
			from("/webhooks/jira/a-long-secret-segment", "11.1.2.3:4444")(r)
			r.Header.Set("X-Forwarded-For", "10.1.2.3")
		}, "none of the networks"},
		"path from nowhere":            {path, from("/webhooks/jira/a-long-secret-segment", "@"), "has no address"},
		"another path":                 {path, from("/webhooks/jira/a-long-secret-segmenT", "10.1.2.3:4444"), "not the one of jira.webhook_path"},
		"empty path":                   {path, from("/webhooks/jira", "10.1.2.3:4444"), "lacks its last segment"},
		"a path where none is in use":  {basic, from("/webhooks/jira/x", "10.1.2.3:4444"), "not the one of jira.webhook_path"},
		"signed, on a path not in use": {signed, from("/webhooks/jira/x", "10.1.2.3:4444"), "not the one of jira.webhook_path"},
	} {
		t.Run(name, func(t *testing.T) {
			b := jiraBench(t, c.access, JiraOptions{Label: "incident"})
			r := jiraDelivery(onHead)
			if len(c.access.Secrets) == 0 {
				r.Header.Del("X-Hub-Signature")
			}
			c.change(r)
			status, text := b.send(r)
			touched := join(b.queue.take())
			if c.says == "" && (status != 202 || touched == "") {
				t.Errorf("%d %q, touched %q", status, text, touched)
			}
			if c.says != "" && (status != 401 || !strings.Contains(text, c.says) || touched != "") {
				t.Errorf("%d %q, touched %q; want 401 and %q", status, text, touched, c.says)
			}
			for _, s := range []string{"hunter2", secret, path.Path} {
				if strings.Contains(text, s) {
					t.Errorf("the answer tells a secret: %q", text)
				}
			}
		})
	}
}

func rename(r *http.Request, from, to string) {
	r.Header.Set(to, r.Header.Get(from))
	r.Header.Del(from)
}

func from(path, addr string) func(*http.Request) {
	return func(r *http.Request) {
		r.URL.Path, r.RemoteAddr = path, addr
	}
}

func TestNewJiraRefuses(t *testing.T) {
	net := []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}
	for says, access := range map[string]JiraAccess{
		"nothing tells Jira's deliveries":  {},
		"holds an empty secret":            {Secrets: []string{"a", ""}},
		"needs both a user and a password": {User: "jira"},
		"jira.webhook_basic needs both":    {Password: "x", Secrets: []string{"a"}},
		"needs jira.allow":                 {Path: "x"},
		"addresses alone prove nothing":    {Allow: net, Secrets: []string{"a"}},
		"the last segment of the address":  {Path: "/webhooks/jira/x", Allow: net},
	} {
		if _, err := NewJira(access, JiraOptions{}); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%+v: %v, want %q", access, err, says)
		}
	}
}

// bySecret is the source as it is mounted where the address is a secret.
type bySecret struct{ *Jira }

func (bySecret) Path() string { return JiraSecretPath }
