package demo

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/hereby/hereby/internal/sandbox/contract"
)

func TestTheWholeStoryHolds(t *testing.T) {
	var out bytes.Buffer
	file := filepath.Join(t.TempDir(), "world.json")
	if err := Run(t.Context(), Options{Out: &out, World: file, wrap: contract.GitHub(t)}); err != nil {
		t.Fatalf("%v\n%s", err, out.String())
	}
	t.Log(out.String())
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var world struct {
		Issues []struct {
			Repo, Title, State, Body string
			Number                   int
			StateReason              *string `json:"state_reason"`
			Labels, Assignees        []string
			Parent                   any
			Comments                 []struct {
				Author, Body string
				Reactions    []string
			}
		}
		Pages []struct{ Name, Content string }
	}
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(&world); err != nil {
		t.Fatal(err)
	}
	seen := map[string]int{}
	for _, i := range world.Issues {
		if i.Repo != Repo || i.State != "closed" || i.StateReason == nil {
			t.Errorf("%s#%d is %s", i.Repo, i.Number, i.State)
			continue
		}
		seen[*i.StateReason]++
		if slices.Contains(i.Labels, "incident") != (i.Parent == nil) {
			t.Errorf("#%d %q hangs under %v", i.Number, i.Title, i.Parent)
		}
	}
	done, pages := 10, ""
	if len(world.Pages) > 0 {
		done, pages = 13, "Home Incidents Postmortem-2 Postmortem-2.json Postmortem-2.ledger.jsonl" // and the issues on the page
	}
	var names []string
	for _, p := range world.Pages {
		names = append(names, p.Name)
	}
	if seen["completed"] != done || seen["not_planned"] != 1 || strings.Join(names, " ") != pages {
		t.Errorf("closed as %v; pages %v", seen, names)
	}
}

func TestAStoryThatCannotBeTold(t *testing.T) {
	old := filepath.Join(t.TempDir(), "old.json")
	if err := os.WriteFile(old, []byte("an earlier world"), 0o600); err != nil {
		t.Fatal(err)
	}
	ended, end := context.WithCancel(t.Context())
	end()
	for name, c := range map[string]struct {
		ctx  context.Context
		o    Options
		says string
	}{
		"backwards":          {t.Context(), Options{Speed: -1}, "--speed -1: expected"},
		"no speed":           {t.Context(), Options{Speed: math.NaN()}, "--speed NaN: expected"},
		"nowhere to write":   {t.Context(), Options{World: filepath.Join(t.TempDir(), "none", "w.json")}, "name another file with --world"},
		"a directory":        {t.Context(), Options{World: t.TempDir()}, "name another file with --world"},
		"interrupted":        {ended, Options{World: old}, "interrupted"},
		"interrupted slowly": {ended, Options{Speed: 1e-6}, "interrupted"},
	} {
		var out strings.Builder
		c.o.Out = io.Writer(&out)
		if err := Run(c.ctx, c.o); err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v, want %q", name, err, c.says)
		}
		if strings.Contains(out.String(), "  2. ") {
			t.Errorf("%s: it was told all the same:\n%s", name, out.String())
		}
	}
	if text, err := os.ReadFile(old); err != nil || len(text) > 0 {
		t.Errorf("an earlier world stands for this one's: %q, %v", text, err)
	}
}
