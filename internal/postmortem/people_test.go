package postmortem

import (
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/hereby/hereby/internal/incident"
)

func tenure(role incident.Role, who incident.Person, from string) incident.Tenure {
	return incident.Tenure{Role: role, Who: who, From: at(from)}
}

func TestVariables(t *testing.T) {
	const c, o, m, p = incident.CommandRole, incident.Operations, incident.Communications, incident.Planning
	for name, x := range map[string]struct {
		tenures []incident.Tenure
		owner   incident.Person
		others  []incident.Person
		want    string
	}{
		"one each": {[]incident.Tenure{tenure(c, "a", "10:00"), tenure(o, "b", "10:01"), tenure(m, "c", "10:02"), tenure(p, "d", "10:03")}, "e", nil,
			"a=Incident Command b=Operations A c=Communications d=Planning e=Service Owner"},
		"operators by first tenure": {[]incident.Tenure{tenure(o, "b", "10:05"), tenure(o, "c", "10:01"), tenure(o, "b", "10:09"), tenure(o, "d", "10:10")}, "", nil,
			"c=Operations A b=Operations B d=Operations C"},
		"several held it": {[]incident.Tenure{tenure(c, "a", "10:00"), tenure(c, "b", "10:10"), tenure(c, "c", "10:20"), tenure(m, "d", "10:30"), tenure(m, "e", "10:40")}, "", nil,
			"a=Incident Command b=Incident Command B c=Incident Command C d=Communications e=Communications B"},
		"the first role names": {[]incident.Tenure{tenure(c, "a", "10:00"), tenure(o, "b", "10:01"), tenure(c, "b", "10:10"), tenure(o, "a", "10:10"), tenure(o, "c", "10:11"), tenure(c, "d", "10:12")}, "b", nil,
			"a=Incident Command d=Incident Command B b=Operations A c=Operations C"},
		"others": {[]incident.Tenure{tenure(c, "a", "10:00")}, "o", []incident.Person{"x", "a", "", "y", "o", "x"},
			"a=Incident Command o=Service Owner x=Person A y=Person B"},
		"nobody": {nil, "", nil, ""},
	} {
		var got []string
		for _, m := range Variables(x.tenures, x.owner, x.others, nil) {
			got = append(got, string(m.Who)+"="+m.Variable)
		}
		if s := strings.Join(got, " "); s != x.want {
			t.Errorf("%s:\n got %s\nwant %s", name, s, x.want)
		}
	}
	if letter(25) != "Z" || letter(26) != "A1" || letter(53) != "B2" {
		t.Errorf("letters %s %s %s", letter(25), letter(26), letter(53))
	}
}

// A variable once given never changes, whoever comes later (O50).
func TestVariablesAreForEver(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var tenures []incident.Tenure
		given := map[incident.Person]string{}
		for i := range rapid.IntRange(1, 40).Draw(t, "n") {
			tenures = append(tenures, incident.Tenure{
				Role: rapid.SampledFrom(incident.Roles).Draw(t, "role"), Who: incident.Person(rapid.StringMatching("[a-k]").Draw(t, "who")), From: at("00:00").AddDate(0, 0, i),
			})
			people := Variables(tenures, "", nil, nil)
			seen := map[string]bool{}
			for _, m := range people {
				if was, ok := given[m.Who]; ok && was != m.Variable || seen[m.Variable] {
					t.Fatalf("%s was %q and is %q in %+v", m.Who, was, m.Variable, people)
				}
				given[m.Who], seen[m.Variable] = m.Variable, true
			}
		}
	})
}

func TestBlind(t *testing.T) {
	for in, want := range map[string]string{
		"@bob: ask @Alice, @nobody":      "Operations A: ask Incident Command, @nobody",
		"bob burns and Mark Miller's":    "Operations A and Operations B's",
		"Mark and Will and Bobby Burns":  "Mark and Will and Bobby Burns",
		"`@bob` https://x/@bob b@bob.de": "`Operations A` https://x/@bob b@bob.de",
	} {
		if got := storyPeople.Blind(in); got != want {
			t.Errorf("Blind(%q) = %q, want %q", in, got, want)
		}
	}
	if got := People(nil).Blind("@bob x"); got != "@bob x" {
		t.Errorf("nobody known: %q", got)
	}
}

func TestWhoIsWho(t *testing.T) {
	if v := storyPeople.Variable("dave"); v != "Operations B" {
		t.Errorf("dave is %q", v)
	}
	if v := storyPeople.Variable("nobody"); v != "somebody" {
		t.Errorf("nobody is %q", v)
	}
}

func TestLiveAt(t *testing.T) {
	var names []string
	for _, c := range liveAt(append(slices.Clone(storyChanges), Change{Name: "at the edge", From: at("10:00"), To: at("10:50")}, Change{Name: "too early", From: at("10:00"), To: at("10:49")}), at("11:00")) {
		names = append(names, c.Name)
	}
	if want := []string{"at the edge", "socket pool to 400", "fewer web workers"}; !slices.Equal(names, want) {
		t.Errorf("live: %q, want %q", names, want)
	}
	if s := TimelineText(nil, nil, nil, at("11:00")); !strings.Contains(s, "No change was recorded") {
		t.Errorf("without changes: %s", s)
	}
	if s := TimelineText(nil, nil, storyChanges, at("11:00")); !strings.Contains(s, "| Change |") {
		t.Errorf("with changes: %s", s)
	}
}

func TestEmptyBlocksSayWhy(t *testing.T) {
	if s := ResolutionsText(nil, nil); !strings.Contains(s, "No ticket yet") {
		t.Error(s)
	}
	if s := EvidenceText(nil, nil); !strings.Contains(s, "None recorded") {
		t.Error(s)
	}
}

func TestAStrangeHandleStaysInItsCell(t *testing.T) {
	if s := PeopleText(People{{Who: "a`|b", Variable: "V"}}); !strings.Contains(s, "| V | – | `@ab` | – |\n") {
		t.Error(s)
	}
}

func TestAddresses(t *testing.T) {
	for in, want := range map[string]string{
		"https://x/y": "https://x/y", " http://x ": "http://x", "javascript:alert(1)": "", "javascript://x/%0aalert(1)": "", "x": "", "https://": "", "https://a:secret@x/": "https://x/",
		"https://x/a b|c)": "https://x/a%20b%7Cc%29", "https://x/@bob": "https://x/%40bob",
	} {
		if got := webAddress(in); got != want {
			t.Errorf("webAddress(%q) = %q, want %q", in, got, want)
		}
	}
}

// Who has a name among people is shown by it: an account id tells nobody who
// that is.
func TestTheTableShowsWhatPeopleAreCalled(t *testing.T) {
	text := PeopleText(People{
		{Who: "712020:04b8", Also: []incident.Person{"bob", "robert"}, Variable: "Operations A"},
		{Who: "712020:04b9", Variable: "Person A"},
	})
	if !strings.Contains(text, "`@bob`") || strings.Contains(text, "04b8") || !strings.Contains(text, "`@712020:04b9`") {
		t.Error(text)
	}
}
