package jira

import (
	"context"
	"regexp"
	"strings"
	"unicode/utf16"

	"github.com/hereby/hereby/internal/incident"
	"github.com/hereby/hereby/internal/tracker/jira/markup"
)

// Bounds of Jira's texts.
const (
	maxText  = 32_767 // of a description or comment, in UTF-16 units
	maxTitle = 255    // in UTF-16 units too
)

// wiki turns a text of ours into wiki markup. Everybody it names is asked for
// first, unless known: a mention must have the server's own spelling.
func (t *Tracker) wiki(ctx context.Context, source string) string {
	for n, m := range handle.FindAllString(source, -1) {
		if n >= maxMentions {
			break
		}
		_, name, _ := strings.Cut(m, "@")
		t.meet(ctx, incident.PersonOf(strings.TrimRight(name, ".:+-")))
	}
	return shorten(markup.Wiki(t.typeable(source), markup.Options{Mention: t.mention, Name: t.shown}), maxText)
}

// meet makes somebody known, who is then named rightly. Whom Jira cannot be
// asked about now is named as written.
func (t *Tracker) meet(ctx context.Context, p incident.Person) {
	if account := t.alias(p); account != "" {
		p = account
	}
	if _, ok := t.faces.Peek(string(p)); ok {
		return
	}
	if _, err := t.face(ctx, p); err != nil {
		t.log.Debug("somebody could not be looked up", "person", p, "error", t.clear(err))
	}
}

// mention returns the markup that mentions somebody; "" if there is nobody so
// called.
func (t *Tracker) mention(p incident.Person) string {
	f := t.acquaintance(p)
	switch {
	case f.exact == "":
		return ""
	case t.cloud:
		return markup.AccountMention(f.exact)
	}
	return markup.NameMention(f.exact)
}

// shown returns the name that people see; "" if it is not known.
func (t *Tracker) shown(p incident.Person) string { return t.acquaintance(p).name }

func (t *Tracker) acquaintance(p incident.Person) face {
	if account := t.alias(p); account != "" {
		p = account
	}
	f, _ := t.faces.Peek(string(p))
	return f
}

// cutMark stands where a text was too long for Jira.
const cutMark = "\n\n…"

// units returns a text's length as Jira counts it.
func units(text string) int { return len(utf16.Encode([]rune(text))) }

// shorten cuts a text for which there is no room, in UTF-16 units, at the end of
// a line. What is cut off is not lost: the property keeps the source.
func shorten(text string, room int) string {
	if units(text) <= room {
		return text
	}
	room = max(0, room-len(cutMark)-len("\n{noformat}"))
	cut := string(utf16.Decode(utf16.Encode([]rune(text))[:room]))
	if i := strings.LastIndexByte(cut, '\n'); i > room/2 {
		cut = cut[:i]
	}
	open := ""
	for _, m := range fences.FindAllString(cut, -1) { // {code:go} opens, {code} closes or opens
		name, _, _ := strings.Cut(strings.Trim(m, "{}"), ":")
		switch open {
		case "":
			open = name
		case name:
			open = ""
		}
	}
	if open != "" {
		cut += "\n{" + open + "}"
	}
	return cut + cutMark
}

var fences = regexp.MustCompile(`\{(?:code|noformat)(?::[^}\n]*)?\}`)

// oneLine makes a title of a text: Jira takes one line of 255 characters. A
// title is no markup: nothing in it needs an escape.
func oneLine(title string) string {
	clean := strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7F {
			return ' '
		}
		return r
	}, title)
	clean = strings.Join(strings.Fields(clean), " ")
	for n := maxTitle; len(utf16.Encode([]rune(clean))) > maxTitle; n-- {
		clean = cutShort(clean, n)
	}
	return clean
}
