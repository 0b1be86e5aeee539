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

// What was refused is held against one message: another that begins alike is
// another, and the same one that reads otherwise by now is the same.
func TestTheTaskOfAMessageIsItsID(t *testing.T) {
	n := Notify{ID: "1/update/2.0", Event: "update", Text: strings.Repeat("ä", 500), Mail: &Mail{To: []string{"a@acme.example"}}}
	other, later := n, n
	other.ID = "1/update/3.0"
	later.Text, later.Mail = "chat: https://chat.example", nil
	if Task(n) == Task(other) || Task(n) != Task(later) {
		t.Errorf("%q, %q, %q", Task(n), Task(other), Task(later))
	}
	if got := Task(n); got != "notify update (1/update/2.0)" {
		t.Error(got)
	}
	if got := Task(Ack{Comment: "7", As: Obeyed}); got != "acknowledge comment 7 as obeyed" {
		t.Error(got)
	}
}

// The log tells what was done and nothing that people wrote.
func TestATraceHoldsNoText(t *testing.T) {
	for _, a := range []Action{
		Create{Slot: "follow/7.0", Place: "acme/shop", Title: "s3cret"}, Notify{ID: "1/update/2.0", Event: "update", Text: "s3cret"},
		Say{Slot: Board, Text: "s3cret"}, Ack{Comment: "7", As: Obeyed},
	} {
		if got := Trace(a); strings.Contains(got, "s3cret") || got == "" {
			t.Errorf("%q", got)
		}
	}
}

// The mirror of the ledger is a file like the others, and may be written alone.
func TestAMirrorIsNamed(t *testing.T) {
	a := PutPages{Message: "Incident #12: reviewing", Mirror: &Mirror{Name: "Postmortem-12.ledger.jsonl"}}
	if got := a.String(); got != "write Postmortem-12.ledger.jsonl: Incident #12: reviewing" {
		t.Error(got)
	}
}
