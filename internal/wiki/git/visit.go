package git

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/transport"
	githttp "github.com/go-git/go-git/v5/plumbing/transport/http"

	"github.com/hereby/hereby/internal/httpx"
	"github.com/hereby/hereby/internal/incident"
)

// visit is one conversation with a remote on behalf of a place.
type visit struct {
	wiki     *Wiki
	site     *site
	place    string
	at       string
	key      string // the address, under which everything about the remote is kept
	endpoint *transport.Endpoint
	auth     transport.AuthMethod // nil: none
	client   transport.Transport
	wire     *wire
	secrets  httpx.Secrets
}

func (w *Wiki) visit(ctx context.Context, place string) (*visit, error) {
	v := &visit{wiki: w, place: place}
	remote, ok := parseAddress(w.opt.Remote(place))
	if !ok {
		return nil, v.problem(Misconfigured)
	}
	v.at, v.key, v.site = remote.shown, remote.url, w.site(remote.url)
	var err error
	if v.endpoint, err = transport.NewEndpoint(remote.url); err != nil {
		return nil, v.problem(Misconfigured)
	}
	if err := v.authenticate(ctx, remote); err != nil {
		return nil, err
	}
	v.wire = &wire{next: w.opt.Transport, timeout: w.opt.Timeout, limit: w.opt.MaxClone, clock: w.opt.Clock}
	v.client = githttp.NewClient(&http.Client{Transport: v.wire})
	return v, nil
}

func (v *visit) authenticate(ctx context.Context, remote address) error {
	user, password := remote.user, remote.password
	v.secret(user, password)
	if v.wiki.opt.Auth != nil {
		u, p, err := v.wiki.opt.Auth(ctx, v.place)
		if err != nil {
			return v.noCredentials(ctx, err)
		}
		if p != "" {
			user, password = u, p
		}
	}
	v.secret(user, password)
	if user != "" || password != "" {
		v.auth = &githttp.BasicAuth{Username: user, Password: password}
	}
	return nil
}

// secret keeps credentials out of every text. A user without a password is
// itself one: tokens are used that way.
func (v *visit) secret(user, password string) {
	if password == "" {
		v.secrets.Add(user)
	}
	v.secrets.Add(password)
	v.secrets.Add(base64.StdEncoding.EncodeToString([]byte(user + ":" + password)))
}

// noCredentials judges a failure to obtain credentials, which says nothing
// about the wiki.
func (v *visit) noCredentials(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return v.stopped(ctx)
	}
	var until time.Time
	var notYet *incident.NotYet
	if errors.As(err, &notYet) {
		until = notYet.Until
	}
	p := v.problem(Unreachable)
	p.Said = oneLine(v.secrets.Redact("no credentials: " + err.Error()))
	return v.later(p, until)
}

func (v *visit) problem(k Kind) *Problem { return &Problem{Kind: k, Place: v.place, At: v.at} }

// later makes a problem one that passes, at until or else in a minute.
func (v *visit) later(p *Problem, until time.Time) *Problem {
	if now := v.wiki.opt.Clock(); !until.After(now) {
		until = now.Add(time.Minute)
	}
	p.Err = &incident.NotYet{Until: until, Err: errors.New(string(p.Kind))}
	return p
}

// stopped is the error of a visit whose caller gave up.
func (v *visit) stopped(ctx context.Context) error {
	return fmt.Errorf("the wiki of %s: %w", v.place, context.Cause(ctx))
}

// judge turns what the git library says into a Problem. writing says that it
// happened after the same remote let us read.
func (v *visit) judge(ctx context.Context, err error, writing bool) error {
	if ctx.Err() != nil {
		return v.stopped(ctx)
	}
	var known *Problem
	if errors.As(err, &known) {
		return known
	}
	p := v.problem(kindOf(err, v.wire, writing))
	if p.Kind != TooLarge && p.Kind != Uninitialised {
		p.Said = oneLine(v.secrets.Redact(reason(err)))
	}
	if p.Kind == Unreachable {
		return v.later(p, v.wire.until)
	}
	return p
}

func kindOf(err error, w *wire, writing bool) Kind {
	switch {
	case errors.Is(reveal(err), errTooLarge):
		return TooLarge
	case errors.Is(err, transport.ErrEmptyRemoteRepository):
		return Uninitialised
	case w.status == 0, w.status >= 500, w.status == http.StatusTooManyRequests, w.status == http.StatusRequestTimeout, !w.until.IsZero():
		return Unreachable
	case w.status == http.StatusRequestEntityTooLarge:
		return TooLarge
	case w.status >= 400 && writing:
		return ReadOnly
	case w.status == http.StatusNotFound, w.status == http.StatusGone:
		return Missing
	case w.status >= 400:
		return Denied
	}
	return Unintelligible
}

// reveal looks into the errors of the library that hide what they hold.
func reveal(err error) error {
	var unexpected *plumbing.UnexpectedError
	for errors.As(err, &unexpected) {
		err = unexpected.Err
	}
	var permanent *plumbing.PermanentError
	if errors.As(err, &permanent) {
		err = permanent.Err
	}
	return err
}

// reason is the text of an error without the library's wrapping.
func reason(err error) string {
	err = reveal(err)
	var answer *githttp.Err
	if errors.As(err, &answer) {
		return fmt.Sprintf("%d %s", answer.StatusCode(), answer.Reason)
	}
	return err.Error()
}
