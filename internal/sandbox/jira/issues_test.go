package jira

import (
	"strings"
	"testing"
	"time"
)

func TestWhatACreationRefuses(t *testing.T) {
	editions(t, func(t *testing.T, l *lab) {
		l.AddProject("REQ", Requires("Task", "customfield_10700"), Requires("Bug", "description"))
		l.SetRole("REQ", Developers, "hereby")
		l.AddProject("HID")
		with := func(pairs ...any) obj {
			f := task("OPS", "x")
			for n := 0; n < len(pairs); n += 2 {
				f[pairs[n].(string)] = pairs[n+1]
			}
			return obj{"fields": f}
		}
		for _, x := range []struct {
			why   string
			in    obj
			field string
			want  string
		}{
			{"no summary", with("summary", " "), "summary", "You must specify a summary of the issue."},
			{"a summary of two lines", with("summary", "a\nb"), "summary", "newline"},
			{"a long summary", with("summary", strings.Repeat("é", 256)), "summary", "255"},
			{"a long text", with("description", strings.Repeat("x", maxText+1)), "description", "32,767"},
			{"a label with a space", with("labels", []string{"a b"}), "labels", "contains spaces"},
			{"a field that is not there", with("customfield_99999", "x"), "customfield_99999", "cannot be set"},
			{"another reporter", with("reporter", obj{"name": "alice"}), "reporter", "cannot be set"},
			{"a resolution", with("resolution", obj{"name": "Done"}), "resolution", "cannot be set"},
			{"a type that is not there", with("issuetype", obj{"name": "Chore"}), "issuetype", "valid issue type"},
			{"a project that is not seen", with("project", obj{"key": "HID"}), "project", "valid project is required"},
			{"a sub-task of nothing", with("issuetype", obj{"name": "Sub-task"}), "issuetype", "not specified"},
			{"a stranger as assignee", with("assignee", obj{"accountId": "nobody", "name": "nobody"}), "assignee", "nobody"},
			{"a required custom field", with("project", obj{"key": "REQ"}), "customfield_10700", "is required"},
			{"a required description", with("project", obj{"key": "REQ"}, "issuetype", obj{"name": "Bug"}), "description", "is required"},
		} {
			got := l.want(400, "POST", "/issue", x.in)
			if said, _ := at(got, "errors", x.field).(string); !strings.Contains(said, x.want) {
				t.Errorf("%s: %v, want %q of %s", x.why, got, x.want, x.field)
			}
		}
		l.equal(len(l.Issues()), 0)
		l.want(201, "POST", "/issue", with("description", strings.Repeat("x", maxText)))
		l.want(201, "POST", "/issue", with("project", obj{"key": "REQ"}, "customfield_10700", "given"))
		// All that is wrong is told at once.
		got := l.want(400, "POST", "/issue", with("summary", "", "labels", []string{"a b"}))
		l.equal(len(at(got, "errors").(obj)), 2)
		l.equal(at(l.want(400, "POST", "/issue", obj{"fields": task("OPS", "x"), "properties": []any{obj{"key": "k", "value": strings.Repeat("x", maxPropertyValue)}}}), "errorMessages", 0),
			"The property value cannot be longer than 32768 characters.")
	})
}

func TestBulkCreatesWhatItCan(t *testing.T) {
	editions(t, func(t *testing.T, l *lab) {
		head := must(l.As("alice").OpenIssue("OPS", "Head", ""))
		sub := func(summary string) obj {
			f := task("OPS", summary)
			f["issuetype"], f["parent"] = obj{"name": "Sub-task"}, obj{"key": head}
			return obj{"fields": f, "properties": []any{obj{"key": "hereby", "value": summary}}}
		}
		got := l.want(201, "POST", "/issue/bulk", obj{"issueUpdates": []any{sub("one"), sub(""), sub("three")}})
		l.equal(at(got, "issues", 0, "key"), "OPS-2")
		l.equal(at(got, "issues", 1, "key"), "OPS-3")
		l.equal(at(got, "errors", 0, "failedElementNumber"), 1)
		l.equal(at(got, "errors", 0, "elementErrors", "errors", "summary"), "You must specify a summary of the issue.")
		l.equal(l.Issue("OPS-3").Properties["hereby"], `"three"`)
		l.equal(l.Issue("OPS-3").Parent, head)
		l.equal(at(l.want(200, "GET", "/issue/OPS-1?fields=subtasks", nil), "fields", "subtasks", 1, "fields", "summary"), "three")
		l.want(400, "POST", "/issue/bulk", obj{"issueUpdates": []any{sub("")}})
		var many []any
		for range maxBulk + 1 {
			many = append(many, sub("x"))
		}
		l.want(400, "POST", "/issue/bulk", obj{"issueUpdates": many})
	})
}

