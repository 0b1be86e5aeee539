package command

import (
	"bytes"
	"html"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// MayDeclare reports whether a raw text, with all its quotes, code and markup,
// might hold the phrase or a near miss of it. It says yes too often and never
// too seldom: whenever [Declares] finds either in what the text says, MayDeclare
// said yes. It reads the text once, so that an ingress can ask it of every
// delivery.
func MayDeclare(text string) bool {
	if strings.Contains(text, "&") {
		text = html.UnescapeString(text)
	}
	if !ascii(text) {
		text = norm.NFKD.String(text)
	}
	all, outside := letters(text)
	return mayDeclare(all) || len(outside) < len(all) && mayDeclare(outside)
}

// mayDeclare looks for any two of the phrase's three words, so that one of
// them may be misspelt or missing, and for the question people ask instead.
func mayDeclare(letters []byte) bool {
	words := 0
	for _, w := range []string{"hereby", "declare", "incident"} {
		if bytes.Contains(letters, []byte(w)) {
			words++
		}
	}
	return words >= 2 ||
		bytes.Contains(letters, []byte("thisisanincident")) ||
		bytes.Contains(letters, []byte("isthisanincident"))
}

// letters returns the letters a to z of a decomposed text in lower case, once
// with and once without what stands in tags: space, quotes, emphasis, accents
// and invisible characters are all gone.
func letters(text string) (all, outside []byte) {
	all, outside = make([]byte, 0, len(text)), make([]byte, 0, len(text))
	tag := false
	for i := range len(text) {
		c := text[i]
		switch {
		case c == '<':
			tag = true
		case c == '>':
			tag = false
		}
		if c |= 'a' ^ 'A'; c < 'a' || c > 'z' {
			continue
		}
		if all = append(all, c); !tag {
			outside = append(outside, c)
		}
	}
	return all, outside
}

func ascii(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}
