package jira

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"math/rand"
	"net/http"
	"slices"
	"strconv"
	"strings"
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

const (
	deliveryTimeout = 20 * time.Second // after which Jira gives a receiver up
	maxRetries      = 5                // of Cloud; Data Center does not retry
	retryAfter      = 10 * time.Minute // Cloud waits 5 to 15 minutes
	maxReply        = 64 << 10
)

// delivery is one webhook on its way.
type delivery struct {
	guid    string
	hook    *hook
	event   string
	url     string
	key     string // of the issue; "" for links
	payload []byte
	retry   int
	due     time.Time // of a retry
}

// Pending is a webhook that waits to go out.
type Pending struct {
	GUID, Event, Issue, URL string
	Retry                   int
}

// subject is what a webhook is about, for its address.
type subject struct {
	issue   *issue
	comment *comment
}

// tell queues a webhook for every hook that hears of an event.
func (s *Server) tell(event string, p *project, about subject, payload map[string]any) {
	for _, id := range sortedIDs(s.hooks) {
		h := s.hooks[id]
		if !h.hears(event, p) {
			continue
		}
		d := &delivery{guid: fmt.Sprintf("%08x-5a0d-4000-8000-%012x", s.id("delivery"), id), hook: h, event: event, url: about.fill(h.URL)}
		if about.issue != nil {
			d.key = about.issue.key
		}
		if !h.ExcludeBody {
			d.payload = marshal(payload)
		}
		s.out.add(d)
	}
}

// fill replaces the variables of an address.
func (a subject) fill(url string) string {
	if a.issue == nil {
		return url
	}
	pairs := []string{}
	put := func(name, value string) { pairs = append(pairs, "${"+name+"}", value, "{"+name+"}", value) }
	put("issue.id", text(a.issue.id))
	put("issue.key", a.issue.key)
	put("project.key", a.issue.project.key)
	put("project.id", text(a.issue.project.id))
	if a.comment != nil {
		put("comment.id", text(a.comment.id))
	}
	return strings.NewReplacer(pairs...).Replace(url)
}

// outbox holds what waits to go out. It has a mutex of its own, taken after
// the server's, never before.
type outbox struct {
	s      *Server
	client *http.Client
	ctx    context.Context
	stop   context.CancelFunc

	mu      sync.Mutex
	changed *sync.Cond
	waiting []*delivery
	answers map[int]int // statuses that receivers gave; 0: none came
	busy    bool
	closed  bool
}

func newOutbox(s *Server) *outbox {
	o := &outbox{s: s, answers: map[int]int{}, client: &http.Client{Transport: s.opt.Transport, Timeout: deliveryTimeout,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}
	o.changed = sync.NewCond(&o.mu)
	o.ctx, o.stop = context.WithCancel(context.Background())
	if s.opt.Deliver == Background {
		go o.run()
	}
	return o
}

func (o *outbox) add(d *delivery) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.waiting = append(o.waiting, d)
	o.changed.Broadcast()
}

// take removes and returns the n-th that waits; nil: there is none.
func (o *outbox) take(n int) *delivery {
	o.mu.Lock()
	defer o.mu.Unlock()
	if n < 0 || n >= len(o.waiting) {
		return nil
	}
	d := o.waiting[n]
	o.waiting = slices.Delete(o.waiting, n, n+1)
	return d
}

func (o *outbox) run() {
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
		o.send(d)
	}
}

func (o *outbox) close() {
	o.stop()
	o.mu.Lock()
	defer o.mu.Unlock()
	o.closed, o.waiting = true, nil
	o.changed.Broadcast()
}

// Flush waits until no webhook waits or is on its way. In Manual mode it
// delivers them itself.
func (s *Server) Flush() {
	if s.opt.Deliver == Manual {
		s.DeliverAll()
		return
	}
	o := s.out
	o.mu.Lock()
	defer o.mu.Unlock()
	for !o.closed && (o.busy || len(o.waiting) > 0) {
		o.changed.Wait()
	}
}

// Pending returns the webhooks that wait to go out, first one first.
func (s *Server) Pending() []Pending {
	s.Settle()
	s.out.mu.Lock()
	defer s.out.mu.Unlock()
	out := make([]Pending, len(s.out.waiting))
	for n, d := range s.out.waiting {
		out[n] = Pending{d.guid, d.event, d.key, d.url, d.retry}
	}
	return out
}

