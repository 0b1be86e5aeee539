package git

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Kind tells problems apart by what a person can do about them.
type Kind string

const (
	Misconfigured  Kind = "misconfigured"  // the address is none we can use
	Missing        Kind = "missing"        // there is no such repository, or we may not see it
	Uninitialised  Kind = "uninitialised"  // the repository has no page yet
	Denied         Kind = "denied"         // our credentials do not let us read
	ReadOnly       Kind = "readonly"       // our credentials do not let us write
	Rejected       Kind = "rejected"       // a rule of the server refuses our commits: a protected branch, a hook
	TooLarge       Kind = "toolarge"       // a page, or the repository, is beyond our bounds
	Occupied       Kind = "occupied"       // the page's name is taken by something we must not write
	Unintelligible Kind = "unintelligible" // what answers is no git server
	Unreachable    Kind = "unreachable"    // no answer, or one that asks us to come back
	Contended      Kind = "contended"      // somebody else's push came first, again and again
)

// Problem is why a wiki cannot be read or written. Its text is one sentence
// for a person, with what to do. Unreachable and Contended pass by themselves:
// they wrap an [*incident.NotYet] that says when to come back.
type Problem struct {
	Kind  Kind
	Place string
	At    string // the remote, host and path
	Page  string // the file it is about, if it is about one
	Said  string // what the server said, shortened, without secrets
	Err   error  // an *incident.NotYet, or nil
}

func (p *Problem) Unwrap() error { return p.Err }

func (p *Problem) Error() string {
	text := p.words()
	if p.Said != "" {
		text += fmt.Sprintf(" (the answer was: %s)", p.Said)
	}
	return text
}

// words says what is wrong and what can be done.
func (p *Problem) words() string {
	switch p.Kind {
	case Misconfigured:
		return fmt.Sprintf("the wiki of %s has no usable address: expected one such as https://HOST/OWNER/REPO.wiki.git in wiki.url", p.Place)
	case Missing:
		return fmt.Sprintf("the wiki of %s is not at %s, or our token may not see it: wikis begin to exist when somebody saves a first page in the browser, "+
			"private repositories may need a plan that includes them, and the token needs access to contents; "+
			"otherwise name another wiki in wiki.url, switch pages off with wiki.enabled: false, or write the page elsewhere and tell its address with `/postmortem URL`", p.Place, p.At)
	case Uninitialised:
		return fmt.Sprintf("the wiki of %s at %s has no page yet: save a first page in the browser, or push a first commit to its default branch; "+
			"otherwise name another wiki in wiki.url, or switch pages off with wiki.enabled: false", p.Place, p.At)
	case Denied:
		return fmt.Sprintf("%s does not accept our credentials for the wiki of %s: check wiki.token, or the token or App of the tracker, which needs access to contents", p.At, p.Place)
	case ReadOnly:
		return fmt.Sprintf("we may read the wiki of %s at %s but not write it: give the token or App write access to contents, or set wiki.token", p.Place, p.At)
	case Rejected:
		return fmt.Sprintf("%s refuses our commit to the wiki of %s by a rule of its own: let our account push to the default branch (branch protection, hooks), or name another wiki in wiki.url", p.At, p.Place)
	case TooLarge:
		if p.Page != "" {
			return fmt.Sprintf("the file %s in the wiki of %s is larger than we handle: shorten it, or move parts of it to pages of their own", p.Page, p.Place)
		}
		return fmt.Sprintf("the wiki of %s at %s is larger than we fetch: move large files elsewhere, or name another wiki in wiki.url", p.Place, p.At)
	case Occupied:
		return fmt.Sprintf("the file %s in the wiki of %s stands where our page belongs, and we write only Markdown in ordinary files: rename it, or tell the page's address with `/postmortem URL`", p.Page, p.Place)
	case Unintelligible:
		return fmt.Sprintf("what answers at %s for the wiki of %s is not a git server we understand: check wiki.url, and whether a login page or a redirect stands in between", p.At, p.Place)
	case Contended:
		return fmt.Sprintf("others wrote to the wiki of %s each time we tried; we try again soon and nothing is lost", p.Place)
	}
	return fmt.Sprintf("the wiki of %s at %s does not answer; we try again", p.Place, p.At)
}

// oneLine shortens what a server said to one printable line.
func oneLine(s string) string {
	if strings.Contains(strings.ToLower(s), "<html") {
		return "a web page"
	}
	s = strings.Map(func(r rune) rune {
		if r == utf8.RuneError || unicode.IsControl(r) {
			return ' '
		}
		return r
	}, s)
	s = strings.Join(strings.Fields(s), " ")
	const most = 200
	if utf8.RuneCountInString(s) > most {
		s = string([]rune(s)[:most]) + "…"
	}
	return s
}
