package command

import "slices"

// Declaration is what a text says about declaring an incident.
type Declaration struct {
	Yes      bool // it holds the phrase (O2)
	NearMiss bool // it does not, but somebody tried, or asks: deserves a hint
	Line     int  // the spoken line in which the phrase, or the near miss, begins
}

// Declares looks for the phrase "I hereby declare (this) an incident" anywhere
// in spoken lines, or in a title as the only line. Case, width, quotes,
// emphasis and white space do not count, nor a line break within the phrase.
//
// A sentence that ends in "?" does not declare. Once the phrase is complete a
// line's end ends its sentence: who declares in one line and asks for help in
// the next has declared.
//
// A near miss is the phrase as a question, with a word missing, one misspelt
// or another in between, and the sentence "this is an incident". Talk about
// incidents is none.
func Declares(said []string) Declaration {
	all := tokens(said)
	near := Declaration{}
	for i := range all {
		if all[i:].declare() {
			return Declaration{Yes: true, Line: all[i].line}
		}
		if !near.NearMiss && (all[i:].almost() || all.wish(i) || all.bare(i)) {
			near = Declaration{NearMiss: true, Line: all[i].line}
		}
	}
	return near
}

var phrases = [][]string{
	{"i", "hereby", "declare", "this", "an", "incident"},
	{"i", "hereby", "declare", "an", "incident"},
}

// declare reports whether the tokens begin with the phrase.
func (s speech) declare() bool {
	for _, p := range phrases {
		if s.starts(p) {
			last := len(p) - 1
			return !s[last].glued && !s[last:].asks()
		}
	}
	return false
}

// starts reports whether the tokens begin with these words in one sentence.
func (s speech) starts(words []string) bool {
	if len(s) < len(words) {
		return false
	}
	for i, w := range words {
		if s[i].word != w || i < len(words)-1 && s[i].end >= stop {
			return false
		}
	}
	return true
}

// asks reports whether the sentence that the first token is in ends, on its
// line, with a question mark.
func (s speech) asks() bool {
	for _, t := range s {
		if t.end != none {
			return t.end == question
		}
	}
	return false
}

// almost reports whether the tokens begin with "hereby … declare … an
// incident", of which one word may be misspelt.
func (s speech) almost() bool {
	slips := 0
	is := func(t token, word string) bool {
		if t.word == word {
			return true
		}
		if slips == 0 && oneEdit(t.word, word) {
			slips++
			return true
		}
		return false
	}
	if !is(s[0], "hereby") {
		return false
	}
	d := s.within(1, 3, func(t token) bool { return is(t, "declare") })
	if d < 0 {
		return false
	}
	n := s.within(d+1, 6, func(t token) bool { return is(t, "incident") })
	return n > 0 && s[n-1].article() && !s[n:].over()
}

// wish reports whether at i somebody begins to say that they declare an
// incident, or want to: not when, whether or that they did.
func (s speech) wish(i int) bool {
	if s[i].word != "i" && s[i].word != "we" {
		return false
	}
	for j := i - 1; j >= 0 && s[j].end < stop; j-- {
		if s[j].reports() {
			return false
		}
	}
	for j := i + 1; j < len(s) && j <= i+4 && s[j-1].end < stop && !s[j].reports(); j++ {
		if s[j].word == "declare" {
			n := s.within(j+1, 5, func(t token) bool { return t.word == "incident" })
			return n > 0 && s[n-1].article() && !s[n:].over()
		}
	}
	return false
}

var bareSentences = [][]string{
	{"this", "is", "an", "incident"},
	{"is", "this", "an", "incident"},
	{"declare", "an", "incident"},
	{"declare", "this", "an", "incident"},
}

// bare reports whether at i a sentence begins that says only that this is an
// incident, or asks it.
func (s speech) bare(i int) bool {
	if i > 0 && s[i-1].end == none {
		return false
	}
	return slices.ContainsFunc(bareSentences, func(words []string) bool {
		return s[i:].starts(words) && s[i+len(words)-1].end != none
	})
}

// within returns the index of the first token from from on, at most n of them
// and in the same sentence, that is one looked for, or -1.
func (s speech) within(from, n int, is func(token) bool) int {
	for i := from; i < len(s) && i < from+n && s[i-1].end < stop; i++ {
		if is(s[i]) {
			return i
		}
	}
	return -1
}

// over reports whether the word after the first token ends an incident.
func (s speech) over() bool {
	return len(s) > 1 && slices.Contains([]string{"over", "closed", "resolved", "finished", "done", "fixed"}, s[1].word)
}

func (t token) article() bool {
	return slices.Contains([]string{"a", "an", "this"}, t.word)
}

// reports tells the words by which people talk about declaring.
func (t token) reports() bool {
	return slices.Contains([]string{
		"if", "when", "whenever", "whether", "once", "before", "after", "unless", "until", "how", "why", "where",
		"did", "didn", "don", "not", "never", "would", "always", "usually", "often", "sometimes", "had", "could",
	}, t.word)
}
