package main_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/hereby/hereby/internal/marker"
	"github.com/hereby/hereby/internal/sandbox/contract"
	sandbox "github.com/hereby/hereby/internal/sandbox/github"
	wikihost "github.com/hereby/hereby/internal/sandbox/wiki"
	"github.com/hereby/hereby/internal/testenv"
)

// These tests run the built binary against a tracker in this process, and
// kill, restart and pause it while people act. However that goes, the world at
// the end is the one of a run in which nothing went wrong.

func TestKilledAtRandomOnBolt(t *testing.T) {
	t.Parallel()
	play(t, func(tn *town) {
		p := tn.start("bolt:" + filepath.Join(t.TempDir(), "hereby.db"))
		tn.disturb = func(r *rand.Rand) { p.kill(); p.restart() }
	})
}

func TestKilledAtRandomOnRedis(t *testing.T) {
	t.Parallel()
	store := redis(t)
	play(t, func(tn *town) {
		p := tn.start(store)
		tn.disturb = func(r *rand.Rand) { p.kill(); p.restart() }
	})
}

func TestTwoReplicasOnOneRedis(t *testing.T) {
	t.Parallel()
	store := redis(t)
	play(t, func(tn *town) {
		both := []*process{tn.start(store), tn.start(store)}
		tn.disturb = func(r *rand.Rand) { p := both[r.IntN(2)]; p.kill(); p.restart() }
	})
}

func TestAReplicaPausedPastItsLease(t *testing.T) {
	t.Parallel()
	store := redis(t)
	play(t, func(tn *town) {
		both := []*process{tn.start(store), tn.start(store)}
		tn.s.SetFault(pauseAtCreate(both))
	})
}

// pauseAtCreate stops the first process that creates a ticket while it waits
// for the answer, until another has long taken over its key.
func pauseAtCreate(all []*process) func(*http.Request, int) sandbox.Fault {
	var once sync.Once
	return func(r *http.Request, _ int) sandbox.Fault {
		if r.Method == http.MethodPost && strings.HasSuffix(r.URL.Path, "/repos/"+repo+"/issues") {
			once.Do(func() {
				i := slices.IndexFunc(all, func(p *process) bool { return strings.HasSuffix(r.Header.Get("Authorization"), p.token) })
				all[i].signal(syscall.SIGSTOP)
				time.AfterFunc(lease+5*time.Second, func() { all[i].signal(syscall.SIGCONT) })
			})
		}
		return sandbox.Fault{}
	}
}

// lease is how long a pass may take; see reconcile.Options.
const lease = time.Minute

// patience bounds each step: a settle window, a lease, and some more.
const patience = 4 * time.Minute

const repo = "acme/shop"

// play acts the story on a town that arrange has staffed with processes, and
// compares the world at the end with what it must be.
func play(t *testing.T, arrange func(*town)) {
	tn := newTown(t)
	arrange(tn)
	stop := tn.disturbances(rand.New(rand.NewPCG(1, uint64(time.Now().UnixNano()))))
	head := tn.story()
	stop()
	tn.until("a quiet end", func() error { return tn.compare(head) })
}

type town struct {
	t       *testing.T
	s       *sandbox.Server
	url     string
	bin     string
	disturb func(*rand.Rand)
	wikis   *wikihost.Server // nil: there is none
	wiki    *wikihost.Repo

	mu        sync.Mutex
	processes []*process
}

func newTown(t *testing.T) *town {
	tn := &town{t: t, bin: binary(t)}
	tn.s = sandbox.New(sandbox.Options{Wrap: contract.GitHub(t)})
	server := httptest.NewServer(http.HandlerFunc(tn.front))
	tn.url = server.URL
	tn.s.SetURL(tn.url)
	t.Cleanup(func() { tn.s.Close(); server.Close() })
	tn.s.AddOrg("acme", "alice", "bob", "carol")
	tn.s.AddRepo(repo)
	for _, who := range []string{"alice", "bob", "carol", "hereby-bot"} {
		tn.s.SetRole(repo, who, sandbox.Write)
	}
	return tn
}

