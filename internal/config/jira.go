package config

import (
	"fmt"
	"maps"
	"net/netip"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/hereby/hereby/internal/incident"
)

// gateway begins the address of the API for tokens with scopes.
const gateway = "https://api.atlassian.com/"

var (
	segment = regexp.MustCompile(`^[A-Za-z0-9_-]{16,200}$`)
	space   = regexp.MustCompile(`^~?[A-Za-z0-9._-]+$`)
	account = regexp.MustCompile(`^[^\s\[\]{}|\\]+$`)
)

func (v *validator) jira(j *Jira) {
	if j == nil {
		return
	}
	v.jiraURL(j)
	v.oneOf("jira.edition", j.Edition, Cloud, DataCenter)
	v.jiraAccount(j)
	v.jiraWebhooks(j)
	if len(j.Projects) == 0 {
		v.say("jira.projects", `no project is served; name some by their keys: ["OPS"]`)
	}
	for i, p := range j.Projects {
		path := fmt.Sprintf("jira.projects[%d]", i)
		if !project.MatchString(p) {
			v.say(path, "expected the key of a project such as OPS, found %q", short(p))
		} else if slices.Index(j.Projects, p) < i {
			v.say(path, "%s stands here twice; take one out", p)
		}
	}
	if len(j.Trusted.Roles)+len(j.Trusted.Groups) == 0 {
		v.say("jira.trusted", `nobody may command; name the roles of a project or the groups whose people may: {roles: ["Developers"]}`)
	}
	v.words("jira.trusted.roles", j.Trusted.Roles, "the name of a project's role")
	v.words("jira.trusted.groups", j.Trusted.Groups, "the name of a group")
	v.words("jira.wontfix", j.Wontfix, "the name of a resolution or status")
	v.words("jira.transitions.done", j.Transitions.Done, "the name of a transition")
	v.words("jira.transitions.reopen", j.Transitions.Reopen, "the name of a transition")
	v.words("jira.ignore_link_types", j.IgnoreLinkTypes, "the name of a link type")
	for i, a := range j.Authors {
		if !account.MatchString(a) {
			v.say(fmt.Sprintf("jira.authors[%d]", i), "expected %s, found %q", accountForm(j), short(a))
		}
	}
	for path, name := range map[string]string{"jira.epic_type": j.EpicType, "jira.subtask_type": j.SubtaskType, "jira.link_type": j.LinkType} {
		if strings.TrimSpace(name) != name {
			v.say(path, "the name begins or ends with white space; take that off")
		}
	}
	v.jiraPages(j)
}

// accountForm says what identifies a person.
func accountForm(j *Jira) string {
	if j != nil && j.Edition == DataCenter {
		return "the name of an account, as it signs in"
	}
	return "the id of an account, the last part of the address of its profile"
}

func (v *validator) jiraURL(j *Jira) {
	if j.URL == "" {
		v.say("jira.url", "expected the address of your Jira, such as https://acme.atlassian.net")
		return
	}
	v.site("jira.url", j.URL)
	switch {
	case j.SiteURL != "":
		v.site("jira.site_url", j.SiteURL)
	case strings.HasPrefix(j.URL, gateway):
		v.say("jira.url", "this is the address of the API, which people cannot open; give that of your site too, site_url: https://acme.atlassian.net")
	}
}

// site judges the address of a product, which holds nothing but where it is.
func (v *validator) site(path, text string) {
	u, err := url.Parse(text)
	if err != nil || (u.Scheme != "https" && u.Scheme != "http") || u.Host == "" {
		v.web(path, text)
	} else if u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		v.say(path, "expected an address alone, without a user, a password, a query or a fragment; an account is set by user and token")
	}
}

func (v *validator) jiraAccount(j *Jira) {
	if !v.written("jira.token") {
		v.say("jira", "expected the token of the account that Hereby runs under (token: ${JIRA_TOKEN})")
	} else {
		v.secret("jira.token", j.Token)
	}
	v.login("jira.user", j.User, j)
}

// login judges the user that goes with a token.
func (v *validator) login(path, user string, j *Jira) {
	switch {
	case j.Edition == DataCenter && user != "":
		v.say(path, "Data Center knows the account by its personal access token alone; take the user out")
	case j.Edition == Cloud && !strings.Contains(user, "@"):
		v.say(path, "expected the mail address of the account whose API token this is, found %q", short(user))
	}
}

