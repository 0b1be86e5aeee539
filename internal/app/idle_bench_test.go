package app

import (
	"fmt"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/hereby/hereby/internal/incident"
	"github.com/hereby/hereby/internal/ledger"
	sandbox "github.com/hereby/hereby/internal/sandbox/github"
	"github.com/hereby/hereby/internal/sandbox/jira"
	"github.com/hereby/hereby/internal/store/dial"
)

// crowd is a tracker with many places, and open incidents in them that are a
// month old.
type crowd struct {
	open     func(n int) (ref incident.Ref, id string)          // the n-th of them
	section  string                                             // of the configuration
	hook     func(url string)                                   // from now on webhooks go there
	declare  func() (board func() bool, nudge func(p *program)) // one more; nudge brings news of it that is none
	asked    func() map[string]int                              // requests since forget
	forget   func()
	writes   func(route string) bool
	sweeps   string // part of the route that a sweep asks for once a place
	now, ago func() // the time it is there
}

// BenchmarkTenThousandOpen runs the service beside 10,000 open incidents of
// 100 places, each with 20 tickets, none of which has any news, and measures
// its memory, what a sweep and a look ask of the tracker, what both come to in
// a minute while polling and looking at each incident once a day, and how long
// a declaration in their midst waits for its board. On GitHub a request for
// reading is a point, and 900 are allowed a minute.
//
//	go test -run '^$' -bench TenThousandOpen -benchtime 1x ./internal/app
func BenchmarkTenThousandOpen(b *testing.B) {
	b.Run("github", func(b *testing.B) { besideMany(b, "github", onGitHub) })
	b.Run("jira", func(b *testing.B) { besideMany(b, "jira", onJira(jira.Cloud)) })
	b.Run("jira-dc", func(b *testing.B) { besideMany(b, "jira", onJira(jira.DataCenter)) })
}

func besideMany(b *testing.B, tracker string, found func(*testing.B, int) crowd) {
	const (
		incidents, places = 10_000, 100
		polls             = 60. // sweeps an hour without webhooks
	)
	c := found(b, places)
	keys := map[incident.Key]string{}
	c.ago()
	for n := range incidents {
		ref, id := c.open(n)
		keys[incident.KeyOf(tracker, ref)] = id
	}
	c.now()
	dsn := "bolt:" + filepath.Join(b.TempDir(), "hereby.db")
	fill(b, dsn, keys)
	file := filepath.Join(b.TempDir(), "hereby.yaml")
	if err := os.WriteFile(file, []byte("listen: 127.0.0.1:0\nstore: "+dsn+"\n"+c.section), 0o600); err != nil {
		b.Fatal(err)
	}
	sum := func(which func(route string) bool) (n int) {
		for route, times := range c.asked() {
			if which(route) {
				n += times
			}
		}
		return n
	}
	all := func(string) bool { return true }
	rests := func() bool {
		before := sum(all)
		time.Sleep(500 * time.Millisecond)
		return sum(all) == before
	}
	for b.Loop() {
		c.forget()
		p := start(b, "serve", "--config", file)
		within(b, 2*time.Minute, "a sweep of every place", func() bool {
			return sum(func(route string) bool { return strings.Contains(route, c.sweeps) }) >= places && rests()
		})
		if n := sum(c.writes); n > 0 {
			b.Fatalf("%d writes: %v", n, c.asked())
		}
		sweep := float64(sum(all))

		c.hook(p.url)
		next := time.Now().Truncate(time.Second).Add(time.Second) // what is older than the store's epoch waits
		eventually(b, "a new second", func() bool { return time.Now().After(next) })
		declared := time.Now()
		board, nudge := c.declare()
		eventually(b, "the board", board)
		waited := time.Since(declared)

		eventually(b, "rest", rests)
		c.forget()
		nudge(p)
		eventually(b, "a look", func() bool { return sum(all) > 0 && rests() })
		look := float64(sum(all))

		b.ReportMetric(0, "ns/op")
		b.ReportMetric(resident(b, p.cmd.Process.Pid), "MB-resident")
		b.ReportMetric(sweep, "requests/sweep")
		b.ReportMetric(look, "requests/look")
		b.ReportMetric(sweep*polls/60+look*incidents/(24*60), "requests/minute")
		b.ReportMetric(float64(waited.Milliseconds()), "ms-to-board")
		p.cmd.Process.Kill()
		<-p.done
	}
}

// past is a clock that can be a month behind.
type past struct{ behind atomic.Int64 }

func (c *past) read() time.Time { return time.Now().Add(-time.Duration(c.behind.Load())) }
func (c *past) now()            { c.behind.Store(0) }
func (c *past) ago()            { c.behind.Store(int64(30 * 24 * time.Hour)) }

