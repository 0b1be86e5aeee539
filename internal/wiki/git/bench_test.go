package git_test

import (
	"context"
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"

	sandbox "github.com/hereby/hereby/internal/sandbox/wiki"
	"github.com/hereby/hereby/internal/wiki/git"
)

// A wiki of 1,000 pages of 5 KB, and 30 commits: its update, its reading after
// a change, and its reading without one. live-MB is the heap that one update
// holds at most, garbage left out, as far as the edit sees it.
func BenchmarkThousandPages(b *testing.B) {
	for name, picks := range map[string]bool{"picking": true, "whole": false} {
		b.Run(name, func(b *testing.B) {
			wiki, save := thousand(b, picks)
			b.Run("update", func(b *testing.B) {
				b.ReportAllocs()
				live := uint64(0)
				before := heap()
				for k := 0; b.Loop(); k++ {
					_, err := wiki.Update(b.Context(), place, "m", func(page func(string) (string, bool)) map[string]string {
						page("Page-500")
						if k == 0 {
							live = heap() - before
						}
						return map[string]string{"Page-500": fmt.Sprint(b.N, k, time.Now())}
					})
					must(b, err)
				}
				b.ReportMetric(float64(live)/1e6, "live-MB")
			})
			b.Run("changed", func(b *testing.B) {
				b.ReportAllocs()
				for k := 0; b.Loop(); k++ {
					b.StopTimer()
					save(fmt.Sprint(b.N, k, time.Now()))
					b.StartTimer()
					read(b, wiki)
				}
			})
			b.Run("unchanged", func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					read(b, wiki)
				}
			})
		})
	}
}

func read(b *testing.B, wiki *git.Wiki) {
	s, err := wiki.Get(b.Context(), place, "Page-500")
	if err != nil || s.Problem != nil || !s.Pages["Page-500"].Exists {
		b.Fatal(err, s.Problem)
	}
}

func heap() uint64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

func thousand(b *testing.B, picks bool) (*git.Wiki, func(text string)) {
	host, server := newHost(b)
	repo, err := host.Create(place+".wiki.git", "master")
	must(b, err)
	must(b, repo.Config("uploadpack.allowFilter", fmt.Sprint(picks)))
	must(b, repo.Config("uploadpack.allowAnySHA1InWant", fmt.Sprint(picks)))
	alice := sandbox.Author{Name: "Alice", Mail: "alice@acme.example", At: time.Now()}
	var pages []sandbox.Change
	for k := range 1000 {
		text := strings.Repeat(random(60, uint32(k))+fmt.Sprintln("words", k), 70)
		pages = append(pages, sandbox.Change{Path: fmt.Sprintf("Page-%d.md", k), Text: text})
	}
	_, err = repo.Commit(alice, "Begin", pages...)
	must(b, err)
	save := func(text string) {
		_, err := repo.Commit(alice, "Edit", sandbox.Change{Path: "Page-7.md", Text: text})
		must(b, err)
	}
	for k := range 30 {
		save(fmt.Sprint(k))
	}
	wiki := git.New(git.Options{
		Remote: git.Beside(server.URL), Mail: ourMail,
		Auth: func(context.Context, string) (string, string, error) { return "", "", nil },
	})
	return wiki, save
}
