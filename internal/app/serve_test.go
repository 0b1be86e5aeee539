package app

import (
	"context"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"

	"github.com/hereby/hereby/internal/incident"
	"github.com/hereby/hereby/internal/store/dial"
)

func TestTakesWebhooksWhileTheTrackerCannotBeReached(t *testing.T) {
	file := configuration(t, nowhere)
	p := start(t, "serve", "--config", file)
	if status, body := p.get("/readyz", ""); status != http.StatusOK {
		t.Errorf("readyz: %d %s", status, body)
	}
	if status, body := p.deliver(hookSecret, "issues", labelled); status != http.StatusAccepted {
		t.Errorf("a webhook was answered %d %s", status, body)
	}
	if status, _ := p.deliver("another", "issues", labelled); status != http.StatusUnauthorized {
		t.Errorf("a webhook with a wrong signature was answered %d", status)
	}
	p.see(`key=github:acme/shop#12`) // it was tried
	_, metrics := p.get("/metrics", "")
	for _, want := range []string{
		`hereby_webhook_deliveries_total{event="issues",outcome="taken",tracker="github"} 1`,
		`hereby_webhook_deliveries_total{event="other",outcome="unsigned",tracker="github"} 1`,
		`hereby_touches_total{tracker="github"} 1`,
		`hereby_store_up 1`, `hereby_queue_keys 2`, `hereby_queue_oldest_due_seconds`, `hereby_reopenings_total 0`,
		`hereby_api_requests_total{method="GET",status="0",tracker="github"}`, `hereby_passes_total{kind="incident",outcome=`,
		`hereby_declaration_to_board_seconds_count 0`,
	} {
		if !strings.Contains(metrics, want) {
			t.Errorf("the metrics lack %s\n%s", want, metrics)
		}
	}
	p.signal(syscall.SIGTERM)
	if code := p.ends(); code != exitOK {
		t.Errorf("exit code %d", code)
	}
	// What was taken is in the store, with its lease given back.
	s, err := dial.Open(context.Background(), "bolt:"+filepath.Join(filepath.Dir(file), "hereby.db"), dial.Options{Clock: func() time.Time { return time.Now().Add(time.Hour) }})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	kept := map[incident.Key]bool{}
	for {
		lease, _, ok, err := s.Lease(context.Background(), time.Hour)
		if err != nil {
			t.Fatal(err)
		}
		if !ok {
			break
		}
		kept[lease.Key] = true
	}
	if !kept["github:acme/shop#12"] || !kept["sweep:github:acme/shop"] || len(kept) != 2 {
		t.Errorf("in the queue: %v", kept)
	}
}

func TestRedisGoneAtTheStart(t *testing.T) {
	redis := miniredis.NewMiniRedis()
	if err := redis.Start(); err != nil {
		t.Fatal(err)
	}
	address := redis.Addr()
	redis.Close()
	p := start(t, "serve", "--config", configuration(t, nowhere, "store: redis://:redis-password@"+address+"/0"))
	if status, _ := p.get("/healthz", ""); status != http.StatusOK {
		t.Errorf("healthz: %d", status)
	}
	if status, body := p.get("/readyz", ""); status != http.StatusServiceUnavailable || !strings.Contains(body, "store") {
		t.Errorf("readyz: %d %s", status, body)
	}
	if status, _ := p.deliver(hookSecret, "issues", labelled); status != http.StatusServiceUnavailable {
		t.Errorf("a webhook that cannot be kept was answered %d", status)
	}
	if _, metrics := p.get("/metrics", ""); !strings.Contains(metrics, "hereby_store_up 0") {
		t.Error("the metrics do not say that the store is down")
	}
	back := miniredis.NewMiniRedis()
	back.RequireAuth("redis-password")
	if err := back.StartAddr(address); err != nil {
		t.Skipf("the port was taken meanwhile: %v", err)
	}
	defer back.Close()
	eventually(t, "ready once Redis is there", func() bool { status, _ := p.get("/readyz", ""); return status == http.StatusOK })
	if status, body := p.deliver(hookSecret, "issues", labelled); status != http.StatusAccepted {
		t.Errorf("a webhook was answered %d %s", status, body)
	}
	p.see(`key=sweep:github:acme/shop`) // the place is swept although it could not be put down at first
	p.signal(syscall.SIGTERM)
	if code := p.ends(); code != exitOK {
		t.Errorf("exit code %d", code)
	}
	for _, secret := range []string{"redis-password", "the-github-token", "the-admin-token", hookSecret} {
		if strings.Contains(p.log(), secret) {
			t.Errorf("the log shows %q:\n%s", secret, p.log())
		}
	}
}

