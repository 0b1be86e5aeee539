package github

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/hereby/hereby/internal/incident"
	sandbox "github.com/hereby/hereby/internal/sandbox/github"
)

// What an issue is a duplicate of is told by GraphQL alone, which the sandbox
// does not speak: a small server in front of it does.
func TestDuplicates(t *testing.T) {
	for name, c := range map[string]struct {
		field string // the server knows
		want  incident.Ref
	}{
		"today":          {"duplicateOf", "acme/web#12"},
		"older":          {"canonical", "acme/web#12"},
		"neither":        {"nothing", ""},
		"without it all": {"", ""},
	} {
		t.Run(name, func(t *testing.T) {
			l := newLab(t, sandbox.Options{})
			asked := 0
			front := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if r.URL.Path != "/api/graphql" {
					r.URL.Path = strings.TrimPrefix(r.URL.Path, "/api/v3")
					l.APIHandler().ServeHTTP(w, r)
					return
				}
				if asked++; c.field == "" {
					http.NotFound(w, r)
					return
				}
				var q struct {
					Query     string
					Variables struct {
						Owner, Name string
						Number      int
					}
				}
				if err := json.NewDecoder(r.Body).Decode(&q); err != nil || q.Variables.Owner+"/"+q.Variables.Name != shop || q.Variables.Number != 2 {
					t.Errorf("%+v %v", q, err)
				}
				target := `{"number":12,"repository":{"nameWithOwner":"acme/web"}}`
				switch {
				case !strings.Contains(q.Query, c.field):
					fmt.Fprint(w, `{"errors":[{"message":"Field doesn't exist on type 'Issue'"}]}`)
				case c.field == "duplicateOf":
					fmt.Fprintf(w, `{"data":{"repository":{"issue":{"duplicateOf":%s}}}}`, target)
				default:
					fmt.Fprintf(w, `{"data":{"repository":{"issue":{"timelineItems":{"nodes":[{"canonical":%s}]}}}}}`, target)
				}
			}))
			defer front.Close()
			l.opt.BaseURL = front.URL + "/api/v3"
			l.restart()
			head, twice := l.open("x", ""), l.open("twice", "")
			l.ok(l.As("alice").AddSubIssue(shop, 1, shop, 2))
			l.ok(l.As("alice").Close(shop, 2, "duplicate"))
			for range 3 {
				if got := ticket(t, l.see(head).Foreign, twice); got.State != incident.Duplicate || got.DuplicateOf != c.want {
					t.Errorf("%+v", got)
				}
			}
			if asked > 2 {
				t.Errorf("asked %d times", asked)
			}
		})
	}
}

func TestCloseAsADuplicate(t *testing.T) {
	l := newLab(t, sandbox.Options{})
	head, twice := l.open("x", ""), l.open("twice", "")
	on := l.see(head)
	l.do(on, incident.Close{Ref: twice, As: incident.Duplicate, Of: head})
	if got := l.issue(twice); got.State != "closed" || *got.StateReason != "duplicate" {
		t.Errorf("%+v", got)
	}
	// The target cannot be read: nothing was closed.
	third := l.open("third", "")
	if r := l.one(on, incident.Close{Ref: third, As: incident.Duplicate, Of: "acme/shop#999"}); r.Outcome != incident.Refused || l.issue(third).State != "open" {
		t.Errorf("%v %v", r.Outcome, r.Err)
	}
}
