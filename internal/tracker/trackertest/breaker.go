package trackertest

import (
	"sync/atomic"

	"github.com/hereby/hereby/internal/sandbox/host"
)

// Faults are how the suite has requests go wrong.
var Faults = []host.Kind{host.DropBefore, host.LostReply, host.ErrorBefore, host.ErrorAfter, host.TooMany}

// Breaker is the Break and Writes of a [World], over the Fault of a model.
type Breaker struct {
	writes atomic.Int64
	at     atomic.Int64 // the write that is to go wrong
	how    atomic.Int64
}

// Break implements World.
func (b *Breaker) Break(n int, how host.Kind) {
	b.how.Store(int64(how))
	b.at.Store(int64(n))
}

// Writes implements World.
func (b *Breaker) Writes() int { return int(b.writes.Swap(0)) }

// Write counts a request that changes something, and says what goes wrong.
func (b *Breaker) Write() host.Fault {
	b.writes.Add(1)
	if b.at.Add(-1) != 0 {
		return host.Fault{}
	}
	return host.Fault{Kind: host.Kind(b.how.Load())}
}
