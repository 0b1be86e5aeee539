package postmortem

import (
	"encoding/json"
	"regexp"
	"strings"
	"time"

	"github.com/hereby/hereby/internal/incident"
)

// ReadTwin reads a twin of the incident with this ID as it stands in the wiki,
// where people may write too.
func ReadTwin(id, text string) (t Twin, ok bool) {
	ok = json.Unmarshal([]byte(text), &t) == nil && t.Schema == TwinSchema && t.ID == id
	return t, ok
}

// Keep takes over the times that an earlier twin tells and this one does not,
// because the store that knew them was lost.
func (t *Twin) Keep(was Twin) {
	for _, x := range []struct {
		now *time.Time
		was time.Time
	}{{&t.Declared, was.Declared}, {&t.Staffed, was.Staffed}, {&t.Restored, was.Restored}, {&t.Published, was.Published}, {&t.Closed, was.Closed}} {
		if x.now.IsZero() {
			*x.now = x.was
		}
	}
	t.Roles = missed(t.Roles, was.Roles, func(r TwinRole) string {
		return r.From.UTC().Format(sortable) + r.Variable + string(r.Role)
	})
	t.Timeline = missed(t.Timeline, was.Timeline, func(e TwinEvent) string {
		return e.At.UTC().Format(sortable) + e.What + "\n" + e.By
	})
}

// missed returns a list and what of another it does not hold, each as often as
// it is there.
func missed[T any](list, was []T, key func(T) string) []T {
	there := map[string]int{}
	for _, x := range list {
		there[key(x)]++
	}
	for _, x := range was {
		if there[key(x)]--; there[key(x)] < 0 {
			list = append(list, x)
		}
	}
	return list
}

// namedRow is a row of the People block: see PeopleText.
var namedRow = regexp.MustCompile("^\\| ([^|]+) \\|.*\\| `@([^`|]+)` \\|")

// Named returns who stands behind each variable by the rows of the People block
// that are ours. A variable that stands there twice is left out.
func Named(id, text string) map[string]incident.Person {
	named, twice := map[string]incident.Person{}, map[string]bool{}
	for _, r := range markersOf(id).split(text, nil) {
		if r.own == 0 || r.block() != PeopleBlock || r.mark != noMark {
			continue
		}
		if m := namedRow.FindStringSubmatch(r.text); m != nil {
			variable := strings.TrimSpace(m[1])
			_, known := named[variable]
			twice[variable] = known
			named[variable] = incident.PersonOf(m[2])
		}
	}
	for variable, is := range twice {
		if is {
			delete(named, variable)
		}
	}
	return named
}
