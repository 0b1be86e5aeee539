package sim

import (
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/hereby/hereby/internal/incident"
	"github.com/hereby/hereby/internal/marker"
)

// canon is the tracker's state without what may differ between two runs: ids
// and numbers, which it replaces by what they stand for, and the order of
// issues and of comments. Each line stands for itself.
//
// What holds a time that a fault moves is shown without it: when an obeyed
// /close took effect, which the board and the thanks tell, and the second of a
// closing in a slot. So are the heads of the ledger, which holds the fault.
type canon struct {
	lines []string

	named    func(string) string // see town
	id       string              // of the head
	issues   map[string]string   // "acme/shop#12" → what it is
	comments map[string]string   // id → what it is
	items    []string            // slots of items and what they are, in turn
}

func (r *run) canon() []string {
	c := &canon{named: func(text string) string { return r.town.named(r.library.named(text)) }, issues: map[string]string{}, comments: map[string]string{}}
	all := r.town.tickets()
	for _, t := range all {
		if t.title == head && t.mark == nil {
			c.id = t.id
		}
	}
	c.name(all)
	for _, t := range all {
		c.ticket(t)
	}
	pages, err := r.pages()
	sheets, e := r.library.sheets()
	if err = errors.Join(err, e); err != nil {
		r.wrong("reading the pages: %v", err)
	}
	for _, s := range sheets {
		c.line(c.named(s.name), "more", c.named(strings.ReplaceAll(s.more, c.id, "ID")))
		c.page(c.named(s.name), c.named(pages[s.name].Text))
	}
	for _, n := range r.sent {
		c.line("sent", n.Event, c.text(shop, c.named(n.Text)))
	}
	for _, l := range r.shown() {
		c.letter(l)
	}
	slices.Sort(c.lines)
	return c.lines
}

// page shows which of our blocks are there, and what people wrote: the rest of
// ours follows the clock by which faults make us late.
func (c *canon) page(name, text string) {
	if strings.HasSuffix(name, ".jsonl") || strings.HasSuffix(name, ".json") {
		c.line(name, "file")
		return
	}
	var blocks, theirs []string
	within := ""
	for _, line := range strings.Split(text, "\n") {
		if m := block.FindStringSubmatch(line); m != nil && m[1] == "" {
			within = m[2]
			blocks = append(blocks, within)
		} else if m != nil {
			within = ""
		} else if strings.Contains(line, " index -->") {
			listed, _, _ := strings.Cut(line, " – declared ")
			c.line(name, "lists", listed)
		} else if line = itemEnd.ReplaceAllString(line, ""); within == "" && strings.TrimSpace(line) != "" {
			if strings.HasPrefix(line, "- The pager") { // a variable follows for the name, when the page is written next
				line = named.ReplaceAllString(line, "WHO")
			}
			theirs = append(theirs, line)
		}
	}
	slices.Sort(theirs) // two of them may have written in either order; that each byte stays is seen when we write
	c.line(name, "blocks", strings.Join(blocks, " "))
	c.line(name, "page", c.text(shop, strings.Join(theirs, "\n")))
}

var (
	block   = regexp.MustCompile(`^<!-- (/?)hereby:1 \S+ block/(\S+)`)
	itemEnd = regexp.MustCompile(`(?: → .*)? <!-- hereby:item-.*$`)
)

// name says what each issue and comment is: by its slot if it is ours, by its
// title or text if it is theirs.
func (c *canon) name(all []ticket) {
	for _, t := range all {
		for _, x := range t.comments {
			if x.author != bot {
				first, _, _ := strings.Cut(x.shown, "\n")
				c.comments[x.id] = unique(c.comments, x.author+" "+strings.TrimSpace(first))
			}
		}
	}
	all = slices.Clone(all) // of two tickets in one slot the one that stays comes first
	slices.SortStableFunc(all, func(a, b ticket) int { return isDuplicate(a) - isDuplicate(b) })
	for _, t := range all {
		name := t.title
		if t.mark != nil {
			if name = c.slot(t.mark.Slot); t.mark.Slot.Under("follow") && strings.HasPrefix(name, item) {
				name = c.item(name, t.title)
			}
		}
		c.issues[c.named(string(t.ref))] = unique(c.issues, name)
	}
}

