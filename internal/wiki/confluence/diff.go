package confluence

import (
	"strings"
	"unicode"
)

// hunk says that old[a:b] became new[c:d].
type hunk struct{ a, b, c, d int }

// maxTable bounds the table of a comparison; what is beyond is compared only
// from its ends.
const maxTable = 4_000_000

// diff returns what differs between two lists, as few as possible.
func diff(old, new []string) []hunk {
	a, b := 0, len(old)
	c, d := 0, len(new)
	for a < b && c < d && old[a] == new[c] {
		a, c = a+1, c+1
	}
	for a < b && c < d && old[b-1] == new[d-1] {
		b, d = b-1, d-1
	}
	if a == b && c == d {
		return nil
	}
	if a == b || c == d || (b-a)*(d-c) > maxTable {
		return []hunk{{a, b, c, d}}
	}
	return between(old[a:b], new[c:d], a, c)
}

// between compares by the longest common subsequence.
func between(old, new []string, at, to int) []hunk {
	wide := len(new) + 1
	best := make([]int32, (len(old)+1)*wide)
	for i := len(old) - 1; i >= 0; i-- {
		for j := len(new) - 1; j >= 0; j-- {
			if old[i] == new[j] {
				best[i*wide+j] = best[(i+1)*wide+j+1] + 1
			} else {
				best[i*wide+j] = max(best[(i+1)*wide+j], best[i*wide+j+1])
			}
		}
	}
	var list []hunk
	i, j := 0, 0
	for i < len(old) || j < len(new) {
		if i < len(old) && j < len(new) && old[i] == new[j] {
			i, j = i+1, j+1
			continue
		}
		h := hunk{a: at + i, c: to + j}
		for i < len(old) || j < len(new) {
			if i < len(old) && j < len(new) && old[i] == new[j] {
				break
			}
			if j == len(new) || i < len(old) && best[(i+1)*wide+j] >= best[i*wide+j+1] {
				i++
			} else {
				j++
			}
		}
		h.b, h.d = at+i, to+j
		list = append(list, h)
	}
	return list
}

// wordsOf cuts a text into words, white space, and single signs.
func wordsOf(s string) []string {
	var list []string
	var b strings.Builder
	was := 0
	for _, r := range s {
		is := 0
		switch {
		case unicode.IsLetter(r) || unicode.IsDigit(r):
			is = 1
		case unicode.IsSpace(r):
			is = 2
		}
		if b.Len() > 0 && (is == 0 || is != was) {
			list = append(list, b.String())
			b.Reset()
		}
		b.WriteRune(r)
		was = is
	}
	if b.Len() > 0 {
		list = append(list, b.String())
	}
	return list
}
