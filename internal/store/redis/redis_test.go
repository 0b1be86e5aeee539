package redis_test

import (
	"context"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"
	goredis "github.com/redis/go-redis/v9"

	"github.com/hereby/hereby/internal/store"
	"github.com/hereby/hereby/internal/store/redis"
	"github.com/hereby/hereby/internal/store/storetest"
)

// open opens a store on the server at addr.
func open(t testing.TB, addr, namespace string) *redis.Store {
	t.Helper()
	client := goredis.NewClient(&goredis.Options{Addr: addr, ContextTimeoutEnabled: true, DialerRetries: 1})
	s, err := redis.Open(client, redis.Options{Namespace: namespace, Name: "redis://" + addr})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func TestConformanceMiniredis(t *testing.T) {
	storetest.Run(t, func() (*storetest.Harness, error) {
		server := miniredis.NewMiniRedis()
		if err := server.Start(); err != nil {
			return nil, err
		}
		now := time.Date(2026, 11, 22, 10, 0, 0, 123_456_789, time.UTC)
		server.SetTime(now)
		s := open(t, server.Addr(), "")
		again := func() store.Store {
			s.Close()
			s = open(t, server.Addr(), "")
			return s
		}
		return &storetest.Harness{
			Store: s, Unit: time.Minute,
			Now: func() time.Time { return now },
			Advance: func(d time.Duration) {
				now = now.Add(d)
				server.SetTime(now)
			},
			Reopen: again,
			Lose: func() store.Store {
				server.FlushAll()
				return again()
			},
			Bytes: func() []byte {
				client := goredis.NewClient(&goredis.Options{Addr: server.Addr()})
				defer client.Close()
				return stored(t, client, "hereby")
			},
			Close: func() {
				s.Close()
				server.Close()
			},
		}, nil
	})
}

// serverNow reads a server's clock.
func serverNow(t testing.TB, client goredis.UniversalClient) time.Time {
	t.Helper()
	now, err := client.Time(context.Background()).Result()
	if err != nil {
		t.Fatal(err)
	}
	return now
}

// stored returns all that is kept under a namespace.
func stored(t testing.TB, client goredis.UniversalClient, namespace string) []byte {
	t.Helper()
	ctx := context.Background()
	keys, err := client.Keys(ctx, "{"+namespace+"}:*").Result()
	if err != nil {
		t.Fatal(err)
	}
	var all []byte
	for _, key := range keys {
		fields, errHash := client.HGetAll(ctx, key).Result()
		members, errSet := client.ZRange(ctx, key, 0, -1).Result()
		if errHash != nil && errSet != nil {
			t.Fatalf("%s is neither hash nor set: %v", key, errHash)
		}
		all = fmt.Appendln(all, key, fields, members)
	}
	return all
}

var namespaces atomic.Int64

// TestConformanceRedis runs the suite on a real server. Its clock cannot be
// set, so units are milliseconds that are waited out; nothing is left out.
func TestConformanceRedis(t *testing.T) {
	server := startRedis(t)
	client := goredis.NewClient(&goredis.Options{Addr: server.Addr})
	t.Cleanup(func() { client.Close() })
	storetest.Run(t, func() (*storetest.Harness, error) {
		namespace := fmt.Sprint("test", namespaces.Add(1))
		s := open(t, server.Addr, namespace)
		again := func() store.Store {
			s.Close()
			s = open(t, server.Addr, namespace)
			return s
		}
		wipe := func() error {
			keys, err := client.Keys(context.Background(), "{"+namespace+"}:*").Result()
			if err != nil || len(keys) == 0 {
				return err
			}
			return client.Del(context.Background(), keys...).Err()
		}
		return &storetest.Harness{
			Store: s, Unit: 2 * time.Millisecond,
			Now:     func() time.Time { return serverNow(t, client) },
			Advance: func(d time.Duration) { time.Sleep(d) },
			Reopen:  again,
			Lose: func() store.Store {
				if err := wipe(); err != nil {
					t.Fatal(err)
				}
				return again()
			},
			Bytes: func() []byte { return stored(t, client, namespace) },
			Close: func() {
				if err := wipe(); err != nil {
					t.Error(err)
				}
				s.Close()
			},
		}, nil
	})
}
