package dial_test

import (
	"context"
	"errors"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"

	"github.com/hereby/hereby/internal/incident"
	"github.com/hereby/hereby/internal/store"
	"github.com/hereby/hereby/internal/store/dial"
)

// round touches, leases and releases a key.
func round(t *testing.T, s store.Store) {
	t.Helper()
	ctx := context.Background()
	key := incident.Key("github:acme/shop#12")
	if err := s.Touch(ctx, time.Time{}, key); err != nil {
		t.Fatal(err)
	}
	lease, _, ok, err := s.Lease(ctx, time.Minute)
	if err != nil || !ok || lease.Key != key {
		t.Fatalf("lease: %v, %v, %v", lease, ok, err)
	}
	if err := s.Release(ctx, lease, time.Time{}, true); err != nil {
		t.Fatal(err)
	}
}

func TestOpen(t *testing.T) {
	server := miniredis.RunT(t)
	server.RequireUserAuth("hereby", "p@ss")
	for name, dsn := range map[string]string{
		"bolt":  "bolt:" + filepath.Join(t.TempDir(), "hereby.db"),
		"redis": "redis://hereby:p%40ss@" + server.Addr() + "/0?namespace=ours&pool_size=2",
	} {
		t.Run(name, func(t *testing.T) {
			s, err := dial.Open(t.Context(), dsn, dial.Options{})
			if err != nil {
				t.Fatal(err)
			}
			round(t, s)
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
		})
	}
	for _, key := range server.Keys() {
		if !strings.HasPrefix(key, "{ours}:") {
			t.Errorf("key %q lies outside the namespace", key)
		}
	}
}

func TestOpenWhileRedisIsGone(t *testing.T) {
	s, err := dial.Open(t.Context(), "redis://:hidden@127.0.0.1:1", dial.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	err = s.Touch(t.Context(), time.Time{}, "github:acme/shop#12")
	if err == nil || !strings.Contains(err.Error(), "127.0.0.1:1") || strings.Contains(err.Error(), "hidden") {
		t.Errorf("touch: %v", err)
	}
}

func TestOpenLocked(t *testing.T) {
	dsn := "bolt:" + filepath.Join(t.TempDir(), "hereby.db")
	first, err := dial.Open(t.Context(), dsn, dial.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer first.Close()
	second, err := dial.Open(t.Context(), dsn, dial.Options{})
	if !errors.Is(err, store.ErrLocked) || second != nil {
		t.Errorf("second open: %v, %v", second, err)
	}
}

func TestBadAddress(t *testing.T) {
	for dsn, want := range map[string]string{
		"":                                   "expected bolt:PATH",
		"hereby.db":                          "expected bolt:PATH",
		"bolt:":                              "no file",
		"postgres://x":                       "expected bolt:PATH",
		"redis:localhost":                    "lacks //",
		"redis://":                           "a host is missing",
		"redis://a,,b":                       "a host is missing",
		"redis://a:b:c":                      "no host and port",
		"redis://h/x":                        "number of a database",
		"redis://h?colour=red":               `unknown parameter "colour"`,
		"redis://h?cluster=maybe":            "cluster=maybe",
		"redis://h?namespace={a}":            "without braces",
		"redis://u:secr%et@h":                "escaped",
		"redis://u:se cret@h":                "escaped",
		"redis://h?sentinel_password=secr%e": "percent",
	} {
		s, err := dial.Open(t.Context(), dsn, dial.Options{})
		if err == nil {
			t.Errorf("%q: opened %v", dsn, s)
			continue
		}
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v; want %q", dsn, err, want)
		}
		if strings.Contains(err.Error(), "secr") || strings.Contains(err.Error(), "cret") {
			t.Errorf("%q: the error shows a password: %v", dsn, err)
		}
	}
}
