package config

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Finding is one thing that is wrong in a configuration file.
type Finding struct {
	Place
	Path    string // the setting: "policy.staffing", "github.repos[1]"; "" for the file
	Problem string // what was wrong, what was expected and what to do, without the setting's value if it is secret
}

// Place is where something stands in a file, counted from 1.
type Place struct {
	File         string
	Line, Column int
}

func (p Place) String() string { return fmt.Sprintf("%s:%d:%d", p.File, p.Line, p.Column) }

func (f Finding) String() string {
	if f.Path == "" {
		return fmt.Sprintf("%s: %s", f.Place, f.Problem)
	}
	return fmt.Sprintf("%s: %s: %s", f.Place, f.Path, f.Problem)
}

// Error is everything found wrong in one file, in the order of its lines.
type Error struct{ Findings []Finding }

func (e *Error) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "the configuration cannot be used (%d to mend):", len(e.Findings))
	for _, f := range e.Findings {
		b.WriteString("\n  " + f.String())
	}
	return b.String()
}

// errorOf returns the findings as an error, nil if there are none.
func errorOf(findings []Finding) error {
	if len(findings) == 0 {
		return nil
	}
	slices.SortStableFunc(findings, func(a, b Finding) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
	})
	return &Error{Findings: findings}
}
