package sim

import (
	"slices"
	"strings"
)

// diff shows in what two states differ, "" if they do not: what is only in the
// first after "-", what is only in the second after "+". Of a text that both
// have, only the lines that differ are shown.
func diff(want, have []string) string {
	only, news := without(want, have), without(have, want)
	var b strings.Builder
	for _, w := range only {
		i := slices.IndexFunc(news, func(h string) bool { return heading(h) == heading(w) })
		if i < 0 {
			b.WriteString("\n- " + w)
			continue
		}
		b.WriteString("\n  " + heading(w))
		was, is := strings.Split(w, "\n"), strings.Split(news[i], "\n")
		for _, l := range without(was, is) {
			b.WriteString("\n-   " + l)
		}
		for _, l := range without(is, was) {
			b.WriteString("\n+   " + l)
		}
		news = slices.Delete(news, i, i+1)
	}
	for _, h := range news {
		b.WriteString("\n+ " + h)
	}
	return b.String()
}

// without returns what is in one list and not in the other, each as often.
func without(list, other []string) (rest []string) {
	other = slices.Clone(other)
	for _, l := range list {
		if i := slices.Index(other, l); i >= 0 {
			other = slices.Delete(other, i, i+1)
		} else {
			rest = append(rest, l)
		}
	}
	return rest
}

// heading says what a line of the state is about: of which issue, which field;
// of a comment of ours, its slot.
func heading(l string) string {
	parts := strings.SplitN(l, " | ", 4)
	if len(parts) < 3 {
		return l
	}
	what := parts[0] + " | " + parts[1]
	if parts[1] == "comment" {
		what += " | " + parts[2]
		if i := strings.LastIndex(l, "\n<"); i >= 0 {
			slot, _, _ := strings.Cut(l[i+1:], " ")
			what += " | " + slot
		}
	}
	return what
}
