package github

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"slices"
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
	deliveryTimeout = 10 * time.Second // after which GitHub gives a receiver up
	keepDeliveries  = 2000             // of each hook
	maxReply        = 64 << 10         // of a receiver's answer, kept
)

// delivery is one webhook, before and after it went out.
type delivery struct {
	id         int64
	guid       string
	hook       *hook
	event      string
	action     string
	repo       int64
	inst       int64
	payload    []byte
	redelivery bool

	at      time.Time
	took    time.Duration
	code    int
	status  string
	sent    http.Header
	headers http.Header // of the reply
	reply   string
}

// Pending is a webhook that waits to go out.
type Pending struct {
	GUID, Event, Action, URL string
	Redelivery               bool
}

// Pending returns the webhooks that wait to go out, first one first.
func (s *Server) Pending() []Pending {
	waiting := s.Queued()
	out := make([]Pending, len(waiting))
	for n, d := range waiting {
		out[n] = Pending{d.guid, d.event, d.action, d.hook.url, d.redelivery}
	}
	return out
}

// send delivers one webhook and logs it. No mutex is held meanwhile.
func (s *Server) send(ctx context.Context, d *delivery) {
	s.mu.Lock()
	d.at = s.now()
	gone := s.hooks[d.hook.id] != d.hook
	s.mu.Unlock()
	if gone {
		return
	}
	start := time.Now()
	d.post(ctx, s.receivers)
	d.took = time.Since(start)
	s.mu.Lock()
	defer s.mu.Unlock()
	h := d.hook
	h.deliveries = append(h.deliveries, d)
	if over := len(h.deliveries) - keepDeliveries; over > 0 {
		h.deliveries = slices.Clone(h.deliveries[over:])
	}
}

// post sends the webhook as GitHub does and keeps how it went.
func (d *delivery) post(ctx context.Context, client *http.Client) {
	body, kind := d.payload, "application/json"
	if d.hook.form {
		body, kind = []byte(url.Values{"payload": {string(body)}}.Encode()), "application/x-www-form-urlencoded"
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, d.hook.url, bytes.NewReader(body))
	if err != nil {
		d.code, d.status = http.StatusBadGateway, "invalid url"
		return
	}
	target, id := d.hook.target()
	for k, v := range map[string]string{
		"Content-Type": kind, "User-Agent": "GitHub-Hookshot/sandbox", "X-GitHub-Event": d.event, "X-GitHub-Delivery": d.guid,
		"X-GitHub-Hook-ID": strconv.FormatInt(d.hook.id, 10), "X-GitHub-Hook-Installation-Target-Type": target,
		"X-GitHub-Hook-Installation-Target-ID": strconv.FormatInt(id, 10), "Accept": "*/*",
	} {
		req.Header.Set(k, v)
	}
	if d.hook.secret != "" {
		mac := hmac.New(sha256.New, []byte(d.hook.secret))
		mac.Write(body)
		req.Header.Set("X-Hub-Signature-256", "sha256="+hex.EncodeToString(mac.Sum(nil)))
	}
	d.sent = req.Header.Clone()
	resp, err := client.Do(req)
	if err != nil {
		d.code, d.status = http.StatusBadGateway, "failed to connect to host"
		var late net.Error
		if errors.As(err, &late) && late.Timeout() {
			d.code, d.status = http.StatusGatewayTimeout, "timed out"
		}
		return
	}
	defer resp.Body.Close()
	reply, _ := io.ReadAll(io.LimitReader(resp.Body, maxReply)) // the status counts, not the text
	d.code, d.headers, d.reply = resp.StatusCode, resp.Header, string(reply)
	d.status = "OK"
	if resp.StatusCode >= 400 {
		d.status = fmt.Sprintf("Invalid HTTP Response: %d", resp.StatusCode)
	}
}

