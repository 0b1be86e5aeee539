package confluence

import (
	"fmt"
	"slices"
	"strings"
)

// inline carries the difference within a line: another suffix, and words.
func (c *carrier) inline(was line, now string) error {
	body, suffix, hash := suffixOf(now)
	rest := was
	mark := slices.IndexFunc(was.segs, func(s seg) bool { return s.mark != "" && s.mark == hash })
	switch {
	case mark >= 0:
		s := was.segs[mark]
		rest = line{text: was.text[:s.at] + was.text[s.end:], segs: slices.Delete(slices.Clone(was.segs), mark, mark+1), tail: was.tail}
		if s.end != len(was.text) {
			return fmt.Errorf("the mark of the issue %q does not stand at its end any more", shorten(was.text))
		}
		if was.text[s.at:s.end] != suffix {
			c.edits = append(c.edits, edit{s.from, s.to, c.piece(suffix)})
		}
	case hash != "" && was.tail < 0:
		return fmt.Errorf("the mark of the issue %q has no place", shorten(was.text))
	case hash != "":
		c.edits = append(c.edits, edit{was.tail, was.tail, c.piece(suffix)})
	default:
		body = now
	}
	return c.words(rest, body)
}

// words carries changed words within a line.
func (c *carrier) words(was line, now string) error {
	if strings.TrimRight(was.text, " ") == strings.TrimRight(now, " ") {
		return nil
	}
	old, wholes := was.units()
	to := unitsOf(now, wholes)
	at := make([]int, 1, len(old)+1)
	for _, u := range old {
		at = append(at, at[len(at)-1]+len(u))
	}
	hunks := diff(old, to)
	var done [][]edit
	for i := 0; i < len(hunks); i++ {
		h := hunks[i]
		places, ok := was.place(at[h.a], at[h.b])
		switch {
		case ok:
			places[0].with = c.piece(strings.Join(to[h.c:h.d], ""))
			done = append(done, places)
			continue
		case i > 0: // it began in what was found equal by chance
			done = done[:i-1]
			i--
		case i+1 == len(hunks):
			return fmt.Errorf("%q cannot become %q where it stands", shorten(was.text), shorten(now))
		}
		hunks[i] = trimmed(hunk{hunks[i].a, hunks[i+1].b, hunks[i].c, hunks[i+1].d}, old, to)
		hunks = slices.Delete(hunks, i+1, i+2)
		i--
	}
	c.edits = append(c.edits, slices.Concat(done...)...)
	return nil
}

// trimmed leaves out of a difference what is equal at its ends.
func trimmed(h hunk, old, new []string) hunk {
	for h.a < h.b && h.c < h.d && old[h.b-1] == new[h.d-1] {
		h.b, h.d = h.b-1, h.d-1
	}
	for h.a < h.b && h.c < h.d && old[h.a] == new[h.c] {
		h.a, h.c = h.a+1, h.c+1
	}
	return h
}

// units cuts a line into words, and into what changes only as a whole, of
// which it returns the texts too.
func (l line) units() (list []string, wholes map[string]bool) {
	wholes = map[string]bool{}
	for _, s := range l.segs {
		if !s.plain {
			wholes[l.text[s.at:s.end]] = true
		}
	}
	delete(wholes, "")
	at := 0
	for _, s := range l.segs {
		if s.plain || s.end == s.at {
			continue
		}
		list = append(append(list, unitsOf(l.text[at:s.at], wholes)...), l.text[s.at:s.end])
		at = s.end
	}
	return append(list, unitsOf(l.text[at:], wholes)...), wholes
}

// unitsOf cuts a text into words, and into those of the wholes that are in it.
func unitsOf(text string, wholes map[string]bool) []string {
	var sizes []int
	for whole := range wholes {
		if !slices.Contains(sizes, len(whole)) {
			sizes = append(sizes, len(whole))
		}
	}
	slices.SortFunc(sizes, func(a, b int) int { return b - a })
	var list []string
	from := 0
	for at := 0; at < len(text); {
		size := 0
		for _, n := range sizes {
			if at+n <= len(text) && wholes[text[at:at+n]] {
				size = n
				break
			}
		}
		if size == 0 {
			at++
			continue
		}
		list = append(append(list, wordsOf(text[from:at])...), text[at:at+size])
		at += size
		from = at
	}
	return append(list, wordsOf(text[from:])...)
}

// place returns the bytes of the storage that a piece of a line stands for:
// within one element, or a piece in each of several.
func (l line) place(a, b int) (list []edit, ok bool) {
	if a == b {
		at, ok := l.point(a)
		return []edit{{from: at, to: at}}, ok
	}
	at, tags := a, false
	var up *node
	for _, s := range l.segs {
		if s.end <= a || s.at >= b {
			continue
		}
		if !s.plain && (s.at < a || s.end > b) || strings.TrimSpace(l.text[at:max(at, s.at)]) != "" {
			return nil, false
		}
		from, to := s.from, s.to
		if s.plain {
			from, to = s.from+max(0, a-s.at), s.from+min(b, s.end)-s.at
		}
		if len(list) > 0 && s.up == up {
			list[len(list)-1].to = to
		} else {
			list = append(list, edit{from: from, to: to})
		}
		at, up, tags = s.end, s.up, tags || s.tag
	}
	return list, len(list) > 0 && !(tags && len(list) > 1) && strings.TrimSpace(l.text[min(at, b):b]) == ""
}

// point returns where in the storage something goes that stands at a place of
// a line.
func (l line) point(at int) (int, bool) {
	if at == len(l.text) && l.tail >= 0 {
		return l.tail, true
	}
	for _, s := range l.segs {
		switch {
		case s.at == at:
			return s.from, true
		case s.end == at:
			return s.to, true
		case s.plain && s.at < at && at < s.end:
			return s.from + at - s.at, true
		}
	}
	return 0, false
}

// piece returns a piece of a line as storage, its outer white space kept.
func (d directory) piece(md string) string {
	core := strings.TrimSpace(md)
	if core == "" {
		return md
	}
	at := strings.Index(md, core)
	storage := escape(core)
	for _, guard := range []string{"(", ""} { // of a sign that would begin a block
		whole := d.storage(guard + core)
		if root, err := parse(whole); err == nil && len(root.kids) == 1 && root.kids[0].name == "p" {
			storage = strings.TrimPrefix(whole[root.kids[0].in:root.kids[0].out], guard)
		}
	}
	return md[:at] + storage + md[at+len(core):]
}
