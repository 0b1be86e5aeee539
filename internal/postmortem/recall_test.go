package postmortem

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/hereby/hereby/internal/incident"
)

// A page tells who stands behind its variables, by rows of ours alone.
func TestNamed(t *testing.T) {
	text := Apply(written("x"), Edits{ID: storyID, Blocks: map[Block]string{PeopleBlock: PeopleText(storyPeople)}})
	want := map[string]incident.Person{}
	for _, m := range storyPeople {
		want[m.Variable] = m.Who
	}
	got := Named(storyID, text)
	if len(got) != len(want) || len(want) == 0 {
		t.Fatalf("%v, want %v", got, want)
	}
	for variable, who := range want {
		if got[variable] != who {
			t.Errorf("%s is %q, want %q", variable, got[variable], who)
		}
	}
	first := storyPeople[0]
	forged := "| " + first.Variable + " | x | `@mallory` | – |"
	rows := strings.SplitAfter(text, "\n")
	i := slices.IndexFunc(rows, func(row string) bool { return strings.HasPrefix(row, "| "+first.Variable+" ") })
	if i < 0 {
		t.Fatal(text)
	}
	if got := Named(storyID, strings.Join(slices.Insert(slices.Clone(rows), i+1, forged+"\n"), "")); got[first.Variable] != first.Who {
		t.Errorf("a person's row counts: %v", got)
	}
	if got := Named(storyID, strings.Join(slices.Insert(slices.Clone(rows), i+1, rows[i]), "")); got[first.Variable] != "" && got[first.Variable] != first.Who {
		t.Errorf("%v", got)
	}
	if got := Named("another", text); len(got) != 0 {
		t.Errorf("of another incident: %v", got)
	}
}

// A twin of another incident, or none at all, is not read.
func TestReadTwin(t *testing.T) {
	text := string(storyTwin().Encode())
	if twin, ok := ReadTwin(storyID, text); !ok || twin.Entries != 9 {
		t.Errorf("%v %+v", ok, twin)
	}
	for _, other := range []string{"", "null", "{}", "[]", strings.Replace(text, TwinSchema, "x/1", 1), text[:len(text)/2]} {
		if _, ok := ReadTwin(storyID, other); ok {
			t.Errorf("read: %q", other)
		}
	}
	if _, ok := ReadTwin("another", text); ok {
		t.Error("of another incident")
	}
}

// What an earlier twin tells and a later one forgot is kept; what both tell
// stands once, and what the later one tells stands as it does.
func TestKeep(t *testing.T) {
	was, now := storyTwin(), storyTwin()
	was.Staffed, was.Restored = at("10:05"), at("10:30")
	now.Roles, now.Timeline = now.Roles[1:], now.Timeline[:1]
	now.Timeline[0].Text = "another digest"
	now.Keep(was)
	if !now.Staffed.Equal(at("10:05")) || !now.Restored.Equal(at("11:00")) || !now.Closed.Equal(time.Time{}) {
		t.Errorf("%+v", now)
	}
	if len(now.Roles) != len(was.Roles) || len(now.Timeline) != len(was.Timeline) || now.Timeline[0].Text != "another digest" {
		t.Errorf("%d roles of %d, %d events of %d: %+v", len(now.Roles), len(was.Roles), len(now.Timeline), len(was.Timeline), now.Timeline[0])
	}
	again := now
	if again.Keep(was); len(again.Timeline) != len(now.Timeline) {
		t.Error("kept twice")
	}
}
