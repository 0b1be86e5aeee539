package webhooks

import (
	"encoding/json"
	"errors"
	"reflect"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/hereby/hereby/internal/incident"
)

func TestWhatTouches(t *testing.T) {
	const (
		own    = "github:acme/shop#12"
		other  = "github:acme/infra#3"
		alias  = "github:#77"
		sweep  = "sweep:github:acme/shop"
		marker = `duties\n\n<!-- hereby:1 77 role/planning -->`
	)
	for _, c := range []struct {
		name, event, body string // the body without its braces and repository
		want              string // keys, separated by spaces
	}{
		// An issue, whatever the action.
		{"opened, plain", "issues", `"action":"opened","issue":{"number":12,"title":"Broken","body":null,"labels":[]}`, ""},
		{"opened with the phrase", "issues", `"action":"opened","issue":{"number":12,"body":"I hereby declare\r\nan incident"}`, own},
		{"the phrase in the title", "issues", `"action":"opened","issue":{"number":12,"title":"I HEREBY DECLARE THIS AN INCIDENT"}`, own},
		{"the phrase, escaped", "issues", `"action":"opened","issue":{"number":12,"body":"I \u0068ereby declare an incident"}`, own},
		{"the phrase edited away", "issues", `"action":"edited","changes":{"body":{"from":"I hereby declare an incident"}},"issue":{"number":12,"body":"x"}`, own},
		{"labeled", "issues", `"action":"labeled","label":{"name":"incident"},"issue":{"number":12,"labels":[{"name":"Incident"}]}`, own},
		{"unlabeled", "issues", `"action":"unlabeled","label":{"name":"incident"},"issue":{"number":12,"labels":[]}`, own},
		{"another label", "issues", `"action":"labeled","label":{"name":"bug"},"issue":{"number":12,"labels":[{"name":"bug"}]}`, ""},
		{"closed head", "issues", `"action":"closed","issue":{"number":12,"state_reason":"completed","labels":[{"name":"hereby"},{"name":"hereby-77"}]}`, alias + " " + own},
		{"closed ticket, labels gone", "issues", `"action":"closed","issue":{"number":12,"body":"` + marker + `"}`, alias},
		{"closed sub-issue", "issues", `"action":"closed","issue":{"number":12,"parent_issue_url":"https://api.github.com/repos/acme/infra/issues/3"}`, other},
		{"closed sub-issue, Enterprise", "issues", `"action":"closed","issue":{"number":12,"parent_issue_url":"https://github.example/api/v3/repos/acme/infra/issues/3"}`, other},
		{"closed, blocks another", "issues", `"action":"closed","issue":{"number":12,"issue_dependencies_summary":{"blocking":0,"total_blocking":1}}`, own},
		{"closed, plain", "issues", `"action":"closed","issue":{"number":12,"parent_issue_url":null,"issue_dependencies_summary":{"blocking":0}}`, ""},
		{"reopened", "issues", `"action":"reopened","issue":{"number":12,"labels":[{"name":"hereby/closed"}]}`, own},
		{"deleted", "issues", `"action":"deleted","issue":{"number":12,"labels":[{"name":"incident"}]}`, own},
		{"type changed", "issues", `"action":"typed","type":{"name":"Bug"},"issue":{"number":12,"labels":[{"name":"incident"}]}`, own},
		{"an action of tomorrow", "issues", `"action":"frobbed","issue":{"number":12,"labels":[{"name":"incident"}]}`, own},
		{"transferred", "issues", `"action":"transferred","issue":{"number":12,"labels":[{"name":"hereby-77"}]},
			"changes":{"new_issue":{"number":3,"labels":[]},"new_repository":{"full_name":"acme/infra","private":true}}`, alias + " " + other + " " + own},
		{"transferred, plain", "issues", `"action":"transferred","issue":{"number":12},
			"changes":{"new_issue":{"number":3},"new_repository":{"full_name":"acme/infra"}}`, ""},
		{"arrived by transfer", "issues", `"action":"opened","issue":{"number":12},
			"changes":{"old_issue":{"number":3,"labels":[{"name":"incident"}]},"old_repository":{"full_name":"acme/infra"}}`, other + " " + own},
		{"transferred to where we do not serve", "issues", `"action":"transferred","issue":{"number":12,"labels":[{"name":"incident"}]},
			"changes":{"new_issue":{"number":3},"new_repository":{"full_name":"evil/infra"}}`, own},

		// A comment counts on an incident, or if it may declare one.
		{"comment on an incident", "issue_comment", `"action":"created","comment":{"body":"/ops"},"issue":{"number":12,"labels":[{"name":"hereby"}]}`, own},
		{"comment edited there", "issue_comment", `"action":"edited","changes":{"body":{"from":"/ops"}},"comment":{"body":"/comms"},"issue":{"number":12,"labels":[{"name":"incident"}]}`, own},
		{"comment deleted there", "issue_comment", `"action":"deleted","comment":{"body":""},"issue":{"number":12,"labels":[{"name":"incident"}]}`, own},
		{"plain comment", "issue_comment", `"action":"created","comment":{"body":"/ops"},"issue":{"number":12,"labels":[{"name":"bug"}]}`, ""},
		{"declaring comment", "issue_comment", `"action":"created","comment":{"body":"so I hereby declare an incident"},"issue":{"number":12}`, own},
		{"declaring comment, edited away", "issue_comment", `"action":"edited","changes":{"body":{"from":"I hereby declare an incident"}},"comment":{"body":"never mind"},"issue":{"number":12}`, own},
		{"plain comment on a sub-issue", "issue_comment", `"action":"created","comment":{"body":"hi"},"issue":{"number":12,"body":"I hereby declare an incident",
			"parent_issue_url":"https://api.github.com/repos/acme/infra/issues/3","issue_dependencies_summary":{"blocking":1}}`, ""},
		{"comment with our marker", "issue_comment", `"action":"edited","comment":{"body":"board\n\n<!-- hereby:1 77 say/board -->"},"issue":{"number":12}`, alias},
		{"comment on a pull request", "issue_comment", `"action":"created","comment":{"body":"I hereby declare an incident"},"issue":{"number":12,"pull_request":{"url":"x"}}`, own},

		{"pull request with the phrase", "pull_request", `"action":"opened","pull_request":{"number":12,"body":"I hereby declare an incident"}`, own},
		{"plain pull request", "pull_request", `"action":"opened","pull_request":{"number":12,"body":"Fixes #3"}`, ""},

		// Sub-issues: sent on either side, and either may be missing.
		{"sub-issue added", "sub_issues", `"action":"sub_issue_added","parent_issue_id":77,"parent_issue":{"number":12},"sub_issue_id":5,
			"sub_issue":{"number":3,"parent_issue_url":"https://api.github.com/repos/acme/shop/issues/12"},"sub_issue_repo":{"full_name":"acme/infra"}`, own},
		{"sub-issue removed", "sub_issues", `"action":"sub_issue_removed","parent_issue":{"number":12},"sub_issue":{"number":3,"labels":[{"name":"hereby-77"}]},"sub_issue_repo":{"full_name":"acme/infra"}`,
			alias + " " + other + " " + own},
		{"sub-issue unreadable", "sub_issues", `"action":"sub_issue_added","parent_issue_id":77,"parent_issue":{"number":12},"sub_issue_id":5`, own},
		{"parent added elsewhere", "sub_issues", `"action":"parent_issue_added","sub_issue":{"number":12},"parent_issue":{"number":3},"parent_issue_repo":{"full_name":"acme/infra"}`, other},
		{"parent told by its address", "sub_issues", `"action":"parent_issue_added","sub_issue":{"number":12},"parent_issue":{"number":3,"repository_url":"https://api.github.com/repos/acme/infra"}`, other},
		{"parent unreadable", "sub_issues", `"action":"parent_issue_removed","sub_issue_id":5,"sub_issue":{"number":12},"parent_issue_id":77`, alias + " " + own},

		{"blocked by another", "issue_dependencies", `"action":"blocked_by_added","blocked_issue":{"number":12},"blocking_issue":{"number":3},"blocking_issue_repo":{"full_name":"acme/infra"}`, other + " " + own},
		{"blocks another", "issue_dependencies", `"action":"blocking_removed","blocking_issue":{"number":12},"blocked_issue":{"number":3},"blocked_issue_repo":{"full_name":"acme/infra"}`, other + " " + own},
		{"blocked side unreadable", "issue_dependencies", `"action":"blocking_added","blocking_issue":{"number":12},"blocked_issue_id":77`, alias + " " + own},

		{"our label deleted", "label", `"action":"deleted","label":{"name":"Hereby-77"}`, sweep},
		{"policy label renamed", "label", `"action":"edited","changes":{"name":{"from":"incident"}},"label":{"name":"outage"}`, sweep},
		{"another label deleted", "label", `"action":"deleted","label":{"name":"bug"}`, ""},
		{"repository renamed", "repository", `"action":"renamed","changes":{"repository":{"name":{"from":"store"}}}`, sweep},
		{"repository deleted", "repository", `"action":"deleted"`, ""},
		{"wiki page", "gollum", `"pages":[{"page_name":"Home","action":"edited"}]`, ""},
		{"post-mortem", "gollum", `"pages":[{"page_name":"Postmortem-12"},{"page_name":"Incidents"},{"page_name":"Postmortem-12"},{"page_name":"Postmortem-12a"},{"page_name":"Postmortem-"}]`, own},
		{"an event of tomorrow", "issue_frobnications", `"issue":{"number":12,"labels":[{"name":"incident"}]}`, ""},

		// Odd shapes count as missing, and hide nothing else.
		{"changes is a list", "issues", `"changes":[1,{"title":3}],"issue":{"number":12,"labels":[{"name":"incident"}]}`, own},
		{"odd inside changes", "issues", `"changes":{"title":"x","body":{"from":["y"]},"new_issue":7,"old_repository":[]},"issue":{"number":12,"labels":[{"name":"incident"}]}`, own},
		{"odd labels", "issues", `"label":"incident","issue":{"number":12,"labels":[null,7,"incident",{"name":5},{"name":"incident"}]}`, own},
		{"odd texts", "issues", `"issue":{"title":{"a":1},"body":12,"number":12,"labels":[{"name":"incident"}],"issue_dependencies_summary":"none","parent_issue_url":[1]}`, own},
		{"odd parent address", "issues", `"issue":{"number":12,"parent_issue_url":"https://api.github.com/repos/acme/infra/issues/three"}`, ""},
		{"no address at all", "issues", `"issue":{"number":12,"parent_issue_url":"issues/3"}`, ""},
		{"sender and installation odd", "issues", `"sender":7,"installation":"x","organization":[],"issue":{"number":12,"labels":[{"name":"incident"}]}`, own},
	} {
		t.Run(c.name, func(t *testing.T) {
			o := GitHubOptions{Label: "incident", Serves: func(repo string, private bool) bool { return strings.HasPrefix(repo, "acme/") && private }}
			body := `{"repository":{"full_name":"acme/shop","private":true},` + c.body + `}`
			keys, err := githubKeys(c.event, []byte(body), o)
			if err != nil || join(keys) != c.want {
				t.Errorf("touches %q, %v; want %q", join(keys), err, c.want)
			}
			// The repository may as well come last.
			body = `{` + c.body + `,"repository":{"private":true,"full_name":"acme/shop"}}`
			if again, err := githubKeys(c.event, []byte(body), o); err != nil || !slices.Equal(again, keys) {
				t.Errorf("in another order: %q, %v", join(again), err)
			}
		})
	}
}

