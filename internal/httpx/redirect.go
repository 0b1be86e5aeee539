package httpx

import (
	"fmt"
	"net/http"
)

// Redirect repeats a redirected request verbatim at its new address, which is
// what an API that moves things means by it. net/http itself would turn a
// PATCH into a GET after a 301, and the caller would take the unchanged answer
// for success. Another host, or a body that cannot be sent again, is refused.
type Redirect struct {
	Next http.RoundTripper
	Max  int // hops; 0: 3
}

// RoundTrip implements http.RoundTripper.
func (r *Redirect) RoundTrip(req *http.Request) (*http.Response, error) {
	hops := r.Max
	if hops == 0 {
		hops = 3
	}
	for ; ; hops-- {
		resp, err := r.Next.RoundTrip(req)
		if err != nil || !moved(resp.StatusCode) {
			return resp, err
		}
		resp.Body.Close()
		if hops == 0 {
			return nil, &NotSent{fmt.Errorf("%s is redirected again and again", req.URL.Path)}
		}
		if req, err = again(req, resp); err != nil {
			return nil, &NotSent{err}
		}
	}
}

func moved(status int) bool {
	switch status {
	case http.StatusMovedPermanently, http.StatusFound, http.StatusTemporaryRedirect, http.StatusPermanentRedirect:
		return true
	}
	return false
}

func again(req *http.Request, resp *http.Response) (*http.Request, error) {
	to, err := resp.Location()
	if err != nil {
		return nil, fmt.Errorf("%s is redirected to nowhere: %w", req.URL.Path, err)
	}
	if to.Scheme != req.URL.Scheme || to.Host != req.URL.Host {
		return nil, fmt.Errorf("%s is redirected to %s://%s, where these credentials do not go: if that is the right server, configure its address", req.URL.Path, to.Scheme, to.Host)
	}
	next := req.Clone(req.Context())
	next.URL, next.Host = to, ""
	if req.Body != nil && req.Body != http.NoBody {
		if req.GetBody == nil {
			return nil, fmt.Errorf("%s is redirected, and its body cannot be sent again", req.URL.Path)
		}
		if next.Body, err = req.GetBody(); err != nil {
			return nil, err
		}
	}
	return next, nil
}
