package route

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/hereby/hereby/internal/incident"
	"github.com/hereby/hereby/internal/marker"
)

const own, parent = incident.Key("t:acme/shop#12"), incident.Key("t:acme/infra#3")

func TestEachSignAloneIsEnough(t *testing.T) {
	alias := incident.AliasOf("t", "77")
	mark := marker.Mark{ID: "77", Slot: "role/planning"}.String()
	for name, c := range map[string]struct {
		hint incident.Hint
		want []incident.Key
	}{
		"nothing":              {incident.Hint{Key: own, Labels: []string{"bug"}, Texts: []string{"broken", ""}}, nil},
		"no key":               {incident.Hint{Labels: []string{"incident"}, Parents: []incident.Key{parent}}, nil},
		"policy label":         {incident.Hint{Key: own, Labels: []string{"bug", "Incident"}}, []incident.Key{own}},
		"our label":            {incident.Hint{Key: own, Labels: []string{"hereby"}}, []incident.Key{own}},
		"phase label":          {incident.Hint{Key: own, Labels: []string{"hereby/restored"}}, []incident.Key{own}},
		"ID label":             {incident.Hint{Key: own, Labels: []string{"hereby-77"}}, []incident.Key{own, alias}},
		"ID label, other case": {incident.Hint{Key: own, Labels: []string{"Hereby-77"}}, []incident.Key{own, alias}},
		"foreign label":        {incident.Hint{Key: own, Labels: []string{"herebyx", "here", ""}}, nil},
		"marker":               {incident.Hint{Key: own, Texts: []string{"duties\n\n" + mark}}, []incident.Key{alias}},
		"phrase":               {incident.Hint{Key: own, Texts: []string{"", "I hereby declare an incident"}}, []incident.Key{own}},
		"parent":               {incident.Hint{Key: own, Parents: []incident.Key{parent, ""}}, []incident.Key{parent}},
		"dependency":           {incident.Hint{Key: own, Tied: true}, []incident.Key{own}},
		"everything once": {incident.Hint{Key: own, Labels: []string{"hereby", "hereby-77", "incident"},
			Texts: []string{mark, mark}, Parents: []incident.Key{parent, own}, Tied: true}, []incident.Key{own, parent, alias}},
	} {
		if got := Keys(c.hint, "incident"); !slices.Equal(got, c.want) {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

func TestPolicyLabelsAreTakenLiterally(t *testing.T) {
	for _, label := range []string{"sev/1", "100%", "🔥", "größe", "a b"} {
		if got := Keys(incident.Hint{Key: own, Labels: []string{label}}, label); !slices.Equal(got, []incident.Key{own}) {
			t.Errorf("label %q: %q", label, got)
		}
	}
	if got := Keys(incident.Hint{Key: own, Labels: []string{""}}, ""); got != nil {
		t.Errorf("without a policy label: %q", got)
	}
}

func TestAPageOfMarkersTouchesAHandful(t *testing.T) {
	var b strings.Builder
	for i := range 3000 {
		fmt.Fprintln(&b, marker.Mark{ID: fmt.Sprint(i), Slot: "x"})
	}
	text := b.String() + marker.Mark{ID: strings.Repeat("9", maxID+1), Slot: "x"}.String() + marker.Mark{ID: "a b", Slot: "x"}.String()
	got := Keys(incident.Hint{Key: own, Texts: []string{text}}, "incident")
	if len(got) != maxMarkers || got[maxMarkers-1] != incident.AliasOf("t", "2999") {
		t.Errorf("%d keys, the last of them %q", len(got), got[max(0, len(got)-1):])
	}
}

func hints() *rapid.Generator[incident.Hint] {
	label := rapid.OneOf(rapid.SampledFrom([]string{"incident", "hereby", "bug", "hereby/closed"}),
		rapid.StringMatching(`hereby-[0-9]{1,3}`), rapid.String())
	text := rapid.OneOf(rapid.String(), rapid.SampledFrom([]string{"I hereby declare this an incident", "ok"}),
		rapid.Map(rapid.StringMatching(`[0-9]{1,3}`), func(id string) string {
			return marker.Put("text", marker.Mark{ID: id, Slot: "role/planning"})
		}))
	key := rapid.Map(rapid.IntRange(1, 5), func(n int) incident.Key { return incident.Key(fmt.Sprintf("t:a/b#%d", n)) })
	return rapid.Custom(func(t *rapid.T) incident.Hint {
		return incident.Hint{
			Key:     key.Draw(t, "key"),
			Labels:  rapid.SliceOfN(label, 0, 4).Draw(t, "labels"),
			Texts:   rapid.SliceOfN(text, 0, 3).Draw(t, "texts"),
			Parents: rapid.SliceOfN(key, 0, 2).Draw(t, "parents"),
			Tied:    rapid.Bool().Draw(t, "tied"),
		}
	})
}

// Whatever else comes with it, a sign is not overlooked: more news never
// touches less.
func TestMoreNewsNeverTouchesLess(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := hints().Draw(t, "a"), hints().Draw(t, "b")
		both := incident.Hint{
			Key:     a.Key,
			Labels:  append(slices.Clone(b.Labels), a.Labels...),
			Texts:   append(slices.Clone(b.Texts), a.Texts...),
			Parents: append(slices.Clone(b.Parents), a.Parents...),
			Tied:    a.Tied || b.Tied,
		}
		all := Keys(both, "incident")
		for _, k := range Keys(a, "incident") {
			if !slices.Contains(all, k) {
				t.Fatalf("%s was touched by %+v but not by %+v", k, a, both)
			}
		}
	})
}

func TestKeysAreDistinctAndOfOneTracker(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		h := hints().Draw(t, "hint")
		keys := Keys(h, "incident")
		seen := map[incident.Key]bool{}
		for _, k := range keys {
			if seen[k] || k.Tracker() != "t" {
				t.Fatalf("%q in %q", k, keys)
			}
			seen[k] = true
			if k.Alias() == "" && k != h.Key && !slices.Contains(h.Parents, k) {
				t.Fatalf("%s comes from nowhere", k)
			}
		}
	})
}

func FuzzKeys(f *testing.F) {
	f.Add("incident", "I hereby declare an incident", "hereby-1")
	f.Add("", "<!-- hereby:1 %00 a -->", "hereby-\x00")
	f.Fuzz(func(t *testing.T, policy, text, label string) {
		for _, k := range Keys(incident.Hint{Key: own, Texts: []string{text}, Labels: []string{label}}, policy) {
			if k != own && (k.Alias() == "" || len(k) > len("t:#")+maxID) {
				t.Fatalf("%q is neither the issue nor an alias", k)
			}
		}
	})
}
