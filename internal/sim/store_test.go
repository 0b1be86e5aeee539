package sim

import (
	"context"
	"fmt"
	"time"

	"github.com/hereby/hereby/internal/incident"
	"github.com/hereby/hereby/internal/ledger"
	"github.com/hereby/hereby/internal/store"
)

// disturbed is the store as a process sees it: each call is a step.
type disturbed struct {
	store.Store
	p *process
}

func (d *disturbed) Touch(ctx context.Context, at time.Time, keys ...incident.Key) error {
	return d.p.cross(disk, fmt.Sprintf("touch %v", keys), func() error { return d.Store.Touch(ctx, at, keys...) })
}

// Lease is a step only if there is something to lease: who asks in vain loses
// nothing.
func (d *disturbed) Lease(ctx context.Context, ttl time.Duration) (lease store.Lease, next time.Time, ok bool, err error) {
	if depth, err := d.Store.Depth(ctx); err != nil || depth.Due == 0 {
		return d.Store.Lease(ctx, ttl)
	}
	err = d.p.cross(disk, "lease", func() error {
		lease, next, ok, err = d.Store.Lease(ctx, ttl)
		if ok {
			d.p.lease, d.p.run.holder[lease.Key] = lease, lease.Token
		}
		return err
	})
	return lease, next, ok && err == nil, err
}

func (d *disturbed) Release(ctx context.Context, lease store.Lease, next time.Time, ok bool) error {
	return d.p.cross(disk, "release "+string(lease.Key), func() error {
		return d.fenced("release", lease, d.Store.Release(ctx, lease, next, ok))
	})
}

// fenced notes a write that a lease let through though another has the key.
func (d *disturbed) fenced(what string, lease store.Lease, err error) error {
	if err == nil && d.p.run.holder[lease.Key] != lease.Token {
		d.p.run.wrong("%s of %s under a lease that was lost", what, lease.Key)
	}
	return err
}

func (d *disturbed) Load(ctx context.Context, key incident.Key) (state store.State, err error) {
	err = d.p.cross(disk, "load "+string(key), func() error {
		state, err = d.Store.Load(ctx, key)
		return err
	})
	return state, err
}

func (d *disturbed) Save(ctx context.Context, lease store.Lease, journal incident.Journal) error {
	return d.p.cross(disk, "save "+string(lease.Key), func() error {
		return d.fenced("save", lease, d.Store.Save(ctx, lease, journal))
	})
}

func (d *disturbed) Append(ctx context.Context, lease store.Lease, entries []ledger.Entry, record incident.Record) error {
	return d.p.cross(disk, "append "+string(lease.Key), func() error {
		return d.fenced("append", lease, d.Store.Append(ctx, lease, entries, record))
	})
}

func (d *disturbed) Heads(ctx context.Context, name string) (keys []incident.Key, err error) {
	err = d.p.cross(disk, "heads "+name, func() error {
		keys, err = d.Store.Heads(ctx, name)
		return err
	})
	return keys, err
}

func (d *disturbed) Incidents(ctx context.Context) (list []store.Summary, err error) {
	err = d.p.cross(disk, "incidents", func() error {
		list, err = d.Store.Incidents(ctx)
		return err
	})
	return list, err
}
