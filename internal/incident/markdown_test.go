package incident_test

import (
	"testing"

	"github.com/hereby/hereby/internal/incident"
)

func TestInlineEscapesWhatMarkdownReads(t *testing.T) {
	for text, want := range map[string]string{
		"between $5 and $10":   `between \$5 and \$10`,
		"$$x$$ and `$y$`":      "\\$\\$x\\$\\$ and \\`\\$y\\$\\`",
		`already \$escaped`:    `already \\\$escaped`, // shows as it was written
		"*a* _b_ ~c~ [d](e)":   `\*a\* \_b\_ \~c\~ \[d\](e)`,
		"<!-- x --> & #12 | !": `&lt;\!-- x --&gt; &amp; \#12 \| \!`,
		"@bob\r\nsays":         "@" + incident.Joiner + "bob says",
	} {
		if got := incident.Inline(text); got != want {
			t.Errorf("Inline(%q) is %q, want %q", text, got, want)
		}
	}
}
