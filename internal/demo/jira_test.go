package demo

import (
	"bytes"
	"testing"

	"github.com/hereby/hereby/internal/sandbox/contract"
)

func TestTheStoryOnJira(t *testing.T) {
	var out bytes.Buffer
	if err := Run(t.Context(), Options{Tracker: "jira", Out: &out, wrap: contract.Jira(t)}); err != nil {
		t.Fatalf("%v\n%s", err, out.String())
	}
}
