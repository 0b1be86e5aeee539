// Package redis keeps the store on a Redis server, for any number of
// replicas. It works on a single server, behind Sentinel and on a cluster.
//
// # The keys
//
// All share one hash tag, the namespace, so that each script has its keys in
// one slot. Times and scores are ms by the server's clock, the only clock.
//
//	{NS}:meta         hash  schema, since (the epoch), server (whose memory it is)
//	{NS}:due          zset  KEY by the earliest time anybody may lease it
//	{NS}:token        hash  KEY → token of its lease
//	{NS}:dirty        hash  KEY → earliest touch since it was leased
//	{NS}:tries        hash  KEY → leases since the last release that was ok
//	{NS}:state:KEY    hash  journal, record (JSON), seq, names (JSON array)
//	{NS}:ledger:KEY   zset  entry (JSON) by its number; a repeated Append adds nothing
//	{NS}:heads        zset  NAME NUL KEY, all with score 0, in the order of bytes
//	{NS}:incidents    hash  KEY → store.Summary, without Due (JSON)
//	{NS}:wake         channel that tells every replica that something is due
//
// Each method is one short script (scripts.go), which Redis runs as one
// transaction; fencing is checked inside it.
//
// # Epoch
//
// Load compares the identity of the server (its run id and the id of its
// replication history) with the one in meta, in the same script that reads
// the journal. Another server, another history, or no meta at all (flushed,
// or restarted without its data) may have forgotten intents: a new epoch
// begins there and then.
//
// # Durability
//
// A touch is as durable as the server makes it: see configs/redis.conf. What
// it loses is found again in the tracker; what it must never do is evict.
package redis

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/hereby/hereby/internal/incident"
	"github.com/hereby/hereby/internal/store"
)

// maxIdle bounds Wait: messages between replicas may get lost.
const maxIdle = 2 * time.Second

// Options says how to use the server. The zero value serves production.
type Options struct {
	// Namespace is the hash tag of all keys; "" means "hereby".
	Namespace string
	// Name is how errors call the server: its address, without a password.
	Name string
}

// Store is a store.Store on a Redis server.
type Store struct {
	client redis.UniversalClient
	name   string
	tag    string

	idle   time.Duration // bounds Wait
	wake   chan struct{} // holds a token when a key may have become due
	cancel context.CancelFunc
	heard  sync.WaitGroup
}

var _ store.Store = (*Store)(nil)

// Open returns a store on the client's server, which it closes in the end. It
// does not wait for the server: until that can be reached, methods fail.
func Open(client redis.UniversalClient, o Options) (*Store, error) {
	if o.Namespace == "" {
		o.Namespace = "hereby"
	}
	if strings.ContainsAny(o.Namespace, "{}") || store.CheckKey(incident.Key(o.Namespace)) != nil {
		return nil, fmt.Errorf("the namespace %q of the store cannot be used: expected a plain word without braces", o.Namespace)
	}
	ctx, cancel := context.WithCancel(context.Background())
	s := &Store{client: client, name: o.Name, tag: "{" + o.Namespace + "}:", idle: maxIdle, wake: make(chan struct{}, 1), cancel: cancel}
	s.heard.Add(1)
	go s.listen(ctx)
	return s, nil
}

// Close implements store.Store.
func (s *Store) Close() error {
	s.cancel()
	s.heard.Wait()
	return s.client.Close()
}

// Ping reports whether the server answers and takes writes.
func (s *Store) Ping(ctx context.Context) error {
	return s.told("answer", ping.Run(ctx, s.client, []string{s.key("meta")}).Err())
}

func (s *Store) key(name string) string { return s.tag + name }

func (s *Store) keys(names ...string) []string {
	keys := make([]string, len(names))
	for i, name := range names {
		keys[i] = s.key(name)
	}
	return keys
}

// told returns an error as the caller of the store shall read it.
func (s *Store) told(what string, err error) error {
	var op *net.OpError
	switch {
	case err == nil, errors.Is(err, store.ErrLost):
		return err
	case errors.As(err, &op), errors.Is(err, redis.ErrClosed):
		return fmt.Errorf("the store %s cannot be reached: %w", s.name, err)
	case denied(err):
		return fmt.Errorf("the store %s did not %s: its user or password does not suffice; it needs scripts, the keys and the channel under %s*, TIME, INFO and PUBLISH (%w)", s.name, what, s.tag, err)
	case strings.HasPrefix(err.Error(), "OOM"):
		return fmt.Errorf("the store %s did not %s: its memory is full. Raise maxmemory; nothing that was acknowledged is lost (%w)", s.name, what, err)
	}
	return fmt.Errorf("the store %s did not %s: %w", s.name, what, err)
}

// denied reports whether the server refused who we are or what we may do.
func denied(err error) bool {
	for _, sign := range []string{"NOAUTH", "WRONGPASS", "NOPERM", "unauthenticated", "can't run this command", "ACL failure"} {
		if strings.Contains(err.Error(), sign) {
			return true
		}
	}
	return false
}

// Wait implements store.Store. It returns early rather than late.
func (s *Store) Wait(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(min(d, s.idle))
	defer timer.Stop()
	select {
	case <-s.wake:
	case <-timer.C:
	case <-ctx.Done():
	}
}

// signal wakes one caller of Wait in this process, now or when it comes.
func (s *Store) signal() {
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

// listen passes on what the scripts publish. A (re)connection counts as a
// message: some may have been missed.
func (s *Store) listen(ctx context.Context) {
	defer s.heard.Done()
	sub := s.client.Subscribe(ctx, s.key("wake"))
	defer sub.Close()
	messages := sub.ChannelWithSubscriptions()
	for {
		select {
		case _, open := <-messages:
			if !open {
				return
			}
			s.signal()
		case <-ctx.Done():
			return
		}
	}
}
