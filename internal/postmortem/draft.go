package postmortem

import (
	"strings"

	"github.com/hereby/hereby/internal/incident"
)

// Facts are what is known of an incident when its page is created.
type Facts struct {
	ID     string
	Title  string           // of the head; people's words
	People People           // to keep names out of the title
	Blocks map[Block]string // see PeopleText and its like; a block not named is empty
}

// promptForm is what tells a prompt: a line in italics that begins so.
const (
	promptBegin = "*To be written: "
	promptEnd   = "*"
)

// isPrompt reports whether a line is one of the prompts of a draft.
func isPrompt(line string) bool {
	line = strings.TrimSpace(line)
	return strings.HasPrefix(line, promptBegin) && strings.HasSuffix(line, promptEnd)
}

// prompts ask people for what only they can tell (O38, O41, O42, O45).
var prompts = map[Part][]string{
	Abstract: {"what happened, in a few sentences that somebody from another team understands: what broke, for whom, how long, what brought it back."},
	Impact:   {"who was affected, how many, for how long, what it cost them in work, money and trust; what they were told and when."},
	Issues: {
		"one list item for each issue that led here, or made it last longer. There is rarely one cause: look at technology, time, budget, people, communication, process. Each item becomes a ticket: `- The alert went to nobody at night #process @owner due:2026-12-01 to:owner/repo`.",
		"what would have let us see it coming? What would have let us repair it faster? Why were we surprised? Where else can it happen?",
	},
}

// Draft returns a fresh page: headings, prompts for people, and our blocks.
func Draft(f Facts) string {
	var b strings.Builder
	b.WriteString("# Post-mortem: " + incident.Inline(f.People.Blind(f.Title)) + "\n")
	for _, part := range Parts {
		b.WriteString("\n## " + string(part) + "\n")
		for _, prompt := range prompts[part] {
			b.WriteString("\n" + promptBegin + prompt + promptEnd + "\n")
		}
	}
	e := Edits{ID: f.ID, Blocks: map[Block]string{}}
	for _, block := range Blocks {
		e.Blocks[block] = f.Blocks[block]
	}
	return Apply(b.String(), e)
}
