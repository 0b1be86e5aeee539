package app

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/hereby/hereby/internal/incident"
)

func TestUsage(t *testing.T) {
	for _, c := range []struct {
		args         []string
		code         int
		stdout, said string
	}{
		{nil, exitError, "", "hereby serve"},
		{[]string{"help"}, exitOK, "hereby check", ""},
		{[]string{"--help"}, exitOK, "hereby plan", ""},
		{[]string{"help"}, exitOK, "hereby ledger show|verify|export|redact", ""},
		{[]string{"help"}, exitOK, "hereby version\n", ""},
		{[]string{"sreve"}, exitError, "", `there is no command "sreve"`},
		{[]string{"sreve"}, exitError, "", "hereby demo"},
		{[]string{"help"}, exitOK, "Exit codes: 0", ""},
		{[]string{"help"}, exitOK, "hereby demo [--tracker NAME]", ""},
		{[]string{"help", "serve"}, exitOK, "--dry-run\n", ""},
		{[]string{"help", "sreve"}, exitError, "", `there is no command "sreve"`},
		{[]string{"serve", "--help"}, exitOK, "--listen HOST:PORT\n", ""},
		{[]string{"serve", "-h"}, exitOK, "--dry-run\n", ""},
		{[]string{"ledger", "--help"}, exitOK, "hereby ledger redact [--by NAME]", ""},
		{[]string{"help", "ledger"}, exitOK, "hereby ledger verify", ""},
		{[]string{"ledger", "verify", "--help"}, exitOK, "prove that no entry was changed", ""},
		{[]string{"ledger", "shwo"}, exitError, "", "show, verify, export or redact?"},
		{[]string{"serve"}, exitError, "", "add --config FILE"},
		{[]string{"serve", "--no-such-flag"}, exitError, "", "hereby serve: there is no option --no-such-flag\n"},
		{[]string{"ledger", "show", "--no-such-flag"}, exitError, "", "hereby ledger show: there is no option --no-such-flag\n"},
		{[]string{"serve", "--config"}, exitError, "", "--config FILE\n"},
		{[]string{"serve", "--config", "x", "now"}, exitError, "", `nothing to do with ["now"]`},
		{[]string{"check", "--config", "/no/such/file.yaml"}, exitError, "", "there is no configuration file /no/such/file.yaml"},
		{[]string{"plan", "--config", "x"}, exitError, "", "which incident?"},
		{[]string{"plan", "--config", "x", "a", "b"}, exitError, "", "which incident?"},
		{[]string{"plan", "--config", "x", "acme"}, exitError, "", `"acme" does not name an incident`},
		{[]string{"demo", "--tracker", "trello"}, exitError, "", "expected github"},
		{[]string{"demo", "fast"}, exitError, "", "nothing to do with"},
	} {
		code, stdout, said := invoke(c.args...)
		if code != c.code || !strings.Contains(stdout, c.stdout) || !strings.Contains(said, c.said) {
			t.Errorf("hereby %q: exit code %d, %q, said %q", c.args, code, stdout, said)
		}
	}
}

