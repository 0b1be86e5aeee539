package incident_test

import (
	"testing"

	"github.com/hereby/hereby/internal/incident"
)

func TestUnescape(t *testing.T) {
	for text, want := range map[string]string{
		"":                    "",
		"a &lt;b&gt; &amp; c": "a <b> & c",
		"&#104;&#x65;&#X72;e": "here",
		"&semi;&#59;&CounterClockwiseContourIntegral;":     ";;∳",
		"&ampersand; &regional; &nosuch;":                  "&ampersand; &regional; &nosuch;",
		"https://x.example/?a=1&region=eu&copy=2&amp=3&lt": "https://x.example/?a=1&region=eu&copy=2&amp=3&lt",
		"&amp;lt; &amp;#60; &#38;lt;":                      "&lt; &#60; &lt;",
		"&& &; &#; &#x; &&amp;&":                           "&& &; &#; &#x; &&&",
	} {
		if got := incident.Unescape(text); got != want {
			t.Errorf("Unescape(%q) = %q, want %q", text, got, want)
		}
	}
}
