package redis_test

import (
	"testing"

	"github.com/hereby/hereby/internal/store/storetest"
)

func startRedis(t testing.TB, args ...string) *storetest.Server {
	t.Helper()
	return storetest.StartRedis(t, args...)
}
