package plan_test

import (
	"slices"
	"testing"
	"time"

	"github.com/hereby/hereby/internal/incident"
)

// People are recalled from a page that calls them as people do.
func TestPeopleAreRecalledByTheirAlias(t *testing.T) {
	w := published(t)
	w.p.Aliases = map[incident.Person]incident.Person{"robert": "bob", "planner": "erin"}
	w.publishes()
	contains(t, w.text12(), "`@robert`", "`@planner`", "`@dave`")
	lacks(t, w.text12(), "`@bob`", "`@erin`")
	tenures := slices.Clone(w.r.Tenures)
	w.forget()
	w.after(time.Hour).settle()
	w.after(2 * w.s.Settling.Tickets).settle()
	planned := func(list []incident.Tenure) (who []incident.Person) {
		for _, x := range list {
			if x.Role == incident.Planning {
				who = append(who, x.Who)
			}
		}
		slices.Sort(who)
		return who
	}
	if was, now := planned(tenures), planned(w.r.Tenures); !slices.Contains(was, "erin") || !slices.Equal(was, now) {
		t.Errorf("%v planned, and now %v", was, now)
	}
}
