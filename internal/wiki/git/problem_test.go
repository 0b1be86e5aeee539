package git_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/hereby/hereby/internal/incident"
	sandbox "github.com/hereby/hereby/internal/sandbox/wiki"
	"github.com/hereby/hereby/internal/wiki/git"
)

func TestWikiWithoutAPage(t *testing.T) {
	hosts(t, func(w *world) {
		for _, p := range []*git.Problem{w.readProblem(git.Uninitialised), w.writeProblem(git.Uninitialised)} {
			if !strings.Contains(p.Error(), "save a first page") || !strings.Contains(p.Error(), "wiki.url") {
				w.t.Errorf("%q does not name the ways out", p)
			}
		}
	})
}

func TestDefaultBranchWithoutACommit(t *testing.T) {
	w := newWorld(t, true)
	w.save(sandbox.Change{Path: "Page.md", Text: "x"})
	must(t, second(w.repo.Git("", "update-ref", "refs/heads/main", w.head())))
	must(t, second(w.repo.Git("", "update-ref", "-d", "refs/heads/master")))
	w.readProblem(git.Uninitialised)
	w.writeProblem(git.Uninitialised)
}

func TestMissingRepository(t *testing.T) {
	w := newWorld(t, true)
	w.with(func(o *git.Options) { o.Remote = git.Fixed(w.url + "/nobody/nothing.wiki.git") })
	for _, p := range []*git.Problem{w.readProblem(git.Missing), w.writeProblem(git.Missing)} {
		for _, word := range []string{"/nobody/nothing.wiki.git", "first page", "/postmortem URL", "wiki.enabled: false", "Repository not found."} {
			if !strings.Contains(p.Error(), word) {
				t.Errorf("%q lacks %q", p, word)
			}
		}
	}
}

func TestWrongPassword(t *testing.T) {
	w := newWorld(t, true)
	w.save(sandbox.Change{Path: "Page.md", Text: "x"})
	w.with(func(o *git.Options) { o.Auth = credentials("bot", "wrong-"+secret) })
	w.readProblem(git.Denied)
	w.writeProblem(git.Denied)
	w.with(func(o *git.Options) { o.Auth = nil })
	w.readProblem(git.Denied)
}

func TestReadOnlyToken(t *testing.T) {
	w := newWorld(t, true)
	w.save(sandbox.Change{Path: "Page.md", Text: "x"})
	w.host.User("reader", secret, false)
	w.with(func(o *git.Options) { o.Auth = credentials("reader", secret) })
	if w.page("Page").Text != "x" {
		t.Error("cannot read")
	}
	w.writeProblem(git.ReadOnly)
	if len(w.slept) != 0 {
		t.Errorf("tried again after %v", w.slept)
	}
}

func TestHookThatRejects(t *testing.T) {
	for _, hook := range []string{"pre-receive", "update"} {
		w := newWorld(t, true)
		w.save(sandbox.Change{Path: "Page.md", Text: "x"})
		must(t, w.repo.Hook(hook, "echo 'GH006: Protected branch update failed.' >&2; exit 1"))
		p := w.writeProblem(git.Rejected)
		if !strings.Contains(p.Error(), "Protected branch update failed") || !strings.Contains(p.Error(), "hook declined") {
			t.Errorf("%q does not say what the server said", p)
		}
		if len(w.slept) != 1 {
			t.Errorf("tried again after %v", w.slept)
		}
		must(t, w.repo.Hook(hook, ""))
		w.update(put("Incidents", "ours"))
	}
}

func TestRejectionThatIsARaceIsNone(t *testing.T) {
	w := newWorld(t, true)
	w.save(sandbox.Change{Path: "Page.md", Text: "x"})
	flag := t.TempDir() + "/once"
	must(t, w.repo.Hook("update", "test -e "+flag+" || { touch "+flag+"; exit 1; }"))
	w.update(put("Incidents", "ours"))
}