func (v *validator) jiraWebhooks(j *Jira) {
	for i, s := range j.WebhookSecrets {
		v.secret(fmt.Sprintf("jira.webhook_secrets[%d]", i), s)
	}
	switch b := j.WebhookBasic; {
	case b.User == "" && b.Password == "" && v.written("jira.webhook_basic"):
		v.say("jira.webhook_basic", "expected a user and a password; leave the section out if your Jira does not show any")
	case b.User == "" && b.Password != "":
		v.say("jira.webhook_basic.user", "the user is missing; give it a value")
	case b.User != "" && b.Password == "":
		v.say("jira.webhook_basic.password", "the password is missing; give it a value")
	case strings.Contains(b.User, ":"):
		v.say("jira.webhook_basic.user", "a user cannot hold a colon, which parts it from the password")
	}
	switch {
	case j.WebhookPath == "" && v.written("jira.webhook_path"):
		v.say("jira.webhook_path", "the secret is empty; give it a value")
	case j.WebhookPath == "" && len(j.Allow) > 0:
		v.say("jira.allow", "networks alone prove nothing; they go with webhook_path")
	case j.WebhookPath != "" && !segment.MatchString(j.WebhookPath):
		v.say("jira.webhook_path", "expected the last part of the address, 16 or more letters, digits, - and _ that nobody can guess; webhooks then go to /webhooks/jira/ and it")
	case j.WebhookPath != "" && len(j.Allow) == 0:
		v.say("jira.webhook_path", `addresses are written down in many places, so a path alone proves little; add the networks your Jira delivers from, allow: ["10.0.0.0/8"]`)
	}
	for i, a := range j.Allow {
		v.network(fmt.Sprintf("jira.allow[%d]", i), a)
	}
}

func (v *validator) network(path, text string) {
	p, err := network(text)
	switch {
	case err != nil:
		v.say(path, "expected a network such as 10.0.0.0/8 or an address such as 2001:db8::7, found %q", short(text))
	case p.Bits() == 0:
		v.say(path, "%s lets everybody in; name the network your Jira delivers from", p)
	case p.Addr().Is4In6():
		v.say(path, "write the network as IPv4, such as %s", netip.PrefixFrom(p.Addr().Unmap(), max(p.Bits()-96, 0)))
	}
}

// jiraPages judges where post-mortems live: there is no place for them that
// every Jira has.
func (v *validator) jiraPages(j *Jira) {
	w := j.Confluence
	switch {
	case w != nil && j.Wiki.URL != "":
		v.say("jira.wiki.url", "expected either Confluence or a git wiki, found both; take one out")
	case w != nil && !j.Wiki.Enabled:
		v.say("jira.wiki.enabled", "expected either Confluence or no post-mortem pages, found both; take one out")
	case w == nil && j.Wiki.URL == "" && j.Wiki.Enabled:
		v.say("jira", "expected where post-mortems live: confluence: {url: https://acme.atlassian.net/wiki, space: OPS}, or a git wiki, wiki: {url: https://git.example/ops.wiki.git}, or nowhere, wiki: {enabled: false}")
	case w == nil && j.Wiki.URL != "":
		v.web("jira.wiki.url", j.Wiki.URL)
	}
	v.trimmed("jira.wiki.token", j.Wiki.Token)
	if w == nil {
		return
	}
	v.site("jira.confluence.url", w.URL)
	if !space.MatchString(w.Space) {
		v.say("jira.confluence.space", "expected the key of a space such as OPS, found %q", short(w.Space))
	}
	v.trimmed("jira.confluence.token", w.Token)
	switch {
	case j.Edition == DataCenter && w.Token == "":
		v.say("jira.confluence", "expected a personal access token of Confluence (token: ${CONFLUENCE_TOKEN}): Jira's is not good there")
	case w.User != "" && w.Token == "":
		v.say("jira.confluence.user", "expected the token of this user too, or neither: then it is Jira's account")
	case w.User != "":
		v.login("jira.confluence.user", w.User, j)
	}
}

func (v *validator) words(path string, list []string, what string) {
	for i, w := range list {
		if w == "" || strings.TrimSpace(w) != w {
			v.say(fmt.Sprintf("%s[%d]", path, i), "expected %s, found %q", what, short(w))
		}
	}
}

// accounts judges that nobody's account is somebody else's, too.
func (v *validator) accounts(people map[string]Person) {
	owner := map[incident.Person]string{}
	for _, who := range slices.Sorted(maps.Keys(people)) {
		id := people[who].Jira
		if id == "" {
			continue
		}
		path := "people." + who + ".jira"
		folded := incident.PersonOf(id)
		if !account.MatchString(id) {
			v.say(path, "expected the account id (Cloud) or user name (Data Center) of a person, found %q", short(id))
		} else if other, taken := owner[folded]; taken {
			v.say(path, "this account is already that of %s; one account is one person", other)
		}
		owner[folded] = who
	}
}
