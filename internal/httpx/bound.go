package httpx

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"time"
)

// Bound ends every request within Timeout, the reading of its answer included,
// and refuses an answer of more than MaxBody bytes. The answer's body is in
// memory when RoundTrip returns, so that a connection which breaks in the
// middle of an answer is an error of the request, not of its decoding. The error
// of a server that nobody known vouches for says what to do about it.
type Bound struct {
	Next    http.RoundTripper
	Timeout time.Duration // 0: 20 s
	MaxBody int64         // in bytes; 0: 16 MiB
}

// RoundTrip implements http.RoundTripper.
func (b *Bound) RoundTrip(req *http.Request) (*http.Response, error) {
	timeout, limit := b.Timeout, b.MaxBody
	if timeout == 0 {
		timeout = 20 * time.Second
	}
	if limit == 0 {
		limit = 16 << 20
	}
	ctx, cancel := context.WithTimeout(req.Context(), timeout)
	defer cancel()
	resp, err := b.Next.RoundTrip(req.WithContext(ctx))
	if err != nil {
		return nil, untrusted(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, limit+1))
	if err != nil {
		return nil, fmt.Errorf("the answer broke off after %d bytes: %w", len(body), err)
	}
	if int64(len(body)) > limit {
		return nil, &TooLong{req.Method + " " + req.URL.Path, limit}
	}
	resp.Request = req
	setBody(resp, body)
	return resp, nil
}

// TooLong is the error of a request whose answer is longer than we read.
type TooLong struct {
	Request string // its method and path
	Limit   int64  // in bytes
}

func (e *TooLong) Error() string {
	return fmt.Sprintf("the answer to %s is longer than %d bytes", e.Request, e.Limit)
}

func setBody(resp *http.Response, body []byte) {
	resp.Body = io.NopCloser(bytes.NewReader(body))
	resp.ContentLength = int64(len(body))
}