func TestHierarchyOnCloud(t *testing.T) {
	l := newLab(t, Options{})
	a := l.As("alice")
	epic, story, other := must(a.OpenEpic("OPS", "Epic")), must(a.OpenIssue("OPS", "Head", "")), must(a.OpenIssue("WEB", "Elsewhere", ""))
	parent := func(child, key string) obj { return obj{"fields": obj{"parent": obj{"key": key}}} }
	l.want(204, "PUT", "/issue/"+story, parent(story, epic))
	l.want(204, "PUT", "/issue/"+other, parent(other, epic)) // another project's may hang there
	l.equal(at(l.want(200, "GET", "/issue/"+story+"?fields=parent", nil), "fields", "parent", "fields", "issuetype", "hierarchyLevel"), 1)
	l.want(400, "PUT", "/issue/"+epic, parent(epic, story))
	l.want(400, "PUT", "/issue/"+story, parent(story, other))
	l.want(400, "PUT", "/issue/"+story, parent(story, "OPS-99"))
	sub := must(a.OpenSubtask(story, "Sub"))
	l.want(400, "PUT", "/issue/"+sub, parent(sub, epic))
	l.equal(l.Issue(story).Parent, epic)
	l.want(204, "PUT", "/issue/"+story, obj{"update": obj{"parent": []any{obj{"set": obj{"none": true}}}}})
	l.equal(l.Issue(story).Parent, nil)
	l.want(400, "POST", "/issue", obj{"fields": obj{"project": obj{"key": "WEB"}, "issuetype": obj{"name": "Sub-task"}, "summary": "x", "parent": obj{"key": story}}})
	l.equal(l.Issue(story).History[0], "IssueParentAssociation:  -> "+epic)
}

func TestHierarchyOnDataCenter(t *testing.T) {
	l := newLab(t, Options{Edition: DataCenter, FieldNames: map[string]string{EpicLink: "Epos"}})
	a := l.As("alice")
	story := must(a.OpenIssue("OPS", "Head", ""))
	epic := func(name any) obj {
		f := obj{"project": obj{"key": "OPS"}, "issuetype": obj{"name": "Epic"}, "summary": "Epic"}
		if name != nil {
			f[EpicName] = name
		}
		return obj{"fields": f}
	}
	l.equal(at(l.want(400, "POST", "/issue", epic(nil)), "errors", EpicName), "Epic Name is required.")
	key := at(l.want(201, "POST", "/issue", epic("Outage")), "key").(string)
	l.want(204, "PUT", "/issue/"+story, obj{"fields": obj{EpicLink: key}})
	l.equal(at(l.want(200, "GET", "/issue/"+story, nil), "fields", EpicLink), key)
	l.equal(at(l.want(200, "GET", "/issue/"+story, nil), "fields", "parent"), nil)
	l.want(400, "PUT", "/issue/"+story, obj{"fields": obj{"parent": obj{"key": key}}})
	l.want(400, "PUT", "/issue/"+story, obj{"fields": obj{EpicLink: story}})
	l.equal(at(l.want(200, "GET", "/search?jql=%22Epos%22+%3D+"+key, nil), "issues", 0, "key"), story)
	l.equal(at(l.want(200, "GET", "/search?jql=cf%5B10008%5D+%3D+"+key, nil), "total"), 1)
	l.want(204, "PUT", "/issue/"+story, obj{"fields": obj{EpicLink: nil}})
	l.equal(l.Issue(story).Parent, nil)
	l.ChangeProject("OPS", OffScreen("Task", EpicLink))
	l.ok(a.SetTitle(story, "Head 2"))
	l.want(400, "PUT", "/issue/"+story, obj{"fields": obj{EpicLink: key}})
	f := task("OPS", "x")
	f[EpicLink] = key
	l.equal(strings.Contains(at(l.want(400, "POST", "/issue", obj{"fields": f}), "errors", EpicLink).(string), "cannot be set"), true)
}

