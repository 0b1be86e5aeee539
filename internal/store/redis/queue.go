package redis

import (
	"context"
	"crypto/rand"
	"slices"
	"strconv"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/hereby/hereby/internal/incident"
	"github.com/hereby/hereby/internal/store"
)

// maxTouch bounds the keys of one script, so that none is long.
const maxTouch = 500

func (s *Store) queue() []string { return s.keys("due", "token", "dirty", "tries") }

// Touch implements store.Store.
func (s *Store) Touch(ctx context.Context, at time.Time, keys ...incident.Key) error {
	for _, key := range keys {
		if err := store.CheckKey(key); err != nil {
			return err
		}
	}
	for some := range slices.Chunk(keys, maxTouch) {
		args := []any{s.key("wake"), store.Millis(at)}
		for _, key := range some {
			args = append(args, string(key))
		}
		if err := touch.Run(ctx, s.client, s.queue(), args...).Err(); err != nil {
			return s.told("take a touch", err)
		}
	}
	return nil
}

// Lease implements store.Store.
func (s *Store) Lease(ctx context.Context, ttl time.Duration) (store.Lease, time.Time, bool, error) {
	token := rand.Text()
	got, err := lease.Run(ctx, s.client, s.queue(), ttl.Milliseconds(), token).StringSlice()
	if err != nil {
		return store.Lease{}, time.Time{}, false, s.told("give a lease", err)
	}
	switch len(got) {
	case 0:
		return store.Lease{}, time.Time{}, false, nil
	case 1:
		next, err := parseMillis(got[0])
		return store.Lease{}, next, false, s.told("give a lease", err)
	}
	l := store.Lease{Key: incident.Key(got[0]), Token: token}
	if l.Now, err = parseMillis(got[1]); err == nil {
		l.Expires, err = parseMillis(got[3])
	}
	if err == nil {
		l.Failures, err = strconv.Atoi(got[2])
	}
	if err != nil {
		return store.Lease{}, time.Time{}, false, s.told("give a lease", err)
	}
	s.signal() // another worker may find another key
	return l, time.Time{}, true, nil
}

// parseMillis reads a score, which Redis may print with an exponent.
func parseMillis(text string) (time.Time, error) {
	ms, err := strconv.ParseFloat(text, 64)
	return store.FromMillis(int64(ms)), err
}

// Release implements store.Store.
func (s *Store) Release(ctx context.Context, l store.Lease, next time.Time, ok bool) error {
	done, err := release.Run(ctx, s.client, s.queue(), s.key("wake"), string(l.Key), l.Token, store.Millis(next), flag(ok)).Int()
	return s.fenced("end a lease", done, err)
}

func flag(on bool) string {
	if on {
		return "1"
	}
	return "0"
}

// fenced turns the result of a script that needs a lease into an error.
func (s *Store) fenced(what string, result int, err error) error {
	if err == nil && result == 0 {
		err = store.ErrLost
	}
	return s.told(what, err)
}

// Depth implements store.Store.
func (s *Store) Depth(ctx context.Context) (store.Depth, error) {
	d := store.Depth{}
	got, err := depth.Run(ctx, s.client, s.keys("due")).Slice()
	if err == nil && len(got) == 3 {
		keys, _ := got[0].(int64)
		due, _ := got[1].(int64)
		oldest, _ := got[2].(string)
		d.Keys, d.Due = int(keys), int(due)
		d.Oldest, err = parseMillis(oldest)
	}
	return d, s.told("tell its depth", err)
}

// depth counts the queue.
//
//	KEYS 1 due    result: {keys, due by now, score of the oldest of those or "0"}
var depth = redis.NewScript(clock + `
local first = redis.call('ZRANGE', KEYS[1], 0, 0, 'WITHSCORES')
local oldest = first[2]
if not oldest or tonumber(oldest) > now then oldest = '0' end
return {redis.call('ZCARD', KEYS[1]), redis.call('ZCOUNT', KEYS[1], '-inf', str(now)), oldest}`)
