package postmortem

import (
	"regexp"
	"strings"
)

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

// leftover matches what stays of our suffix when somebody takes only the mark
// away: it is theirs then, but does not make the item another.
var leftover = regexp.MustCompile(`(?m)[ \t]*` + arrow + `(?:\[[^\]\n]*\]\([^)\n]*\)|[^\s\[]+) (?:open|done|wontfix|duplicate|deleted|gone)[ \t]*$`)

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
