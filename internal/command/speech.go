package command

import (
	"strings"
	"unicode"
)

// speech is a text as words, for finding a phrase in it.
type speech []token

type token struct {
	word  string // folded
	line  int
	end   end  // what comes between it and the next word
	glued bool // a hyphen or an apostrophe alone ties it to the next word
}

// end is what ends after a word.
type end int

const (
	none     end = iota
	line         // its line; the text's end is one
	stop         // its sentence
	question     // its sentence, which asks
)

// tokens splits lines into words. Whatever is no letter and no digit only
// parts them: quotes, emphasis, punctuation within a sentence.
func tokens(lines []string) speech {
	var all speech
	for n, l := range lines {
		l = strings.TrimSpace(fold(l)) + "\n"
		for l != "" {
			gap := strings.IndexFunc(l, inWord)
			if gap < 0 {
				gap = len(l)
			}
			if len(all) > 0 {
				all[len(all)-1].follow(l[:gap])
			}
			if l = l[gap:]; l == "" {
				break
			}
			// A word ends before the line's last character at the latest.
			size := strings.IndexFunc(l, func(r rune) bool { return !inWord(r) })
			all = append(all, token{word: l[:size], line: n})
			l = l[size:]
		}
	}
	return all
}

func inWord(r rune) bool { return unicode.In(r, unicode.L, unicode.N, unicode.M) }

// follow notes what comes after the word, up to the next word or line. Only
// the first end counts: what opens the next line ends nothing more.
func (t *token) follow(gap string) {
	if t.end != none {
		return
	}
	t.glued = gap == "-" || gap == "'" || gap == "’" || gap == "_"
	ended := false
	for _, r := range gap {
		switch {
		case strings.ContainsRune("?؟", r):
			if strings.ContainsFunc(gap, unicode.IsSpace) {
				t.end = question
				return
			}
		case strings.ContainsRune(".!。", r):
			ended = true
		case unicode.IsSpace(r) && ended:
			t.end = stop
			return
		case r == '\n':
			t.end = line
			return
		}
	}
}
