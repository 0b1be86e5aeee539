package postmortem

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/hereby/hereby/internal/incident"
)

// Category says of what kind an issue is (O52, O53).
type Category string

// Categories are the kinds an issue may have.
var Categories = []Category{"technical", "time", "budget", "people", "communication", "process"}

// Item is one issue that people found: a top-level list item under Issues
// discovered, with everything that belongs to it. It becomes one ticket (O35).
type Item struct {
	// Hash is what tells items apart. An item keeps the one that its mark
	// holds, however its text changes; one without mark is given one made
	// of its text, different from all others on the page.
	Hash   string
	Marked bool // the page holds the mark
	Copied bool // it holds somebody else's mark: it was copied, and counts as new
	// Shown is what our suffix shows: the ticket and its state, as Markdown.
	Shown string

	Line     int    // from 1
	Text     string // as Markdown, without the list's sign and our suffix
	Owners   []incident.Person
	Due      time.Time // the day's beginning in UTC; zero: none
	Category Category  // "": none
	Place    string    // where the ticket is to be filed; "": at home
	// Problems says what of this could not be read, for people.
	Problems []string
}

// Slot names the item's ticket.
func (it Item) Slot() incident.Slot { return incident.Slot("follow/item-" + it.Hash) }

// markForm matches an item's mark: its hash and the checksum of what is shown
// before it.
var markForm = regexp.MustCompile(`<!--[ \t]*hereby:item-([0-9a-z]{1,64})(?:[ \t]+([A-Za-z0-9._]{6}))?[ \t]*-->`)

// arrow begins what we show before the mark.
const arrow = "→ "

// maxShown bounds what is shown, in bytes.
const maxShown = 512

// markText returns an item's suffix.
func markText(hash, shown string) string {
	if shown = showable(shown); shown == "" {
		return " <!-- hereby:item-" + hash + " -->"
	}
	return " " + arrow + shown + " <!-- hereby:item-" + hash + " " + sum(shown) + " -->"
}

// showable makes a text one line that hides nothing and opens nothing.
func showable(s string) string {
	s = strings.Join(strings.Fields(strings.NewReplacer("<!--", "", "-->", "", "`", "", strings.TrimSpace(arrow), "").Replace(s)), " ")
	if len(s) > maxShown {
		s = strings.ToValidUTF8(s[:maxShown-len("…")], "") + "…"
	}
	return s
}

// suffix finds where our suffix stands whose mark is m, a match of markForm in
// line, and what it shows. What somebody changed in it is theirs.
func suffix(line string, m []int) (from, to int, shown string) {
	from, to = m[0], m[1]
	if from > 0 && line[from-1] == ' ' {
		from--
	}
	if m[4] < 0 {
		return from, to, ""
	}
	low := max(0, from-maxShown-len(arrow))
	for end := from; end > low; {
		i := strings.LastIndex(line[low:end], arrow)
		if i < 0 {
			break
		}
		end = low + i
		if text := line[end+len(arrow) : from]; sum(text) == line[m[4]:m[5]] {
			if end > 0 && line[end-1] == ' ' {
				end--
			}
			return end, to, text
		}
	}
	return from, to, ""
}

// found is an item and where it stands.
type found struct {
	Item
	from, to int // its rows
	// at is the row that takes the suffix, and mark where the suffix is now
	// in it. With mark nil it goes to the row's end; with front set, into a
	// paragraph of its own behind the item's sign.
	at    int
	mark  []int
	front bool
	sign  int  // how long its sign is, with white space
	col   int  // the column where its content begins
	apart bool // its first row is empty, or indented code: one space belongs to its sign
	says  bool // it has content, not only comments
}

// items returns the items of the page, each with a hash.
func (l *layout) items(id string) []found {
	s, ok := l.find(Issues)
	if !ok {
		return nil
	}
	var list []found
	for i := s.from; i < s.to; i++ {
		if !l.rows[i].start || l.rows[i].own != 0 {
			continue
		}
		end := i + 1
		for end < s.to && !l.rows[end].start && (l.rows[end].item == l.rows[i].item || l.rows[end].own != 0) {
			end++
		}
		for l.rows[end-1].item != l.rows[i].item {
			end--
		}
		if it := l.item(i, end); it.mark != nil || it.says {
			list = append(list, it)
		}
		i = end - 1
	}
	name(id, list)
	return list
}

// name gives every item its hash: first come, first served for marks, then
// what the text says.
func name(id string, list []found) {
	taken := map[string]bool{}
	for i := range list {
		it := &list[i]
		if it.Hash == "" {
			continue
		}
		if it.Marked = !taken[it.Hash]; it.Marked {
			taken[it.Hash] = true
		} else {
			it.Hash, it.Copied = "", true
		}
	}
	next := map[string]int{}
	for i := range list {
		it := &list[i]
		for text := fold(leftover.ReplaceAllString(it.Text, "")); it.Hash == "" || !it.Marked && taken[it.Hash]; {
			it.Hash = hash(id, text, next[text])
			next[text]++
		}
		taken[it.Hash] = true
	}
}

