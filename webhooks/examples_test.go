package webhooks

import (
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/hereby/hereby/internal/testenv"
)

// Every payload that GitHub publishes as an example, signed, is answered 202
// and touches what the table says and nothing else.
func TestPublishedExamples(t *testing.T) {
	data, err := os.ReadFile(testenv.Examples(t))
	if err != nil {
		t.Fatal(err)
	}
	var kinds []struct {
		Name     string
		Examples []json.RawMessage
	}
	if err := json.Unmarshal(data, &kinds); err != nil {
		t.Fatal(err)
	}
	table := readTable(t)
	labels := map[string]func(keys []string) []string{
		"bug": func(keys []string) []string { return keys },
		"incident": func(keys []string) []string {
			return slices.DeleteFunc(slices.Clone(keys), func(k string) bool { return !strings.HasPrefix(k, "sweep:") })
		},
	}
	for label, filter := range labels {
		b := newBench(t, GitHubOptions{Label: label})
		met := 0
		for _, kind := range kinds {
			for n, body := range kind.Examples {
				name := fmt.Sprintf("%s %s %d", kind.Name, action(t, body), n)
				keys, ok := table[name]
				if !ok {
					t.Errorf("%s: no such line in the table; is this another version of the examples?", name)
					continue
				}
				met++
				status, text := b.send(delivery(kind.Name, string(body)))
				if status != 202 {
					t.Errorf("%s: answered %d %q", name, status, text)
				}
				if got, want := join(b.queue.take()), strings.Join(filter(keys), " "); got != want {
					t.Errorf("label %s, %s: touched %q, want %q", label, name, got, want)
				}
			}
		}
		if met != len(table) {
			t.Errorf("%d of the table's %d examples were met", met, len(table))
		}
	}
}

func action(t *testing.T, body []byte) string {
	var e struct{ Action string }
	if err := json.Unmarshal(body, &e); err != nil {
		t.Fatal(err)
	}
	if e.Action == "" {
		return "-"
	}
	return e.Action
}

// readTable returns the keys by "event action index".
func readTable(t *testing.T) map[string][]string {
	data, err := os.ReadFile("testdata/github-examples.txt")
	if err != nil {
		t.Fatal(err)
	}
	table := map[string][]string{}
	for line := range strings.Lines(string(data)) {
		if strings.HasPrefix(line, "#") {
			continue
		}
		f := strings.Fields(line)
		if len(f) < 4 {
			t.Fatalf("testdata/github-examples.txt: %q, want event, action, index, keys", line)
		}
		keys := f[3:]
		if keys[0] == "-" {
			keys = nil
		}
		table[strings.Join(f[:3], " ")] = keys
	}
	return table
}
