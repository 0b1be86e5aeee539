package bolt_test

import (
	"bytes"
	"context"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/hereby/hereby/internal/incident"
	"github.com/hereby/hereby/internal/store"
	"github.com/hereby/hereby/internal/store/bolt"
	"github.com/hereby/hereby/internal/testenv"
)

// sector is what a disk writes whole or not at all.
const sector = 512

// disk is a log's file that keeps what was synced, and takes pictures of what
// a power cut would leave. The store writes to one file at a time, so that its
// pages are at rest meanwhile.
type disk struct {
	t     *testing.T
	pages string // the store's file
	news  *newsboard
	rnd   *rand.Rand

	written, synced []byte
	shots           []shot
}

// shot is what a power cut leaves, with what had been promised by then.
type shot struct {
	pages, log  []byte
	acked, seen map[incident.Key]int
}

func (d *disk) WriteAt(b []byte, at int64) (int, error) {
	if need := int(at) + len(b); need > len(d.written) {
		d.written = append(d.written, make([]byte, need-len(d.written))...)
	}
	return copy(d.written[at:], b), nil
}

func (d *disk) Datasync() error {
	d.shoot()
	d.synced = bytes.Clone(d.written)
	d.shoot()
	return nil
}

func (d *disk) Close() error { return nil }

// shoot keeps some of the sectors that were written and not yet synced.
func (d *disk) shoot() {
	s := shot{log: make([]byte, len(d.written))}
	s.acked, s.seen = d.news.read()
	copy(s.log, d.synced)
	for at := 0; at < len(s.log); at += sector {
		if end := min(at+sector, len(s.log)); d.rnd.IntN(2) == 0 {
			copy(s.log[at:end], d.written[at:end])
		}
	}
	pages, err := os.ReadFile(d.pages)
	if err != nil {
		d.t.Error(err)
	}
	s.pages = pages
	d.shots = append(d.shots, s)
}

// newsboard counts, of each key, the touches that were sent, those that were
// acknowledged, and those sent before the last pass began.
type newsboard struct {
	mu                sync.Mutex
	sent, acked, seen map[incident.Key]int
}

func (n *newsboard) count(in map[incident.Key]int, keys []incident.Key) {
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, key := range keys {
		in[key]++
	}
}

func (n *newsboard) leased(key incident.Key) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.seen[key] = n.sent[key]
}

func (n *newsboard) read() (acked, seen map[incident.Key]int) {
	n.mu.Lock()
	defer n.mu.Unlock()
	return maps.Clone(n.acked), maps.Clone(n.seen)
}

// pass leases what is due and looks at it an hour later again.
func pass(t *testing.T, s store.Store, news *newsboard) {
	l, _, ok, err := s.Lease(context.Background(), time.Hour)
	if err != nil || !ok {
		t.Errorf("lease: %v, %v", ok, err)
		return
	}
	news.leased(l.Key)
	if err := s.Release(context.Background(), l, l.Now.Add(time.Hour), true); err != nil {
		t.Errorf("release: %v", err)
	}
}

// TestPowerCuts has touches and passes at once and cuts the power at random
// moments: whatever touch was acknowledged, its key is due, or a pass has begun
// since.
func TestPowerCuts(t *testing.T) {
	const touchers, rounds = 6, 60
	path, c := filepath.Join(t.TempDir(), "hereby.db"), newClock()
	news := &newsboard{sent: map[incident.Key]int{}, acked: map[incident.Key]int{}, seen: map[incident.Key]int{}}
	d := &disk{t: t, pages: path, news: news, rnd: rand.New(rand.NewPCG(3, 4))}
	s := open(t, path, c)
	s.OpenLog(func(string) (bolt.LogFile, error) { return d, nil })
	ctx := context.Background()
	var touching sync.WaitGroup
	for i := range touchers {
		rnd := rand.New(rand.NewPCG(5, uint64(i)))
		touching.Go(func() {
			for range rounds {
				var keys []incident.Key
				for range 1 + rnd.IntN(30) {
					keys = append(keys, keyOf(rnd.IntN(300)))
				}
				news.count(news.sent, keys)
				if err := s.Touch(ctx, time.Time{}, keys...); err != nil {
					t.Errorf("touch: %v", err)
				}
				news.count(news.acked, keys)
				if rnd.IntN(10) == 0 {
					pass(t, s, news)
				}
			}
		})
	}
	touching.Wait()
	s.Close()

	for i, shot := range d.shots {
		if i%(1+len(d.shots)/20) != 0 {
			continue
		}
		checkShot(t, i, shot, c)
	}
	if len(d.shots) == 0 {
		t.Error("the power was never cut")
	}
}

func checkShot(t *testing.T, i int, shot shot, c *testenv.Clock) {
	path := filepath.Join(t.TempDir(), "cut.db")
	if err := os.WriteFile(path, shot.pages, 0o600); err != nil {
		t.Fatal(err)
	}
	setLog(t, path, shot.log)
	var s store.Store = open(t, path, c)
	defer s.Close()
	now := due(t, s)
	for key, acked := range shot.acked {
		if acked > shot.seen[key] && !slices.Contains(now, key) {
			t.Errorf("power cut %d: %s is not due after %d touches, %d of them seen", i, key, acked, shot.seen[key])
		}
	}
}
