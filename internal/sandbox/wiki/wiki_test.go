package wiki

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/hereby/hereby/internal/testenv"
)

func host(t *testing.T) (*Server, *httptest.Server) {
	t.Helper()
	s, err := New(t.TempDir())
	if errors.Is(err, ErrNoGit) {
		testenv.Missing(t, "git with its http-backend")
	}
	must(t, err)
	server := httptest.NewServer(s)
	t.Cleanup(server.Close)
	return s, server
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

var alice = Author{"Alice", "alice@acme.example", time.Unix(1_700_000_000, 0)}

// status asks for the references of a repository.
func status(t *testing.T, base, user, password, repo, service string) (int, string) {
	t.Helper()
	req, err := http.NewRequest(http.MethodGet, base+"/"+repo+"/info/refs?service="+service, nil)
	must(t, err)
	if user != "" {
		req.SetBasicAuth(user, password)
	}
	resp, err := http.DefaultClient.Do(req)
	must(t, err)
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	must(t, err)
	return resp.StatusCode, string(body)
}

func TestWhoMayDoWhat(t *testing.T) {
	s, server := host(t)
	_, err := s.Create("acme/shop.wiki.git", "master")
	must(t, err)
	const read, write = "git-upload-pack", "git-receive-pack"
	check := func(user, password, repo, service string, want int) {
		t.Helper()
		if got, body := status(t, server.URL, user, password, repo, service); got != want {
			t.Errorf("%s as %q of %s: %d %s, want %d", service, user, repo, got, body, want)
		}
	}
	check("", "", "acme/shop.wiki.git", write, 200) // nobody has an account: open
	s.User("reader", "r", false)
	s.User("writer", "w", true)
	check("", "", "acme/shop.wiki.git", read, 401)
	check("reader", "wrong", "acme/shop.wiki.git", read, 401)
	check("reader", "r", "acme/shop.wiki.git", read, 200)
	check("reader", "r", "acme/shop.wiki.git", write, 403)
	check("writer", "w", "acme/shop.wiki.git", write, 200)
	check("writer", "w", "acme/none.wiki.git", read, 404)
	check("writer", "w", "acme/../../x.git", read, 404)
}

func TestFaults(t *testing.T) {
	s, server := host(t)
	_, err := s.Create("x.git", "master")
	must(t, err)
	s.Fault(func(*http.Request) Fault {
		return Fault{Status: 503, Header: http.Header{"Retry-After": {"7"}}, Body: "busy"}
	})
	resp, err := http.Get(server.URL + "/x.git/info/refs?service=git-upload-pack")
	must(t, err)
	body, _ := io.ReadAll(resp.Body)
	resp.Body.Close()
	if resp.StatusCode != 503 || resp.Header.Get("Retry-After") != "7" || string(body) != "busy" {
		t.Errorf("got %v %q", resp, body)
	}
	s.Fault(func(*http.Request) Fault { return Fault{Lose: true} })
	if _, err := http.Get(server.URL + "/x.git/info/refs?service=git-upload-pack"); err == nil {
		t.Error("there is an answer")
	}
	s.Fault(nil)
	var seen []string
	s.Before(func(r *http.Request) { seen = append(seen, r.Method) })
	if code, _ := status(t, server.URL, "", "", "x.git", "git-upload-pack"); code != 200 || !slices.Equal(seen, []string{"GET"}) {
		t.Errorf("%d, saw %v", code, seen)
	}
}

func TestCommitsArePeoples(t *testing.T) {
	s, _ := host(t)
	r, err := s.Create("x.git", "main")
	must(t, err)
	if _, err := r.Head(); err == nil {
		t.Error("an empty repository has a head")
	}
	first, err := r.Commit(alice, "First", Change{Path: "A page.md", Text: "a\r\n\xff"}, Change{Path: "run.sh", Text: "#!", Mode: "100755"},
		Change{Path: "link", Text: "run.sh", Mode: "120000"}, Change{Path: "sub", Text: strings.Repeat("ab", 20), Mode: "160000"})
	must(t, err)
	second, err := r.Commit(alice, "Second", Change{Path: "run.sh", Delete: true}, Change{Path: "d/b.md", Text: ""})
	must(t, err)
	if head, _ := r.Head(); head != second || first == second {
		t.Errorf("at %s after %s and %s", head, first, second)
	}
	text, err := r.Read("A page.md")
	must(t, err)
	tree, err := r.Tree()
	must(t, err)
	log, err := r.Log()
	must(t, err)
	if text != "a\r\n\xff" || !slices.Equal(log, []string{"Alice: Second", "Alice: First"}) {
		t.Errorf("got %q, %q", text, log)
	}
	if got, want := slices.Sorted(maps.Keys(tree)), []string{"A page.md", "d/b.md", "link", "sub"}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	if !strings.HasPrefix(tree["link"], "120000 ") || !strings.HasPrefix(tree["sub"], "160000 ") {
		t.Errorf("got %v", tree)
	}
}

func TestCommitsAtOnceLoseNothing(t *testing.T) {
	s, _ := host(t)
	r, err := s.Create("x.git", "main")
	must(t, err)
	_, err = r.Commit(alice, "m", Change{Path: "x", Text: "x"})
	must(t, err)
	var all sync.WaitGroup
	for k := range 4 {
		all.Go(func() {
			if _, err := r.Commit(alice, "m", Change{Path: fmt.Sprint(k), Text: "x"}); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if tree, err := r.Tree(); err != nil || len(tree) != 5 {
		t.Errorf("got %v, %v", tree, err)
	}
}

func TestHooks(t *testing.T) {
	s, server := host(t)
	r, err := s.Create("x.git", "main")
	must(t, err)
	_, err = r.Commit(alice, "m", Change{Path: "x", Text: "x"})
	must(t, err)
	must(t, r.Hook("update", "exit 1"))
	clone := filepath.Join(t.TempDir(), "clone")
	git := func(args ...string) error { _, err := r.Git("", args...); return err }
	must(t, git("clone", "-q", server.URL+"/x.git", clone))
	must(t, os.WriteFile(filepath.Join(clone, "y"), []byte("y"), 0o644))
	in := []string{"-C", clone, "--git-dir", filepath.Join(clone, ".git"), "--work-tree", clone, "-c", "user.name=Bob", "-c", "user.email=b@x.example"}
	must(t, git(append(in, "add", "y")...))
	must(t, git(append(in, "commit", "-qm", "m")...))
	if err := git(append(in, "push", "-q")...); err == nil || !strings.Contains(err.Error(), "hook declined") {
		t.Errorf("got %v", err)
	}
	must(t, r.Hook("update", ""))
	must(t, git(append(in, "push", "-q")...))
	if text, _ := r.Read("y"); text != "y" {
		t.Errorf("got %q", text)
	}
}

func TestWithoutGit(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	if _, err := New(t.TempDir()); !errors.Is(err, ErrNoGit) {
		t.Errorf("got %v", err)
	}
}