// DeliverNext delivers the first webhook that waits, and reports whether there
// was one. It returns when the receiver has answered.
func (s *Server) DeliverNext() bool { return s.Deliver(0) }

// Deliver delivers the n-th webhook that waits, counted from 0.
func (s *Server) Deliver(n int) bool {
	s.Settle()
	d := s.out.take(n)
	if d != nil {
		s.out.send(d)
	}
	return d != nil
}

// DeliverAll delivers until none waits, and returns how many it delivered.
func (s *Server) DeliverAll() (n int) {
	for s.DeliverNext() {
		n++
	}
	return n
}

// Drop loses the n-th webhook that waits: it is never delivered.
func (s *Server) Drop(n int) bool { return s.out.take(n) != nil }

// Duplicate makes the n-th webhook that waits go out once more at the end,
// under the same identifier.
func (s *Server) Duplicate(n int) bool {
	s.out.mu.Lock()
	defer s.out.mu.Unlock()
	if n < 0 || n >= len(s.out.waiting) {
		return false
	}
	again := *s.out.waiting[n]
	s.out.waiting = append(s.out.waiting, &again)
	return true
}

// Shuffle reorders the webhooks that wait.
func (s *Server) Shuffle(r *rand.Rand) {
	s.out.mu.Lock()
	defer s.out.mu.Unlock()
	w := s.out.waiting
	r.Shuffle(len(w), func(a, b int) { w[a], w[b] = w[b], w[a] })
}

// Delivered returns what receivers answered to webhooks, by status; 0 counts
// those that no answer came to.
func (s *Server) Delivered() map[int]int {
	s.out.mu.Lock()
	defer s.out.mu.Unlock()
	out := map[int]int{}
	for k, n := range s.out.answers {
		out[k] = n
	}
	return out
}

// send delivers one webhook. No mutex is held meanwhile. Cloud repeats one that
// failed, some time later.
func (o *outbox) send(d *delivery) {
	o.s.mu.Lock()
	gone := o.s.hooks[d.hook.id] != d.hook
	o.s.mu.Unlock()
	if gone {
		return
	}
	status := o.post(d)
	o.mu.Lock()
	o.answers[status]++
	o.mu.Unlock()
	if o.s.cloud() && again(status) && d.retry < maxRetries {
		repeated := *d
		repeated.retry++
		o.s.repeat(&repeated)
	}
}

// repeat schedules a retry; on a virtual clock it joins those that wait when the
// server is next asked anything after that time.
func (s *Server) repeat(d *delivery) {
	s.mu.Lock()
	defer s.mu.Unlock()
	d.due = s.opt.Clock().Add(retryAfter)
	s.retries = append(s.retries, d)
	if s.real {
		time.AfterFunc(retryAfter, s.Settle)
	}
}

// again reports whether Cloud repeats a delivery that was answered so.
func again(status int) bool {
	switch status {
	case 0, http.StatusRequestTimeout, http.StatusConflict, http.StatusTooEarly, http.StatusTooManyRequests:
		return true
	}
	return status >= 500
}

// post sends a webhook as Jira does, and returns the status of the answer; 0:
// there was none.
func (o *outbox) post(d *delivery) int {
	req, err := http.NewRequestWithContext(o.ctx, http.MethodPost, d.url, bytes.NewReader(d.payload))
	if err != nil {
		return 0
	}
	h := req.Header
	h.Set("Content-Type", "application/json; charset=UTF-8")
	h.Set("User-Agent", "Atlassian HttpClient sandbox")
	if o.s.cloud() {
		h.Set("X-Atlassian-Webhook-Identifier", d.guid)
		h.Set("X-Atlassian-Webhook-Flow", "Primary")
		if d.retry > 0 {
			h.Set("X-Atlassian-Webhook-Retry", strconv.Itoa(d.retry))
		}
	}
	if d.hook.User != "" {
		req.SetBasicAuth(d.hook.User, d.hook.Password)
	}
	if d.hook.Secret != "" {
		mac := hmac.New(sha256.New, []byte(d.hook.Secret))
		mac.Write(d.payload)
		h.Set("X-Hub-Signature", "sha256="+hex.EncodeToString(mac.Sum(nil)))
	}
	resp, err := o.client.Do(req)
	if err != nil {
		return 0
	}
	defer resp.Body.Close()
	io.Copy(io.Discard, io.LimitReader(resp.Body, maxReply)) // the status counts, not the text
	return resp.StatusCode
}
