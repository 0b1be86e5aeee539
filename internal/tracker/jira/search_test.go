package jira

import (
	"bytes"
	"io"
	"net/http"
	"regexp"
	"strconv"
	"strings"
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

// A search on Cloud that makes no progress ends, and is known not to be whole.
func TestSearchWithoutProgress(t *testing.T) {
	for name, c := range map[string]struct {
		pages   []string // the last one for ever
		issues  int
		queries int
	}{
		"the same token":     {[]string{`{"issues":[{"id":"1"}],"nextPageToken":"a"}`}, 2, 2},
		"tokens in a circle": {[]string{`{"issues":[{"id":"1"}],"nextPageToken":"a"}`, `{"issues":[{"id":"2"}],"nextPageToken":"b"}`, `{"issues":[{"id":"3"}],"nextPageToken":"a"}`}, 3, 3},
		"an empty page":      {[]string{`{"issues":[{"id":"1"}],"nextPageToken":"a"}`, `{"issues":[],"nextPageToken":"b"}`}, 1, 2},
	} {
		t.Run(name, func(t *testing.T) {
			queries := 0
			l := newLab(t, sandbox.Options{}, func(o *Options) {
				o.Transport = httpx.RoundTripperFunc(func(r *http.Request) (*http.Response, error) {
					if !strings.HasSuffix(r.URL.Path, "/search/jql") {
						return http.DefaultTransport.RoundTrip(r)
					}
					page := c.pages[min(queries, len(c.pages)-1)]
					queries++
					return &http.Response{StatusCode: 200, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(page)), Request: r}, nil
				})
			})
			all, whole, err := l.find(t.Context(), query{jql: "project = OPS"})
			if err != nil || whole || len(all) != c.issues || queries != c.queries {
				t.Errorf("%d issues, whole %v, after %d queries: %v", len(all), whole, queries, err)
			}
		})
	}
}
