package main_test

import (
	"context"
	"fmt"
	"math/rand/v2"
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

	"github.com/hereby/hereby/internal/incident"
	sandbox "github.com/hereby/hereby/internal/sandbox/github"
)

// These tests run the built binary against a tracker in this process, and
// kill, restart and pause it while people act. However that goes, the world at
// the end is the one of a run in which nothing went wrong.

func TestKilledAtRandomOnBolt(t *testing.T) {
	t.Parallel()
	play(t, onGitHub(t), func(tn *town) {
		p := tn.start("bolt:" + filepath.Join(t.TempDir(), "hereby.db"))
		tn.disturb = func(r *rand.Rand) { p.kill(); p.restart() }
	})
}

func TestKilledAtRandomOnRedis(t *testing.T) {
	t.Parallel()
	store := redis(t)
	play(t, onGitHub(t), func(tn *town) {
		p := tn.start(store)
		tn.disturb = func(r *rand.Rand) { p.kill(); p.restart() }
	})
}

func TestTwoReplicasOnOneRedis(t *testing.T) {
	t.Parallel()
	store := redis(t)
	play(t, onGitHub(t), func(tn *town) {
		both := []*process{tn.start(store), tn.start(store)}
		tn.disturb = func(r *rand.Rand) { p := both[r.IntN(2)]; p.kill(); p.restart() }
	})
}

