package confluence

import (
	"bytes"
	"strings"
)

// ourMark puts an anchor of ours as the mark that it stands for, with what is
// shown before it, if that is still as we wrote it.
func (w *writer) ourMark(n *node) {
	name := n.parameter("")
	if id, ok := strings.CutPrefix(name, anchorPrefix+"index-"); ok {
		w.trim()
		w.put(" <!-- hereby:1 "+id+" index -->", n.from, n.to, false, n.up)
		return
	}
	hash, ok := strings.CutPrefix(name, anchorPrefix+"item-")
	if !ok || !itemMark.MatchString("<!-- hereby:item-"+hash+" -->") {
		return
	}
	w.trim()
	from, at := w.glued(n.up, n.from), len(w.text)
	text := " <!-- hereby:item-" + hash + " -->"
	for _, known := range w.r.memory.Items[hash] {
		shown := strings.TrimSpace(known[:strings.LastIndex(known, "<!--")])
		if start, storage, ok := w.shownBefore(n, shown); shown == "" || ok {
			if ok {
				from, at = w.glued(n.up, storage), start
			}
			text = known
			break
		}
	}
	w.cut(at)
	w.trim()
	if text = strings.TrimLeft(text, " "); len(w.text) > 0 {
		text = " " + text
	}
	w.put(text, from, n.to, false, n.up)
	w.segs[len(w.segs)-1].mark = hash
}

// glued returns where a mark begins that was put before byte at in an element:
// with the blank that we put there too.
func (w *writer) glued(up *node, at int) int {
	for _, k := range up.kids {
		if k.name == "" && !k.cdata && k.from < at && at <= k.to && w.r.storage[at-1] == ' ' {
			return at - 1
		}
	}
	return at
}

// shownBefore finds where our words before a mark begin, in the line and in
// the storage: beside the mark, and saying what we said.
func (w *writer) shownBefore(n *node, shown string) (at, storage int, ok bool) {
	if shown == "" {
		return 0, 0, false
	}
	from := max(0, len(w.text)-maxShown)
	if at = bytes.LastIndex(w.text[from:], []byte(strings.TrimSpace(arrow))); at < 0 {
		return 0, 0, false
	}
	at += from
	if w.r.print(shown) != w.r.print(string(w.text[at:])) {
		return 0, 0, false
	}
	for _, s := range w.segs {
		if s.plain && s.at <= at && at < s.end && s.up == n.up {
			return at, s.from + at - s.at, true
		}
	}
	return 0, 0, false
}

// maxShown bounds how far before a mark what it shows may begin, in bytes.
const maxShown = 4096
