package redis_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"
	goredis "github.com/redis/go-redis/v9"

	"github.com/hereby/hereby/internal/incident"
	"github.com/hereby/hereby/internal/store"
)

const key incident.Key = "github:acme/shop#12"

func touch(t testing.TB, s store.Store, keys ...incident.Key) {
	t.Helper()
	if err := s.Touch(context.Background(), time.Time{}, keys...); err != nil {
		t.Fatal(err)
	}
}

func lease(t testing.TB, s store.Store) store.Lease {
	t.Helper()
	l, next, ok, err := s.Lease(context.Background(), time.Hour)
	if err != nil || !ok {
		t.Fatalf("lease: nothing until %v, %v", next, err)
	}
	return l
}

func epoch(t testing.TB, s store.Store) time.Time {
	t.Helper()
	state, err := s.Load(context.Background(), key)
	if err != nil {
		t.Fatal(err)
	}
	return state.Journal.Epoch
}

// calls are all the methods that need the server.
func calls(s store.Store) map[string]error {
	ctx := context.Background()
	l := store.Lease{Key: key, Token: "lost"}
	_, _, _, leased := s.Lease(ctx, time.Minute)
	_, loaded := s.Load(ctx, key)
	_, entries := s.Entries(ctx, key, 0)
	_, heads := s.Heads(ctx, "acme/shop#12")
	_, incidents := s.Incidents(ctx)
	_, depth := s.Depth(ctx)
	return map[string]error{
		"touch":     s.Touch(ctx, time.Time{}, key),
		"lease":     leased,
		"release":   s.Release(ctx, l, time.Time{}, true),
		"load":      loaded,
		"save":      s.Save(ctx, l, incident.Journal{}),
		"append":    s.Append(ctx, l, nil, incident.Record{}),
		"rename":    s.Rename(ctx, l, "jira:OPS-1"),
		"entries":   entries,
		"heads":     heads,
		"incidents": incidents,
		"depth":     depth,
		"ping":      s.Ping(ctx),
	}
}

// TestGone has the server gone at the start, there, gone in the middle, and
// there again with what it kept.
func TestGone(t *testing.T) {
	server := startRedis(t, "--appendonly", "yes", "--appendfsync", "always")
	server.Kill()
	s := open(t, server.Addr, "")
	gone := func() {
		t.Helper()
		for what, err := range calls(s) {
			if err == nil || errors.Is(err, store.ErrLost) || !strings.Contains(err.Error(), server.Addr) {
				t.Errorf("%s without a server: %v", what, err)
			}
		}
	}
	gone()
	server.Restart()
	back := func() { // the client asks once a second
		t.Helper()
		waitFor(t, "the server to be noticed", func() bool { return s.Ping(context.Background()) == nil })
	}
	back()
	touch(t, s, key)
	l := lease(t, s)
	first := epoch(t, s)
	if again := epoch(t, s); !again.Equal(first) {
		t.Errorf("the epoch moved from %v to %v by itself", first, again)
	}

	server.Kill()
	gone()
	before := time.Now().Truncate(time.Millisecond)
	server.Restart()
	back()
	if err := s.Save(context.Background(), l, incident.Journal{}); err != nil {
		t.Errorf("the lease was lost, though the server kept its data: %v", err)
	}
	// Nobody can say what its last second was, so this is a new epoch.
	if again := epoch(t, s); again.Before(before) {
		t.Errorf("after a restart at %v the epoch is %v", before, again)
	}
}

// TestLosesItsData restarts a server without persistence, and empties one
// that goes on running.
func TestLosesItsData(t *testing.T) {
	server := startRedis(t)
	s := open(t, server.Addr, "")
	client := goredis.NewClient(&goredis.Options{Addr: server.Addr})
	defer client.Close()
	for what, lose := range map[string]func(){
		"restart": server.Restart,
		"flush":   func() { client.FlushAll(context.Background()) },
	} {
		touch(t, s, key)
		l := lease(t, s)
		epoch(t, s)
		before := time.Now().Truncate(time.Millisecond)
		lose()
		if err := s.Save(context.Background(), l, incident.Journal{}); !errors.Is(err, store.ErrLost) {
			t.Errorf("%s: a lease outlived the loss of its store: %v", what, err)
		}
		touch(t, s, key) // so the namespace is not empty when the epoch is asked for
		if again := epoch(t, s); again.Before(before) {
			t.Errorf("%s: after a loss at %v the epoch is %v", what, before, again)
		}
	}
}

// TestNewMaster moves the data to another server and back, as failovers do.
// The one that comes back was seen before, under the same run id; in one case
// nobody asked the other for the epoch in between.
func TestNewMaster(t *testing.T) {
	t.Run("asked", func(t *testing.T) { testNewMaster(t, true) })
	t.Run("not asked", func(t *testing.T) { testNewMaster(t, false) })
}

