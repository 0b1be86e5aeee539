package reconcile_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/hereby/hereby/internal/incident"
	"github.com/hereby/hereby/internal/ledger"
	"github.com/hereby/hereby/internal/reconcile"
)

// postman answers what it is told to and counts.
type postman struct {
	answer error
	sent   int
	what   []incident.Notify
}

func (p *postman) Send(_ context.Context, n incident.Notify) error {
	p.sent, p.what = p.sent+1, append(p.what, n)
	return p.answer
}

// What some refuse for good is on record with their names, and not sent again;
// what fails for now is.
func TestAMessageThatSomeRefuseForGoodIsSentOnce(t *testing.T) {
	p := &postman{answer: fmt.Errorf("sent: %w", &incident.Lost{Why: "b@acme.example: no such user"})}
	r := newRig(t, func(o *reconcile.Options) { o.Notify = p })
	r.touch(key)
	r.now = r.step()
	r.step()
	id := "9012/declared"
	record := r.state(key).Record
	if _, done := record.Done["notify/"+id]; !done || p.sent != 1 {
		t.Errorf("sent %d times; done: %v", p.sent, record.Done)
	}
	if _, lost := record.Done[incident.LostName(id)]; !lost {
		t.Errorf("that some refused it is not on record: %v", record.Done)
	}
	entries, err := r.store.Entries(t.Context(), key, 1)
	if err != nil {
		t.Fatal(err)
	}
	told := 0
	for _, e := range entries {
		if e.Kind == ledger.Did && strings.Contains(e.Text, "b@acme.example: no such user") {
			told++
		}
	}
	if told != 1 || !strings.Contains(r.log.String(), "refused it for good") {
		t.Errorf("%d entries tell of it; the log:\n%s", told, r.log.String())
	}
}

func TestAMessageThatFailsForNowIsSentAgain(t *testing.T) {
	p := &postman{answer: errors.New("greylisted")}
	r := newRig(t, func(o *reconcile.Options) { o.Notify = p })
	r.touch(key)
	r.now = r.step()
	p.answer = nil
	r.now = r.now.Add(2 * time.Minute)
	r.touch(key)
	r.step()
	if _, lost := r.state(key).Record.Done[incident.LostName("9012/declared")]; lost || p.sent != 2 {
		t.Errorf("sent %d times; lost: %v", p.sent, lost)
	}
}
