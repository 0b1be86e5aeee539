package redis_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"
	goredis "github.com/redis/go-redis/v9"

	"github.com/hereby/hereby/internal/incident"
	"github.com/hereby/hereby/internal/store"
	"github.com/hereby/hereby/internal/store/redis"
)

// TestWakesReplicas: what makes a key due in one replica wakes another, and
// nobody's clock does; each wait would otherwise last an hour.
func TestWakesReplicas(t *testing.T) {
	for name, addr := range servers(t) {
		t.Run(name, func(t *testing.T) {
			a, b := open(t, addr, ""), open(t, addr, "")
			b.SetIdle(time.Hour)
			ctx := context.Background()
			wait := func() { b.Wait(ctx, time.Hour) }
			wait() // the subscription stands
			touch(t, a, key)
			wait()
			touch(t, a, "jira:OPS-3") // though another is due longer
			wait()
			l := lease(t, b)
			wait() // a lease passes the word on: another key is due as well
			if err := a.Release(ctx, lease(t, a), time.Time{}, true); err != nil {
				t.Fatal(err)
			}
			if err := a.Release(ctx, l, l.Now, true); err != nil {
				t.Fatal(err)
			}
			wait()
			l = lease(t, a)
			if err := a.Rename(ctx, l, "jira:OPS-1"); err != nil {
				t.Fatal(err)
			}
			wait()
			lease(t, a)
			if err := a.Touch(ctx, l.Now.Add(time.Minute), "jira:OPS-2"); err != nil {
				t.Fatal(err)
			}
			wait()
		})
	}
}

// servers returns the addresses of a model of a server and, where there is
// one, of a real one.
func servers(t *testing.T) map[string]string {
	return map[string]string{"miniredis": miniredis.RunT(t).Addr(), "redis-server": startRedis(t).Addr}
}

// TestRenameOfAMovingTarget: while one replica renames onto a key, another
// works on it; neither's journal is lost.
func TestRenameOfAMovingTarget(t *testing.T) {
	addr := miniredis.RunT(t).Addr()
	b := open(t, addr, "")
	ctx := context.Background()
	const other incident.Key = "github:acme/store#12"
	touch(t, b, key)
	mine := lease(t, b)
	touch(t, b, other)
	theirs := lease(t, b)
	save := func(s store.Store, l store.Lease, slot incident.Slot) error {
		return s.Save(ctx, l, incident.Journal{Slots: map[incident.Slot]incident.Attempt{slot: {Place: "acme/shop"}}})
	}
	if err := save(b, mine, "say/board"); err != nil {
		t.Fatal(err)
	}
	before := func() {}
	client := goredis.NewClient(&goredis.Options{Addr: addr})
	client.AddHook(interrupt{func() { before() }})
	a, err := redis.Open(client, redis.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer a.Close()
	times := 0
	before = func() {
		if times++; times > 1 {
			return
		}
		if err := save(b, theirs, "role/planning"); err != nil {
			t.Error(err)
		}
	}
	if err := a.Rename(ctx, mine, other); err != nil {
		t.Fatal(err)
	}
	if times != 2 {
		t.Errorf("the rename was tried %d times", times)
	}
	state, err := a.Load(ctx, other)
	if err != nil || len(state.Journal.Slots) != 2 {
		t.Errorf("the journal is %+v, %v", state.Journal, err)
	}

	// Somebody who never stops is an error, not an endless loop.
	theirs = lease(t, b)
	touch(t, b, key)
	mine = lease(t, b)
	before = func() {
		times++
		if err := save(b, theirs, incident.Slot(fmt.Sprint("follow/", times))); err != nil {
			t.Error(err)
		}
	}
	if err := a.Rename(ctx, mine, other); err == nil || errors.Is(err, store.ErrLost) {
		t.Errorf("an endless rename brought %v", err)
	}
}

// interrupt runs something just before each script with the keys of a rename.
type interrupt struct{ before func() }

func (interrupt) DialHook(next goredis.DialHook) goredis.DialHook { return next }

func (interrupt) ProcessPipelineHook(next goredis.ProcessPipelineHook) goredis.ProcessPipelineHook {
	return next
}

func (i interrupt) ProcessHook(next goredis.ProcessHook) goredis.ProcessHook {
	return func(ctx context.Context, cmd goredis.Cmder) error {
		if args := cmd.Args(); cmd.Name() == "evalsha" && args[2] == 10 {
			i.before()
		}
		return next(ctx, cmd)
	}
}
