package postmortem

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/hereby/hereby/internal/incident"
)

// People are those who took part, in the order of the People table.
type People []Member

// Member is one person and the variable that stands for them (O49, O50).
type Member struct {
	Who      incident.Person
	Also     []incident.Person // what people call them besides, as handles
	Variable string            // "Operations A"
	Name     string            // display name; "": unknown
	Owner    bool              // of the service
	Held     []incident.Tenure
}

// titles are the variables of the roles.
var titles = map[incident.Role]string{
	incident.CommandRole: "Incident Command", incident.Operations: "Operations",
	incident.Communications: "Communications", incident.Planning: "Planning",
}

// RoleName returns the name of a role as the page has it.
func RoleName(r incident.Role) string { return titles[r] }

// Variables gives each person one variable for the whole incident. The first
// role that somebody held names them, whatever they hold later; the first who
// is named by command, communications or planning has the bare name, later
// ones a letter from B on, so that no name ever given changes. Operations
// always have letters, by first tenure in operations: the letter of their
// ticket. The service's owner who held no role is Service Owner; others who
// are mentioned are Person A, B and so on.
//
// Tenures come oldest first; names maps people to their display names.
func Variables(tenures []incident.Tenure, owner incident.Person, others []incident.Person, names map[incident.Person]string) People {
	var people People
	index := map[incident.Person]int{}
	add := func(who incident.Person, variable string) *Member {
		if i, ok := index[who]; ok {
			return &people[i]
		}
		index[who] = len(people)
		people = append(people, Member{Who: who, Variable: variable, Name: fold(names[who]), Owner: who == owner})
		return &people[len(people)-1]
	}
	named := map[incident.Role]int{}
	var operators []incident.Person
	ordered := slices.Clone(tenures)
	slices.SortStableFunc(ordered, func(a, b incident.Tenure) int { return a.From.Compare(b.From) })
	for _, t := range ordered {
		if t.Role == incident.Operations && !slices.Contains(operators, t.Who) {
			operators = append(operators, t.Who)
		}
		variable := titles[t.Role]
		if _, known := index[t.Who]; !known {
			n := named[t.Role]
			if named[t.Role]++; t.Role == incident.Operations {
				variable += " " + letter(slices.Index(operators, t.Who))
			} else if n > 0 {
				variable += " " + letter(n)
			}
		}
		m := add(t.Who, variable)
		m.Held = append(m.Held, t)
	}
	if owner != "" {
		add(owner, "Service Owner")
	}
	strangers := 0
	for _, who := range others {
		if _, known := index[who]; !known && who != "" {
			add(who, "Person "+letter(strangers))
			strangers++
		}
	}
	slices.SortStableFunc(people, func(a, b Member) int { return cmp.Compare(a.rank(), b.rank()) })
	return people
}

// called reports whether a handle is theirs.
func (m *Member) called(who incident.Person) bool {
	return m.Who == who || slices.Contains(m.Also, who)
}

// handle is what they are called by: where accounts have ids, people's own name
// for them if there is one.
func (m *Member) handle() incident.Person {
	if len(m.Also) > 0 {
		return m.Also[0]
	}
	return m.Who
}

// rank orders the table: by the role that names, then by first come.
func (m *Member) rank() int {
	if len(m.Held) > 0 {
		return slices.Index(incident.Roles, m.Held[0].Role)
	}
	if m.Owner {
		return len(incident.Roles)
	}
	return len(incident.Roles) + 1
}

// letter counts A, B … Z, A1, B1 … as the tickets of operations do.
func letter(n int) string {
	if n < 26 {
		return string(rune('A' + n))
	}
	return fmt.Sprintf("%c%d", 'A'+n%26, n/26)
}

// Variable returns the variable of a person; for somebody unknown "somebody".
func (p People) Variable(who incident.Person) string {
	for i := range p {
		if p[i].Who == who {
			return p[i].Variable
		}
	}
	return "somebody"
}

