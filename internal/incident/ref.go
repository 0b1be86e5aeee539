package incident

import (
	"net/url"
	"regexp"
	"strings"
)

// Ref is the canonical name of an issue on its tracker: "acme/shop#12" or
// "OPS-12". The two forms cannot be mistaken for each other, so a Ref also
// tells which kind of tracker it belongs to.
type Ref string

var (
	pathRef  = regexp.MustCompile(`^([A-Za-z0-9][A-Za-z0-9_-]*/[A-Za-z0-9._-]+)#([1-9][0-9]{0,17})$`)
	keyRef   = regexp.MustCompile(`^([A-Z][A-Z0-9_]+)-([1-9][0-9]{0,17})$`)
	localRef = regexp.MustCompile(`^#?([1-9][0-9]{0,17})$`)
	pathURL  = regexp.MustCompile(`^/([A-Za-z0-9][A-Za-z0-9_-]*/[A-Za-z0-9._-]+)/(?:issues|pull)/([1-9][0-9]{0,17})/?$`)
	keyURL   = regexp.MustCompile(`/browse/([A-Z][A-Z0-9_]+-[1-9][0-9]{0,17})/?$`)
)

// PathRef returns the Ref of issue number n of a repository.
func PathRef(repo, n string) Ref { return Ref(repo + "#" + n) }

// ParseRef reads a reference as people write it: "#12" (on home's place),
// "owner/repo#12", "KEY-12", or the address of an issue's page. It reports
// whether text is one; it does not ask whether such an issue exists.
func ParseRef(text string, home Ref) (Ref, bool) {
	text = strings.Trim(text, "<>")
	switch {
	case pathRef.MatchString(text), keyRef.MatchString(text):
		return Ref(text), !dots(Ref(text))
	case localRef.MatchString(text) && home != "":
		n := localRef.FindStringSubmatch(text)[1]
		if keyRef.MatchString(string(home)) {
			return Ref(home.Place() + "-" + n), true
		}
		return PathRef(home.Place(), n), true
	}
	u, err := url.Parse(text)
	if err != nil || u.Host == "" || (u.Scheme != "https" && u.Scheme != "http") {
		return "", false
	}
	if m := keyURL.FindStringSubmatch(u.Path); m != nil {
		return Ref(m[1]), true
	}
	if m := pathURL.FindStringSubmatch(u.Path); m != nil {
		ref := PathRef(m[1], m[2])
		return ref, !dots(ref)
	}
	return "", false
}

// dots reports whether a repository's name would lead elsewhere in a path.
func dots(r Ref) bool {
	return strings.HasSuffix(r.Place(), "/..") || strings.HasSuffix(r.Place(), "/.")
}

// Place returns the repository or project: "acme/shop" or "OPS".
func (r Ref) Place() string {
	place, _ := r.cut()
	return place
}

// Number returns the number within its place, in digits.
func (r Ref) Number() string {
	_, n := r.cut()
	return n
}

func (r Ref) cut() (place, number string) {
	s := string(r)
	if i := strings.LastIndexByte(s, '#'); i >= 0 {
		return s[:i], s[i+1:]
	}
	if i := strings.LastIndexByte(s, '-'); i >= 0 {
		return s[:i], s[i+1:]
	}
	return "", ""
}

// Near returns the shortest form in which people at home write the reference:
// "#12" within the same repository, the full form elsewhere.
func (r Ref) Near(home Ref) string {
	if strings.Contains(string(r), "#") && strings.EqualFold(r.Place(), home.Place()) {
		return "#" + r.Number()
	}
	return string(r)
}
