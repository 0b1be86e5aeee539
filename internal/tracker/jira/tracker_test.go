package jira

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/hereby/hereby/internal/incident"
	sandbox "github.com/hereby/hereby/internal/sandbox/jira"
)

func TestNew(t *testing.T) {
	good := Options{BaseURL: "https://acme.atlassian.net", Edition: Cloud, User: "a@b.c", Token: "secret", Projects: []string{"OPS"}}
	if _, err := New(good); err != nil {
		t.Fatal(err)
	}
	for want, change := range map[string]func(*Options){
		"not the address":         func(o *Options) { o.BaseURL = "acme" },
		"pages that people":       func(o *Options) { o.BaseURL = "https://api.atlassian.com/ex/jira/1" },
		"not an edition":          func(o *Options) { o.Edition = "server" },
		"mail address":            func(o *Options) { o.User = "" },
		"no credentials for Jira": func(o *Options) { o.Token = "" },
		"no Jira project":         func(o *Options) { o.Projects = nil },
		"not the key of a J":      func(o *Options) { o.Projects = []string{"OPS", "../x"} },
	} {
		o := good
		change(&o)
		if _, err := New(o); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want it to say %q", err, want)
		}
	}
}

// A scoped token works through a gateway alone; the links for people lead to
// the site.
func TestScopedToken(t *testing.T) {
	l := newLab(t, sandbox.Options{})
	asked := 0
	gateway := httptest.NewServer(http.StripPrefix("/ex/jira/c10ud", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked++
		l.Handler().ServeHTTP(w, r)
	})))
	defer gateway.Close()
	l.opt.BaseURL, l.opt.SiteURL = gateway.URL+"/ex/jira/c10ud", "https://acme.atlassian.net/"
	l.restart()
	head := l.open("down", "x")
	id := l.say("alice", head, "hello")
	on := l.see(head)
	if on.URL != "https://acme.atlassian.net/browse/"+string(head) || asked == 0 {
		t.Errorf("the page is %s after %d requests", on.URL, asked)
	}
	if got := said(t, on, id).URL; got != on.URL+"?focusedCommentId="+id {
		t.Errorf("the comment's page is %s", got)
	}
}

func TestCredentials(t *testing.T) {
	editions(t, func(t *testing.T, e sandbox.Edition) {
		l := newLab(t, sandbox.Options{Edition: e})
		head := l.open("down", "x")
		on := l.see(head)
		l.RevokeToken(l.opt.Token)
		l.restart()
		_, err := l.look(head)
		var wait *incident.NotYet
		if !errors.As(err, &wait) || !strings.Contains(err.Error(), "our credentials are not accepted") || strings.Contains(fmt.Sprint(err), l.opt.Token) {
			t.Errorf("%v", err)
		}
		if r := l.one(on, incident.Tag{Ref: head, Label: "x", On: true}); r.Outcome != incident.Deferred {
			t.Errorf("%v %v", r.Outcome, r.Err)
		}
	})
}
