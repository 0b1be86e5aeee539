package jira

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/hereby/hereby/internal/httpx"
	sandbox "github.com/hereby/hereby/internal/sandbox/jira"
)

// Who may be assigned is asked for one by one where the list of all is refused, and
// among all whose names begin so.
func TestAssignableWithoutAList(t *testing.T) {
	editions(t, func(t *testing.T, e sandbox.Edition) {
		l := newLab(t, sandbox.Options{Edition: e}, func(o *Options) {
			o.Transport = httpx.RoundTripperFunc(func(r *http.Request) (*http.Response, error) {
				q := r.URL.Query()
				if strings.HasSuffix(r.URL.Path, "/user/assignable/search") && q.Get("accountId") == "" && (q.Get("username") == "" || q.Get("maxResults") != "1000") {
					return &http.Response{StatusCode: 400, Header: http.Header{}, Body: io.NopCloser(strings.NewReader("{}")), Request: r}, nil
				}
				return http.DefaultTransport.RoundTrip(r)
			})
		})
		if s := l.see(l.open("down", "x")); !s.People[l.person("alice")].Assignable {
			t.Errorf("%+v", s.People)
		}
	})
}
