package config

import (
	"fmt"
	"maps"
	"net"
	"net/mail"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/hereby/hereby/internal/incident"
)

// Events are the messages that a webhook of notify may be told.
var Events = []string{"declared", "unstaffed", "update", "restored", "unrestored", "published", "review", "closed"}

// validator judges values that were decoded. A setting that could not be
// decoded has its finding already and is not judged.
type validator struct {
	places   places
	bad      map[string]bool
	file     string
	findings []Finding
}

func validate(c *Config, d *decoder) []Finding {
	v := &validator{places: d.places, bad: d.bad, file: d.file}
	if slices.ContainsFunc(d.findings, func(f Finding) bool { return f.Path == "" }) {
		return nil // the file as a whole could not be read
	}
	v.server(c)
	v.github(c.GitHub)
	v.jira(c.Jira)
	if c.GitHub == nil && c.Jira == nil {
		v.say("github", `no tracker to serve; add the section github with a token and repos: ["owner/name"], or the section jira with url, user, token and projects: ["KEY"]`)
	}
	v.people(c)
	v.mail(c.Mail)
	v.webhooks(c.Notify.Webhooks)
	v.policy(c.Policy)
	if c.Jira != nil && strings.ContainsFunc(c.Policy.Label, unicode.IsSpace) {
		v.say("policy.label", "labels of Jira hold no white space; use another name than %q", short(c.Policy.Label))
	}
	return v.findings
}

// say adds a finding where the setting stands, or the section around it.
func (v *validator) say(path, format string, args ...any) {
	at := Place{}
	for p := path; p != ""; p = parent(p) {
		if v.bad[p] {
			return
		}
		if at.Line == 0 {
			at = v.places[p]
		}
	}
	if at.Line == 0 {
		at = Place{v.file, 1, 1}
	}
	v.findings = append(v.findings, Finding{Place: at, Path: path, Problem: fmt.Sprintf(format, args...)})
}

// parent returns the path of what a setting stands in, "" at the top.
func parent(path string) string {
	return path[:max(strings.LastIndexAny(path, ".["), 0)]
}

// written reports whether the file itself sets the path.
func (v *validator) written(path string) bool { return v.places.has(path) }

func (v *validator) server(c *Config) {
	if err := CheckListen(c.Listen); err != nil {
		v.say("listen", "%v", err)
	}
	if c.PublicURL != "" {
		v.web("public_url", c.PublicURL)
	}
	v.trimmed("admin_token", c.AdminToken)
	v.trimmed("feed_secret", c.FeedSecret)
	v.store(c.Store)
	if c.Templates != "" {
		if info, err := os.Stat(c.Templates); err != nil || !info.IsDir() {
			v.say("templates", "there is no directory %q (from %s); create it, or leave the setting empty for the built-in texts", short(c.Templates), here())
		}
	}
}

// CheckListen returns an error if addr is not HOST:PORT, where HOST may be empty.
func CheckListen(addr string) error {
	_, port, err := net.SplitHostPort(addr)
	if err == nil {
		_, err = strconv.ParseUint(port, 10, 16)
	}
	if err != nil {
		return fmt.Errorf("expected HOST:PORT such as 127.0.0.1:8080, found %q", short(addr))
	}
	return nil
}

func (v *validator) store(store string) {
	const want = "expected bolt:PATH, redis://HOST:PORT/0 or rediss://HOST:PORT/0"
	if path, ok := strings.CutPrefix(store, "bolt:"); ok {
		if path == "" {
			v.say("store", "the path is missing; %s", want)
		} else if info, err := os.Stat(filepath.Dir(path)); err != nil || !info.IsDir() {
			v.say("store", "there is no directory %q (from %s) to hold the file; create it", filepath.Dir(path), here())
		}
		return
	}
	if !strings.HasPrefix(store, "redis://") && !strings.HasPrefix(store, "rediss://") {
		v.say("store", "%s", want)
	}
}

// web judges an address of the web, and never repeats it: it may hold a secret.
func (v *validator) web(path, text string) {
	u, err := url.Parse(text)
	if err != nil || (u.Scheme != "https" && u.Scheme != "http") || u.Host == "" {
		v.say(path, "expected an address such as https://host.example/path")
	}
}

