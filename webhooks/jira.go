package webhooks

import (
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"net/netip"
	"slices"
	"strings"
)

// Jira is the source of Jira's webhooks, from Cloud and Data Center. Where a
// secret path is in use, it is mounted at [JiraSecretPath] too.
type Jira struct {
	access  JiraAccess
	options JiraOptions
}

// JiraAccess says by what a delivery is known to come from our Jira. One is
// required, and any one that is set suffices.
type JiraAccess struct {
	// Secrets sign the body: Cloud, and Data Center where it offers it.
	Secrets []string
	// User and Password are shown by basic authentication.
	User, Password string
	// Path is the last segment of the address that nobody can guess. It
	// counts only for connections from Allow; what a proxy says of the sender
	// is not believed.
	Path  string
	Allow []netip.Prefix
}

// JiraOptions is what routing must know.
type JiraOptions struct {
	// Label is the policy's label.
	Label string
	// URL and SiteURL are jira.url and jira.site_url: a delivery's own addresses
	// count only if they lead to either. SiteURL may be empty.
	URL, SiteURL string
	// Serves reports whether we serve a project, by its key. nil serves all.
	Serves func(project string) bool
}

const jira = "jira"

const jiraPath = "/webhooks/jira"

// JiraSecretPath is the path of deliveries whose address ends in a secret.
const JiraSecretPath = jiraPath + "/:secret"

// NewJira returns the source whose deliveries access lets in. Access that lets
// anybody in is refused, and so is none.
func NewJira(access JiraAccess, o JiraOptions) (*Jira, error) {
	switch {
	case slices.Contains(access.Secrets, ""):
		return nil, errors.New("jira.webhook_secrets holds an empty secret: anybody could sign with it")
	case (access.User == "") != (access.Password == ""):
		return nil, errors.New("jira.webhook_basic needs both a user and a password")
	case access.Path != "" && len(access.Allow) == 0:
		return nil, errors.New("jira.webhook_path needs jira.allow: the networks from which your Jira delivers")
	case access.Path == "" && len(access.Allow) > 0:
		return nil, errors.New("jira.allow goes with jira.webhook_path: addresses alone prove nothing")
	case strings.Contains(access.Path, "/"):
		return nil, errors.New("jira.webhook_path is the last segment of the address, without a slash")
	case len(access.Secrets) == 0 && access.User == "" && access.Path == "":
		return nil, errors.New("nothing tells Jira's deliveries from others: set jira.webhook_secrets, jira.webhook_basic or jira.webhook_path, or leave all of them out to poll instead")
	}
	return &Jira{access: access, options: o}, nil
}

// Tracker implements [Source].
func (j *Jira) Tracker() string { return jira }

// Path implements [Source].
func (j *Jira) Path() string { return jiraPath }

// Verify implements [Source]. Every proof is compared in constant time.
func (j *Jira) Verify(r *http.Request, body []byte) error {
	if segment, ok := strings.CutPrefix(r.URL.Path, jiraPath+"/"); ok {
		return j.verifyPath(r, segment)
	}
	header := r.Header.Get("X-Hub-Signature")
	user, password, basic := r.BasicAuth()
	if basic && j.access.User != "" && same(user, j.access.User)&same(password, j.access.Password) == 1 {
		return nil
	}
	switch {
	case header != "" && len(j.access.Secrets) > 0:
		return j.verifySignature(header, body)
	case basic && j.access.User != "":
		return errors.New("user or password is not that of jira.webhook_basic")
	case len(j.access.Secrets) > 0:
		return errors.New("the delivery has no X-Hub-Signature; set the webhook's secret in Jira to one of jira.webhook_secrets")
	case j.access.User != "":
		return errors.New("the delivery shows no user and password; set those of jira.webhook_basic in Jira")
	}
	return errors.New("the address lacks its last segment, jira.webhook_path")
}

// verifySignature wants the HMAC-SHA256 of the body as it was sent. The method
// stands in the header, and no other counts.
func (j *Jira) verifySignature(header string, body []byte) error {
	digits, ok := strings.CutPrefix(header, "sha256=")
	want, err := hex.DecodeString(digits)
	if !ok || err != nil || len(want) != sha256.Size {
		return errors.New("X-Hub-Signature is not sha256= and 64 hexadecimal digits")
	}
	match := false
	for _, secret := range j.access.Secrets {
		mac := hmac.New(sha256.New, []byte(secret))
		mac.Write(body)
		var sum [sha256.Size]byte
		match = hmac.Equal(mac.Sum(sum[:0]), want) || match
	}
	if !match {
		return errors.New("X-Hub-Signature does not match; is the webhook's secret in Jira one of jira.webhook_secrets?")
	}
	return nil
}

func (j *Jira) verifyPath(r *http.Request, segment string) error {
	if same(segment, j.access.Path) == 0 {
		return errors.New("the address is not the one of jira.webhook_path")
	}
	from, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return errors.New("the sender has no address")
	}
	addr := from.Addr().Unmap().WithZone("")
	for _, p := range j.access.Allow {
		if p.Contains(addr) {
			return nil
		}
	}
	return fmt.Errorf("%s is in none of the networks of jira.allow", addr)
}

// same returns 1 if the texts are equal, in a time that tells nothing.
func same(a, b string) int {
	x, y := sha256.Sum256([]byte(a)), sha256.Sum256([]byte(b))
	return subtle.ConstantTimeCompare(x[:], y[:])
}

// Read implements [Source].
func (j *Jira) Read(r *http.Request, body []byte) (News, error) {
	news := News{Event: OtherEvent, ID: r.Header.Get("X-Atlassian-Webhook-Identifier")}
	event, keys, err := jiraKeys(body, r.URL.Query(), j.options)
	if slices.Contains(jiraEvents, event) {
		news.Event = event
	}
	if other := new(NotOursError); errors.As(err, &other) {
		news.NotServed = other.Reason
		return news, nil
	}
	news.Keys = keys
	return news, err
}

// NotOursError says that a delivery comes from a project that we do not serve,
// or from another Jira.
type NotOursError struct{ Reason string }

func (e *NotOursError) Error() string { return e.Reason }

func unservedProject(project string) error {
	return &NotOursError{"project " + project + " is not served: add it to jira.projects"}
}
