package bolt_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/hereby/hereby/internal/store"
	"github.com/hereby/hereby/internal/store/bolt"
	"github.com/hereby/hereby/internal/store/storetest"
)

// counted lets the suite see how touches share syncs.
type counted struct{ *bolt.Store }

func (c counted) Syncs() (touches, syncs int64) {
	stats := c.Stats()
	return stats.Touches, 2*stats.Commits + stats.Logged
}

func openBench(b *testing.B) store.Store {
	s, err := bolt.Open(filepath.Join(b.TempDir(), "hereby.db"), bolt.Options{})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { s.Close() })
	return counted{s}
}

func BenchmarkTouch(b *testing.B) { storetest.BenchTouch(b, openBench) }

func BenchmarkIdle(b *testing.B) { storetest.BenchIdle(b, openBench) }

// BenchmarkSync is the disk's own time for one write and sync, to judge the
// others by.
func BenchmarkSync(b *testing.B) {
	f, err := os.Create(filepath.Join(b.TempDir(), "file"))
	if err != nil {
		b.Fatal(err)
	}
	defer f.Close()
	page := make([]byte, 4096)
	for b.Loop() {
		if _, err := f.WriteAt(page, 0); err != nil {
			b.Fatal(err)
		}
		if err := f.Sync(); err != nil {
			b.Fatal(err)
		}
	}
}
