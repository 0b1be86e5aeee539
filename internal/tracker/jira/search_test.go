package jira

import (
	"bytes"
	"io"
	"net/http"
	"regexp"
	"strconv"
	"testing"

	"github.com/hereby/hereby/internal/httpx"
	"github.com/hereby/hereby/internal/incident"
	sandbox "github.com/hereby/hereby/internal/sandbox/jira"
)

var asked = regexp.MustCompile(`"maxResults":(\d+)`)

// Issues with histories so long that a page of them is more than we read are read
// a few at a time.
func TestLongHistories(t *testing.T) {
	editions(t, func(t *testing.T, e sandbox.Edition) {
		l := newLab(t, sandbox.Options{Edition: e}, func(o *Options) {
			o.Transport = httpx.RoundTripperFunc(func(r *http.Request) (*http.Response, error) {
				if r.Body != nil && r.Method == http.MethodPost {
					body, _ := io.ReadAll(r.Body)
					r.Body = io.NopCloser(bytes.NewReader(body))
					if m := asked.FindSubmatch(body); m != nil {
						if n, _ := strconv.Atoi(string(m[1])); n > 1 {
							return &http.Response{StatusCode: 200, Header: http.Header{}, Body: io.NopCloser(bytes.NewReader(make([]byte, 17<<20))), Request: r}, nil
						}
					}
				}
				return http.DefaultTransport.RoundTrip(r)
			})
		})
		head := l.open("down", "x")
		var linked []incident.Ref
		for range 7 {
			linked = append(linked, l.open("old", "x"))
			l.ok(l.As("alice").Link(string(linked[len(linked)-1]), "Blocks", string(head)))
		}
		on := l.see(head)
		for _, ref := range linked {
			ticket(t, on.Foreign, ref)
		}
	})
}
