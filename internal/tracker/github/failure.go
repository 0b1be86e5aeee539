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

// again is when we look again after what did not even reach GitHub.
const again = 10 * time.Second

// judge tells what became of a request by its error.
func (t *Tracker) judge(err error) (httpx.Kind, time.Time) {
	now := t.opt.Clock()
	var answer *gh.ErrorResponse
	var resp *http.Response
	if errors.As(err, &answer) {
		resp = answer.Response
	}
	if resp != nil && resp.StatusCode == http.StatusUnauthorized {
		return httpx.Wait, now.Add(time.Minute)
	}
	kind, until := httpx.Judge(resp, err, now)
	if kind == httpx.Unsent {
		return httpx.Wait, now.Add(again)
	}
	return kind, until
}

// explain makes an error of a reading fit to be shown, and NotYet if GitHub
// or our pacing asks us to wait.
func (t *Tracker) explain(err error) error {
	if err == nil {
		return nil
	}
	var notServed *incident.NotServed
	if errors.As(err, &notServed) {
		return err
	}
	err = t.clear(err)
	if kind, until := t.judge(err); kind == httpx.Wait {
		return &incident.NotYet{Until: until, Err: err}
	}
	return err
}

// result makes the outcome of a request that changes something.
func (t *Tracker) result(err error) incident.Result {
	var accepted *gh.AcceptedError
	if err == nil || errors.As(err, &accepted) {
		return incident.Result{Outcome: incident.Applied}
	}
	clear := t.clear(err)
	var no *refusal
	if errors.As(err, &no) {
		return incident.Result{Outcome: incident.Refused, Err: clear}
	}
	switch kind, until := t.judge(err); kind {
	case httpx.Wait:
		return incident.Result{Outcome: incident.Deferred, Err: &incident.NotYet{Until: until, Err: clear}}
	case httpx.Refusal:
		return incident.Result{Outcome: incident.Refused, Err: clear}
	}
	return incident.Result{Outcome: incident.Unknown, Err: clear}
}

// refusal is our own definite no, before or after asking GitHub.
type refusal struct{ text string }

func (r *refusal) Error() string { return r.text }

func refuse(format string, args ...any) error { return &refusal{fmt.Sprintf(format, args...)} }

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