// item begins the slot of a ticket for an issue on the page. What follows may
// be made of the id of the comment that asked for it, so its title names it.
const item = "follow/item-"

func (c *canon) item(slot, title string) string {
	c.items = append(c.items, slot, item+"{"+title+"}")
	return item + "{" + title + "}"
}

// isDuplicate is 1 for an issue that is closed as a duplicate, else 0.
func isDuplicate(t ticket) int {
	if t.as == "duplicate" {
		return 1
	}
	return 0
}

// unique numbers what is there more than once.
func unique(taken map[string]string, name string) string {
	n := 1
	for _, other := range taken {
		if other == name || strings.HasPrefix(other, name+" (") {
			n++
		}
	}
	if n > 1 {
		return fmt.Sprintf("%s (%d)", name, n)
	}
	return name
}

func (c *canon) line(parts ...string) { c.lines = append(c.lines, strings.Join(parts, " | ")) }

func (c *canon) ticket(t ticket) {
	ref := incident.Ref(c.named(string(t.ref)))
	name, place := c.issues[string(ref)], ref.Place()
	c.line(name, "state", t.state+" "+t.as)
	c.line(name, "in", place)
	c.line(name, "title", c.named(t.title))
	c.line(name, "labels", strings.ReplaceAll(strings.Join(t.labels, " "), c.id, "ID"))
	c.line(name, "assignees", strings.Join(t.assignees, " "))
	for _, b := range t.under {
		c.line(name, b.kind, c.issues[c.named(string(b.ref))])
	}
	if len(t.under) == 0 {
		c.line(name, "under nothing")
	}
	c.line(name, "text", c.written(place, t.text))
	for _, x := range t.comments {
		c.line(name, "comment", x.author, fmt.Sprint(slices.Sorted(slices.Values(x.reactions))), c.written(place, x.text))
	}
}

// written is a text with what is kept of it, and its mark.
func (c *canon) written(place string, x text) string {
	said := c.text(place, x.shown)
	if x.kept != "" {
		said += "\n<kept " + c.text(place, x.kept) + ">"
	}
	if x.mark != nil {
		said += "\n<" + c.slot(x.mark.Slot) + " " + c.data(*x.mark) + ">"
	}
	return said
}

var (
	mentioned = regexp.MustCompile(`([A-Za-z0-9-]+/[A-Za-z0-9._-]+)?#([0-9]+)\b`)
	address   = regexp.MustCompile(regexp.QuoteMeta(home) + `/([A-Za-z0-9-]+/[A-Za-z0-9._-]+)/issues/([0-9]+)(?:#issuecomment-([0-9]+))?`)
	onPage    = regexp.MustCompile(regexp.QuoteMeta(atSpace) + `/(?:wiki/spaces/` + spaceKey + `/pages/[0-9]+|display/` + spaceKey + `)/`)
	digits    = regexp.MustCompile(`[0-9]+`)
	closedAt  = regexp.MustCompile(`Closed on [0-9: -]+ UTC|declared → closed \| [^|]*`)
	closedID  = regexp.MustCompile(`ID/closed/[0-9]+`)
	// Where a finding stands depends on how long our blocks are by then.
	lineNumber = regexp.MustCompile(`line [0-9]+`)
	// How many issues of the page wait for their ticket depends on when it is read.
	waiting = regexp.MustCompile(`; [0-9]+ issues? follow as linked tickets`)
	heads   = regexp.MustCompile("entry [0-9]+, `[0-9a-f]{12}`")
	// The digest of a list goes by the numbers of the tickets in it.
	listed = regexp.MustCompile(`<!-- tickets [0-9a-f]{24} -->`)
)

