// Package wiki is a host of wikis that are git repositories, as hosting
// services keep them: real bare repositories behind git's own HTTP server
// (git http-backend), with accounts, and with faults that can be switched on.
// It serves the demonstration and the tests, and needs git on the machine.
package wiki

import (
	"errors"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/cgi"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
)

// ErrNoGit is the error of a machine without git.
var ErrNoGit = errors.New("git with its http-backend is not installed")

// Server hosts repositories under one directory. Its methods may be called
// from any goroutine.
type Server struct {
	dir     string
	git     string
	backend string

	mu     sync.Mutex
	users  map[string]user
	before func(*http.Request)
	fault  func(*http.Request) Fault
}

type user struct {
	password string
	write    bool
}

// Fault is what goes wrong with one request. The zero value is nothing.
type Fault struct {
	Status int         // answered instead of being carried out
	Header http.Header // of that answer
	Body   string      // of that answer
	Lose   bool        // carried out, but the connection breaks before the answer
}

// New returns a host that keeps its repositories in dir.
func New(dir string) (*Server, error) {
	git, err := exec.LookPath("git")
	if err != nil {
		return nil, ErrNoGit
	}
	out, err := exec.Command(git, "--exec-path").Output()
	if err != nil {
		return nil, fmt.Errorf("%w: %v", ErrNoGit, err)
	}
	backend := filepath.Join(strings.TrimSpace(string(out)), "git-http-backend")
	if _, err := os.Stat(backend); err != nil {
		return nil, fmt.Errorf("%w: %v", ErrNoGit, err)
	}
	dir, err = filepath.Abs(dir)
	return &Server{dir: dir, git: git, backend: backend, users: map[string]user{}}, err
}

// User makes an account. As soon as there is one, nothing is served to anybody
// else; until then everybody may read and write.
func (s *Server) User(name, password string, write bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.users[name] = user{password, write}
}

// Before has f called before each request is looked at, for what is to happen
// at that moment; nil ends that.
func (s *Server) Before(f func(*http.Request)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.before = f
}

// Fault has f decide what goes wrong with each request; nil ends that.
func (s *Server) Fault(f func(*http.Request) Fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.fault = f
}

// IsPush reports whether a request carries a push, rather than the question
// that comes before it.
func IsPush(r *http.Request) bool {
	return r.Method == http.MethodPost && strings.HasSuffix(r.URL.Path, "/git-receive-pack")
}

// ServeHTTP implements http.Handler.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	before, fault := s.before, s.fault
	s.mu.Unlock()
	if before != nil {
		before(r)
	}
	var f Fault
	if fault != nil {
		f = fault(r)
	}
	switch {
	case f.Status != 0:
		for k, v := range f.Header {
			w.Header()[k] = v
		}
		w.WriteHeader(f.Status)
		io.WriteString(w, f.Body)
	case f.Lose:
		s.serve(&deaf{header: http.Header{}}, r)
		panic(http.ErrAbortHandler)
	default:
		s.serve(w, r)
	}
}

// deaf takes an answer that nobody gets.
type deaf struct{ header http.Header }

func (d *deaf) Header() http.Header         { return d.header }
func (d *deaf) WriteHeader(int)             {}
func (d *deaf) Write(p []byte) (int, error) { return len(p), nil }

func (s *Server) serve(w http.ResponseWriter, r *http.Request) {
	name, known, status := s.admit(r)
	if status == http.StatusUnauthorized {
		w.Header().Set("WWW-Authenticate", `Basic realm="wiki"`)
	}
	if status != 0 {
		http.Error(w, words[status], status)
		return
	}
	h := &cgi.Handler{
		Path:   s.backend,
		Root:   "/",
		Dir:    s.dir,
		Env:    append(s.environ(), "GIT_PROJECT_ROOT="+s.dir, "GIT_HTTP_EXPORT_ALL=1"),
		Stderr: io.Discard,
		Logger: log.New(io.Discard, "", 0), // clients may hang up
	}
	if known {
		h.Env = append(h.Env, "REMOTE_USER="+name)
	}
	h.ServeHTTP(w, r)
}

var words = map[int]string{
	http.StatusUnauthorized: "Invalid username or password.",
	http.StatusForbidden:    "Write access to repository not granted.",
	http.StatusNotFound:     "Repository not found.",
}

// admit judges who asks for what; status 0 lets the request in.
func (s *Server) admit(r *http.Request) (name string, known bool, status int) {
	s.mu.Lock()
	open := len(s.users) == 0
	name, password, _ := r.BasicAuth()
	u, ok := s.users[name]
	s.mu.Unlock()
	known = ok && u.password == password
	if !open && !known {
		return name, known, http.StatusUnauthorized
	}
	if !s.hosts(r.URL.Path) {
		return name, known, http.StatusNotFound
	}
	pushes := strings.HasSuffix(r.URL.Path, "/git-receive-pack") || r.URL.Query().Get("service") == "git-receive-pack"
	if pushes && !open && !u.write {
		return name, known, http.StatusForbidden
	}
	return name, known, 0
}

func (s *Server) hosts(path string) bool {
	repo, _, ok := strings.Cut(path, ".git/")
	if !ok || strings.Contains(repo, "..") {
		return false
	}
	_, err := os.Stat(filepath.Join(s.dir, filepath.FromSlash(repo)+".git", "HEAD"))
	return err == nil
}

// environ is the surroundings of every git process: nobody's configuration.
func (s *Server) environ() []string {
	return []string{
		"PATH=" + os.Getenv("PATH"),
		"HOME=" + s.dir,
		"GIT_CONFIG_NOSYSTEM=1",
		"GIT_CONFIG_GLOBAL=" + os.DevNull,
		"LC_ALL=C",
	}
}