func (v *validator) secret(path, text string) {
	if text == "" {
		v.say(path, "the secret is empty; give it a value")
	}
	v.trimmed(path, text)
}

func (v *validator) trimmed(path, text string) {
	if strings.TrimSpace(text) != text {
		v.say(path, "the secret begins or ends with white space, perhaps the line end of the file it came from; take that off")
	}
}

var (
	handle  = regexp.MustCompile(`^@?[A-Za-z0-9][A-Za-z0-9_-]*(\[bot\])?$`)
	mention = regexp.MustCompile(`^@[A-Za-z0-9][A-Za-z0-9_-]*(/[A-Za-z0-9._-]+)?$`)
	repo    = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_-]*/([A-Za-z0-9._-]+|\*)$`)
	project = regexp.MustCompile(`^[A-Z][A-Z0-9_]+$`)
)

func (v *validator) github(g *GitHub) {
	if g == nil {
		return
	}
	v.web("github.url", g.URL)
	v.credentials(g)
	for i, s := range g.WebhookSecrets {
		v.secret(fmt.Sprintf("github.webhook_secrets[%d]", i), s)
	}
	if len(g.Repos) == 0 {
		v.say("github.repos", `no repository is served; name some: ["acme/shop"], or all of an owner's: ["acme/*"]`)
	}
	for i, r := range g.Repos {
		if !repo.MatchString(r) || strings.HasSuffix(r, "/.") || strings.HasSuffix(r, "/..") {
			v.say(fmt.Sprintf("github.repos[%d]", i), "expected owner/name or owner/*, found %q", short(r))
		}
	}
	for i, a := range g.Authors {
		if !handle.MatchString(a) {
			v.say(fmt.Sprintf("github.authors[%d]", i), "expected the handle of an account, found %q", short(a))
		}
	}
	if g.Wiki.URL != "" {
		v.web("github.wiki.url", g.Wiki.URL)
	}
}

func (v *validator) credentials(g *GitHub) {
	app := v.written("github.app") && (g.App.ID != 0 || g.App.KeyFile != "")
	switch {
	case app && v.written("github.token"):
		v.say("github.app", "expected either a token or an App, found both; take one out")
	case app && g.App.ID <= 0:
		v.say("github.app.id", "expected the App's id, a number shown on its settings page")
	case app && g.App.KeyFile == "":
		v.say("github.app.key_file", "expected the file with the App's private key, as downloaded from its settings page")
	case app:
		if f, err := os.Open(g.App.KeyFile); err != nil {
			v.say("github.app.key_file", "the file %q (from %s) cannot be read; put the App's private key there", short(g.App.KeyFile), here())
		} else {
			f.Close()
		}
	case v.written("github.token"):
		v.secret("github.token", g.Token)
	default:
		v.say("github", "expected a token (token: ${GITHUB_TOKEN}) or an App (app: {id: 1, key_file: app.pem})")
	}
}

func (v *validator) people(c *Config) {
	for _, who := range slices.Sorted(maps.Keys(c.People)) {
		path := "people." + who
		if !handle.MatchString(who) {
			v.say(path, "expected the handle of a person, found %q", short(who))
		}
		if m := c.People[who].Mail; m != "" {
			v.address(path+".mail", m)
		}
	}
	v.accounts(c.People)
	for _, place := range slices.Sorted(maps.Keys(c.Owners)) {
		if !repo.MatchString(place) && !project.MatchString(place) {
			v.say("owners."+place, "expected a repository (owner/name) or a project's key, found %q", short(place))
		}
		if who := c.Owners[place]; !handle.MatchString(who) {
			v.say("owners."+place, `expected the handle of a person such as "@olga", found %q`, short(who))
		}
	}
}

func (v *validator) mail(m *Mail) {
	if m == nil {
		return
	}
	u, err := url.Parse(m.SMTP)
	if err != nil || (u.Scheme != "smtp" && u.Scheme != "smtps") || u.Host == "" {
		v.say("mail.smtp", "expected the address of a mail server such as smtp://mail.acme.example:587")
	}
	v.address("mail.from", m.From)
	for name, list := range map[string][]string{"owner": m.Lists.Owner, "customers": m.Lists.Customers, "internal": m.Lists.Internal, "all": m.Lists.All} {
		for i, a := range list {
			v.address(fmt.Sprintf("mail.lists.%s[%d]", name, i), a)
		}
	}
}