func (h *hook) target() (kind string, id int64) {
	switch {
	case h.owner.repo != nil:
		return "repository", h.owner.repo.id
	case h.owner.org != nil:
		return "organization", h.owner.org.id
	}
	return "integration", h.owner.app.id
}

func sortHooks(hs []*hook) { slices.SortFunc(hs, func(a, b *hook) int { return int(a.id - b.id) }) }

func (d *delivery) view() map[string]any {
	null := func(id int64) any {
		if id == 0 {
			return nil
		}
		return id
	}
	return map[string]any{"id": d.id, "guid": d.guid, "delivered_at": jsonTime(d.at), "redelivery": d.redelivery, "duration": d.took.Seconds(),
		"status": d.status, "status_code": d.code, "event": d.event, "action": textOrNull(d.action), "installation_id": null(d.inst),
		"repository_id": null(d.repo), "throttled_at": nil}
}

// logged returns the deliveries that GitHub still shows, newest first.
func (s *Server) logged(h *hook) []*delivery {
	days := 3
	if s.opt.GHES {
		days = 7
	}
	since := s.now().AddDate(0, 0, -days)
	var out []*delivery
	for _, d := range slices.Backward(h.deliveries) {
		if !d.at.Before(since) {
			out = append(out, d)
		}
	}
	return out
}

func listDeliveries(c *call, of hookOwner) (int, any, error) {
	h, err := c.hook(of)
	if err != nil {
		return 0, nil, err
	}
	q := c.r.URL.Query()
	failed := q.Get("status")
	all := slices.DeleteFunc(c.s.logged(h), func(d *delivery) bool {
		return failed == "failure" && d.code < 400 || failed == "success" && d.code >= 400
	})
	if cursor := q.Get("cursor"); cursor != "" {
		id, err := strconv.ParseInt(strings.TrimPrefix(cursor, "v1_"), 10, 64)
		n := slices.IndexFunc(all, func(d *delivery) bool { return d.id == id })
		if err != nil || n < 0 {
			return 0, nil, &apiError{status: http.StatusBadRequest, message: "Invalid cursor"}
		}
		all = all[n:]
	}
	size := min(atoi(q.Get("per_page"), 30), 100)
	if len(all) > size {
		q.Set("cursor", fmt.Sprintf("v1_%d", all[size].id))
		c.header.Set("Link", fmt.Sprintf(`<%s%s?%s>; rel="next"`, c.base(), c.r.URL.EscapedPath(), q.Encode()))
		all = all[:size]
	}
	var out []any
	for _, d := range all {
		out = append(out, d.view())
	}
	return http.StatusOK, list(out), nil
}

func (c *call) delivery(of hookOwner) (*delivery, error) {
	h, err := c.hook(of)
	if err != nil {
		return nil, err
	}
	id, err := c.number("delivery")
	for _, d := range c.s.logged(h) {
		if err == nil && d.id == id {
			return d, nil
		}
	}
	return nil, notFound()
}

func getDelivery(c *call, of hookOwner) (int, any, error) {
	d, err := c.delivery(of)
	if err != nil {
		return 0, nil, err
	}
	flat := func(h http.Header) map[string]string {
		m := map[string]string{}
		for k := range h {
			m[k] = h.Get(k)
		}
		return m
	}
	v := d.view()
	v["url"] = d.hook.url
	v["request"] = map[string]any{"headers": flat(d.sent), "payload": json.RawMessage(d.payload)}
	v["response"] = map[string]any{"headers": flat(d.headers), "payload": d.reply}
	return http.StatusOK, v, nil
}

// redeliver sends a delivery once more, with the same GUID.
func redeliver(c *call, of hookOwner) (int, any, error) {
	d, err := c.delivery(of)
	if err != nil {
		return 0, nil, err
	}
	c.s.Add(&delivery{id: c.s.id(), guid: d.guid, hook: d.hook, event: d.event, action: d.action, repo: d.repo, inst: d.inst,
		payload: d.payload, redelivery: true})
	return http.StatusAccepted, map[string]any{}, nil
}
