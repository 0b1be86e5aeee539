package app

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/hereby/hereby/internal/notify"
)

// The test binary is the program when this variable is set: signals and exit
// codes are then those of a process.
const asProgram = "HEREBY_TEST_AS_PROGRAM"

func TestMain(m *testing.M) {
	if os.Getenv(asProgram) == "1" {
		os.Exit(Main(os.Args[1:], os.LookupEnv, os.Stdout, os.Stderr))
	}
	os.Exit(m.Run())
}

// patience bounds waiting for something that must come.
const patience = 30 * time.Second

// nowhere is an address of GitHub that nobody answers at.
const nowhere = "http://127.0.0.1:1"

const hookSecret = "hook-secret-value"

// configuration writes a file with the usual settings and those given.
func configuration(t *testing.T, api string, more ...string) (path string) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "hereby.yaml")
	rewrite(t, path, api, more...)
	return path
}

func rewrite(t *testing.T, path, api string, more ...string) {
	t.Helper()
	text := fmt.Sprintf("listen: 127.0.0.1:0\nadmin_token: the-admin-token\ngithub:\n  url: %s\n  token: the-github-token\n  webhook_secrets: [%q]\n  repos: [acme/shop]\n%s\n", api, hookSecret, strings.Join(more, "\n"))
	if !strings.Contains(text, "\nstore:") {
		text += "store: bolt:" + filepath.Join(filepath.Dir(path), "hereby.db") + "\n"
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// invoke runs a command to its end, in this process.
func invoke(args ...string) (code int, stdout, stderr string) {
	var out, err bytes.Buffer
	code = Main(args, func(string) (string, bool) { return "", false }, &out, &err)
	return code, out.String(), err.String()
}

// program is the service as a process of its own.
type program struct {
	t    testing.TB
	cmd  *exec.Cmd
	url  string
	done chan struct{} // closed when its log has ended

	mu    sync.Mutex
	lines []string
	news  chan struct{}
}

// start runs hereby with the words until its log says where it listens.
func start(t testing.TB, args ...string) *program {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	p := &program{t: t, cmd: exec.Command(exe, args...), done: make(chan struct{}), news: make(chan struct{}, 1)}
	p.cmd.Env = append(os.Environ(), asProgram+"=1", "TMPDIR="+t.TempDir())
	log, err := p.cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go p.follow(log)
	t.Cleanup(func() {
		p.cmd.Process.Kill() // an error: it has ended already
		<-p.done
		p.cmd.Wait()
		if t.Failed() {
			t.Logf("its log:\n%s", p.log())
		}
	})
	line := p.see(`msg=listening address=(\S+)`)
	p.url = "http://" + line[1]
	return p
}

func (p *program) follow(log io.Reader) {
	defer close(p.done)
	lines := bufio.NewScanner(log)
	for lines.Scan() {
		p.mu.Lock()
		p.lines = append(p.lines, lines.Text())
		p.mu.Unlock()
		select {
		case p.news <- struct{}{}:
		default:
		}
	}
}

func (p *program) log() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return strings.Join(p.lines, "\n")
}

// see waits for a line in the log and returns its submatches.
func (p *program) see(pattern string) []string {
	p.t.Helper()
	re := regexp.MustCompile(pattern)
	deadline := time.After(patience)
	for {
		if m := re.FindStringSubmatch(p.log()); m != nil {
			return m
		}
		select {
		case <-p.news:
		case <-p.done:
			if m := re.FindStringSubmatch(p.log()); m != nil {
				return m
			}
			p.t.Fatalf("the program ended without saying %q:\n%s", pattern, p.log())
		case <-deadline:
			p.t.Fatalf("the program never said %q:\n%s", pattern, p.log())
		}
	}
}

func (p *program) signal(s syscall.Signal) {
	p.t.Helper()
	if err := p.cmd.Process.Signal(s); err != nil {
		p.t.Fatal(err)
	}
}

// ends waits for the end of the program and returns its exit code.
func (p *program) ends() int {
	p.t.Helper()
	select {
	case <-p.done:
	case <-time.After(patience):
		p.t.Fatalf("the program does not end:\n%s", p.log())
	}
	p.cmd.Wait() // an error: the exit code, which is asked for below
	return p.cmd.ProcessState.ExitCode()
}

// get asks for a page, with a token if one is given.
func (p *program) get(path, token string) (status int, body string) {
	p.t.Helper()
	req, err := http.NewRequest(http.MethodGet, p.url+path, nil)
	if err != nil {
		p.t.Fatal(err)
	}
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	return p.send(req)
}

// deliver sends a webhook as GitHub does.
func (p *program) deliver(secret, event, body string) (status int, answer string) {
	p.t.Helper()
	req, err := http.NewRequest(http.MethodPost, p.url+"/webhooks/github", strings.NewReader(body))
	if err != nil {
		p.t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("X-GitHub-Event", event)
	req.Header.Set("X-GitHub-Delivery", "00000000-0000-0000-0000-000000000001")
	req.Header.Set("X-Hub-Signature-256", notify.Signature(secret, []byte(body)))
	return p.send(req)
}

func (p *program) send(req *http.Request) (int, string) {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	resp, err := http.DefaultClient.Do(req.WithContext(ctx))
	if err != nil {
		p.t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		p.t.Fatal(err)
	}
	return resp.StatusCode, string(body)
}

// eventually asks again until the answer is yes.
func eventually(t testing.TB, what string, yes func() bool) {
	t.Helper()
	within(t, patience, what, yes)
}

func within(t testing.TB, limit time.Duration, what string, yes func() bool) {
	t.Helper()
	deadline := time.Now().Add(limit)
	for !yes() {
		if time.Now().After(deadline) {
			t.Fatalf("never: %s", what)
		}
		time.Sleep(20 * time.Millisecond)
	}
}

// labelled is a delivery that concerns an incident.
const labelled = `{"action":"labeled","label":{"name":"incident"},"issue":{"number":12,"id":4711,"title":"Checkout fails","labels":[{"name":"incident"}]},"repository":{"full_name":"acme/shop","private":true}}`
