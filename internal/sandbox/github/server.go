package github

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/hereby/hereby/internal/sandbox/host"
)

// Options set up a [Server]. The zero value is github.com on the real clock,
// without disturbances, with webhooks delivered in the background.
type Options struct {
	// Clock tells the time; nil means time.Now.
	Clock func() time.Time
	// URL is where the Handler is reached, such as "http://127.0.0.1:8090".
	// Links in answers and payloads then lead there: pages at URL, the API at
	// URL/api/v3. Empty: links name github.com and api.github.com.
	URL string

	// GHES makes the server an older Enterprise Server: no REST for sub-issues
	// and dependencies, no reactions, no rate limits, and a version in /meta.
	GHES bool
	// NoSubIssues takes away the REST of sub-issues and dependencies alone.
	NoSubIssues bool
	// NoReactions takes away reactions alone.
	NoReactions bool

	// Lag is how long lists hide what was created or changed. Reading one
	// thing by its number or id shows it at once.
	Lag time.Duration
	// Limits are the rate limits; the zero value is GitHub's primary limit and
	// no secondary ones.
	Limits Limits
	// Fault, if set, decides what goes wrong with the n-th API request
	// (counted from 1 over the life of the server). Requests may come at
	// once: it must be safe for that.
	Fault func(r *http.Request, n int) Fault
	// Wrap, if set, is put around the API handler, at its root: the place for
	// a validator of exchanges.
	Wrap func(http.Handler) http.Handler

	// Wiki returns the pages of a repository's wiki, for a visitor; nil: none.
	Wiki func(repo string) []WorldPage

	// Deliver says how webhooks go out.
	Deliver Mode
	// Transport carries webhooks out; nil means a default one with GitHub's
	// timeout of 10 s.
	Transport http.RoundTripper
}

// Server is one GitHub. Its methods may be called from any goroutine.
type Server struct {
	*host.Outbox[delivery]
	host.Counter

	opt      Options
	web, api string // bases of links, without a trailing slash
	root     http.Handler

	mu        sync.Mutex
	clock     *host.Clock
	nextID    int64
	guids     int64
	secrets   int64
	users     map[string]*user
	teams     map[string]*team // "org/slug"
	repos     map[string]*repo // "owner/name" in lower case
	repoIDs   map[int64]*repo
	renamed   map[string]*repo // former names
	issues    map[int64]*issue // by database id
	comment   map[int64]*comment
	events    map[int64]*event
	apps      map[int64]*app
	tokens    map[string]*identity
	used      map[string]*usage
	hooks     map[int64]*hook
	receivers *http.Client
}

// New returns an empty GitHub. Close it to stop its deliveries.
func New(opt Options) *Server {
	if opt.GHES {
		opt.NoSubIssues, opt.NoReactions = true, true
	}
	s := &Server{
		opt: opt, nextID: 2_910_000_000,
		users: map[string]*user{}, teams: map[string]*team{},
		repos: map[string]*repo{}, repoIDs: map[int64]*repo{}, renamed: map[string]*repo{},
		issues: map[int64]*issue{}, comment: map[int64]*comment{}, events: map[int64]*event{},
		apps: map[int64]*app{}, tokens: map[string]*identity{}, used: map[string]*usage{},
		hooks: map[int64]*hook{},
	}
	s.clock = host.NewClock(opt.Clock, time.Second, s.Settle)
	s.web, s.api = "https://github.com", "https://api.github.com"
	if opt.URL != "" {
		s.SetURL(opt.URL)
	}
	s.receivers = host.Receivers(opt.Transport, deliveryTimeout)
	s.Outbox = host.NewOutbox(opt.Deliver, s.Settle, s.send)
	s.root = s.newAPI()
	if opt.Wrap != nil {
		s.root = opt.Wrap(s.root)
	}
	return s
}

// SetURL changes Options.URL; call it before the first request, once a
// listener's address is known.
func (s *Server) SetURL(url string) {
	s.web = strings.TrimSuffix(url, "/")
	s.api = s.web + "/api/v3"
}

// SetLag changes Options.Lag for what is created or changed from now on.
func (s *Server) SetLag(d time.Duration) {
	defer s.lock()()
	s.opt.Lag = d
}

// SetFault changes Options.Fault; nil means that nothing goes wrong.
func (s *Server) SetFault(f func(r *http.Request, n int) Fault) {
	defer s.lock()()
	s.opt.Fault = f
}

// APIHandler serves the REST API at its root, as api.github.com does.
func (s *Server) APIHandler() http.Handler { return s.root }

// Handler serves the pages at /, the API below /api/v3/ and GraphQL at
// /api/graphql, as an Enterprise Server does.
func (s *Server) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("/api/v3/", under("/api/v3", s.root))
	mux.Handle("/api/graphql", under("/api", s.root))
	mux.Handle("/", s.WebHandler())
	return mux
}

// lock takes the mutex, applies effects that have fallen due, and returns the
// function that gives the mutex back.
func (s *Server) lock() (unlock func()) {
	s.mu.Lock()
	s.clock.CatchUp()
	return s.mu.Unlock
}

// now returns the time, in whole seconds, at which what happens now happens.
func (s *Server) now() time.Time { return s.clock.Now() }

// id returns a fresh database id: large, and never the number of an issue.
func (s *Server) id() int64 {
	s.nextID += 1009
	return s.nextID
}

// guid returns a fresh delivery GUID.
func (s *Server) guid() string {
	s.guids++
	return fmt.Sprintf("%08x-0000-11ef-8000-%012x", s.guids, s.guids*7919)
}
