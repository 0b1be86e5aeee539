package postmortem

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/hereby/hereby/internal/incident"
)

// Weight says what a finding does to publication.
type Weight string

const (
	Advice    Weight = "advice"    // does not stand in the way
	Automatic Weight = "automatic" // publication itself mends it: a known handle
	Holding   Weight = "holding"   // holds publication back
)

// Finding is something about a page that people should know.
type Finding struct {
	Line   int // from 1; 0: the whole page
	Rule   Rule
	Weight Weight
	Found  string // what was found, as it stands there; may hold anything
	Better string // what to write or do, for people
}

// String returns the finding as one line of Markdown that mentions nobody.
func (f Finding) String() string {
	s := string(f.Rule)
	if f.Found != "" {
		s += " “" + incident.Inline(f.Found) + "”"
	}
	if f.Line > 0 {
		s = fmt.Sprintf("line %d: %s", f.Line, s)
	}
	return s + ": " + f.Better
}

// Hold returns the findings that hold publication back.
func Hold(list []Finding) []Finding {
	return slices.DeleteFunc(slices.Clone(list), func(f Finding) bool { return f.Weight != Holding })
}

// Lint holds the page to the rules of a blameless post-mortem (O38, O41, O42,
// O48–O53): names and handles outside People, words that look for somebody to
// blame, parts that are not written. It never judges blocks of ours, code,
// quotes, comments, or where links lead. Findings come in the order of the
// page, those about the whole page last.
func (p *Page) Lint(people People, w Words) []Finding {
	l := linter{page: p, people: people, words: w}
	l.names, l.given, l.phrases = people.names(w.Ordinary), people.given(w.Ordinary), lexicon{}
	for i, x := range w.Phrases {
		l.phrases.put(x.Say, false, i)
	}
	passages(p.rows, l.passage)
	for i := range p.rows {
		if r := &p.rows[i]; r.own == 0 && isPrompt(r.content()) {
			l.add(int(r.line), Unfilled, Advice, "", "answer it and delete it, or just delete it")
		}
	}
	for _, it := range p.Items {
		for _, problem := range it.Problems {
			l.add(it.Line, ItemProblem, Advice, "", problem)
		}
	}
	l.parts()
	slices.SortStableFunc(l.found, func(a, b Finding) int { return place(a) - place(b) })
	return l.found
}

func place(f Finding) int {
	if f.Line == 0 {
		return int(^uint(0) >> 1)
	}
	return f.Line
}

type linter struct {
	page   *Page
	people People
	words  Words
	// The values of names are indices in people, those of phrases in words.
	names, given, phrases lexicon
	found                 []Finding
}

func (l *linter) add(line int, r Rule, w Weight, found, better string) {
	l.found = append(l.found, Finding{line, r, w, found, better})
}

// passage judges what is said in a passage.
func (l *linter) passage(p *passage) {
	text := hide(p.text, p.spans, unsaid)
	for i, start := range p.starts {
		if end := rowEnd(p, i); isPrompt(text[start:end]) {
			text = text[:start] + strings.Repeat(" ", end-start) + text[end:]
		}
	}
	free := hide(p.text, p.spans, unsaid|linkSpan)
	add := func(at int, r Rule, w Weight, found, better string) {
		row, _ := p.at(at)
		l.add(int(l.page.rows[row].line), r, w, found, better)
	}
	named := []byte(text)
	cover := func(from, to int) {
		for i := from; i < to; i++ {
			named[i] = ' '
		}
	}
	l.names.each(text, func(from, to, i int) {
		cover(from, to)
		add(from, FullName, Holding, fold(text[from:to]), write(&l.people[i]))
	})
	eachHandle(text, func(from, to int, who incident.Person) {
		weight, better := Holding, "name the role, or set it in code if nobody is meant"
		for i := range l.people {
			if m := &l.people[i]; m.called(who) {
				better = write(m)
				if free[from] == '@' && (from == 0 || text[from-1] != '<') {
					weight = Automatic
				}
			}
		}
		cover(from, to)
		add(from, Handle, weight, text[from:to], better)
	})
	if strings.Contains(text, "@") {
		for _, m := range mailForm.FindAllStringIndex(text, -1) {
			cover(m[0], m[1])
			add(m[0], Mail, Holding, text[m[0]:m[1]], "name the role; addresses do not belong on the page")
		}
	}
	l.given.each(string(named), func(from, to, i int) {
		add(from, GivenName, Advice, text[from:to], write(&l.people[i]))
	})
	l.phrases.each(text, func(from, to, i int) {
		x := l.words.Phrases[i]
		add(from, x.Rule, Advice, fold(text[from:to]), x.Instead)
	})
}

func rowEnd(p *passage, i int) int {
	if i+1 < len(p.starts) {
		return p.starts[i+1]
	}
	return len(p.text)
}

func write(m *Member) string { return "write “" + m.Variable + "”" }

var mailForm = regexp.MustCompile(`[\p{L}\p{N}._%+-]+@[\p{L}\p{N}-]+(?:\.[\p{L}\p{N}-]+)+`)

// names returns all full names. One of a single word counts only as it is
// written, and not if it is an ordinary word.
func (p People) names(ordinary []string) lexicon {
	x := lexicon{}
	for i := range p {
		words := strings.Fields(p[i].Name)
		if len(words) > 1 || len(words) == 1 && isName(words[0], ordinary) {
			x.put(p[i].Name, len(words) == 1, i)
		}
	}
	return x
}

// given returns the single words of full names.
func (p People) given(ordinary []string) lexicon {
	x := lexicon{}
	for i := range p {
		if words := strings.Fields(p[i].Name); len(words) > 1 {
			for _, word := range words {
				if isName(word, ordinary) {
					x.put(word, true, i)
				}
			}
		}
	}
	return x
}

// isName reports whether a word alone says who is meant.
func isName(word string, ordinary []string) bool {
	return utf8.RuneCountInString(word) > 2 && !slices.Contains(ordinary, strings.ToLower(word))
}

// parts judges whether people wrote what only they can write.
func (l *linter) parts() {
	for _, part := range writtenByPeople {
		s, ok := l.page.Section(part)
		switch n := len(strings.Fields(s.Prose)); {
		case !ok:
			l.add(0, MissingPart, Holding, string(part), "give the page a heading “"+string(part)+"” and write below it")
		case n == 0:
			l.add(s.Line, EmptyPart, Holding, string(part), "write it: it is what others learn from")
		case part != Issues && n < l.words.Length:
			l.add(s.Line, ShortPart, Advice, string(part), fmt.Sprintf("%d words tell little to somebody who was not there", n))
		case part == Issues:
			l.issues(s.Line)
		}
	}
}

// issues judges what was discovered: there is rarely one cause (O52).
func (l *linter) issues(line int) {
	items := l.page.Items
	kinds := map[Category]bool{}
	for _, it := range items {
		kinds[it.Category] = true
	}
	delete(kinds, "")
	switch {
	case len(items) == 0 && l.words.Issues > 0:
		l.add(line, FewIssues, Advice, "", "write each issue as an item of a list: only those become tickets")
	case len(items) < l.words.Issues:
		l.add(line, FewIssues, Advice, "", "there is rarely one cause: look also at time, budget, people, communication, process")
	}
	if len(items) > 0 && len(kinds) < l.words.Categories {
		l.add(line, FewCategories, Advice, "", "mark issues by kind, and look for those that are not technical: "+joinCategories())
	}
}
