package webhooks

import (
	"bufio"
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"github.com/hereby/hereby/internal/incident"
	"github.com/hereby/hereby/internal/store/bolt"
	"github.com/hereby/hereby/internal/store/redis"
	"github.com/hereby/hereby/internal/store/storetest"
)

const (
	connections = 16
	round       = 64 // requests per connection before the sides change
)

// BenchmarkIngress measures what one delivery costs beside a bare net/http
// handler that reads the body and checks its HMAC, the least anybody can do.
// Both are driven by the same lean client over the same number of connections,
// in turns of a thousand requests, so that whatever else the machine does hits
// both. "of-bare" is the ratio of their throughputs.
//
//	durable   every delivery touches a new key; answered when that is on disk.
//	          Bar: 0.5 of bare where fdatasync takes at most 300 µs, elsewhere
//	          8 touches per sync.
//	noise     deliveries that concern no incident. Bar: 0.7 of bare.
func BenchmarkIngress(b *testing.B) {
	b.Run("durable/bolt", func(b *testing.B) {
		dir := b.TempDir()
		s, err := bolt.Open(filepath.Join(dir, "bench.db"), bolt.Options{})
		if err != nil {
			b.Fatal(err)
		}
		defer s.Close()
		sync := syncTime(b, dir)
		compare(b, s, newKeys)
		st := s.Stats()
		b.ReportMetric(float64(st.Written)/float64(2*st.Commits+st.Logged), "touches/sync") // a commit takes two
		b.ReportMetric(float64(sync.Nanoseconds())/1e3, "µs/fdatasync")
	})
	// The first syncs before each answer, as bbolt does; the second once a
	// second, as configs/redis.conf sets it.
	for _, fsync := range []string{"always", "everysec"} {
		b.Run("durable/redis-"+fsync, func(b *testing.B) {
			server := storetest.StartRedis(b, "--appendonly", "yes", "--appendfsync", fsync)
			client := goredis.NewClient(&goredis.Options{Addr: server.Addr})
			b.Cleanup(func() { _ = client.Close() })
			s, err := redis.Open(client, redis.Options{})
			if err != nil {
				b.Fatal(err)
			}
			b.Cleanup(func() { _ = s.Close() })
			compare(b, s, newKeys)
		})
	}
	b.Run("noise/comment", func(b *testing.B) {
		body := commentEvent(7, "thanks, looks good", "bug")
		compare(b, untouched{}, func(int) (string, string) { return "issue_comment", body })
	})
	b.Run("noise/other-event", func(b *testing.B) {
		body := commentEvent(7, "")
		compare(b, untouched{}, func(int) (string, string) { return "watch", body })
	})
}

// newKeys returns the n-th delivery: a comment on an incident of its own.
func newKeys(n int) (event, body string) {
	return "issue_comment", commentEvent(n+1, "/status", "incident")
}

// untouched fails the benchmark if noise costs I/O: it is answered 503.
type untouched struct{}

func (untouched) Touch(context.Context, time.Time, ...incident.Key) error {
	return errors.New("noise touched a key")
}

// compare drives a bare handler and the ingress in turns.
func compare(b *testing.B, queue Toucher, make func(n int) (event, body string)) {
	src, err := NewGitHub([]string{secret}, GitHubOptions{Label: "incident", Serves: func(repo string, private bool) bool {
		return private && strings.EqualFold(repo, "acme/shop")
	}})
	if err != nil {
		b.Fatal(err)
	}
	log := slog.New(slog.NewTextHandler(io.Discard, nil))
	engine := Engine(log)
	NewIngress(queue, &counter{}, log).Mount(engine, src)
	ours, bare := drive(b, engine), drive(b, http.HandlerFunc(bareHandler))

	var oursTook, bareTook time.Duration
	sent := 0
	for b.Loop() {
		b.StopTimer()
		var turns [connections][][]byte
		for c := range turns {
			for range round {
				event, body := make(sent)
				turns[c] = append(turns[c], request(event, body))
				sent++
			}
		}
		bareTook += bare.turn(b, turns, http.StatusAccepted)
		b.StartTimer()
		oursTook += ours.turn(b, turns, http.StatusAccepted)
	}
	b.ReportMetric(0, "ns/op") // an op is a turn; the two below say it better
	b.ReportMetric(float64(oursTook.Nanoseconds())/float64(sent), "ns/delivery")
	b.ReportMetric(float64(bareTook.Nanoseconds())/float64(sent), "ns/bare")
	b.ReportMetric(bareTook.Seconds()/oursTook.Seconds(), "of-bare")
}

