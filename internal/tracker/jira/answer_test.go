package jira

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	sandbox "github.com/hereby/hereby/internal/sandbox/jira"
)

// What answers in Jira's stead is called what it is.
func TestWhatIsNoJira(t *testing.T) {
	for name, c := range map[string]struct {
		answer http.HandlerFunc
		words  []string
	}{
		"a login page": {func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "\n<!DOCTYPE html><html>Log in</html>") }, []string{"web page", "jira.url", "login"}},
		"a redirect": {func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "https://"+r.Host+r.URL.Path, http.StatusMovedPermanently)
		}, []string{"https://127.0.0.1", "configure its address"}},
	} {
		t.Run(name, func(t *testing.T) {
			srv := httptest.NewServer(c.answer)
			defer srv.Close()
			l := newLab(t, sandbox.Options{}, func(o *Options) { o.BaseURL = srv.URL })
			found, whole := l.Check(t.Context(), Wanted{})
			if whole || len(found) != 1 {
				t.Fatalf("whole %v, %v", whole, found)
			}
			for _, w := range c.words {
				if !strings.Contains(found[0].What, w) {
					t.Errorf("%q does not say %q", found[0].What, w)
				}
			}
		})
	}
}