func TestMovedConvertedDeleted(t *testing.T) {
	editions(t, func(t *testing.T, l *lab) {
		l.SetRole("OPS", Administrators, "alice")
		a := l.As("alice")
		key := must(a.OpenIssue("OPS", "Head", ""))
		sub := must(a.OpenSubtask(key, "Sub"))
		id := l.Issue(key).ID
		l.equal(must(a.Move(key, "WEB")), "WEB-1")
		for _, name := range []string{"OPS-1", "WEB-1", id, "ops-1"} {
			got := l.want(200, "GET", "/issue/"+name+"?expand=changelog", nil)
			l.equal(at(got, "key"), "WEB-1")
			l.equal(at(got, "changelog", "histories", 0, "items", 1, "field"), "Key")
			l.equal(at(got, "changelog", "histories", 0, "items", 1, "fromString"), "OPS-1")
		}
		l.equal(l.Issue(sub).Key, "WEB-2")
		l.want(204, "PUT", "/issue/OPS-1", obj{"fields": obj{"summary": "Moved"}})
		l.equal(l.Issue("WEB-1").Title, "Moved")

		other := must(a.OpenIssue("WEB", "Other", ""))
		l.ok(l.As("bob").Convert(other, "Sub-task", "WEB-1"))
		l.equal(l.Issue(other).Parent, "WEB-1")
		l.equal(l.As("bob").Convert(other, "Sub-task", "") != nil, true)

		l.want(403, "DELETE", "/issue/WEB-1", nil)
		l.SetRole("WEB", Administrators, "hereby")
		l.want(400, "DELETE", "/issue/WEB-1", nil)
		l.want(204, "DELETE", "/issue/WEB-1?deleteSubtasks=true", nil)
		for _, gone := range []string{"WEB-1", "OPS-1", sub, other, id} {
			l.want(404, "GET", "/issue/"+gone, nil)
		}
		l.equal(len(l.Issues()), 0)
	})
}

func TestWhatAnEditRefuses(t *testing.T) {
	editions(t, func(t *testing.T, l *lab) {
		key := must(l.As("alice").OpenIssue("OPS", "x", ""))
		both := obj{"fields": obj{"labels": []string{"a"}}, "update": obj{"labels": []any{obj{"add": "b"}}}}
		l.equal(strings.Contains(at(l.want(400, "PUT", "/issue/"+key, both), "errors", "labels").(string), "both"), true)
		l.want(400, "PUT", "/issue/"+key, obj{})
		l.want(400, "PUT", "/issue/"+key, obj{"fields": obj{"project": obj{"key": "WEB"}}})
		l.want(400, "PUT", "/issue/"+key, obj{"fields": obj{"status": obj{"name": "Done"}}})
		l.want(400, "PUT", "/issue/"+key, obj{"update": obj{"summary": []any{obj{"add": "x"}}}})
		l.want(204, "PUT", "/issue/"+key, obj{"update": obj{"summary": []any{obj{"set": "y"}}}})
		l.Revoke("OPS", "hereby", AssignIssues)
		l.want(400, "PUT", "/issue/"+key, obj{"fields": obj{"assignee": l.person("bob")}})
		l.want(403, "PUT", "/issue/"+key+"/assignee", l.person("bob"))
		l.want(400, "PUT", "/issue/"+key, obj{"fields": obj{"issuetype": obj{"name": "Sub-task"}}})
		l.want(204, "PUT", "/issue/"+key, obj{"fields": obj{"issuetype": obj{"name": "Bug"}}})
		l.equal(l.Issue(key).Title+l.Issue(key).Type+l.Issue(key).Status, "yBugTo Do")
		if _, err := l.As("alice").Move(key, "WEB"); err == nil {
			t.Error("a developer moved an issue")
		}
		l.Grant("OPS", "alice", MoveIssues)
		l.Revoke("WEB", "alice", CreateIssues)
		if _, err := l.As("alice").Move(key, "WEB"); err == nil {
			t.Error("an issue came where its mover may create none")
		}
	})
}

