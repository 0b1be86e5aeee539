package config

import (
	"errors"
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/hereby/hereby/configs"
)

var update = flag.Bool("update", false, "rewrite golden files")

func env(pairs ...string) Environment {
	return func(name string) (string, bool) {
		for i := 0; i < len(pairs); i += 2 {
			if pairs[i] == name {
				return pairs[i+1], true
			}
		}
		return "", false
	}
}

const small = `
github:
  token: ${GITHUB_TOKEN}
  repos: ["acme/shop"]
`

func parse(t *testing.T, text string, pairs ...string) *Config {
	t.Helper()
	c, err := Parse("hereby.yaml", []byte(text), env(append(pairs, "GITHUB_TOKEN", "ghp_very-secret")...))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// problems parses a text that is wrong and returns its findings.
func problems(t *testing.T, text string, pairs ...string) []Finding {
	t.Helper()
	_, err := Parse("hereby.yaml", []byte(text), env(append(pairs, "GITHUB_TOKEN", "ghp_very-secret")...))
	var all *Error
	if !errors.As(err, &all) {
		t.Fatalf("error %v, expected findings", err)
	}
	return all.Findings
}

func TestDefaultsFillWhatAFileLeavesOut(t *testing.T) {
	c := parse(t, small)
	if c.GitHub.Token != "ghp_very-secret" || c.GitHub.URL != "https://api.github.com" {
		t.Errorf("github = %+v", c.GitHub)
	}
	if c.Policy.Staffing != 10*time.Minute || c.Policy.Review.Every != 30*day || c.Policy.Label != "incident" {
		t.Errorf("policy = %+v", c.Policy)
	}
	if c.Jira != nil || c.Mail != nil {
		t.Errorf("sections nobody wrote are in use: jira %v, mail %v", c.Jira, c.Mail)
	}
}

// TestEveryFindingAtOnce holds the messages that people read.
func TestEveryFindingAtOnce(t *testing.T) {
	data, err := os.ReadFile("testdata/wrong.yaml")
	if err != nil {
		t.Fatal(err)
	}
	_, err = Parse("wrong.yaml", data, env("GITHUB_TOKEN", "t0ken", "EMPTY", "", "NEWLINE", "s3cret\n", "SECRET", "hush-hush"))
	if err == nil {
		t.Fatal("no error")
	}
	got := strings.ReplaceAll(err.Error(), here(), "HERE") + "\n"
	for _, hidden := range []string{"t0ken", "s3cret", "hush-hush"} {
		if strings.Contains(got, hidden) {
			t.Errorf("the findings show the secret %q", hidden)
		}
	}
	const golden = "testdata/wrong.golden"
	if *update {
		if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("findings:\n%s\nexpected:\n%s", got, want)
	}
}

func TestMisspeltKey(t *testing.T) {
	found := problems(t, small+"policy:\n  stafing: 10m\n")
	want := `hereby.yaml:6:3: policy.stafing: unknown key; did you mean "staffing"?`
	if len(found) != 1 || found[0].String() != want {
		t.Errorf("findings %v\nexpected %s", found, want)
	}
}

func TestAVariableWithoutBraces(t *testing.T) {
	found := problems(t, "github: {token: $GITHUB_TOKEN, repos: [acme/shop]}\n")
	if len(found) != 1 || found[0].Path != "github.token" || !strings.Contains(found[0].Problem, "with braces") || strings.Contains(found[0].Problem, "GITHUB_TOKEN") {
		t.Errorf("findings %v", found)
	}
	if c := parse(t, small+"admin_token: $almost\n"); c.AdminToken != "$almost" {
		t.Errorf("admin_token = %q", c.AdminToken)
	}
}

func TestNotYAML(t *testing.T) {
	for text, want := range map[string]string{
		"github:\n\ttoken: x\n":                  "not with tabs",
		"github:\n  repos: [${REPO}]\n":          "in quotes",
		"policy: {call: [@acme/on-call]}\n":      `"@alice"`,
		"policy:\n  call:\n    - @acme/ops\n":    `"@alice"`,
		"people:\n  alice: {name: Zo\xeb Doe}\n": "save the file as UTF-8",
		"github: {token: *t, repos: [a/b]}\n":    "this is not YAML",
		small + "---\nlisten: 127.0.0.1:1\n":     "second document",
		"- github\n":                             "expected a section",
		small + "listen: &l 127.0.0.1:1\n":       "anchors",
		small + "? [a, b]\n: c\n":                "name of a setting",
		"":                                       "no tracker to serve",
		"# nothing\n":                            "no tracker to serve",
		small + "templates: no/such/dir\n":       "no directory",
		small + "store: bolt:no/such/dir/f.db":   "no directory",
	} {
		found := problems(t, text)
		if !slices.ContainsFunc(found, func(f Finding) bool { return strings.Contains(f.Problem, want) }) {
			t.Errorf("%q: findings %v, expected %q", text, found, want)
		}
	}
}

func TestAVariableIsTextAndNeverYAML(t *testing.T) {
	evil := "x\npolicy: {profile: small-team}\n# ${GITHUB_TOKEN}"
	c := parse(t, small+"policy:\n  private: ${EVIL}\n", "EVIL", evil)
	if c.Policy.Private != evil || c.Policy.Profile != "standard" {
		t.Errorf("policy = %+v", c.Policy)
	}
}

func TestExpand(t *testing.T) {
	look := env("A", "1", "EMPTY", "", "LOOP", "${A}")
	for in, want := range map[string]string{
		"": "", "$": "$", "$A": "$A", "${A}": "1", "a${A}b${A}": "a1b1", "$${A}": "${A}", "$$${A}": "$${A}",
		"${EMPTY}": "", "${LOOP}": "${A}", "pa$$word": "pa$$word",
	} {
		if got, err := expand(in, look); err != nil || got != want {
			t.Errorf("expand(%q) = %q, %v; expected %q", in, got, err, want)
		}
	}
	for _, in := range []string{"${", "${}", "${A", "${A-B}", "${1}", "${B}"} {
		if got, err := expand(in, look); err == nil {
			t.Errorf("expand(%q) = %q, expected an error", in, got)
		}
	}
}

func TestParseDuration(t *testing.T) {
	for in, want := range map[string]time.Duration{
		"10m": 10 * time.Minute, "30d": 30 * day, "1d12h": 36 * time.Hour, "0s": 0, "1h30m": 90 * time.Minute, "90s": 90 * time.Second, "100000d": 100000 * day,
	} {
		if got, err := parseDuration(in); err != nil || got != want {
			t.Errorf("parseDuration(%q) = %v, %v", in, got, err)
		}
	}
	for _, in := range []string{"", "d", "10", "-1d", "-5m", "1d-5m", "1d+5m", "1 day", "1dd", "1.5d", "200000d", "106751d23h50m48h", "5mins"} {
		if got, err := parseDuration(in); err == nil {
			t.Errorf("parseDuration(%q) = %v, expected an error", in, got)
		}
	}
}

// TestDefaultFileDocumentsEverySetting fails when a setting is added to the
// structs and not to configs/default.yaml.
func TestDefaultFileDocumentsEverySetting(t *testing.T) {
	d := decode("default.yaml", configs.Default, env(), new(Config))
	if len(d.findings) != 0 {
		t.Fatal(d.findings)
	}
	for _, path := range settings() {
		if !d.places.has(path) {
			t.Errorf("default.yaml does not have %s", path)
		}
	}
}

func TestSecretsHoldsEveryCredential(t *testing.T) {
	c := parse(t, small+`
admin_token: adm1n
store: redis://user:r3dis@localhost:6379/0
feed_secret: f33d
notify: {webhooks: [{url: "https://hooks.chat.example/services/T000/B000/XXXXXXXX?token=qqq", secret: n0tify}]}
mail: {smtp: "smtp://me:m4il@mail.acme.example:587", from: a@b.example}
`)
	got := c.Secrets()
	for _, want := range []string{"ghp_very-secret", "x-access-token:ghp_very-secret", "adm1n", "r3dis", "user:r3dis", "f33d", "n0tify", "m4il", "qqq", "/services/T000/B000/XXXXXXXX"} {
		if !slices.Contains(got, want) {
			t.Errorf("Secrets() lacks %q: %q", want, got)
		}
	}
	if slices.Contains(got, "") {
		t.Error("Secrets() holds the empty text, which would redact everything")
	}
}

func TestSecretsOfAStoreWithSeveralHosts(t *testing.T) {
	c := parse(t, small+"store: 'redis://:p%zz@a:6379,b:6379'\n")
	if !slices.Contains(c.Secrets(), "p%zz") {
		t.Errorf("Secrets() = %q", c.Secrets())
	}
}

// An enterprise's users have an underscore in their names.
func TestNamesOfManagedUsers(t *testing.T) {
	parse(t, `
github: {token: t, repos: ["bob_acme/notes", "bob_acme/*"], authors: ["bob_acme"]}
people: {bob_acme: {mail: bob@acme.example}}
owners: {bob_acme/notes: "@bob_acme"}
policy: {call: ["@bob_acme"]}
`)
	if list := problems(t, "github: {token: t, repos: [\"../admin\", \"_acme/shop\", \"bob_acme/..\"]}\n"); len(list) != 3 {
		t.Errorf("findings %v, expected one for each name", list)
	}
}

func TestAppInsteadOfToken(t *testing.T) {
	key := filepath.Join(t.TempDir(), "app.pem")
	if err := os.WriteFile(key, []byte("pem"), 0o600); err != nil {
		t.Fatal(err)
	}
	c := parse(t, "github: {app: {id: 7, key_file: '"+key+"'}, repos: [acme/*]}\n")
	if c.GitHub.App.ID != 7 {
		t.Errorf("app = %+v", c.GitHub.App)
	}
	for text, want := range map[string]string{
		"{app: {id: 7, key_file: /no/such/file}, repos: [a/b]}":           "cannot be read",
		"{app: {id: 7}, repos: [a/b]}":                                    "expected the file",
		"{app: {key_file: k}, repos: [a/b]}":                              "App's id",
		"{token: t, app: {id: 7, key_file: '" + key + "'}, repos: [a/b]}": "found both",
		"{repos: [a/b]}": "expected a token",
	} {
		found := problems(t, "github: "+text+"\n")
		if len(found) != 1 || !strings.Contains(found[0].Problem, want) {
			t.Errorf("%s: %v, expected %q", text, found, want)
		}
	}
}

func TestLoadSaysWhatToDoWithoutAFile(t *testing.T) {
	_, err := Load(filepath.Join(t.TempDir(), "hereby.yaml"), env())
	if err == nil || !strings.Contains(err.Error(), "hereby.example.yaml") {
		t.Errorf("error %v", err)
	}
	big := filepath.Join(t.TempDir(), "big.yaml")
	if err := os.WriteFile(big, make([]byte, maxFile+1), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err = Load(big, env()); err == nil || !strings.Contains(err.Error(), "right file") {
		t.Errorf("error %v", err)
	}
	if _, err = Load(t.TempDir(), env()); err == nil || !strings.Contains(err.Error(), "is a directory; name the file") {
		t.Errorf("error %v", err)
	}
	if os.Geteuid() == 0 {
		return // root may read everything
	}
	if err := os.Chmod(big, 0); err != nil {
		t.Fatal(err)
	}
	if _, err = Load(big, env()); err == nil || !strings.Contains(err.Error(), "change its owner or mode") {
		t.Errorf("error %v", err)
	}
}

// FuzzParse holds that no file makes the loader panic, that an error says
// where, and that a configuration that loads has what serving needs.
func FuzzParse(f *testing.F) {
	wrong, err := os.ReadFile("testdata/wrong.yaml")
	if err != nil {
		f.Fatal(err)
	}
	for _, seed := range []string{small, onJira, string(wrong), string(configs.Default), "a: &a [*a]", "? {a: b}\n: c", "\xff\xfe", "{", "github: ${", "---\n---", "policy: {review: {every: 99999999d}}"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		c, err := Parse("hereby.yaml", []byte(text), env("A", "b"))
		var all *Error
		switch {
		case err != nil && !errors.As(err, &all):
			t.Fatalf("error without a place: %v", err)
		case err != nil:
			for _, finding := range all.Findings {
				if finding.Line < 1 || finding.Column < 1 || finding.Problem == "" {
					t.Fatalf("finding without a place or a problem: %+v", finding)
				}
			}
		case (c.GitHub == nil || len(c.GitHub.Repos) == 0) && (c.Jira == nil || len(c.Jira.Projects) == 0) || c.Policy.Label == "" || c.Policy.SweepEvery <= 0:
			t.Fatalf("loaded a configuration that cannot serve: %+v", c)
		}
		c.Secrets()
	})
}

func TestDistance(t *testing.T) {
	for pair, want := range map[[2]string]int{{"", ""}: 0, {"a", ""}: 1, {"stroe", "store"}: 1, {"tokn", "token"}: 1, {"lable", "label"}: 1, {"kitten", "sitting"}: 3} {
		if got := distance(pair[0], pair[1]); got != want {
			t.Errorf("distance(%q, %q) = %d, expected %d", pair[0], pair[1], got, want)
		}
	}
}
