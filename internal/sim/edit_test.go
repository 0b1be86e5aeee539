package sim

import (
	"fmt"
	"regexp"
	"strings"
	"time"
)

// What somebody writes on the page at whichever step a run chooses: a passage,
// and while nobody counts the tickets yet an issue that is to become one.
const (
	passage   = "It was the third time this year,  says olga.\r"
	discovery = "- The pager was silent @carol #communication"
	written   = 5 // the chapter in which there comes to be a page
	counts    = 9 // the chapter from which on people are told how much is open
)

// scribble is an edit of the page at any moment. Before there is a page nobody
// can write on it.
func (p *people) scribble() error {
	if !p.paged() {
		return nil
	}
	p.scribbled = true
	e := edit{below: map[string]string{"Abstract": passage}}
	if p.r.clock.Now().Before(start(counts)) {
		e.below["Issues discovered"] = discovery
	}
	return p.write("olga", e)
}

// asEdited returns how the tracker looks after each of some chapters if the
// page was edited in the first, at no particular step.
func (t *tape) asEdited(chapter, chapters int, lag time.Duration) ([][]string, error) {
	key := [2]int{chapter, chapters}
	t.edits.Lock()
	defer t.edits.Unlock()
	if worlds, ok := t.edited[key]; ok {
		return worlds, nil
	}
	r, err := t.begin(chapter, options{town: t.town, lag: lag})
	if err != nil {
		return nil, err
	}
	defer r.close()
	r.agenda = append(r.agenda, act{start(chapter).Add(first - time.Minute), (*people).scribble})
	var worlds [][]string
	for i := chapter; i < min(chapter+chapters, len(story)); i++ {
		if err := r.chapter(i); err != nil {
			return nil, fmt.Errorf("with an edit at no particular step: %w", err)
		}
		worlds = append(worlds, r.canon())
	}
	t.edited[key] = worlds
	return worlds, nil
}

var (
	ourBlock  = regexp.MustCompile(`(?s)<!-- hereby:1 \S+ block/(\S+)[^\n]*-->\n.*?<!-- /hereby:1[^\n]*-->`)
	ourSuffix = regexp.MustCompile(`( → [^\n]*)? <!-- hereby:item-[^\n]*?-->`)
	named     = regexp.MustCompile(`@[a-z]+|Operations [A-Z]\b|Communications|Planning|Incident Command`)
)

// theirs is the text of a page without what is ours to write: blocks, the
// suffixes of items, the item that /issue asked for, and names, for which
// variables stand once it is published.
func (r *run) theirs(text string) string {
	text = ourSuffix.ReplaceAllString(ourBlock.ReplaceAllString(r.town.named(text), "($1)"), "")
	return named.ReplaceAllString(strings.Replace(text, "- "+asked+"\n", "", 1), "WHO")
}
