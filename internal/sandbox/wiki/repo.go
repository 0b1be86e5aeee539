package wiki

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// Repo is one repository on the host.
type Repo struct {
	server *Server
	path   string
	branch string
}

// Create makes an empty bare repository, such as "acme/shop.wiki.git", whose
// default branch is branch.
func (s *Server) Create(name, branch string) (*Repo, error) {
	r := &Repo{server: s, path: filepath.Join(s.dir, filepath.FromSlash(name)), branch: branch}
	if err := os.MkdirAll(r.path, 0o755); err != nil {
		return nil, err
	}
	if _, err := r.Git("", "init", "-q", "--bare", "."); err != nil {
		return nil, err
	}
	if _, err := r.Git("", "symbolic-ref", "HEAD", "refs/heads/"+branch); err != nil {
		return nil, err
	}
	return r, r.Config("http.receivepack", "true")
}

// Git runs git in the repository and returns what it prints.
func (r *Repo) Git(stdin string, args ...string) (string, error) {
	cmd := exec.Command(r.server.git, args...)
	cmd.Dir, cmd.Env = r.path, r.server.environ()
	cmd.Stdin = strings.NewReader(stdin)
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	if err := cmd.Run(); err != nil {
		return "", fmt.Errorf("git %s: %w: %s", strings.Join(args, " "), err, strings.TrimSpace(errs.String()))
	}
	return out.String(), nil
}

// Config sets a value of the repository's configuration.
func (r *Repo) Config(key, value string) error {
	_, err := r.Git("", "config", key, value)
	return err
}

// Hook installs a shell script as a hook; "" removes it.
func (r *Repo) Hook(name, script string) error {
	file := filepath.Join(r.path, "hooks", name)
	if script == "" {
		return os.Remove(file)
	}
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		return err
	}
	return os.WriteFile(file, []byte("#!/bin/sh\n"+script+"\n"), 0o755)
}

// Author is who makes a commit, and when.
type Author struct {
	Name, Mail string
	At         time.Time
}

// Change is what a commit does to one path.
type Change struct {
	Path   string
	Text   string
	Mode   string // "": 100644. A submodule's (160000) Text is its commit
	Delete bool
}

// Commit puts a commit on top of the default branch, as if somebody had pushed
// it or saved it in the browser, and returns its hash. A push that comes first
// makes it start over, so nothing is overwritten but the paths named.
func (r *Repo) Commit(by Author, message string, changes ...Change) (string, error) {
	var err error
	for range 20 {
		if _, err = r.Git(r.script(by, message, changes), "fast-import", "--quiet"); err == nil {
			return r.Head()
		}
	}
	return "", err
}

// script is the commit in the language of git fast-import, which refuses to
// move a branch that somebody else moved meanwhile.
func (r *Repo) script(by Author, message string, changes []Change) string {
	var b strings.Builder
	ref := "refs/heads/" + r.branch
	fmt.Fprintf(&b, "commit %s\ncommitter %s <%s> %d +0000\n", ref, by.Name, by.Mail, by.At.Unix())
	data(&b, message)
	if head, err := r.Head(); err == nil {
		fmt.Fprintf(&b, "from %s\n", head)
	}
	for _, c := range changes {
		mode := c.Mode
		if mode == "" {
			mode = "100644"
		}
		switch {
		case c.Delete:
			fmt.Fprintf(&b, "D %s\n", c.Path)
		case mode == "160000":
			fmt.Fprintf(&b, "M %s %s %s\n", mode, c.Text, c.Path)
		default:
			fmt.Fprintf(&b, "M %s inline %s\n", mode, c.Path)
			data(&b, c.Text)
		}
	}
	return b.String()
}

func data(b *strings.Builder, text string) {
	fmt.Fprintf(b, "data %d\n%s\n", len(text), text)
}

// Head returns the hash of the default branch's last commit.
func (r *Repo) Head() (string, error) {
	out, err := r.Git("", "rev-parse", "--verify", "-q", "refs/heads/"+r.branch)
	return strings.TrimSpace(out), err
}

// Read returns the content of a file on the default branch.
func (r *Repo) Read(path string) (string, error) {
	return r.Git("", "cat-file", "blob", r.branch+":"+path)
}

// Tree lists every path on the default branch with its mode and hash.
func (r *Repo) Tree() (map[string]string, error) {
	out, err := r.Git("", "ls-tree", "-r", "-z", "--full-tree", r.branch)
	if err != nil {
		return nil, err
	}
	tree := map[string]string{}
	for _, line := range strings.Split(strings.TrimSuffix(out, "\x00"), "\x00") {
		if what, path, ok := strings.Cut(line, "\t"); ok {
			tree[path] = what
		}
	}
	return tree, nil
}

// Log lists the commits of the default branch, latest first, each as
// "NAME: SUBJECT".
func (r *Repo) Log() ([]string, error) {
	out, err := r.Git("", "log", "--format=%an: %s", r.branch)
	if err != nil {
		return nil, err
	}
	return strings.Split(strings.TrimSpace(out), "\n"), nil
}
