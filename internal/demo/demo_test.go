package demo

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"io"
	"math"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/hereby/hereby/internal/sandbox/contract"
)

// told is a story that was played, with its end.
type told struct {
	out, mail string
	raw       []byte
	world     struct {
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
			Key, Type, Status string // the rest is Jira's
			Resolution        *string
			Links             []struct{ Type, Key string }
		}
		Pages []struct{ Name, Content string }
	}
}

// tell plays the story on a tracker.
func tell(t *testing.T, tracker string, wrap func(http.Handler) http.Handler) (end told) {
	t.Helper()
	var out, mail bytes.Buffer
	file := filepath.Join(t.TempDir(), "world.json")
	if err := Run(t.Context(), Options{Tracker: tracker, Out: &out, World: file, wrap: wrap, mail: &mail}); err != nil {
		t.Fatalf("%v\n%s", err, out.String())
	}
	t.Log(out.String())
	var err error
	if end.raw, err = os.ReadFile(file); err != nil {
		t.Fatal(err)
	}
	d := json.NewDecoder(bytes.NewReader(end.raw))
	d.DisallowUnknownFields()
	if err := d.Decode(&end.world); err != nil {
		t.Fatal(err)
	}
	end.out, end.mail = strings.ReplaceAll(out.String(), file, "world.json"), mail.String()
	return end
}

// reviewed compares the end with files that a person can review. Without git
// there are no pages, and nothing is the same.
func (end told) reviewed(t *testing.T, dir string) (pages []string) {
	for _, p := range end.world.Pages {
		pages = append(pages, p.Name)
	}
	if len(pages) == 0 {
		return nil
	}
	golden(t, dir+"story.txt", plain(end.out))
	golden(t, dir+"world.json", plain(string(end.raw)))
	golden(t, dir+"mail.txt", plain(end.mail))
	for _, p := range end.world.Pages {
		switch storage := strings.HasPrefix(p.Content, "<"); filepath.Ext(p.Name) {
		case "":
			if storage {
				golden(t, dir+p.Name+".xml", plain(p.Content))
			} else {
				golden(t, dir+p.Name+".md", plain(p.Content))
			}
		case ".json":
			golden(t, dir+p.Name, plain(p.Content))
		} // the ledger's mirror is all hashes
	}
	return pages
}

func TestTheWholeStoryHolds(t *testing.T) {
	end := tell(t, "", contract.GitHub(t))
	seen := map[string]int{}
	for _, i := range end.world.Issues {
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
	if len(end.world.Pages) > 0 {
		done, pages = 13, "Home Incidents Postmortem-2 Postmortem-2.json Postmortem-2.ledger.jsonl" // and the issues on the page
	}
	names := end.reviewed(t, "")
	if seen["completed"] != done || seen["not_planned"] != 1 || strings.Join(names, " ") != pages {
		t.Errorf("closed as %v; pages %v", seen, names)
	}
}

// The same story on Jira: the head under its epic, each duty a sub-task of its
// own, what was found linked to the head and under the epic. On Cloud the pages
// are in Confluence, on Data Center in a git wiki.
func TestTheWholeStoryOnJira(t *testing.T) {
	for tracker, wrap := range map[string]func(http.Handler) http.Handler{"jira": contract.Jira(t), "jira-dc": nil} {
		t.Run(tracker, func(t *testing.T) {
			end := tell(t, tracker, wrap)
			end.hangsTogether(t)
			end.reviewed(t, tracker+"/")
		})
	}
}

func (end told) hangsTogether(t *testing.T) {
	types, epic := map[string]int{}, ""
	for _, i := range end.world.Issues {
		if i.State != "closed" || i.StateReason == nil {
			t.Errorf("%s %q is %s", i.Key, i.Title, i.Status)
		}
		if types[i.Type]++; i.Type == "Epic" {
			epic = i.Key
		}
	}
	for _, i := range end.world.Issues {
		head, duty := slices.Contains(i.Labels, "incident"), i.Type == "Sub-task"
		linked := slices.ContainsFunc(i.Links, func(l struct{ Type, Key string }) bool { return l.Key == "OPS-2" })
		switch {
		case head && i.Parent != any(epic), duty && i.Parent != any("OPS-2"):
			t.Errorf("%s %q hangs under %v", i.Key, i.Title, i.Parent)
		case !head && !duty && i.Type != "Epic" && !linked:
			t.Errorf("%s %q is not linked to the head", i.Key, i.Title)
		}
	}
	if types["Epic"] != 1 || types["Sub-task"] < 10 {
		t.Errorf("types: %v", types)
	}
}

var update = flag.Bool("update", false, "write testdata anew")

// plain is a text without what each run makes anew: the port, and digests of
// texts that name it.
func plain(text string) string {
	text = regexp.MustCompile(`127\.0\.0\.1:[0-9]+`).ReplaceAllString(text, "town")
	text = regexp.MustCompile(`(%22)?[0-9a-f]{64}`).ReplaceAllString(text, "${1}HASH")
	text = regexp.MustCompile(`(Ledger: entry [0-9]+, )[0-9a-f]{12}`).ReplaceAllString(text, "${1}HASH")
	text = regexp.MustCompile("(at entry [0-9]+, )(?:`|{{)[0-9a-f]{12}(?:`|}})").ReplaceAllString(text, "${1}HASH")
	text = regexp.MustCompile(`(hereby:1 [0-9]+ block/[a-z]+|hereby:item-[0-9a-f]+) [A-Za-z0-9._]+ -->`).ReplaceAllString(text, "$1 SUM -->")
	return mirror.ReplaceAllString(text, "")
}

// mirror is the ledger's mirror within the world.
var mirror = regexp.MustCompile(`(?s),\s*\{\s*"name": "Postmortem-(?:OPS-)?2\.ledger\.jsonl",\s*"content": "[^\n]*\n\s*\}`)

// golden compares with a file that a person can review.
func golden(t *testing.T, name, text string) {
	t.Helper()
	file := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil || string(want) != text {
		t.Errorf("%s differs from what the story ended with; if that is meant, run go test ./internal/demo -update and review it: %v", file, err)
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

func TestWithoutADirectoryOfItsOwn(t *testing.T) {
	t.Setenv("TMPDIR", filepath.Join(t.TempDir(), "missing"))
	if err := Run(t.Context(), Options{Out: io.Discard}); err == nil || !strings.Contains(err.Error(), "name one in TMPDIR") {
		t.Errorf("error %v", err)
	}
}
