// Package httpx holds the RoundTrippers between an API's client library and
// the network, and the verdict on what became of a request. Each does one
// thing and knows no tracker; an adapter stacks them, outermost first:
//
//	Redirect  repeats a redirected request as it was, on the same host only:
//	          net/http would turn a PATCH into a GET that reports success
//	Cache     answers from memory what the server says is unchanged (ETag)
//	Pacer     stays below the server's limits, and remembers when it said no
//	Lanes     the same where the server counts apart: per issue, per endpoint
//	Auth      adds the credentials, for one host and no other
//	Only      guards the credentials that a client library adds
//	Bound     ends a request in time, and refuses endless answers
//
// Nothing here sleeps for longer than a moment: a caller that must wait is
// told until when ([incident.NotYet]) and gives back whatever it holds meanwhile.
package httpx

import "net/http"

// RoundTripperFunc lets a function stand as an http.RoundTripper.
type RoundTripperFunc func(*http.Request) (*http.Response, error)

// RoundTrip calls f.
func (f RoundTripperFunc) RoundTrip(req *http.Request) (*http.Response, error) { return f(req) }

// mutates reports whether a request may change something on the server.
func mutates(req *http.Request) bool {
	switch req.Method {
	case http.MethodGet, http.MethodHead, http.MethodOptions, "":
		return false
	}
	return true
}
