package httpx

import (
	"sync"
	"time"
)

// Memo remembers what a server told us, for a while and up to a number of
// things. It is safe for concurrent use.
type Memo[V any] struct {
	clock func() time.Time
	ttl   time.Duration
	max   int

	mu sync.Mutex
	m  map[string]remembered[V]
}

type remembered[V any] struct {
	v     V
	until time.Time
}

// NewMemo returns a memo that keeps each of at most max things for ttl.
func NewMemo[V any](clock func() time.Time, ttl time.Duration, max int) *Memo[V] {
	return &Memo[V]{clock: clock, ttl: ttl, max: max, m: map[string]remembered[V]{}}
}

// Get returns what is remembered, or asks and remembers. An error is not
// remembered: the next caller asks again.
func (m *Memo[V]) Get(key string, ask func() (V, error)) (V, error) {
	if v, ok := m.Peek(key); ok {
		return v, nil
	}
	v, err := ask()
	if err == nil {
		m.Put(key, v)
	}
	return v, err
}

// Peek returns what is remembered, and whether anything is.
func (m *Memo[V]) Peek(key string) (V, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	r, ok := m.m[key]
	if !ok || !m.clock().Before(r.until) {
		var none V
		return none, false
	}
	return r.v, true
}

// Put remembers v.
func (m *Memo[V]) Put(key string, v V) {
	m.mu.Lock()
	defer m.mu.Unlock()
	now := m.clock()
	if _, ok := m.m[key]; !ok && len(m.m) >= m.max {
		m.shrink(now)
	}
	m.m[key] = remembered[V]{v, now.Add(m.ttl)}
}

// Forget makes the next Get ask.
func (m *Memo[V]) Forget(key string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.m, key)
}

// shrink drops what is stale, and if that does not make room, half of the rest.
func (m *Memo[V]) shrink(now time.Time) {
	for k, r := range m.m {
		if !now.Before(r.until) {
			delete(m.m, k)
		}
	}
	for k := range m.m {
		if len(m.m) <= m.max/2 {
			return
		}
		delete(m.m, k)
	}
}
