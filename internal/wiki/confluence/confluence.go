// Package confluence keeps post-mortems as pages of a Confluence space, Cloud
// (REST v2, and v1 for what v2 lacks) or Data Center (v1).
//
// # A lens
//
// The core speaks Markdown in which our blocks stand between markers and items
// carry suffixes; a page is storage format, which is XML. [Wiki.Read] reads the
// one as the other, and [Wiki.Put] carries the difference between what the
// plan saw and what it wants over to the XML: an element is replaced, an anchor
// set, a word exchanged. All other bytes stay, whatever they are: macros that
// nobody knows here, inline comments, attributes. What cannot be carried so is
// refused with words, and what was carried is read again before it is sent.
//
//	xml.go     storage format with where everything stands
//	read.go    its flow, lists and tables as Markdown; inline.go: its words
//	spell.go   signs that would be markup; mark.go: the anchors of items
//	place.go   which of its elements are our blocks
//	memory.go  the Markdown of our blocks, remembered in a page property
//	render.go  Markdown as storage format; mention.go: the people in it
//	carry.go   a difference between texts as edits of the storage; amend.go: in a line
//
// XML comments do not survive Confluence's editor, and neither do ids and
// attributes. So a block is known by what it says: its elements, and the rows
// of its tables and lists, are those whose letters and digits are the ones that
// we wrote. What somebody changed or put between them is theirs and stays. An
// item's mark is an anchor, hereby-item-HASH, which the editor keeps.
//
// # Writing
//
// A page's property holds our texts before the page does, beside those that
// stand there still, and which version is to hold them; so a crash between the
// two leaves nothing unknown, and a version that was not foretold is a person's.
// A page is written only as the version after the one that was read; who comes
// second reads again. New pages begin without blocks, for the same reason.
//
// Data Center tells those who watch a page of what is published, and of nothing
// else that we write. Version 2 of Cloud's API knows no version that is kept
// quiet: there the plan's calm between two writes is all that spares them.
//
// Pages are found by title, by id once it is known, and by a label of ours
// where people gave another title. The ledger's mirror and the twin are
// attachments of the page, named by numbers. A page that people renamed, or
// moved within the space or out of it, is theirs to place: it is followed.
//
// Several pages are written one after the other, each by itself: first the
// post-mortem, below an index that is made empty where there is none, then the
// index with its line, then the files. Whoever stops in between leaves pages
// that are right as far as they go; what is missing is found missing at the
// next look.
package confluence

import (
	"context"
	"encoding/base64"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/hereby/hereby/internal/httpx"
	"github.com/hereby/hereby/internal/incident"
)

// Options set up a [Wiki]. URL, Token and Space are required.
type Options struct {
	// URL is where the REST paths begin: https://SITE.atlassian.net/wiki, or the
	// gateway's https://api.atlassian.com/ex/confluence/ID/wiki; on Data Center
	// the address of the home page.
	URL string
	// DataCenter says which edition answers there.
	DataCenter bool
	// User and Token are an account's mail address and API token (Cloud), or
	// the token alone (a scoped token through the gateway; Data Center).
	User, Token string
	// Space returns the key of the space that keeps the pages of a place.
	Space func(place string) string
	// Parent is the id of the page below which the index is created; "": the
	// space's top. Post-mortems are created below the index.
	Parent string
	// Authors are further accounts whose changes count as ours, by id.
	Authors []string
	// People are who is meant by what people call each other here: aliases of
	// the tracker's ids, both without "@".
	People map[incident.Person]incident.Person

	Clock     func() time.Time                           // nil: time.Now
	Sleep     func(context.Context, time.Duration) error // between tries; nil: real
	Transport http.RoundTripper                          // nil: http.DefaultTransport
	Log       *slog.Logger                               // nil: silent

	MaxBytes int           // of one page or attachment; 0: 5 MB, as on Cloud
	Tries    int           // of one page before it is put off; 0: 5
	Timeout  time.Duration // of one request; 0: 20 s
}

// Wiki reads and writes pages. Safe for concurrent use.
type Wiki struct {
	opt     Options
	server  server
	client  *client
	secrets httpx.Secrets

	// What is remembered of a page or file goes by its space and name.
	selves *httpx.Memo[account] // by ""
	spaces *httpx.Memo[space]   // by key
	users  *httpx.Memo[string]  // their names, by the key of their account
	ids    *httpx.Memo[string]  // of pages
	names  *httpx.Memo[string]  // of pages, by space and title, where people gave them another
	texts  *httpx.Memo[known]   // of pages
	files  *httpx.Memo[file]
	hidden *httpx.Memo[problem] // pages whose titles are taken by what we cannot see
}

// How much is remembered, of which only texts are large, and for how long.
const (
	manyNames = 20_000
	manyTexts = 300
	whileNew  = time.Hour
	whileUsed = 30 * 24 * time.Hour
)

// known is how a page reads.
type known struct {
	version int    // of its property
	storage string // its digest
	// given is how exactly this storage reads; if we wrote it, as the text that
	// we were given, however it would be spelled.
	given string
}

// New returns a Wiki.
func New(opt Options) *Wiki {
	if opt.Clock == nil {
		opt.Clock = time.Now
	}
	if opt.Sleep == nil {
		opt.Sleep = httpx.Sleep
	}
	if opt.Transport == nil {
		opt.Transport = http.DefaultTransport
	}
	if opt.Log == nil {
		opt.Log = slog.New(slog.DiscardHandler)
	}
	if opt.MaxBytes <= 0 {
		opt.MaxBytes = 5_000_000
	}
	if opt.Tries <= 0 {
		opt.Tries = 5
	}
	opt.URL = strings.TrimRight(opt.URL, "/")
	w := &Wiki{
		opt:    opt,
		selves: httpx.NewMemo[account](opt.Clock, whileNew, 1),
		spaces: httpx.NewMemo[space](opt.Clock, whileNew, manyNames),
		users:  httpx.NewMemo[string](opt.Clock, whileUsed, manyNames),
		ids:    httpx.NewMemo[string](opt.Clock, whileUsed, manyNames),
		names:  httpx.NewMemo[string](opt.Clock, whileUsed, manyNames),
		texts:  httpx.NewMemo[known](opt.Clock, whileUsed, manyTexts),
		files:  httpx.NewMemo[file](opt.Clock, whileUsed, manyTexts),
		hidden: httpx.NewMemo[problem](opt.Clock, hiddenFor, manyNames),
	}
	w.secrets.Add(opt.Token)
	w.client = newClient(opt, &w.secrets)
	if opt.DataCenter {
		w.server = dataCenter{w.client}
	} else {
		w.server = cloud{w.client}
	}
	return w
}

// authorization returns the header of that name.
func (o Options) authorization() string {
	if o.User == "" || o.DataCenter {
		return "Bearer " + o.Token
	}
	return "Basic " + base64.StdEncoding.EncodeToString([]byte(o.User+":"+o.Token))
}

// host returns the host of the address, and whether it is one we can use.
func (o Options) host() (string, bool) {
	u, err := url.Parse(o.URL)
	if err != nil || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Scheme != "https" && u.Scheme != "http" {
		return "", false
	}
	return u.Host, true
}
