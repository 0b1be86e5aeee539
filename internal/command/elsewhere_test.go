package command_test

import (
	"strings"
	"testing"

	"github.com/hereby/hereby/internal/command"
)

// The same path on another server is another ticket.
func TestAnAddressOnAnotherServerIsNoTicketOfOurs(t *testing.T) {
	ctx := command.Context{Author: "alice", Home: "acme/shop#12", Host: "tracker.example"}
	for line, ours := range map[string]bool{
		"/link https://tracker.example/acme/shop/issues/3": true,
		"/link https://TRACKER.example/acme/shop/issues/3": true,
		"/link https://other.example/acme/shop/issues/3":   false,
		"/link #3": true,
	} {
		p := command.Parse([]string{line}, ctx)[0]
		if got := p.Err == ""; got != ours {
			t.Errorf("%s: %q", line, p.Err)
		}
		if !ours && !strings.Contains(p.Err, "another server") {
			t.Errorf("%s: it does not say why: %q", line, p.Err)
		}
	}
}
