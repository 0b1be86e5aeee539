package main_test

import (
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/hereby/hereby/internal/testenv"
)

// process is one running Hereby.
type process struct {
	tn     *town
	token  string // its own, by which the tracker tells replicas apart
	config string
	port   int
	log    *os.File

	mu  sync.Mutex
	cmd *exec.Cmd
}

// start runs a Hereby on a store, to which the tracker delivers, and returns
// when it is ready: an incident that is older than the store would wait.
func (tn *town) start(store string) *process {
	tn.t.Helper()
	p := &process{tn: tn, token: tn.token(), port: freePort(tn.t)}
	dir := tn.t.TempDir()
	p.config = filepath.Join(dir, "hereby.yaml")
	wiki := "wiki: {enabled: false}"
	if tn.wiki != nil {
		wiki = tn.wiki.setting(tn.url, p.token)
	}
	tn.check(os.WriteFile(p.config, fmt.Appendf(nil, "listen: 127.0.0.1:%d\nstore: %s\npolicy: {sweep_every: 1m}\n%s",
		p.port, store, tn.section(tn.url, "${HEREBY_TEST_TOKEN}", wiki)), 0o600))
	var err error
	p.log, err = os.Create(filepath.Join(dir, "log"))
	tn.check(err)
	tn.mu.Lock()
	tn.processes = append(tn.processes, p)
	tn.mu.Unlock()
	p.restart()
	tn.t.Cleanup(func() { p.signal(syscall.SIGCONT); p.kill() })
	url := fmt.Sprintf("http://127.0.0.1:%d", p.port)
	tn.until("readiness", func() error {
		resp, err := http.Get(url + "/readyz")
		if err == nil {
			resp.Body.Close()
			if resp.StatusCode != http.StatusOK {
				err = fmt.Errorf("it answers %s", resp.Status)
			}
		}
		return err
	})
	for begun := time.Now().Truncate(time.Second); time.Since(begun) < time.Second; time.Sleep(10 * time.Millisecond) { // times on a tracker may be whole seconds
	}
	tn.hook(url)
	return p
}

func (p *process) restart() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.cmd = exec.Command(p.tn.bin, "serve", "--config", p.config)
	p.cmd.Env = append(os.Environ(), "HEREBY_TEST_TOKEN="+p.token)
	p.cmd.Stdout, p.cmd.Stderr = p.log, p.log
	if err := p.cmd.Start(); err != nil {
		p.tn.t.Error(err)
	}
}

func (p *process) kill() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.cmd != nil {
		p.cmd.Process.Kill()
		p.cmd.Wait()
		p.cmd = nil
	}
}

func (p *process) signal(s syscall.Signal) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.cmd != nil {
		p.cmd.Process.Signal(s)
	}
}

// redis starts a Redis of the test's own and returns its address as a store.
func redis(t *testing.T) string {
	t.Helper()
	server := testenv.RedisServer(t)
	port := freePort(t)
	cmd := exec.Command(server, "--port", fmt.Sprint(port), "--bind", "127.0.0.1", "--save", "", "--dir", t.TempDir())
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { cmd.Process.Kill(); cmd.Wait() })
	return fmt.Sprintf("redis://127.0.0.1:%d/0", port)
}

func freePort(t *testing.T) int {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port
}

// logs returns the last of what the processes logged.
func (tn *town) logs() string {
	var b strings.Builder
	for _, p := range tn.processes {
		text, _ := os.ReadFile(p.log.Name())
		if len(text) > 6000 {
			text = text[len(text)-6000:]
		}
		fmt.Fprintf(&b, "--- port %d\n%s\n", p.port, text)
	}
	return b.String()
}

// talk returns what was said on all heads.
func (tn *town) talk() string {
	var b strings.Builder
	for _, i := range tn.tickets() {
		for _, c := range tn.remarks(i.ref) {
			fmt.Fprintf(&b, "%s %s %v %.900s\n", i.ref, c.slot, c.acks, c.text)
		}
	}
	return b.String()
}
