package notify

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
	"net/http"
	"net/url"
	"slices"
	"sync"
	"time"

	"github.com/hereby/hereby/internal/incident"
)

const (
	timeout   = 10 * time.Second // of one delivery, the answer included
	maxAnswer = 64 << 10         // bytes of an answer that are read, so that its connection can be used again
)

// Receiver is one webhook. No events are all events.
type Receiver struct {
	URL    string
	Secret string
	Events []string
}

func (r Receiver) wants(event string) bool {
	return len(r.Events) == 0 || slices.Contains(r.Events, event)
}

// host names the receiver in messages: the rest of an address is often a credential.
func (r Receiver) host() string {
	u, err := url.Parse(r.URL)
	if err != nil || u.Host == "" {
		return "a webhook"
	}
	return u.Hostname()
}

// Webhooks sends messages to receivers. It is safe for concurrent use.
type Webhooks struct {
	client   *http.Client
	clock    func() time.Time
	receipts receipts

	mu        sync.Mutex
	receivers []Receiver
}

// New returns a sender over a transport; nil is http.DefaultTransport.
func New(transport http.RoundTripper, clock func() time.Time, receivers ...Receiver) *Webhooks {
	return &Webhooks{
		client: &http.Client{
			Transport:     transport,
			Timeout:       timeout,
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
		clock:     clock,
		receivers: receivers,
	}
}

// Use replaces the receivers; messages being sent go on to the former ones.
func (w *Webhooks) Use(receivers []Receiver) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.receivers = receivers
}

// Send sends a message to every receiver that wants its event and has not had
// it, at the same time. The error names each receiver that gave no receipt.
func (w *Webhooks) Send(ctx context.Context, n incident.Notify) error {
	to := w.pending(n)
	if len(to) == 0 {
		return nil
	}
	body, err := json.Marshal(message{n.ID, n.Event, n.Text, n.URL, w.clock().UTC().Truncate(time.Second)})
	if err != nil {
		return err // unreachable: texts and a time
	}
	errs := make([]error, len(to))
	var all sync.WaitGroup
	for i, r := range to {
		all.Go(func() {
			if err := w.post(ctx, r, n, body); err != nil {
				errs[i] = fmt.Errorf("the webhook at %s gave no receipt for %q: %w", r.host(), n.Event, err)
				return
			}
			w.receipts.put(n.ID, r.URL, "")
		})
	}
	all.Wait()
	return errors.Join(errs...)
}

type message struct {
	ID    string    `json:"id"`
	Event string    `json:"event"`
	Text  string    `json:"text"`
	URL   string    `json:"url"`
	At    time.Time `json:"at"` // of this sending
}

func (w *Webhooks) pending(n incident.Notify) []Receiver {
	w.mu.Lock()
	defer w.mu.Unlock()
	var to []Receiver
	for _, r := range w.receivers {
		if _, has := w.receipts.get(n.ID, r.URL); r.wants(n.Event) && !has {
			to = append(to, r)
		}
	}
	return to
}

func (w *Webhooks) post(ctx context.Context, r Receiver, n incident.Notify, body []byte) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, r.URL, bytes.NewReader(body))
	if err != nil {
		return errors.New("its address cannot be used")
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("User-Agent", "Hereby")
	req.Header.Set("X-Hereby-Delivery", n.ID)
	req.Header.Set("X-Hereby-Event", n.Event)
	req.Header.Set("X-Hereby-Signature-256", Signature(r.Secret, body))
	resp, err := w.client.Do(req)
	if err != nil {
		return withoutAddress(err)
	}
	defer resp.Body.Close()
	io.Copy(io.Discard, io.LimitReader(resp.Body, maxAnswer)) // what it says does not matter
	switch {
	case resp.StatusCode >= 300 && resp.StatusCode < 400:
		return fmt.Errorf("it answered %d: redirects are not followed; configure the address it moved to", resp.StatusCode)
	case resp.StatusCode < 200 || resp.StatusCode >= 300:
		return fmt.Errorf("it answered %d", resp.StatusCode)
	}
	return nil
}

// Signature is what X-Hereby-Signature-256 holds for a body.
func Signature(secret string, body []byte) string {
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write(body)
	return "sha256=" + hex.EncodeToString(mac.Sum(nil))
}

// withoutAddress takes the address out of an error of net/http.
func withoutAddress(err error) error {
	var u *url.Error
	if errors.As(err, &u) {
		return u.Err
	}
	return err
}
