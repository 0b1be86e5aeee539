package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"time"

	"github.com/hereby/hereby/internal/store"
	"github.com/hereby/hereby/internal/store/dial"
)

// scratch opens an empty store that goes away when it is closed. Nothing is
// ever attempted with it, so it can have forgotten nothing: its epoch lies in
// the past, and no plan waits for what an earlier attempt may still bring.
func scratch(ctx context.Context, log *slog.Logger) (store.Store, error) {
	dir, err := os.MkdirTemp("", "hereby-")
	if err != nil {
		return nil, fmt.Errorf("a directory for a passing store is needed: %w; name one in TMPDIR", err)
	}
	var opened atomic.Bool
	clock := func() time.Time {
		if !opened.Load() {
			return time.Now().AddDate(-1, 0, 0)
		}
		return time.Now()
	}
	s, err := dial.Open(ctx, "bolt:"+filepath.Join(dir, "hereby.db"), dial.Options{Clock: clock, Log: log})
	if err != nil {
		os.RemoveAll(dir)
		return nil, err
	}
	opened.Store(true)
	return passing{s, dir}, nil
}

type passing struct {
	store.Store
	dir string
}

func (p passing) Close() error { return errors.Join(p.Store.Close(), os.RemoveAll(p.dir)) }

// openToRead opens the configured store; in place of one that does not exist
// yet an empty one that does not stay.
func openToRead(ctx context.Context, dsn string, log *slog.Logger) (store.Store, error) {
	if path, ok := strings.CutPrefix(dsn, "bolt:"); ok {
		if _, err := os.Stat(path); errors.Is(err, os.ErrNotExist) {
			return scratch(ctx, log)
		}
	}
	return dial.Open(ctx, dsn, dial.Options{Log: log})
}
