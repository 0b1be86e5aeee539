package jira

import (
	"strings"
	"testing"
)

func (l *lab) transition(key, name string) string {
	l.t.Helper()
	for _, t := range at(l.want(200, "GET", "/issue/"+key+"/transitions", nil), "transitions").([]any) {
		if at(t, "name") == name {
			return at(t, "id").(string)
		}
	}
	l.t.Fatalf("%s has no transition %q", key, name)
	return ""
}

func TestClassicWorkflow(t *testing.T) {
	editions(t, func(t *testing.T, l *lab) {
		key := must(l.As("alice").OpenIssue("OPS", "x", ""))
		got := l.want(200, "GET", "/issue/"+key+"/transitions?expand=transitions.fields", nil)
		l.equal(len(at(got, "transitions").([]any)), 2)
		resolve := at(got, "transitions", 1)
		l.equal(at(resolve, "to", "statusCategory", "key"), "done")
		l.equal(at(resolve, "fields", "resolution", "required"), true)
		l.equal(at(resolve, "fields", "resolution", "allowedValues", 1, "name"), "Won't Do")
		do := func(name string, fields obj) obj {
			if fields == nil {
				fields = obj{}
			}
			return obj{"transition": obj{"id": l.transition(key, name)}, "fields": fields}
		}
		path := "/issue/" + key + "/transitions"
		l.equal(at(l.want(400, "POST", path, do("Resolve", obj{})), "errors", "resolution"), "Resolution is required.")
		l.want(400, "POST", path, do("Resolve", obj{"resolution": obj{"name": "Nope"}}))
		l.want(400, "POST", path, do("Start Progress", obj{"resolution": obj{"name": "Done"}}))
		l.want(400, "POST", path, obj{"transition": obj{"id": "99"}})
		stale := do("Start Progress", nil)
		l.want(204, "POST", path, do("Resolve", obj{"resolution": obj{"name": "Won't Do"}}))
		l.want(400, "POST", path, stale)
		i := l.Issue(key)
		l.equal(i.State, "closed")
		l.equal(*i.Resolution, "Won't Do")
		l.equal(*i.StateReason, "not_planned")
		l.want(204, "POST", path, do("Reopen", nil))
		// The way back leaves the resolution, and the issue is open all the same.
		got = l.want(200, "GET", "/issue/"+key, nil)
		l.equal(at(got, "fields", "resolution", "name"), "Won't Do")
		l.equal(at(got, "fields", "status", "statusCategory", "key"), "new")
		l.equal(l.Issue(key).State, "open")
		l.equal(l.Issue(key).StateReason == nil, true)
	})
}

func TestOtherWorkflows(t *testing.T) {
	editions(t, func(t *testing.T, l *lab) {
		l.AddProject("SIM", WithWorkflow(Simplified))
		l.AddProject("END", WithWorkflow(NoWayBack))
		l.AddProject("DEU", WithWorkflow(German), TypeNames(map[string]string{"Task": "Aufgabe", "Sub-task": "Unteraufgabe"}))
		hidden := Classic
		hidden.Transitions = append([]Transition{}, Classic.Transitions...)
		hidden.Transitions[2] = Transition{Name: "Resolve", To: "Done", Hidden: []string{"resolution"}}
		l.AddProject("HID", WithWorkflow(hidden))
		for _, p := range []string{"SIM", "END", "DEU", "HID"} {
			l.SetRole(p, Developers, "hereby", "alice")
		}
		a := l.As("alice")
		sim, end, deu, hid := must(a.OpenIssue("SIM", "x", "")), must(a.OpenIssue("END", "x", "")), must(a.OpenIssue("DEU", "x", "")), must(a.OpenIssue("HID", "x", ""))

		path := "/issue/" + sim + "/transitions"
		refused := l.want(400, "POST", path, obj{"transition": obj{"id": l.transition(sim, "Done")}, "fields": obj{"resolution": obj{"name": "Done"}}})
		l.equal(strings.Contains(at(refused, "errors", "resolution").(string), "cannot be set"), true)
		l.ok(a.Close(sim, "Won't Do"))
		l.equal(*l.Issue(sim).Resolution, "Done")
		l.ok(a.Reopen(sim))
		l.equal(l.Issue(sim).Resolution == nil, true)

		l.ok(a.Close(end, ""))
		l.equal(len(at(l.want(200, "GET", "/issue/"+end+"/transitions", nil), "transitions").([]any)), 0)
		l.equal(a.Reopen(end) != nil, true)
		l.ChangeProject("END", WithWorkflow(Classic))
		l.ok(a.Reopen(end))

		l.equal(l.Issue(deu).Type, "Aufgabe")
		l.ok(a.Transition(deu, "Lösen", "resolution", obj{"name": "Duplicate"}))
		l.equal(l.Issue(deu).Status, "Erledigt")
		l.equal(*l.Issue(deu).StateReason, "duplicate")

		l.want(204, "POST", "/issue/"+hid+"/transitions", obj{"transition": obj{"id": l.transition(hid, "Resolve")}, "fields": obj{"resolution": obj{"name": "Duplicate"}}})
		l.equal(*l.Issue(hid).Resolution, "Duplicate")
	})
}

func TestTeamManaged(t *testing.T) {
	l := newLab(t, Options{})
	l.AddProject("TEAM", TeamManaged)
	l.AddProject("TWO", TeamManaged)
	l.SetRole("TEAM", Developers, "hereby", "alice")
	a := l.As("alice")
	key := must(a.OpenIssue("TEAM", "x", ""))
	types := at(l.want(200, "GET", "/issue/createmeta/TEAM/issuetypes", nil), "issueTypes").([]any)
	l.equal(at(types, 0, "scope", "type"), "PROJECT")
	l.equal(at(types, 4, "name"), "Subtask")
	l.equal(at(types, 4, "subtask"), true)
	own := at(l.want(200, "GET", "/issue/"+key+"?fields=status", nil), "fields", "status", "id")
	two := 0
	for _, s := range l.want(200, "GET", "/status", nil).([]any) {
		if at(s, "name") == "To Do" {
			two++ // the company's and the project's own, not that of a project unseen
		}
	}
	l.equal(two, 2)
	l.equal(own != nil && own != at(l.want(200, "GET", "/status", nil), 0, "id"), true)
	l.ok(a.Close(key, "Won't Do"))
	l.equal(l.Issue(key).State, "closed")
	l.equal(l.Issue(key).Resolution == nil, true)
	l.equal(at(l.want(200, "GET", "/project/TEAM", nil), "style"), "next-gen")
	epic := must(a.OpenEpic("OPS", "Company's epic"))
	l.want(400, "PUT", "/issue/"+key, obj{"fields": obj{"parent": obj{"key": epic}}})
}
