package bolt

import (
	"bytes"
	"cmp"
	"context"
	"crypto/rand"
	"encoding/binary"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/hereby/hereby/internal/incident"
	"github.com/hereby/hereby/internal/store"
)

// item is one key's place in the queue. Times are in ms; zero is none.
type item struct {
	due   int64  // the earliest time anybody may lease it; a lease: its expiry
	dirty int64  // the earliest touch since it was leased
	tries uint32 // leases since the last release that was ok
	token string // of the lease
}

const itemHead = 8 + 8 + 4

func (it item) encode() []byte {
	b := binary.BigEndian.AppendUint64(make([]byte, 0, itemHead+len(it.token)), uint64(it.due))
	b = binary.BigEndian.AppendUint64(b, uint64(it.dirty))
	b = binary.BigEndian.AppendUint32(b, it.tries)
	return append(b, it.token...)
}

func decodeItem(b []byte) (item, error) {
	if len(b) < itemHead {
		return item{}, fmt.Errorf("%w: %d bytes where at least %d are expected", errDamaged, len(b), itemHead)
	}
	return item{
		due:   int64(binary.BigEndian.Uint64(b)),
		dirty: int64(binary.BigEndian.Uint64(b[8:])),
		tries: binary.BigEndian.Uint32(b[16:]),
		token: string(b[itemHead:]),
	}, nil
}

func dueKey[K ~string | ~[]byte](at int64, key K) []byte {
	return append(binary.BigEndian.AppendUint64(make([]byte, 0, 8+len(key)), uint64(at)), key...)
}

func cutDue(k []byte) (at int64, key incident.Key, err error) {
	if len(k) <= 8 {
		return 0, "", fmt.Errorf("%w: the queue holds %q", errDamaged, k)
	}
	return int64(binary.BigEndian.Uint64(k)), incident.Key(k[8:]), nil
}

// item returns a key's place; the zero item if it has none.
func (t *txn) item(key incident.Key) (item, error) {
	it, err := t.stored(key)
	if err != nil {
		return it, err
	}
	return t.news.touch(key, it), nil
}

// stored returns a key's place as the pages hold it.
func (t *txn) stored(key incident.Key) (item, error) {
	b := t.Bucket(bItem).Get([]byte(key))
	if b == nil {
		return item{}, nil
	}
	it, err := decodeItem(b)
	if err != nil {
		err = fmt.Errorf("item %q: %w", key, err)
	}
	return it, err
}

// move replaces a key's place, in both orders.
func (t *txn) move(key incident.Key, from, to item) error {
	if from == to {
		return nil
	}
	t.changed = true
	due := t.Bucket(bDue)
	if from.due != to.due && from.due != 0 {
		if err := due.Delete(dueKey(from.due, key)); err != nil {
			return err
		}
	}
	if from.due != to.due && to.due != 0 {
		if err := due.Put(dueKey(to.due, key), nil); err != nil {
			return err
		}
		t.wake = t.wake || to.due <= t.now || t.leads(to.due, key)
	}
	if to == (item{}) {
		return t.Bucket(bItem).Delete([]byte(key))
	}
	return t.Bucket(bItem).Put([]byte(key), to.encode())
}

// leads reports whether a key is the first in the queue.
func (t *txn) leads(due int64, key incident.Key) bool {
	first, _ := t.Bucket(bDue).Cursor().First()
	return bytes.Equal(first, dueKey(due, key))
}

// earlier returns the earlier of two times, where zero is none.
func earlier(a, b int64) int64 {
	if a == 0 || b != 0 && b < a {
		return b
	}
	return a
}

// touched returns the place after a touch; a time in the past means now.
func (it item) touched(at, now int64) item {
	at = max(at, now)
	if it.token != "" {
		it.dirty = earlier(it.dirty, at)
	} else {
		it.due = earlier(it.due, at)
	}
	return it
}

// Touch implements store.Store.
func (s *Store) Touch(ctx context.Context, at time.Time, keys ...incident.Key) error {
	for _, key := range keys {
		if err := store.CheckKey(key); err != nil {
			return err
		}
	}
	if err := ctx.Err(); err != nil {
		return explain(s.path, "written", err)
	}
	s.touches.Add(int64(len(keys)))
	ms := store.Millis(at)
	keys = s.log.news.Load().rest(keys, max(ms, s.now()))
	if len(keys) == 0 {
		return nil
	}
	return s.queue(ctx, s.newTouch(ms, keys))
}

// touch is what one call of Touch asks for.
type touch struct {
	at   int64
	keys []incident.Key
}

// newTouch returns a write for the log, or, by its do, for the pages: there it
// moves the keys that are not due early enough already.
func (s *Store) newTouch(at int64, keys []incident.Key) *write {
	w := &write{touch: &touch{at, keys}, done: make(chan error, 1)}
	w.do = func(t *txn) error {
		for _, key := range keys {
			it, err := t.item(key)
			if err != nil {
				return err
			}
			to := it.touched(at, t.now)
			if to != it {
				s.written.Add(1)
			}
			if err := t.move(key, it, to); err != nil {
				return err
			}
		}
		return nil
	}
	return w
}

