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
	l.names, l.who = people.names(w.Ordinary)
	l.given, l.whoGiven = people.given(w.Ordinary)
	l.phrases, l.instead = phrases(w.Phrases)
	passages(p.rows, 0, len(p.rows), l.passage)
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
	page          *Page
	people        People
	words         Words
	names, given  *regexp.Regexp
	who, whoGiven func(string) *Member
	phrases       *regexp.Regexp
	instead       map[string]Phrase
	found         []Finding
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
	covered := cover{}
	l.eachName(l.names, text, func(m []int) {
		covered.take(m)
		add(m[0], FullName, Holding, fold(text[m[0]:m[1]]), l.write(l.who(text[m[0]:m[1]])))
	})
	eachHandle(text, func(from, to int, who incident.Person) {
		weight, better := Holding, "name the role, or set it in code if nobody is meant"
		for i := range l.people {
			if m := &l.people[i]; m.Who == who {
				better = l.write(m)
				if free[from] == '@' && (from == 0 || text[from-1] != '<') {
					weight = Automatic
				}
			}
		}
		covered.take([]int{from, to})
		add(from, Handle, weight, text[from:to], better)
	})
	if strings.Contains(text, "@") {
		for _, m := range mailForm.FindAllStringIndex(text, -1) {
			covered.take(m)
			add(m[0], Mail, Holding, text[m[0]:m[1]], "name the role; addresses do not belong on the page")
		}
	}
	l.eachName(l.given, text, func(m []int) {
		if !covered.has(m) {
			add(m[0], GivenName, Advice, text[m[0]:m[1]], l.write(l.whoGiven(text[m[0]:m[1]])))
		}
	})
	l.eachName(l.phrases, text, func(m []int) {
		if x, ok := l.instead[phraseKey(text[m[0]:m[1]])]; ok {
			add(m[0], x.Rule, Advice, fold(text[m[0]:m[1]]), x.Instead)
		}
	})
}

func rowEnd(p *passage, i int) int {
	if i+1 < len(p.starts) {
		return p.starts[i+1]
	}
	return len(p.text)
}

func (l *linter) write(m *Member) string { return "write “" + m.Variable + "”" }

// eachName finds a form where it begins and ends with words.
func (l *linter) eachName(form *regexp.Regexp, text string, f func(m []int)) {
	if form == nil {
		return
	}
	for _, m := range form.FindAllStringIndex(text, -1) {
		if alone(text, m) {
			f(m)
		}
	}
}

// cover are the pieces of a passage that a finding is about already, in order.
type cover [][]int

func (c *cover) take(m []int) { *c = append(*c, m) }

func (c cover) has(m []int) bool {
	return slices.ContainsFunc(c, func(x []int) bool { return x[0] < m[1] && m[0] < x[1] })
}

// alone reports whether a match is not part of a longer word.
func alone(text string, m []int) bool {
	before, _ := utf8.DecodeLastRuneInString(text[:m[0]])
	after, _ := utf8.DecodeRuneInString(text[m[1]:])
	return !letterOrDigit(before) && !letterOrDigit(after)
}

var mailForm = regexp.MustCompile(`[\p{L}\p{N}._%+-]+@[\p{L}\p{N}-]+(?:\.[\p{L}\p{N}-]+)+`)

// names returns the form of all full names, and whose a match is. A name of
// one word counts only as it is written, and not if it is an ordinary word.
func (p People) names(ordinary []string) (*regexp.Regexp, func(string) *Member) {
	by := map[string]*Member{}
	var forms []string
	for i := range p {
		words := strings.Fields(p[i].Name)
		switch {
		case len(words) == 0:
		case len(words) > 1:
			for j := range words {
				words[j] = regexp.QuoteMeta(words[j])
			}
			forms = append(forms, `(?i:`+strings.Join(words, `[\s*_]+`)+`)`)
		case utf8.RuneCountInString(words[0]) > 2 && !slices.Contains(ordinary, strings.ToLower(words[0])):
			forms = append(forms, regexp.QuoteMeta(words[0]))
		default:
			continue
		}
		by[nameKey(p[i].Name)] = &p[i]
	}
	return oneOf(forms), func(s string) *Member { return by[nameKey(s)] }
}

// given returns the form of the single words of full names.
func (p People) given(ordinary []string) (*regexp.Regexp, func(string) *Member) {
	by := map[string]*Member{}
	var forms []string
	for i := range p {
		words := strings.Fields(p[i].Name)
		if len(words) < 2 {
			continue
		}
		for _, word := range words {
			if utf8.RuneCountInString(word) > 2 && by[word] == nil && !slices.Contains(ordinary, strings.ToLower(word)) {
				by[word] = &p[i]
				forms = append(forms, regexp.QuoteMeta(word))
			}
		}
	}
	return oneOf(forms), func(s string) *Member { return by[s] }
}

// nameKey folds a name as it stands in a text.
func nameKey(s string) string {
	return strings.ToLower(fold(strings.Map(func(r rune) rune {
		if r == '*' || r == '_' {
			return ' '
		}
		return r
	}, s)))
}

// oneOf returns the form of any of several, longer ones first; nil for none.
func oneOf(forms []string) *regexp.Regexp {
	if len(forms) == 0 {
		return nil
	}
	slices.SortStableFunc(forms, func(a, b string) int { return len(b) - len(a) })
	return regexp.MustCompile(strings.Join(forms, "|"))
}

func phrases(list []Phrase) (*regexp.Regexp, map[string]Phrase) {
	by := map[string]Phrase{}
	var forms []string
	for _, x := range list {
		words := strings.Fields(phraseKey(x.Say))
		if len(words) == 0 {
			continue
		}
		for i := range words {
			words[i] = strings.ReplaceAll(regexp.QuoteMeta(words[i]), "'", `['’]`)
		}
		forms = append(forms, `(?i:`+strings.Join(words, `\s+`)+`)`)
		by[phraseKey(x.Say)] = x
	}
	return oneOf(forms), by
}

func phraseKey(s string) string { return strings.ToLower(strings.ReplaceAll(fold(s), "’", "'")) }

// parts judges whether people wrote what only they can write.
func (l *linter) parts() {
	for _, part := range Written {
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
