// Package dial opens the store that one string names:
//
//	bolt:PATH                                  a file of this process
//	redis://[USER:PASSWORD@]HOST[:PORT][/DB]   a Redis server
//	rediss://…                                 the same over TLS
//	redis://HOST,HOST,…                        a cluster; also redis://HOST?cluster=true
//	redis://HOST,HOST,…?master_name=NAME       the master that these Sentinels know
//
// Parameters of a Redis address: addr=HOST:PORT (one more host, repeatable),
// master_name, sentinel_username, sentinel_password, cluster=true, db,
// namespace (the hash tag of all keys), skip_verify=true (rediss),
// pool_size, dial_timeout and read_timeout (as in "3s").
package dial

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"github.com/hereby/hereby/internal/store"
	"github.com/hereby/hereby/internal/store/bolt"
	"github.com/hereby/hereby/internal/store/redis"
)

// Options says how to open a store. The zero value serves production.
type Options struct {
	// Clock is the clock of an embedded store; nil means time.Now. A Redis
	// store goes by the server's clock.
	Clock func() time.Time
	// Log takes what the Redis client says of its connections, at debug
	// level. It is one for the process; nil drops it.
	Log *slog.Logger
}

// Open opens the store named by dsn. An embedded store that another process
// holds fails with an error that wraps [store.ErrLocked]; a Redis store opens
// whether or not its server can be reached, and its methods fail until it can.
// No error shows a password.
func Open(ctx context.Context, dsn string, o Options) (store.Store, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	scheme, rest, _ := strings.Cut(dsn, ":")
	switch scheme {
	case "bolt":
		s, err := bolt.Open(rest, bolt.Options{Clock: o.Clock})
		if err != nil {
			return nil, err // not s: a nil *bolt.Store is no nil store
		}
		return s, nil
	case "redis", "rediss":
		to, err := parse(dsn)
		if err != nil {
			return nil, err
		}
		goredis.SetLogger(clientLog{o.Log})
		client := goredis.NewUniversalClient(&to.client)
		s, err := redis.Open(client, redis.Options{Namespace: to.namespace, Name: to.name})
		if err != nil {
			_ = client.Close()
			return nil, err
		}
		return s, nil
	}
	return nil, fmt.Errorf("the store's address begins with %q: expected bolt:PATH, redis://… or rediss://…", scheme+":")
}

// clientLog passes the Redis client's remarks on.
type clientLog struct{ to *slog.Logger }

func (l clientLog) Printf(ctx context.Context, format string, args ...any) {
	if l.to != nil {
		l.to.DebugContext(ctx, "redis client: "+fmt.Sprintf(format, args...))
	}
}
