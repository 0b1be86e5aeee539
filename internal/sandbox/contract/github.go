package contract

import (
	"bytes"
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/hereby/hereby/internal/testenv"
)

// GitHubExceptions are what specs/github-rest.json lacks.
var GitHubExceptions = append(missing(
	"/user", "/users/{username}", "/user/repos", "/meta", "/orgs/{org}/repos", "/orgs/{org}/installation", "/orgs/{org}/members/{username}",
	"/orgs/{org}/public_members/{username}", "/repos/{owner}/{repo}/installation", "/repos/{owner}/{repo}/assignees",
	"/repos/{owner}/{repo}/assignees/{assignee}", "/installation/repositories"),
	Exception{Method: http.MethodGet, Path: "/app/installations", Why: "it wants an account to be a user and an enterprise at once; one installation is checked"},
	Exception{Method: http.MethodPost, Path: "/graphql", Why: "GraphQL has a schema of its own"},
	Exception{Method: "*", Path: "/repositories/…", Why: "where GitHub's redirects lead; undocumented"},
	Exception{Method: http.MethodPost, Path: "/repos/{owner}/{repo}/issues/{number}/labels", Body: isArray, Why: bareArray},
	Exception{Method: http.MethodPut, Path: "/repos/{owner}/{repo}/issues/{number}/labels", Body: isArray, Why: bareArray},
	Exception{Method: http.MethodPost, Path: "/app/installations/{id}/access_tokens", Body: isNull, Why: "ghinstallation sends null where it asks for nothing less than all"},
)

const bareArray = "the description's text allows an array of labels alone, which go-github sends; its schema does not"

func isArray(body []byte) bool { return bytes.HasPrefix(bytes.TrimSpace(body), []byte("[")) }

func isNull(body []byte) bool { return string(bytes.TrimSpace(body)) == "null" }

func missing(paths ...string) (es []Exception) {
	for _, p := range paths {
		es = append(es, Exception{Method: http.MethodGet, Path: p, Why: "not among the paths kept in the trimmed description"})
	}
	return es
}

var (
	loaded   = map[string]*Contract{}
	loadedMu sync.Mutex
)

// once loads a description once for all tests.
func once(path string, load func(path string) (*Contract, error)) (*Contract, error) {
	loadedMu.Lock()
	defer loadedMu.Unlock()
	if c := loaded[path]; c != nil {
		return c, nil
	}
	c, err := load(path)
	if err == nil {
		loaded[path] = c
	}
	return c, err
}

func loadGitHub(path string) (*Contract, error) { return Load(path, "basic-error", GitHubExceptions) }

// GitHub returns what a test wraps the sandbox's API in (its Options.Wrap):
// every exchange that breaks GitHub's description fails the test. Without the
// description the test goes on unchecked, except in continuous integration
// (HEREBY_CI=1), where it fails.
func GitHub(t testing.TB) func(http.Handler) http.Handler {
	t.Helper()
	return failing(t, GitHubTo(t))
}

// failing has the test fail of what a check reports.
func failing(t testing.TB, check func(h http.Handler, report func(error)) http.Handler) func(http.Handler) http.Handler {
	return func(h http.Handler) http.Handler {
		return check(h, func(err error) { t.Errorf("contract: %v", err) })
	}
}

// GitHubTo is GitHub for exchanges that no single test owns: violations go to
// report, which is called by one exchange of a handler at a time.
func GitHubTo(t testing.TB) func(h http.Handler, report func(error)) http.Handler {
	t.Helper()
	return to(t, "github-rest.json", loadGitHub)
}

// to loads a description from specs/. Without it exchanges go unchecked.
func to(t testing.TB, name string, load func(path string) (*Contract, error)) func(h http.Handler, report func(error)) http.Handler {
	t.Helper()
	dir := os.Getenv("HEREBY_SHARED")
	if dir == "" {
		dir = filepath.Join("..", "shared")
	}
	if !filepath.IsAbs(dir) {
		dir = filepath.Join(testenv.Root(t), dir)
	}
	c, err := once(filepath.Join(dir, "specs", name), load)
	if errors.Is(err, ErrAbsent) && os.Getenv("HEREBY_CI") != "1" {
		t.Logf("exchanges are not checked: %v", err)
		return func(h http.Handler, _ func(error)) http.Handler { return h }
	}
	if err != nil {
		t.Fatal(err)
	}
	return c.Handler
}
