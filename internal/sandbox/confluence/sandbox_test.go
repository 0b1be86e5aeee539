package confluence_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	sandbox "github.com/hereby/hereby/internal/sandbox/confluence"
	"github.com/hereby/hereby/internal/sandbox/contract"
)

// town is a Confluence, and a client that asks as somebody.
type town struct {
	*testing.T
	*sandbox.Server
	url, token string
	now        time.Time
}

func newTown(t *testing.T, dc bool) *town {
	w := &town{T: t, now: time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC)}
	w.Server = sandbox.New(sandbox.Options{DataCenter: dc, Clock: func() time.Time { return w.now }, Wrap: contract.Confluence(t), MaxBody: 10_000})
	server := httptest.NewServer(w.Handler())
	t.Cleanup(server.Close)
	w.url = server.URL
	w.SetURL(server.URL)
	w.AddUser("hereby", "alice")
	w.AddSpace("OPS", "Operations")
	w.token = w.Token("hereby")
	return w
}

type object = map[string]any

// ask sends a request and returns status and answer.
func (w *town) ask(method, path string, body any) (int, object) {
	w.Helper()
	var b bytes.Buffer
	if body != nil {
		json.NewEncoder(&b).Encode(body)
	}
	req, err := http.NewRequest(method, w.API()+path, &b)
	if err != nil {
		w.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+w.token)
	req.Header.Set("Content-Type", "application/json")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return 0, nil
	}
	defer resp.Body.Close()
	raw, _ := io.ReadAll(resp.Body)
	var o object
	json.Unmarshal(raw, &o)
	return resp.StatusCode, o
}

func (w *town) want(status int, method, path string, body any) object {
	w.Helper()
	got, o := w.ask(method, path, body)
	if got != status {
		w.Fatalf("%s %s: %d, want %d: %v", method, path, got, status, o)
	}
	return o
}

func storage(text string) object { return object{"representation": "storage", "value": text} }

// newPage creates a page through the API of either edition, and next makes its
// next version.
func (w *town) newPage(dc bool, status int, title, text string) string {
	w.Helper()
	if dc {
		o := w.want(status, "POST", "/rest/api/content", object{"type": "page", "title": title, "space": object{"key": "OPS"}, "body": object{"storage": storage(text)}})
		id, _ := o["id"].(string)
		return id
	}
	spaces := w.want(200, "GET", "/api/v2/spaces?keys=OPS", nil)["results"].([]any)
	o := w.want(status, "POST", "/api/v2/pages", object{"spaceId": spaces[0].(object)["id"], "status": "current", "title": title, "body": storage(text)})
	id, _ := o["id"].(string)
	return id
}

func (w *town) next(dc bool, status int, id, title, text string, number int) {
	w.Helper()
	if dc {
		w.want(status, "PUT", "/rest/api/content/"+id, object{"type": "page", "title": title, "body": object{"storage": storage(text)}, "version": object{"number": number}})
		return
	}
	w.want(status, "PUT", "/api/v2/pages/"+id, object{"id": id, "status": "current", "title": title, "body": storage(text), "version": object{"number": number}})
}

func both(t *testing.T, f func(w *town, dc bool)) {
	for name, dc := range map[string]bool{"cloud": false, "datacenter": true} {
		t.Run(name, func(t *testing.T) { f(newTown(t, dc), dc) })
	}
}

func TestPagesVersionsTitles(t *testing.T) {
	both(t, func(w *town, dc bool) {
		id := w.newPage(dc, 200, "A page", "<p>one</p>")
		w.newPage(dc, 400, "a PAGE", "<p>two</p>")
		w.next(dc, 409, id, "A page", "<p>2</p>", 1)
		w.next(dc, 409, id, "A page", "<p>2</p>", 3)
		w.next(dc, 200, id, "Another title", "<p>2</p>", 2)
		w.newPage(dc, 200, "A page", "<p>two</p>")
		w.next(dc, 400, id, "A page", "<p>3</p>", 3)
		w.next(dc, 413, id, "Another title", "<p>"+strings.Repeat("x", 10_000)+"</p>", 3)
		if st, ok := w.Page("OPS", "Another title"); !ok || st.Version != 2 || st.Storage != "<p>2</p>" {
			w.Errorf("got %+v", st)
		}
	})
}

