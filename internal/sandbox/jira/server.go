package jira

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/hereby/hereby/internal/sandbox/host"
)

// Edition is one of the two products that are called Jira.
type Edition int

// The editions.
const (
	Cloud Edition = iota
	DataCenter
)

// Options set up a [Server]. The zero value is Jira Cloud on the real clock,
// without disturbances, with webhooks delivered in the background.
type Options struct {
	// Edition is Cloud or DataCenter; Version is the latter's major version,
	// 9 or 10 (zero means 10). They differ in where webhooks are registered.
	Edition Edition
	Version int
	// Clock tells the time; nil means time.Now.
	Clock func() time.Time
	// URL is where the Handler is reached, such as "http://127.0.0.1:8090".
	// Links in answers and payloads then lead there. Empty: they name
	// https://acme.atlassian.net or https://jira.acme.example.
	URL string
	// Zone is that in which times are written; nil means UTC.
	Zone *time.Location
	// FieldNames renames system and custom fields, by id, as a localised
	// server does: {"customfield_10008": "Epos-Verknüpfung"}.
	FieldNames map[string]string

	// NoSubtasks switches sub-tasks off on a Data Center: there are no such
	// types, and searches know no "parent".
	NoSubtasks bool

	// Lag is how long searches hide what was created or changed. Reading one
	// issue by its key or id shows it at once; so does reconcileIssues.
	Lag time.Duration
	// Limits are the rate limits; the zero value is none.
	Limits Limits
	// MaxComments bounds the comments and the links of an issue, each: beyond
	// it, 413. Zero means 5,000 and 2,000, Cloud's own bounds.
	MaxComments, MaxLinks int
	// Fault, if set, decides what goes wrong with the n-th API request
	// (counted from 1 over the life of the server). Requests may come at
	// once: it must be safe for that.
	Fault func(r *http.Request, n int) Fault
	// Wrap, if set, is put around the API handler: the place for a validator
	// of exchanges.
	Wrap func(http.Handler) http.Handler

	// Deliver says how webhooks go out.
	Deliver Mode
	// Transport carries webhooks out; nil means a default one with Jira's
	// timeout of 20 s.
	Transport http.RoundTripper
}

// Server is one Jira. Its methods may be called from any goroutine.
type Server struct {
	*host.Outbox[delivery]
	host.Counter

	opt  Options
	web  string // base of links, without a trailing slash
	root http.Handler

	mu        sync.Mutex
	clock     *host.Clock
	ids       map[string]int64 // last id of each kind
	via       string           // while a request through the gateway is answered: its path
	users     map[string]*user // by name, in lower case
	accounts  map[string]*user // by account id or name, as written in requests
	groups    map[string]*group
	roles     []*role
	projects  map[string]*project // by key; former keys too
	types     map[int64]*issueType
	statuses  []*status
	resolved  []*resolution
	linkings  []*linkType
	fields    []*field
	issues    map[int64]*issue
	ordered   []*issue          // as they were created
	keys      map[string]*issue // by key; former keys too
	comment   map[int64]*comment
	links     map[int64]*link
	tokens    map[string]*user
	scoped    map[string]bool // tokens that only the gateway takes
	pace      pace
	hooks     map[int64]*hook
	receivers *http.Client
	replies   map[int]int // what receivers answered, by status; 0: nothing came
}

// New returns a Jira with its standard roles, resolutions and link types, and
// with no people and projects. Close it to stop its deliveries.
func New(opt Options) *Server {
	if opt.Zone == nil {
		opt.Zone = time.UTC
	}
	if opt.Version == 0 {
		opt.Version = 10
	}
	if opt.MaxComments == 0 {
		opt.MaxComments = 5000
	}
	if opt.MaxLinks == 0 {
		opt.MaxLinks = 2000
	}
	s := &Server{
		opt: opt, ids: map[string]int64{},
		users: map[string]*user{}, accounts: map[string]*user{}, groups: map[string]*group{},
		projects: map[string]*project{}, types: map[int64]*issueType{},
		issues: map[int64]*issue{}, keys: map[string]*issue{}, comment: map[int64]*comment{},
		links: map[int64]*link{}, tokens: map[string]*user{}, scoped: map[string]bool{}, hooks: map[int64]*hook{}, replies: map[int]int{}, pace: pace{},
	}
	s.clock = host.NewClock(opt.Clock, time.Millisecond, s.Settle)
	s.web = "https://acme.atlassian.net"
	if !s.cloud() {
		s.web = "https://jira.acme.example"
	}
	if opt.URL != "" {
		s.SetURL(opt.URL)
	}
	s.furnish()
	s.receivers = host.Receivers(opt.Transport, deliveryTimeout)
	s.Outbox = host.NewOutbox(opt.Deliver, s.Settle, s.send)
	s.root = s.newAPI()
	if opt.Wrap != nil {
		s.root = opt.Wrap(s.root)
	}
	return s
}

func (s *Server) cloud() bool { return s.opt.Edition == Cloud }

// SetURL changes Options.URL; call it before the first request, once a
// listener's address is known.
func (s *Server) SetURL(url string) { s.web = strings.TrimSuffix(url, "/") }

// SetFault changes Options.Fault; nil means that nothing goes wrong.
func (s *Server) SetFault(f func(r *http.Request, n int) Fault) {
	defer s.lock()()
	s.opt.Fault = f
}

// Handler serves the API below /rest/ and the pages elsewhere; on Cloud the API
// also as Atlassian's gateway does (gateway.go).
func (s *Server) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("/rest/", s.root)
	if s.cloud() {
		mux.Handle("/ex/jira/"+CloudID+"/", s.gateway())
		mux.HandleFunc("GET /_edge/tenant_info", tenantInfo)
	}
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

// now returns the time, in whole milliseconds, at which what happens now
// happens.
func (s *Server) now() time.Time { return s.clock.Now() }

// stamp writes a time as Jira does.
func (s *Server) stamp(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	return t.In(s.opt.Zone).Format("2006-01-02T15:04:05.000-0700")
}

// id returns a fresh id among things of a kind; each kind counts on its own,
// as Jira's tables do.
func (s *Server) id(kind string) int64 {
	if s.ids[kind] == 0 {
		s.ids[kind] = 10000
	}
	s.ids[kind]++
	return s.ids[kind]
}

// rest returns the address of a resource of the API, as who asks reaches it.
func (s *Server) rest(format string, args ...any) string {
	return s.web + s.via + "/rest/api/2/" + fmt.Sprintf(format, args...)
}
