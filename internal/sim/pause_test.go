package sim

import (
	"context"
	"time"
)

// hold is a process that stands still in the middle of a step. Its pass is in
// a goroutine of its own, but only one goroutine ever runs.
type hold struct {
	p      *process
	until  time.Time // it goes on at the latest
	mid    bool      // it goes on once another has leased its key
	resume chan struct{}
	done   chan struct{} // its pass is over
}

// standstill is how long a paused process stands still: two leases.
const standstill = 2 * time.Minute

type result struct {
	worked bool
	next   time.Time
	err    error
}

// turn lets a process make a step, or as much of it as there is before it is
// paused.
func (r *run) turn(p *process) (worked bool, next time.Time, err error) {
	over := make(chan result, 1)
	p.still = make(chan struct{})
	still := p.still
	done := make(chan struct{})
	go func() {
		defer close(done)
		worked, next, err := p.Step(context.Background())
		over <- result{worked, next, err}
	}()
	select {
	case x := <-over:
		p.still = nil
		return x.worked, x.next, x.err
	case <-still:
		r.hold.done = done
		return true, time.Time{}, nil
	}
}

// pause holds a process in the middle of a step, while another takes over.
func (r *run) pause(p *process, mid bool) {
	if r.proc != p || r.hold != nil || p.still == nil {
		return
	}
	r.proc = nil
	r.hold = &hold{p: p, until: r.clock.Now().Add(standstill), mid: mid, resume: make(chan struct{})}
	resume := r.hold.resume
	close(p.still)
	p.still = nil
	<-resume
}

// resume lets a paused process finish its pass.
func (r *run) resume() {
	h := r.hold
	r.hold = nil
	close(h.resume)
	<-h.done
}

// heard reports that nothing goes wrong but that somebody speaks: then what is
// said is heard at once, unless a list hides it.
func (r *run) heard() bool {
	for _, f := range r.faults {
		if f != interrupted {
			return false
		}
	}
	return r.lag == 0
}
