package host

import (
	"bytes"
	"cmp"
	"encoding/json"
	"slices"
)

// WorldPage is a page of a wiki as it is in the end, or a file attached to one.
type WorldPage struct {
	Name    string `json:"name"`
	Content string `json:"content"`
}

// World returns a final state as the JSON of "hereby demo --world" (design,
// section 14), the pages sorted by name. Equal states give equal bytes.
func World[Issue any](issues []Issue, pages []WorldPage) []byte {
	pages = append([]WorldPage{}, pages...)
	slices.SortFunc(pages, func(a, b WorldPage) int { return cmp.Compare(a.Name, b.Name) })
	return encode(struct {
		Issues []Issue     `json:"issues"`
		Pages  []WorldPage `json:"pages"`
	}{issues, pages}, "  ")
}

// JSON returns what is answered with, in one line and with HTML as it is.
func JSON(v any) []byte { return bytes.TrimSuffix(encode(v, ""), []byte("\n")) }

func encode(v any, indent string) []byte {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", indent)
	if err := e.Encode(v); err != nil {
		panic(err) // unreachable: everything that the servers tell can be encoded
	}
	return b.Bytes()
}
