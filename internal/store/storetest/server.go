package storetest

import (
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/hereby/hereby/internal/testenv"
)

// Server is a redis-server process of a test, with its files in a directory
// of the test.
type Server struct {
	Addr string
	Log  string // path of what it prints

	t      testing.TB
	binary string
	args   []string
	dir    string
	cmd    *exec.Cmd
}

// StartRedis starts a redis-server on a free port of the loopback interface,
// without persistence unless args ("--appendonly", "yes") ask for it, and
// waits until it answers. It ends with the test. Without the binary the test
// ends as with testenv.Missing.
func StartRedis(t testing.TB, args ...string) *Server {
	t.Helper()
	return launch(t, append([]string{"--save", ""}, args...))
}

// StartSentinel starts a Sentinel with the configuration in a file, which it
// rewrites, as StartRedis starts a server.
func StartSentinel(t testing.TB, conf string) *Server {
	t.Helper()
	return launch(t, []string{conf, "--sentinel"})
}

func launch(t testing.TB, args []string) *Server {
	t.Helper()
	binary := testenv.RedisServer(t)
	dir, err := os.MkdirTemp("", "redis")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	s := &Server{t: t, binary: binary, args: args, dir: dir, Log: filepath.Join(dir, "log")}
	t.Cleanup(s.Kill)
	for range 5 { // the port may be taken in between
		s.Addr = freeAddr(t)
		if s.start() {
			return s
		}
	}
	log, _ := os.ReadFile(s.Log)
	t.Fatalf("redis-server did not start:\n%s", log)
	return nil
}

func freeAddr(t testing.TB) string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// start runs the server at s.Addr and reports whether it came to answer.
func (s *Server) start() bool {
	_, port, _ := net.SplitHostPort(s.Addr)
	args := append(slices.Clone(s.args), "--bind", "127.0.0.1", "--port", port, "--dir", s.dir)
	log, err := os.OpenFile(s.Log, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		s.t.Fatal(err)
	}
	defer log.Close()
	s.cmd = exec.Command(s.binary, args...)
	s.cmd.Stdout, s.cmd.Stderr = log, log
	if err := s.cmd.Start(); err != nil {
		s.t.Fatal(err)
	}
	ended := make(chan struct{})
	go func(cmd *exec.Cmd) {
		_ = cmd.Wait()
		close(ended)
	}(s.cmd)
	client := redis.NewClient(&redis.Options{Addr: s.Addr, MaxRetries: -1, DialerRetries: 1})
	defer client.Close()
	ours := fmt.Sprintf("process_id:%d\r\n", s.cmd.Process.Pid) // and not another test's, on a port both were given
	for range 500 {
		if s.answers() && strings.Contains(client.Info(context.Background(), "server").Val(), ours) {
			return true
		}
		select {
		case <-ended:
			return false
		case <-time.After(20 * time.Millisecond):
		}
	}
	return false
}

// Kill ends the server at once, as a crash would.
func (s *Server) Kill() {
	if s.cmd != nil && s.cmd.Process != nil {
		_ = s.cmd.Process.Kill()
		for s.answers() { // until the port is free again
			time.Sleep(time.Millisecond)
		}
		s.cmd = nil
	}
}

func (s *Server) answers() bool {
	conn, err := net.DialTimeout("tcp", s.Addr, time.Second)
	if err == nil {
		conn.Close()
	}
	return err == nil
}

// Restart starts the server again at the same address after Kill, with the
// files it left: none, unless persistence was asked for.
func (s *Server) Restart() {
	s.t.Helper()
	s.Kill()
	if !s.start() {
		log, _ := os.ReadFile(s.Log)
		s.t.Fatalf("redis-server did not start again at %s:\n%s", s.Addr, log)
	}
}
