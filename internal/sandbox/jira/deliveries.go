package jira

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"maps"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/hereby/hereby/internal/sandbox/host"
)

// Mode says how webhooks go out.
type Mode = host.Mode

// The modes: see [host.Background] and [host.Manual].
const (
	Background = host.Background
	Manual     = host.Manual
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
func (s *Server) tell(event string, about subject, payload map[string]any) {
	for _, id := range sortedIDs(s.hooks) {
		h := s.hooks[id]
		if !s.wants(h, event, about.issue) {
			continue
		}
		d := &delivery{guid: fmt.Sprintf("%08x-5a0d-4000-8000-%012x", s.id("delivery"), id), hook: h, event: event, url: about.fill(h.URL)}
		if about.issue != nil {
			d.key = about.issue.key
		}
		if !h.ExcludeBody {
			d.payload = host.JSON(payload)
		}
		s.Add(d)
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

// Pending returns the webhooks that wait to go out, first one first.
func (s *Server) Pending() []Pending {
	waiting := s.Queued()
	out := make([]Pending, len(waiting))
	for n, d := range waiting {
		out[n] = Pending{d.guid, d.event, d.key, d.url, d.retry}
	}
	return out
}

// Delivered returns what receivers answered to webhooks, by status; 0 counts
// those that no answer came to.
func (s *Server) Delivered() map[int]int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return maps.Clone(s.replies)
}

// send delivers one webhook. No mutex is held meanwhile. Cloud repeats one that
// failed, some time later.
func (s *Server) send(ctx context.Context, d *delivery) {
	s.mu.Lock()
	gone := s.hooks[d.hook.id] != d.hook
	s.mu.Unlock()
	if gone {
		return
	}
	status := s.post(ctx, d)
	s.mu.Lock()
	s.replies[status]++
	s.mu.Unlock()
	if s.cloud() && again(status) && d.retry < maxRetries {
		repeated := *d
		repeated.retry++
		s.repeat(&repeated)
	}
}

// repeat schedules a retry; on a virtual clock it joins those that wait when the
// server is next asked anything after that time.
func (s *Server) repeat(d *delivery) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.clock.Later(retryAfter, func() { s.Add(d) })
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
func (s *Server) post(ctx context.Context, d *delivery) int {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, d.url, bytes.NewReader(d.payload))
	if err != nil {
		return 0
	}
	h := req.Header
	h.Set("Content-Type", "application/json; charset=UTF-8")
	h.Set("User-Agent", "Atlassian HttpClient sandbox")
	if s.cloud() {
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
	resp, err := s.receivers.Do(req)
	if err != nil {
		return 0
	}
	defer resp.Body.Close()
	io.Copy(io.Discard, io.LimitReader(resp.Body, maxReply)) // the status counts, not the text
	return resp.StatusCode
}
