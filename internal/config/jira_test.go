package config

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

const onJira = `
jira:
  url: https://acme.atlassian.net
  user: bot@acme.example
  token: ${JIRA_TOKEN}
  projects: ["OPS"]
  trusted: {roles: ["Developers"]}
  wiki: {enabled: false}
`

func TestJiraAlone(t *testing.T) {
	c := parse(t, onJira, "JIRA_TOKEN", "j1ra")
	j := c.Jira
	if c.GitHub != nil || j.Edition != Cloud || j.Token != "j1ra" || j.Confluence != nil || j.Wiki.Enabled || j.Pushed() {
		t.Errorf("jira = %+v", j)
	}
	if !slices.Equal(j.Wontfix, []string{"Won't Do", "Won't Fix", "Declined"}) {
		t.Errorf("wontfix = %q", j.Wontfix)
	}
	if !j.Serves("OPS") || j.Serves("ops") || j.Serves("OPSX") || (*Jira)(nil).Serves("OPS") || (*Jira)(nil).Pushed() {
		t.Error("other projects than those named are served")
	}
}

func TestJiraInFull(t *testing.T) {
	c := parse(t, `
jira:
  url: https://api.atlassian.com/ex/jira/1-2
  site_url: https://acme.atlassian.net
  user: bot@acme.example
  token: j1ra
  webhook_secrets: ["wh-1", "wh-2"]
  webhook_basic: {user: hook, password: b4sic}
  webhook_path: a-path-nobody-guesses
  allow: [10.1.2.3/8, 192.0.2.7, "2001:db8::/32"]
  projects: ["OPS", "WEB_2"]
  trusted: {groups: ["on call"]}
  authors: ["557058:f58131cb"]
  transitions: {done: [Finish]}
  link_type: Blocks
  confluence: {url: https://acme.atlassian.net/wiki, space: "~bot"}
people: {alice: {jira: "557058:F58131cb"}, bob: {jira: 5b10a}}
owners: {OPS: "@olga"}
`)
	j := c.Jira
	if !j.Pushed() || !slices.Equal(j.Transitions.Done, []string{"Finish"}) || j.LinkType != "Blocks" {
		t.Errorf("jira = %+v", j)
	}
	if got := fmt.Sprint(j.Networks()); got != "[10.0.0.0/8 192.0.2.7/32 2001:db8::/32]" {
		t.Error(got)
	}
	if user, token := j.Confluence.Login(j); user != "bot@acme.example" || token != "j1ra" {
		t.Errorf("Confluence is used as %s", user)
	}
	got := c.Secrets()
	for _, want := range []string{"j1ra", "bot@acme.example:j1ra", "wh-1", "wh-2", "b4sic", "hook:b4sic", "a-path-nobody-guesses"} {
		if !slices.Contains(got, want) {
			t.Errorf("Secrets() lacks %q: %q", want, got)
		}
	}
}

func TestJiraOnDataCenter(t *testing.T) {
	c := parse(t, `
jira:
  url: https://jira.acme.example/jira
  edition: datacenter
  token: p4t
  projects: [OPS]
  trusted: {roles: [Developers]}
  wiki: {enabled: true, url: "https://git.example/ops.wiki.git", token: g1t}
`)
	got := c.Secrets()
	for _, want := range []string{"p4t", "g1t", "x-access-token:g1t"} {
		if !slices.Contains(got, want) {
			t.Errorf("Secrets() lacks %q: %q", want, got)
		}
	}
	j := c.Jira
	own := Confluence{Token: "c0nf"}
	if user, token := own.Login(j); user != "" || token != "c0nf" {
		t.Errorf("Confluence is used as %q, %q", user, token)
	}
	j.Confluence = &own
	if !slices.Contains(c.Secrets(), "c0nf") {
		t.Error("Confluence's token is not secret")
	}
}

