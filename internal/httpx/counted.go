package httpx

import "net/http"

// Counted tells each request's method and status, 0 without an answer. Tell may
// be nil.
func Counted(next http.RoundTripper, tell func(method string, status int)) http.RoundTripper {
	if tell == nil {
		return next
	}
	return RoundTripperFunc(func(req *http.Request) (*http.Response, error) {
		resp, err := next.RoundTrip(req)
		status := 0
		if err == nil {
			status = resp.StatusCode
		}
		tell(req.Method, status)
		return resp, err
	})
}