func TestReloadIsWholeOrNotAtAll(t *testing.T) {
	file := configuration(t, nowhere)
	p := start(t, "serve", "--config", file)
	serves := func(token string) bool { status, _ := p.get("/incidents", token); return status == http.StatusOK }
	if !serves("the-admin-token") {
		t.Fatal("the admin token is not taken")
	}
	good, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	bad := strings.Replace(string(good), "the-admin-token", "another-token", 1) + "polcy: {}\n"
	if err := os.WriteFile(file, []byte(bad), 0o600); err != nil {
		t.Fatal(err)
	}
	p.signal(syscall.SIGHUP)
	p.see(`the configuration was not reloaded.*did you mean \\"policy\\"`)
	if !serves("the-admin-token") || serves("another-token") {
		t.Error("a configuration that cannot be used was put in place in part")
	}
	mended := strings.Replace(bad, "polcy: {}\n", "", 1)
	mended = strings.Replace(mended, hookSecret, "new-hook-secret", 1)
	if err := os.WriteFile(file, []byte(mended), 0o600); err != nil {
		t.Fatal(err)
	}
	p.signal(syscall.SIGHUP)
	p.see(`the configuration was reloaded`)
	if serves("the-admin-token") || !serves("another-token") {
		t.Error("a good configuration was not put in place")
	}
	if status, _ := p.deliver("new-hook-secret", "issues", labelled); status != http.StatusAccepted {
		t.Errorf("a webhook with the new secret was answered %d", status)
	}
	if status, _ := p.deliver(hookSecret, "issues", labelled); status != http.StatusUnauthorized {
		t.Errorf("a webhook with the old secret was answered %d", status)
	}
}

func TestALockedStoreIsSaidPlainly(t *testing.T) {
	file := configuration(t, nowhere)
	p := start(t, "serve", "--config", file)
	code, _, said := invoke("serve", "--config", file)
	if code != exitError || !strings.Contains(said, "hereby.db") || strings.Count(said, "another process") != 1 || strings.Count(said, "top the other") != 1 {
		t.Errorf("exit code %d, said %q", code, said)
	}
	address := strings.TrimPrefix(p.url, "http://")
	t.Run("check asks the service", func(t *testing.T) {
		code, out, said := invoke("check", "--config", file, "--listen", address)
		if code != exitError || !strings.Contains(out, "the store: 0 incidents open") {
			t.Errorf("exit code %d, said %q %q", code, out, said)
		}
	})
	t.Run("plan asks the service", func(t *testing.T) {
		code, _, said := invoke("plan", "--config", file, "--listen", address, "acme/shop#12")
		if code != exitError || !strings.Contains(said, "the running service answered 502") {
			t.Errorf("exit code %d, said %q", code, said)
		}
	})
	t.Run("plan says where it looked", func(t *testing.T) {
		code, _, said := invoke("plan", "--config", file, "--listen", "127.0.0.1:1", "acme/shop#12")
		if code != exitError || !strings.Contains(said, "no service answers at 127.0.0.1:1") {
			t.Errorf("exit code %d, said %q", code, said)
		}
	})
	t.Run("plan with another token", func(t *testing.T) {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(strings.Replace(string(text), "the-admin-token", "a-wrong-token", 1)), 0o600); err != nil {
			t.Fatal(err)
		}
		code, _, said := invoke("plan", "--config", file, "--listen", address, "acme/shop#12")
		if code != exitError || !strings.Contains(said, "does not take this admin_token") {
			t.Errorf("exit code %d, said %q", code, said)
		}
	})
}

func TestPortInUse(t *testing.T) {
	p := start(t, "serve", "--config", configuration(t, nowhere))
	code, _, said := invoke("serve", "--config", configuration(t, nowhere), "--listen", strings.TrimPrefix(p.url, "http://"))
	if code != exitError || !strings.Contains(said, "cannot listen on 127.0.0.1") {
		t.Errorf("exit code %d, said %q", code, said)
	}
}

func TestInterruptStopsToo(t *testing.T) {
	p := start(t, "serve", "--config", configuration(t, nowhere))
	p.signal(syscall.SIGINT)
	if code := p.ends(); code != exitOK {
		t.Errorf("exit code %d", code)
	}
}