// Each guard of the section, alone.
func TestJiraFindings(t *testing.T) {
	const (
		head  = "url: https://acme.atlassian.net, token: t, "
		cloud = head + "user: bot@acme.example, "
		rest  = `projects: [OPS], trusted: {roles: [Developers]}, `
		none  = `wiki: {enabled: false}`
		dc    = head + "edition: datacenter, " + rest
	)
	for text, want := range map[string]string{
		"token: t, user: a@b.example, " + rest + none:                                           "jira: expected the address of your Jira",
		"url: acme, token: t, user: a@b.example, " + rest + none:                                "jira.url: expected an address",
		`url: "https://x.example?a=b", token: t, user: a@b.example, ` + rest + none:             "jira.url: expected an address alone",
		"url: https://api.atlassian.com/ex/jira/1, token: t, user: a@b.example, " + rest + none: "jira.url: this is the address of the API",
		cloud + rest + "site_url: acme, " + none:                                                "jira.site_url: expected an address",
		cloud + rest + "edition: server, " + none:                                               "jira.edition: expected cloud or datacenter",
		"url: https://x.example, user: a@b.example, " + rest + none:                             "jira: expected the token",
		"url: https://x.example, user: a@b.example, token: \"\", " + rest + none:                "jira.token: the secret is empty",
		head + rest + none:                                                                           "jira: expected the mail address",
		head + rest + "user: bot, " + none:                                                           "jira.user: expected the mail address",
		dc + "user: a@b.example, " + none:                                                            "jira.user: Data Center knows",
		cloud + rest + `webhook_secrets: [""], ` + none:                                              "jira.webhook_secrets[0]: the secret is empty",
		cloud + rest + `webhook_secrets: ["x "], ` + none:                                            "jira.webhook_secrets[0]: the secret begins or ends",
		cloud + rest + `webhook_basic: {user: a}, ` + none:                                           "jira.webhook_basic: the password is missing",
		cloud + rest + `webhook_basic: {password: a}, ` + none:                                       "jira.webhook_basic: the user is missing",
		cloud + rest + `webhook_basic: {}, ` + none:                                                  "jira.webhook_basic: expected a user and a password",
		cloud + rest + `webhook_basic: {user: "a:b", password: c}, ` + none:                          "jira.webhook_basic.user: a user cannot hold a colon",
		cloud + rest + `webhook_path: "", ` + none:                                                   "jira.webhook_path: the secret is empty",
		cloud + rest + `webhook_path: abcdefghijklmnop, ` + none:                                     "jira.webhook_path: addresses are written down",
		cloud + rest + `webhook_path: short, allow: [10.0.0.0/8], ` + none:                           "jira.webhook_path: expected the last part",
		cloud + rest + `webhook_path: /webhooks/jira/abcdefghijklmnop, allow: [10.0.0.0/8], ` + none: "jira.webhook_path: expected the last part",
		cloud + rest + `allow: [10.0.0.0/8], ` + none:                                                "jira.allow: networks alone prove nothing",
		cloud + rest + `webhook_path: abcdefghijklmnop, allow: [ten], ` + none:                       "jira.allow[0]: expected a network",
		cloud + rest + `webhook_path: abcdefghijklmnop, allow: ["::/0"], ` + none:                    "jira.allow[0]: ::/0 lets everybody in",
		cloud + rest + `webhook_path: abcdefghijklmnop, allow: ["::ffff:10.0.0.0/104"], ` + none:     "jira.allow[0]: write the network as IPv4, such as 10.0.0.0/8",
		cloud + `trusted: {roles: [a]}, ` + none:                                                     "jira: no project is served",
		cloud + `trusted: {roles: [a]}, projects: [../x], ` + none:                                   "jira.projects[0]: expected the key of a project",
		cloud + `trusted: {roles: [a]}, projects: [OPS, OPS], ` + none:                               "jira.projects[1]: OPS stands here twice",
		cloud + `projects: [OPS], ` + none:                                                           "jira: nobody may command",
		cloud + `projects: [OPS], trusted: {roles: [""]}, ` + none:                                   "jira.trusted.roles[0]: expected the name",
		cloud + rest + `ignore_link_types: [" a"], ` + none:                                          "jira.ignore_link_types[0]: expected the name",
		cloud + rest + `authors: ["a b"], ` + none:                                                   "jira.authors[0]: expected the id of an account",
		dc + `authors: ["[a]"], ` + none:                                                             "jira.authors[0]: expected the name of an account",
		cloud + rest + `epic_type: "Epic ", ` + none:                                                 "jira.epic_type: the name begins or ends",
		cloud + rest: "jira: expected where post-mortems live",
		cloud + rest + `confluence: {url: https://x.example, space: O}, wiki: {url: "https://x.example"}`: "jira.wiki.url: expected either",
		cloud + rest + `confluence: {url: https://x.example, space: O}, ` + none:                          "jira.wiki.enabled: expected either",
		cloud + rest + `confluence: {url: x, space: O}`:                                                   "jira.confluence.url: expected an address",
		cloud + rest + `confluence: {url: https://x.example}`:                                             "jira.confluence: expected the key of a space",
		cloud + rest + `confluence: {url: https://x.example, space: "a/b"}`:                               "jira.confluence.space: expected the key of a space",
		cloud + rest + `confluence: {url: https://x.example, space: O, user: a@b.example}`:                "jira.confluence.user: expected the token",
		cloud + rest + `confluence: {url: https://x.example, space: O, user: a, token: t}`:                "jira.confluence.user: expected the mail address",
		dc + `confluence: {url: https://x.example, space: O}`:                                             "jira.confluence: expected a personal access token",
		cloud + rest + `wiki: {url: x}`:                                                                   "jira.wiki.url: expected an address",
		cloud + rest + none + "}\npolicy: {label: the incident":                                           "policy.label: labels of Jira hold no white space",
		cloud + rest + none + "}\npeople: {a: {jira: X1}, b: {jira: x1}":                                  "people.b.jira: this account is already that of a",
		cloud + rest + none + "}\npeople: {a: {jira: x y}":                                                "people.a.jira: expected the account id",
	} {
		found := problems(t, "jira: {"+strings.TrimSuffix(text, ", ")+"}\n")
		if len(found) != 1 {
			t.Errorf("%s\n found %v\nexpected %q alone", text, found, want)
			continue
		}
		path, says, _ := strings.Cut(want, ": ")
		if !strings.HasPrefix(path, found[0].Path) && !strings.HasPrefix(found[0].Path, path) || !strings.Contains(found[0].Problem, says) {
			t.Errorf("%s\n found %v\nexpected %q", text, found, want)
		}
	}
}
