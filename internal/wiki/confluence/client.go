package confluence

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/hereby/hereby/internal/httpx"
)

// client carries requests. It follows redirects only as httpx does, and sends
// credentials to one host.
type client struct {
	opt     Options
	secrets *httpx.Secrets
	http    http.RoundTripper
	bare    http.RoundTripper // without credentials, for files kept elsewhere
}

// maxAnswer bounds an answer, in bytes: more than any page that Cloud takes,
// however it is spelled in JSON.
const maxAnswer = 48 << 20

func newClient(opt Options, secrets *httpx.Secrets) *client {
	host, _ := opt.host()
	bound := &httpx.Bound{Next: opt.Transport, Timeout: opt.Timeout, MaxBody: maxAnswer}
	auth := &httpx.Auth{Next: bound, Host: host, Value: func(context.Context) (string, error) { return opt.authorization(), nil }}
	pacer := &httpx.Pacer{Next: auth, Clock: opt.Clock, Cost: func(*http.Request) httpx.Cost { return httpx.Cost{Points: 1} }}
	return &client{opt: opt, secrets: secrets, http: pacer, bare: bound}
}

// refusal is an answer of the server that is a no.
type refusal struct {
	status int
	said   string
}

func (e *refusal) Error() string { return fmt.Sprintf("status %d: %s", e.status, e.said) }

// refused reports whether an error is a no with one of some statuses.
func refused(err error, status ...int) bool {
	var no *refusal
	if !errors.As(err, &no) {
		return false
	}
	for _, s := range status {
		if no.status == s {
			return true
		}
	}
	return len(status) == 0
}

// get reads JSON.
func (c *client) get(ctx context.Context, path string, query url.Values, into any) error {
	return c.call(ctx, http.MethodGet, path, query, nil, into)
}

// call sends JSON, if there is any, and reads JSON.
func (c *client) call(ctx context.Context, method, path string, query url.Values, body, into any) error {
	var raw []byte
	header := http.Header{"Accept": {"application/json"}}
	if body != nil {
		var err error
		if raw, err = json.Marshal(body); err != nil {
			return err
		}
		header.Set("Content-Type", "application/json")
	}
	return c.send(ctx, method, path, query, header, raw, into)
}

func (c *client) send(ctx context.Context, method, path string, query url.Values, header http.Header, body []byte, into any) error {
	address := c.opt.URL + path
	if len(query) > 0 {
		address += "?" + query.Encode()
	}
	req, err := http.NewRequestWithContext(ctx, method, address, bytes.NewReader(body))
	if err != nil {
		return err
	}
	req.Header = header
	resp, err := (&httpx.Redirect{Next: c.http}).RoundTrip(req)
	return c.judge(ctx, req, resp, err, into)
}

// judge reads an answer. Its error is a *refusal, a problem that passes, or
// the end of the context.
func (c *client) judge(ctx context.Context, req *http.Request, resp *http.Response, err error, into any) error {
	var body []byte
	if err == nil {
		defer resp.Body.Close()
		body, err = io.ReadAll(resp.Body)
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	verdict := httpx.Judge(resp, err, c.opt.Clock())
	switch verdict.Kind {
	case httpx.Fine:
		if into == nil || len(body) == 0 {
			return nil
		}
		if err := json.Unmarshal(body, into); err != nil {
			p := strange(resp.StatusCode)
			p.said = c.secrets.Redact(oneLine(string(body)))
			return p
		}
		return nil
	case httpx.Wait:
		return problem{text: "Confluence asks us to slow down; we go on then", until: verdict.Until}
	case httpx.Refusal:
		if resp.StatusCode == http.StatusUnauthorized {
			return denied()
		}
		return &refusal{resp.StatusCode, c.secrets.Redact(message(body))}
	}
	if resp != nil && resp.StatusCode < 500 {
		return problem{text: "Confluence's answer cannot be read", said: c.why(err), until: c.later()}
	}
	if resp != nil && resp.StatusCode == http.StatusInternalServerError && req.Method != http.MethodGet {
		return &refusal{resp.StatusCode, c.secrets.Redact(message(body))}
	}
	return problem{text: "Confluence at " + req.URL.Host + " does not answer; we try again", said: c.why(err), until: c.later()}
}

func (c *client) why(err error) string {
	if err == nil {
		return ""
	}
	return c.secrets.Redact(oneLine(err.Error()))
}

// later is when to look again after something that passes.
func (c *client) later() time.Time { return c.opt.Clock().Add(time.Minute) }

// message returns what an answer says is wrong, in either version's form.
func message(body []byte) string {
	var form struct {
		Message string `json:"message"`
		Errors  []struct {
			Title  string `json:"title"`
			Detail string `json:"detail"`
		} `json:"errors"`
	}
	if json.Unmarshal(body, &form) != nil {
		return oneLine(string(body))
	}
	words := []string{form.Message}
	for _, e := range form.Errors {
		words = append(words, e.Title, e.Detail)
	}
	return oneLine(strings.Join(words, " "))
}

// download reads a file. It may be kept on another host, which gets no
// credentials of ours.
func (c *client) download(ctx context.Context, path string) (string, error) {
	address, err := url.Parse(c.opt.URL + path)
	if err != nil {
		return "", err
	}
	for range 4 {
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, address.String(), nil)
		if err != nil {
			return "", err
		}
		carrier := c.bare
		if host, _ := c.opt.host(); address.Host == host {
			carrier = c.http
		}
		resp, err := carrier.RoundTrip(req)
		if err == nil && resp.StatusCode >= 300 && resp.StatusCode < 400 {
			resp.Body.Close()
			to, err := resp.Location()
			if err != nil || to.Scheme != address.Scheme && to.Scheme != "https" {
				return "", strange(resp.StatusCode)
			}
			address = to
			continue
		}
		if err == nil && resp.StatusCode < 300 {
			body, err := io.ReadAll(resp.Body)
			resp.Body.Close()
			return string(body), err
		}
		return "", c.judge(ctx, req, resp, err, nil)
	}
	return "", strange(http.StatusFound)
}
