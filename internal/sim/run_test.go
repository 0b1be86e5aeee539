package sim

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"slices"
	"time"

	"github.com/hereby/hereby/internal/incident"
	"github.com/hereby/hereby/internal/store"
	"github.com/hereby/hereby/internal/store/bolt"
)

// The story's places are called as on GitHub; see [town].
const (
	shop  = "acme/shop"   // where the incident is
	infra = "acme/infra"  // also served
	bot   = "hereby-bot"  // our account
	home  = "http://town" // the tracker's address
)

// began is when the story begins: a Friday afternoon, on the minute.
var began = time.Date(2026, 11, 20, 15, 0, 0, 0, time.UTC)

// run is one life of the world.
type run struct {
	clock *clock
	town  town
	lag   time.Duration // of lists

	library library

	dir    string
	files  int         // stores so far
	copied []byte      // the store at the start of the chapter from which the run began
	disk   *bolt.Store // the one in use
	kept   store.Store // as processes see it: it, or a mutant of it
	mutation

	proc   *process      // takes webhooks and works off the queue
	hold   *hold         // a process that is paused
	lives  int           // processes so far
	downBy time.Duration // how long a dead process stays dead

	handlers map[port]http.Handler // of the town and its library

	faults  map[int]fault // by step
	hit     map[int]step  // those that happened
	trace   bool          // keep the steps
	steps   []step
	tape    *tape // what changed the tracker; may be nil
	repeats bool  // what is done now is on a tape
	n       int
	alarms  []time.Time // when late effects fall due
	held    []time.Time // until when the first webhooks that wait are held

	people   *people
	agenda   []act                      // what people are going to do, by its time
	failed   error                      // why they could not
	stale    bool                       // something was created by a process that had lost its lease
	holder   map[incident.Key]string    // the token of the lease on a key
	sent     map[string]incident.Notify // what went to the channels, by id
	letters  []letter                   // that came to mailboxes, repetitions too
	declined map[copied]letter          // that somebody declined for good
	errs     []error                    // what must never happen and did
}

// options vary a run.
type options struct {
	town   string // see towns
	faults map[int]fault
	lag    time.Duration
	down   time.Duration // how long a dead process stays dead; 0: a second
	trace  bool
	mutation
}

// newRun builds the world; nobody has done anything yet.
func newRun(o options) (*run, error) {
	dir, err := os.MkdirTemp(fast(), "hereby-sim-")
	if err != nil {
		return nil, err
	}
	r := &run{clock: newClock(began), lag: o.lag, dir: dir, mutation: o.mutation, downBy: max(o.down, time.Second),
		faults: o.faults, hit: map[int]step{}, trace: o.trace, holder: map[incident.Key]string{}, sent: map[string]incident.Notify{}, declined: map[copied]letter{}}
	r.town = towns[o.town](r.clock.Now, o.lag, tripper(r.takeHook), r.checked(conforms[o.town]))
	r.people = newPeople(r)
	if r.library, err = r.town.library(r.clock, o.lag, r.checked(conforms[inSpace])); err != nil {
		return nil, err
	}
	r.handlers = map[port]http.Handler{api: r.town.handler(), wiki: r.library.handler()}
	if err := r.newStore(nil); err != nil {
		return nil, err
	}
	return r, nil
}

// fast returns a directory in memory where there is one: syncs cost nothing
// there.
func fast() string {
	if info, err := os.Stat("/dev/shm"); err == nil && info.IsDir() {
		return "/dev/shm"
	}
	return ""
}

func (r *run) close() {
	if r.hold != nil {
		r.hold.p.dead = true
		r.resume()
	}
	r.town.close()
	r.library.close()
	r.disk.Close()
	os.RemoveAll(r.dir)
}

// newStore opens another store: what a copy holds; nil: an empty one.
func (r *run) newStore(copied []byte) error {
	if r.disk != nil {
		r.disk.Close()
	}
	r.files++
	clear(r.holder)
	if copied != nil {
		if err := os.WriteFile(r.file(), copied, 0o600); err != nil {
			return err
		}
	}
	return r.openStore()
}

func (r *run) openStore() (err error) {
	r.disk, err = bolt.Open(r.file(), bolt.Options{Clock: r.clock.Now})
	r.kept = r.disk
	if r.mutation.store != nil {
		r.kept = r.mutation.store(r.disk)
	}
	return err
}

// step counts a crossing by a process (nil: by none) and returns what befalls
// it. People do not wait for it to be over.
func (r *run) step(by *process, p port, name string) fault {
	r.act()
	if h := r.hold; h != nil && h.mid && by != nil && by.lease.Key == h.p.lease.Key && r.holder[by.lease.Key] == by.lease.Token {
		r.resume()
	}
	r.n++
	s := step{r.n, r.clock.Now(), p, name}
	if r.trace {
		r.steps = append(r.steps, s)
	}
	f := r.faults[r.n]
	if b, ok := r.town.(*both); ok && f == outage {
		r.hit[r.n], b.down = s, r.clock.Now().Add(lasts)
		r.alarm(lasts)
		return none
	}
	takes := slices.Contains(r.library.fates(), f)
	if f == none || !takes && !slices.Contains(faultsOf(s), f) {
		return none
	}
	r.hit[r.n] = s
	if takes {
		r.failed = errors.Join(r.failed, r.people.take(f))
		return none
	}
	switch f {
	case interrupted:
		r.interrupt(by)
		return none
	case editBefore:
		r.failed = errors.Join(r.failed, r.people.scribble())
		return none
	case paused, overtaken:
		r.pause(by, f == overtaken)
		return none
	}
	return f
}

