package jira

import "testing"

func TestDueDates(t *testing.T) {
	editions(t, func(t *testing.T, l *lab) {
		f := task("OPS", "x")
		f["duedate"] = "2026-12-24"
		key := at(l.want(201, "POST", "/issue", obj{"fields": f}), "key").(string)
		l.equal(at(l.want(200, "GET", "/issue/"+key+"?fields=duedate", nil), "fields", "duedate"), "2026-12-24")
		l.want(204, "PUT", "/issue/"+key, obj{"fields": obj{"duedate": "2027-01-15"}})
		got := l.want(200, "GET", "/issue/"+key+"?expand=changelog", nil)
		l.equal(at(got, "fields", "duedate"), "2027-01-15")
		for k, want := range map[string]string{"field": "duedate", "from": "2026-12-24", "fromString": "2026-12-24 00:00:00.0", "to": "2027-01-15"} {
			l.equal(at(got, "changelog", "histories", 0, "items", 0, k), want)
		}
		l.equal(at(l.want(400, "PUT", "/issue/"+key, obj{"fields": obj{"duedate": "2026-02-30"}}), "errors", "duedate"), "Error parsing date string: 2026-02-30")
		l.want(400, "PUT", "/issue/"+key, obj{"fields": obj{"duedate": 7}})
		l.ok(l.As("alice").SetDue(key, ""))
		l.equal(at(l.want(200, "GET", "/issue/"+key, nil), "fields", "duedate"), nil)

		offers := func(typeName string) (has bool) {
			id := ""
			for _, one := range at(l.want(200, "GET", "/project/OPS", nil), "issueTypes").([]any) {
				if one.(obj)["name"] == typeName {
					id = one.(obj)["id"].(string)
				}
			}
			meta := l.want(200, "GET", "/issue/createmeta/OPS/issuetypes/"+id, nil).(obj)
			for _, list := range []string{"fields", "values"} {
				all, _ := meta[list].([]any)
				for _, one := range all {
					if one.(obj)["fieldId"] == "duedate" {
						l.equal(one.(obj)["schema"], obj{"type": "date", "system": "duedate"})
						has = true
					}
				}
			}
			return has
		}
		l.equal(offers("Task"), true)
		l.ChangeProject("OPS", OffScreen("Task", "duedate"))
		l.equal(offers("Task"), false)
		l.equal(offers("Story"), true)
		l.equal(at(l.want(400, "POST", "/issue", obj{"fields": f}), "errors", "duedate") != nil, true)
	})
}
