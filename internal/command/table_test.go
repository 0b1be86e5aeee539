package command

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/hereby/hereby/internal/incident"
)

func TestTheTableHoldsTheCommandsOfThisRelease(t *testing.T) {
	want := strings.Fields("ic ops comms planning role release owner channel summary action change update note evidence impact done skip restored unrestored wontfix followup link unlink review issue publish postmortem close retract duplicate status help")
	var got []string
	for _, s := range Table {
		got = append(got, s.Word)
	}
	slices.Sort(want)
	slices.Sort(got)
	if !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
}

// Section 8 of the design names what the staffing clock never holds back.
func TestTheStaffingClockNeverHoldsBack(t *testing.T) {
	var always []string
	for _, s := range Table {
		if s.Always {
			always = append(always, s.Word)
		}
	}
	if got, want := strings.Join(always, " "), "ic ops comms planning role release note evidence impact restored retract status help"; got != want {
		t.Error(got)
	}
}

func TestEveryWordIsOneCommands(t *testing.T) {
	seen := map[string]bool{}
	for _, s := range Table {
		for _, w := range s.words() {
			if seen[w] || w != fold(w) || words[w].Word != s.Word {
				t.Errorf("%s", w)
			}
			seen[w] = true
		}
		if s.Effect == "" || strings.ContainsAny(s.Effect, "|\n") || s.Who.String() == "" {
			t.Errorf("%s: %+v", s.Word, s)
		}
		got, ok := specOf(incident.Command{Word: s.Name(), Role: s.Role})
		if !ok || got.Name() != s.Name() || s.Role != got.Role && s.Word != "role" {
			t.Errorf("specOf %s found %s", s.Word, got.Word)
		}
	}
	if _, ok := specOf(incident.Command{Word: "publishing"}); ok {
		t.Error("found a word that is not built")
	}
}

func TestHelpIsATableOfWhatApplies(t *testing.T) {
	got := Help(Hereby, func(s Spec) bool { return s.Word == "ops" || s.Word == "wontfix" })
	want := "| command | who | effect |\n|---|---|---|\n" +
		"| `hereby ops [me\\|@a …]` | anyone trusted for themselves, incident command for others | join operations: find the fault and repair it |\n" +
		"| `hereby wontfix REF REASON` | planning or incident command | close a ticket as one that will not be done |\n"
	if got != want {
		t.Errorf("got\n%s", got)
	}
	rows := strings.Split(strings.TrimSpace(Markdown()), "\n")
	if len(rows) != 2+len(Table) {
		t.Errorf("%d rows", len(rows))
	}
	cells := regexp.MustCompile(`[^\\]\|`)
	for i, row := range rows {
		if n := len(cells.FindAllString(row, -1)); n != 3 {
			t.Errorf("row %q has %d cells", row, n)
		}
		if i >= 2 && !strings.HasPrefix(row, "| `/"+Table[i-2].Word) {
			t.Errorf("row %q", row)
		}
	}
}

func TestOneEdit(t *testing.T) {
	for _, near := range [][2]string{{"note", "nte"}, {"note", "notee"}, {"note", "nite"}, {"note", "ntoe"}, {"note", "onte"}, {"note", "noet"}, {"ä", "ö"}, {"", "a"}} {
		if !oneEdit(near[0], near[1]) || !oneEdit(near[1], near[0]) {
			t.Error(near)
		}
	}
	for _, far := range [][2]string{{"note", "note"}, {"note", "no"}, {"note", "etno"}, {"note", "tone"}, {"note", "oten"}, {"help", "hold"}, {"", ""}} {
		if oneEdit(far[0], far[1]) || oneEdit(far[1], far[0]) {
			t.Error(far)
		}
	}
}

func BenchmarkMayDeclare(b *testing.B) {
	for name, unit := range map[string]string{
		"ascii":   "The quick brown fox <b>jumps</b> over the lazy dog, because of an accident. ",
		"unicode": "Zwölf Boxkämpfer jagen Viktor quer über den großen Sylter Deich. ",
	} {
		text := strings.Repeat(unit, 100)
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(text)))
			for b.Loop() {
				MayDeclare(text)
			}
		})
	}
}

// specOf returns the command that a parsed one is an instance of.
func specOf(c incident.Command) (Spec, bool) {
	for _, s := range Table {
		if s.Name() == c.Word && (s.Role == "" || s.Role == c.Role) {
			return s, true
		}
	}
	return Spec{}, false
}
