// Package testenv finds what some tests need and a fresh machine may lack: API
// descriptions, a Redis server, published example payloads. It also holds the
// clock that tests move.
//
// On a developer's machine a test without its ingredient is skipped with a
// line that says what is missing and how to get it. In continuous integration
// (HEREBY_CI=1) nothing may be skipped for that reason, so there it fails.
package testenv

import (
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"testing"
)

// Missing ends the test because it lacks what: it is skipped, or fails where
// HEREBY_CI=1 is set.
func Missing(t testing.TB, what string) {
	t.Helper()
	if os.Getenv("HEREBY_CI") == "1" {
		t.Fatalf("missing under HEREBY_CI=1, where nothing may be skipped: %s", what)
	}
	t.Skipf("skipped: missing %s", what)
}

// Root returns the absolute path of the repository.
func Root(t testing.TB) string {
	t.Helper()
	_, file, _, ok := runtime.Caller(0)
	root := filepath.Dir(filepath.Dir(filepath.Dir(file)))
	if _, err := os.Stat(filepath.Join(root, "go.mod")); ok && err == nil {
		return root
	}
	// Built with -trimpath: tests run in their package's directory.
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for ; dir != filepath.Dir(dir); dir = filepath.Dir(dir) {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir
		}
	}
	t.Fatal("the repository's root was not found: no go.mod above the working directory")
	return ""
}

// Shared returns the path of a shared file such as "specs/github-rest.json",
// in the directory HEREBY_SHARED names. Without the file the test ends as with
// [Missing]. If nothing is named, ../shared beside the repository serves; a
// clone that has no such neighbour cannot get one, so there the test is
// skipped, in continuous integration too.
func Shared(t testing.TB, name string) string {
	t.Helper()
	const hint = " (HEREBY_SHARED names the directory that holds it)"
	dir := os.Getenv("HEREBY_SHARED")
	if dir == "" {
		dir = fromRoot(t, filepath.Join("..", "shared"))
		if _, err := os.Stat(dir); err != nil {
			t.Skipf("skipped: missing %s, as there is no %s%s", name, dir, hint)
		}
	}
	path := filepath.Join(fromRoot(t, dir), filepath.FromSlash(name))
	return file(t, path, path+hint)
}

// RedisServer returns the path of the redis-server binary: the one that
// HEREBY_REDIS names, else the one in PATH. Without it the test ends as with
// [Missing].
func RedisServer(t testing.TB) string {
	t.Helper()
	name := os.Getenv("HEREBY_REDIS")
	if name == "" {
		name = "redis-server"
	}
	path, err := exec.LookPath(name)
	if err != nil {
		Missing(t, "redis-server (install Redis, or name the binary in HEREBY_REDIS)")
	}
	return path
}

// Examples returns the path of the index.json of the npm package
// @octokit/webhooks-examples: the file that HEREBY_EXAMPLES names, else the
// one that .ci/run puts into .ci/cache. Without it the test ends as with
// [Missing].
func Examples(t testing.TB) string {
	t.Helper()
	path := os.Getenv("HEREBY_EXAMPLES")
	if path == "" {
		path = filepath.Join(".ci", "cache", "webhooks-examples", "index.json")
	}
	path = fromRoot(t, path)
	return file(t, path, path+" (.ci/run fetches it; or name api.github.com/index.json of npm @octokit/webhooks-examples in HEREBY_EXAMPLES)")
}

func fromRoot(t testing.TB, path string) string {
	t.Helper()
	if filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(Root(t), path)
}

func file(t testing.TB, path, what string) string {
	t.Helper()
	if _, err := os.Stat(path); err != nil {
		Missing(t, what)
	}
	return path
}
