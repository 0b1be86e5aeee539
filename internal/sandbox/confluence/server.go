package confluence

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/hereby/hereby/internal/sandbox/host"
)

// Options set up a [Server]. The zero value is Confluence Cloud on the real
// clock, without disturbances.
type Options struct {
	// DataCenter makes the server the other edition.
	DataCenter bool
	// Clock tells the time; nil means time.Now.
	Clock func() time.Time
	// URL is where the Handler is reached, such as "http://127.0.0.1:8091".
	// Links in answers lead there. Empty: they name https://acme.atlassian.net
	// or https://wiki.acme.example.
	URL string
	// Lag is how long searches hide a page that was changed.
	Lag time.Duration
	// MaxBody bounds a page's storage; zero means 5 MB, as on Cloud.
	MaxBody int
	// Fault, if set, decides what goes wrong with the n-th API request
	// (counted from 1 over the life of the server). It must be safe for
	// requests that come at once.
	Fault func(r *http.Request, n int) Fault
	// Wrap, if set, is put around Cloud's API of version 2, at its root: the
	// place for a validator of exchanges.
	Wrap func(http.Handler) http.Handler
}

// Server is one Confluence. Its methods may be called from any goroutine.
type Server struct {
	host.Counter

	opt  Options
	web  string // base of links, without a trailing slash
	root http.Handler

	mu     sync.Mutex
	clock  *host.Clock
	last   int64 // id
	users  []*user
	tokens map[string]*user
	spaces []*space
	pages  []*page
	before func(*http.Request)
}

// user is an account.
type user struct {
	name    string // by which tests know the person; Data Center's user name
	id      string // Cloud: the account id; Data Center: the user key
	display string
	email   string
}

// Right is what somebody may do in a space.
type Right int

// The rights: each holds the ones before it.
const (
	Nothing Right = iota
	View
	Edit // and create
)

type space struct {
	id, home int64
	key      string
	name     string
	archived bool
	rights   map[*user]Right // Edit, where nothing is said
}

// New returns an empty Confluence.
func New(opt Options) *Server {
	if opt.MaxBody == 0 {
		opt.MaxBody = 5_000_000
	}
	s := &Server{opt: opt, last: 98_000, tokens: map[string]*user{}}
	s.clock = host.NewClock(opt.Clock, time.Millisecond, s.Settle)
	s.web = "https://acme.atlassian.net"
	if opt.DataCenter {
		s.web = "https://wiki.acme.example"
	}
	if opt.URL != "" {
		s.SetURL(opt.URL)
	}
	s.root = s.routes()
	return s
}

// SetURL changes Options.URL; call it before the first request, once a
// listener's address is known.
func (s *Server) SetURL(url string) { s.web = strings.TrimSuffix(url, "/") }

// Handler serves the API and the pages.
func (s *Server) Handler() http.Handler { return s.root }

// API returns the address below which a client finds the REST paths.
func (s *Server) API() string { return s.web + s.prefix() }

func (s *Server) prefix() string {
	if s.opt.DataCenter {
		return ""
	}
	return "/wiki"
}

// SetFault changes Options.Fault; nil means that nothing goes wrong.
func (s *Server) SetFault(f func(r *http.Request, n int) Fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.opt.Fault = f
}

// SetLag changes Options.Lag.
func (s *Server) SetLag(d time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.opt.Lag = d
}

// Before has f called before each API request is looked at, for what is to
// happen at that moment; nil ends that.
func (s *Server) Before(f func(*http.Request)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.before = f
}

// AddUser adds people by their names; one that exists is left alone. They may
// edit in every space, until [Server.SetRight] says otherwise.
func (s *Server) AddUser(names ...string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, n := range names {
		s.user(n)
	}
}

// SetAccountID gives a person the id by which the tracker beside knows them.
func (s *Server) SetAccountID(name, id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.user(name).id = id
}

// AccountID returns a person's account id (Cloud) or user key (Data Center).
func (s *Server) AccountID(name string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.user(name).id
}

// Email returns a person's mail address: Cloud's user name for basic
// authentication.
func (s *Server) Email(name string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.user(name).email
}

// Token makes a token with which requests come from a person.
func (s *Server) Token(name string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	token := fmt.Sprintf("ATATT-sandbox-%s-%d", name, s.id())
	s.tokens[token] = s.user(name)
	return token
}

// user returns a person, who is added where unknown.
func (s *Server) user(name string) *user {
	for _, u := range s.users {
		if strings.EqualFold(u.name, name) {
			return u
		}
	}
	n := s.id()
	u := &user{name: name, id: fmt.Sprintf("712020:%08x-ac3e-4000-8000-%012x", n*7919, n), display: strings.ToUpper(name[:1]) + name[1:], email: strings.ToLower(name) + "@acme.example"}
	if s.opt.DataCenter {
		u.id = fmt.Sprintf("8a7f%028x", n)
	}
	s.users = append(s.users, u)
	return u
}

// AddSpace adds a space with its home page.
func (s *Server) AddSpace(key, name string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	sp := &space{id: s.id(), key: key, name: name, rights: map[*user]Right{}}
	s.spaces = append(s.spaces, sp)
	home := &page{id: s.id(), space: sp, title: name + " Home", status: current, properties: map[string]*property{}}
	home.versions = []version{{number: 1, by: s.user("admin"), at: s.now(), storage: "<p>Welcome.</p>"}}
	sp.home = home.id
	s.pages = append(s.pages, home)
}

// SetRight says what a person may do in a space.
func (s *Server) SetRight(name, key string, r Right) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.space(key).rights[s.user(name)] = r
}

// ArchiveSpace archives a space, or takes it out of the archive.
func (s *Server) ArchiveSpace(key string, on bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.space(key).archived = on
}

func (sp *space) status() string {
	if sp.archived {
		return archived
	}
	return current
}

// space returns the space of a key; naming none that is there is a mistake in
// the program.
func (s *Server) space(key string) *space {
	for _, sp := range s.spaces {
		if strings.EqualFold(sp.key, key) {
			return sp
		}
	}
	panic("sandbox: no space " + key)
}

// id returns a fresh id.
func (s *Server) id() int64 {
	s.last += 37
	return s.last
}

// now returns the time in milliseconds, as Confluence keeps it.
func (s *Server) now() time.Time { return s.clock.Now() }
