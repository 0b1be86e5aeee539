package plan

import (
	"regexp"
	"strings"

	"github.com/hereby/hereby/internal/command"
)

// render fills in a template, with commands spelled as people type them here.
func (v *view) render(name string, data any) string {
	return v.spell(v.p.Texts.Render(name, data))
}

// form is how people of this tracker type a command.
func (v *view) form() command.Form {
	if v.s.Caps.NoSlash {
		return command.Hereby
	}
	return command.Slash
}

// spell writes the commands in a text, each at the start of a code span, in the
// form that can be typed here: every text is written in the shorter one.
func (v *view) spell(text string) string {
	if v.form() == command.Slash {
		return text
	}
	return slashed.ReplaceAllStringFunc(text, func(span string) string {
		word := strings.TrimPrefix(span, "`/")
		if !command.Known(word) {
			return span
		}
		return "`" + string(command.Hereby) + word
	})
}

var slashed = regexp.MustCompile("`/[a-z]+")