// story returns the incident's number once it is closed for good.
func (tn *town) story() int {
	alice, bob := tn.s.As("alice"), tn.s.As("bob")
	head := tn.must(alice.OpenIssue(repo, "Checkout is down", "Nobody can pay."))
	tn.check(alice.Label(repo, head, "incident"))
	tn.until("the board", tn.shows(head, "say/board"))
	tn.comment("alice", head, "/ops @bob\n/comms @carol")
	tn.until("the crew's tickets", func() error {
		return tn.missing(tn.slots(head), "role/command", "role/communications", "role/operations/bob")
	})
	tn.comment("bob", head, "/action turned it off and on again")
	tn.comment("carol", head, "/followup Alert on the queue @bob\n/followup Bound the pool @carol")
	tn.comment("alice", head, "/restored")
	tn.until("follow-ups", func() error {
		if n := strings.Count(strings.Join(tn.slots(head), " "), "follow/"); n != 2 {
			return fmt.Errorf("%d follow-ups", n)
		}
		return nil
	})
	if tn.wiki != nil {
		tn.page(head)
	}
	tn.check(bob.Close(repo, head, "completed"))
	tn.until("the reopening", func() error {
		if i := tn.s.Issue(repo, head); i.State != "open" {
			return fmt.Errorf("it is %s", i.State)
		}
		return tn.shows(head, "say/gate/")()
	})
	for _, i := range tn.s.Issues() {
		if i.Number != head {
			tn.check(tn.s.As("carol").Close(repo, i.Number, "completed"))
		}
	}
	tn.until("the close", func() error {
		if i := tn.s.Issue(repo, head); i.State != "closed" {
			if len(tn.open(head)) == 0 && !tn.asked(head) {
				tn.comment("alice", head, closing)
			}
			return fmt.Errorf("it is %s; open: %v", i.State, tn.open(head))
		}
		return tn.shows(head, "say/closed/")()
	})
	return head
}

// closing is what command says in the end.
const closing = "/review done\n/close"

// asked reports whether that waits for its answer.
func (tn *town) asked(head int) bool {
	all := tn.s.Comments(repo, head)
	for _, c := range slices.Backward(all) {
		if c.Body == closing {
			return len(c.Reactions) == 0 || c.Reactions[0].Content == "rocket"
		}
	}
	return false
}

func (tn *town) open(head int) (titles []string) {
	for _, i := range tn.s.Issues() {
		if i.Number != head && i.State == "open" {
			titles = append(titles, i.Title)
		}
	}
	return titles
}

// compare says how the world differs from what it must be.
func (tn *town) compare(head int) error {
	want := []string{"role/command", "role/communications", "role/operations/bob"}
	slots := tn.slots(head)
	if err := tn.missing(slots, want...); err != nil {
		return err
	}
	follow := 2
	if tn.wiki != nil {
		if err := tn.compareWiki(head); err != nil {
			return err
		}
		follow++
	}
	if len(slots) != len(want)+follow {
		return fmt.Errorf("there are tickets %v", slots)
	}
	comments := tn.said(head)
	if twice := doubled(comments); len(twice) > 0 {
		return fmt.Errorf("said twice: %v", twice)
	}
	i := tn.s.Issue(repo, head)
	for _, l := range []string{"incident", "hereby", "hereby/closed"} {
		if !slices.Contains(i.Labels, l) {
			return fmt.Errorf("the label %s is missing in %v", l, i.Labels)
		}
	}
	if len(i.Children) != len(want)+follow {
		return fmt.Errorf("%d sub-issues: %v", len(i.Children), i.Children)
	}
	for _, c := range tn.s.Comments(repo, head) {
		if strings.HasPrefix(c.Body, "/") && len(c.Reactions) != 1 {
			return fmt.Errorf("%q carries %v", c.Body, c.Reactions)
		}
	}
	return nil
}

// slots returns the slots of our tickets that are not closed as duplicates.
func (tn *town) slots(head int) (slots []string) {
	for _, i := range tn.s.Issues() {
		m, _, ok := marker.Take(i.Body)
		if ok && i.Number != head && (i.StateReason == nil || *i.StateReason != "duplicate") {
			slots = append(slots, string(m.Slot))
		}
	}
	slices.Sort(slots)
	return slots
}

// said returns the slots of our comments.
func (tn *town) said(head int) (slots []string) {
	for _, c := range tn.s.Comments(repo, head) {
		if m, _, ok := marker.Take(c.Body); ok && c.Author == "hereby-bot" {
			slots = append(slots, string(m.Slot))
		}
	}
	slices.Sort(slots)
	return slots
}

func doubled(list []string) (twice []string) {
	for i := 1; i < len(list); i++ {
		if list[i] == list[i-1] {
			twice = append(twice, list[i])
		}
	}
	return twice
}

func (tn *town) missing(have []string, want ...string) error {
	for _, w := range want {
		if !slices.Contains(have, w) {
			return fmt.Errorf("%s is missing in %v", w, have)
		}
	}
	return nil
}

// shows looks for a comment of ours in a slot that begins so.
func (tn *town) shows(head int, slot string) func() error {
	return func() error {
		said := tn.said(head)
		if !slices.ContainsFunc(said, func(s string) bool { return strings.HasPrefix(s, slot) }) {
			return fmt.Errorf("%s is missing in %v", slot, said)
		}
		return nil
	}
}

func (tn *town) until(what string, holds func() error) {
	tn.t.Helper()
	var err error
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(100 * time.Millisecond) {
		if err = holds(); err == nil {
			return
		}
	}
	tn.t.Fatalf("%s never came: %v\n%s", what, err, tn.logs())
}