// On Cloud administrators of a project may keep a change quiet.
func TestMails(t *testing.T) {
	editions(t, func(t *testing.T, l *lab) {
		key := must(l.As("alice").OpenIssue("OPS", "x", ""))
		id := at(l.want(201, "POST", "/issue/"+key+"/comment", obj{"body": "x"}), "id").(string)
		mails := func(want int, path string, body obj) {
			t.Helper()
			was := l.Issue(key).Mails
			if status, _ := l.do("PUT", "/issue/"+key+path+"?notifyUsers=false", body); status >= 300 {
				t.Fatal(status)
			}
			l.equal(l.Issue(key).Mails-was, want)
		}
		mails(1, "", obj{"fields": obj{"summary": "a"}})
		mails(1, "/comment/"+id, obj{"body": "a"})
		l.Grant("OPS", "hereby", AdministerProject)
		loud := map[bool]int{true: 0, false: 1}[l.cloud()]
		mails(loud, "", obj{"fields": obj{"summary": "b"}})
		mails(loud, "/comment/"+id, obj{"body": "b"})
	})
}

func TestOnlyAskedForFields(t *testing.T) {
	editions(t, func(t *testing.T, l *lab) {
		key := must(l.As("alice").OpenIssue("OPS", "Head", "text"))
		must(l.As("alice").Comment(key, "hello"))
		got := l.want(200, "GET", "/issue/"+key+"?fields=summary,status", nil)
		l.equal(len(at(got, "fields").(obj)), 2)
		l.equal(at(l.want(200, "GET", "/issue/"+key, nil), "fields", "comment", "comments", 0, "body"), "hello")
		l.equal(at(l.want(200, "GET", "/issue/"+key+"?fields=*all,-comment", nil), "fields", "comment"), nil)
		l.equal(at(l.want(200, "GET", "/issue/"+key+"?fields=-comment", nil), "fields", "summary"), "Head")
		l.equal(at(l.want(200, "GET", "/issue/"+key, nil), "properties"), nil)
	})
}

// What nobody reads as a change, "updated" does not tell.
func TestWhatChangesUpdated(t *testing.T) {
	editions(t, func(t *testing.T, l *lab) {
		a := l.As("alice")
		key, other := must(a.OpenIssue("OPS", "Head", "")), must(a.OpenIssue("OPS", "Other", ""))
		changes := func(want bool, f func()) {
			t.Helper()
			was := l.Issue(key).Updated
			l.clock.Advance(time.Second)
			f()
			if got := l.Issue(key).Updated.After(was); got != want {
				t.Errorf("updated: %v, want %v", got, want)
			}
		}
		var id string
		changes(true, func() { l.ok(a.SetTitle(key, "Other title")) })
		changes(false, func() { l.ok(a.SetTitle(key, "Other title")) })
		changes(true, func() { id = must(a.Comment(key, "x")) })
		changes(true, func() { l.ok(a.EditComment(id, "y")) })
		changes(true, func() { l.ok(a.DeleteComment(id)) })
		changes(false, func() { l.want(201, "PUT", "/issue/"+key+"/properties/p", obj{}) })
		changes(false, func() { l.ok(a.Link(key, "Relates", other)) })
		changes(false, func() { must(a.OpenSubtask(key, "Sub")) })
		changes(true, func() { l.ok(a.Close(key, "")) })
	})
}