// text is a text with its references told by what they are.
func (c *canon) text(repo, text string) string {
	text = onPage.ReplaceAllString(c.named(text), home+"/"+shop+"/wiki/")
	rest := address.ReplaceAllStringFunc(text, func(s string) string {
		x := address.FindStringSubmatch(s)
		return "{" + c.issues[x[1]+"#"+x[2]] + c.comments[x[3]] + "}"
	})
	rest = mentioned.ReplaceAllStringFunc(rest, func(s string) string {
		x := mentioned.FindStringSubmatch(s)
		of := x[1]
		if of == "" {
			of = repo
		}
		if name, ok := c.issues[of+"#"+x[2]]; ok {
			return "{" + name + "}"
		}
		return s
	})
	rest = lineNumber.ReplaceAllString(heads.ReplaceAllString(rest, "HEAD"), "line N")
	rest = listed.ReplaceAllString(waiting.ReplaceAllString(rest, ""), "<!-- tickets -->")
	return inOrder(closedAt.ReplaceAllString(rest, "(when closed)"))
}

// inOrder sorts lists of tickets, which we show by their numbers.
func inOrder(text string) string {
	lines := strings.Split(text, "\n")
	item := func(i int) bool { return strings.HasPrefix(lines[i], "- {") || strings.HasPrefix(lines[i], "- [{") }
	for i := 0; i < len(lines); i++ {
		from := i
		for i < len(lines) && item(i) {
			i++
		}
		slices.Sort(lines[from:i])
	}
	return strings.Join(lines, "\n")
}

// slot names a slot by what the ids and numbers in it stand for.
func (c *canon) slot(s incident.Slot) string {
	if name := strings.NewReplacer(c.items...).Replace(string(s)); name != string(s) {
		return name
	}
	if s.Under("say/closed") || s.Under("say/after") || s.Under("say/gate") {
		return string(digits.ReplaceAll([]byte(s), []byte("T")))
	}
	return digits.ReplaceAllStringFunc(string(s), func(d string) string {
		if name, ok := c.comments[d]; ok {
			return "{" + name + "}"
		}
		if name, ok := c.issues[shop+"#"+d]; ok && (s.Under("say/undone") || s.Under("say/eager")) {
			return "{" + name + "}"
		}
		return d
	})
}

// data is what a marker carries. Of a reply only its verdicts count: what
// follows is a digest of numbers.
func (c *canon) data(m marker.Mark) string {
	if m.Slot == incident.Board {
		return c.board(m.Data)
	}
	verdicts, _, _ := strings.Cut(m.Data, ".")
	if m.Slot.Under("reply") {
		return verdicts
	}
	return ""
}

// board is what the board remembers.
func (c *canon) board(data string) string {
	var kept map[string]any
	if json.Unmarshal([]byte(data), &kept) != nil {
		return data
	}
	if _, ok := kept["sealed"]; ok {
		kept["sealed"] = "T"
	}
	if marks, ok := kept["marks"].(map[string]any); ok {
		for name := range marks {
			marks[name] = "HEAD"
		}
	}
	b, _ := json.Marshal(kept) // it was just read
	clear(kept)
	text := strings.NewReplacer(c.items...).Replace(strings.ReplaceAll(string(b), `"`+c.id+"/", `"ID/`))
	for id, name := range c.comments {
		text = strings.ReplaceAll(text, id, "{"+name+"}")
	}
	text = closedID.ReplaceAllString(text, "ID/closed/T")
	text = mentioned.ReplaceAllStringFunc(text, func(s string) string {
		if name, ok := c.issues[s]; ok {
			return "{" + name + "}"
		}
		return s
	})
	if json.Unmarshal([]byte(text), &kept) == nil { // by the names of now
		b, _ = json.Marshal(kept)
	}
	return string(b)
}

// withoutDoubles leaves out tickets of ours that are closed as duplicates of
// those in the same slot, and comments of ours that say no more than that they
// are double.
func withoutDoubles(lines []string) (rest []string) {
	doubles := map[string]bool{}
	for _, l := range lines {
		if name, ok := strings.CutSuffix(l, " | state | closed duplicate"); ok && again.MatchString(name) {
			doubles[name] = true
		}
	}
	for _, l := range lines {
		name, _, _ := strings.Cut(l, " | ")
		if !doubles[name] && !strings.Contains(l, "Said twice by mistake") {
			rest = append(rest, l)
		}
	}
	return rest
}

var again = regexp.MustCompile(` \([0-9]+\)$`)