func (v *validator) address(path, text string) {
	if _, err := mail.ParseAddress(text); err != nil {
		v.say(path, `expected a mail address such as alice@acme.example or "Alice <alice@acme.example>", found %q`, short(text))
	}
}

func (v *validator) webhooks(hooks []Webhook) {
	for i, w := range hooks {
		path := fmt.Sprintf("notify.webhooks[%d]", i)
		v.web(path+".url", w.URL)
		v.secret(path+".secret", w.Secret)
		for k, e := range w.Events {
			if !slices.Contains(Events, e) {
				v.say(fmt.Sprintf("%s.events[%d]", path, k), "there is no event %q; expected any of: %s", short(e), strings.Join(Events, ", "))
			}
		}
	}
}

func (v *validator) policy(p Policy) {
	v.label("policy.label", p.Label)
	v.oneOf("policy.profile", p.Profile, "standard", "small-team")
	v.oneOf("policy.checklist", p.Checklist, "", "role", "item")
	v.atLeast("policy.adopt", p.Adopt, time.Minute)
	v.atLeast("policy.staffing", p.Staffing, time.Minute)
	v.atLeast("policy.update_every", p.UpdateEvery, time.Minute)
	v.atLeast("policy.sweep_every", p.SweepEvery, time.Minute)
	v.atLeast("policy.review.every", p.Review.Every, day)
	for i, who := range p.Call {
		if !mention.MatchString(who) {
			v.say(fmt.Sprintf("policy.call[%d]", i), `expected a mention such as "@alice" or "@acme/on-call", found %q`, short(who))
		}
	}
	if _, err := time.LoadLocation(p.Timezone); err != nil || p.Timezone == "" || p.Timezone == "Local" {
		v.say("policy.timezone", "expected the name of a time zone such as UTC or Europe/Zurich, found %q", short(p.Timezone))
	}
	if _, err := time.Parse("15:04", p.Review.At); err != nil {
		v.say("policy.review.at", `expected a time of day such as "10:00", found %q`, short(p.Review.At))
	}
	if p.Review.Minutes < 1 || p.Review.Minutes > 24*60 {
		v.say("policy.review.minutes", "expected 1 to 1440 minutes, found %d", p.Review.Minutes)
	}
}

// label judges the name of a label that is not to be one of ours.
func (v *validator) label(path, name string) {
	switch {
	case strings.TrimSpace(name) != name || name == "" || name == "." || name == "..":
		v.say(path, `expected the name of a label such as incident, found %q`, short(name))
	case len([]rune(name)) > 50:
		v.say(path, "a label's name has at most 50 characters, this one has %d", len([]rune(name)))
	case strings.Contains(name, ","):
		v.say(path, "a label with a comma cannot be searched for; use another name than %q", name)
	case incident.OurLabel(name):
		v.say(path, "labels that begin with hereby are set by Hereby itself; use another name than %q", name)
	}
}

func (v *validator) oneOf(path, text string, words ...string) {
	if !slices.Contains(words, text) {
		given := strings.Join(slices.DeleteFunc(slices.Clone(words), func(w string) bool { return w == "" }), " or ")
		v.say(path, "expected %s, found %q", given, short(text))
	}
}

func (v *validator) atLeast(path string, d, least time.Duration) {
	if d < least {
		v.say(path, "expected %s or more, found %s", brief(least), brief(d))
	}
}

// brief writes 24h for 24h0m0s.
func brief(d time.Duration) string {
	text := d.String()
	if strings.HasSuffix(text, "m0s") {
		text = strings.TrimSuffix(text, "0s")
	}
	if strings.HasSuffix(text, "h0m") {
		text = strings.TrimSuffix(text, "0m")
	}
	return text
}

// here names the directory that relative paths start from.
func here() string {
	dir, err := os.Getwd()
	if err != nil {
		return "the directory Hereby was started in"
	}
	return dir
}
