// Package git keeps pages in a wiki that is a git repository: the wiki of a
// repository, or any other git remote over HTTP.
//
// Nothing is kept on disk. [Wiki.Get] asks the remote for its revision and
// fetches only when that is news; [Wiki.Update] fetches, lets a pure function
// edit the freshest texts, and pushes one commit on top of exactly the revision
// it read. The remote takes that commit or refuses it, so there is nothing to
// merge and nothing to force: after any failed push the update starts over from
// a fresh fetch, and since it compares texts first, a push whose answer was
// lost is recognised as done. Two writers lose nothing, in one process or in
// two.
//
// Commits are made from git objects, without a work tree: the entries of a
// tree that we do not write are copied as they are, whatever they are.
// Submodules, symbolic links, odd modes, and bytes in any encoding stay.
// go-git does the protocol and the packs.
//
// A fetch is shallow: enough commits to tell who edited a page last. Where the
// remote can leave out file contents (git's partial clone), only those of the
// pages asked for are fetched, so that a wiki full of pictures costs little.
//
// What stands in the way is a [*Problem]: its Kind lets a board name the ways
// out, its words are for a person. No error and no log line carries a secret.
package git

import (
	"context"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/hereby/hereby/internal/httpx"
)

// Options set up a [Wiki]. Only Mail is required.
type Options struct {
	// Remote returns the address of the git repository that holds the wiki of
	// a place (a repository such as "acme/shop", or a project). Userinfo in it
	// serves as credentials where Auth gives none, and is never shown. Nil:
	// the repository's own wiki on github.com; see [Beside] and [Fixed].
	Remote func(place string) string
	// PageURL returns the address under which people read a page. Nil: as
	// beside a repository's wiki, and "" for other remotes.
	PageURL func(place, name string) string
	// Auth returns the credentials for a place. Nil, or an empty password: as
	// in the remote's address, else none.
	Auth func(ctx context.Context, place string) (user, password string, err error)

	// Name and Mail make the author of our commits. A commit with this mail
	// address is ours.
	Name, Mail string

	Clock     func() time.Time                           // nil: time.Now
	Sleep     func(context.Context, time.Duration) error // between tries; nil: real
	Jitter    func() float64                             // in [0,1); nil: random
	Transport http.RoundTripper                          // nil: http.DefaultTransport
	Log       *slog.Logger                               // nil: silent

	MaxBytes int64         // of one page; 0: 5 MB
	MaxClone int64         // of what one fetch may transfer; 0: 64 MB. Unpacked it may be four times that
	History  int           // how many commits back a page's last editor is looked for; 0: 20
	Tries    int           // of one update before it is put off; 0: 5
	Timeout  time.Duration // of one request, its answer included; 0: 60 s
}

// Wiki reads and writes pages. Safe for concurrent use.
type Wiki struct {
	opt   Options
	cache cache

	mu    sync.Mutex
	sites map[string]*site // by address without credentials
}

// site is what we know of one remote. Reading and writing each have a lock:
// readers share what one of them fetched, and writers of this process would
// only get in each other's way.
type site struct {
	read, write chan struct{}

	mu    sync.Mutex
	whole bool // single files cannot be fetched here, whatever it says
}

// New returns a Wiki.
func New(opt Options) *Wiki {
	if opt.Remote == nil {
		opt.Remote = Beside("https://api.github.com")
	}
	if opt.PageURL == nil {
		remote := opt.Remote
		opt.PageURL = func(place, name string) string { return pageURL(remote(place), name) }
	}
	if opt.Clock == nil {
		opt.Clock = time.Now
	}
	if opt.Sleep == nil {
		opt.Sleep = httpx.Sleep
	}
	if opt.Jitter == nil {
		opt.Jitter = rand.Float64
	}
	if opt.Transport == nil {
		opt.Transport = http.DefaultTransport
	}
	if opt.Log == nil {
		opt.Log = slog.New(slog.DiscardHandler)
	}
	orDefault(&opt.MaxBytes, 5_000_000)
	orDefault(&opt.MaxClone, 64_000_000)
	orDefault(&opt.History, 20)
	orDefault(&opt.Tries, 5)
	orDefault(&opt.Timeout, time.Minute)
	opt.Name, opt.Mail = headerWord(opt.Name), headerWord(opt.Mail)
	return &Wiki{opt: opt, sites: map[string]*site{}}
}

func orDefault[T int | int64 | time.Duration](v *T, d T) {
	if *v <= 0 {
		*v = d
	}
}

// headerWord takes out what would end or split a line of a commit's header.
func headerWord(s string) string {
	return strings.TrimSpace(strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f || r == '<' || r == '>' {
			return -1
		}
		return r
	}, s))
}

func (w *Wiki) site(address string) *site {
	w.mu.Lock()
	defer w.mu.Unlock()
	s := w.sites[address]
	if s == nil {
		s = &site{read: make(chan struct{}, 1), write: make(chan struct{}, 1)}
		w.sites[address] = s
	}
	return s
}

// take waits for a lock, which the returned function gives back.
func take(ctx context.Context, lock chan struct{}) (release func(), err error) {
	select {
	case lock <- struct{}{}:
		return func() { <-lock }, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}