func TestOnlyWellFormedStorageIsTaken(t *testing.T) {
	both(t, func(w *town, dc bool) {
		for _, bad := range []string{"<p>", "</p>", "<p></b></p>", "a & b", "&nothing;", "<p a=\"1\" a=\"2\"/>", "<x:p/>", "\x01", "<!DOCTYPE x>", "<br>"} {
			w.newPage(dc, 400, "Bad", bad)
		}
		id := w.newPage(dc, 200, "Good", `&nbsp;<!-- gone --><ac:structured-macro ac:name="anchor"><ac:parameter ac:name="">x</ac:parameter></ac:structured-macro><br/><![CDATA[a<b]]>`)
		st, _ := w.Page("OPS", "#"+id)
		if strings.Contains(st.Storage, "gone") || !strings.Contains(st.Storage, "ac:macro-id=") || !strings.Contains(st.Storage, "<br />") {
			w.Errorf("it is kept as %s", st.Storage)
		}
		if pages := w.Pages("OPS"); len(pages) != 1 || strings.Contains(pages[0].Content, "macro-id") {
			w.Errorf("got %+v", pages)
		}
	})
}

func TestEditorRewrites(t *testing.T) {
	w := newTown(t, false)
	w.newPage(false, 200, "P", "<ul>\n<li>a<ul><li><strong>b</strong> c</li></ul></li></ul><table><thead><tr><th>h</th></tr></thead><tbody><tr><td>d<br/>e</td></tr></tbody></table>")
	if err := w.As("alice").Resave("OPS", "P"); err != nil {
		t.Fatal(err)
	}
	got := w.Pages("OPS")[0].Content
	want := "<ul><li><p>a</p><ul><li><p><strong>b</strong> c</p></li></ul></li></ul><table><tbody><tr><th><p>h</p></th></tr><tr><td><p>d<br />e</p></td></tr></tbody></table>"
	if got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestWhoMaySeeAndDoWhat(t *testing.T) {
	both(t, func(w *town, dc bool) {
		alice := w.As("alice")
		id := w.newPage(dc, 200, "P", "<p>x</p>")
		see := func(status int) {
			w.Helper()
			path := "/api/v2/pages/" + id
			if dc {
				path = "/rest/api/content/" + id
			}
			w.want(status, "GET", path, nil)
		}
		see(200)
		must(w, alice.RestrictEdit("OPS", "P", "alice"))
		see(200)
		w.next(dc, 403, id, "P", "<p>y</p>", 2)
		must(w, alice.RestrictEdit("OPS", "P"))
		must(w, alice.Restrict("OPS", "P", "alice"))
		see(404)
		w.newPage(dc, 400, "P", "<p>x</p>")
		must(w, alice.Restrict("OPS", "P"))
		w.SetRight("hereby", "OPS", sandbox.View)
		see(200)
		w.next(dc, 403, id, "P", "<p>y</p>", 2)
		w.SetRight("hereby", "OPS", sandbox.Nothing)
		see(404)
		w.SetRight("hereby", "OPS", sandbox.Edit)
		must(w, alice.Trash("OPS", "P"))
		w.newPage(dc, 200, "P", "<p>new</p>")
		if err := alice.Restore("OPS", "#"+id); err == nil {
			w.Error("two pages have one title")
		}
		w.token = "nobody's"
		see(401)
	})
}

func TestSearchLags(t *testing.T) {
	both(t, func(w *town, dc bool) {
		id := w.newPage(dc, 200, "P", "<p>x</p>")
		w.SetLag(time.Minute)
		w.ask("POST", "/rest/api/content/"+id+"/label", []object{{"prefix": "global", "name": "Mine"}})
		const cql = "/rest/api/search?cql=space+%3D+%22OPS%22+and+type+%3D+page+and+label+%3D+%22mine%22"
		if found := w.want(200, "GET", cql, nil)["results"].([]any); len(found) != 0 {
			w.Errorf("found %v", found)
		}
		w.now = w.now.Add(time.Minute)
		if found := w.want(200, "GET", cql, nil)["results"].([]any); len(found) != 1 {
			w.Errorf("found %v", found)
		}
		w.want(400, "GET", "/rest/api/search?cql=creator+in+(x)", nil)
	})
}

func TestFaults(t *testing.T) {
	both(t, func(w *town, dc bool) {
		for fault, want := range map[sandbox.Fault]struct {
			status int
			done   bool
		}{
			{Kind: sandbox.DropBefore}: {0, false}, {Kind: sandbox.LostReply}: {0, true}, {Kind: sandbox.ErrorBefore}: {502, false}, {Kind: sandbox.ErrorAfter}: {502, true},
			{Kind: sandbox.TooMany}: {429, false}, {Kind: sandbox.ErrorBefore, Status: 409}: {409, false},
		} {
			id := w.newPage(dc, 200, "P", "<p>x</p>")
			w.SetFault(func(*http.Request, int) sandbox.Fault { return fault })
			status, _ := w.ask("POST", "/rest/api/content/"+id+"/label", []object{{"prefix": "global", "name": "x"}})
			w.SetFault(nil)
			st, _ := w.Page("OPS", "P")
			if status != want.status || (len(st.Labels) == 1) != want.done {
				w.Errorf("%+v: status %d, labels %v", fault, status, st.Labels)
			}
			must(w, w.As("alice").Purge("OPS", "P"))
		}
		if w.Requests()["POST /rest/api/content/{id}/label"] != 6 || w.Answers()[429] != 1 {
			w.Errorf("requests %v, answers %v", w.Requests(), w.Answers())
		}
	})
}

// A request whose connection broke may have its effect all the same, later.
func TestLateEffect(t *testing.T) {
	both(t, func(w *town, dc bool) {
		id := w.newPage(dc, 200, "P", "<p>x</p>")
		w.SetFault(func(*http.Request, int) sandbox.Fault {
			return sandbox.Fault{Kind: sandbox.DelayedAfter, Delay: time.Minute}
		})
		status, _ := w.ask("POST", "/rest/api/content/"+id+"/label", []object{{"prefix": "global", "name": "x"}})
		w.SetFault(nil)
		w.Settle()
		early, _ := w.Page("OPS", "P")
		w.now = w.now.Add(time.Minute)
		w.Settle()
		if st, _ := w.Page("OPS", "P"); status != 0 || len(early.Labels) != 0 || len(st.Labels) != 1 {
			w.Errorf("status %d, labels %v and then %v", status, early.Labels, st.Labels)
		}
	})
}

func TestPagesInABrowser(t *testing.T) {
	both(t, func(w *town, dc bool) {
		id := w.newPage(dc, 200, "A page", `<p onclick="x()">Hi <a href="javascript:x">a</a> <a href="https://x.example">b</a></p><ac:structured-macro ac:name="code"><ac:parameter ac:name="language">js</ac:parameter><ac:plain-text-body><![CDATA[<script>]]></ac:plain-text-body></ac:structured-macro>`)
		must(w, w.As("alice").Attach("OPS", "A page", "x.json", `{"<": 1}`))
		path := "/wiki/spaces/OPS/pages/" + id
		if dc {
			path = "/display/OPS/A+page"
		}
		for path, want := range map[string]int{path: 200, "/wiki/spaces/OPS": 200, "/display/OPS": 200, "/wiki/spaces/NO/pages/1": 404, "/display/OPS/None": 404} {
			if dc == strings.HasPrefix(path, "/wiki") {
				continue
			}
			resp, err := http.Get(w.url + path)
			must(w, err)
			b, _ := io.ReadAll(resp.Body)
			resp.Body.Close()
			text := string(b)
			if resp.StatusCode != want {
				w.Errorf("%s: %d", path, resp.StatusCode)
			}
			if strings.Contains(text, "javascript:") || strings.Contains(text, "<script>") || strings.Contains(text, "onclick") {
				w.Errorf("%s shows %s", path, text)
			}
			if strings.Contains(path, id) && (!strings.Contains(text, "<pre>&lt;script&gt;</pre>") || !strings.Contains(text, `href="https://x.example"`) || strings.Contains(text, ">js")) {
				w.Errorf("%s shows %s", path, text)
			}
		}
	})
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