// jot writes a batch of touches to the log, but those of keys that are due
// early enough already. It reports false if that is not done and the batch must
// go into the pages.
func (s *Store) jot(batch []*write) bool {
	if s.broken.Load() != nil || slices.ContainsFunc(batch, func(w *write) bool { return w.touch == nil }) {
		return false
	}
	wake, doubtful := false, s.doubtful
	err := s.view(context.Background(), func(t *txn) error {
		s.log.start(t.now)
		for _, w := range batch {
			for _, key := range w.touch.keys {
				it, err := t.item(key)
				if err != nil {
					return err
				}
				if it.touched(w.touch.at, t.now) == it && !doubtful {
					continue
				}
				s.log.add(key, max(w.touch.at, t.now), t.now)
				wake = wake || it.token == "" || doubtful
			}
		}
		return nil
	})
	switch {
	case err != nil:
		return false // where damage is told apart
	case len(s.log.fresh) == 0:
		return true
	case s.log.sick || !s.log.fits():
		return false // where the news are folded
	}
	if err := s.log.flush(); err != nil {
		s.log.sick = true
		return false
	}
	s.written.Add(int64(len(s.log.fresh)))
	s.logged.Add(1)
	s.largest.Store(max(s.largest.Load(), int64(len(batch))))
	if wake {
		s.signal()
	}
	return true
}

// fold makes touches part of the pages. In their order they are appended to
// the queue, where they would be sorted in one by one otherwise.
func (t *txn) fold(news map[incident.Key]int64) error {
	t.changed = t.changed || len(news) > 0
	for _, key := range slices.SortedFunc(maps.Keys(news), func(a, b incident.Key) int {
		return cmp.Or(cmp.Compare(news[a], news[b]), cmp.Compare(a, b))
	}) {
		it, err := t.item(key)
		if err != nil {
			return err
		}
		if err := t.move(key, it, it.touched(news[key], 0)); err != nil {
			return err
		}
	}
	return nil
}

// Lease implements store.Store.
func (s *Store) Lease(ctx context.Context, ttl time.Duration) (lease store.Lease, next time.Time, ok bool, err error) {
	err = s.view(ctx, func(t *txn) error {
		if t.news != nil && t.news.len() > 0 {
			ok = true // perhaps: the writer folds them and sees
			return nil
		}
		at, _, err := t.first()
		ok, next = at != 0 && at <= t.now, store.FromMillis(at)
		return err
	})
	if err != nil || !ok {
		return store.Lease{}, next, false, err
	}
	token := rand.Text()
	var got *store.Lease
	var later int64
	err = s.write(ctx, func(t *txn) error {
		at, key, err := t.first()
		if err != nil || at == 0 || at > t.now {
			later = at
			return err
		}
		it, err := t.item(key)
		if err != nil {
			return err
		}
		got = &store.Lease{
			Key: key, Token: token, Failures: int(it.tries),
			Now: store.FromMillis(t.now), Expires: store.FromMillis(t.now + ttl.Milliseconds()),
		}
		return t.move(key, it, it.leased(token, t.now, t.now+ttl.Milliseconds()))
	})
	if err != nil || got == nil {
		return store.Lease{}, store.FromMillis(later), false, err
	}
	s.signal() // another worker may find another key
	return *got, time.Time{}, true, nil
}

// leased returns the place under a new lease. The pass that begins now sees
// whatever a touch that is due by now was about.
func (it item) leased(token string, now, expires int64) item {
	if it.dirty <= now {
		it.dirty = 0
	}
	it.due, it.token, it.tries = expires, token, it.tries+1
	return it
}

// ended returns the place after a lease whose holder died: due now, or as long
// as it has been.
func (it item) ended(now int64) item {
	it.due, it.dirty, it.token = earlier(earlier(it.due, it.dirty), now), 0, ""
	return it
}

// first returns the key that has been due longest; zero if there is none.
func (t *txn) first() (at int64, key incident.Key, err error) {
	k, _ := t.Bucket(bDue).Cursor().First()
	if k == nil {
		return 0, "", nil
	}
	return cutDue(k)
}

// held returns the place of a leased key, or store.ErrLost.
func (t *txn) held(lease store.Lease) (item, error) {
	it, err := t.item(lease.Key)
	if err == nil && (it.token == "" || it.token != lease.Token) {
		err = refusal{store.ErrLost}
	}
	return it, err
}

// Release implements store.Store.
func (s *Store) Release(ctx context.Context, lease store.Lease, next time.Time, ok bool) error {
	return s.write(ctx, func(t *txn) error {
		it, err := t.held(lease)
		if err != nil {
			return err
		}
		return t.move(lease.Key, it, it.released(store.Millis(next), t.now, ok))
	})
}

// released returns the place after a lease, with the touches that came
// meanwhile.
func (it item) released(next, now int64, ok bool) item {
	if next != 0 {
		next = max(next, now)
	}
	it.due, it.dirty, it.token = earlier(next, it.dirty), 0, ""
	if ok {
		it.tries = 0
	}
	return it
}

// Depth implements store.Store.
func (s *Store) Depth(ctx context.Context) (d store.Depth, err error) {
	err = s.view(ctx, func(t *txn) error {
		d.Keys = t.count(bDue)
		var oldest int64
		c := t.Bucket(bDue).Cursor()
		for k, _ := c.First(); k != nil; k, _ = c.Next() {
			at, _, err := cutDue(k)
			if err != nil {
				return err
			}
			if at > t.now {
				break
			}
			oldest = earlier(oldest, at)
			d.Due++
		}
		for key, at := range t.news.all() {
			was, err := t.stored(key)
			if err != nil {
				return err
			}
			if was.due == 0 {
				d.Keys++
			}
			if is := was.touched(at, 0); is.due <= t.now {
				oldest = earlier(oldest, is.due)
				if was.due == 0 || was.due > t.now {
					d.Due++
				}
			}
		}
		d.Oldest = store.FromMillis(oldest)
		return nil
	})
	return d, err
}

func (t *txn) count(bucket []byte) int { return t.Bucket(bucket).Stats().KeyN }
