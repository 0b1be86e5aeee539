package postmortem

import (
	"slices"
	"strings"
	"unicode"
)

// Part is one of the essay's seven parts of a post-mortem; its value is the
// heading that [Draft] gives it.
type Part string

const (
	Abstract        Part = "Abstract"               // O38
	PeoplePart      Part = "People"                 // O39
	TimelinePart    Part = "Timeline"               // O40
	Impact          Part = "Impact on stakeholders" // O41
	Issues          Part = "Issues discovered"      // O42
	ResolutionsPart Part = "Resolutions"            // O43
	EvidencePart    Part = "Evidence"               // O44
)

// Parts lists the parts in the order of the page.
var Parts = []Part{Abstract, PeoplePart, TimelinePart, Impact, Issues, ResolutionsPart, EvidencePart}

// writtenByPeople are the parts that only people can write.
var writtenByPeople = []Part{Abstract, Impact, Issues}

// also are other headings under which people know a part, folded.
var also = map[string]Part{
	"summary": Abstract, "impact": Impact, "stakeholders": Impact,
	"issues": Issues, "contributing issues": Issues, "resolution": ResolutionsPart,
}

// partOf returns the part that a heading names, in any case, "" for none.
func partOf(heading string) Part {
	name := strings.ToLower(strings.Join(strings.FieldsFunc(heading, func(r rune) bool {
		return !unicode.IsLetter(r)
	}), " "))
	if p, ok := also[name]; ok {
		return p
	}
	if i := slices.IndexFunc(Parts, func(p Part) bool { return strings.ToLower(string(p)) == name }); i >= 0 {
		return Parts[i]
	}
	return ""
}

// Block is a piece of the page that is ours.
type Block string

const (
	StateBlock       Block = "state" // on the top: where the incident stands, and the preamble
	PeopleBlock      Block = "people"
	TimelineBlock    Block = "timeline"
	ResolutionsBlock Block = "resolutions"
	EvidenceBlock    Block = "evidence"
)

// Blocks lists our blocks in the order of the page.
var Blocks = []Block{StateBlock, PeopleBlock, TimelineBlock, ResolutionsBlock, EvidenceBlock}

// Part returns the part to which the block belongs; "" for the state block,
// which stands above all of them.
func (b Block) Part() Part {
	switch b {
	case PeopleBlock:
		return PeoplePart
	case TimelineBlock:
		return TimelinePart
	case ResolutionsBlock:
		return ResolutionsPart
	case EvidenceBlock:
		return EvidencePart
	}
	return ""
}
