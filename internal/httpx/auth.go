package httpx

import (
	"context"
	"fmt"
	"net/http"
)

// Auth adds the credentials to requests to Host, and refuses to send anything
// anywhere else: a redirect or a link in an answer must not carry them off.
type Auth struct {
	Next  http.RoundTripper
	Host  string                                         // host, or host:port
	Value func(context.Context) (header string, e error) // of the Authorization header
}

// RoundTrip implements http.RoundTripper. An error of Value is NotSent.
func (a *Auth) RoundTrip(req *http.Request) (*http.Response, error) {
	if req.URL.Host != a.Host {
		return nil, &NotSent{fmt.Errorf("%s is not %s, the only host these credentials are for", req.URL.Host, a.Host)}
	}
	value, err := a.Value(req.Context())
	if err != nil {
		return nil, &NotSent{err}
	}
	req = req.Clone(req.Context())
	req.Header.Set("Authorization", value)
	return a.Next.RoundTrip(req)
}
