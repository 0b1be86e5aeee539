package config

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// wanted says what a setting of this type takes.
func wanted(t reflect.Type) string {
	switch {
	case t == durationType:
		return "a duration such as 10m, 24h or 30d"
	case t.Kind() == reflect.Bool:
		return "true or false"
	case t.Kind() == reflect.String:
		return "a text"
	}
	return "a whole number"
}

// example is how one item of a list of this type may look.
func example(t reflect.Type) string {
	if t.Kind() == reflect.Struct {
		return "{…}, {…}"
	}
	return `"one", "two"`
}

// kindOf says what stands in the file.
func kindOf(n *yaml.Node) string {
	switch n.Kind {
	case yaml.MappingNode:
		return "a section"
	case yaml.SequenceNode:
		return "a list"
	}
	return "a single value"
}

// suggest says what an unknown key in the section at path was perhaps meant to be.
func suggest(key, path string, fields map[string]reflect.StructField) string {
	names := slices.Sorted(maps.Keys(fields))
	best, least := "", 1+max(1, len(key)/3)
	for _, name := range names {
		if n := distance(strings.ToLower(key), name); n < least {
			best, least = name, n
		}
	}
	if best != "" {
		return fmt.Sprintf("did you mean %q?", best)
	}
	if elsewhere := homeOf(key, reflect.TypeFor[Config](), ""); elsewhere != "" && elsewhere != path {
		return fmt.Sprintf("it belongs in the section %s", elsewhere)
	}
	return "expected one of: " + strings.Join(names, ", ")
}

// homeOf returns the path of a section that has the key, or "".
func homeOf(key string, t reflect.Type, path string) string {
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if t.Kind() != reflect.Struct {
		return ""
	}
	fields := fieldsOf(t)
	if _, ok := fields[key]; ok && path != "" {
		return path
	}
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		if home := homeOf(key, fields[name].Type, join(path, name)); home != "" {
			return home
		}
	}
	return ""
}

// distance is the number of letters to insert, delete, replace or swap with
// the next one that makes b of a.
func distance(a, b string) int {
	x, y := []rune(a), []rune(b)
	if len(x) > 64 || len(y) > 64 {
		return len(x) + len(y)
	}
	d := make([][]int, len(x)+1)
	for i := range d {
		d[i] = make([]int, len(y)+1)
		d[i][0] = i
	}
	for j := range d[0] {
		d[0][j] = j
	}
	for i := 1; i <= len(x); i++ {
		for j := 1; j <= len(y); j++ {
			cost := 1
			if x[i-1] == y[j-1] {
				cost = 0
			}
			d[i][j] = min(d[i-1][j]+1, d[i][j-1]+1, d[i-1][j-1]+cost)
			if i > 1 && j > 1 && x[i-1] == y[j-2] && x[i-2] == y[j-1] {
				d[i][j] = min(d[i][j], d[i-2][j-2]+1)
			}
		}
	}
	return d[len(x)][len(y)]
}

// short bounds what a message quotes of a file.
func short(text string) string {
	if runes := []rune(text); len(runes) > 60 {
		return string(runes[:60]) + "…"
	}
	return text
}
