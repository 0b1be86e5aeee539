package notify

import (
	"fmt"
	"testing"
)

// Each message ends at each address by itself, and the oldest messages are
// forgotten first.
func TestReceipts(t *testing.T) {
	var r receipts
	if _, ended := r.get("1", "a"); ended {
		t.Error("nothing was sent, and yet it ended")
	}
	for i := range maxReceipts + 10 {
		r.put(fmt.Sprint(i), "a", "")
		r.put(fmt.Sprint(i), "b", "no such mailbox")
	}
	if len(r.ends) != maxReceipts || len(r.order) != maxReceipts {
		t.Errorf("%d receipts in %d places, expected %d", len(r.ends), len(r.order), maxReceipts)
	}
	for id, want := range map[string]bool{"9": false, "10": true, fmt.Sprint(maxReceipts + 9): true} {
		refused, ended := r.get(id, "b")
		if _, a := r.get(id, "a"); ended != want || a != want || ended != (refused == "no such mailbox") {
			t.Errorf("message %s: ended %v, refused %q", id, ended, refused)
		}
	}
	if _, ended := r.get("10", "c"); ended {
		t.Error("an address got another's receipt")
	}
}
