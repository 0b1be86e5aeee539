package postmortem

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// lexicon finds terms of one or more words in a text, in one pass.
type lexicon map[string][]term // by the first word, longer terms first

type term struct {
	words []string // folded
	exact string   // how a term of one word must be written; "": in any case
	value int
}

// put adds a term, unless it has no words or is there already.
func (x lexicon) put(text string, exact bool, value int) {
	var t term
	eachWord(text, func(from, to int) bool {
		t.words = append(t.words, foldWord(text[from:to]))
		return true
	})
	if t.value = value; len(t.words) == 0 {
		return
	}
	if exact {
		t.exact = strings.TrimSpace(text)
	}
	list := x[t.words[0]]
	if slices.ContainsFunc(list, func(o term) bool { return slices.Equal(o.words, t.words) }) {
		return
	}
	list = append(list, t)
	slices.SortStableFunc(list, func(a, b term) int { return len(b.words) - len(a.words) })
	x[t.words[0]] = list
}

// each calls f for every term in a text, from left to right and apart.
func (x lexicon) each(text string, f func(from, to, value int)) {
	if len(x) == 0 {
		return
	}
	end := 0
	eachWord(text, func(from, to int) bool {
		if from < end {
			return true
		}
		word := foldWord(text[from:to])
		terms := x[word]
		if bare := owner(word); bare != word {
			terms = slices.Concat(terms, x[bare])
		}
		for _, t := range terms {
			if stop := t.at(text, from, to); stop > 0 {
				end = stop
				f(from, stop, t.value)
				break
			}
		}
		return true
	})
}

// at returns where the term ends that begins with the word given, 0 if it is
// another.
func (t *term) at(text string, from, to int) int {
	end := 0
	for i, want := range t.words {
		if i > 0 {
			next := -1
			eachWord(text[to:min(len(text), to+256)], func(f, l int) bool {
				next, to = to+f, to+l
				return false
			})
			if next < 0 || strings.Trim(text[end:next], " \t\r\n*_.-") != "" {
				return 0
			}
			from = next
		}
		word := foldWord(text[from:to])
		if end = to; word != want {
			if i+1 < len(t.words) || owner(word) != want {
				return 0
			}
			end = from + strings.LastIndexAny(text[from:to], "'’")
		}
	}
	if t.exact != "" && text[from:end] != t.exact {
		return 0
	}
	return end
}

// owner returns a word without the "'s" of what belongs to it.
func owner(word string) string { return strings.TrimSuffix(word, "'s") }

func foldWord(word string) string {
	return strings.ToLower(strings.ReplaceAll(word, "’", "'"))
}

// eachWord calls f for each run of letters and digits, with apostrophes within,
// until f says no.
func eachWord(text string, f func(from, to int) bool) {
	for i := 0; i < len(text); {
		from, n := i, wordRune(text[i:])
		if n == 0 {
			_, n = utf8.DecodeRuneInString(text[i:])
			i += n
			continue
		}
		for i < len(text) {
			if n = wordRune(text[i:]); n == 0 {
				if n = apostrophe(text[i:]); n == 0 || wordRune(text[i+n:]) == 0 {
					break
				}
			}
			i += n
		}
		if !f(from, i) {
			return
		}
	}
}

// wordRune returns the length of the letter or digit at the front, 0 for none.
func wordRune(s string) int {
	if s == "" {
		return 0
	}
	if c := s[0]; c < utf8.RuneSelf {
		if c != '_' && wordByte(c) {
			return 1
		}
		return 0
	}
	if r, n := utf8.DecodeRuneInString(s); letterOrDigit(r) {
		return n
	}
	return 0
}

func apostrophe(s string) int {
	for _, a := range []string{"'", "’"} {
		if strings.HasPrefix(s, a) {
			return len(a)
		}
	}
	return 0
}
