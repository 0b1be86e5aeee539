package dial

import (
	"slices"
	"strings"
	"testing"

	goredis "github.com/redis/go-redis/v9"
)

func TestParse(t *testing.T) {
	for dsn, want := range map[string]struct {
		addrs                    string
		user, password           string
		db                       int
		master, sentinelPassword string
		cluster, tls             bool
		kind                     string
	}{
		"redis://localhost":                  {addrs: "localhost:6379", kind: "single"},
		"redis://a.example:7000/3":           {addrs: "a.example:7000", db: 3, kind: "single"},
		"redis://[::1]:7000":                 {addrs: "[::1]:7000", kind: "single"},
		"rediss://u:p%40@h?db=2":             {addrs: "h:6379", user: "u", password: "p@", db: 2, tls: true, kind: "single"},
		"redis://u:p@a,b:7001,c":             {addrs: "a:6379 b:7001 c:6379", user: "u", password: "p", kind: "cluster"},
		"redis://a?addr=b:1&addr=c:2":        {addrs: "a:6379 b:1 c:2", kind: "cluster"},
		"rediss://conf.example?cluster=true": {addrs: "conf.example:6379", cluster: true, tls: true, kind: "cluster"},
		"redis://:p@s1:26379,s2:26379/1?master_name=m&sentinel_password=q": {
			addrs: "s1:26379 s2:26379", password: "p", db: 1, master: "m", sentinelPassword: "q", kind: "single"},
	} {
		to, err := parse(dsn)
		if err != nil {
			t.Errorf("%s: %v", dsn, err)
			continue
		}
		o := to.client
		if got := strings.Join(o.Addrs, " "); got != want.addrs {
			t.Errorf("%s: addresses %s, want %s", dsn, got, want.addrs)
		}
		if o.Username != want.user || o.Password != want.password || o.DB != want.db || o.MasterName != want.master ||
			o.SentinelPassword != want.sentinelPassword || o.IsClusterMode != want.cluster || (o.TLSConfig != nil) != want.tls {
			t.Errorf("%s: read as %+v", dsn, o)
		}
		client := goredis.NewUniversalClient(&o)
		if _, cluster := client.(*goredis.ClusterClient); cluster != (want.kind == "cluster") {
			t.Errorf("%s: opens a %T", dsn, client)
		}
		client.Close()
		if slices.ContainsFunc([]string{"p@", ":p", "u:"}, func(s string) bool { return strings.Contains(to.name, s) }) {
			t.Errorf("%s: its name %s shows a user or password", dsn, to.name)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add("redis://u:p@h:1,h2/3?cluster=true")
	f.Add("rediss://[::1]?addr=x")
	f.Fuzz(func(t *testing.T, dsn string) {
		to, err := parse(dsn)
		if err == nil && len(to.client.Addrs) == 0 {
			t.Errorf("%q is read without any host", dsn)
		}
	})
}
