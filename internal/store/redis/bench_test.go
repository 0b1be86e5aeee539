package redis_test

import (
	"testing"

	"github.com/hereby/hereby/internal/store"
	"github.com/hereby/hereby/internal/store/storetest"
)

// openBench opens a store on a server of its own that syncs every second, as
// configs/redis.conf has it.
func openBench(b *testing.B) store.Store {
	return open(b, startRedis(b, "--appendonly", "yes").Addr, "")
}

func BenchmarkTouch(b *testing.B) { storetest.BenchTouch(b, openBench) }

func BenchmarkIdle(b *testing.B) { storetest.BenchIdle(b, openBench) }
