package confluence_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/hereby/hereby/internal/incident"
	"github.com/hereby/hereby/internal/postmortem"
	sandbox "github.com/hereby/hereby/internal/sandbox/confluence"
)

// People whom a page mentions, or calls by a name known here only, are read as
// the tracker knows them, and replaced where they stand.
func TestPeopleOnAPage(t *testing.T) {
	editions(t, func(w *world) {
		bob := incident.PersonOf(w.town.AccountID("bob"))
		user := `<ac:link><ri:user ri:account-id="` + w.town.AccountID("bob") + `"/></ac:link>`
		if w.opt.DataCenter {
			bob = "bob"
			user = `<ac:link><ri:user ri:userkey="` + w.town.AccountID("bob") + `"/></ac:link>`
		}
		w.opt.People = map[incident.Person]incident.Person{"bobby": bob}
		w.restart()
		w.plan(edits("restored"))
		must(w.t, w.alice.EditPage("OPS", name, func(s string) string {
			return strings.Replace(s, "<h2>Resolutions</h2>", "<ul><li>Nobody was paged "+user+"</li><li>Too small @Bobby!</li></ul><h2>Resolutions</h2>", 1)
		}))
		items := postmortem.Read(id, w.page(name).Text).Items
		if len(items) != 2 || len(items[0].Owners) != 1 || items[0].Owners[0] != bob || len(items[1].Owners) != 1 || items[1].Owners[0] != bob {
			w.t.Fatalf("got %+v, want the owner %s", items, bob)
		}
		e := edits("documented")
		for _, it := range items {
			e.Items[it.Hash] = "[OPS-20](https://acme.example/browse/OPS-20) open"
		}
		e.Handles = map[incident.Person]string{bob: "Operations A"}
		w.plan(e)
		if st := w.state(name).Storage; !strings.Contains(st, "<li>Nobody was paged Operations A → <a") || !strings.Contains(st, "<li>Too small Operations A! → <a") {
			w.t.Errorf("got %s", st)
		}
	})
}

// Who is named in an item that a comment asked for is mentioned, if they have
// an account, and read back as the same person.
func TestMentions(t *testing.T) {
	editions(t, func(w *world) {
		bob, user := incident.PersonOf(w.town.AccountID("bob")), `<ac:link><ri:user ri:account-id="`+w.town.AccountID("bob")+`"/></ac:link>`
		if w.opt.DataCenter {
			bob, user = "bob", `<ac:link><ri:user ri:userkey="`+w.town.AccountID("bob")+`"/></ac:link>`
		}
		w.opt.People = map[incident.Person]incident.Person{"bobby": bob}
		w.restart()
		e := edits("restored")
		e.Add = []postmortem.Added{{Hash: "a1", Text: "While it is created, " + bob.Mention()}}
		w.plan(e)
		quiet := "@" + incident.Joiner + string(bob)
		e.Add = append(e.Add, postmortem.Added{Hash: "b2", Text: "Nobody woke @bobby, @zoe, " + quiet + " or `" + bob.Mention() + "`, x" + bob.Mention() + " at night"},
			postmortem.Added{Hash: "c3", Text: "See [what " + bob.Mention() + " said](https://acme.example/1)"})
		w.plan(e)
		st := w.state(name).Storage
		for _, want := range []string{"created, " + user, "woke " + user + ", @zoe, " + quiet + " or <code>" + bob.Mention() + "</code>, x" + bob.Mention(), ">what " + bob.Mention() + " said</a>"} {
			if !strings.Contains(st, want) {
				w.t.Errorf("%q is missing in %s", want, st)
			}
		}
		if n := strings.Count(st, "<ri:user"); n != 2 {
			w.t.Errorf("%d mentions: %s", n, st)
		}
		w.restart()
		items := postmortem.Read(id, w.page(name).Text).Items
		if len(items) != 3 || len(items[0].Owners) != 1 || items[0].Owners[0] != bob || items[1].Owners[0] != bob {
			w.t.Fatalf("got %+v, want the owner %s", items, bob)
		}
		w.town.ResetRequests()
		for _, it := range items {
			e.Items[it.Hash] = "[OPS-20](https://acme.example/browse/OPS-20) open"
		}
		w.plan(e)
		e.Handles = map[incident.Person]string{bob: "Operations A"}
		w.plan(e)
		if st := w.state(name).Storage; strings.Contains(st, "<ri:user") || !strings.Contains(st, "woke Operations A, @zoe, ") {
			w.t.Errorf("got %s", st)
		}
		for route := range w.town.Requests() {
			if strings.Contains(route, "users-bulk") {
				w.t.Errorf("people are asked about again: %v", w.town.Requests())
			}
		}
	})
}

// That we may not look at people keeps nothing from being written.
func TestMentionsWithoutSightOfPeople(t *testing.T) {
	editions(t, func(w *world) {
		w.town.SetFault(func(r *http.Request, _ int) sandbox.Fault {
			if strings.HasSuffix(r.URL.Path, "/users-bulk") || strings.HasSuffix(r.URL.Path, "/api/user") {
				return sandbox.Fault{Kind: sandbox.ErrorBefore, Status: http.StatusForbidden}
			}
			return sandbox.Fault{}
		})
		e := edits("restored")
		e.Add = []postmortem.Added{{Hash: "a1", Text: "Nobody woke @bob"}}
		w.plan(e)
		if st := w.state(name).Storage; !strings.Contains(st, "woke @bob") {
			w.t.Errorf("got %s", st)
		}
	})
}
