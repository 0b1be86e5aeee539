package reconcile

import (
	"log/slog"
	"sync"
	"time"
)

// outage says once that the store does not answer, and once that it does again,
// however many workers ask and however long it takes.
type outage struct {
	mu    sync.Mutex
	since time.Time // zero: the store answers
}

func (o *outage) note(log *slog.Logger, now time.Time, err error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	switch {
	case err != nil && o.since.IsZero():
		o.since = now
		log.Warn("the store does not answer; it is tried again every second, and this is said once", "error", err)
	case err == nil && !o.since.IsZero():
		log.Info("the store answers again", "after", now.Sub(o.since).Round(time.Second).String())
		o.since = time.Time{}
	}
}