// interrupt has somebody speak in the middle of a pass, and another worker of
// the same process deal with the news, as far as it can.
func (r *run) interrupt(p *process) {
	r.failed = errors.Join(r.failed, r.people.float())
	r.deliver()
	lease := p.lease
	for worked := true; worked && !p.dead; {
		var err error
		if worked, _, err = p.Step(context.Background()); err != nil {
			r.wrong("the second worker: %v", err)
			break
		}
	}
	p.lease = lease
}

// act lets people do what they do by now.
func (r *run) act() {
	for len(r.agenda) > 0 && r.failed == nil && !r.clock.Now().Before(r.agenda[0].at) {
		a := r.agenda[0]
		r.agenda = r.agenda[1:]
		r.tape.act(r, a.do)
		if err := a.do(r.people); err != nil {
			r.failed = fmt.Errorf("at %s: %w", a.at.Format(time.TimeOnly), err)
		}
	}
}

// alarm notes that something happens by itself in a while.
func (r *run) alarm(d time.Duration) { r.alarms = append(r.alarms, r.clock.Now().Add(d)) }

// until lets everything happen that is due until a moment.
func (r *run) until(t time.Time) error {
	for range 100_000 {
		r.town.settle()
		r.library.settle()
		r.act()
		if r.hold != nil && !r.clock.Now().Before(r.hold.until) {
			r.resume()
		}
		if r.failed != nil {
			return r.failed
		}
		if r.proc == nil || r.proc.dead {
			if err := r.restart(); err != nil {
				return err
			}
			continue
		}
		r.deliver()
		p := r.proc
		worked, next, err := r.turn(p)
		switch {
		case p.dead:
		case err != nil:
			r.clock.Advance(time.Second) // as Run does
		case !worked && !r.clock.Now().Before(t):
			return nil
		case !worked:
			r.clock.reach(r.next(next, t))
		}
	}
	return fmt.Errorf("it does not come to rest before %s", t.Format(time.RFC3339))
}

// next returns when something happens next, at most until.
func (r *run) next(due, until time.Time) time.Time {
	times := append(append([]time.Time{due}, r.alarms...), r.held...)
	if len(r.agenda) > 0 {
		times = append(times, r.agenda[0].at)
	}
	if r.hold != nil {
		times = append(times, r.hold.until)
	}
	next := until
	for _, t := range times {
		if t.After(r.clock.Now()) && t.Before(next) {
			next = t
		}
	}
	return next
}

// restart begins another process. While none is there webhooks are lost.
func (r *run) restart() error {
	if r.proc != nil {
		r.deliver()
		for back := r.clock.Now().Add(r.downBy); r.clock.Now().Before(back); r.deliver() {
			r.clock.reach(r.next(back, back))
			r.act()
		}
		if err := r.disk.Close(); err != nil {
			return err
		}
		if err := r.openStore(); err != nil {
			return err
		}
	}
	p, err := newProcess(r)
	if err != nil {
		return err
	}
	r.proc = p
	p.start()
	return nil
}

// deliver carries out the webhooks that wait, but not those that are held.
func (r *run) deliver() {
	for {
		now := r.clock.Now()
		if len(r.held) > 0 && !now.Before(r.held[0]) {
			r.held = r.held[1:]
			r.town.deliver(0)
			continue
		}
		waiting := r.town.pending()
		n := len(r.held)
		if n >= len(waiting) {
			return
		}
		switch f := r.step(nil, hook, waiting[n]); f {
		case hookLost:
			r.town.drop(n)
		case hookLate:
			r.held = append(r.held, now.Add(3*time.Minute))
		case hookTwice:
			r.town.duplicate(n)
			r.town.deliver(n)
		case crashBefore:
			r.kill()
			r.town.deliver(n)
		case crashAfter:
			r.town.deliver(n)
			r.kill()
		default:
			r.town.deliver(n)
		}
	}
}

func (r *run) kill() {
	if r.proc != nil {
		r.proc.dead = true
	}
}

// takeHook brings a webhook to the process that is there, if one is.
func (r *run) takeHook(req *http.Request) (*http.Response, error) {
	if r.proc == nil || r.proc.dead {
		return nil, errReset
	}
	return serve(r.proc.ingress, req)
}

// wrong notes what must never happen.
func (r *run) wrong(format string, args ...any) { r.errs = append(r.errs, fmt.Errorf(format, args...)) }
