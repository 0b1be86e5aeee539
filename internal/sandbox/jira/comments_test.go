package jira

import (
	"strings"
	"testing"
	"time"
)

func TestComments(t *testing.T) {
	editions(t, func(t *testing.T, l *lab) {
		a := l.As("alice")
		key := must(a.OpenIssue("OPS", "x", ""))
		path := "/issue/" + key + "/comment"
		v := l.want(201, "POST", path+"?expand=properties", obj{"body": "first", "properties": []any{obj{"key": "hereby", "value": obj{"v": 1}}}})
		id := at(v, "id").(string)
		l.equal(at(v, "properties", 0, "value", "v"), 1)
		l.equal(at(v, "author", "displayName"), "Hereby")
		l.clock.Advance(time.Minute)
		other := must(a.Comment(key, "second"))
		l.clock.Advance(time.Minute)
		l.want(200, "PUT", path+"/"+id, obj{"body": "first, better"})
		got := l.want(200, "GET", path+"?orderBy=-created&maxResults=1&expand=properties", nil)
		l.equal(at(got, "total"), 2)
		l.equal(at(got, "comments", 0, "body"), "second")
		got = l.want(200, "GET", path+"?startAt=0&maxResults=1&expand=properties", nil)
		l.equal(at(got, "comments", 0, "body"), "first, better")
		l.equal(at(got, "comments", 0, "properties", 0, "key"), "hereby")
		l.equal(at(got, "comments", 0, "created") == at(got, "comments", 0, "updated"), false)
		l.want(200, "GET", path+"/"+id, nil)
		l.want(404, "GET", path+"/99", nil)
		l.want(404, "GET", "/issue/"+must(a.OpenIssue("OPS", "another", ""))+"/comment/"+id, nil)
		l.want(400, "POST", path, obj{"body": ""})
		l.want(400, "POST", path, obj{"body": strings.Repeat("x", maxText+1)})
		l.want(201, "POST", path, obj{"body": strings.Repeat("x", maxText)})

		// Other people's comments are theirs, unless all may be edited.
		l.want(400, "PUT", path+"/"+other, obj{"body": "mine"})
		l.want(400, "DELETE", path+"/"+other, nil)
		l.want(403, "PUT", "/comment/"+other+"/properties/hereby-ack", obj{"as": "obeyed"})
		l.Grant("OPS", "hereby", EditAllComments, DeleteAllComments)
		l.want(201, "PUT", "/comment/"+other+"/properties/hereby-ack", obj{"as": "obeyed"})
		l.want(200, "PUT", "/comment/"+other+"/properties/hereby-ack", obj{"as": "refused"})
		l.equal(at(l.want(200, "GET", "/comment/"+other+"/properties/hereby-ack", nil), "value", "as"), "refused")
		l.equal(at(l.want(200, "GET", "/comment/"+other+"/properties", nil), "keys", 0, "key"), "hereby-ack")
		l.want(204, "DELETE", "/comment/"+other+"/properties/hereby-ack", nil)
		l.want(404, "GET", "/comment/"+other+"/properties/hereby-ack", nil)
		l.want(204, "DELETE", path+"/"+other, nil)
		l.want(404, "GET", "/comment/"+other+"/properties", nil)
		l.equal(len(l.Comments(key)), 2)
	})
}

// A comment edited with properties keeps them on Cloud; Data Center forgets
// them without a word.
func TestPropertiesOfAnEdit(t *testing.T) {
	editions(t, func(t *testing.T, l *lab) {
		key := must(l.As("alice").OpenIssue("OPS", "x", ""))
		id := at(l.want(201, "POST", "/issue/"+key+"/comment", obj{"body": "x"}), "id").(string)
		p := []any{obj{"key": "hereby", "value": 2}}
		l.want(200, "PUT", "/issue/"+key+"/comment/"+id, obj{"body": "y", "properties": p})
		l.want(204, "PUT", "/issue/"+key, obj{"fields": obj{"summary": "y"}, "properties": p})
		want := map[bool]int{true: 1, false: 0}[l.cloud()]
		l.equal(len(l.Comments(key)[0].Properties), want)
		l.equal(len(l.Issue(key).Properties), want)
	})
}

func TestIssueProperties(t *testing.T) {
	editions(t, func(t *testing.T, l *lab) {
		key := must(l.As("alice").OpenIssue("OPS", "x", ""))
		path := "/issue/" + key + "/properties"
		l.want(404, "GET", path+"/hereby", nil)
		l.want(201, "PUT", path+"/hereby", obj{"v": 1})
		l.want(400, "PUT", path+"/"+strings.Repeat("k", 256), obj{})
		l.want(400, "PUT", path+"/big", strings.Repeat("x", maxPropertyValue-1))
		l.want(201, "PUT", path+"/big", strings.Repeat("x", maxPropertyValue-2))
		l.equal(len(at(l.want(200, "GET", path, nil), "keys").([]any)), 2)
		l.want(204, "DELETE", path+"/big", nil)
		l.want(404, "DELETE", path+"/big", nil)
		l.SetRole("OPS", Users, "hereby")
		l.want(403, "PUT", path+"/hereby", obj{"v": 2})
		l.want(403, "DELETE", path+"/hereby", nil)
		l.want(200, "GET", path+"/hereby", nil)
	})
}

