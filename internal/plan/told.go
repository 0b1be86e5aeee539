package plan

import (
	"fmt"
	"time"

	"github.com/hereby/hereby/internal/render"
)

// heard says how well an audience was informed.
type heard struct {
	Who  string
	What string // how often, and the longest silence; or "never"
}

// informed says of each audience how often it was told how things stand, and
// for how long it heard nothing, from the declaration until service was back
// (O76). Whether anybody understood it, nobody can measure.
func (v *view) informed() []heard {
	end := v.r.Sealed
	if at, ok := v.restored(); ok && at.Before(end) {
		end = at
	}
	var list []heard
	for _, who := range []string{"owner", "customers", "internal"} {
		times, silence, since := 0, time.Duration(0), v.r.Declared.At
		for _, o := range v.obeyed("update") {
			if o.Command.Verb != who && o.Command.Verb != "all" {
				continue
			}
			times++
			if o.At.Before(end) {
				silence, since = max(silence, o.At.Sub(since)), o.At
			}
		}
		what := "never"
		if times > 0 {
			what = fmt.Sprintf("%s, the longest silence until service was back %s", count(times, "time", "times"), render.Span(max(silence, end.Sub(since))))
		}
		list = append(list, heard{audiences[who], what})
	}
	return list
}
