package host

import (
	"context"
	"math/rand"
	"net/http"
	"slices"
	"sync"
	"time"
)

// Mode says how webhooks go out.
type Mode int

// The modes. In Background a webhook goes out as soon as it can, one after the
// other, in order. In Manual it waits for Deliver, DeliverNext or DeliverAll.
const (
	Background Mode = iota
	Manual
)

// Outbox holds the webhooks that wait to go out, each a D. It has a mutex of
// its own, taken after the server's, never before.
type Outbox[D any] struct {
	mode   Mode
	settle func()
	send   func(context.Context, *D)
	ctx    context.Context
	stop   context.CancelFunc

	mu      sync.Mutex
	changed *sync.Cond
	waiting []*D
	busy    bool
	closed  bool
}

// NewOutbox returns an empty outbox. settle has the server catch up with its
// clock before anything is delivered; send delivers one webhook, and no mutex
// is held meanwhile.
func NewOutbox[D any](mode Mode, settle func(), send func(context.Context, *D)) *Outbox[D] {
	o := &Outbox[D]{mode: mode, settle: settle, send: send}
	o.changed = sync.NewCond(&o.mu)
	o.ctx, o.stop = context.WithCancel(context.Background())
	if mode == Background {
		go o.run()
	}
	return o
}

// Receivers returns the client that carries webhooks out: it follows no
// redirects and gives a receiver up after a while.
func Receivers(transport http.RoundTripper, timeout time.Duration) *http.Client {
	return &http.Client{Transport: transport, Timeout: timeout,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
}

// Add puts a webhook at the end.
func (o *Outbox[D]) Add(d *D) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.waiting = append(o.waiting, d)
	o.changed.Broadcast()
}

// take removes and returns the n-th that waits; nil: there is none.
func (o *Outbox[D]) take(n int) *D {
	o.mu.Lock()
	defer o.mu.Unlock()
	if n < 0 || n >= len(o.waiting) {
		return nil
	}
	d := o.waiting[n]
	o.waiting = slices.Delete(o.waiting, n, n+1)
	return d
}

func (o *Outbox[D]) run() {
	for {
		o.mu.Lock()
		o.busy = false
		o.changed.Broadcast()
		for len(o.waiting) == 0 && !o.closed {
			o.changed.Wait()
		}
		if o.closed {
			o.mu.Unlock()
			return
		}
		d := o.waiting[0]
		o.waiting = o.waiting[1:]
		o.busy = true
		o.mu.Unlock()
		o.send(o.ctx, d)
	}
}

// Close stops deliveries and drops those still waiting. Requests may go on.
func (o *Outbox[D]) Close() {
	o.stop()
	o.mu.Lock()
	defer o.mu.Unlock()
	o.closed, o.waiting = true, nil
	o.changed.Broadcast()
}

// Flush waits until no webhook waits or is on its way. In Manual mode it
// delivers them itself.
func (o *Outbox[D]) Flush() {
	if o.mode == Manual {
		o.DeliverAll()
		return
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	for !o.closed && (o.busy || len(o.waiting) > 0) {
		o.changed.Wait()
	}
}

// Queued returns the webhooks that wait to go out, first one first.
func (o *Outbox[D]) Queued() []*D {
	o.settle()
	o.mu.Lock()
	defer o.mu.Unlock()
	return slices.Clone(o.waiting)
}

// DeliverNext delivers the first webhook that waits, and reports whether there
// was one. It returns when the receiver has answered.
func (o *Outbox[D]) DeliverNext() bool { return o.Deliver(0) }

// Deliver delivers the n-th webhook that waits, counted from 0.
func (o *Outbox[D]) Deliver(n int) bool {
	o.settle()
	d := o.take(n)
	if d != nil {
		o.send(o.ctx, d)
	}
	return d != nil
}

// DeliverAll delivers until none waits, and returns how many it delivered.
func (o *Outbox[D]) DeliverAll() (n int) {
	for o.DeliverNext() {
		n++
	}
	return n
}

// Drop loses the n-th webhook that waits: it is never delivered and never
// logged.
func (o *Outbox[D]) Drop(n int) bool { return o.take(n) != nil }

// Duplicate makes the n-th webhook that waits go out once more at the end,
// under the same identifier.
func (o *Outbox[D]) Duplicate(n int) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	if n < 0 || n >= len(o.waiting) {
		return false
	}
	again := *o.waiting[n]
	o.waiting = append(o.waiting, &again)
	return true
}

// Shuffle reorders the webhooks that wait.
func (o *Outbox[D]) Shuffle(r *rand.Rand) {
	o.mu.Lock()
	defer o.mu.Unlock()
	r.Shuffle(len(o.waiting), func(a, b int) { o.waiting[a], o.waiting[b] = o.waiting[b], o.waiting[a] })
}
