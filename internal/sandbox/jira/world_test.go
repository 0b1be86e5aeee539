package jira

import (
	"encoding/json"
	"testing"
)

func TestWorld(t *testing.T) {
	editions(t, func(t *testing.T, l *lab) {
		a := l.As("alice")
		epic, key := must(a.OpenEpic("OPS", "Epic")), must(a.OpenIssue("OPS", "Head", "text", "b", "a"))
		sub := must(a.OpenSubtask(key, "Sub"))
		web := must(a.OpenIssue("WEB", "Dup", ""))
		l.ok(a.Attach(epic, key))
		l.ok(a.Link(web, "Duplicate", key))
		l.ok(a.Close(web, "Duplicate"))
		l.ok(a.Assign(key, "bob"))
		must(a.Comment(key, "hello"))
		raw := l.World(WorldPage{Name: "B", Content: "2"}, WorldPage{Name: "A", Content: "1"})
		l.equal(string(raw), string(l.World(WorldPage{Name: "A", Content: "1"}, WorldPage{Name: "B", Content: "2"})))
		var got struct {
			Issues []WorldIssue
			Pages  []WorldPage
		}
		l.ok(json.Unmarshal(raw, &got))
		l.equal(len(got.Issues), 4)
		head := got.Issues[1]
		l.equal(head.Key+" "+head.Repo+" "+head.Type+" "+head.Status+" "+head.State, "OPS-2 OPS Task To Do open")
		l.equal(head.Number, 2)
		l.equal(head.Parent, epic)
		l.equal(head.Labels, "[a b]")
		l.equal(head.Assignees, "[bob]")
		l.equal(head.Links, "[{is duplicated by WEB-1}]")
		l.equal(head.Comments, "[{alice hello []}]")
		l.equal(head.Resolution == nil, true)
		l.equal(got.Issues[2].Key+" "+got.Issues[2].Parent.(string), sub+" "+key)
		dup := got.Issues[3]
		l.equal(dup.State+" "+*dup.StateReason+" "+*dup.Resolution, "closed duplicate Duplicate")
		l.equal(got.Pages, "[{A 1} {B 2}]")
		l.ok(a.Attach("", key))
		l.equal(l.Issue(key).Parent, nil)
	})
}

// The same story gives the same world, ids and all.
func TestSameStorySameWorld(t *testing.T) {
	tell := func() string {
		l := newLab(t, Options{})
		l.story()
		must(l.As("alice").OpenIssue("WEB", "x", "y"))
		return string(l.World()) + l.Issue("WEB-1").ID + l.Issue("WEB-1").Created.String() + l.AccountID("alice")
	}
	if one, two := tell(), tell(); one != two {
		t.Errorf("%s\n%s", one, two)
	}
}