func TestRestrictedComments(t *testing.T) {
	editions(t, func(t *testing.T, l *lab) {
		l.SetRole("OPS", Users, "guest")
		l.AddGroup("staff", "alice", "hereby")
		a := l.As("alice")
		key := must(a.OpenIssue("OPS", "x", ""))
		must(a.Comment(key, "open"))
		id := must(a.CommentTo(key, Developers, "closed"))
		path := "/issue/" + key + "/comment"
		l.want(201, "POST", path, obj{"body": "staff", "visibility": obj{"type": "group", "value": "staff"}})
		l.want(400, "POST", path, obj{"body": "x", "visibility": obj{}})
		l.want(400, "POST", path, obj{"body": "x", "visibility": obj{"type": "role", "value": Administrators}})
		l.equal(at(l.want(200, "GET", path, nil), "total"), 3)
		l.equal(at(l.want(200, "GET", path, nil), "comments", 1, "visibility", "value"), Developers)
		guest := l.as("guest")
		guest.equal(at(guest.want(200, "GET", path, nil), "total"), 1)
		guest.want(404, "GET", path+"/"+id, nil)
		guest.want(404, "GET", "/comment/"+id+"/properties", nil)
		guest.equal(at(guest.want(200, "GET", "/issue/"+key, nil), "fields", "comment", "total"), 1)
		l.equal(at(l.as("bob").want(200, "GET", path, nil), "total"), 2)
		// An edit that does not repeat the restriction lifts it.
		l.ok(a.EditComment(id, "still closed"))
		l.equal(l.Comments(key)[1].Visibility, "role Developers")
		alice := l.as("alice")
		alice.want(200, "PUT", path+"/"+id, obj{"body": "now open"})
		l.equal(l.Comments(key)[1].Visibility, "")
	})
}

func TestServiceProject(t *testing.T) {
	editions(t, func(t *testing.T, l *lab) {
		l.AddProject("SD", ServiceDesk)
		l.AddCustomer("carl")
		l.SetRole("SD", Developers, "hereby", "alice")
		l.SetRole("SD", Users, "carl")
		key := must(l.As("carl").OpenIssue("SD", "It hurts", ""))
		path := "/issue/" + key + "/comment"
		inside := []any{obj{"key": internal, "value": obj{"internal": true}}}
		l.want(201, "POST", path, obj{"body": "inside", "properties": inside})
		must(l.As("alice").CommentInternally(key, "inside too"))
		must(l.As("alice").Comment(key, "outside"))
		l.equal(at(l.want(200, "GET", path, nil), "total"), 3)
		carl := l.as("carl")
		l.equal(at(carl.want(200, "GET", path, nil), "comments", 0, "body"), "outside")
		l.equal(at(carl.want(200, "GET", path, nil), "total"), 1)
		l.equal(l.Comments(key)[0].Internal, true)
		l.ChangeProject("SD", DropsInternal)
		v := l.want(201, "POST", path+"?expand=properties", obj{"body": "meant to be inside", "properties": inside})
		l.equal(at(v, "properties"), nil)
		l.equal(l.Comments(key)[3].Internal, false)
		l.equal(at(l.want(200, "GET", "/project/SD", nil), "projectTypeKey"), "service_desk")
	})
}

// What go-jira's AddComment sends, Cloud refuses.
func TestAnEmptyAuthor(t *testing.T) {
	l := newLab(t, Options{Wrap: noContract})
	key := must(l.As("alice").OpenIssue("OPS", "x", ""))
	l.want(400, "POST", "/issue/"+key+"/comment", obj{"body": "x", "author": obj{"avatarUrls": obj{}}})
}

func TestCeilings(t *testing.T) {
	editions(t, func(t *testing.T, l *lab) {
		l.opt.MaxComments, l.opt.MaxLinks = 2, 1
		a := l.As("alice")
		one, two, three := must(a.OpenIssue("OPS", "1", "")), must(a.OpenIssue("OPS", "2", "")), must(a.OpenIssue("OPS", "3", ""))
		must(a.Comment(one, "1"))
		must(a.Comment(one, "2"))
		l.want(413, "POST", "/issue/"+one+"/comment", obj{"body": "3"})
		l.ok(a.Link(one, "Relates", two))
		l.want(413, "POST", "/issueLink", obj{"type": obj{"name": "Relates"}, "inwardIssue": obj{"key": three}, "outwardIssue": obj{"key": one}})
	})
}
