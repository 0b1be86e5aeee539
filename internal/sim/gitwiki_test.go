package sim

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/hereby/hereby/internal/reconcile"
	"github.com/hereby/hereby/internal/sandbox/host"
	sandbox "github.com/hereby/hereby/internal/sandbox/wiki"
	"github.com/hereby/hereby/internal/testenv"
	"github.com/hereby/hereby/internal/wiki/git"
)

// gitWiki is a library in git, as GitHub keeps it beside a repository.
type gitWiki struct {
	dir   string
	host  *sandbox.Server
	repo  *sandbox.Repo
	clock *clock

	taken string // the text of a page that was deleted

	fault fault // of the request under way
	by    time.Duration
	late  *host.Clock
}

// newGitWiki builds it, with a first page, as GitHub wants one.
func newGitWiki(c *clock) (library, error) {
	dir, err := os.MkdirTemp(fast(), "hereby-sim-wiki-")
	if err != nil {
		return nil, err
	}
	g := &gitWiki{dir: dir, clock: c, late: host.NewClock(c.Now, time.Second, nil)}
	if g.host, err = sandbox.New(dir); err == nil {
		if g.repo, err = g.host.Create(shop+".wiki.git", "master"); err == nil {
			err = g.save("erin", "Home", "# The shop\n")
		}
	}
	if err != nil {
		g.close()
	}
	return g, err
}

func (g *gitWiki) handler() http.Handler                       { return g }
func (g *gitWiki) settles(*http.Request) (time.Duration, bool) { return time.Minute, false }
func (g *gitWiki) close()                                      { os.RemoveAll(g.dir) }

func (g *gitWiki) adapter(transport http.RoundTripper) reconcile.Wiki {
	return git.New(git.Options{
		Remote: git.Beside(home + "/api/v3"), Name: "Hereby", Mail: "hereby@acme.example",
		Clock: g.clock.Now, Sleep: g.clock.sleep, Jitter: func() float64 { return 0 }, Transport: transport,
	})
}

// step names what is asked for by the service: what is fetched is only read.
func (g *gitWiki) step(req *http.Request) string {
	method := req.Method
	if strings.HasSuffix(req.URL.Path, "/git-upload-pack") {
		method = http.MethodGet
	}
	return method + " " + req.URL.RequestURI()
}

func (g *gitWiki) befall(f fault, by time.Duration) { g.fault, g.by = f, by }

// ServeHTTP implements http.Handler.
func (g *gitWiki) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	switch g.fault {
	case failBefore:
		http.Error(w, "Internal Server Error", http.StatusInternalServerError)
	case failAfter:
		g.host.ServeHTTP(httptest.NewRecorder(), req)
		http.Error(w, "Bad Gateway", http.StatusBadGateway)
	case dropBefore:
		panic(http.ErrAbortHandler)
	case lostReply:
		g.host.ServeHTTP(httptest.NewRecorder(), req)
		panic(http.ErrAbortHandler)
	case late:
		body, _ := io.ReadAll(req.Body) // it is in memory
		req = req.Clone(context.Background())
		req.Body = io.NopCloser(bytes.NewReader(body))
		g.late.Later(g.by, func() { g.host.ServeHTTP(httptest.NewRecorder(), req) })
		panic(http.ErrAbortHandler)
	case tooMany:
		w.Header().Set("Retry-After", "60")
		http.Error(w, "Too Many Requests", http.StatusTooManyRequests)
	default:
		g.host.ServeHTTP(w, req)
	}
}

func (g *gitWiki) settle() { g.late.CatchUp() }

func (g *gitWiki) sheets() (list []sheet, err error) {
	tree, err := g.repo.Tree()
	delete(tree, "Home.md") // which is no page of ours
	for _, path := range slices.Sorted(maps.Keys(tree)) {
		kept, e := g.repo.Read(path)
		if e != nil {
			return nil, e
		}
		list = append(list, sheet{name: strings.TrimSuffix(path, ".md"), kept: kept})
	}
	return list, err
}

func (g *gitWiki) edit(who, page string, e edit) (prose []string, err error) {
	text, err := g.repo.Read(page + ".md")
	if err != nil {
		return nil, err
	}
	for heading, below := range e.below {
		before, after, found := strings.Cut(text, "## "+heading+"\n")
		if !found {
			return nil, fmt.Errorf("there is no heading %q on %s", heading, page)
		}
		text = before + "## " + heading + "\n\n" + below + "\n" + after
		if !strings.HasPrefix(below, "- ") {
			prose = append(prose, below)
		}
	}
	for i := 0; i < len(e.words); i += 2 {
		if !strings.Contains(text, e.words[i]) {
			return nil, fmt.Errorf("there is no %q on %s", e.words[i], page)
		}
		text = strings.Replace(text, e.words[i], e.words[i+1], 1)
	}
	return prose, g.save(who, page, text)
}

func (g *gitWiki) SetLag(time.Duration)     {} // there are none
func (g *gitWiki) fates() []fault           { return []fault{renamed, deleted, returned} }
func (g *gitWiki) follows() []fault         { return nil }
func (g *gitWiki) named(text string) string { return text }

// take: what was renamed is another file, and of a deleted one nothing is left
// but its history.
func (g *gitWiki) take(who, page string, what fault) (left string, err error) {
	if g.taken, err = g.repo.Read(page + ".md"); err != nil {
		return "", err
	}
	changes := []sandbox.Change{{Path: page + ".md", Delete: true}}
	if what == renamed {
		left = g.taken
		changes = append(changes, sandbox.Change{Path: otherFile, Text: left})
	}
	_, err = g.repo.Commit(g.author(who), "Took away "+page, changes...)
	return left, err
}

var otherFile = strings.ReplaceAll(otherTitle, " ", "-") + ".md"

func (g *gitWiki) left(_ string, what fault) (string, error) {
	if what != renamed {
		return "", nil
	}
	return g.repo.Read(otherFile)
}

func (g *gitWiki) restore(who, page string) error { return g.save(who, page, g.taken) }

func (g *gitWiki) author(who string) sandbox.Author {
	return sandbox.Author{Name: who, Mail: who + "@acme.example", At: g.clock.Now()}
}

func (g *gitWiki) save(who, page, text string) error {
	_, err := g.repo.Commit(g.author(who), "Updated "+page, sandbox.Change{Path: page + ".md", Text: text})
	return err
}

// hasGit reports whether there is git on the machine.
var hasGit = sync.OnceValue(func() bool {
	_, err := sandbox.New(os.TempDir())
	return err == nil
})

// Without git GitHub's pages are kept in Confluence.
func TestGitHubsPagesAreInGit(t *testing.T) {
	if !hasGit() {
		testenv.Missing(t, "git with its http-backend; the simulation keeps GitHub's pages in Confluence instead")
	}
}