func TestPassingFailures(t *testing.T) {
	for name, f := range map[string]struct {
		fault sandbox.Fault
		until time.Duration
	}{
		"busy":     {sandbox.Fault{Status: 503, Header: http.Header{"Retry-After": {"300"}}}, 5 * time.Minute},
		"broken":   {sandbox.Fault{Status: 500, Body: "oops"}, time.Minute},
		"gateway":  {sandbox.Fault{Status: 502, Body: "<html><h1>Bad Gateway</h1></html>"}, time.Minute},
		"too many": {sandbox.Fault{Status: 429, Header: http.Header{"Retry-After": {"120"}}}, 2 * time.Minute},
		"limit":    {sandbox.Fault{Status: 403, Header: http.Header{"Retry-After": {"120"}}}, 2 * time.Minute},
		"breaks":   {sandbox.Fault{Lose: true}, time.Minute},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, true)
			w.save(sandbox.Change{Path: "Page.md", Text: "x"})
			w.host.Fault(func(*http.Request) sandbox.Fault { return f.fault })
			for _, p := range []*git.Problem{w.readProblem(git.Unreachable), w.writeProblem(git.Unreachable)} {
				var notYet *incident.NotYet
				if errors.As(p, &notYet); !notYet.Until.Equal(start.Add(time.Minute + f.until)) {
					t.Errorf("not before %v", notYet.Until)
				}
				if strings.Contains(p.Error(), "<h1>") {
					t.Errorf("markup in %q", p)
				}
			}
		})
	}
}

func TestPushThatFailsAgainAndAgain(t *testing.T) {
	w := newWorld(t, true)
	w.save(sandbox.Change{Path: "Page.md", Text: "x"})
	pushes := 0
	w.host.Fault(func(r *http.Request) sandbox.Fault {
		if sandbox.IsPush(r) {
			pushes++
			return sandbox.Fault{Status: 500}
		}
		return sandbox.Fault{}
	})
	w.writeProblem(git.Unreachable)
	if pushes != 5 {
		t.Errorf("%d pushes", pushes)
	}
}

func TestNobodyAnswers(t *testing.T) {
	w := newWorld(t, true)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	l.Close()
	w.with(func(o *git.Options) {
		o.Auth = nil
		o.Remote = git.Fixed("http://bot:" + secret + "@" + l.Addr().String() + "/x.git")
	})
	w.readProblem(git.Unreachable)
	w.writeProblem(git.Unreachable)
}

func TestSilenceHasAnEnd(t *testing.T) {
	w := newWorld(t, true)
	hang := make(chan struct{})
	mute := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		select {
		case <-hang:
		case <-r.Context().Done():
		}
	}))
	defer mute.Close()
	defer close(hang)
	w.with(func(o *git.Options) {
		o.Remote = git.Fixed(mute.URL + "/x.git")
		o.Timeout = 20 * time.Millisecond
	})
	w.readProblem(git.Unreachable)
}

func TestWhatIsNoGitServer(t *testing.T) {
	for name, h := range map[string]http.HandlerFunc{
		"login page": func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, "<html>Log in, "+secret+"</html>") },
		"nothing":    func(w http.ResponseWriter, r *http.Request) {},
		"downgrade": func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "ftp://elsewhere.example/info/refs", http.StatusFound)
		},
		"endless": func(w http.ResponseWriter, r *http.Request) {
			for range 100 {
				w.Write(make([]byte, 4096))
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			server := httptest.NewServer(h)
			defer server.Close()
			w := newWorld(t, true)
			w.with(func(o *git.Options) { o.Remote, o.MaxClone = git.Fixed(server.URL+"/x.git"), 100_000 })
			want := git.Unintelligible
			if name == "endless" {
				want = git.TooLarge
			}
			w.readProblem(want)
		})
	}
}

func TestAddressesThatAreNone(t *testing.T) {
	w := newWorld(t, true)
	for _, address := range []string{"", "git@host:acme/shop.wiki.git", "file:///etc", "ssh://" + secret + "@host/x.git", "https://bot:" + secret + "@ho st/", "https:///x.git", w.url + "/acme/shop.wiki.git?private_token=" + secret} {
		w.with(func(o *git.Options) { o.Remote = git.Fixed(address) })
		p := w.readProblem(git.Misconfigured)
		if !strings.Contains(p.Error(), "wiki.url") {
			t.Errorf("%q", p)
		}
	}
}

func TestWikiThatIsTooLarge(t *testing.T) {
	w := newWorld(t, false)
	for k := range 3 { // a history that is larger than what it leads to
		noise := strings.Repeat(fmt.Sprintf("%x", k*7919), 1)
		w.save(sandbox.Change{Path: "Page.md", Text: noise + random(60_000, uint32(k))})
	}
	w.with(func(o *git.Options) { o.MaxClone = 100_000 })
	if p := w.page("Page"); !p.Exists || !p.Edited.IsZero() {
		t.Errorf("the last revision alone is not read: %v", p.Edited)
	}
	w.save(sandbox.Change{Path: "image.png", Text: random(200_000, 9)})
	w.readProblem(git.TooLarge)
	w.writeProblem(git.TooLarge)
}

