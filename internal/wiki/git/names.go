package git

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// checkName reports what is wrong with the name of a page that we are to read
// or write. The names come from keys, never from titles; this holds whoever
// makes them to what a wiki takes, and keeps us out of people's own pages.
func checkName(name string) error {
	bad := func(why string) error { return fmt.Errorf("%q cannot be a page of ours: %s", name, why) }
	switch {
	case name == "" || len(name) > 200:
		return bad("a name has 1 to 200 bytes")
	case !utf8.ValidString(name) || strings.ContainsFunc(name, unicode.IsControl):
		return bad("a name is printable text")
	case strings.ContainsAny(name, `/\:*?"<>|`):
		return bad(`wikis take none of \ / : * ? " < > |`)
	case strings.Contains(name, "..") || strings.HasSuffix(name, "."):
		return bad(`it contains ".." or ends in "."`)
	case name[0] == '.' || name[0] == '_' || name[0] == '-':
		return bad(`names that begin with ".", "_" or "-" mean something else to git or to the wiki`)
	case strings.TrimSpace(name) != name:
		return bad("it begins or ends with a space")
	case strings.EqualFold(name, "Home"):
		return bad("Home belongs to people")
	}
	return nil
}

// dashed returns a page's name as it stands in addresses and file names.
func dashed(name string) string { return strings.ReplaceAll(name, " ", "-") }

// isFile reports whether a name is that of a data file, which is kept under
// exactly that name, and not of a page.
func isFile(name string) bool {
	lower := strings.ToLower(name)
	return strings.HasSuffix(lower, ".json") || strings.HasSuffix(lower, ".jsonl")
}

// fileName returns the file in which we create a page.
func fileName(name string) string {
	if isFile(name) {
		return dashed(name)
	}
	return dashed(name) + ".md"
}

// markups are the extensions by which wikis tell pages from other files, and
// what each stands for; "" is Markdown.
var markups = map[string]string{
	"md": "", "markdown": "", "mdown": "", "mkdn": "", "mkd": "",
	"rst": "reStructuredText", "rest": "reStructuredText", "rst.txt": "reStructuredText", "rest.txt": "reStructuredText",
	"textile": "Textile", "asciidoc": "AsciiDoc", "adoc": "AsciiDoc", "asc": "AsciiDoc",
	"org": "Org", "creole": "Creole", "mediawiki": "MediaWiki", "wiki": "MediaWiki",
	"pod": "Pod", "rdoc": "RDoc", "txt": "plain text",
}

// pageOf returns the name under which a wiki shows a file, folded so that two
// files with one name clash as they do in the wiki: case and the difference of
// space and dash do not count. ok is false for a file that is no page.
func pageOf(base string) (folded, markup string, ok bool) {
	if isFile(base) {
		return fold(base), "", true
	}
	for i := 1; i < len(base); i++ {
		if base[i] != '.' {
			continue
		}
		if markup, ok = markups[strings.ToLower(base[i+1:])]; ok {
			return fold(base[:i]), markup, true
		}
	}
	return "", "", false
}

func fold(name string) string { return strings.ToLower(dashed(name)) }
