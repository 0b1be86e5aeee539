package jira

import (
	"strings"
	"testing"
)

func TestMetadataOfCreation(t *testing.T) {
	editions(t, func(t *testing.T, l *lab) {
		list, fields := "issueTypes", "fields"
		if !l.cloud() {
			list, fields = "values", "values"
		}
		l.AddProject("BARE", WithoutEpics, WithoutSubtasks)
		l.SetRole("BARE", Developers, "hereby")
		types := l.want(200, "GET", "/issue/createmeta/OPS/issuetypes", nil)
		l.equal(at(types, "total"), 5)
		l.equal(len(at(l.want(200, "GET", "/issue/createmeta/OPS/issuetypes?startAt=3&maxResults=1", nil), list).([]any)), 1)
		l.equal(at(l.want(200, "GET", "/issue/createmeta/BARE/issuetypes", nil), "total"), 3)
		l.want(404, "GET", "/issue/createmeta/NOPE/issuetypes", nil)
		byName := map[string]any{}
		for _, one := range at(types, list).([]any) {
			byName[at(one, "name").(string)] = one
		}
		l.equal(at(byName["Sub-task"], "subtask"), true)
		required := func(name string) (out map[string]bool) {
			out = map[string]bool{}
			got := l.want(200, "GET", "/issue/createmeta/OPS/issuetypes/"+at(byName[name], "id").(string), nil)
			for _, f := range at(got, fields).([]any) {
				out[at(f, "fieldId").(string)] = at(f, "required").(bool)
			}
			return out
		}
		sub, task := required("Sub-task"), required("Task")
		l.equal(sub["parent"], true)
		l.equal(task["summary"], true)
		l.equal(task["description"], false)
		_, has := task["resolution"]
		l.equal(has, false)
		if l.cloud() {
			l.equal(at(byName["Epic"], "hierarchyLevel"), 1)
			l.equal(task["parent"], false)
		} else {
			_, has = task[EpicLink]
			l.equal(has, true)
			l.equal(required("Epic")[EpicName], true)
		}
		l.want(404, "GET", "/issue/createmeta/OPS/issuetypes/1", nil)
		l.want(404, "GET", "/issue/createmeta?projectKeys=OPS", nil)
	})
}

func TestFieldsAndStatuses(t *testing.T) {
	editions(t, func(t *testing.T, l *lab) {
		custom := map[any]any{}
		for _, f := range l.want(200, "GET", "/field", nil).([]any) {
			if at(f, "custom") == true {
				custom[at(f, "schema", "custom")] = at(f, "id")
			}
		}
		if l.cloud() {
			l.equal(len(custom), 0)
		} else {
			l.equal(custom["com.pyxis.greenhopper.jira:gh-epic-link"], EpicLink)
			l.equal(custom["com.pyxis.greenhopper.jira:gh-epic-label"], EpicName)
		}
		l.equal(at(l.want(200, "GET", "/status", nil), 2, "statusCategory", "key"), "done")
		l.equal(at(l.want(200, "GET", "/resolution", nil), 1, "name"), "Won't Do")
		l.SetResolutions("Erledigt")
		l.equal(len(l.want(200, "GET", "/resolution", nil).([]any)), 1)
		l.equal(len(l.want(200, "GET", "/issuetype", nil).([]any)), 5)
		l.equal(len(l.want(200, "GET", "/project", nil).([]any)), 2)
		info := l.want(200, "GET", "/serverInfo", nil)
		l.equal(at(info, "deploymentType"), map[bool]string{true: "Cloud", false: "Server"}[l.cloud()])
		l.equal(at(info, "serverTime"), "2026-03-02T09:00:00.123+0000")
		if l.cloud() {
			l.equal(at(l.want(200, "GET", "/project/search?maxResults=1", nil), "isLast"), false)
			l.equal(at(l.want(200, "GET", "/project/search?keys=WEB", nil), "values", 0, "key"), "WEB")
		}
	})
}

func TestRenamedProject(t *testing.T) {
	editions(t, func(t *testing.T, l *lab) {
		key := must(l.As("alice").OpenIssue("OPS", "x", ""))
		l.RenameProject("OPS", "SRE")
		l.equal(at(l.want(200, "GET", "/issue/"+key, nil), "key"), "SRE-1")
		l.equal(at(l.want(200, "GET", "/project/OPS", nil), "key"), "SRE")
		l.equal(l.find("project = OPS"), "[SRE-1]")
		l.equal(len(l.want(200, "GET", "/project", nil).([]any)), 2)
	})
}

// Histories: Cloud in pages, oldest first, and newest first within an issue;
// Data Center whole, oldest first.
func TestHistories(t *testing.T) {
	editions(t, func(t *testing.T, l *lab) {
		key := must(l.As("alice").OpenIssue("OPS", "0", ""))
		for _, title := range []string{"1", "2", "3"} {
			l.ok(l.As("alice").SetTitle(key, title))
		}
		got := l.want(200, "GET", "/issue/"+key+"?expand=changelog", nil)
		first := map[bool]string{true: "3", false: "1"}[l.cloud()]
		l.equal(at(got, "changelog", "histories", 0, "items", 0, "toString"), first)
		l.equal(at(got, "changelog", "histories", 0, "author", "displayName"), "Alice")
		if l.cloud() {
			page := l.want(200, "GET", "/issue/"+key+"/changelog?startAt=1&maxResults=1", nil)
			l.equal(at(page, "values", 0, "items", 0, "toString"), "2")
			l.equal(at(page, "values", 0, "items", 0, "fieldId"), "summary")
			l.equal(at(page, "isLast"), false)
			l.equal(at(page, "total"), 3)
		} else {
			l.equal(at(got, "changelog", "histories", 0, "items", 0, "fieldId"), nil)
		}
		// Data Center's histories name people by their keys, which are no names.
		l.ok(l.As("alice").Assign(key, "bob"))
		got = l.want(200, "GET", "/issue/"+key+"?expand=changelog", nil)
		last := map[bool]int{true: 0, false: 3}[l.cloud()]
		item := at(got, "changelog", "histories", last, "items", 0)
		l.equal(at(item, "toString"), "Bob")
		l.equal(at(item, "to") == l.AccountID("bob"), l.cloud())
		l.equal(strings.HasPrefix(at(item, "to").(string), "JIRAUSER"), !l.cloud())
	})
}
