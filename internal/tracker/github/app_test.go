package github

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/hereby/hereby/internal/httpx"
	"github.com/hereby/hereby/internal/incident"
	"github.com/hereby/hereby/internal/marker"
	sandbox "github.com/hereby/hereby/internal/sandbox/github"
)

// sent is the Authorization header of the last request of an app lab.
var sent string

// newAppLab is a lab in which we act as a GitHub App, installed on two owners.
func newAppLab(t *testing.T, opt sandbox.Options) (*lab, int64) {
	t.Helper()
	key := must(rsa.GenerateKey(rand.Reader, 2048))
	text := pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(key)})
	l := newLab(t, opt, func(o *Options) {
		o.Token, o.App, o.Authors = nil, &App{ID: 7, Key: text}, []string{"hereby"}
		o.Secrets = new(httpx.Secrets)
		o.Transport = httpx.RoundTripperFunc(func(req *http.Request) (*http.Response, error) {
			sent = req.Header.Get("Authorization")
			return http.DefaultTransport.RoundTrip(req)
		})
	})
	l.AddApp(sandbox.App{ID: 7, Slug: "hereby-app", Owner: "acme", Key: &key.PublicKey})
	l.Install(7, "other", nil)
	return l, l.Install(7, "acme", nil, shop, "acme/web")
}

func TestActingAsAnApp(t *testing.T) {
	l, installation := newAppLab(t, sandbox.Options{})
	head := l.open("x", "")
	on := l.see(head)
	l.do(on,
		incident.Say{Slot: incident.Board, Text: "board"},
		incident.Create{Slot: "role/command", Place: shop, Title: "t", Parent: head, Assignees: []incident.Person{"alice"}},
		incident.Create{Slot: "follow/1.0", Place: "other/place", Title: "t"},
	)
	s := l.see(head, func(look *incident.Look) { look.Places = []string{"other/place"} })
	if len(s.Tickets) != 2 || len(s.Comments) != 1 || !s.Comments[0].Ours || s.Comments[0].Author != "hereby-app[bot]" {
		t.Errorf("tickets %v, comments %+v", refs(s.Tickets), s.Comments)
	}
	if st := s.People["hereby-app[bot]"]; !st.Bot || st.Trusted {
		t.Errorf("we are %+v", st)
	}
	login, isApp, _, err := l.WhoAmI(t.Context())
	if login != "hereby-app[bot]" || !isApp || err != nil {
		t.Errorf("%s %v %v", login, isApp, err)
	}
	a := must(l.account(t.Context(), shop))
	req := must(a.NewRequest("GET", "user", nil))
	if _, err := a.Do(t.Context(), req, nil); err == nil || l.opt.Secrets.Redact(sent) == sent {
		t.Errorf("an installation's token is shown: %q, %v", sent, err)
	}
	l.Uninstall(installation)
	l.clock.Advance(time.Hour)
	if _, err := l.look(head); err == nil || !strings.Contains(err.Error(), "not installed") {
		t.Errorf("not installed any more: %v", err)
	}
	if r := l.one(on, incident.Say{Slot: incident.Board, Text: "x"}); r.Outcome != incident.Refused && r.Outcome != incident.Deferred {
		t.Errorf("not installed any more: %v %v", r.Outcome, r.Err)
	}
}

// Going from a person's token to an App's changes nothing about what is ours.
func TestFromATokenToAnApp(t *testing.T) {
	l, _ := newAppLab(t, sandbox.Options{})
	head := l.open("x", "")
	board := l.say("hereby", head, marker.Put("board", marker.Mark{ID: l.see(head).ID, Slot: incident.Board}))
	s := l.see(head)
	if !comment(t, s, board).Ours {
		t.Error("what we wrote under the token is not ours")
	}
	l.opt.Authors = nil
	l.restart()
	if s = l.see(head); comment(t, s, board).Ours {
		t.Error("an account that is not in authors passes for ours")
	}
}

func TestAppPatterns(t *testing.T) {
	// The description lacks GET /users/{username}/installation, and so does the
	// sandbox, which then answers as if nobody of that name had installed it.
	missing := func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if strings.HasPrefix(r.URL.Path, "/users/") && strings.HasSuffix(r.URL.Path, "/installation") {
				http.NotFound(w, r)
				return
			}
			next.ServeHTTP(w, r)
		})
	}
	l, _ := newAppLab(t, sandbox.Options{Wrap: missing})
	l.opt.Repos = []string{"other/*", shop}
	l.restart()
	got, err := l.Repos(t.Context())
	if err != nil || !slices.Equal(got, []string{"other/place", shop}) {
		t.Errorf("%v %v", got, err)
	}
	l.opt.Repos = []string{"nobody/*", shop}
	l.restart()
	if got, err := l.Repos(t.Context()); err == nil || !slices.Equal(got, []string{shop}) {
		t.Errorf("one pattern cannot be listed: %v %v", got, err)
	}
}

func TestNewChecksItsOptions(t *testing.T) {
	good := Options{Token: Static("x"), Repos: []string{shop}}
	if _, err := New(good); err != nil {
		t.Fatal(err)
	}
	for text, change := range map[string]func(*Options){
		"expected https://api.github.com": func(o *Options) { o.BaseURL = "api.github.com" },
		"exactly one":                     func(o *Options) { o.Token = nil },
		"exactly one of the two":          func(o *Options) { o.App = &App{} },
		"private key of App 7":            func(o *Options) { o.Token, o.App = nil, &App{ID: 7, Key: []byte("x")} },
		"expected OWNER/NAME":             func(o *Options) { o.Repos = []string{"acme"} },
		"\"acme/..\"":                     func(o *Options) { o.Repos = []string{"acme/.."} },
		"no GitHub repository":            func(o *Options) { o.Repos = nil },
	} {
		o := good
		change(&o)
		if _, err := New(o); err == nil || !strings.Contains(err.Error(), text) {
			t.Errorf("%v, want %q", err, text)
		}
	}
}

func TestGraphQLAddress(t *testing.T) {
	for base, want := range map[string]string{
		"":                             "https://api.github.com/graphql",
		"https://api.github.com/":      "https://api.github.com/graphql",
		"https://ghe.example/api/v3":   "https://ghe.example/api/graphql",
		"https://ghe.example/x/api/v3": "https://ghe.example/x/api/graphql",
	} {
		tr := must(New(Options{BaseURL: base, Token: Static("x"), Repos: []string{shop}}))
		if got := tr.graphql(); got != want {
			t.Errorf("%q: %s, want %s", base, got, want)
		}
	}
}

// What an App is told of is a setting of the App, and not of its webhook.
func TestAnAppsHook(t *testing.T) {
	l, _ := newAppLab(t, sandbox.Options{})
	l.SetAppHook(7, "https://hereby.example/webhooks/github", "s3cret", "issues", "issue_comment")
	hooks, err := l.Hooks(t.Context(), shop)
	if err != nil || len(hooks) != 1 || !slices.Equal(hooks[0].Events, []string{"issues", "issue_comment"}) || !hooks[0].Active || !hooks[0].Secret {
		t.Errorf("%+v %v", hooks, err)
	}
}
