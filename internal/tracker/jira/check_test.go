package jira

import (
	"strings"
	"testing"
	"time"

	sandbox "github.com/hereby/hereby/internal/sandbox/jira"
)

const hookURL = "https://hereby.example/webhooks/jira"

func (l *lab) check(change ...func(*Wanted)) (found []Finding, whole bool) {
	l.t.Helper()
	want := Wanted{Label: "incident"}
	for _, f := range change {
		f(&want)
	}
	l.requests()
	found, whole = l.Check(l.t.Context(), want)
	routes := l.Requests()
	if _, writes := l.requests(); writes != 0 {
		l.t.Errorf("a check made %d writes: %v", writes, routes)
	}
	return found, whole
}

// finds demands one finding that says all the words, of what and what to do.
func finds(t *testing.T, found []Finding, words ...string) {
	t.Helper()
	n := 0
	for _, f := range found {
		text := f.What + " " + f.Do
		has := true
		for _, w := range words {
			has = has && strings.Contains(text, w)
		}
		if has && f.Do != "" {
			n++
		}
	}
	if n == 0 {
		t.Errorf("nothing says %q: %q", words, found)
	}
}

func TestCheckIsContent(t *testing.T) {
	editions(t, func(t *testing.T, e sandbox.Edition) {
		l := newLab(t, sandbox.Options{Edition: e})
		l.ok(l.As("alice").Close(string(l.open("closed", "x")), ""))
		l.ok(l.As("alice").Close(must(l.As("alice").OpenIssue("WEB", "closed", "")), ""))
		l.open("open", "x")
		must(l.As("alice").OpenIssue("WEB", "open", ""))
		found, whole := l.check()
		if !whole {
			t.Error("not all could be looked at")
		}
		for _, f := range found {
			if f.Do != "" {
				t.Errorf("finds %q: %q", f.What, f.Do)
			}
		}
	})
}

