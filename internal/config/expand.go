package config

import (
	"fmt"
	"regexp"
	"strings"
)

var (
	variable = regexp.MustCompile(`^\$\{([A-Za-z_][A-Za-z0-9_]*)\}`)
	// bare is a variable as shells also take it.
	bare = regexp.MustCompile(`^\$[A-Z_][A-Z0-9_]+$`)
)

// expand replaces ${NAME} by the variable's value and $${ by ${. What a
// variable holds is not expanded again.
func expand(text string, env Environment) (string, error) {
	var b strings.Builder
	for {
		before, rest, ok := strings.Cut(text, "${")
		if !ok {
			b.WriteString(text)
			return b.String(), nil
		}
		if escaped, ok := strings.CutSuffix(before, "$"); ok {
			b.WriteString(escaped + "${")
			text = rest
			continue
		}
		b.WriteString(before)
		m := variable.FindStringSubmatch("${" + rest)
		if m == nil {
			return "", fmt.Errorf("expected ${NAME} with a name of letters, digits and _; write $${ for the characters themselves")
		}
		value, ok := env(m[1])
		if !ok {
			return "", fmt.Errorf("the environment variable %s is not set; set it where Hereby is started, or write $${ for the characters themselves", m[1])
		}
		b.WriteString(value)
		text = rest[len(m[0])-len("${"):]
	}
}