func TestAReplicaPausedPastItsLease(t *testing.T) {
	t.Parallel()
	store := redis(t)
	play(t, onGitHub(t), func(tn *town) {
		both := []*process{tn.start(store), tn.start(store)}
		tn.tracker.(*github).SetFault(pauseAtCreate(both))
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
const patience = 7 * time.Minute

// tracker is where the story takes place: what people do there, and what is
// then to be seen. Slots and people read as in the story, whatever they are
// called there.
type tracker interface {
	Handler() http.Handler
	SetURL(url string)
	Close()

	token() string                          // a new one of our account's
	section(url, token, wiki string) string // of the configuration
	hook(url string)                        // where a process listens
	title(head incident.Ref) string         // of the post-mortem, as it is called there
	crew() []string                         // slots of the tickets that the story's crew gets
	head(who, title, text string) (incident.Ref, error)
	comment(who string, on incident.Ref, text string) error
	finish(who string, ref incident.Ref) error
	tickets() []ticket
	remarks(on incident.Ref) []remark // oldest first
	wrote(who, page string) error     // somebody edited a page of the wiki
}

type ticket struct {
	ref    incident.Ref
	slot   string // of ours
	title  string
	labels []string
	under  []incident.Ref // what it hangs under, or is linked to
	open   bool
	twin   bool // closed as a duplicate
}

type remark struct {
	slot string // of ours
	text string // of a person
	acks []string
}

// play acts the story on a town that arrange has staffed with processes, and
// compares the world at the end with what it must be.
func play(t *testing.T, where tracker, arrange func(*town)) {
	tn := newTown(t, where)
	arrange(tn)
	stop := tn.disturbances(rand.New(rand.NewPCG(1, uint64(time.Now().UnixNano()))))
	head := tn.story()
	stop()
	tn.until("a quiet end", func() error { return tn.compare(head) })
}

type town struct {
	tracker
	t       *testing.T
	url     string
	bin     string
	disturb func(*rand.Rand)
	most    int     // disturbances
	wiki    library // nil: there is none

	mu        sync.Mutex
	processes []*process
}

func newTown(t *testing.T, where tracker) *town {
	tn := &town{t: t, bin: binary(t), tracker: where, most: 12}
	server := httptest.NewServer(http.HandlerFunc(tn.front))
	tn.url = server.URL
	where.SetURL(tn.url)
	t.Cleanup(func() { where.Close(); server.Close() })
	return tn
}

// story returns the incident's head once it is closed for good.
func (tn *town) story() incident.Ref {
	head, err := tn.head("alice", "Checkout is down", "Nobody can pay.")
	tn.check(err)
	tn.until("the board", tn.shows(head, "say/board"))
	tn.say("alice", head, "/ops @bob\n/comms @carol")
	tn.until("the crew's tickets", func() error { return missing(tn.slots(head), tn.crew()...) })
	tn.say("bob", head, "/action turned it off and on again")
	tn.say("carol", head, "/followup Alert on the queue @bob\n/followup Bound the pool @carol")
	tn.say("alice", head, "/restored")
	tn.until("follow-ups", func() error {
		if n := strings.Count(strings.Join(tn.slots(head), " "), "follow/"); n != 2 {
			return fmt.Errorf("%d follow-ups", n)
		}
		return nil
	})
	if tn.wiki != nil {
		tn.page(head)
	}
	tn.check(tn.finish("bob", head))
	tn.until("the reopening", func() error {
		if !tn.ticket(head).open {
			return fmt.Errorf("it is closed")
		}
		return tn.shows(head, "say/gate/")()
	})
	for _, i := range tn.open(head) {
		tn.check(tn.finish("carol", i.ref))
	}
	tn.until("the close", func() error {
		if tn.ticket(head).open {
			if len(tn.open(head)) == 0 && !tn.asked(head) {
				tn.say("alice", head, closing)
			}
			return fmt.Errorf("it is open, and so are %v", tn.open(head))
		}
		return tn.shows(head, "say/closed/")()
	})
	return head
}

// closing is what command says in the end.
const closing = "/review done\n/close"

// asked reports whether that waits for its answer.
func (tn *town) asked(head incident.Ref) bool {
	for _, c := range slices.Backward(tn.remarks(head)) {
		if c.text == closing {
			return len(c.acks) == 0 || c.acks[0] == "obeyed"
		}
	}
	return false
}

// open returns what is open beside the head and the epic, which are closed
// together.
func (tn *town) open(head incident.Ref) (list []ticket) {
	for _, i := range tn.tickets() {
		if i.open && i.ref != head && i.slot != "epic" {
			list = append(list, i)
		}
	}
	return list
}

func (tn *town) ticket(ref incident.Ref) ticket {
	all := tn.tickets()
	return all[slices.IndexFunc(all, func(i ticket) bool { return i.ref == ref })]
}

// compare says how the world differs from what it must be.
func (tn *town) compare(head incident.Ref) error {
	want := slices.Clone(tn.crew())
	slots := tn.slots(head)
	if err := missing(slots, want...); err != nil {
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
	if twice := doubled(tn.said(head)); len(twice) > 0 {
		return fmt.Errorf("said twice: %v", twice)
	}
	labels := tn.ticket(head).labels
	if err := missing(labels, "incident", "hereby", "hereby/closed"); err != nil {
		return fmt.Errorf("labels: %w", err)
	}
	for _, i := range tn.tickets() {
		switch {
		case i.open:
			return fmt.Errorf("%s %q is open", i.ref, i.title)
		case i.slot != "" && i.slot != "epic" && !i.twin && !slices.Contains(i.under, head):
			return fmt.Errorf("%s %q hangs under %v", i.ref, i.slot, i.under)
		}
	}
	for _, c := range tn.remarks(head) {
		if strings.HasPrefix(c.text, "/") && len(c.acks) != 1 {
			return fmt.Errorf("%q carries %v", c.text, c.acks)
		}
	}
	return nil
}

// slots returns the slots of our tickets that are not closed as duplicates.
func (tn *town) slots(head incident.Ref) (slots []string) {
	for _, i := range tn.tickets() {
		if i.slot != "" && i.ref != head && !i.twin {
			slots = append(slots, i.slot)
		}
	}
	slices.Sort(slots)
	return slots
}

// said returns the slots of our comments.
func (tn *town) said(head incident.Ref) (slots []string) {
	for _, c := range tn.remarks(head) {
		if c.slot != "" {
			slots = append(slots, c.slot)
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

func missing(have []string, want ...string) error {
	for _, w := range want {
		if !slices.Contains(have, w) {
			return fmt.Errorf("%s is missing in %v", w, have)
		}
	}
	return nil
}

// shows looks for a comment of ours in a slot that begins so.
func (tn *town) shows(head incident.Ref, slot string) func() error {
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
	for begun := time.Now(); time.Since(begun) < patience; time.Sleep(100 * time.Millisecond) {
		if err = holds(); err == nil {
			tn.t.Logf("%s after %s", what, time.Since(begun).Round(time.Second))
			return
		}
	}
	tn.t.Fatalf("%s never came: %v\n%s\n%s", what, err, tn.talk(), tn.logs())
}

func (tn *town) say(who string, head incident.Ref, text string) {
	tn.t.Helper()
	tn.check(tn.comment(who, head, text))
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
		for range tn.most {
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

// secret signs the tracker's webhooks.
const secret = "the secret of this test"

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
