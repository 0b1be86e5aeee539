// Package github observes and changes incidents on GitHub, on github.com and
// on Enterprise Server alike. It holds no rule about incidents: Observe reads
// everything that hangs on one head into a snapshot, Apply carries out what
// somebody else decided, List tells what changed in a repository.
//
// It goes through go-github v60 with its own transports below
// ([github.com/hereby/hereby/internal/httpx]) and with requests built by hand
// for what that version does not know: sub-issues, dependencies, duplicates.
//
// An observation costs few requests, and next to nothing while nothing
// changed: every address it reads is the same from one time to the next, so
// that the ETag cache answers; what concerns people and repositories rather
// than the incident is remembered for ten minutes.
//
// What a server cannot do is found out by asking it, never by its version:
//   - no sub-issues (Enterprise Server has no REST for them): our tickets say
//     "Part of #12" instead, which is hidden from the rules again;
//   - no dependencies: a link that cannot be made is left to the order that
//     asked for it;
//   - no reactions: Caps.Acks is false and the rules reply instead.
package github

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/hereby/hereby/internal/httpx"
	"github.com/hereby/hereby/internal/incident"
)

// Name is this tracker's name in keys.
const Name = "github"

const (
	// settle is how long GitHub's lists may hide an issue that exists.
	settle = 60 * time.Second
	// known is how long we believe what we were told of people and repositories.
	known = 10 * time.Minute
	// maxChildren leaves room below the 100 sub-issues that GitHub allows one
	// issue, closed ones included, for those people attach by hand.
	maxChildren = 95
)

var settling = incident.Settling{Comments: settle, Duties: settle, Tickets: settle}

// Options set up a [Tracker]. Only Repos and one of Token and App are needed.
type Options struct {
	// BaseURL is https://api.github.com (the default) or https://HOST/api/v3.
	BaseURL string
	// Token returns a personal access token. See [Static].
	Token func(context.Context) (string, error)
	// App authenticates as a GitHub App instead, with one installation per owner.
	App *App
	// Transport carries requests out; nil means http.DefaultTransport.
	Transport http.RoundTripper
	// Timeout ends a request; 0 means 20 s. It must end before a lease does.
	Timeout time.Duration
	// Clock tells the time; nil means time.Now.
	Clock func() time.Time
	// Sleep waits out moments of up to 2 s between requests. Without it every
	// wait becomes *incident.NotYet, which is right under a virtual clock.
	Sleep func(context.Context, time.Duration) error

	Repos   []string // served: "acme/shop", "acme/*"
	Public  bool     // serve public repositories too
	Label   string   // the label that declares; "" means "incident"
	Authors []string // accounts we wrote under before a change of token

	CacheBytes int // of answers; 0 means 64 MB
	Log        *slog.Logger
	Secrets    *httpx.Secrets // learns our tokens; may be nil
	Metrics    Metrics
}

// Metrics are told what happens; each may be nil.
type Metrics struct {
	Request   func(method string, status int) // one request went out; 0: no answer
	Remaining func(identity string, n int)    // what is left of an account's hourly budget
	Applied   func(kind, outcome string)      // one action's fate
}

// App is a GitHub App's identity.
type App struct {
	ID  int64
	Key []byte // the private key, PEM
}

// Static returns a token function for a token that never changes.
func Static(token string) func(context.Context) (string, error) {
	return func(context.Context) (string, error) { return token, nil }
}

// Tracker is GitHub. It is safe for concurrent use; keep one for the life of
// the process, since it holds the cache and the pacing of each account.
type Tracker struct {
	opt     Options
	base    *url.URL
	lower   http.RoundTripper // below credentials: counting, bounds, network
	cache   *httpx.Cache
	log     *slog.Logger
	served  patterns
	authors map[incident.Person]bool

	mu       sync.Mutex
	accounts map[int64]*account // by installation; 0: the token
	app      *account           // as the App itself
	labelled map[string]bool    // "repo\nlabel" known to exist

	installs  *httpx.Memo[int64]
	repos     *httpx.Memo[repository]
	standings *httpx.Memo[incident.Standing]
	rosters   *httpx.Memo[roster]
	closers   *httpx.Memo[incident.Closed]
	originals *httpx.Memo[incident.Ref]
	talks     *httpx.Memo[bool] // closed and locked tickets that became discussions
	childless *httpx.Memo[bool]
	selves    *httpx.Memo[self]
	owned     *httpx.Memo[[]repository]
}

// New checks the options and returns a tracker. It makes no request.
func New(opt Options) (*Tracker, error) {
	defaults(&opt)
	base, err := url.Parse(strings.TrimSuffix(opt.BaseURL, "/") + "/")
	if err != nil || base.Host == "" || base.Scheme != "https" && base.Scheme != "http" {
		return nil, fmt.Errorf("%q is not the address of a GitHub API: expected https://api.github.com, or https://HOST/api/v3 for an Enterprise Server", opt.BaseURL)
	}
	if (opt.Token == nil) == (opt.App == nil) {
		return nil, errors.New("GitHub needs either a token or an App, and exactly one of the two")
	}
	served, err := parsePatterns(opt.Repos)
	if err != nil {
		return nil, err
	}
	t := &Tracker{
		opt: opt, base: base, log: opt.Log, served: served,
		cache:    httpx.NewCache(opt.CacheBytes),
		authors:  map[incident.Person]bool{},
		accounts: map[int64]*account{},
		labelled: map[string]bool{},
	}
	for _, a := range opt.Authors {
		t.authors[incident.PersonOf(a)] = true
	}
	t.memos()
	t.lower = httpx.Counted(&httpx.Bound{Next: opt.Transport, Timeout: opt.Timeout}, opt.Metrics.Request)
	if opt.App != nil {
		if t.app, err = t.appAccount(); err != nil {
			return nil, err
		}
	}
	return t, nil
}

func defaults(opt *Options) {
	if opt.BaseURL == "" {
		opt.BaseURL = "https://api.github.com"
	}
	if opt.Clock == nil {
		opt.Clock = time.Now
	}
	if opt.Label == "" {
		opt.Label = "incident"
	}
	if opt.Log == nil {
		opt.Log = slog.New(slog.DiscardHandler)
	}
	if opt.Secrets == nil {
		opt.Secrets = new(httpx.Secrets)
	}
	if opt.Transport == nil {
		opt.Transport = http.DefaultTransport
	}
}

// memos makes what is remembered between observations.
func (t *Tracker) memos() {
	clock := t.opt.Clock
	t.installs = httpx.NewMemo[int64](clock, known, 10_000)
	t.repos = httpx.NewMemo[repository](clock, known, 10_000)
	t.standings = httpx.NewMemo[incident.Standing](clock, known, 50_000)
	t.rosters = httpx.NewMemo[roster](clock, known, 1_000)
	t.closers = httpx.NewMemo[incident.Closed](clock, 24*time.Hour, 50_000)
	t.originals = httpx.NewMemo[incident.Ref](clock, 24*time.Hour, 10_000)
	t.talks = httpx.NewMemo[bool](clock, 24*time.Hour, 50_000)
	t.childless = httpx.NewMemo[bool](clock, known, 10)
	t.selves = httpx.NewMemo[self](clock, 24*time.Hour, 1_000)
	t.owned = httpx.NewMemo[[]repository](clock, known, 1_000)
}
