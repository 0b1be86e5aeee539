package postmortem

import (
	"crypto/sha256"
	"encoding/base64"
	"regexp"
	"strings"
	"unicode"
)

// row is a line of the page, or a piece of one that shares it with a marker.
type row struct {
	text string // with its line end
	line int32  // where it stands in the page, from 1
	own  uint8  // index in Blocks + 1 of the block it belongs to; 0: people's
	mark mark
	head bool // the first row of an extent of its block

	// Set by scan, for people's rows.
	kind  kind
	depth uint8 // how many list items it stands in
	item  int32 // which top-level list item of the page it belongs to, from 1; 0: none
	start bool  // the item's first row
	unit  int32 // rows with the same unit are one paragraph, heading, or cell
}

type mark uint8

const (
	noMark mark = iota
	opening
	closing
)

func (r *row) blank() bool { return strings.TrimSpace(r.text) == "" }

// content returns the row without its line end.
func (r *row) content() string { return strings.TrimRight(r.text, "\r\n") }

// blockOf returns the block a row belongs to.
func (r *row) block() Block { return Blocks[r.own-1] }

// markers finds the markers of one incident's blocks.
type markers struct {
	id   string
	form *regexp.Regexp
}

// markersOf also matches a marker whose end was cut off with the rest of its
// line: as a comment without end it would hide all that follows.
func markersOf(id string) markers {
	id = word(id)
	names := make([]string, len(Blocks))
	for i, b := range Blocks {
		names[i] = string(b)
	}
	return markers{id, regexp.MustCompile(`^<!--[ \t]*(/?)hereby:1[ \t]+` + regexp.QuoteMeta(id) +
		`[ \t]+block/(` + strings.Join(names, "|") + `)(?:[ \t]+([A-Za-z0-9._]+))?[ \t]*(?:-->|[\r\n]*\z)`)}
}

// word makes an ID fit for a marker: letters, digits and a few signs. The IDs
// of trackers are numbers.
func word(id string) string {
	return strings.Map(func(r rune) rune {
		if r < unicode.MaxASCII && (unicode.IsLetter(r) || unicode.IsDigit(r) || r == '.' || r == ':' || r == '/') {
			return r
		}
		return '_'
	}, id)
}

// sumLen is the length of a line's checksum.
const sumLen = 6

var sums = base64.NewEncoding("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._")

// sum returns the checksum by which a line of ours is known.
func sum(line string) string {
	h := sha256.Sum256([]byte(strings.TrimSpace(line)))
	return sums.EncodeToString(h[:5])[:sumLen]
}

// mute reports whether a line says nothing by itself, such as the one between
// a table's head and body.
func mute(line string) bool {
	return !strings.ContainsFunc(line, func(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) })
}

// wrap returns a block's rows as they stand in the page.
func (m markers) wrap(b Block, text string, eol string) string {
	var data, body strings.Builder
	seen := map[string]bool{}
	for _, line := range blockLines(text) {
		body.WriteString(line + eol)
		if s := sum(line); !mute(line) && !seen[s] {
			seen[s] = true
			data.WriteString(s)
		}
	}
	open := "<!-- hereby:1 " + m.id + " block/" + string(b)
	if data.Len() > 0 {
		open += " " + data.String()
	}
	if body.Len() > 0 {
		body.WriteString(eol)
	}
	return open + " -->" + eol + eol + body.String() + "<!-- /hereby:1 " + m.id + " block/" + string(b) + " -->" + eol
}

// blockLines returns the lines of a block's text. It cannot hold HTML comments,
// and so no markers.
func blockLines(text string) []string {
	text = strings.NewReplacer("\r\n", "\n", "\r", "\n", "<!--", "&lt;!--").Replace(text)
	if text = strings.Trim(text, "\n \t"); text == "" {
		return nil
	}
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		lines[i] = strings.TrimRight(line, " \t")
	}
	return lines
}

// lineEnd returns what ends the lines of a page: that of people's first line.
func lineEnd(rows []row) string {
	end := "\n"
	for i := range rows {
		if text := rows[i].text; strings.HasSuffix(text, "\n") {
			end = text[len(strings.TrimSuffix(strings.TrimSuffix(text, "\n"), "\r")):]
			if rows[i].own == 0 {
				break
			}
		}
	}
	return end
}

// ours are the lines known to be ours, by block and checksum.
type ours map[uint8]map[string]bool

func (o ours) add(own uint8, s string) {
	if o[own] == nil {
		o[own] = map[string]bool{}
	}
	o[own][s] = true
}

