package jira

import (
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/hereby/hereby/internal/httpx"
	"github.com/hereby/hereby/internal/incident"
)

// again is when we look again after somebody else changed the same.
const again = 10 * time.Second

// judge tells what became of a request by its error.
func (t *Tracker) judge(err error) httpx.Verdict {
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
			return httpx.Verdict{Kind: httpx.Wait, Until: now.Add(time.Minute)}
		case resp.StatusCode == http.StatusConflict: // somebody changed it meanwhile
			return httpx.Verdict{Kind: httpx.Wait, Until: now.Add(again)}
		case resp.StatusCode == http.StatusServiceUnavailable && named:
			return httpx.Verdict{Kind: httpx.Wait, Until: now.Add(wait)}
		}
	}
	return httpx.Judge(resp, err, now)
}

// explain makes an error of a reading fit to be shown, and NotYet if Jira or
// our pacing asks us to wait.
func (t *Tracker) explain(err error) error {
	if err == nil {
		return nil
	}
	return t.judge(err).Reading(t.clear(err))
}

// result makes the outcome of a request that changes something.
func (t *Tracker) result(err error) incident.Result { return t.judge(err).Change(t.clear(err)) }

// created is result for what brings something into being. An answer of 503 may
// come from something in between, after Jira did its work: that is not known.
func (t *Tracker) created(err error) incident.Result {
	r := t.result(err)
	if r.Outcome == incident.Deferred && isStatus(err, http.StatusServiceUnavailable) {
		r.Outcome = incident.Unknown
	}
	return r
}

func refuse(format string, args ...any) error {
	return &httpx.Refused{Text: fmt.Sprintf(format, args...)}
}

// unsentRead marks the failure of a reading that was needed before a change:
// the change itself was never sent.
func unsentRead(err error) error {
	var no *httpx.Refused
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
