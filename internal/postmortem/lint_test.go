package postmortem

import (
	"slices"
	"strings"
	"testing"

	"github.com/hereby/hereby/internal/incident"
)

// written is a page on which nothing is to be found; text goes into the abstract.
func written(text string) string {
	return "# T\n\n## Abstract\n\n" + text + "\n\nThe checkout answered nobody for an hour, until the pool was larger.\n\n" +
		"## Impact on stakeholders\n\nAbout two thousand customers could not pay for almost one hour.\n\n" +
		issues + "- The pool was too small #technical\n- The alert went to nobody #process\n"
}

func lint(text string) []Finding {
	p := Read(storyID, text)
	return p.Lint(storyPeople, DefaultWords())
}

func TestNamesAreFound(t *testing.T) {
	a, b, mark := "write “Operations A”", "write “Operations B”", "write “Incident Command”"
	for text, want := range map[string][]Finding{
		"@bob did it":                              {{5, Handle, Automatic, "@bob", a}},
		"one\ntwo @Dave.\nthree":                   {{6, Handle, Automatic, "@Dave", b}},
		"[@bob](https://x)":                        {{5, Handle, Holding, "@bob", a}},
		"@stranger":                                {{5, Handle, Holding, "@stranger", "name the role, or set it in code if nobody is meant"}},
		"mail bob@acme.example now":                {{5, Mail, Holding, "bob@acme.example", "name the role; addresses do not belong on the page"}},
		"<bob@acme.example>":                       {{5, Mail, Holding, "bob@acme.example", "name the role; addresses do not belong on the page"}},
		"then Bob Burns did":                       {{5, FullName, Holding, "Bob Burns", a}},
		"then bob\nBURNS, did":                     {{5, FullName, Holding, "bob BURNS", a}},
		"**Bob** Burns":                            {{5, FullName, Holding, "Bob** Burns", a}},
		"Mark Miller's idea":                       {{5, FullName, Holding, "Mark Miller", b}},
		"Olga knew":                                {{5, FullName, Holding, "Olga", "write “Service Owner”"}},
		"olga, Olgas":                              nil,
		"Mark my words, it Will be @erin":          {{5, Handle, Automatic, "@erin", "write “Planning”"}},
		"Miller and Alice":                         {{5, GivenName, Advice, "Miller", b}, {5, GivenName, Advice, "Alice", mark}},
		"Bobby Burnside, Alice1":                   nil,
		"`@bob` and `Bob Burns`":                   nil,
		"```\n@bob Bob Burns root cause\n```":      nil,
		"    @bob":                                 nil,
		"> @bob: root cause":                       nil,
		"<!-- @bob Bob Burns -->":                  nil,
		"[x](https://x/@bob/Alice) https://x/@bob": nil,
		"<a title=\"@bob\">x</a>":                  nil,
		"<details>\n@bob\n</details>":              {{6, Handle, Automatic, "@bob", a}},
		"| a | @bob |\n|---|---|":                  {{5, Handle, Automatic, "@bob", a}},
		"### By Bob Burns":                         {{5, FullName, Holding, "Bob Burns", a}},
		"@acme/team":                               nil,
		"Bob, Burns":                               {{5, GivenName, Advice, "Burns", a}},
		promptBegin + "what @bob should have done" + promptEnd: {{5, Unfilled, Advice, "", "answer it and delete it, or just delete it"}},
		"<@bob>": {{5, Handle, Holding, "@bob", a}},
	} {
		if got := lint(written(text)); !slices.Equal(got, want) {
			t.Errorf("%q:\n got %+v\nwant %+v", text, got, want)
		}
	}
}

func TestWordsAreFound(t *testing.T) {
	for text, want := range map[string]Rule{
		"The root\ncause was":          RootCause,
		"a Root-Cause analysis":        RootCause,
		"it was Human Error":           HumanError,
		"You should know":              Blame,
		"that was careless":            Blame,
		"they should have known":       Counterfactual,
		"they shouldn’t have":          Counterfactual,
		"the job failed to start":      Counterfactual,
		"If only it had":               Counterfactual,
		"grassroots causes, userland":  "",
		"`root cause` and “root of it": "",
	} {
		got := lint(written(text))
		if want == "" && len(got) > 0 || want != "" && (len(got) != 1 || got[0].Rule != want || got[0].Weight != Advice || got[0].Better == "" || got[0].Line != 5) {
			t.Errorf("%q: got %+v, want %s", text, got, want)
		}
	}
	if got := lint(written("you should have known")); len(got) != 1 || got[0].Rule != Blame {
		t.Errorf("words are judged once: %+v", got)
	}
	p := Read("7", written("It hurts."))
	if got := p.Lint(nil, Words{Phrases: []Phrase{{"tone", "it  hurts", "softer"}}}); len(got) != 1 || got[0].String() != "line 5: tone “It hurts”: softer" {
		t.Errorf("a list of one's own: %+v", got)
	}
}

