package webhooks

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"mime"
	"net/http"
	"slices"
	"strings"
)

// GitHub is the source of GitHub's webhooks, from github.com and Enterprise
// Server.
type GitHub struct {
	secrets [][]byte
	options GitHubOptions
}

// GitHubOptions is what routing must know.
type GitHubOptions struct {
	// Label is the policy's label.
	Label string
	// Serves reports whether we serve a repository, "owner/name" in any case;
	// a public one only where the operator opted in. nil serves all.
	Serves func(repo string, private bool) bool
}

const github = "github"

// NewGitHub returns the source whose deliveries are signed with one of the
// secrets. Several serve while they are being changed. An empty one would let
// anybody in, so it is refused.
func NewGitHub(secrets []string, o GitHubOptions) (*GitHub, error) {
	if len(secrets) == 0 {
		return nil, errors.New("github.webhook_secrets holds no secret: give at least one, or leave the setting out to poll instead")
	}
	g := &GitHub{options: o}
	for _, s := range secrets {
		if s == "" {
			return nil, errors.New("github.webhook_secrets holds an empty secret: anybody could sign with it")
		}
		g.secrets = append(g.secrets, []byte(s))
	}
	return g, nil
}

// Tracker implements [Source].
func (g *GitHub) Tracker() string { return github }

// Path implements [Source].
func (g *GitHub) Path() string { return "/webhooks/github" }

// Verify implements [Source]: the header X-Hub-Signature-256 must be the
// HMAC-SHA256 of the body as it was sent. The older SHA-1 header does not count.
func (g *GitHub) Verify(r *http.Request, body []byte) error {
	header := r.Header.Get("X-Hub-Signature-256")
	if header == "" {
		return errors.New("the delivery has no X-Hub-Signature-256; set the webhook's secret at GitHub to one of github.webhook_secrets")
	}
	digits, ok := strings.CutPrefix(header, "sha256=")
	want, err := hex.DecodeString(digits)
	if !ok || err != nil || len(want) != sha256.Size {
		return errors.New("X-Hub-Signature-256 is not sha256= and 64 hexadecimal digits")
	}
	match := false
	for _, secret := range g.secrets {
		mac := hmac.New(sha256.New, secret)
		mac.Write(body)
		var sum [sha256.Size]byte
		match = hmac.Equal(mac.Sum(sum[:0]), want) || match
	}
	if !match {
		return errors.New("X-Hub-Signature-256 does not match; is the webhook's secret at GitHub one of github.webhook_secrets?")
	}
	return nil
}

// Read implements [Source].
func (g *GitHub) Read(r *http.Request, body []byte) (News, error) {
	event := r.Header.Get("X-GitHub-Event")
	news := News{Event: OtherEvent, ID: r.Header.Get("X-GitHub-Delivery")}
	if slices.Contains(githubEvents, event) {
		news.Event = event
	}
	if event == "" {
		return news, errors.New("the delivery has no X-GitHub-Event")
	}
	if form(r.Header.Get("Content-Type")) {
		return news, errors.New("the delivery is a form; set the webhook's content type at GitHub to application/json")
	}
	keys, err := githubKeys(event, body, g.options)
	if unserved := new(UnservedError); errors.As(err, &unserved) {
		news.NotServed = unserved.Error()
		return news, nil
	}
	news.Keys = keys
	return news, err
}

func form(contentType string) bool {
	media, _, _ := mime.ParseMediaType(contentType)
	return media == "application/x-www-form-urlencoded" || strings.HasPrefix(media, "multipart/")
}

// UnservedError says that a delivery comes from a repository we do not serve.
type UnservedError struct {
	Repo    string
	Private bool
}

func (e *UnservedError) Error() string {
	if e.Private {
		return "repository " + e.Repo + " is not served: add it to github.repos"
	}
	return "repository " + e.Repo + " is not served: it is public or not in github.repos; add it there, and set github.public if strangers may read incidents"
}
