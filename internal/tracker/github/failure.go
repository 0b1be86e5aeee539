package github

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	gh "github.com/google/go-github/v60/github"

	"github.com/hereby/hereby/internal/httpx"
	"github.com/hereby/hereby/internal/incident"
)

// again is when we look again after somebody else changed the same.
const again = 10 * time.Second

// judge tells what became of a request by its error.
func (t *Tracker) judge(err error) httpx.Verdict {
	now := t.opt.Clock()
	var accepted *gh.AcceptedError
	if errors.As(err, &accepted) {
		return httpx.Verdict{Kind: httpx.Fine}
	}
	var answer *gh.ErrorResponse
	var resp *http.Response
	if errors.As(err, &answer) {
		resp = answer.Response
	}
	if resp != nil && resp.StatusCode == http.StatusUnauthorized {
		return httpx.Verdict{Kind: httpx.Wait, Until: now.Add(time.Minute)}
	}
	return httpx.Judge(resp, err, now)
}

// explain makes an error of a reading fit to be shown, and NotYet if GitHub
// or our pacing asks us to wait.
func (t *Tracker) explain(err error) error {
	if err == nil {
		return nil
	}
	return t.judge(err).Reading(t.clear(err))
}

// result makes the outcome of a request that changes something.
func (t *Tracker) result(err error) incident.Result { return t.judge(err).Change(t.clear(err)) }

func refuse(format string, args ...any) error {
	return &httpx.Refused{Text: fmt.Sprintf(format, args...)}
}

// clear says what an answer means and what to do about it, without secrets.
func (t *Tracker) clear(err error) error {
	err = plain{t.opt.Secrets.Error(err)}
	var answer *gh.ErrorResponse
	if !errors.As(err, &answer) || answer.Response == nil {
		return err
	}
	switch answer.Response.StatusCode {
	case http.StatusUnauthorized:
		return fmt.Errorf("GitHub does not accept our credentials: check that the token is valid and not expired: %w", err)
	case http.StatusGone:
		if disabled(err) {
			return fmt.Errorf("issues are disabled in this repository: enable them in its settings, or choose another place: %w", err)
		}
	case http.StatusForbidden:
		return fmt.Errorf("GitHub refuses this to our account: it needs write access to issues there: %w", err)
	}
	return err
}

// plain is an error without the empty list that go-github ends an answer with.
type plain struct{ error }

func (p plain) Error() string { return strings.TrimSpace(strings.TrimSuffix(p.error.Error(), " []")) }

func (p plain) Unwrap() error { return p.error }

// disabled reports whether an answer of 410 speaks of the repository's issues
// as a whole, and not of one that was deleted.
func disabled(err error) bool { return strings.Contains(strings.ToLower(message(err)), "disabled") }

// message returns what GitHub says in an answer of 400 and above.
func message(err error) string {
	var answer *gh.ErrorResponse
	if !errors.As(err, &answer) {
		return ""
	}
	text := answer.Message
	for _, e := range answer.Errors {
		text += "; " + e.Message
	}
	return text
}