// Handles returns what [Edits] need to replace handles by variables.
func (p People) Handles() map[incident.Person]string {
	m := map[incident.Person]string{}
	for i := range p {
		m[p[i].Who] = p[i].Variable
		for _, also := range p[i].Also {
			m[also] = p[i].Variable
		}
	}
	return m
}

// Blind replaces the handles and full names of people known here by their
// variables wherever they stand: for texts that come from comments into blocks
// of ours (design, section 11).
func (p People) Blind(text string) string {
	var b strings.Builder
	at := 0
	eachHandle(text, func(from, to int, who incident.Person) {
		for i := range p {
			if p[i].called(who) {
				b.WriteString(text[at:from] + p[i].Variable)
				at = to
			}
		}
	})
	text = b.String() + text[at:]
	b.Reset()
	at = 0
	p.names(DefaultWords().Ordinary).each(text, func(from, to, i int) {
		b.WriteString(text[at:from] + p[i].Variable)
		at = to
	})
	return b.String() + text[at:]
}

// handlesIn returns the people whose handles stand in a text.
func handlesIn(text string) []incident.Person {
	var people []incident.Person
	eachHandle(text, func(_, _ int, who incident.Person) {
		if !slices.Contains(people, who) {
			people = append(people, who)
		}
	})
	return people
}

// handleForm matches a handle as trackers know them: names, account ids. The
// joiner is what keeps it from being a mention.
var handleForm = regexp.MustCompile(`^@` + incident.Joiner + `?([\p{L}\p{N}_][\p{L}\p{N}_.:+-]*)`)

// eachHandle finds the handles in a text; from is where "@" stands. What is
// part of a mail address or a path is none, nor is a team.
func eachHandle(text string, f func(from, to int, who incident.Person)) {
	for i := 0; i < len(text); {
		next := strings.IndexByte(text[i:], '@')
		if next < 0 {
			return
		}
		i += next
		m := handleForm.FindStringSubmatchIndex(text[i:min(len(text), i+256)])
		before, _ := utf8.DecodeLastRuneInString(text[:i])
		if m == nil || i > 0 && (letterOrDigit(before) || strings.ContainsRune("_@/.-", before)) {
			i++
			continue
		}
		name := strings.TrimRight(text[i+m[2]:i+m[3]], ".:+-")
		from := i
		i += m[2] + len(name)
		if i == len(text) || text[i] != '/' {
			f(from, i, incident.PersonOf(name))
		}
	}
}

func letterOrDigit(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }

// PeopleText returns the text of the People block: who stands behind each
// variable, and when they held what (O39). It is the only place for names.
func PeopleText(p People) string {
	var b strings.Builder
	b.WriteString("| Variable | Name | Handle | Held |\n|---|---|---|---|\n")
	for i := range p {
		m := &p[i]
		var held []string
		if m.Owner {
			held = append(held, "owner of the service")
		}
		for _, t := range m.Held {
			held = append(held, titles[t.Role]+" "+interval(t.From, t.To))
		}
		if len(held) == 0 {
			held = []string{"–"}
		}
		fmt.Fprintf(&b, "| %s | %s | %s | %s |\n", m.Variable, cell(m.Name), handleCell(m.handle()), strings.Join(held, "<br>"))
	}
	return b.String()
}

// handleCell shows a handle as code, which mentions nobody and can be copied.
func handleCell(who incident.Person) string {
	return "`@" + strings.NewReplacer("`", "", "|", "", "\n", " ").Replace(string(who)) + "`"
}

func cell(text string) string {
	if text = incident.Inline(text); text == "" {
		return "–"
	}
	return text
}

const stampForm = "2006-01-02 15:04"

// stamp shows a moment in UTC.
func stamp(t time.Time) string { return t.UTC().Format(stampForm + " UTC") }

// interval shows a span of time in UTC; the day is repeated where it differs.
func interval(from, to time.Time) string {
	from, to = from.UTC(), to.UTC()
	switch {
	case to.IsZero():
		return "since " + stamp(from)
	case from.Format(time.DateOnly) == to.Format(time.DateOnly):
		return from.Format(stampForm) + "–" + to.Format("15:04 UTC")
	}
	return from.Format(stampForm) + " – " + stamp(to)
}