func testNewMaster(t *testing.T, asked bool) {
	a, b := startRedis(t), startRedis(t)
	ctx := context.Background()
	clientA, clientB := goredis.NewClient(&goredis.Options{Addr: a.Addr}), goredis.NewClient(&goredis.Options{Addr: b.Addr})
	defer clientA.Close()
	defer clientB.Close()
	s := open(t, a.Addr, "")
	touch(t, s, key)
	l := lease(t, s)
	replicate(t, clientB, a.Addr)
	before := epoch(t, s)

	sameOn := func(client *goredis.Client) {
		t.Helper()
		waitFor(t, "replication", func() bool {
			got, err := client.HGet(ctx, "{hereby}:token", string(key)).Result()
			return err == nil && got == l.Token
		})
	}
	sameOn(clientB)
	promote(t, clientB)
	s2 := open(t, b.Addr, "")
	if err := s2.Save(ctx, l, incident.Journal{}); err != nil {
		t.Errorf("the lease was lost on the way: %v", err)
	}
	moved := before
	if asked {
		if moved = epoch(t, s2); !moved.After(before) {
			t.Errorf("on another master the epoch is %v, as before (%v)", moved, before)
		}
	}

	replicate(t, clientA, b.Addr)
	touch(t, s2, "jira:OPS-1")
	waitFor(t, "replication", func() bool { return clientA.ZScore(ctx, "{hereby}:due", "jira:OPS-1").Err() == nil })
	promote(t, clientA)
	if back := epoch(t, s); !back.After(moved) {
		t.Errorf("back on the first master the epoch is %v, as before (%v)", back, moved)
	}
}

func replicate(t *testing.T, client *goredis.Client, of string) {
	t.Helper()
	host, port, _ := strings.Cut(of, ":")
	if err := client.ReplicaOf(context.Background(), host, port).Err(); err != nil {
		t.Fatal(err)
	}
	waitFor(t, "the link to the master", func() bool {
		return strings.Contains(client.Info(context.Background(), "replication").Val(), "master_link_status:up")
	})
}

func promote(t *testing.T, client *goredis.Client) {
	t.Helper()
	if err := client.ReplicaOf(context.Background(), "NO", "ONE").Err(); err != nil {
		t.Fatal(err)
	}
}

// waitFor asks until it is so; it fails the test after a minute.
func waitFor(t testing.TB, what string, so func() bool) {
	t.Helper()
	for range 6000 {
		if so() {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Fatalf("waited for %s in vain", what)
}

func TestRights(t *testing.T) {
	server := startRedis(t)
	client := goredis.NewClient(&goredis.Options{Addr: server.Addr})
	defer client.Close()
	ctx := context.Background()
	if err := client.Do(ctx, "CONFIG", "SET", "requirepass", "hidden").Err(); err != nil {
		t.Fatal(err)
	}
	s := open(t, server.Addr, "")
	for what, err := range calls(s) {
		if err == nil || !strings.Contains(err.Error(), "user or password") {
			t.Errorf("%s without a password: %v", what, err)
		}
	}
	admin := goredis.NewClient(&goredis.Options{Addr: server.Addr, Password: "hidden"})
	defer admin.Close()
	if err := admin.Do(ctx, "ACL", "SETUSER", "default", "-info").Err(); err != nil {
		t.Fatal(err)
	}
	if err := admin.Do(ctx, "CONFIG", "SET", "requirepass", "").Err(); err != nil {
		t.Fatal(err)
	}
	s = open(t, server.Addr, "")
	if err := s.Touch(ctx, time.Time{}, key); err != nil {
		t.Error(err)
	}
	// Without INFO a lost memory could not be noticed.
	if _, err := s.Load(ctx, key); err == nil || !strings.Contains(err.Error(), "INFO, which tells") || !strings.Contains(err.Error(), "user or password") {
		t.Errorf("a user without INFO: %v", err)
	}
}

func TestFullMemory(t *testing.T) {
	server := startRedis(t, "--maxmemory", "1mb", "--maxmemory-policy", "noeviction")
	s := open(t, server.Addr, "")
	err := s.Touch(context.Background(), time.Time{}, key)
	for i := 0; err == nil; i++ {
		if i > 100_000 {
			t.Fatal("the limit does not work")
		}
		err = s.Touch(context.Background(), time.Time{}, incident.Key(key+incident.Key(strings.Repeat("0", 900)))+incident.Key(rune('a'+i%26)))
	}
	if !strings.Contains(err.Error(), "memory is full") {
		t.Errorf("a full server: %v", err)
	}
}

func TestNewerLayout(t *testing.T) {
	server := miniredis.RunT(t)
	s := open(t, server.Addr(), "")
	touch(t, s, key)
	epoch(t, s)
	server.HSet("{hereby}:meta", "schema", "99")
	if _, err := s.Load(context.Background(), key); err == nil || !strings.Contains(err.Error(), "newer hereby") {
		t.Errorf("a newer layout: %v", err)
	}
}

func TestUnreadable(t *testing.T) {
	server := miniredis.RunT(t)
	s := open(t, server.Addr(), "")
	touch(t, s, key)
	server.HSet("{hereby}:state:"+string(key), "record", "{")
	if _, err := s.Load(context.Background(), key); err == nil || !strings.Contains(err.Error(), string(key)) {
		t.Errorf("an unreadable record: %v", err)
	}
}
