package github

import (
	"sync"
	"time"
)

// memo remembers what we were told, for a while and up to a number of things.
type memo[V any] struct {
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

func newMemo[V any](clock func() time.Time, ttl time.Duration, max int) *memo[V] {
	return &memo[V]{clock: clock, ttl: ttl, max: max, m: map[string]remembered[V]{}}
}

// get returns what is remembered, or asks and remembers. An error is not
// remembered: the next caller asks again.
func (m *memo[V]) get(key string, ask func() (V, error)) (V, error) {
	if v, ok := m.peek(key); ok {
		return v, nil
	}
	v, err := ask()
	if err == nil {
		m.put(key, v)
	}
	return v, err
}

func (m *memo[V]) peek(key string) (V, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	r, ok := m.m[key]
	if !ok || !m.clock().Before(r.until) {
		var none V
		return none, false
	}
	return r.v, true
}

func (m *memo[V]) put(key string, v V) {
	m.mu.Lock()
	defer m.mu.Unlock()
	now := m.clock()
	if _, ok := m.m[key]; !ok && len(m.m) >= m.max {
		m.shrink(now)
	}
	m.m[key] = remembered[V]{v, now.Add(m.ttl)}
}

func (m *memo[V]) forget(key string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.m, key)
}

// shrink drops what is stale, and if that does not make room, half of the rest.
func (m *memo[V]) shrink(now time.Time) {
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
