package confluence

import (
	"maps"
	"slices"
	"strings"
)

// claim finds the elements of our blocks among those of the page: those that
// read as we wrote them, and tables and lists of which at least one row does.
// An element that somebody else put between them, or that reads otherwise by
// now, is theirs and stays.
func (r *reader) claim(doc *reading) map[*node]*place {
	owner := map[*node]*place{}
	prints := map[*node]string{}
	for _, n := range doc.flow {
		if n.name != "" {
			prints[n] = n.print()
		}
	}
	for _, name := range slices.Sorted(maps.Keys(r.memory.Blocks)) {
		var best *place
		most := 0
		for _, text := range r.memory.Blocks[name] {
			if p, score := locate(sourceOf(name, text), doc.flow, prints, owner); score > most {
				best, most = p, score
			}
		}
		if best == nil {
			continue
		}
		for _, n := range best.nodes {
			owner[n] = best
		}
		doc.places = append(doc.places, best)
		doc.memory.Blocks[name] = []string{best.text}
	}
	return owner
}

// locate looks for the pieces of a block in the flow, and says how much of it
// was found.
func locate(s source, flow []*node, prints map[*node]string, taken map[*node]*place) (*place, int) {
	p := &place{source: s}
	used := make([]bool, len(s.pieces))
	whole, score := 0, 0
	for _, n := range flow {
		if n.name == "" || taken[n] != nil {
			continue
		}
		if i := s.exact(prints[n], used); i >= 0 {
			used[i] = true
			p.nodes = append(p.nodes, n)
			whole++
			score += 2 + len(s.pieces[i].rows)
		}
	}
	for _, n := range flow {
		if rows := rowsOf(n); len(rows) > 0 && taken[n] == nil && !slices.Contains(p.nodes, n) {
			if i, common := s.similar(rows, used); i >= 0 {
				used[i] = true
				p.nodes = append(p.nodes, n)
				score += common
			}
		}
	}
	slices.SortFunc(p.nodes, func(a, b *node) int { return a.from - b.from })
	p.whole = whole == len(s.pieces)
	return p, score
}

// exact returns the unused piece that reads so, or -1.
func (s source) exact(print string, used []bool) int {
	for i, p := range s.pieces {
		if !used[i] && p.print == print && print != "" {
			return i
		}
	}
	return -1
}

// similar returns the unused table or list that shares most rows with these.
func (s source) similar(rows []*node, used []bool) (best, most int) {
	best = -1
	for i, p := range s.pieces {
		common := 0
		for _, row := range rows {
			if _, ok := p.rows[row.print()]; ok {
				common++
			}
		}
		if !used[i] && common > most {
			best, most = i, common
		}
	}
	return best, most
}

// ours reads a block of ours: as we wrote it if it is still so, else what is
// left of it, with the rows that somebody changed as they are now.
func (r *reader) ours(p *place) []line {
	text := p.text
	if !p.whole {
		var b strings.Builder
		b.WriteString(p.head + "\n\n")
		used := make([]bool, len(p.pieces))
		for _, n := range p.nodes {
			b.WriteString(r.left(p, n, used) + "\n\n")
		}
		text = b.String() + p.tail
	}
	var lines []line
	for t := range strings.SplitSeq(text, "\n") {
		lines = append(lines, line{text: t, tail: -1, own: p})
	}
	return lines
}

// left reads one element of a block that is not whole.
func (r *reader) left(p *place, n *node, used []bool) string {
	if i := p.exact(n.print(), used); i >= 0 {
		used[i] = true
		return p.pieces[i].text
	}
	rows := rowsOf(n)
	i, _ := p.similar(rows, used)
	if i < 0 {
		return "" // unreachable: it was found so
	}
	used[i] = true
	var lines []string
	for k, row := range rows {
		known, ok := p.pieces[i].rows[row.print()]
		switch {
		case ok:
			lines = append(lines, known)
		case n.name == "table":
			l, _ := r.row(row)
			lines = append(lines, l.text)
		default:
			for _, l := range r.item(row, "- ") {
				lines = append(lines, l.text)
			}
		}
		if k == 0 && n.name == "table" {
			lines = append(lines, rule(p.pieces[i].text))
		}
	}
	return strings.Join(lines, "\n")
}

// rule returns the second line of a table.
func rule(table string) string {
	for line := range strings.SplitSeq(table, "\n") {
		if ruleOfTable.MatchString(line) {
			return line
		}
	}
	return "|---|"
}