func join(keys []incident.Key) string {
	var list []string
	for _, k := range keys {
		list = append(list, string(k))
	}
	return strings.Join(list, " ")
}

func TestUnreadableEvents(t *testing.T) {
	for name, c := range map[string]struct{ event, body, says string }{
		"no repository":     {"issues", `{"issue":{"number":1}}`, "the issues event names no repository"},
		"odd repository":    {"issues", `{"repository":"acme/shop","issue":{"number":1}}`, "names no repository"},
		"unusable name":     {"issues", `{"repository":{"full_name":"acme/shop#7"},"issue":{"number":1}}`, "names no repository"},
		"no issue":          {"issues", `{"repository":{"full_name":"acme/shop"}}`, "names no issue"},
		"odd number":        {"issue_comment", `{"repository":{"full_name":"acme/shop"},"issue":{"number":"12"}}`, "names no issue"},
		"negative number":   {"issue_comment", `{"repository":{"full_name":"acme/shop"},"issue":{"number":-1}}`, "names no issue"},
		"neither side":      {"sub_issues", `{"repository":{"full_name":"acme/shop"}}`, "names no issue"},
		"no dependency":     {"issue_dependencies", `{"repository":{"full_name":"acme/shop"}}`, "names no issue"},
		"no pull request":   {"pull_request", `{"repository":{"full_name":"acme/shop"}}`, "names no issue"},
		"a list":            {"issues", `[]`, "names no repository"},
		"null":              {"issues", `null`, "names no repository"},
		"something after":   {"issues", `{"repository":{"full_name":"acme/shop"},"issue":{"number":1}} x`, "not JSON"},
		"odd, then cut off": {"issues", `{"issue":3,"repository":{"full_name":"acme/shop"}`, "not JSON"},
	} {
		keys, err := githubKeys(c.event, []byte(c.body), incidents)
		if err == nil || !strings.Contains(err.Error(), c.says) || keys != nil {
			t.Errorf("%s: %q, %v; want %q", name, keys, err, c.says)
		}
	}
}

