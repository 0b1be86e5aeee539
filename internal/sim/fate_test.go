package sim

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/hereby/hereby/internal/incident"
)

// What somebody does to the post-mortem as a whole, at whichever step a run
// chooses.
const (
	renamed  fault = "a person renames the page"
	moved    fault = "a person moves the page to another space"
	trashed  fault = "a person puts the page in the trash"
	deleted  fault = "a person deletes the page for good"
	returned fault = "a person deletes the page and restores it"
)

const (
	otherTitle = "Nobody could pay" // of a page that was renamed
	away       = 90 * time.Second   // how long a page is away that comes back, unless somebody needs it before
)

// fate is what became of the post-mortem.
type fate struct {
	what   fault
	gone   bool      // it is not to be found by its name, nor followed
	left   string    // what is left of it elsewhere, byte for byte
	needed time.Time // when somebody last did what it matters for
}

// attention is how long nobody deletes a page for which it matters what was just
// said or done.
const attention = 3 * time.Minute

// take has somebody do to the post-mortem what a run chose. Before there is a
// page nobody can.
func (p *people) take(what fault) error {
	if p.fate.what != none || !p.paged() {
		return nil
	}
	gone := !slices.Contains(p.r.library.follows(), what)
	if gone && p.r.clock.Now().Before(p.fate.needed.Add(attention)) {
		return nil
	}
	return p.onPage(func(page string) (err error) {
		p.fate.what, p.fate.gone = what, gone
		if p.fate.left, err = p.r.library.take("olga", page, what); what == returned {
			p.r.agenda = append(p.r.agenda, act{p.r.clock.Now().Add(away), (*people).bring})
			slices.SortStableFunc(p.r.agenda, func(a, b act) int { return a.at.Compare(b.at) })
		}
		return err
	})
}

// bring brings the page back, if it is away for a while. Whoever needs it
// does.
func (p *people) bring() error {
	p.fate.needed = p.r.clock.Now()
	if p.fate.what != returned || !p.fate.gone {
		return nil
	}
	p.fate.gone = false
	return p.onPage(func(page string) error {
		return errors.Join(p.r.library.restore("olga", page), p.r.town.wrotePage("olga", page))
	})
}

func (p *people) onPage(do func(page string) error) error {
	return p.on(head, func(t ticket) error { return do(incident.PageName(t.ref, false)) })
}

// needsPage reports whether a comment is about what stands on the page, or
// whether it is there.
func needsPage(text string) bool {
	return slices.ContainsFunc([]string{"publish", "review", "close"}, func(word string) bool { return strings.Contains(text, "/"+word) })
}

// checkFate reports what must not be where a page is gone for good: it is not
// written anew, what is left of it stays as it was, and as long as the incident
// is not over the board names the ways out, and it is not closed.
func (p *people) checkFate() (wrong []string) {
	if !p.fate.gone || p.fate.what == returned {
		return nil
	}
	err := p.onPage(func(page string) error {
		if s, err := p.r.sheet(page); err == nil {
			wrong = append(wrong, fmt.Sprintf("the page is written anew: %q", s.kept))
		}
		left, err := p.r.library.left(page, p.fate.what)
		if left != p.fate.left {
			wrong = append(wrong, fmt.Sprintf("what was left of the page was %q and is %q", p.fate.left, left))
		}
		return err
	})
	return append(wrong, p.checkBoard(err)...)
}

func (p *people) checkBoard(err error) (wrong []string) {
	err = errors.Join(err, p.on(head, func(t ticket) error {
		i := slices.IndexFunc(t.comments, func(c remark) bool { return c.mark != nil && c.mark.Slot == incident.Board })
		switch {
		case i < 0:
			return errors.New("there is no board")
		case strings.Contains(t.comments[i].shown, "Incident closed"):
			return nil
		case t.state != "open":
			wrong = append(wrong, "it is closed without a page")
		}
		if said := t.comments[i].shown; !strings.Contains(said, "postmortem URL`") || !strings.Contains(said, "he page Postmortem-") {
			wrong = append(wrong, "the board does not name the ways out: "+said)
		}
		return nil
	}))
	if err != nil {
		wrong = append(wrong, err.Error())
	}
	return wrong
}

// fates returns everything that people may do to a page, at every step where
// there may be one. It is gone for good only where the story does without it.
func fates(t testing.TB, town string) (list []trial) {
	r, err := tapeOf(t, stage{town, 0}).begin(0, options{town: town})
	if err != nil {
		t.Fatal(err)
	}
	defer r.close()
	rehearse(t, scenes(town))
	for _, f := range r.library.fates() {
		follows := slices.Contains(r.library.follows(), f)
		for _, from := range scenes(town) {
			if from.chapter < written || !follows && needed(f, from.chapter) || from.lag > 0 && follows {
				continue // a process that has just begun finds what was renamed by a list
			}
			for _, s := range from.steps(t) {
				list = append(list, trial{scene: from, faults: map[int]fault{s.n: f}})
			}
		}
	}
	return list
}

// closing is the chapter at whose end the incident is closed: not if the page is
// gone before.
const closing = 14

// needed reports whether it matters at which step of a chapter a page is
// deleted: before or after it is written on or published; and when it is restored,
// before or after the incident is closed. Whoever restores it has edited it, too,
// which counts while nobody else has.
func needed(what fault, chapter int) bool {
	switch chapter {
	case written, closing:
		return what == returned
	case written + 1, written + 2:
		return what != returned
	}
	return false
}

var (
	outs     = regexp.MustCompile("(?m)^- The (?:page|post-mortem) .*(?:postmortem URL|publish)`.*\n?")
	standing = regexp.MustCompile(`(?m)(^| )[0-9]+ things? still stands? against|against closing\** \([0-9]+\)`)
	linked   = regexp.MustCompile(`\[(Postmortem-2)(?:\]\([^)]*\)|\|[^]]*\])`)
)

// withoutPage takes from a state the page, and that it is gone: where it is
// linked, and where it is counted among what stands against closing.
func withoutPage(world []string) (rest []string) {
	for _, l := range world {
		if name, _, _ := strings.Cut(l, " | "); strings.HasPrefix(name, "Postmortem-2") || name == strings.TrimSuffix(otherFile, ".md") {
			continue
		}
		rest = append(rest, linked.ReplaceAllString(standing.ReplaceAllString(outs.ReplaceAllString(l, ""), "${1}N things"), "$1"))
	}
	return rest
}

// Whatever people do to the page as a whole, at whichever step, and something
// goes wrong then or not: one that was renamed or moved is followed where the
// wiki knows it by more than its name, one that comes back is as it was, and one
// that is gone holds up nothing but the close.
func TestPeopleTakeThePage(t *testing.T) { inEach(t, peopleTakeThePage) }

func peopleTakeThePage(t *testing.T, town string) {
	list := fates(t, town)
	some := sample(list, few(samples[town].fates))
	draw := rand.New(rand.NewPCG(seed(), 0))
	for i := range some {
		for more := range some[i].more {
			if needed(deleted, some[i].chapter+more+1) {
				some[i].more = more
				break
			}
		}
		if i%3 == 2 {
			for n := range some[i].faults {
				some[i].faults[n+1+draw.IntN(20)] = oneFault(draw)
				break
			}
		}
	}
	report(t, some, len(list))
}
