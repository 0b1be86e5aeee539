package jira

import (
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// visit asks for a page, or sends a form where there is one.
func (l *lab) visit(path string, form url.Values, header ...string) (int, string) {
	l.t.Helper()
	var req *http.Request
	if form == nil {
		req = httptest.NewRequest("GET", "http://127.0.0.1:9"+path, nil)
	} else {
		req = httptest.NewRequest("POST", "http://127.0.0.1:9"+path, strings.NewReader(form.Encode()))
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	for n := 0; n < len(header); n += 2 {
		if header[n] == "Host" {
			req.Host = header[n+1]
		}
		req.Header.Set(header[n], header[n+1])
	}
	rec := httptest.NewRecorder()
	l.Handler().ServeHTTP(rec, req)
	body, err := io.ReadAll(rec.Result().Body)
	if err != nil {
		l.t.Fatal(err)
	}
	if csp := rec.Header().Get("Content-Security-Policy"); !strings.Contains(csp, "default-src 'none'") {
		l.t.Errorf("%s: policy %q", path, csp)
	}
	return rec.Code, string(body)
}

func TestAVisitorPlaysAnIncident(t *testing.T) {
	editions(t, func(t *testing.T, l *lab) {
		send := func(path, want string, form url.Values) {
			t.Helper()
			if code, body := l.visit(path, form); code != http.StatusSeeOther {
				t.Fatalf("%s: %d %s", path, code, body)
			}
			if _, body := l.visit("/browse/OPS-1", nil); !strings.Contains(body, want) {
				t.Errorf("after %s the page lacks %q:\n%s", path, want, body)
			}
		}
		at := "/browse/OPS-1/"
		send("/projects/OPS", "Checkout &lt;is&gt; down", url.Values{"as": {"alice"}, "title": {"Checkout <is> down"}, "body": {"* tell\r\n* *loudly*\r\n"}, "labels": {"bug, incident"}})
		send(at+"comment", "<p>hereby ops</p>", url.Values{"as": {"bob"}, "body": {"hereby ops"}})
		send(at+"unlabel", "changed labels from “bug incident” to “incident”", url.Values{"as": {"alice"}, "label": {"bug"}})
		send(at+"label", ">outage</span>", url.Values{"as": {"alice"}, "label": {"outage"}})
		send(at+"assign", "changed assignee from “none” to “Bob”", url.Values{"as": {"alice"}, "assignee": {"@bob"}})
		send(at+"assign", "Nobody", url.Values{"as": {"alice"}, "assignee": {""}})
		send(at+"transition", "Done · Won&#39;t Do", url.Values{"as": {"alice"}, "name": {"Resolve"}, "resolution": {"Won't Do"}})
		send(at+"transition", ">To Do<", url.Values{"as": {"alice"}, "name": {"Reopen"}})
		send(at+"edit", "Up again", url.Values{"as": {"alice"}, "title": {"Up again"}, "body": {"x"}})
		i := l.Issue("OPS-1")
		l.equal(i.Title+i.Body+i.State, "Up againxopen")

		a := l.As("alice")
		epic, sub, other := must(a.OpenEpic("OPS", "Epic")), must(a.OpenSubtask("OPS-1", "Sub")), must(a.OpenIssue("WEB", "Other", ""))
		l.ok(a.Attach(epic, "OPS-1"))
		l.ok(a.Link("OPS-1", "Blocks", other))
		must(a.CommentTo("OPS-1", Developers, "[~accountid:"+l.AccountID("bob")+"] see OPS-2"))
		for path, want := range map[string]string{"/": "OPS", "/projects/OPS": "Up again", "/projects/WEB": "Other", "/browse/OPS-1?watch": `http-equiv="refresh"`,
			"/browse/OPS-1?again=3": "url=?again=2", "/-/style.css": "--ink", "/browse/" + sub: "under", "/browse/" + epic: "Issues in this epic"} {
			if code, body := l.visit(path, nil); code != 200 || !strings.Contains(body, want) {
				t.Errorf("%s: %d, lacks %q", path, code, want)
			}
		}
		_, body := l.visit("/browse/OPS-1", nil)
		for _, want := range []string{"blocks <a", "Sub-tasks", `<span class="mention">@Bob</span> see <a href="/browse/OPS-2">`, `<span class="label">Developers</span>`, epic + " Epic"} {
			if !strings.Contains(body, want) {
				t.Errorf("the page lacks %q:\n%s", want, body)
			}
		}
	})
}

func TestWhatAVisitorIsRefused(t *testing.T) {
	l := newLab(t, Options{})
	l.opt.URL = "https://demo.example"
	l.SetRole("OPS", Users, "guest")
	must(l.As("alice").OpenIssue("OPS", "x", ""))
	form := url.Values{"as": {"alice"}, "body": {"hello"}}
	for _, x := range []struct {
		why, path string
		form      url.Values
		want      int
		header    []string
	}{
		{"another site's form", "/browse/OPS-1/comment", form, 403, []string{"Sec-Fetch-Site", "cross-site"}},
		{"another site's form, older browser", "/browse/OPS-1/comment", form, 403, []string{"Origin", "http://evil.example"}},
		{"a name made to point here", "/browse/OPS-1/comment", form, 403, []string{"Host", "evil.example", "Origin", "http://evil.example"}},
		{"our own form", "/browse/OPS-1/comment", form, 303, []string{"Sec-Fetch-Site", "same-origin"}},
		{"our own address", "/browse/OPS-1/comment", form, 303, []string{"Host", "demo.example"}},
		{"nobody", "/browse/OPS-1/comment", url.Values{"body": {"x"}}, 400, nil},
		{"an empty comment", "/browse/OPS-1/comment", url.Values{"as": {"alice"}}, 422, nil},
		{"no right", "/browse/OPS-1/label", url.Values{"as": {"guest"}, "label": {"bug"}}, 422, nil},
		{"no transition", "/browse/OPS-1/transition", url.Values{"as": {"alice"}, "name": {"Explode"}}, 422, nil},
		{"nobody to assign", "/browse/OPS-1/assign", url.Values{"as": {"alice"}, "assignee": {"zed"}}, 422, nil},
		{"no issue", "/browse/OPS-9/comment", form, 404, nil},
		{"no project", "/projects/NONE", form, 404, nil},
		{"no action", "/browse/OPS-1/explode", form, 404, nil},
		{"a page that is not", "/browse/OPS-9", nil, 404, nil},
		{"a project that is not", "/projects/NONE", nil, 404, nil},
	} {
		if code, body := l.visit(x.path, x.form, x.header...); code != x.want {
			t.Errorf("%s: %d, want %d: %s", x.why, code, x.want, body)
		}
	}
	l.equal(len(l.Comments("OPS-1")), 2)
}

func TestRender(t *testing.T) {
	who := names{"712020:1": "Bob <b>"}
	for _, x := range []struct{ wiki, want string }{
		{"plain <b>", "<p>plain &lt;b&gt;</p>\n"},
		{"a\nb\n\nc", "<p>a<br>\nb</p>\n<p>c</p>\n"},
		{"h2. Head *x*", "<h2>Head <strong>x</strong></h2>\n"},
		{"* a\n** b\n* c", "<ul><li>a<ul><li>b</li></ul>\n</li>\n<li>c</li></ul>\n"},
		{"# a\n# b", "<ol><li>a</li>\n<li>b</li></ol>\n"},
		{"|| A || B ||\n| c \\| d | [e|https://e.example] |", "<table>\n<tr><th>A</th><th>B</th></tr>\n<tr><td>c | d</td><td><a href=\"https://e.example\">e</a></td></tr>\n</table>\n"},
		{"{code:java}\n<x>\n{code}\nafter", "<pre>&lt;x&gt;\n</pre>\n<p>after</p>\n"},
		{"{code}a{code}", "<pre>a</pre>\n"},
		{"{quote}\nsaid\n{quote}", "<blockquote><p>said</p>\n</blockquote>\n"},
		{"{panel}\nin\n{panel}", "<div class=\"panel\"><p>in</p>\n</div>\n"},
		{"bq. said", "<blockquote><p>said</p></blockquote>\n"},
		{"----", "<hr>\n"},
		{"*b* _i_ -d- +u+ a*b*c 3-4 {{m}}", "<p><strong>b</strong> <em>i</em> <del>d</del> <ins>u</ins> a*b*c 3-4 <code>m</code></p>\n"},
		{`\*not\* \[x] a\\b`, "<p>*not* [x] a<br>b</p>\n"},
		{"[~accountid:712020:1] and [~zed]", "<p><span class=\"mention\">@Bob &lt;b&gt;</span> and <span class=\"mention\">@zed</span></p>\n"},
		{"[x|javascript:alert(1)] [https://a.example|https://a.example|smart-link]", "<p>[x|javascript:alert(1)] <a href=\"https://a.example\">https://a.example</a></p>\n"},
		{"see OPS-12, not ops-12", "<p>see <a href=\"/browse/OPS-12\">OPS-12</a>, not ops-12</p>\n"},
		{"{color:red}stop{color} ü|ö", "<p>stop ü|ö</p>\n"},
		{"|ü|é|", "<table>\n<tr><td>ü</td><td>é</td></tr>\n</table>\n"},
	} {
		if got := string(render(x.wiki, who)); got != x.want {
			t.Errorf("%q:\n%s\nwant\n%s", x.wiki, got, x.want)
		}
	}
}

var anyTag = regexp.MustCompile(`<(/?)([a-z0-9]+)( [^<>]*)?>`)

// No text makes a tag of its own, an attribute, or an address of another kind.
func TestRenderIsHarmless(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		parts := rapid.SliceOf(rapid.OneOf(rapid.SampledFrom([]string{"<script>", "[x|javascript:y]", `[a"b|https://x"onclick=y]`, "{code}", "{quote}", "{panel}", "\n", "* ", "# ", "|", "||",
			"*", "_", "[", "]", "{{", "}}", `\`, "h1. ", "bq. ", "OPS-1", "[~accountid:x<y]", "<img onerror=x>"}), rapid.String())).Draw(rt, "parts")
		in := strings.Join(parts, "")
		out := string(render(in, names{}))
		rest := anyTag.ReplaceAllStringFunc(out, func(tag string) string {
			m := anyTag.FindStringSubmatch(tag)
			switch attr := m[3]; {
			case attr == "", attr == ` class="panel"`, attr == ` class="mention"`:
			case regexp.MustCompile(`^ href="(https?://|mailto:|/browse/[A-Z])[^"]*"$`).MatchString(attr):
			default:
				rt.Fatalf("%q made %s", in, tag)
			}
			if !strings.Contains(" p br h1 h2 h3 h4 h5 h6 ul ol li table tr td th pre blockquote div hr strong em del ins sup sub code a span ", " "+m[2]+" ") {
				rt.Fatalf("%q made %s", in, tag)
			}
			return ""
		})
		if strings.ContainsAny(rest, "<>") {
			rt.Fatalf("%q left %q", in, rest)
		}
	})
}
