package command_test

import (
	"os"
	"strings"
	"testing"

	"github.com/hereby/hereby/internal/command"
)

// The README's table is the table in code, so that it cannot drift.
func TestTheReadmeShowsTheTable(t *testing.T) {
	readme, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(readme), command.Markdown()) {
		t.Errorf("the README's table of commands is not the one in code, which is:\n%s", command.Markdown())
	}
}
