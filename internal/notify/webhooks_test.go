package notify

import (
	"bytes"
	"context"
	"crypto/hmac"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/hereby/hereby/internal/incident"
)

var noon = time.Date(2026, 3, 4, 12, 0, 0, 5, time.UTC)

func clock() time.Time { return noon }

var declared = incident.Notify{ID: "4711/declared", Event: "declared", Text: "alice declared an incident: checkout fails", URL: "https://github.com/acme/shop/issues/12"}

// receiver is a chat service that remembers what it was sent.
type receiver struct {
	*httptest.Server
	mu     sync.Mutex
	status int
	got    []*http.Request
	bodies [][]byte
}

func newReceiver(t *testing.T) *receiver {
	r := &receiver{status: http.StatusOK}
	r.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		r.mu.Lock()
		defer r.mu.Unlock()
		body, _ := io.ReadAll(req.Body)
		r.got, r.bodies = append(r.got, req), append(r.bodies, body)
		w.Header().Set("Location", "/elsewhere")
		w.WriteHeader(r.status)
		io.WriteString(w, "ok")
	}))
	t.Cleanup(r.Close)
	return r
}

func (r *receiver) answer(status int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.status = status
}

func (r *receiver) count() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.got)
}

func TestAMessageIsSignedOverItsRawBody(t *testing.T) {
	chat := newReceiver(t)
	w := New(nil, clock, Receiver{URL: chat.URL + "/hook", Secret: "s3cret"})
	if err := w.Send(context.Background(), declared); err != nil {
		t.Fatal(err)
	}
	req, body := chat.got[0], chat.bodies[0]
	if want := Signature("s3cret", body); !hmac.Equal([]byte(req.Header.Get("X-Hereby-Signature-256")), []byte(want)) {
		t.Errorf("signature %q, expected %q", req.Header.Get("X-Hereby-Signature-256"), want)
	}
	if id := req.Header.Get("X-Hereby-Delivery"); id != declared.ID {
		t.Errorf("delivery %q", id)
	}
	want := `{"id":"4711/declared","event":"declared","text":"alice declared an incident: checkout fails","url":"https://github.com/acme/shop/issues/12","at":"2026-03-04T12:00:00Z"}`
	if string(body) != want || !json.Valid(body) {
		t.Errorf("body %s\nexpected %s", body, want)
	}
}

// TestSignature holds the published example of GitHub's scheme, which ours is.
func TestSignature(t *testing.T) {
	got := Signature("It's a Secret to Everybody", []byte("Hello, World!"))
	if got != "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17" {
		t.Errorf("signature %q", got)
	}
}

func TestEventsChooseReceivers(t *testing.T) {
	all, closed := newReceiver(t), newReceiver(t)
	w := New(nil, clock, Receiver{URL: all.URL}, Receiver{URL: closed.URL, Events: []string{"closed"}})
	if err := w.Send(context.Background(), declared); err != nil {
		t.Fatal(err)
	}
	if all.count() != 1 || closed.count() != 0 {
		t.Errorf("sent %d and %d, expected 1 and 0", all.count(), closed.count())
	}
}

func TestOneThatFailsHoldsUpNoOther(t *testing.T) {
	good, bad := newReceiver(t), newReceiver(t)
	bad.answer(http.StatusInternalServerError)
	w := New(nil, clock, Receiver{URL: bad.URL + "/T000/credential", Secret: "s3cret"}, Receiver{URL: good.URL})
	err := w.Send(context.Background(), declared)
	if err == nil || !strings.Contains(err.Error(), "127.0.0.1") || !strings.Contains(err.Error(), "500") {
		t.Fatalf("error %v, expected the receiver's host and answer", err)
	}
	if strings.Contains(err.Error(), "credential") || strings.Contains(err.Error(), "s3cret") {
		t.Errorf("the error shows a secret: %v", err)
	}
	bad.answer(http.StatusNoContent)
	for range 2 {
		if err := w.Send(context.Background(), declared); err != nil {
			t.Fatal(err)
		}
	}
	if good.count() != 1 || bad.count() != 2 {
		t.Errorf("sent %d to the good and %d to the bad one, expected 1 and 2", good.count(), bad.count())
	}
	if !bytes.Equal(bad.bodies[0], bad.bodies[1]) {
		t.Error("the repetition differs from the first message")
	}
}

func TestRedirectsAreNotFollowed(t *testing.T) {
	chat := newReceiver(t)
	chat.answer(http.StatusTemporaryRedirect)
	w := New(nil, clock, Receiver{URL: chat.URL})
	if err := w.Send(context.Background(), declared); err == nil || !strings.Contains(err.Error(), "redirect") {
		t.Errorf("error %v", err)
	}
	if chat.count() != 1 {
		t.Errorf("sent %d times, expected once", chat.count())
	}
}

func TestUnreachableReceiverIsNamedByHostAlone(t *testing.T) {
	chat := newReceiver(t)
	chat.Close()
	w := New(nil, clock, Receiver{URL: chat.URL + "/services/T000/credential"})
	err := w.Send(context.Background(), declared)
	if err == nil || strings.Contains(err.Error(), "credential") {
		t.Errorf("error %v", err)
	}
}

func TestAnEndlessAnswerIsNotRead(t *testing.T) {
	read := 0
	endless := roundTrip(func(*http.Request) (*http.Response, error) {
		return &http.Response{StatusCode: 200, Body: io.NopCloser(readerFunc(func(p []byte) (int, error) { read += len(p); return len(p), nil }))}, nil
	})
	if err := New(endless, clock, Receiver{URL: "https://chat.example"}).Send(context.Background(), declared); err != nil {
		t.Fatal(err)
	}
	if read > 2*maxAnswer {
		t.Errorf("read %d bytes of an answer, expected at most about %d", read, maxAnswer)
	}
}

func TestNewReceiversAfterAReload(t *testing.T) {
	before, after := newReceiver(t), newReceiver(t)
	w := New(nil, clock, Receiver{URL: before.URL})
	w.Use([]Receiver{{URL: after.URL}})
	if err := w.Send(context.Background(), declared); err != nil {
		t.Fatal(err)
	}
	if before.count() != 0 || after.count() != 1 {
		t.Errorf("sent %d and %d, expected 0 and 1", before.count(), after.count())
	}
}

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(req *http.Request) (*http.Response, error) { return f(req) }

type readerFunc func([]byte) (int, error)

func (f readerFunc) Read(p []byte) (int, error) { return f(p) }
