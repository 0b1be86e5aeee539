package reconcile

import (
	"errors"
	"log/slog"
	"strings"
	"testing"
	"time"
)

// A worker that hears late of what it asked before the store went or came back
// says nothing of it: the others have, and know better.
func TestALateAnswerTurnsNothingBack(t *testing.T) {
	at := func(second int) time.Time { return time.Date(2026, 3, 14, 15, 4, second, 0, time.UTC) }
	refused := errors.New("connection refused")
	var log strings.Builder
	var o outage
	l := slog.New(slog.NewTextHandler(&log, nil))
	for _, q := range []struct {
		asked, heard int
		err          error
		said         string
	}{
		{0, 1, nil, ""},
		{1, 2, refused, "does not answer"},
		{0, 3, nil, ""},     // asked before it went
		{2, 3, nil, ""},     // in the very moment it went
		{3, 4, refused, ""}, // said already
		{5, 6, nil, "answers again"},
		{4, 7, refused, ""}, // asked before it came back
		{6, 7, refused, ""},
		{7, 8, refused, "does not answer"},
	} {
		log.Reset()
		o.note(l, at(q.asked), at(q.heard), q.err)
		if q.said == "" && log.Len() > 0 || !strings.Contains(log.String(), q.said) {
			t.Errorf("asked at :%02d, heard at :%02d (%v): said %q, want %q", q.asked, q.heard, q.err, &log, q.said)
		}
	}
}
