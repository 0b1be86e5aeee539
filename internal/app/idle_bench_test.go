package app

import (
	"fmt"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/hereby/hereby/internal/incident"
	"github.com/hereby/hereby/internal/ledger"
	sandbox "github.com/hereby/hereby/internal/sandbox/github"
	"github.com/hereby/hereby/internal/store/dial"
)

// BenchmarkTenThousandOpen runs the service beside 10,000 open incidents of
// 100 repositories, each with 20 tickets, none of which has any news, and
// measures its memory, what a sweep and a daily look ask of GitHub, the points
// that both come to in a minute (GitHub's limit is 900), and how long a
// declaration in their midst waits for its board.
//
//	go test -run '^$' -bench TenThousandOpen ./internal/app
func BenchmarkTenThousandOpen(b *testing.B) {
	const (
		incidents, places = 10_000, 100
		polls             = 60. // sweeps an hour without webhooks
	)
	var ago atomic.Int64
	s := sandbox.New(sandbox.Options{Clock: func() time.Time { return time.Now().Add(-time.Duration(ago.Load())) }})
	web := httptest.NewServer(s.Handler())
	defer s.Close()
	defer web.Close()
	s.SetURL(web.URL)
	s.AddOrg("acme", "alice", "hereby-machine")
	ago.Store(int64(30 * 24 * time.Hour))
	keys := map[incident.Key]string{}
	for i := range incidents {
		repo := fmt.Sprintf("acme/shop-%d", i%places)
		if i < places {
			s.AddRepo(repo)
			s.SetRole(repo, "alice", sandbox.Write)
			s.SetRole(repo, "hereby-machine", sandbox.Write)
		}
		n, err := s.As("alice").OpenIssue(repo, "Checkout is down", "Nobody can pay.", "incident")
		if err != nil {
			b.Fatal(err)
		}
		keys[incident.KeyOf("github", incident.PathRef(repo, strconv.Itoa(n)))] = strconv.FormatInt(s.Issue(repo, n).ID, 10)
	}
	ago.Store(0)
	dsn := "bolt:" + filepath.Join(b.TempDir(), "hereby.db")
	fill(b, dsn, keys)
	file := filepath.Join(b.TempDir(), "hereby.yaml")
	text := fmt.Sprintf("listen: 127.0.0.1:0\nstore: %s\ngithub:\n  url: %s/api/v3\n  token: %s\n  webhook_secrets: [%s]\n  repos: [acme/*]\n", dsn, web.URL, s.Token("hereby-machine"), hookSecret)
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		s.ResetRequests()
		p := start(b, "serve", "--config", file)
		sum := func(parts ...string) (n int) {
			for route, times := range s.Requests() {
				if slices.ContainsFunc(parts, func(part string) bool { return strings.Contains(route, part) }) {
					n += times
				}
			}
			return n
		}
		within(b, 2*time.Minute, "a sweep of every place", func() bool {
			return sum("GET /repos/{owner}/{repo}/issues/comments") >= places && quiet(s)
		})
		if n := writes(s); n > 0 {
			b.Fatalf("%d writes: %v", n, s.Requests())
		}
		sweep := float64(sum("/"))

		repo := "acme/shop-0"
		s.AddHook(repo, p.url+"/webhooks/github", hookSecret)
		next := time.Now().Truncate(time.Second).Add(time.Second) // what is older than the store's epoch waits
		eventually(b, "a new second", func() bool { return time.Now().After(next) })
		declared := time.Now()
		n, err := s.As("alice").OpenIssue(repo, "Checkout is down again", "Nobody can pay.", "incident")
		if err != nil {
			b.Fatal(err)
		}
		eventually(b, "the board", func() bool { return len(s.Comments(repo, n)) > 0 })
		waited := time.Since(declared)

		eventually(b, "rest", func() bool { return quiet(s) })
		s.ResetRequests()
		p.deliver(hookSecret, "issues", fmt.Sprintf(`{"action":"edited","issue":{"number":%d,"labels":[{"name":"incident"}]},"repository":{"full_name":%q,"private":true}}`, n, repo))
		eventually(b, "a look", func() bool { return sum("/") > 0 && quiet(s) })
		look := float64(sum("/"))

		b.ReportMetric(0, "ns/op")
		b.ReportMetric(resident(b, p.cmd.Process.Pid), "MB-resident")
		b.ReportMetric(sweep, "requests/sweep")
		b.ReportMetric(look, "requests/look")
		b.ReportMetric(sweep*polls/60+look*incidents/(24*60), "points/minute")
		b.ReportMetric(float64(waited.Milliseconds()), "ms-to-board")
		p.cmd.Process.Kill()
		<-p.done
	}
}

// fill writes the records of incidents that are looked at again tomorrow.
func fill(b *testing.B, dsn string, keys map[incident.Key]string) {
	b.Helper()
	st, err := dial.Open(b.Context(), dsn, dial.Options{})
	if err != nil {
		b.Fatal(err)
	}
	all := make([]incident.Key, 0, len(keys))
	for k := range keys {
		all = append(all, k)
	}
	if err := st.Touch(b.Context(), time.Time{}, all...); err != nil {
		b.Fatal(err)
	}
	at := time.Now().Add(-30 * 24 * time.Hour).UTC()
	var work sync.WaitGroup
	for range 64 { // they share the store's commits
		work.Go(func() {
			for {
				l, _, ok, err := st.Lease(b.Context(), time.Minute)
				if err != nil {
					b.Error(err)
				}
				if err != nil || !ok {
					return
				}
				record := incident.Record{ID: keys[l.Key], Key: l.Key, Declared: incident.Declared{By: "alice", At: at, Via: "label"}, Counted: map[incident.Ref]incident.Counted{}}
				record.Last.Head = incident.Ticket{Ref: l.Key.Ref(), Title: "Checkout is down"}
				for n := range 20 {
					t := incident.Ticket{Ref: incident.PathRef(l.Key.Place()+"-tickets", l.Key.Ref().Number()+strconv.Itoa(n)), Title: "Find out why", Body: strings.Repeat("text ", 40), State: incident.Open}
					record.Last.Tickets = append(record.Last.Tickets, t)
					record.Counted[t.Ref] = incident.Counted{Title: t.Title, Since: at}
				}
				entries := ledger.Chain(incident.Record{}, []ledger.Entry{{Kind: ledger.Declared, At: at, Declared: &record.Declared}}, at)
				record.Seq, record.Head = entries[0].Seq, entries[0].Hash
				if err := st.Append(b.Context(), l, entries, record); err != nil {
					b.Error(err)
				}
				if err := st.Release(b.Context(), l, time.Now().Add(24*time.Hour), true); err != nil {
					b.Error(err)
				}
			}
		})
	}
	work.Wait()
	if err := st.Close(); err != nil {
		b.Fatal(err)
	}
	if b.Failed() {
		b.FailNow()
	}
}

// quiet reports whether no request came for a moment.
func quiet(s *sandbox.Server) bool {
	count := func() (n int) {
		for _, times := range s.Requests() {
			n += times
		}
		return n
	}
	before := count()
	time.Sleep(500 * time.Millisecond)
	return count() == before
}

// resident is the memory of a process in MB, 0 where that cannot be read.
func resident(b *testing.B, pid int) float64 {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		b.Logf("memory is not measured: %v", err)
		return 0
	}
	for line := range strings.Lines(string(text)) {
		if f := strings.Fields(line); len(f) > 1 && f[0] == "VmRSS:" {
			kb, _ := strconv.ParseFloat(f[1], 64)
			return kb / 1024
		}
	}
	return 0
}
