package command

import "strings"

// closest returns the first command's word that is one edit away from an
// unknown word, or "". Two letters are too few to guess at: "/cc" and "/ci"
// are other people's words.
func closest(word string) string {
	if strings.ContainsFunc(word, func(r rune) bool { return !inWord(r) }) {
		return ""
	}
	for _, s := range Table {
		for _, w := range s.words() {
			if len(w) > 2 && oneEdit(word, w) {
				return w
			}
		}
	}
	return ""
}

// oneEdit reports whether one letter inserted, left out, replaced or swapped
// with its neighbour makes one word of the other.
func oneEdit(a, b string) bool {
	x, y := []rune(a), []rune(b)
	if len(x) > len(y) {
		x, y = y, x
	}
	if len(y)-len(x) > 1 || a == b {
		return false
	}
	i := 0
	for i < len(x) && x[i] == y[i] {
		i++
	}
	if len(x) < len(y) {
		return string(x[i:]) == string(y[i+1:])
	}
	return string(x[i+1:]) == string(y[i+1:]) ||
		i+1 < len(x) && x[i] == y[i+1] && x[i+1] == y[i] && string(x[i+2:]) == string(y[i+2:])
}
