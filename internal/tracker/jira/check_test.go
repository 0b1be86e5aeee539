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
		"old incidents":   {func(l *lab) { l.open("old", "x", "incident"); l.clock.advance(48 * time.Hour) }, []string{"policy.adopt", "OPS-1", "put it on again"}, false},
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
		}, []string{`"Hereby" does not send`, "comment_created"}, false},
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

func TestCheckUnsignedHook(t *testing.T) {
	l := newLab(t, sandbox.Options{})
	l.AddAdmin("hereby")
	l.AddHook(sandbox.Hook{Name: "Hereby", URL: hookURL})
	l.restart()
	found, _ := l.check(func(w *Wanted) { w.Hook = hookURL })
	finds(t, found, `"Hereby" has no secret`, "jira.webhook_secrets")
}
