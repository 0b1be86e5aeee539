package github

import (
	"bytes"
	"net/http"
	"testing"
	"time"

	"github.com/hereby/hereby/internal/testenv"
)

const wantWorld = `{
  "issues": [
    {
      "repo": "acme/other",
      "number": 1,
      "title": "Elsewhere",
      "state": "open",
      "state_reason": null,
      "labels": [],
      "assignees": [],
      "parent": "acme/shop#1",
      "body": "",
      "comments": []
    },
    {
      "repo": "acme/shop",
      "number": 1,
      "title": "Down",
      "state": "closed",
      "state_reason": "completed",
      "labels": [
        "bug",
        "incident"
      ],
      "assignees": [
        "alice",
        "mia"
      ],
      "parent": null,
      "body": "It <fails> & so on",
      "comments": [
        {
          "author": "mia",
          "body": "/ops",
          "reactions": [
            "+1",
            "rocket"
          ]
        }
      ]
    },
    {
      "repo": "acme/shop",
      "number": 2,
      "title": "Role",
      "state": "open",
      "state_reason": null,
      "labels": [],
      "assignees": [],
      "parent": 1,
      "body": "",
      "comments": []
    }
  ],
  "pages": [
    {
      "name": "A",
      "content": "x"
    },
    {
      "name": "B",
      "content": "y"
    }
  ]
}
`

func TestWorld(t *testing.T) {
	l := newLab(t, Options{})
	a := l.As("alice")
	must(a.OpenIssue("acme/shop", "Down", "It <fails> & so on", "incident", "bug"))
	must(a.OpenIssue("acme/shop", "Role", ""))
	must(a.OpenPR("acme/shop", "not an issue", ""))
	must(a.OpenIssue("acme/other", "Elsewhere", ""))
	c := must(l.As("mia").Comment("acme/shop", 1, "/ops"))
	for _, err := range []error{
		a.ReactTo(c, "rocket"), a.ReactTo(c, "+1"), a.Assign("acme/shop", 1, "mia", "alice"), a.Close("acme/shop", 1, "completed"),
		a.AddSubIssue("acme/shop", 1, "acme/shop", 2), a.AddSubIssue("acme/shop", 1, "acme/other", 1),
		a.Close("acme/shop", 2, ""), a.Reopen("acme/shop", 2),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	got := string(l.World(WorldPage{Name: "B", Content: "y"}, WorldPage{Name: "A", Content: "x"}))
	if got != wantWorld {
		t.Errorf("got %s", got)
	}
	if empty := string(New(Options{Deliver: Manual}).World()); empty != "{\n  \"issues\": [],\n  \"pages\": []\n}\n" {
		t.Errorf("an empty world is %s", empty)
	}
}

// The same story gives the same ids, GUIDs, payloads and world.
func TestTheSameStoryGivesTheSameWorld(t *testing.T) {
	tell := func() ([]byte, []byte) {
		var wire bytes.Buffer
		c := testenv.NewClock(start)
		s := New(Options{Clock: c.Now, Deliver: Manual, Transport: transport(func(r *http.Request) { wire.WriteString(r.Header.Get("X-GitHub-Delivery")); wire.ReadFrom(r.Body) })})
		s.AddOrg("acme", "alice", "bob")
		s.AddRepo("acme/shop")
		s.SetRole("acme/shop", "alice", Write)
		s.AddHook("acme/shop", "http://hook", "s")
		s.AddOrgHook("acme", "http://org", "s")
		must(s.As("alice").OpenIssue("acme/shop", "a", "", "x", "y", "z"))
		c.Advance(time.Minute)
		must(s.As("bob").Comment("acme/shop", 1, "c"))
		s.DeliverAll()
		return s.World(), wire.Bytes()
	}
	w1, p1 := tell()
	w2, p2 := tell()
	if !bytes.Equal(w1, w2) || !bytes.Equal(p1, p2) || len(p1) == 0 {
		t.Error("two runs differ")
	}
}

// transport answers every request with 202.
type transport func(*http.Request)

func (f transport) RoundTrip(r *http.Request) (*http.Response, error) {
	f(r)
	return &http.Response{StatusCode: 202, Header: http.Header{}, Body: http.NoBody, Request: r}, nil
}
