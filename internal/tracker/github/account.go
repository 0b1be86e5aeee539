package github

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/bradleyfalzon/ghinstallation/v2"
	gh "github.com/google/go-github/v60/github"
	ghtoken "github.com/google/go-github/v88/github"

	"github.com/hereby/hereby/internal/httpx"
)

// account is one set of credentials with its client, its pacing and its part
// of the cache.
type account struct {
	*gh.Client
	identity string
	token    func(context.Context) (string, error) // nil: the App's own, which is none of git's
}

// stack builds an account's client on a transport that adds its credentials.
func (t *Tracker) stack(identity string, auth http.RoundTripper) *account {
	pace := &httpx.Pacer{Next: auth, Clock: t.opt.Clock, Cost: cost, Limited: secondary, Sleep: t.opt.Sleep, Moment: 2 * time.Second}
	if t.opt.Metrics.Remaining != nil {
		pace.Remaining = func(n int) { t.opt.Metrics.Remaining(identity, n) }
	}
	client := gh.NewClient(&http.Client{
		Transport: &httpx.Redirect{Next: t.cache.Transport(pace, identity)},
		// Redirect has followed what may be followed; net/http must not turn
		// the rest into a GET.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	})
	client.BaseURL = t.base
	client.UserAgent = "hereby"
	return &account{Client: client, identity: identity}
}

// bearer adds the token that a function returns, whatever account it is of.
func (t *Tracker) bearer(token func(context.Context) (string, error)) http.RoundTripper {
	return &httpx.Auth{Next: t.lower, Host: t.base.Host, Value: func(ctx context.Context) (string, error) {
		s, err := token(ctx)
		t.opt.Secrets.AddPassing(s)
		return "Bearer " + s, err
	}}
}

// holding builds the account of whoever holds a token.
func (t *Tracker) holding(identity string, token func(context.Context) (string, error)) *account {
	a := t.stack(identity, t.bearer(token))
	a.token = token
	return a
}

// Git returns the credentials with which git reads and writes what belongs to
// a repository on this server, its wiki among it.
func (t *Tracker) Git(ctx context.Context, repo string) (user, password string, err error) {
	a, err := t.account(ctx, repo)
	if err != nil {
		return "", "", t.explain(err)
	}
	token, err := a.token(ctx)
	t.opt.Secrets.AddPassing(token)
	return "x-access-token", token, t.explain(err)
}

// cost follows GitHub's published points: 1 to read, 5 to change, and content
// is what notifies people: issues and comments.
func cost(req *http.Request) httpx.Cost {
	switch req.Method {
	case http.MethodGet, http.MethodHead:
		return httpx.Cost{Points: 1}
	case http.MethodPost, http.MethodPatch:
		path := strings.TrimRight(req.URL.Path, "/")
		if !strings.HasSuffix(path, "/labels") && !strings.HasSuffix(path, "/reactions") && !strings.HasSuffix(path, "/graphql") {
			return httpx.Cost{Points: 5, Creates: 1}
		}
	}
	return httpx.Cost{Points: 5}
}

// secondary reports whether a 403 without the usual headers is a rate limit.
func secondary(_ *http.Response, body []byte) bool {
	return bytes.Contains(body, []byte("secondary rate limit")) ||
		bytes.Contains(body, []byte("secondary-rate-limits")) ||
		bytes.Contains(body, []byte("abuse-rate-limits")) ||
		bytes.Contains(body, []byte("abuse detection"))
}

// account returns the credentials for a repository.
func (t *Tracker) account(ctx context.Context, repo string) (*account, error) {
	if t.opt.App == nil {
		return t.remember(0, func() (*account, error) {
			return t.holding("token", t.opt.Token), nil
		})
	}
	id, err := t.installs.Get(strings.ToLower(repo), func() (int64, error) {
		owner, name, err := split(repo)
		if err != nil {
			return 0, err
		}
		in, _, err := t.app.Apps.FindRepositoryInstallation(ctx, owner, name)
		if isStatus(err, http.StatusNotFound) {
			return 0, fmt.Errorf("the App is not installed on %s: install it there, or take the repository out of the configuration: %w", repo, err)
		}
		return in.GetID(), err
	})
	if err != nil {
		return nil, err
	}
	return t.installation(id)
}

func (t *Tracker) installation(id int64) (*account, error) {
	return t.remember(id, func() (*account, error) {
		tr, err := ghinstallation.New(t.lower, t.opt.App.ID, id, t.opt.App.Key)
		if err != nil {
			return nil, err
		}
		tr.BaseURL = strings.TrimSuffix(t.base.String(), "/")
		tr.InstallationTokenOptions = new(ghtoken.InstallationTokenOptions) // {}: the library would send null
		return t.holding(fmt.Sprintf("installation/%d", id), tr.Token), nil
	})
}

func (t *Tracker) remember(id int64, make func() (*account, error)) (*account, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if a := t.accounts[id]; a != nil {
		return a, nil
	}
	a, err := make()
	if err == nil {
		t.accounts[id] = a
	}
	return a, err
}

// appAccount is for the few endpoints that speak to the App itself.
func (t *Tracker) appAccount() (*account, error) {
	tr, err := ghinstallation.NewAppsTransport(t.lower, t.opt.App.ID, t.opt.App.Key)
	if err != nil {
		return nil, fmt.Errorf("the private key of App %d cannot be read: expected the PEM file that GitHub made for it: %w", t.opt.App.ID, err)
	}
	return t.stack("app", tr), nil
}

func split(repo string) (owner, name string, err error) {
	owner, name, ok := strings.Cut(repo, "/")
	if !ok || owner == "" || name == "" || strings.Contains(name, "/") || name == "." || name == ".." {
		return "", "", fmt.Errorf("%q is not a repository: expected OWNER/NAME", repo)
	}
	return owner, name, nil
}
