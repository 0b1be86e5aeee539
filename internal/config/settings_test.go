package config

import (
	"maps"
	"reflect"
	"slices"
)

// settings returns the path of every setting, but those within lists and
// tables, which hold as many as a team likes.
func settings() []string { return under(reflect.TypeFor[Config](), "") }

func under(t reflect.Type, path string) []string {
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if t.Kind() != reflect.Struct {
		return []string{path}
	}
	var all []string
	fields := fieldsOf(t)
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		all = append(all, under(fields[name].Type, join(path, name))...)
	}
	return all
}
