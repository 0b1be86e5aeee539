package command_test

import (
	"strings"
	"testing"

	"github.com/hereby/hereby/internal/command"
	"github.com/hereby/hereby/internal/incident"
)

var here = command.Context{Author: "carol", Home: "acme/shop#12", Host: "tracker.example"}

// one reads a comment of one command.
func one(t *testing.T, lines ...string) command.Parsed {
	t.Helper()
	all := command.Parse(lines, here)
	if len(all) != 1 {
		t.Fatalf("%q is read as %d commands", lines, len(all))
	}
	return all[0]
}

func TestAnUpdateNamesItsAudience(t *testing.T) {
	for line, want := range map[string]string{
		"/update owner we respond":         "owner",
		"/update Customers: we know":       "customers",
		"hereby update internal stand by":  "internal",
		"/update all it is back":           "all",
		"/update client we know":           "customers",
		"/update teams, please stand by":   "internal",
		"/update everybody half is back":   "all",
		"/update \u200bowner\u200b we ask": "owner",
	} {
		if p := one(t, line, "second line"); p.Err != "" || p.Command.Verb != want || !strings.HasSuffix(p.Command.Text, "\nsecond line") {
			t.Errorf("%s: %+v %s", line, p.Command, p.Err)
		}
	}
	for line, suggest := range map[string]string{
		"/update":                 "/update internal TEXT",
		"/update we are on it":    "/update internal we are on it",
		"/update customers":       "/update customers TEXT",
		"/update customers TEXT":  "/update customers TEXT",
		"/update @olga we are on": "/update internal @olga we are on",
	} {
		if p := one(t, line); p.Err == "" || p.Suggest != suggest {
			t.Errorf("%s: %q, suggests %q", line, p.Err, p.Suggest)
		}
	}
}

func TestTheOwnerIsOnePerson(t *testing.T) {
	for line, want := range map[string]incident.Person{"/owner @Olga": "olga", "/owner @olga, who pays": "olga", "/owner me": "carol"} {
		if p := one(t, line); p.Err != "" || len(p.Command.People) != 1 || p.Command.People[0] != want {
			t.Errorf("%s: %+v %s", line, p.Command, p.Err)
		}
	}
	for line, suggest := range map[string]string{
		"/owner":             "/owner @…",
		"/owner olga":        "/owner @olga",
		"/owner @acme/shop":  "/owner @…",
		"/owner @olga @dave": "/owner @olga",
	} {
		if p := one(t, line); p.Err == "" || p.Suggest != suggest {
			t.Errorf("%s: %q, suggests %q", line, p.Err, p.Suggest)
		}
	}
}

func TestTheChannelIsOneAddressOfTheWeb(t *testing.T) {
	for _, line := range []string{"/channel https://chat.acme.example/c/42?a=b&c=d#x", "/channel <https://chat.acme.example/c/42?a=b&c=d#x> for all", "/channel https://chat.acme.example/c/42?a=b&c=d#x\u200b"} {
		if p := one(t, line); p.Err != "" || p.Command.Text != "https://chat.acme.example/c/42?a=b&c=d#x" {
			t.Errorf("%s: %+v %s", line, p.Command, p.Err)
		}
	}
	for _, line := range []string{
		"/channel", "/channel #incidents", "/channel http://chat.acme.example/c", "/channel javascript:alert(1)", "/channel https://",
		"/channel https://me:secret@chat.acme.example/", "/channel https://chat.acme.example/?q=<!--", "/channel https://chat.acme.example/`x`",
		"/channel https://chat.acme.example/a|b", "/channel https://a.example https://b.example", "/channel https://chat.acme.example/" + strings.Repeat("x", 1000),
	} {
		if p := one(t, line); p.Err == "" || p.Command.Text != "" || p.Suggest == "" {
			t.Errorf("%s: %+v, suggests %q", line, p.Command, p.Suggest)
		}
	}
}