func (tn *town) comment(who string, head int, text string) {
	tn.t.Helper()
	_, err := tn.s.As(who).Comment(repo, head, text)
	tn.check(err)
}

func (tn *town) must(n int, err error) int {
	tn.t.Helper()
	tn.check(err)
	return n
}

func (tn *town) check(err error) {
	tn.t.Helper()
	if err != nil {
		tn.t.Fatal(err)
	}
}

// disturbances runs disturb now and then, a bounded number of times, until
// the function it returns is called.
func (tn *town) disturbances(r *rand.Rand) (stop func()) {
	ctx, cancel := context.WithCancel(tn.t.Context())
	done := make(chan struct{})
	go func() {
		defer close(done)
		for range 12 {
			if tn.disturb == nil {
				return
			}
			select {
			case <-ctx.Done():
				return
			case <-time.After(200*time.Millisecond + time.Duration(r.IntN(1800))*time.Millisecond):
				tn.disturb(r)
			}
		}
	}()
	return func() { cancel(); <-done }
}

// process is one running Hereby.
type process struct {
	tn     *town
	token  string // its own, by which the tracker tells replicas apart
	config string
	port   int
	log    *os.File

	mu  sync.Mutex
	cmd *exec.Cmd
}

// start runs a Hereby on a store, to which the tracker delivers.
func (tn *town) start(store string) *process {
	tn.t.Helper()
	p := &process{tn: tn, token: tn.s.Token("hereby-bot"), port: freePort(tn.t)}
	dir := tn.t.TempDir()
	p.config = filepath.Join(dir, "hereby.yaml")
	tn.check(os.WriteFile(p.config, fmt.Appendf(nil, `
listen: 127.0.0.1:%d
store: %s
github:
  url: %s/api/v3
  token: ${HEREBY_TEST_TOKEN}
  webhook_secrets: ["the secret of this test"]
  repos: [acme/shop]
  wiki: {enabled: %t}
policy:
  sweep_every: 1m
`, p.port, store, tn.url, tn.wiki != nil), 0o600))
	var err error
	p.log, err = os.Create(filepath.Join(dir, "log"))
	tn.check(err)
	tn.s.AddHook(repo, fmt.Sprintf("http://127.0.0.1:%d/webhooks/github", p.port), "the secret of this test")
	tn.mu.Lock()
	tn.processes = append(tn.processes, p)
	tn.mu.Unlock()
	p.restart()
	tn.t.Cleanup(func() { p.signal(syscall.SIGCONT); p.kill() })
	return p
}

func (p *process) restart() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.cmd = exec.Command(p.tn.bin, "serve", "--config", p.config)
	p.cmd.Env = append(os.Environ(), "HEREBY_TEST_TOKEN="+p.token)
	p.cmd.Stdout, p.cmd.Stderr = p.log, p.log
	if err := p.cmd.Start(); err != nil {
		p.tn.t.Error(err)
	}
}

func (p *process) kill() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.cmd != nil {
		p.cmd.Process.Kill()
		p.cmd.Wait()
		p.cmd = nil
	}
}

func (p *process) signal(s syscall.Signal) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.cmd != nil {
		p.cmd.Process.Signal(s)
	}
}

// logs returns the last of what the processes logged.
func (tn *town) logs() string {
	var b strings.Builder
	for _, p := range tn.processes {
		text, _ := os.ReadFile(p.log.Name())
		if len(text) > 6000 {
			text = text[len(text)-6000:]
		}
		fmt.Fprintf(&b, "--- port %d\n%s\n", p.port, text)
	}
	return b.String()
}

// binary builds the program once.
var binary = func() func(*testing.T) string {
	var once sync.Once
	var path string
	var err error
	return func(t *testing.T) string {
		t.Helper()
		once.Do(func() {
			var dir string
			if dir, err = os.MkdirTemp("", "hereby-e2e-"); err != nil {
				return
			}
			path = filepath.Join(dir, "hereby")
			var out []byte
			if out, err = exec.Command("go", "build", "-o", path, ".").CombinedOutput(); err != nil {
				err = fmt.Errorf("%w\n%s", err, out)
			}
		})
		if err != nil {
			t.Fatal(err)
		}
		return path
	}
}()

// redis starts a Redis of the test's own and returns its address as a store.
func redis(t *testing.T) string {
	t.Helper()
	server := testenv.RedisServer(t)
	port := freePort(t)
	cmd := exec.Command(server, "--port", fmt.Sprint(port), "--bind", "127.0.0.1", "--save", "", "--dir", t.TempDir())
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { cmd.Process.Kill(); cmd.Wait() })
	return fmt.Sprintf("redis://127.0.0.1:%d/0", port)
}

func freePort(t *testing.T) int {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port
}