func TestUnservedIsNotAskedOfNoise(t *testing.T) {
	o := GitHubOptions{Label: "incident", Serves: func(string, bool) bool { return false }}
	var unserved *UnservedError
	if _, err := githubKeys("issues", []byte(labelled), o); !errors.As(err, &unserved) || unserved.Repo != "acme/shop" || !unserved.Private {
		t.Errorf("issues: %v", err)
	}
	if keys, err := githubKeys("push", []byte(labelled), o); err != nil || keys != nil {
		t.Errorf("push: %q, %v", keys, err)
	}
}

// The fast decoder must read what the standard one reads, odd shapes included.
func TestDecodesLikeTheStandardLibrary(t *testing.T) {
	var value func(depth int) *rapid.Generator[any]
	names := fieldNames(reflect.TypeFor[githubEvent](), map[reflect.Type]bool{})
	value = func(depth int) *rapid.Generator[any] {
		leaf := rapid.OneOf(
			rapid.Just[any](nil), rapid.Just[any](true), rapid.Just[any]("acme/shop"), rapid.Just[any]([]any{}),
			rapid.Map(rapid.Int64Range(-9, 1<<40), func(n int64) any { return n }),
			rapid.Map(rapid.StringMatching(`[ -~\n]{0,12}`), func(s string) any { return s }))
		if depth == 0 {
			return leaf
		}
		return rapid.OneOf(leaf,
			rapid.Map(rapid.SliceOfN(value(depth-1), 0, 3), func(l []any) any { return l }),
			rapid.Map(rapid.MapOfN(rapid.SampledFrom(names), value(depth-1), 0, 8), func(m map[string]any) any { return m }))
	}
	rapid.Check(t, func(t *rapid.T) {
		body := []byte(encode(rapid.MapOfN(rapid.SampledFrom(names), value(3), 0, 12).Draw(t, "event")))
		var std githubEvent
		if err := json.Unmarshal(body, &std); err != nil && !errors.As(err, new(*json.UnmarshalTypeError)) {
			t.Fatal(err)
		}
		fast, err := decodeGitHub(body)
		if err != nil {
			t.Fatal(err)
		}
		if a, b := encode(std), encode(fast); a != b {
			t.Fatalf("decoded differently:\n%s\nstandard %s\nfast     %s", body, a, b)
		}
	})
}

