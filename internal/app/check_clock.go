package app

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"time"
)

// maxSkew is how far two clocks may differ before it is a finding. An App's
// signature is refused beyond it, and deadlines are met or missed by as much.
const maxSkew = time.Minute

// clocks compares this machine's clock with that of a server, whose every
// answer tells it. That a server does not answer is found elsewhere.
func (r *report) clocks(ctx context.Context, address string, clock func() time.Time) {
	u, err := url.Parse(address)
	if err != nil {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, pageTime)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, (&url.URL{Scheme: u.Scheme, Host: u.Host, Path: "/"}).String(), nil)
	if err != nil {
		return
	}
	client := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	resp, err := client.Do(req)
	if err != nil {
		return
	}
	resp.Body.Close()
	there, err := http.ParseTime(resp.Header.Get("Date"))
	if err != nil {
		return
	}
	skew, is := clock().Sub(there).Round(time.Second), "ahead of"
	if skew < 0 {
		skew, is = -skew, "behind"
	}
	if skew >= maxSkew {
		r.find(fmt.Sprintf("this machine's clock is %s %s that of %s", skew, is, u.Host),
			"Set it, best by NTP: deadlines, and how old an order is, go by both.")
	}
}
