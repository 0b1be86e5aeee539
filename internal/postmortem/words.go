package postmortem

// Words say what a page is held to beside names. The zero value holds it to
// nothing but names and the required parts.
type Words struct {
	Phrases []Phrase
	// Ordinary are words that are names too, in lower case: such a name is
	// known only with its family name or with "@".
	Ordinary []string
	// Below these numbers there is advice: issues, kinds of issues (O42, O52),
	// and words in the abstract and in the impact (O38, O41).
	Issues, Categories, Length int
}

// Phrase is something better said differently.
type Phrase struct {
	Rule    Rule
	Say     string // words, in any case; white space and apostrophes of any kind
	Instead string // advice, for people
}

// Rule names what a finding is about.
type Rule string

const (
	Handle         Rule = "handle"
	Mail           Rule = "mail address"
	FullName       Rule = "name"
	GivenName      Rule = "given name"
	MissingPart    Rule = "missing part"
	EmptyPart      Rule = "empty part"
	ShortPart      Rule = "short part"
	Unfilled       Rule = "prompt left"
	FewIssues      Rule = "few issues"
	FewCategories  Rule = "few categories"
	ItemProblem    Rule = "unreadable item"
	RootCause      Rule = "root cause"
	HumanError     Rule = "human error"
	Blame          Rule = "blame"
	Counterfactual Rule = "counterfactual"
)

// DefaultWords returns the lists that hold unless a team sets its own.
func DefaultWords() Words {
	w := Words{Issues: 2, Categories: 2, Length: 10, Ordinary: []string{
		"angel", "april", "art", "august", "autumn", "bill", "bob", "brook", "chance", "chase", "chip", "chuck", "clay", "cliff",
		"dale", "dawn", "daisy", "dean", "drew", "earl", "ernest", "faith", "frank", "gene", "ginger", "glen", "grace", "grant",
		"guy", "hazel", "heather", "holly", "hope", "iris", "ivy", "jack", "jade", "jasmine", "jean", "jewel", "joy", "june",
		"king", "lance", "lane", "lily", "major", "mark", "marshal", "mason", "max", "may", "melody", "mercy", "miles", "olive",
		"pat", "patience", "pearl", "penny", "pierce", "ray", "reed", "rich", "river", "rob", "rocky", "rose", "ruby", "rusty",
		"sky", "skip", "stone", "sue", "summer", "terry", "tony", "violet", "wade", "ward", "will", "winter", "woody",
	}}
	for _, list := range []struct {
		rule    Rule
		instead string
		say     []string
	}{
		{RootCause, "there is rarely one cause: “one of the issues”, “what contributed”", []string{"root cause", "root causes", "root-cause", "the cause of the incident"}},
		{HumanError, "describe what made the mistake easy: what the person saw and what the system allowed", []string{
			"human error", "human errors", "user error", "operator error", "pilot error", "human mistake", "finger trouble"}},
		{Blame, "describe what happened and why it seemed right then, without a judgement", []string{
			"your fault", "you should", "you failed", "you forgot", "you broke", "you caused", "you didn't", "you ignored", "because of you",
			"whose fault", "at fault", "to blame", "is guilty", "careless", "carelessly", "carelessness", "negligent", "negligence",
			"incompetent", "incompetence", "sloppy", "stupid", "stupidly", "lazy", "irresponsible"}},
		{Counterfactual, "say what happened and what was known at the time; what would be better is an issue with a ticket", []string{
			"should have", "should've", "shouldn't have", "should not have", "could have", "could've", "ought to have", "would've",
			"failed to", "if only", "had only", "neglected to", "forgot to", "didn't bother"}},
	} {
		for _, say := range list.say {
			w.Phrases = append(w.Phrases, Phrase{list.rule, say, list.instead})
		}
	}
	return w
}
