package git

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/hereby/hereby/internal/httpx"
)

var errTooLarge = errors.New("more than we fetch")

// wire carries the requests of one visit, bounds them, and remembers of the
// last answer what the git library drops.
type wire struct {
	next    http.RoundTripper
	timeout time.Duration
	limit   int64
	clock   func() time.Time

	status int       // 0: there was no answer
	until  time.Time // when the server wants us back, if it said so
}

// maxRefusal bounds the text of an answer that is an error.
const maxRefusal = 16 << 10

// RoundTrip implements http.RoundTripper. The answer's body is in memory when
// it returns, so that nothing of a connection is left to be cleaned up.
func (w *wire) RoundTrip(req *http.Request) (*http.Response, error) {
	w.status, w.until = 0, time.Time{}
	ctx, cancel := context.WithTimeout(req.Context(), w.timeout)
	defer cancel()
	resp, err := w.next.RoundTrip(req.WithContext(ctx))
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	fine := resp.StatusCode < 300
	limit := w.limit
	if !fine {
		limit = maxRefusal
	}
	body, err := io.ReadAll(io.LimitReader(resp.Body, limit+1))
	if err != nil && fine {
		return nil, fmt.Errorf("the answer broke off after %d bytes: %w", len(body), err)
	}
	w.status = resp.StatusCode
	if int64(len(body)) > limit {
		if fine {
			return nil, errTooLarge
		}
		body = body[:limit]
	}
	if wait, ok := httpx.RetryAfter(resp.Header, w.clock()); ok && !fine {
		w.until = w.clock().Add(wait)
	}
	resp.Request = req
	resp.Body = io.NopCloser(bytes.NewReader(body))
	resp.ContentLength = int64(len(body))
	return resp, nil
}