// leftover matches what stays of our suffix when somebody takes only the mark
// away: it is theirs then, but does not make the item another.
var leftover = regexp.MustCompile(`(?m)[ \t]*` + arrow + `(?:\[[^\]\n]*\]\([^)\n]*\)|[^\s\[]+) (?:open|done|wontfix|duplicate|deleted|gone)[ \t]*$`)

func fold(text string) string { return strings.Join(strings.Fields(text), " ") }

// hash returns the name of the nth item with a text.
func hash(id, text string, n int) string {
	h := sha256.Sum256(fmt.Appendf(nil, "%s\n%d\n%s", id, n, text))
	return hex.EncodeToString(h[:6])
}

// AskedHash returns the hash of an item that a comment asked for: what asked
// is the comment's id and line, or whatever else is said once.
func AskedHash(id, asked string) string { return hash(id, "asked for by "+asked, 0) }

// item reads the item whose rows are given.
func (l *layout) item(from, to int) found {
	it := found{from: from, to: to}
	first := l.rows[from].content()
	at, col := indent(first, 0, 0)
	width, _ := bullet(first[at:])
	next, ncol := indent(first, at+width, col+width)
	if it.col, it.apart = ncol, next == len(first) || ncol-col-width > 4; it.apart {
		it.col = col + width + 1
	}
	it.Line, it.sign = int(l.rows[from].line), next
	l.place(&it)
	var b strings.Builder
	for i := from; i < to; i++ {
		if l.rows[i].own != 0 {
			continue
		}
		line := strings.TrimRight(l.rows[i].text, "\r\n")
		if l.rows[i].kind != codeRow && strings.Contains(line, "hereby:item-") {
			line = unmarked(line)
		}
		if i == from {
			line = line[min(next, len(line)):]
		} else {
			line = dedent(line, it.col)
		}
		it.says = it.says || l.rows[i].shows(line)
		b.WriteString(line + "\n")
	}
	it.Text = strings.Trim(b.String(), "\n")
	it.Text = strings.TrimRight(taskBox.ReplaceAllString(it.Text, ""), " \t\n")
	return it
}

// shows reports whether anything of a row's line is seen on the page.
func (r *row) shows(line string) bool {
	if r.kind == commentRow {
		line = wholeComment.ReplaceAllString(line, "-->")
		if _, after, ends := strings.Cut(line, "-->"); ends {
			line, _, _ = strings.Cut(strings.ReplaceAll(after, "-->", ""), "<!--")
		} else {
			line = ""
		}
	}
	return strings.TrimSpace(line) != ""
}

var wholeComment = regexp.MustCompile(`<!--.*?-->`)

var taskBox = regexp.MustCompile(`^\[[ xX]\][ \t]+`)

// unmarked takes our suffixes out of a line.
func unmarked(line string) string {
	var b strings.Builder
	at := 0
	for _, m := range markForm.FindAllStringSubmatchIndex(line, -1) {
		from, to, _ := suffix(line, m)
		b.WriteString(line[at:max(at, from)])
		at = to
	}
	return b.String() + line[at:]
}

// dedent takes up to n columns of white space from the front.
func dedent(line string, n int) string {
	at, col := 0, 0
	for at < len(line) && col < n && (line[at] == ' ' || line[at] == '\t') {
		if _, col = indent(line[:at+1], at, col); col > n {
			return strings.Repeat(" ", col-n) + line[at+1:]
		}
		at++
	}
	return line[at:]
}

// place finds an item's mark, or where it is to be put: behind the item's
// first paragraph, or before whatever else it begins with. A table and an
// unfinished comment would swallow the mark.
func (l *layout) place(it *found) {
	it.at, it.front = it.from, true
	lead := true
	for i := it.from; i < it.to; i++ {
		r := &l.rows[i]
		if r.kind == commentRow && r.own == 0 && r.depth == 1 {
			line := r.content()
			if m := markForm.FindStringSubmatchIndex(line); m != nil && strings.Index(line, "<!--") == m[0] {
				it.take(i, line, m)
				return
			}
		}
		if r.kind != textRow || r.own != 0 || r.depth != 1 {
			lead = lead && r.own == 0 && r.blank()
			continue
		}
		p := passageAt(l.rows, i, it.to)
		if row, m := p.mark(l.rows); m != nil {
			it.take(row, l.rows[row].content(), m)
			return
		}
		sign := 0
		if i == it.from {
			sign = it.sign
		}
		if words := p.text[sign:]; strings.TrimSpace(words) != "" {
			if last, _ := p.at(len(p.text)); lead && !p.open && !isTable(words) && !(last > it.from && isBullet(l.rows[last].content())) {
				it.at, it.front = last, false
			}
			lead = false
		}
		i += len(p.starts) - 1
	}
}

// mark finds the first mark in a passage that is not code.
func (p *passage) mark(rows []row) (int, []int) {
	if !strings.Contains(p.text, "hereby:item-") {
		return 0, nil
	}
	said := hide(p.text, p.spans, codeSpan)
	first := markForm.FindStringIndex(said)
	if first == nil {
		return 0, nil
	}
	row, in := p.at(first[0])
	for _, m := range markForm.FindAllStringSubmatchIndex(rows[row].content(), -1) {
		if m[0] == in {
			return row, m
		}
	}
	return 0, nil // unreachable: a mark stands on one line
}

