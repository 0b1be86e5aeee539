package testenv

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"testing"
)

// probe stands for a test and remembers how it ended.
type probe struct {
	testing.TB
	ended string
}

func (p *probe) Helper() {}
func (p *probe) Skipf(format string, args ...any) {
	p.ended = "skip: " + fmt.Sprintf(format, args...)
	runtime.Goexit()
}
func (p *probe) Fatalf(format string, args ...any) {
	p.ended = "fail: " + fmt.Sprintf(format, args...)
	runtime.Goexit()
}

func run(f func(testing.TB)) string {
	p := &probe{}
	done := make(chan struct{})
	go func() {
		defer close(done)
		f(p)
		p.ended = "went on"
	}()
	<-done
	return p.ended
}

func TestMissingSkipsHereAndFailsInCI(t *testing.T) {
	t.Setenv("HEREBY_SHARED", t.TempDir())
	t.Setenv("HEREBY_EXAMPLES", filepath.Join(t.TempDir(), "none.json"))
	t.Setenv("HEREBY_REDIS", "no-such-redis-server")
	for ci, want := range map[string]string{"": "skip", "1": "fail"} {
		t.Setenv("HEREBY_CI", ci)
		for name, f := range map[string]func(testing.TB){
			"shared":   func(tb testing.TB) { Shared(tb, "specs/none.json") },
			"redis":    func(tb testing.TB) { RedisServer(tb) },
			"examples": func(tb testing.TB) { Examples(tb) },
		} {
			if got := run(f); got[:4] != want {
				t.Errorf("HEREBY_CI=%q, %s: %q, want %s", ci, name, got, want)
			}
		}
	}
}

func TestSharedFindsAFile(t *testing.T) {
	dir := t.TempDir()
	want := filepath.Join(dir, "a.json")
	if err := os.WriteFile(want, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("HEREBY_SHARED", dir)
	if got := Shared(t, "a.json"); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestRootHoldsTheModule(t *testing.T) {
	if _, err := os.Stat(filepath.Join(Root(t), "go.mod")); err != nil {
		t.Error(err)
	}
}
