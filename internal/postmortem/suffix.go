package postmortem

import (
	"slices"
	"strconv"
	"strings"

	"github.com/hereby/hereby/internal/incident"
)

// mark writes the items' suffixes.
func (a *applier) mark() {
	for _, it := range a.listed() {
		shown, ok := a.Items[it.Hash]
		if !ok {
			continue
		}
		text := markText(it.Hash, shown)
		line := a.rows[it.at].content()
		switch {
		case it.mark != nil:
			if line[it.mark[0]] != ' ' {
				text = strings.TrimLeft(text, " ") // a space could make a list of what stands before
			}
			if a.rows[it.at].kind == commentRow && showable(shown) != "" {
				a.standAlone(it.from, it.at, line)
			}
			a.change(it.at, it.mark[0], it.mark[1], text)
		case it.front:
			at := it.sign
			if it.apart {
				at, _ = indent(line, 0, 0)
				width, _ := bullet(line[at:])
				at += width
			}
			if at < len(line) && line[at] == ' ' {
				at++
			}
			if at > 0 && (line[at-1] == ' ' || line[at-1] == '\t') {
				text = strings.TrimLeft(text, " ")
			}
			a.change(it.at, at, at, text+a.eol+a.eol+strings.Repeat(" ", it.col))
		default:
			a.change(it.at, len(line), len(line), text)
		}
	}
}

// standAlone keeps a row that becomes a paragraph from going on with a
// sub-item above it, and from taking in what follows.
func (a *applier) standAlone(from, row int, line string) {
	if row > from && a.rows[row-1].depth > 1 && !a.rows[row-1].blank() {
		a.change(row, 0, 0, a.eol)
	}
	if next := row + 1; next < len(a.rows) && !a.rows[next].blank() {
		a.change(row, len(line), len(line), a.eol)
	}
}

// listed returns the items of the page.
func (a *applier) listed() []found {
	if a.list == nil {
		a.list = a.items(a.ID)
	}
	return a.list
}

// replaceHandles replaces handles by variables, except in items that still
// wait for their ticket.
func (a *applier) replaceHandles() {
	if len(a.Handles) == 0 {
		return
	}
	waits := map[int]bool{}
	for _, it := range a.listed() {
		shown, ok := a.Items[it.Hash]
		if ok && showable(shown) != "" || !ok && it.Marked && it.Shown != "" {
			continue
		}
		for i := it.from; i < it.to; i++ {
			waits[i] = true
		}
	}
	passages(a.rows, func(p *passage) {
		text := hide(p.text, p.spans, unsaid|linkSpan)
		eachHandle(text, func(from, to int, who incident.Person) {
			variable := a.Handles[who]
			row, in := p.at(from)
			// "<" before it would make a tag of the variable.
			if variable == "" || waits[row] || from > 0 && text[from-1] == '<' {
				return
			}
			a.change(row, in, in+to-from, variable)
		})
	})
}

// add puts items that were asked for at the end of the list, or below the
// heading.
func (a *applier) add() {
	var fresh []Added
	for _, x := range a.Add {
		if !hasMark(a.text, x.Hash) {
			fresh = append(fresh, x)
		}
	}
	if len(fresh) == 0 {
		return
	}
	sign, number := "- ", 0
	at, front, in := a.before(Issues), "", insert{apart: true, order: slices.Index(Parts, Issues)}
	if s, ok := a.find(Issues); !ok {
		front, in.order = a.heading(Issues), newPart(Issues)
	} else if list := a.listed(); len(list) > 0 {
		last := list[len(list)-1]
		at = last.to
		in.apart, in.order = false, -2 // the list goes on before anything else begins
		sign, number = signOf(a.rows[last.from].content())
	} else {
		at = s.from
		for i := s.from; i < s.to && (a.rows[i].blank() || isPrompt(a.rows[i].content())); i++ {
			if !a.rows[i].blank() {
				at = i + 1
			}
		}
	}
	var b strings.Builder
	b.WriteString(front)
	for _, x := range fresh {
		this := sign
		if number > 0 {
			this = strings.Replace(sign, "#", strconv.Itoa(number+1), 1)
			number++
		}
		b.WriteString(strings.ReplaceAll(a.itemText(this, x), "\n", a.eol) + a.eol)
	}
	in.at, in.text = at, b.String()
	a.inserts = append(a.inserts, in)
}

// hasMark reports whether an item's mark stands anywhere in a text.
func hasMark(text, hash string) bool {
	name := "hereby:item-" + hash
	for i := strings.Index(text, name); i >= 0; {
		rest := text[i+len(name):]
		if rest == "" || !strings.ContainsRune("0123456789abcdefghijklmnopqrstuvwxyz", rune(rest[0])) {
			return true
		}
		next := strings.Index(rest, name)
		if next < 0 {
			break
		}
		i += len(name) + next
	}
	return false
}

// signOf returns the sign of a list item with what stands around it; in an
// ordered one, "#" for the number, which it returns too.
func signOf(line string) (sign string, number int) {
	at, _ := indent(line, 0, 0)
	width, digits := bullet(line[at:])
	if digits == "" {
		return line[:at] + line[at:at+width] + " ", 0
	}
	number, _ = strconv.Atoi(digits)
	return line[:at] + "#" + line[at+len(digits):at+width] + " ", max(number, 1)
}

// itemText returns the lines of an item that was asked for, with its mark. A
// text that would be more or less than one item is written as one line.
func (a *applier) itemText(sign string, x Added) string {
	clean := strings.TrimSpace(strings.NewReplacer("\r\n", "\n", "\r", "\n", "<!--", "&lt;!--").Replace(x.Text))
	const head = "## " + string(Issues) + "\n\n"
	for _, text := range []string{clean, incident.Inline(clean)} {
		text = sign + indented(text, len(sign))
		page := Read(a.ID, head+text)
		if len(page.Items) != 1 || len(page.Sections) != 1 || fold(page.Items[0].Text) != fold(clean) && text != sign+incident.Inline(clean) {
			continue
		}
		own := page.Items[0].Hash
		marked := Apply(head+text, Edits{ID: a.ID, Handles: a.Handles, Items: map[string]string{own: a.Items[x.Hash]}})
		return strings.Replace(strings.TrimPrefix(marked, head), "hereby:item-"+own, "hereby:item-"+x.Hash, 1)
	}
	return sign + "(no text)" + markText(x.Hash, a.Items[x.Hash])
}

// indented returns a text whose lines but the first are indented.
func indented(text string, n int) string {
	lines := strings.Split(text, "\n")
	for i := 1; i < len(lines); i++ {
		if strings.TrimSpace(lines[i]) != "" {
			lines[i] = strings.Repeat(" ", n) + lines[i]
		}
	}
	return strings.Join(lines, "\n")
}
