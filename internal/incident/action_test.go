package incident

import (
	"strings"
	"testing"
)

// What the board shows of a message that cannot be sent stays short, and tells
// a mail from none.
func TestAMessageIsShownShort(t *testing.T) {
	n := Notify{ID: "1/update/2.0", Event: "update", Text: strings.Repeat("ä", 500), Mail: &Mail{To: []string{"a@acme.example", "b@acme.example"}}}
	if got := n.String(); len([]rune(got)) > 150 || !strings.HasSuffix(got, "… (mail to 2)") {
		t.Error(got)
	}
	if got := (Notify{Event: "declared", Text: "it burns"}).String(); got != "notify declared: it burns" {
		t.Error(got)
	}
}