func TestSmallPackOfAHugeFile(t *testing.T) {
	w := newWorld(t, false)
	w.save(sandbox.Change{Path: "zeros.bin", Text: strings.Repeat("\x00", 1_000_000)}, sandbox.Change{Path: "Page.md", Text: "x"})
	w.with(func(o *git.Options) { o.MaxClone = 100_000 })
	w.readProblem(git.TooLarge)
	w.with(func(o *git.Options) { o.MaxClone = 300_000 })
	w.page("Page")
}

func TestSmallPackOfManyLargeFiles(t *testing.T) {
	w := newWorld(t, false)
	base := random(100_000, 1)
	var changes []sandbox.Change
	for k := range 6 { // stored as one file and five small differences
		changes = append(changes, sandbox.Change{Path: fmt.Sprintf("%d.bin", k), Text: base + fmt.Sprint(k)})
	}
	w.save(changes...)
	must(t, second(w.repo.Git("", "repack", "-adq")))
	w.with(func(o *git.Options) { o.MaxClone = 120_000 })
	w.readProblem(git.TooLarge)
	w.with(func(o *git.Options) { o.MaxClone = 160_000 })
	w.page("Page")
}

// A few small trees can describe more files than there are atoms.
func TestTreesWithoutEnd(t *testing.T) {
	hosts(t, func(w *world) {
		w.save(sandbox.Change{Path: strings.Repeat("d/", 60) + "Page.md", Text: "x"})
		if p := w.page("Page"); p.Text != "x" {
			w.t.Errorf("got %+v", p)
		}
		w.save(sandbox.Change{Path: strings.Repeat("d/", 70) + "x.md", Text: "x"})
		w.readProblem(git.TooLarge)

		blob, err := w.repo.Git("x", "hash-object", "-w", "--stdin")
		must(w.t, err)
		line := "100644 blob " + strings.TrimSpace(blob)
		for range 8 {
			var list strings.Builder
			for k := range 10 {
				fmt.Fprintf(&list, "%s\tx%d\n", line, k)
			}
			tree, err := w.repo.Git(list.String(), "mktree")
			must(w.t, err)
			line = "040000 tree " + strings.TrimSpace(tree)
		}
		commit, err := w.repo.Git("bomb", "-c", "user.name=Bob", "-c", "user.email=b@x.example", "commit-tree", strings.Fields(line)[2])
		must(w.t, err)
		must(w.t, second(w.repo.Git("", "update-ref", "refs/heads/master", strings.TrimSpace(commit))))
		w.readProblem(git.TooLarge)
	})
}

// random returns n bytes that do not compress.
func random(n int, seed uint32) string {
	b := make([]byte, n)
	for i, x := 0, seed*2654435761+1; i < n; i++ {
		x = x*1664525 + 1013904223
		b[i] = byte(x >> 24)
	}
	return string(b)
}

func TestNoCredentialsToBeHad(t *testing.T) {
	w := newWorld(t, true)
	until := start.Add(17 * time.Minute)
	w.with(func(o *git.Options) {
		o.Auth = func(context.Context, string) (string, string, error) {
			return "", "", &incident.NotYet{Until: until, Err: errors.New("x")}
		}
	})
	var notYet *incident.NotYet
	if p := w.readProblem(git.Unreachable); !errors.As(p, &notYet) || !notYet.Until.Equal(until) {
		t.Errorf("got %v", notYet)
	}
	w.with(func(o *git.Options) {
		o.Auth = func(context.Context, string) (string, string, error) { return "", "", errors.New("no App") }
	})
	if p := w.readProblem(git.Unreachable); !strings.Contains(p.Error(), "no App") {
		t.Errorf("%q does not say why", p)
	}
}

// A server may echo what it was sent; an address may hold credentials.
// A renamed repository answers with a redirect; credentials go no further
// than the host they are for.
// A remote that offers to hand out single files, and then does not.
func TestPickingThatFailsIsGivenUp(t *testing.T) {
	w := newWorld(t, true)
	w.save(sandbox.Change{Path: "Page.md", Text: "x"})
	posts := 0
	w.host.Fault(func(r *http.Request) sandbox.Fault {
		if r.Method != http.MethodPost || sandbox.IsPush(r) {
			return sandbox.Fault{}
		}
		if posts++; posts == 2 { // the first is the clone without contents
			return sandbox.Fault{Status: http.StatusOK, Body: "0031ERR upload-pack: not our ref 0123456789abcdef"}
		}
		return sandbox.Fault{}
	})
	w.update(line("Page", "ours"))
	if w.read("Page.md") != "xours\n" || posts != 3 {
		t.Errorf("%q after %d fetches", w.read("Page.md"), posts)
	}
	if w.page("Page"); posts != 4 { // not asked again
		t.Errorf("%d fetches", posts)
	}
}