func onGitHub(b *testing.B, places int) crowd {
	var clock past
	s := sandbox.New(sandbox.Options{Clock: clock.read})
	web := httptest.NewServer(s.Handler())
	b.Cleanup(func() { web.Close(); s.Close() })
	s.SetURL(web.URL)
	s.AddOrg("acme", "alice", "hereby-machine")
	for n := range places {
		repo := fmt.Sprintf("acme/shop-%d", n)
		s.AddRepo(repo)
		s.SetRole(repo, "alice", sandbox.Write)
		s.SetRole(repo, "hereby-machine", sandbox.Write)
	}
	open := func(repo string) int {
		n, err := s.As("alice").OpenIssue(repo, "Checkout is down", "Nobody can pay.", "incident")
		if err != nil {
			b.Fatal(err)
		}
		return n
	}
	first := "acme/shop-0"
	return crowd{
		open: func(n int) (incident.Ref, string) {
			repo := fmt.Sprintf("acme/shop-%d", n%places)
			number := open(repo)
			return incident.PathRef(repo, strconv.Itoa(number)), strconv.FormatInt(s.Issue(repo, number).ID, 10)
		},
		section: fmt.Sprintf("github:\n  url: %s/api/v3\n  token: %s\n  webhook_secrets: [%s]\n  repos: [acme/*]\n", web.URL, s.Token("hereby-machine"), hookSecret),
		hook:    func(url string) { s.AddHook(first, url+"/webhooks/github", hookSecret) },
		declare: func() (func() bool, func(*program)) {
			n := open(first)
			return func() bool { return len(s.Comments(first, n)) > 0 }, func(p *program) {
				p.deliver(hookSecret, "issues", fmt.Sprintf(`{"action":"edited","issue":{"number":%d,"labels":[{"name":"incident"}]},"repository":{"full_name":%q,"private":true}}`, n, first))
			}
		},
		asked: s.Requests, forget: s.ResetRequests, sweeps: "GET /repos/{owner}/{repo}/issues/comments",
		writes: func(route string) bool { return !strings.HasPrefix(route, "GET ") },
		now:    clock.now, ago: clock.ago,
	}
}

func onJira(edition jira.Edition) func(*testing.B, int) crowd {
	return func(b *testing.B, places int) crowd {
		var clock past
		opt := jira.Options{Edition: edition, Clock: clock.read}
		account := "  edition: datacenter\n"
		if edition == jira.Cloud {
			opt.Limits = jira.CloudLimits
		}
		s := jira.New(opt)
		web := httptest.NewServer(s.Handler())
		b.Cleanup(func() { web.Close(); s.Close() })
		s.SetURL(web.URL)
		s.AddUser("alice", "hereby")
		if edition == jira.Cloud {
			account = "  user: " + s.Email("hereby") + "\n"
		}
		project := func(n int) string { return fmt.Sprintf("SHOP%d", n%places) }
		var served []string
		for n := range places {
			s.AddProject(project(n))
			s.SetRole(project(n), jira.Developers, "alice")
			s.SetRole(project(n), jira.Administrators, "hereby")
			served = append(served, project(n))
		}
		open := func(project string) string {
			key, err := s.As("alice").OpenIssue(project, "Checkout is down", "Nobody can pay.", "incident")
			if err != nil {
				b.Fatal(err)
			}
			return key
		}
		return crowd{
			open: func(n int) (incident.Ref, string) {
				key := open(project(n))
				return incident.Ref(key), s.Issue(key).ID
			},
			section: fmt.Sprintf("jira:\n  url: %s\n  token: %s\n  webhook_secrets: [%s]\n  projects: [%s]\n  trusted: {roles: [Developers]}\n  wiki: {enabled: false}\n", web.URL, s.Token("hereby"), hookSecret, strings.Join(served, ", ")) + account,
			hook:    func(url string) { s.AddHook(jira.Hook{URL: url + "/webhooks/jira", Secret: hookSecret}) },
			declare: func() (func() bool, func(*program)) {
				key := open(project(0))
				return func() bool { return len(s.Comments(key)) > 0 }, func(*program) {
					if err := s.As("alice").SetTitle(key, "Checkout is down again"); err != nil {
						b.Fatal(err)
					}
				}
			},
			asked: s.Requests, forget: s.ResetRequests, sweeps: "/search",
			writes: func(route string) bool {
				return !strings.HasPrefix(route, "GET ") && !strings.Contains(route, "/search") && !strings.HasSuffix(route, "permissions/check")
			},
			now: clock.now, ago: clock.ago,
		}
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
