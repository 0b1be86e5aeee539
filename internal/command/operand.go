package command

import (
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/hereby/hereby/internal/incident"
)

// operand reads one part of a command from what is left of its line. It
// returns what is wrong, for the author, or "".
type operand struct {
	syntax string // as people read it; "[...]" may be left out
	paste  string // what stands for it in a line to paste
	read   func(*reading) string
}

// reading is a command line in the middle of being read.
type reading struct {
	ctx  Context
	cmd  *incident.Command
	read string // the part already read, as written
	rest string // the part still to read
	more string // the lines that follow, up to the next command
	// instead is the line to paste, if an operand knows it better than suggest.
	instead string
}

// peek returns the next word without taking it.
func (r *reading) peek() string {
	w, _ := cutField(r.rest)
	return w
}

// take moves the next word from what is left to what was read.
func (r *reading) take() {
	w, rest := cutField(r.rest)
	r.read, r.rest = join(r.read, w), rest
}

// drop takes the next word away: it is wrong and must not be pasted again.
func (r *reading) drop() { _, r.rest = cutField(r.rest) }

// all takes everything that is left, over all lines.
func (r *reading) all() string {
	s := strings.TrimSpace(r.rest + "\n" + r.more)
	r.rest, r.more = "", ""
	return s
}

// suggest returns the line to paste: what could be read, the operand that
// could not, and what was left, or the operands that are missing.
func (r *reading) suggest(missing []operand) string {
	if r.instead != "" {
		return r.instead
	}
	line := join(r.read, missing[0].paste, r.rest)
	if strings.TrimSpace(r.rest+r.more) == "" {
		for _, o := range missing[1:] {
			if !strings.HasPrefix(o.syntax, "[") {
				line = join(line, o.paste)
			}
		}
	}
	return line
}

var (
	text    = operand{"TEXT", "TEXT", func(r *reading) string { return r.words("TEXT", "the text") }}
	reason  = operand{"REASON", "REASON", func(r *reading) string { return r.words("REASON", "the reason") }}
	name    = operand{"NAME", "NAME", readName}
	links   = operand{"URL…", "https://…", readLinks}
	number  = operand{"N", "N", readNumber}
	address = operand{"URL", "https://…", readAddress}
	ref     = operand{"REF", "REF", readRef}
	when    = operand{"[TIME]", "HH:MM", readWhen}
	title   = operand{"TITLE [due:DATE]", "TITLE", readTitle}

	people     = operand{"[me|@a …]", "@…", readPeople}
	roleName   = operand{"NAME", "NAME", readRole}
	changeVerb = operand{"start|done", "start", readVerb}
	audience   = operand{"owner|customers|internal|all", "internal", readAudience}
	person     = operand{"@a", "@…", readPerson}
	channel    = operand{"URL", "https://…", readChannel}

	// Read with the title, within which they may stand anywhere.
	owner = operand{"[@owner]", "", func(*reading) string { return "" }}
	place = operand{"[to:PLACE]", "", func(*reading) string { return "" }}
)

// words reads all the rest. A pasted line whose placeholder still stands says
// nothing.
func (r *reading) words(placeholder, what string) string {
	s := r.all()
	if s == "" || s == placeholder {
		return what + " is missing"
	}
	r.cmd.Text = s
	return ""
}

func readName(r *reading) string {
	s := strings.TrimSpace(r.rest)
	if s == "" || s == "NAME" {
		r.rest = ""
		return "the name of what is changed is missing"
	}
	r.cmd.Text = s
	return ""
}

var link = regexp.MustCompile(`(?i)\bhttps?://[^\s/?#]`)

// readAddress reads one address, which must be of the web.
func readAddress(r *reading) string {
	u, err := url.Parse(strings.Trim(r.peek(), "<>"))
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return "one address is expected (https://…)"
	}
	r.take()
	r.cmd.Text = u.String()
	return ""
}

func readLinks(r *reading) string {
	s := strings.TrimSpace(r.rest + "\n" + r.more)
	if !link.MatchString(s) {
		return "the address of the evidence is missing (https://…)"
	}
	r.cmd.Text = r.all()
	return ""
}

var digits = regexp.MustCompile(`^[1-9][0-9]{0,3}$`)

func readNumber(r *reading) string {
	w := bare(r.peek())
	if !digits.MatchString(w) {
		if strings.ContainsAny(w, "0123456789") {
			r.drop()
		}
		return "the number of the duty on your checklist is missing"
	}
	r.cmd.N, _ = strconv.Atoi(w) // no error: four digits at most
	r.take()
	if next := bare(r.peek()); r.cmd.Word == "done" && digits.MatchString(next) {
		r.instead = bare(r.read)
		return fmt.Sprintf("write one line for each duty, so another for %s", code(next))
	}
	return ""
}