// fieldNames returns the JSON names of all fields of a type, at any depth.
func fieldNames(typ reflect.Type, seen map[reflect.Type]bool) (names []string) {
	for typ.Kind() == reflect.Pointer || typ.Kind() == reflect.Slice {
		typ = typ.Elem()
	}
	if typ.Kind() != reflect.Struct || seen[typ] {
		return nil
	}
	seen[typ] = true
	for i := range typ.NumField() {
		names = append(names, typ.Field(i).Tag.Get("json"))
		names = append(names, fieldNames(typ.Field(i).Type, seen)...)
	}
	slices.Sort(names)
	return slices.Compact(names)
}

func FuzzGitHubKeys(f *testing.F) {
	f.Add("issues", []byte(labelled))
	f.Add("issue_comment", []byte(commentEvent(7, "I hereby declare an incident", "bug", "hereby-77")))
	f.Add("sub_issues", []byte(`{"repository":{"full_name":"a/b"},"parent_issue_id":7,"sub_issue":{"number":1}}`))
	f.Add("issue_dependencies", []byte(`{"repository":{"full_name":"a/b"},"blocked_issue":{"number":1,"repository_url":"//"}}`))
	f.Add("label", []byte(`{"repository":{"full_name":"a/b"},"label":{"name":"incident"}}`))
	f.Add("issues", []byte(`{"issue":`+strings.Repeat("[", 5000)))
	f.Add("issues", []byte("\xff{\"\\ud800\":0}"))
	f.Fuzz(func(t *testing.T, event string, body []byte) {
		keys, err := githubKeys(event, body, incidents)
		if err != nil && keys != nil {
			t.Fatalf("both %q and %v", keys, err)
		}
		for _, k := range keys {
			if k.Tracker() != "github" || !k.IsSweep() && k.Alias() == "" && (k.Place() == "" || k.Ref().Number() == "") {
				t.Fatalf("%q is no key", k)
			}
		}
	})
}
