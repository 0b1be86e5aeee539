package jira

import (
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/hereby/hereby/internal/httpx"
	"github.com/hereby/hereby/internal/incident"
)

// again is when we look again after what did not even reach Jira.
const again = 10 * time.Second

// judge tells what became of a request by its error.
func (t *Tracker) judge(err error) (httpx.Kind, time.Time) {
	now := t.opt.Clock()
	var a *answer
	var g *garbled
	var resp *http.Response
	switch {
	case errors.As(err, &a):
		resp = a.Response
	case errors.As(err, &g):
		resp = g.resp
	}
	if resp != nil {
		switch wait, named := httpx.RetryAfter(resp.Header, now); {
		case resp.StatusCode == http.StatusUnauthorized:
			return httpx.Wait, now.Add(time.Minute)
		case resp.StatusCode == http.StatusConflict: // somebody changed it meanwhile
			return httpx.Wait, now.Add(again)
		case resp.StatusCode == http.StatusServiceUnavailable && named:
			return httpx.Wait, now.Add(wait)
		}
	}
	kind, until := httpx.Judge(resp, err, now)
	if kind == httpx.Unsent {
		return httpx.Wait, now.Add(again)
	}
	return kind, until
}

// explain makes an error of a reading fit to be shown, and NotYet if Jira or
// our pacing asks us to wait.
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
	if err == nil {
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

// created is result for what brings something into being. An answer of 503 may
// come from something in between, after Jira did its work: that is not known.
func (t *Tracker) created(err error) incident.Result {
	r := t.result(err)
	if r.Outcome == incident.Deferred && isStatus(err, http.StatusServiceUnavailable) {
		r.Outcome = incident.Unknown
	}
	return r
}

// refusal is our own definite no, before or after asking Jira.
type refusal struct{ text string }

func (r *refusal) Error() string { return r.text }

func refuse(format string, args ...any) error { return &refusal{fmt.Sprintf(format, args...)} }

// unsentRead marks the failure of a reading that was needed before a change:
// the change itself was never sent.
func unsentRead(err error) error {
	var no *refusal
	if err == nil || errors.As(err, &no) || isStatus(err, http.StatusNotFound, http.StatusForbidden, http.StatusTooManyRequests, http.StatusUnauthorized) {
		return err
	}
	return &httpx.NotSent{Err: err}
}

// clear says what an answer means and what to do about it, without secrets.
func (t *Tracker) clear(err error) error {
	err = t.opt.Secrets.Error(err)
	var a *answer
	if !errors.As(err, &a) {
		return err
	}
	switch a.Response.StatusCode {
	case http.StatusUnauthorized:
		if t.cloud {
			return fmt.Errorf("our credentials are not accepted by Jira: check the mail address and that the API token is not expired; a scoped token works only with https://api.atlassian.com/ex/jira/CLOUDID: %w", err)
		}
		return fmt.Errorf("our credentials are not accepted by Jira: check that the personal access token is valid and not expired: %w", err)
	case http.StatusForbidden:
		return fmt.Errorf("our account is refused this by Jira: it lacks a permission in the project; hereby check names which: %w", err)
	case http.StatusRequestEntityTooLarge:
		return fmt.Errorf("no more of these are taken on this issue: it has reached its limit of comments or links: %w", err)
	}
	return err
}
