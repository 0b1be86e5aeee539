package app

import (
	"cmp"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"
	"unicode"

	"github.com/hereby/hereby/internal/incident"
	"github.com/hereby/hereby/internal/ledger"
)

// maxShown bounds what a line shows of a text, in characters.
const maxShown = 100

// printLedger prints entries for people, one on a line: number, time in UTC,
// who, what, where, and how the text begins.
func printLedger(w io.Writer, entries []ledger.Entry) error {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	later := amendments(entries)
	for _, e := range entries {
		l := lineOf(e)
		text := shorten(plain(l.text), maxShown)
		if e.Redacted() {
			text = "(redacted)"
		}
		if e.Comment != "" && (e.Kind == ledger.Commented || e.Kind == ledger.Ordered) {
			text += later[e.Comment]
		}
		who := plain(l.who)
		fmt.Fprintf(table, "%d\t%s\t%s\t%s\t%s\t%s\n", e.Seq, e.At.UTC().Format("2006-01-02 15:04:05Z"),
			cmp.Or(who, "-"), plain(l.what), cmp.Or(plain(l.where), "-"), text)
	}
	return table.Flush()
}

// amendments says of each comment which entries tell that it was edited or
// deleted later.
func amendments(entries []ledger.Entry) map[string]string {
	notes := map[string]string{}
	for _, e := range entries {
		switch e.Kind {
		case ledger.CommentEdited:
			notes[e.Comment] += fmt.Sprintf(" [edited later: %d]", e.Seq)
		case ledger.CommentDeleted:
			notes[e.Comment] += fmt.Sprintf(" [deleted later: %d]", e.Seq)
		}
	}
	return notes
}

// line is an entry in the words of people.
type line struct{ who, what, where, text string }

func lineOf(e ledger.Entry) line {
	l := line{who: mention(e.By), what: string(e.Kind), where: cmp.Or(string(e.Ref), string(e.Slot)), text: e.Text}
	if e.Comment != "" {
		l.where = "comment " + e.Comment
	}
	switch e.Kind {
	case ledger.Declared:
		if e.Declared != nil {
			l.who, l.text = mention(e.Declared.By), "by "+e.Declared.Via
		}
	case ledger.Ordered:
		if o := e.Order; o != nil {
			l.who, l.what, l.text = mention(o.By), string(o.Verdict), o.Said
			if o.Reply != "" {
				l.text += " → " + o.Reply
			}
		}
	case ledger.RoleBegan, ledger.RoleEnded:
		if t := e.Tenure; t != nil {
			l.who, l.where, l.text = mention(t.Who), string(t.Role), cmp.Or(e.Text, t.How)
		}
	case ledger.Sealed:
		l.text = cmp.Or(e.Text, e.Name)
	case ledger.Did, ledger.Failed:
		l.who = "hereby"
	case ledger.Gap:
		l.who, l.text = "hereby", gapText(e)
	case ledger.Recalled:
		if t := e.Tenure; t != nil {
			l.where = string(t.Role)
		}
	case ledger.Redacted:
		l.who, l.text = string(e.By), "blanked the texts of "+e.Name
	}
	return l
}

func gapText(e ledger.Entry) string {
	return fmt.Sprintf("nothing was recorded from %s to %s: %s", e.At.UTC().Format(time.RFC3339), e.Seen.UTC().Format(time.RFC3339), e.Text)
}

func mention(p incident.Person) string {
	if p == "" {
		return ""
	}
	return p.Mention()
}

// plain returns text on one line, without what could drive a terminal or turn
// the order of its characters.
func plain(text string) string {
	text = strings.Join(strings.Fields(text), " ")
	return strings.Map(func(r rune) rune {
		if unicode.In(r, unicode.Cc, unicode.Cf, unicode.Co) {
			return unicode.ReplacementChar
		}
		return r
	}, text)
}

func shorten(text string, n int) string {
	if all := []rune(text); len(all) > n {
		return string(all[:n-1]) + "…"
	}
	return text
}