// take notes the mark that an item carries.
func (it *found) take(row int, line string, m []int) {
	from, to, shown := suffix(line, m)
	it.at, it.front, it.mark = row, false, []int{from, to}
	it.Hash, it.Shown = line[m[2]:m[3]], shown
}

var tableRule = regexp.MustCompile(`(?m)^[ \t]*\|?[ \t]*:?-+:?[ \t]*(?:\|[ \t]*:?-+:?[ \t]*)*\|?[ \t]*\r?$`)

// isBullet reports whether a row is the sign of a list item and nothing else:
// within a paragraph it is text, until something stands behind it.
func isBullet(line string) bool {
	line = strings.TrimSpace(line)
	width, _ := bullet(line)
	return width == len(line)
}

func isTable(text string) bool { return strings.Contains(text, "|") && tableRule.MatchString(text) }

// read reads what an item says about itself.
func (it *found) read() {
	lead, all := said(it.Text)
	it.Owners = handlesIn(lead)
	if m := ownerForm.FindStringSubmatch(all); m != nil {
		it.Owners = handlesIn(m[1])
	} else if len(it.Owners) == 0 {
		it.Owners = handlesIn(all)
	}
	var err error
	if it.Due, err = dueIn(all); err != nil {
		it.problem("%s", err)
	}
	for _, m := range categoryForm.FindAllStringSubmatch(all, -1) {
		c := Category(strings.ToLower(m[1] + m[2]))
		if !slices.Contains(Categories, c) {
			it.problem("“%s” is not a category: the categories are %s", c, joinCategories())
		} else if it.Category == "" {
			it.Category = c
		}
	}
	for _, m := range placeForm.FindAllStringSubmatch(all, 1) {
		if it.Place = strings.TrimRight(m[1], ".,;:!?)"); !placeName.MatchString(it.Place) {
			it.problem("“%s” is not a place for a ticket: write `to:owner/repo` or `to:KEY`", incident.Inline(it.Place))
			it.Place = ""
		}
	}
}

// Due returns the day by which a text says that something should be done, as an
// item would say it; zero if it names none. The error says, in Markdown, what
// stands there instead of a date.
func Due(text string) (time.Time, error) {
	if !dueForm.MatchString(text) {
		return time.Time{}, nil
	}
	_, all := said(text)
	return dueIn(all)
}

// dueIn is [Due] of what is said in a text.
func dueIn(all string) (day time.Time, err error) {
	m := dueForm.FindStringSubmatch(all)
	if m == nil {
		return day, nil
	}
	named := cmp.Or(strings.TrimRight(m[1], ".,;:!?)]"), m[2])
	if day, err = time.Parse(time.DateOnly, named); err != nil {
		return time.Time{}, fmt.Errorf("“%s” is not a date: write `due:2026-12-01`", incident.Inline(named))
	}
	return day, nil
}

func (it *found) problem(form string, args ...any) {
	it.Problems = append(it.Problems, fmt.Sprintf(form, args...))
}

func joinCategories() string {
	var names []string
	for _, c := range Categories {
		names = append(names, "`#"+string(c)+"`")
	}
	return strings.Join(names, ", ")
}

var (
	ownerForm    = regexp.MustCompile(`(?i)(?:^|[\s(,;])owners?:\s*((?:[,&\s]|and\b|@[^\s,;]+)+)`)
	dueForm      = regexp.MustCompile(`(?i)(?:^|[\s(,;])(?:due:(\S+)|(?:due:?|until|by|before)\s+(\d{4}-\d{1,2}-\d{1,2})\b)`)
	categoryForm = regexp.MustCompile(`(?i)(?:^|[\s(,;])(?:#(technical|time|budget|people|communication|process)\b|category:\s*#?([a-z]+))`)
	placeForm    = regexp.MustCompile(`(?i)(?:^|[\s(,;])to:(\S+)`)
	placeName    = regexp.MustCompile(`^(?:[A-Za-z0-9][A-Za-z0-9_-]*/[A-Za-z0-9._-]*[A-Za-z0-9_-]|[A-Z][A-Z0-9_]+)$`)
)

// said returns what is said in a piece of Markdown, in its first paragraph and
// in all, blank where it is code, hidden, or where a link leads.
func said(text string) (lead, all string) {
	rows := plainRows(text)
	var b strings.Builder
	passages(rows, func(p *passage) {
		b.WriteString(hide(p.text, p.spans, unsaid))
		b.WriteString("\n")
		if lead == "" {
			lead = b.String()
		}
	})
	return lead, b.String()
}

// plainRows reads a piece of Markdown in which nothing is ours.
func plainRows(text string) []row {
	var rows []row
	for line := range strings.Lines(text) {
		rows = append(rows, row{text: line})
	}
	scan(rows)
	return rows
}
