package jira

import (
	"testing"

	sandbox "github.com/hereby/hereby/internal/sandbox/jira"
)

// A line to type names people as they call each other; elsewhere they are
// mentioned as Jira knows them.
func TestWhatIsThereToBeTyped(t *testing.T) {
	l := newLab(t, sandbox.Options{}, func(o *Options) { o.People = map[string]string{"bob": "712020:AB-1", "al": "712020:AB-12"} })
	for source, want := range map[string]string{
		"write `/ops @712020:ab-1`":              "write `/ops @bob`",
		"`@712020:ab-12 @712020:ab-1`":           "`@al @bob`",
		"`@712020:ab-123` is nobody":             "`@712020:ab-123` is nobody",
		"@712020:ab-1 is mentioned, `in` @al`":   "@712020:ab-1 is mentioned, `in` @al`",
		"`over\n@712020:ab-1 two lines` is none": "`over\n@712020:ab-1 two lines` is none",
	} {
		if got := l.typeable(source); got != want {
			t.Errorf("%q becomes %q, want %q", source, got, want)
		}
	}
}
