package markup

import (
	"regexp"
	"strings"

	"golang.org/x/text/unicode/norm"

	"github.com/hereby/hereby/internal/incident"
)

// maxSpoken bounds how much of a text is read, in bytes. Jira stops at 32,767
// characters unless its administrator allows more.
const maxSpoken = 128 << 10

// Spoken returns the lines of a text in wiki markup that its author says,
// without outer white space, and without what is quoted, is code or is struck
// out. One empty line stands for whatever lies between two that did not follow
// each other. A panel, a colour and a box that can be folded are spoken: they
// set apart what their author says. What Cloud can only give as {adf}, a folded
// box of its own editor among it, is not: it may as well hold a quote.
//
// The lines come in the dialect of the program: a heading begins with "#", an
// item of a list with "-" or "1.", a link is [text](address), a person is "@"
// and their id, and nothing is escaped any more. A link that only shows its
// address, or the name of the issue it leads to, is that alone; and where it
// is the first thing a command names, the address stands first, so that the
// command finds it.
//
// Inline code is kept where it is part of a command or of the text behind one:
// what somebody notes down must not lose the names of things. Even there it
// cannot declare an incident.
//
// alias turns a person as typed ("@alice") into the person meant; it may be
// nil, and returns "" for whom it does not know.
func Spoken(wiki string, alias func(incident.Person) incident.Person) []string {
	wiki = clean(strings.ToValidUTF8(wiki[:min(len(wiki), maxSpoken)], "\uFFFD"))
	var out []string
	command, gap := false, false
	for line := range strings.SplitSeq(blocks(wiki), "\n") {
		line = strings.TrimSpace(line)
		if original.MatchString(line) {
			break
		}
		if line == cut || line == "" || silent.MatchString(line) {
			gap = true
			continue
		}
		bare := strings.TrimSpace(words(line, false, alias))
		command = command || startsCommand(bare)
		if command {
			bare = strings.TrimSpace(words(line, true, alias))
		}
		if bare == "" {
			continue
		}
		if gap && len(out) > 0 {
			out = append(out, "")
		}
		out, gap = append(out, bare), false
	}
	return withoutReplied(out)
}

// silent matches a line that its author does not say: a quote of one line, and
// a ruler.
var silent = regexp.MustCompile(`^(?:(?i)bq\.|-{4,}$)`)

// startsCommand reports whether a line may be a command; what follows it is
// then the command's text.
func startsCommand(line string) bool {
	return strings.HasPrefix(line, "/") || len(line) > 6 && strings.EqualFold(line[:6], "hereby")
}

// hereby reports whether code might be taken for a declaration.
func hereby(code string) bool {
	return strings.Contains(strings.ToLower(norm.NFKC.String(code)), "hereby")
}

// original matches the line above the message that a mail program repeats
// below an answer, without marking it as a quote.
var original = regexp.MustCompile(`(?i)^-{2,}\s*(original|forwarded|ursprüngliche|weitergeleitete)\s+(message|nachricht)\s*-{2,}$`)

// withoutReplied drops such a message that only begins with its headers.
func withoutReplied(lines []string) []string {
	for i, line := range lines {
		if mailHeader(line, "From: ") && i+1 < len(lines) &&
			(mailHeader(lines[i+1], "Sent: ") || mailHeader(lines[i+1], "Date: ")) {
			lines = lines[:i]
			break
		}
	}
	for len(lines) > 0 && lines[len(lines)-1] == "" {
		lines = lines[:len(lines)-1]
	}
	return lines
}

// mailHeader reports whether a line is such a header, perhaps in bold.
func mailHeader(line, name string) bool {
	return strings.HasPrefix(strings.Replace(strings.TrimPrefix(line, "*"), "*", "", 1), name)
}