func TestCheckFinds(t *testing.T) {
	for name, c := range map[string]struct {
		stage func(*lab)
		words []string
		part  bool // not all can be looked at
	}{
		"credentials": {func(l *lab) { l.RevokeToken(l.opt.Token) }, []string{"credentials", "jira.token"}, true},
		"edition":     {func(l *lab) { l.opt.Edition = map[string]string{Cloud: DataCenter, DataCenter: Cloud}[l.opt.Edition] }, []string{"jira.edition"}, true},
		"clock":       {func(l *lab) { l.opt.Clock = func() time.Time { return l.clock.Now().Add(-time.Hour) } }, []string{"1h0m0s apart", "NTP"}, false},
		"site":        {func(l *lab) { l.opt.SiteURL = "https://elsewhere.example" }, []string{"https://elsewhere.example", "jira.site_url"}, false},
		"no project":  {func(l *lab) { l.opt.Projects = []string{ops, "GONE"} }, []string{"GONE cannot be read", "jira.projects"}, false},
		"not browsed": {func(l *lab) { l.Revoke(ops, "hereby", sandbox.Browse) }, []string{ops, "Browse Projects"}, false},
		"permission":  {func(l *lab) { l.Revoke(ops, "hereby", sandbox.TransitionIssues) }, []string{"Transition Issues in OPS", "reopened", "permission scheme"}, false},
		"no agent": {func(l *lab) {
			l.ChangeProject(ops, sandbox.ServiceDesk)
			l.Revoke(ops, "hereby", sandbox.ServiceAgent)
		}, []string{"no agent", ops, "Service Desk Team"}, false},
		"no deleting": {func(l *lab) {
			l.ChangeProject(ops, sandbox.ServiceDesk)
			l.Revoke(ops, "hereby", sandbox.DeleteOwnComments, sandbox.DeleteAllComments)
		}, []string{"Delete Own Comments", ops, "taken back"}, false},
		"no acks":          {func(l *lab) { l.Revoke(ops, "hereby", sandbox.EditAllComments) }, []string{"Edit All Comments in OPS", "answered by a comment"}, false},
		"roles unreadable": {func(l *lab) { l.Revoke(ops, "hereby", sandbox.AdministerProject) }, []string{ops, "Administer Projects", "nobody is trusted"}, false},
		"no such role":     {func(l *lab) { l.opt.Trusted.Roles = []string{"Responders"} }, []string{`no role "Responders"`, "developers"}, false},
		"nobody trusted":   {func(l *lab) { l.opt.Trusted = Trusted{} }, []string{"nobody is trusted in OPS", "jira.trusted"}, false},
		"epic type":        {func(l *lab) { l.opt.EpicType = "Saga" }, []string{`"Saga"`, "jira.epic_type"}, false},
		"sub-task type":    {func(l *lab) { l.opt.SubtaskType = "Bit" }, []string{`"Bit"`, "jira.subtask_type"}, false},
		"required fields":  {func(l *lab) { l.ChangeProject(ops, sandbox.Requires("Sub-task", "customfield_10100")) }, []string{"Sub-task in OPS", "Field customfield_10100", "defaults"}, false},
		"no way back": {func(l *lab) {
			l.ChangeProject(ops, sandbox.WithWorkflow(sandbox.NoWayBack))
			l.ok(l.As("alice").Close(string(l.open("closed", "x")), ""))
		}, []string{"Task in OPS", "no way back from done", "OPS-1", "Add such a transition"}, false},
		"no way to done": {func(l *lab) {
			l.ChangeProject(ops, flow(sandbox.Transition{Name: "Again", To: "To Do"}))
			l.open("open", "x")
		}, []string{"Task in OPS", "no way to done"}, false},
		"old incidents":   {func(l *lab) { l.open("old", "x", "incident"); l.clock.Advance(48 * time.Hour) }, []string{"policy.adopt", "OPS-1", "put it on again"}, false},
		"link type":       {func(l *lab) { l.SetLinkTypes([3]string{"Blocks", "is blocked by", "blocks"}) }, []string{`"Relates"`, "Blocks"}, false},
		"other link type": {func(l *lab) { l.SetLinkTypes([3]string{"Verwandt", "zu", "zu"}) }, []string{`"Verwandt" is used instead`, "jira.link_type"}, false},
		"resolutions":     {func(l *lab) { l.SetResolutions("Erledigt", "Abgelehnt") }, []string{"jira.wontfix", "Abgelehnt"}, false},
		"no webhook":      {func(l *lab) { l.AddAdmin("hereby") }, []string{"no webhook", hookURL, "System, WebHooks"}, false},
		"webhook off": {func(l *lab) {
			l.AddAdmin("hereby")
			l.AddHook(sandbox.Hook{Name: "Hereby", URL: hookURL, Secret: "s", Disabled: true})
		}, []string{`"Hereby" is not enabled`}, false},
		"webhook deaf": {func(l *lab) {
			l.AddAdmin("hereby")
			l.AddHook(sandbox.Hook{Name: "Hereby", URL: hookURL, Secret: "s", Events: []string{"jira:issue_created"}})
		}, []string{`"Hereby" does not send`, "comment_created", "issuelink_deleted"}, false},
		"webhook without a body": {func(l *lab) {
			l.AddAdmin("hereby")
			l.AddHook(sandbox.Hook{Name: "Hereby", URL: hookURL + "?x=1", Secret: "s", ExcludeBody: true})
		}, []string{`"Hereby" sends no body`, "Exclude body", "?issue.key=${issue.key}"}, false},
		"webhook elsewhere": {func(l *lab) {
			l.AddAdmin("hereby")
			l.AddHook(sandbox.Hook{Name: "Hereby", URL: hookURL + "s", Secret: "s"})
		}, []string{"no webhook of Jira points to " + hookURL}, false},
		"webhook with another path": {func(l *lab) {
			l.AddAdmin("hereby")
			l.AddHook(sandbox.Hook{Name: "Hereby", URL: hookURL + "/guess", Secret: "s"})
		}, []string{`"Hereby" does not end with jira.webhook_path`, "is refused"}, false},
		"webhook of another project": {func(l *lab) {
			l.AddAdmin("hereby")
			l.open("heard of", "x")
			must(l.As("alice").OpenIssue("WEB", "x", ""))
			l.AddHook(sandbox.Hook{Name: "Hereby", URL: hookURL, Secret: "s", Filter: "project = OPS ORDER BY created DESC"})
		}, []string{`"Hereby" says nothing of WEB-1 and of what else in WEB`, ": project = OPS Empty its JQL"}, false},
		"webhook of what is open": {func(l *lab) {
			l.AddAdmin("hereby")
			l.open("open", "x")
			l.ok(l.As("alice").Close(string(l.open("closed", "x")), ""))
			l.AddHook(sandbox.Hook{Name: "Hereby", URL: hookURL, Secret: "s", Filter: "project in (OPS, WEB) AND statusCategory != Done"})
		}, []string{`"Hereby" says nothing of OPS-2`}, false},
	} {
		t.Run(name, func(t *testing.T) {
			editions(t, func(t *testing.T, e sandbox.Edition) {
				l := newLab(t, sandbox.Options{Edition: e})
				c.stage(l)
				if l.opt.User == "" {
					l.opt.User = "x" // Data Center needs none; taken for Cloud, it must have one
				}
				l.restart()
				found, whole := l.check(func(w *Wanted) { w.Hook, w.Before = hookURL, l.clock.Now().Add(-24*time.Hour) })
				finds(t, found, c.words...)
				if whole == c.part {
					t.Errorf("whole %v: %q", whole, found)
				}
			})
		})
	}
}

