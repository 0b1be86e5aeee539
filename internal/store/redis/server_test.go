package redis_test

import (
	"testing"

	"github.com/redis/go-redis/v9/logging"

	"github.com/hereby/hereby/internal/store/storetest"
)

// The client reports every lost connection, which tests lose on purpose.
func init() { logging.Disable() }

func startRedis(t testing.TB, args ...string) *storetest.Server {
	t.Helper()
	return storetest.StartRedis(t, args...)
}