func TestAMisspeltKeyStopsTheStart(t *testing.T) {
	file := filepath.Join(t.TempDir(), "hereby.yaml")
	if err := os.WriteFile(file, []byte("github:\n  token: a-secret-token\n  repo: [acme/shop]\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"serve", "check"} {
		code, _, said := invoke(name, "--config", file)
		if code != exitError || !strings.Contains(said, file+`:3:3: github.repo: unknown key; did you mean "repos"?`) || strings.Contains(said, "a-secret-token") {
			t.Errorf("%s: exit code %d, said %q", name, code, said)
		}
	}
}

// TestEveryFindingIsSaidAtTheStart holds that a long list is not cut.
func TestEveryFindingIsSaidAtTheStart(t *testing.T) {
	file := filepath.Join(t.TempDir(), "hereby.yaml")
	text := "github: {token: a-secret-token, repos: [acme/shop]}\npolicy:\n"
	for n := range 100 {
		text += fmt.Sprintf("  nonsense-%d: a-secret-token\n", n)
	}
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	code, _, said := invoke("serve", "--config", file)
	if code != exitError || !strings.Contains(said, "policy.nonsense-0:") || !strings.Contains(said, "policy.nonsense-99:") || len(said) < maxText {
		t.Errorf("exit code %d, said %q", code, said)
	}
}

func TestTheFormOfTheLogIsOneOfTwo(t *testing.T) {
	for form, ok := range map[string]bool{"": true, "json": true, "text": true, "JSON": false} {
		var said bytes.Buffer
		in := &invocation{command: command{name: "serve"}, stderr: &said, env: func(name string) (string, bool) { return form, name == "HEREBY_LOG" }}
		if _, _, got := in.flags([]string{"--config", "x"}, new(options)); got != ok || !ok && !strings.Contains(said.String(), "expected json or text") {
			t.Errorf("%q: %v, said %q", form, got, said.String())
		}
	}
}

func TestListenFromTheEnvironment(t *testing.T) {
	var o options
	in := &invocation{command: command{name: "serve"}, stderr: os.Stderr, env: func(name string) (string, bool) {
		v, ok := map[string]string{"HEREBY_LISTEN": "0.0.0.0:8080", "HEREBY_LOG": "json"}[name]
		return v, ok
	}}
	if _, _, ok := in.flags([]string{"--config", "x"}, &o); !ok || o.listen != "0.0.0.0:8080" || !o.json {
		t.Errorf("options %+v", o)
	}
	if got := reachable(o.listen); got != "127.0.0.1:8080" {
		t.Errorf("reachable at %s", got)
	}
	if _, _, ok := in.flags([]string{"--config", "x", "--listen", ":99"}, &o); !ok || o.listen != ":99" || reachable(o.listen) != "127.0.0.1:99" {
		t.Errorf("options %+v", o)
	}
	o.listen = "nonsense"
	if _, err := o.address(nil); err == nil || !strings.Contains(err.Error(), "HEREBY_LISTEN") {
		t.Errorf("error %v", err)
	}
}

func TestParseKey(t *testing.T) {
	for text, want := range map[string]incident.Key{
		"github:acme/shop#12":                     "github:acme/shop#12",
		"acme/shop#12":                            "github:acme/shop#12",
		"https://github.com/acme/shop/issues/12":  "github:acme/shop#12",
		"https://ghe.acme.example/a/b/issues/1":   "github:a/b#1",
		"OPS-12":                                  "jira:OPS-12",
		"jira:OPS-12":                             "jira:OPS-12",
		"https://acme.atlassian.net/browse/OPS-1": "jira:OPS-1",
	} {
		if got, err := parseKey(text); err != nil || got != want {
			t.Errorf("parseKey(%q) = %q, %v", text, got, err)
		}
	}
	for _, text := range []string{"", "12", "#12", "acme/shop", "acme/shop#0", "sweep:github:acme/shop", "github:#4711", "../..#1"} {
		if got, err := parseKey(text); err == nil {
			t.Errorf("parseKey(%q) = %q", text, got)
		}
	}
}

func TestAKeyHasOnePath(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringMatching(`github:[a-z][a-z0-9-]{0,5}/[A-Za-z_-]{1,6}#[1-9][0-9]{0,3}|jira:[A-Z]{2,4}-[1-9][0-9]{0,3}`).Draw(t, "key")
		key, err := incident.ParseKey(text)
		if err != nil {
			t.Skip(err)
		}
		if got, ok := keyOfPath(pathOf(key)); !ok || got != key {
			t.Fatalf("%s has the path %s, which leads to %s", key, pathOf(key), got)
		}
	})
	for _, path := range []string{"", "/", "/github", "/github/acme", "/github/acme/shop", "/github/acme/shop/x", "/github/acme/shop/1/2", "/github/acme/shop#1", "/github/acme//1", "/github//acme/shop/1"} {
		if key, ok := keyOfPath(path); ok {
			t.Errorf("the path %q leads to %s", path, key)
		}
	}
}
