package confluence

import (
	"fmt"
	"strings"
)

// rewrite returns the storage of a page that read as doc and is to read as
// text, and what is to be remembered of it. Nothing is written that would not
// say what text says.
func (r *reader) rewrite(doc *reading, text string) (string, memory, error) {
	next := r.memory.want(text, doc.memory)
	storage, err := doc.carry(text, r.directory)
	if err != nil {
		return "", next, err
	}
	if storage == doc.storage {
		return storage, next, nil
	}
	then := *r
	then.storage, then.memory = storage, next
	after, err := then.read()
	if err != nil {
		return "", next, fmt.Errorf("the page would be damaged: %w", err)
	}
	if r.print(after.text) != r.print(text) {
		return "", next, fmt.Errorf("the page would not read as it should")
	}
	return storage, next, nil
}

// spell returns a text with the lines that it has from was spelled as they are
// read: a page that we wrote, and that nobody changed since, counts as was.
func (doc *reading) spell(text, was string) string {
	if was == doc.text {
		return text
	}
	before, _ := tokensOf(was)
	now := doc.tokens()
	if len(before) != len(now) {
		return text
	}
	read := map[string]string{}
	for i, t := range before {
		if t.part.block == "" && now[i].own == nil {
			read[t.text] = now[i].text
		}
	}
	var b strings.Builder
	for _, p := range partsOf(text) {
		if p.block == "" {
			lines := strings.Split(p.text, "\n")
			for i, l := range lines {
				if r, ok := read[l]; ok {
					lines[i] = r
				}
			}
			p.text = strings.Join(lines, "\n")
		}
		b.WriteString(p.text + "\n\n")
	}
	return b.String()
}
