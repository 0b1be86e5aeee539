package command

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/hereby/hereby/internal/incident"
)

// A handle as trackers know them: names, mail addresses, account ids.
var handle = regexp.MustCompile(`^@[\p{L}\p{N}_][\p{L}\p{N}._:@+-]*$`)

// readPeople reads whom a command is about; nobody named is the author. What
// follows the people is a remark.
func readPeople(r *reading) string {
	for w := r.peek(); w != ""; w = r.peek() {
		if first, second, ok := strings.Cut(w, ",@"); ok {
			r.rest = strings.Replace(r.rest, w, first+", @"+second, 1)
			w = r.peek()
		}
		if strings.EqualFold(bare(w), "me") {
			w = "@me"
		}
		who, ok, wrong := r.person(w)
		if wrong != "" {
			r.drop()
			return wrong
		}
		if !ok && (len(r.cmd.People) == 0 || !joins(w)) {
			break
		}
		r.add(who)
		r.take()
	}
	if wrong := r.remark(); wrong != "" {
		return wrong
	}
	if len(r.cmd.People) == 0 {
		r.add(r.ctx.Author)
	}
	return ""
}

// remark looks for people in what follows the people: guessing whether they
// are meant could give somebody a role by mistake.
func (r *reading) remark() string {
	words := strings.Fields(r.rest)
	if len(words) > 0 && len(r.cmd.People) == 0 {
		if len(words) == 1 && handle.MatchString("@"+bare(words[0])) {
			r.instead = join(r.read, "@"+bare(words[0]))
		}
		return fmt.Sprintf("I cannot tell whom you mean by %s: name people with `@`, and nobody for yourself", code(join(words...)))
	}
	for _, w := range words {
		if who, ok, _ := r.person(w); ok {
			r.instead = join(r.read, who.Mention())
			return fmt.Sprintf("I cannot tell whether you mean %s too: name all people first", code(w))
		}
	}
	return ""
}

// person reads a word as a person: "me" or "@alice". It is not one if ok is
// false and wrong is "".
func (r *reading) person(w string) (who incident.Person, ok bool, wrong string) {
	w = bare(fold1(w))
	switch {
	case strings.EqualFold(w, "@me"):
		return r.ctx.Author, true, ""
	case !strings.HasPrefix(w, "@"):
		return "", false, ""
	case strings.Contains(w, "/"):
		return "", false, fmt.Sprintf("%s is a team: name the people, each with `@`", code(w))
	}
	return incident.PersonOf(w), handle.MatchString(w), ""
}

// add notes a person once.
func (r *reading) add(who incident.Person) {
	if who != "" && !slices.Contains(r.cmd.People, who) {
		r.cmd.People = append(r.cmd.People, who)
	}
}

// joins reports whether a word only stands between two people.
func joins(w string) bool {
	switch strings.ToLower(w) {
	case "and", "&", "+", ",":
		return true
	}
	return false
}