// A webhook of which nothing is wrong, however it says what it is about.
func TestCheckFindsNothingWrongWithAHook(t *testing.T) {
	const path = "0123456789abcdef"
	for name, hook := range map[string]sandbox.Hook{
		"all":         {URL: hookURL, Secret: "s"},
		"by path":     {URL: hookURL + "/" + path},
		"no body":     {URL: hookURL + "?issue.key=${issue.key}", Secret: "s", ExcludeBody: true},
		"no body, id": {URL: hookURL + "/" + path + "?x=1&issue.id={issue.id}", ExcludeBody: true},
		"its filter":  {URL: hookURL, Secret: "s", Filter: `project in ("OPS", WEB) order by "created"`},
	} {
		t.Run(name, func(t *testing.T) {
			editions(t, func(t *testing.T, e sandbox.Edition) {
				for _, version := range []int{9, 10} {
					l := newLab(t, sandbox.Options{Edition: e, Version: version})
					l.AddAdmin("hereby")
					l.open("open", "x")
					must(l.As("alice").OpenIssue("WEB", "open", ""))
					l.AddHook(hook)
					found, whole := l.check(func(w *Wanted) { w.Hook, w.Path = hookURL, path })
					for _, f := range found {
						if strings.Contains(f.What, "webhook") || !whole {
							t.Errorf("%v: %+v", whole, f)
						}
						if strings.Contains(f.What+f.Do, path) {
							t.Errorf("the path is said: %+v", f)
						}
					}
				}
			})
		})
	}
}

func TestAFilterWithoutItsOrder(t *testing.T) {
	for text, want := range map[string]string{
		"project = OPS": "project = OPS",
		"project = OPS ORDER BY created DESC, \"Epic Link\" asc ": "project = OPS",
		"order by updated":                                  "",
		`summary ~ "order by mail"`:                         `summary ~ "order by mail"`,
		`summary ~ 'in order by' AND labels in (a, b)`:      `summary ~ 'in order by' AND labels in (a, b)`,
		"reorder = by":                                      "reorder = by",
		`summary ~ "order by mail" Order  By 'cf[10000]'  `: `summary ~ "order by mail"`,
	} {
		if got := (hook{Filters: map[string]string{"issue-related-events-section": text}}).filter(); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}

// A filter that Jira itself does not understand is no reason to stop.
func TestCheckAFilterThatJiraRefuses(t *testing.T) {
	l := newLab(t, sandbox.Options{})
	l.AddAdmin("hereby")
	l.AddHook(sandbox.Hook{Name: "Hereby", URL: hookURL, Secret: "s", Filter: "sprint in openSprints()"})
	found, whole := l.check(func(w *Wanted) { w.Hook = hookURL })
	said := false
	for _, f := range found {
		said = said || f.Do == "" && strings.Contains(f.What, `"Hereby" (sprint in openSprints()) leaves out issues of OPS cannot be told`)
	}
	if !said || !whole {
		t.Errorf("%v: %+v", whole, found)
	}
}

func TestCheckUnsignedHook(t *testing.T) {
	l := newLab(t, sandbox.Options{})
	l.AddAdmin("hereby")
	l.AddHook(sandbox.Hook{Name: "Hereby", URL: hookURL})
	l.restart()
	found, _ := l.check(func(w *Wanted) { w.Hook = hookURL })
	finds(t, found, `"Hereby" has no secret`, "jira.webhook_secrets")
}