func bareHandler(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, MaxBody))
	if err != nil {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write(body)
	sent, _ := hex.DecodeString(strings.TrimPrefix(r.Header.Get("X-Hub-Signature-256"), "sha256="))
	if !hmac.Equal(mac.Sum(nil), sent) {
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	w.WriteHeader(http.StatusAccepted)
}

type counter struct {
	mu sync.Mutex
	n  map[string]int
}

func (c *counter) Delivered(tracker, event string, outcome Outcome, touched int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.n == nil {
		c.n = map[string]int{}
	}
	c.n[event]++
}

// request returns a delivery as it goes over the wire.
func request(event, body string) []byte {
	return fmt.Appendf(nil, "POST /webhooks/github HTTP/1.1\r\nHost: hereby.example\r\nUser-Agent: GitHub-Hookshot/044aadd\r\nAccept: */*\r\n"+
		"Content-Type: application/json\r\nContent-Length: %d\r\nX-GitHub-Event: %s\r\nX-GitHub-Delivery: 72d3162e-cc78-11e3-81ab-4c9367dc0958\r\n"+
		"X-GitHub-Hook-ID: 292430182\r\nX-Hub-Signature: sha1=7d38cdd689735b008b3c702edd92eea23791c5f6\r\nX-Hub-Signature-256: sha256=%s\r\n\r\n%s",
		len(body), event, sign(sha256.New, secret, body), body)
}

// driver is a client with some connections to one handler.
type driver struct {
	conns [connections]net.Conn
	read  [connections]*bufio.Reader
}

func drive(b *testing.B, h http.Handler) *driver {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	server := Server("", h, slog.New(slog.DiscardHandler))
	go func() { _ = server.Serve(l) }()
	b.Cleanup(func() { _ = server.Close() })
	d := &driver{}
	for i := range d.conns {
		if d.conns[i], err = net.Dial("tcp", l.Addr().String()); err != nil {
			b.Fatal(err)
		}
		d.read[i] = bufio.NewReader(d.conns[i])
	}
	return d
}

// turn sends each connection its requests, one after the other, and returns
// how long all of them took.
func (d *driver) turn(b *testing.B, turns [connections][][]byte, want int) time.Duration {
	start := time.Now()
	var wg sync.WaitGroup
	for i := range d.conns {
		wg.Go(func() {
			for _, req := range turns[i] {
				if _, err := d.conns[i].Write(req); err != nil {
					b.Error(err)
					return
				}
				resp, err := http.ReadResponse(d.read[i], nil)
				if err != nil {
					b.Error(err)
					return
				}
				text, err := io.ReadAll(resp.Body)
				if err != nil || resp.StatusCode != want {
					b.Errorf("answered %d %q, %v", resp.StatusCode, text, err)
					return
				}
			}
		})
	}
	wg.Wait()
	return time.Since(start)
}

// syncTime returns the median time of an fdatasync of 4 KiB in dir.
func syncTime(b *testing.B, dir string) time.Duration {
	f, err := os.Create(filepath.Join(dir, "sync"))
	if err != nil {
		b.Fatal(err)
	}
	defer f.Close()
	page := bytes.Repeat([]byte("x"), 4096)
	var took []time.Duration
	for i := range 200 {
		if _, err := f.WriteAt(page, int64(i%16)*4096); err != nil {
			b.Fatal(err)
		}
		start := time.Now()
		if err := fdatasync(f); err != nil {
			b.Fatal(err)
		}
		took = append(took, time.Since(start))
	}
	slices.Sort(took)
	return took[len(took)/2]
}