func TestPartsAreHeldToBeingWritten(t *testing.T) {
	rules := func(list []Finding) (s []string) {
		for _, f := range list {
			s = append(s, string(f.Weight)+" "+string(f.Rule)+" "+f.Found)
		}
		return s
	}
	page := written("x")
	for name, c := range map[string]struct {
		page string
		want []string
	}{
		"all written": {page, nil},
		"nothing":     {"", []string{"holding missing part Abstract", "holding missing part Impact on stakeholders", "holding missing part Issues discovered"}},
		"a draft": {storyDraft(), []string{"holding empty part Abstract", "advice prompt left ", "holding empty part Impact on stakeholders", "advice prompt left ",
			"holding empty part Issues discovered", "advice prompt left ", "advice prompt left "}},
		"only a comment":    {strings.Replace(page, "About two thousand customers could not pay for almost one hour.", "<!-- later -->", 1), []string{"holding empty part Impact on stakeholders"}},
		"short":             {strings.Replace(page, "About two thousand customers could not pay for almost one hour.", "Some.", 1), []string{"advice short part Impact on stakeholders"}},
		"one issue":         {strings.Replace(page, "- The alert went to nobody #process\n", "", 1), []string{"advice few issues ", "advice few categories "}},
		"one kind":          {strings.Replace(page, "#process", "#technical", 1), []string{"advice few categories "}},
		"prose, no items":   {strings.Replace(strings.Replace(page, "- The alert", "The alert", 1), "- The pool", "The pool", 1), []string{"advice few issues "}},
		"a date gone wrong": {strings.Replace(page, "#process", "#process due:2026-13-01", 1), []string{"advice unreadable item "}},
	} {
		if got := rules(lint(c.page)); !slices.Equal(got, c.want) {
			t.Errorf("%s:\n got %q\nwant %q", name, got, c.want)
		}
	}
}

// People stands between markers and holds names; written around them it does not.
func TestOurBlocksAreNotJudged(t *testing.T) {
	page := Apply(written("x"), Edits{ID: storyID, Blocks: storyBlocks()})
	if got := lint(page); len(got) > 0 {
		t.Errorf("got %+v", got)
	}
	faked := strings.Replace(written("x"), "x\n", "<!-- hereby:1 4711 block/people -->\nBob Burns\n<!-- /hereby:1 4711 block/people -->\n", 1)
	if got := lint(faked); len(got) != 1 || got[0].Rule != FullName {
		t.Errorf("a person's line between markers: %+v", got)
	}
}

// What publication replaces by itself does not hold it back, and is gone then.
func TestHolding(t *testing.T) {
	page := written("@bob and @stranger")
	found := lint(page)
	if hold := Hold(found); len(hold) != 1 || hold[0].Found != "@stranger" {
		t.Errorf("held by %+v", hold)
	}
	after := lint(Apply(page, Edits{ID: storyID, Handles: storyPeople.Handles()}))
	if len(after) != 1 || after[0].Found != "@stranger" {
		t.Errorf("after publication %+v", after)
	}
	if s := found[1].String(); s != "line 5: handle “@"+incident.Joiner+"stranger”: name the role, or set it in code if nobody is meant" {
		t.Errorf("as a line: %s", s)
	}
}

// A page as somebody might leave it, with all that is said about it.
func TestLintIsReviewed(t *testing.T) {
	page := storyDraft()
	for _, x := range [][2]string{
		{"## People", "Checkout was down because Bob Burns failed to scale the pool. The root cause is human error; you should\nask @dave or mail bob@acme.example.\n\n> Alice Doe: I hereby declare this an incident\n\n## People"},
		{"## Resolutions", "- The pool was too small for [a sale](https://acme.example/@bob), `@bob` knows\n- Nobody was paged at night @carol due:2026-02-30 #time\n\n## Resolutions"},
	} {
		page = strings.Replace(page, x[0], x[1], 1)
	}
	golden(t, "written.md", page)
	var b strings.Builder
	for _, f := range lint(page) {
		b.WriteString("- " + string(f.Weight) + ": " + f.String() + "\n")
	}
	golden(t, "written.findings.md", b.String())
	e := Edits{ID: storyID, Blocks: storyBlocks(), Items: map[string]string{}, Handles: storyPeople.Handles()}
	for i, it := range Read(storyID, page).Items {
		e.Items[it.Hash] = []string{"[acme/shop#20](https://tracker.example/acme/shop/20), open", "[acme/shop#21](https://tracker.example/acme/shop/21), done"}[i]
	}
	golden(t, "published.md", Apply(page, e))
}