func readRef(r *reading) string {
	w := strings.TrimRight(fold1(r.peek()), ",.;:!")
	found, ok := incident.ParseRef(w, r.ctx.Home)
	switch {
	case w == "":
		return "the ticket is missing"
	case !ok:
		wrong := fmt.Sprintf("%s is not a ticket I can find: a ticket is %s or its address", code(w), refForms(r.ctx.Home))
		r.drop()
		return wrong
	case r.elsewhere(w):
		r.drop()
		return fmt.Sprintf("%s is an address on another server than this one (%s)", code(w), r.ctx.Host)
	case strings.EqualFold(string(found), string(r.ctx.Home)):
		r.drop()
		return "that is this very incident; name another ticket"
	}
	r.cmd.Ref = found
	r.take()
	// Where a reason follows it may well begin with a ticket.
	next := strings.TrimRight(fold1(r.peek()), ",.;:!")
	if _, ok := incident.ParseRef(next, r.ctx.Home); ok && (r.cmd.Word == "link" || r.cmd.Word == "duplicate") {
		r.instead = bare(r.read)
		return fmt.Sprintf("write one line for each ticket, so another for %s", code(next))
	}
	return ""
}

// elsewhere reports whether a word is an address on a server that is not ours:
// the same path there is another ticket.
func (r *reading) elsewhere(w string) bool {
	u, err := url.Parse(strings.Trim(w, "<>"))
	return err == nil && u.Host != "" && r.ctx.Host != "" && !strings.EqualFold(u.Host, r.ctx.Host)
}

// refForms names the forms of a reference, the nearest first.
func refForms(home incident.Ref) string {
	forms := []string{"`#12`", "`owner/repo#12`", "`KEY-12`"}
	if strings.Contains(string(home), "-") && !strings.Contains(string(home), "#") {
		slices.Reverse(forms)
	}
	return strings.Join(forms, ", ")
}

func readRole(r *reading) string {
	const which = "the role is one of command, operations, communications, planning"
	w := bare(fold(r.peek()))
	role, ok := roleOf(w)
	if !ok {
		if w != "" && !strings.HasPrefix(w, "@") && w != "me" {
			r.drop()
		}
		return which
	}
	r.cmd.Role = role
	r.take()
	return ""
}

func readVerb(r *reading) string {
	switch w := bare(fold(r.peek())); w {
	case "start", "done":
		r.cmd.Verb = w
		r.take()
		return ""
	}
	return "say whether the change starts or is done"
}

// readTitle reads a title with its owners and its place, wherever they stand
// in it. The title is else kept as written, and so are the lines after it.
func readTitle(r *reading) string {
	kept, line := "", r.rest
	for line != "" {
		word, rest := cutField(line)
		before := r.rest[:len(r.rest)-len(rest)-len(word)]
		took, wrong, right := r.aside(word)
		if wrong != "" {
			r.instead = strings.TrimSpace(join(r.read, before) + " " + join(right, rest))
			return wrong
		}
		if !took {
			kept += line[:len(line)-len(rest)]
		}
		line = rest
	}
	kept = strings.TrimSpace(kept)
	switch n := utf8.RuneCountInString(kept); {
	case kept == "" || kept == "TITLE":
		r.rest = ""
		return "the title is missing"
	case n > MaxTitle:
		r.rest = ""
		return fmt.Sprintf("the title is %d characters long, and %d is the most a ticket takes; put the rest on the next line", n, MaxTitle)
	}
	r.cmd.Text = strings.TrimSpace(kept + "\n" + r.more)
	r.rest, r.more = "", ""
	return ""
}

var placeForm = regexp.MustCompile(`^(?:[A-Za-z0-9][A-Za-z0-9_-]*/[A-Za-z0-9._-]*[A-Za-z0-9_-]|[A-Z][A-Z0-9_]+)$`)

// aside takes a word of a title that names an owner or the place. It returns
// what is wrong with it and what to write instead.
func (r *reading) aside(word string) (took bool, wrong, right string) {
	if who, ok, wrong := r.person(word); ok || wrong != "" {
		r.add(who)
		return ok, wrong, people.paste
	}
	if len(word) < 4 || !strings.EqualFold(word[:3], "to:") {
		return false, "", ""
	}
	p := bare(word[3:])
	if r.cmd.Place != "" {
		return false, fmt.Sprintf("a ticket goes to one place, so not to %s too", code(p)), ""
	}
	if !placeForm.MatchString(p) {
		return false, fmt.Sprintf("%s is not a place", code(p)), "to:owner/repo"
	}
	r.cmd.Place = p
	return true, "", ""
}

// bare takes the punctuation off the end of a word.
func bare(w string) string { return strings.TrimRight(w, ".,:;!") }

// fold1 takes the invisible characters out of a word and leaves its case.
func fold1(w string) string { return strings.Map(visible, w) }
