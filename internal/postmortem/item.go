package postmortem

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"regexp"
	"strings"
	"time"

	"github.com/hereby/hereby/internal/incident"
)

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
