package ledger

import (
	"encoding/json"
	"strings"

	"github.com/hereby/hereby/internal/incident"
)

// forget returns a snapshot without texts that must go: titles and bodies that
// overlap with one of those in gone, and whatever holds secret. It is only the
// memory of what was seen; the next look fills it again.
func forget(s incident.Snapshot, gone []string, secret string) incident.Snapshot {
	s = without(s, secret)
	clear := func(t *incident.Ticket) {
		for _, text := range []*string{&t.Title, &t.Body} {
			if *text != "" && overlap([]string{*text}, gone) {
				*text = ""
			}
		}
	}
	clear(&s.Head)
	for i := range s.Tickets {
		clear(&s.Tickets[i])
	}
	for i := range s.Foreign {
		clear(&s.Foreign[i])
	}
	return s
}

// without returns a copy of a snapshot, nothing shared, in which every string
// that holds secret is "": whatever field it stands in.
func without(s incident.Snapshot, secret string) incident.Snapshot {
	data, err := json.Marshal(s)
	var tree any
	if err == nil {
		d := json.NewDecoder(strings.NewReader(string(data)))
		d.UseNumber()
		err = d.Decode(&tree)
	}
	if err == nil && secret != "" {
		data, err = json.Marshal(prune(tree, secret))
	}
	var clean incident.Snapshot
	if err == nil {
		err = json.Unmarshal(data, &clean)
	}
	if err != nil {
		return incident.Snapshot{} // rather nothing than a secret: the next look sees all anew
	}
	return clean
}

func prune(tree any, secret string) any {
	switch x := tree.(type) {
	case string:
		if strings.Contains(x, secret) {
			return ""
		}
	case []any:
		for i := range x {
			x[i] = prune(x[i], secret)
		}
	case map[string]any:
		for name, value := range x {
			if strings.Contains(name, secret) {
				delete(x, name)
				continue
			}
			x[name] = prune(value, secret)
		}
	}
	return tree
}
