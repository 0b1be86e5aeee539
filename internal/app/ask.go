package app

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"time"

	"github.com/hereby/hereby/internal/config"
)

// maxAnswer bounds the answer of a running service, in bytes.
const maxAnswer = 16 << 20

// question is what a running service is asked.
type question struct {
	path  string // below /incidents
	body  any    // sent as JSON; nil: only read
	bound int64  // of the answer, in bytes
}

// ask reads a page below /incidents of the running service that holds the store.
func (o options) ask(ctx context.Context, c *config.Config, path string, into any) error {
	return o.put(ctx, c, question{path: path, bound: maxAnswer}, into)
}

// put puts a question to the running service that holds the store.
func (o options) put(ctx context.Context, c *config.Config, q question, into any) error {
	listen, err := o.address(c)
	if err != nil {
		return err
	}
	if c.AdminToken == "" {
		return fmt.Errorf("%s is in use by a running service, which answers only with an admin_token; set one in the configuration and restart the service", c.Store)
	}
	ctx, cancel := context.WithTimeout(ctx, pageTime+5*time.Second)
	defer cancel()
	req, err := q.request(ctx, "http://"+reachable(listen)+"/incidents")
	if err != nil {
		return err
	}
	req.Header.Set("Authorization", "Bearer "+c.AdminToken)
	client := http.Client{
		Transport:     &http.Transport{Proxy: nil, DisableKeepAlives: true}, // the token is for this host alone
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	resp, err := client.Do(req)
	if err != nil {
		return fmt.Errorf("%s is in use by another process, and no service answers at %s (the setting listen, or --listen): %w", c.Store, reachable(listen), err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, q.bound+1))
	if err != nil {
		return fmt.Errorf("the running service broke off its answer: %w", err)
	}
	if int64(len(body)) > q.bound {
		return fmt.Errorf("the running service's answer has more than %d MiB; stop the service and ask the store itself", q.bound>>20)
	}
	return heard(resp.StatusCode, body, into)
}

func (q question) request(ctx context.Context, base string) (*http.Request, error) {
	if q.body == nil {
		return http.NewRequestWithContext(ctx, http.MethodGet, base+q.path, nil)
	}
	body, err := json.Marshal(q.body)
	if err != nil {
		return nil, err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, base+q.path, bytes.NewReader(body))
	if err == nil {
		req.Header.Set("Content-Type", "application/json")
	}
	return req, err
}

// heard decodes an answer, or says what is wrong with it.
func heard(status int, body []byte, into any) error {
	var no answer
	if !json.Valid(body) {
		return fmt.Errorf("what listens there is not Hereby: it answered %d", status)
	}
	if status == http.StatusOK {
		return json.Unmarshal(body, into)
	}
	if err := json.Unmarshal(body, &no); err != nil {
		return err
	}
	if status == http.StatusUnauthorized || no.Error == off {
		return errors.New("the running service does not take this admin_token; was it started with another configuration?")
	}
	return fmt.Errorf("the running service answered %d: %s", status, no.Error)
}

// reachable turns an address to listen on into one to connect to.
func reachable(listen string) string {
	host, port, err := net.SplitHostPort(listen)
	if ip := net.ParseIP(host); err == nil && (host == "" || ip != nil && ip.IsUnspecified()) {
		return net.JoinHostPort("127.0.0.1", port)
	}
	return listen
}
