package confluence

import (
	"cmp"
	"context"
	"maps"
	"regexp"
	"slices"
	"strings"
	"unicode"

	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"

	"github.com/hereby/hereby/internal/incident"
)

// directory is what a page says in words of Confluence's own: who is who, and
// which page is which.
type directory struct {
	aliases  map[incident.Person]incident.Person // people by what others call them
	users    map[string]string                   // user names by the key of their account
	accounts map[incident.Person]string          // people who can be mentioned: by which attribute
	page     func(title string) (string, bool)   // what we call a page to which people gave another title; nil: none
}

// storage returns Markdown as storage format, in which those who have accounts
// are mentioned.
func (d directory) storage(markdown string) string {
	if len(d.accounts) == 0 && len(d.aliases) == 0 {
		return Storage(markdown)
	}
	return render(newMarkdown(mentions{directory: d}), markdown)
}

// print is what a reader of the Markdown is told, however it is spelled.
func (d directory) print(markdown string) string {
	root, err := parse(d.storage(markdown))
	if err != nil {
		return "" // unreachable: what we render is well-formed
	}
	return root.print()
}

// meet finds the accounts of those whom a text mentions more often than the
// page does. Whoever has none here stays a name.
func (s *shelf) meet(ctx context.Context, d *directory, now, before string) error {
	more := map[incident.Person]int{}
	d.hear(now, func(who incident.Person) { more[who]++ })
	if len(more) > 0 {
		d.hear(before, func(who incident.Person) { more[who]-- })
	}
	maps.DeleteFunc(more, func(_ incident.Person, n int) bool { return n <= 0 })
	if len(more) == 0 {
		return nil
	}
	people := slices.Sorted(maps.Keys(more))
	found, names, err := s.w.server.accounts(ctx, people[:min(len(people), maxPeople)])
	if refused(err) { // we may not look at people
		return nil
	}
	d.accounts = found
	maps.Copy(d.users, names)
	return err
}

// hear tells of each handle in a text; our blocks mention nobody.
func (d directory) hear(markdown string, f func(incident.Person)) {
	read := newMarkdown(mentions{d, f}).Parser()
	for _, p := range partsOf(markdown) {
		if p.block == "" {
			read.Parse(text.NewReader([]byte(p.text)))
		}
	}
}

// people returns the names of the accounts that a page mentions by their keys.
func (s *shelf) people(ctx context.Context, storage string) (map[string]string, error) {
	const sign = `ri:userkey="`
	names := map[string]string{}
	for rest := storage; ; {
		_, after, found := strings.Cut(rest, sign)
		if !found {
			return names, nil
		}
		key, tail, _ := strings.Cut(after, `"`)
		rest = tail
		if _, ok := names[key]; ok || len(names) >= maxPeople {
			continue
		}
		var err error
		if names[key], err = s.w.users.Get(key, func() (string, error) { return s.w.server.userName(ctx, key) }); err != nil {
			return nil, err
		}
	}
}

// maxPeople bounds how many people are asked about by one page.
const maxPeople = 50

// mentions finds handles in Markdown.
type mentions struct {
	directory
	hear func(incident.Person) // nil, or is told of each
}

// Trigger implements parser.InlineParser.
func (mentions) Trigger() []byte { return []byte{'@'} }

// Parse implements parser.InlineParser. A handle of nobody whom we know stays
// as it is, as does one behind a joiner, or in an address or a path.
func (m mentions) Parse(_ ast.Node, block text.Reader, _ parser.Context) ast.Node {
	line, _ := block.PeekLine()
	name := handleIn(block.PrecendingCharacter(), string(line[1:]))
	if name == "" {
		return nil
	}
	other := m.aliases[incident.PersonOf(name)]
	who := cmp.Or(other, incident.PersonOf(name))
	if m.hear != nil {
		m.hear(who)
	}
	if m.accounts[who] == "" && other == "" {
		return nil
	}
	block.Advance(1 + len(name))
	return &mention{who: who, account: m.accounts[who]}
}

// mention is a person in a line of Markdown.
type mention struct {
	ast.BaseInline
	who     incident.Person
	account string // "": cannot be mentioned
}

var kindMention = ast.NewNodeKind("Mention")

// Kind implements ast.Node.
func (*mention) Kind() ast.NodeKind { return kindMention }

// Dump implements ast.Node.
func (n *mention) Dump(source []byte, level int) { ast.DumpHelper(n, source, level, nil, nil) }

func mentioned(w util.BufWriter, _ []byte, n ast.Node, entering bool) (ast.WalkStatus, error) {
	if !entering {
		return ast.WalkContinue, nil
	}
	m := n.(*mention)
	if m.account == "" || within(n, ast.KindLink) {
		w.WriteString(escape(m.who.Mention()))
	} else {
		w.WriteString("<ac:link><ri:user " + m.account + "/></ac:link>")
	}
	return ast.WalkContinue, nil
}

func within(n ast.Node, kind ast.NodeKind) bool {
	for n = n.Parent(); n != nil; n = n.Parent() {
		if n.Kind() == kind {
			return true
		}
	}
	return false
}

// handleForm matches the rest of a handle behind "@".
var handleForm = regexp.MustCompile(`^[\p{L}\p{N}_][\p{L}\p{N}_.:+-]*`)

// handleIn returns the handle whose "@" stands between a sign and a text; ""
// if it is none: a part of an address, or of a path.
func handleIn(before rune, text string) string {
	name := strings.TrimRight(handleForm.FindString(text), ".:-+")
	if unicode.IsLetter(before) || unicode.IsDigit(before) || strings.ContainsRune("_@/.-", before) || strings.HasPrefix(text[len(name):], "/") {
		return ""
	}
	return name
}
