package git_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	sandbox "github.com/hereby/hereby/internal/sandbox/wiki"
	"github.com/hereby/hereby/internal/wiki/git"
)

func credentials(user, password string) func(context.Context, string) (string, string, error) {
	return func(context.Context, string) (string, string, error) { return user, password, nil }
}

func TestSecretsStayInside(t *testing.T) {
	const odd = "s3cret/+ %token"
	echo := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		user, password, _ := r.BasicAuth()
		w.WriteHeader(http.StatusBadRequest)
		fmt.Fprintf(w, "bad: %s %s %s %s", r.Header.Get("Authorization"), user, password, r.URL)
	}))
	defer echo.Close()
	host := strings.TrimPrefix(echo.URL, "http://")
	for name, remote := range map[string]string{
		"password":      "http://bot:" + url.QueryEscape(secret) + "@" + host + "/x.git",
		"user only":     "http://" + secret + "@" + host + "/x.git",
		"escaped":       "http://" + url.UserPassword("bot", odd).String() + "@" + host + "/x.git",
		"in the query":  "http://" + host + "/x.git?private_token=" + secret,
		"broken escape": "http://bot:" + secret + "%zz@" + host + "/x.git",
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, true)
			w.with(func(o *git.Options) { o.Remote, o.Auth = git.Fixed(remote), nil })
			_, err := w.wiki.Update(t.Context(), place, "m", put("Page", "x"))
			for e := err; e != nil; e = errors.Unwrap(e) {
				for _, s := range []string{secret, odd, url.QueryEscape(odd), url.PathEscape(odd), "Qm90", "Basic " + secret, "Ym90O"} {
					if strings.Contains(e.Error(), s) || strings.Contains(fmt.Sprintf("%+v", e), s) {
						t.Errorf("%q is in %q", s, e)
					}
				}
			}
			if err == nil {
				t.Error("no error")
			}
		})
	}
}

func TestCredentialsInTheAddressServe(t *testing.T) {
	w := newWorld(t, true)
	w.save(sandbox.Change{Path: "Page.md", Text: "x"})
	w.with(func(o *git.Options) {
		o.Auth = credentials("", "")
		o.Remote = git.Fixed("http://bot:" + secret + "@" + strings.TrimPrefix(w.url, "http://") + "/acme/shop.wiki.git")
	})
	p := w.page("Page")
	if p.Text != "x" || strings.Contains(p.URL, secret) || !strings.HasSuffix(p.URL, "/acme/shop/wiki/Page") {
		t.Errorf("got %+v", p)
	}
	w.update(put("Page", "y"))
}

func TestRedirects(t *testing.T) {
	w := newWorld(t, true)
	w.save(sandbox.Change{Path: "Page.md", Text: "x"})
	var got string
	elsewhere := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { got = r.Header.Get("Authorization") + "." }))
	defer elsewhere.Close()
	moved := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		switch {
		case strings.HasPrefix(r.URL.Path, "/old/"):
			http.Redirect(rw, r, "/acme/shop.wiki.git"+strings.TrimPrefix(r.URL.RequestURI(), "/old/name.wiki.git"), http.StatusMovedPermanently)
		case strings.HasPrefix(r.URL.Path, "/away/"):
			http.Redirect(rw, r, elsewhere.URL+strings.TrimPrefix(r.URL.RequestURI(), "/away"), http.StatusFound)
		default:
			w.host.ServeHTTP(rw, r)
		}
	}))
	defer moved.Close()
	w.with(func(o *git.Options) { o.Remote = git.Fixed(moved.URL + "/old/name.wiki.git") })
	w.update(put("Page", "y"))
	if w.read("Page.md") != "y" || w.page("Page").Text != "y" {
		t.Error("a moved repository is not followed")
	}
	w.with(func(o *git.Options) { o.Remote = git.Fixed(moved.URL + "/away/x.git") })
	w.readProblem(git.Unintelligible)
	if got != "." {
		t.Errorf("another host was sent %q", got)
	}
}
