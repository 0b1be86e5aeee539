package reconcile

import (
	"log/slog"
	"sync"
	"time"
)

// outage says once that the store does not answer, and once that it does again,
// however many workers ask and however long it takes.
type outage struct {
	mu     sync.Mutex
	away   bool
	turned time.Time // when it last went away or came back
}

// note takes the outcome of a question asked at a moment. A question asked
// before the last turn tells of what was and turns nothing back: its worker
// was only slower to hear.
func (o *outage) note(log *slog.Logger, asked, now time.Time, err error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if away := err != nil; away == o.away || !asked.After(o.turned) {
		return
	}
	if o.away = !o.away; o.away {
		log.Warn("the store does not answer; it is tried again every second, and this is said once", "error", err)
	} else {
		log.Info("the store answers again", "after", now.Sub(o.turned).Round(time.Second).String())
	}
	o.turned = now
}