// split cuts a text into rows and marks those that are markers. texts are
// those that our blocks are about to have: what they repeat is ours too.
func (m markers) split(text string, texts map[Block]string) []row {
	rows := make([]row, 0, strings.Count(text, "\n")+1)
	known := ours{}
	for i, b := range Blocks {
		for _, line := range blockLines(texts[b]) {
			known.add(uint8(i+1), sum(line))
		}
	}
	n := int32(0)
	for line := range strings.Lines(text) {
		n++
		if !strings.Contains(line, "hereby:1") {
			rows = append(rows, row{text: line, line: n})
			continue
		}
		at := 0
		m.each(line, func(f []int) {
			if before := line[at:f[0]]; strings.TrimSpace(before) != "" {
				rows = append(rows, row{text: before, line: n})
				at = f[0]
			}
			r := row{line: n, mark: opening, own: ownOf(Block(line[f[4]:f[5]]))}
			if f[2] < f[3] {
				r.mark = closing
			} else if f[6] >= 0 {
				for data := line[f[6]:f[7]]; len(data) >= sumLen; data = data[sumLen:] {
					known.add(r.own, data[:sumLen])
				}
			}
			end := f[1]
			if strings.TrimSpace(line[end:]) == "" {
				end = len(line)
			}
			r.text, at = line[at:end], end
			rows = append(rows, r)
		})
		if at < len(line) {
			rows = append(rows, row{text: line[at:], line: n})
		}
	}
	known.claim(rows)
	return rows
}

// each finds the markers in a line.
func (m markers) each(line string, f func([]int)) {
	for i := strings.Index(line, "<!--"); i >= 0; {
		end := len(line)
		if next := strings.Index(line[i+4:], "<!--"); next >= 0 {
			end = i + 4 + next
		}
		if found := m.form.FindStringSubmatchIndex(line[i:end]); found != nil {
			for j := range found {
				if found[j] >= 0 {
					found[j] += i
				}
			}
			f(found)
		}
		if i = end; i == len(line) {
			break
		}
	}
}

func ownOf(b Block) uint8 {
	for i := range Blocks {
		if Blocks[i] == b {
			return uint8(i + 1)
		}
	}
	return 0 // unreachable: the form matches only names of blocks
}

// claim gives the rows of ours to their blocks, by the rules of the package
// comment.
func (o ours) claim(rows []row) {
	last := 0 // end of the extent before
	for i := 0; i < len(rows); i++ {
		switch rows[i].mark {
		case opening:
			rows[i].head = true
			end := i + 1
			for end < len(rows) && rows[end].mark == noMark {
				end++
			}
			if end < len(rows) && rows[end].mark == closing && rows[end].own == rows[i].own {
				o.between(rows[i].own, rows[i+1:end])
				i = end
			} else {
				o.below(rows[i].own, rows[i+1:end])
			}
			last = i + 1
		case closing:
			rows[last+o.above(rows[i].own, rows[last:i])].head = true
			last = i + 1
		}
	}
}

// is reports whether a row that is not blank is ours; after tells whether the
// row before it is.
func (o ours) is(own uint8, r *row, after bool) bool {
	if line := r.content(); !mute(line) {
		return o[own][sum(line)]
	}
	return after
}

// between claims the rows between a block's two markers, blank ones too, but
// for people's and the blank ones among them.
func (o ours) between(own uint8, rows []row) {
	after, blank := true, 0
	for i := range rows {
		r := &rows[i]
		if r.blank() {
			r.own = own
			continue
		}
		if mine := o.is(own, r, after); mine {
			r.own, after = own, true
		} else {
			if !after {
				for j := blank; j < i; j++ {
					rows[j].own = 0
				}
			}
			after = false
		}
		blank = i + 1
	}
}

// below claims the rows under a lone opening marker.
func (o ours) below(own uint8, rows []row) {
	end := 0
	for i := range rows {
		if rows[i].blank() {
			continue
		}
		if !o.is(own, &rows[i], true) {
			break
		}
		end = i + 1
	}
	give(own, rows[:end])
}

// above claims the rows over a lone closing marker, and returns the first.
func (o ours) above(own uint8, rows []row) int {
	first := len(rows)
	for i := len(rows) - 1; i >= 0 && rows[i].own == 0; i-- {
		if r := &rows[i]; o.is(own, r, false) {
			first = i
		} else if !mute(r.content()) {
			break
		}
	}
	give(own, rows[first:])
	return first
}

func give(own uint8, rows []row) {
	for i := range rows {
		rows[i].own = own
	}
}
