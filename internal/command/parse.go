package command

import (
	"fmt"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"github.com/hereby/hereby/internal/incident"
)

const (
	// MaxCommands is how many commands of one comment are read.
	MaxCommands = 50
	// MaxText is how long a command's text may be, in characters.
	MaxText = 10_000
	// MaxTitle is how long a title may be, in characters; trackers take 255.
	MaxTitle = 250
)

// Context is what a comment's words are read against.
type Context struct {
	Author incident.Person // "me"
	Home   incident.Ref    // the head, which "#12" is near to
	Host   string          // of addresses of tickets; "" takes any
	At     time.Time       // the comment's time
	Zone   *time.Location  // of "14:05"; nil is UTC
}

// Parsed is one command as read, or a line that was meant to be one.
type Parsed struct {
	Command incident.Command // with Err, as far as it could be read
	Said    string           // its first line as it was written
	// Err tells the author, in Markdown, what is wrong and the line to paste
	// instead; "" if the command could be read.
	Err string
	// Suggest is that line alone, "" if there is none.
	Suggest string
	// Unknown is the word that is one edit away from a command's; then
	// Command is empty.
	Unknown string
}

// Parse reads the commands of a comment from its spoken lines, in order.
func Parse(said []string, ctx Context) []Parsed {
	lines := strings.Split(strings.Join(said, "\n"), "\n")
	var all []Parsed
	for i := 0; i < len(lines); {
		first, ok := readHead(lines[i])
		next := i + 1
		for next < len(lines) && !startsCommand(lines[next]) {
			next++
		}
		if ok {
			if len(all) == MaxCommands {
				return append(all, tooMany(first))
			}
			all = append(all, first.parse(lines[i+1:next], ctx))
		}
		i = next
	}
	return all
}

// head is the start of a line that is, or was meant to be, a command.
type head struct {
	line    string // as written, without outer space
	form    Form   // as typed
	word    string // folded
	rest    string // what follows the word
	spec    *Spec  // nil: unknown
	suggest string // the known word close to an unknown one
}

func startsCommand(line string) bool {
	_, ok := readHead(line)
	return ok
}

// readHead reports whether a line is a command or close to one.
func readHead(line string) (head, bool) {
	h := head{line: strings.TrimSpace(line), form: Slash}
	first, rest := cutField(line)
	first = fold(first)
	if bare(first) == "hereby" {
		h.form = Hereby
		first, rest = cutField(rest)
		first = "/" + strings.TrimPrefix(fold(first), "/")
	}
	word, ok := strings.CutPrefix(first, "/")
	if !ok {
		return head{}, false
	}
	h.word, h.rest = strings.TrimRight(word, ".,:;!"), rest
	if h.spec = words[h.word]; h.spec == nil {
		h.suggest = closest(h.word)
	}
	return h, h.spec != nil || h.suggest != ""
}

// parse reads the operands; more are the lines up to the next command.
func (h head) parse(more []string, ctx Context) Parsed {
	p := Parsed{Said: h.line}
	if h.spec == nil {
		p.Unknown = h.word
		p.Suggest = join(string(h.form)+h.suggest, h.rest)
		p.Err = fmt.Sprintf("I do not know %s. Did you mean this? Then paste it: %s", code(string(h.form)+h.word), code(p.Suggest))
		return p
	}
	r := reading{ctx: ctx, cmd: &p.Command, rest: h.rest, more: strings.Join(more, "\n"), read: string(h.form) + h.word}
	p.Command.Word, p.Command.Role = h.spec.Name(), h.spec.Role
	for i, o := range h.spec.operands {
		if wrong := o.read(&r); wrong != "" {
			p.Suggest = r.suggest(h.spec.operands[i:])
			p.Err = fmt.Sprintf("%s: %s. Write: %s", code(string(h.form)+h.word), wrong, code(p.Suggest))
			return p
		}
	}
	if p.Command.Text == "" {
		p.Command.Text = strings.TrimSpace(r.rest) // a remark
	}
	if n := utf8.RuneCountInString(p.Command.Text); n > MaxText {
		p.Err = fmt.Sprintf("%s: the text is %d characters long, and %d is the most I take. Shorten it, or put it into a file and use %s",
			code(string(h.form)+h.word), n, MaxText, code(string(h.form)+"evidence URL"))
		p.Command.Text = ""
	}
	return p
}

func tooMany(h head) Parsed {
	return Parsed{Said: h.line, Err: fmt.Sprintf(
		"I read %d commands of one comment and no more. Post this one and what follows it in another comment: %s", MaxCommands, code(h.line))}
}

// cutField splits off the first run of a line that holds no white space.
func cutField(line string) (field, rest string) {
	line = strings.TrimLeftFunc(line, unicode.IsSpace)
	if i := strings.IndexFunc(line, unicode.IsSpace); i >= 0 {
		return line[:i], line[i:]
	}
	return line, ""
}

// fold makes words comparable however they were typed: width, case, and
// without characters that nobody sees.
func fold(s string) string {
	return strings.ToLower(strings.Map(visible, norm.NFKC.String(s)))
}

func visible(r rune) rune {
	if unicode.In(r, unicode.Cf, unicode.Variation_Selector) {
		return -1
	}
	return r
}

// join puts one space between the parts that are not blank.
func join(parts ...string) string {
	var all []string
	for _, p := range parts {
		if p = strings.TrimSpace(p); p != "" {
			all = append(all, p)
		}
	}
	return strings.Join(all, " ")
}

// code shows text as a Markdown code span on one line, whatever it holds.
func code(s string) string {
	const most = 300 // characters; a reply echoes, it does not repeat
	if r := []rune(s); len(r) > most {
		s = string(r[:most]) + "…"
	}
	fence := "`"
	for strings.Contains(s, fence) {
		fence += "`"
	}
	if len(fence) > 1 {
		s = " " + s + " "
	}
	return fence + s + fence
}
