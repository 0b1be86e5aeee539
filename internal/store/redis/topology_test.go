package redis_test

import (
	"context"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"github.com/hereby/hereby/internal/incident"
	"github.com/hereby/hereby/internal/store"
	"github.com/hereby/hereby/internal/store/redis"
	"github.com/hereby/hereby/internal/store/storetest"
)

// TestConformanceCluster runs the suite on a cluster of three masters, where a
// script whose keys lie in several slots is refused.
func TestConformanceCluster(t *testing.T) {
	if testing.Short() {
		t.Skip("skipped: a cluster takes a few seconds to form (-short)")
	}
	ctx := context.Background()
	var addrs []string
	for i := range 3 {
		dir := t.TempDir()
		node := startRedis(t, "--cluster-enabled", "yes", "--cluster-config-file", filepath.Join(dir, "nodes.conf"), "--cluster-port", freePort(t))
		client := goredis.NewClient(&goredis.Options{Addr: node.Addr})
		defer client.Close()
		from, to := 16384*i/3, 16384*(i+1)/3-1
		if err := client.ClusterAddSlotsRange(ctx, from, to).Err(); err != nil {
			t.Fatal(err)
		}
		if i > 0 {
			meet(t, client, addrs[0])
		}
		addrs = append(addrs, node.Addr)
	}
	for _, addr := range addrs {
		client := goredis.NewClient(&goredis.Options{Addr: addr})
		defer client.Close()
		waitFor(t, "the cluster to form", func() bool {
			return len(client.ClusterShards(ctx).Val()) == 3 && clusterOK(client)
		})
	}
	cluster := func() *goredis.ClusterClient {
		return goredis.NewClusterClient(&goredis.ClusterOptions{Addrs: addrs, ContextTimeoutEnabled: true})
	}
	watch := cluster()
	defer watch.Close()
	storetest.Run(t, func() (*storetest.Harness, error) {
		namespace := "test" + time.Now().Format("150405.000000000")
		s, err := redis.Open(cluster(), redis.Options{Namespace: namespace})
		if err != nil {
			return nil, err
		}
		again := func() store.Store {
			s.Close()
			if s, err = redis.Open(cluster(), redis.Options{Namespace: namespace}); err != nil {
				t.Fatal(err)
			}
			return s
		}
		owner, err := watch.MasterForKey(ctx, "{"+namespace+"}:meta")
		if err != nil {
			return nil, err
		}
		return &storetest.Harness{
			Store: s, Unit: 2 * time.Millisecond,
			Now:     func() time.Time { return serverNow(t, owner) },
			Advance: func(d time.Duration) { time.Sleep(d) },
			Reopen:  again,
			Lose: func() store.Store {
				if err := owner.FlushAll(ctx).Err(); err != nil {
					t.Fatal(err)
				}
				return again()
			},
			Bytes: func() []byte { return stored(t, owner, namespace) },
			Close: func() { s.Close() },
		}, nil
	})
}

// meet introduces a node to another, whose bus port is the fourth number of
// its own line in CLUSTER NODES.
func meet(t *testing.T, client *goredis.Client, of string) {
	t.Helper()
	other := goredis.NewClient(&goredis.Options{Addr: of})
	defer other.Close()
	ctx := context.Background()
	bus, err := other.Do(ctx, "CONFIG", "GET", "cluster-port").Result()
	if err != nil {
		t.Fatal(err)
	}
	host, port, _ := net.SplitHostPort(of)
	if err := client.Do(ctx, "CLUSTER", "MEET", host, port, setting(bus)).Err(); err != nil {
		t.Fatal(err)
	}
}

// setting returns the value in an answer of CONFIG GET in either protocol.
func setting(v any) string {
	switch v := v.(type) {
	case map[any]any:
		for _, value := range v {
			s, _ := value.(string)
			return s
		}
	case []any:
		if len(v) == 2 {
			s, _ := v[1].(string)
			return s
		}
	}
	return ""
}

func clusterOK(client *goredis.Client) bool {
	info, err := client.ClusterInfo(context.Background()).Result()
	return err == nil && len(info) > 16 && info[:16] == "cluster_state:ok"
}

func freePort(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	_, port, _ := net.SplitHostPort(l.Addr().String())
	return port
}

// TestSentinel has Sentinel move the master under a running store.
func TestSentinel(t *testing.T) {
	if testing.Short() {
		t.Skip("skipped: a failover takes a few seconds (-short)")
	}
	ctx := context.Background()
	a, b := startRedis(t), startRedis(t)
	clientB := goredis.NewClient(&goredis.Options{Addr: b.Addr})
	defer clientB.Close()
	replicate(t, clientB, a.Addr)
	host, port, _ := net.SplitHostPort(a.Addr)
	conf := filepath.Join(t.TempDir(), "sentinel.conf")
	text := "sentinel monitor hereby " + host + " " + port + " 1\nsentinel down-after-milliseconds hereby 500\nsentinel failover-timeout hereby 3000\n"
	if err := os.WriteFile(conf, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	sentinel := storetest.StartSentinel(t, conf)
	watch := goredis.NewSentinelClient(&goredis.Options{Addr: sentinel.Addr})
	defer watch.Close()
	waitFor(t, "Sentinel to find the replica", func() bool {
		replicas, err := watch.Replicas(ctx, "hereby").Result()
		return err == nil && len(replicas) == 1
	})

	s, err := redis.Open(goredis.NewUniversalClient(&goredis.UniversalOptions{
		Addrs: []string{sentinel.Addr}, MasterName: "hereby", ContextTimeoutEnabled: true,
	}), redis.Options{Name: "redis://" + sentinel.Addr})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	touch(t, s, key)
	before := epoch(t, s)
	waitFor(t, "replication", func() bool {
		return clientB.HGet(ctx, "{hereby}:meta", "since").Val() != ""
	})
	a.Kill()
	waitFor(t, "the failover", func() bool { return s.Ping(ctx) == nil })
	if after := epoch(t, s); !after.After(before) {
		t.Errorf("after the failover the epoch is %v, as before (%v)", after, before)
	}
	if l := lease(t, s); l.Key != incident.Key(key) {
		t.Errorf("leased %s", l.Key)
	}
	if master, err := watch.GetMasterAddrByName(ctx, "hereby").Result(); err != nil || net.JoinHostPort(master[0], master[1]) != b.Addr {
		t.Errorf("the master is %v, %v", master, err)
	}
}
