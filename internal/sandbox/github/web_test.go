package github

import (
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
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
	l := newLab(t, Options{})
	send := func(path, want string, form url.Values) {
		t.Helper()
		if code, body := l.visit(path, form); code != http.StatusSeeOther {
			t.Fatalf("%s: %d %s", path, code, body)
		}
		if _, body := l.visit("/acme/shop/issues/1", nil); !strings.Contains(body, want) {
			t.Errorf("after %s the page lacks %q:\n%s", path, want, body)
		}
	}
	at := "/acme/shop/issues/1/"
	send("/acme/shop/issues", "Checkout &lt;is&gt; down", url.Values{"as": {"alice"}, "title": {"Checkout <is> down"}, "body": {"- [ ] tell\r\n- [x] seen\r\n"}, "labels": {"bug, incident"}})
	send(at+"comment", "<p>/ops</p>", url.Values{"as": {"mia"}, "body": {"/ops"}})
	send(at+"unlabel", "removed the label bug", url.Values{"as": {"alice"}, "label": {"bug"}})
	send(at+"label", "added the label outage", url.Values{"as": {"alice"}, "label": {"outage"}})
	send(at+"assign", "assigned mia", url.Values{"as": {"alice"}, "assignees": {"@mia"}})
	send(at+"tick", `value="1" title="untick">☑`, url.Values{"as": {"alice"}, "box": {"1"}})
	send(at+"tick", `value="2" title="tick">☐`, url.Values{"as": {"alice"}, "box": {"2"}})
	send(at+"close", "Closed as not planned", url.Values{"as": {"alice"}, "reason": {"not_planned"}})
	send(at+"reopen", ">Open<", url.Values{"as": {"alice"}})
	send(at+"edit", "renamed this from", url.Values{"as": {"alice"}, "title": {"Up again"}, "body": {"x"}})
	if got := l.Issue("acme/shop", 1); got.Body != "x" || got.Title != "Up again" || got.State != "open" {
		t.Errorf("%+v", got)
	}
	for path, want := range map[string]string{"/": "acme/shop", "/acme/shop": "Up again", "/acme/open/issues": "Nothing is open", "/acme/shop/issues/1?watch": `http-equiv="refresh"`, "/-/style.css": "--ink"} {
		if code, body := l.visit(path, nil); code != 200 || !strings.Contains(body, want) {
			t.Errorf("%s: %d, lacks %q", path, code, want)
		}
	}
}

func TestWhatAVisitorIsRefused(t *testing.T) {
	l := newLab(t, Options{URL: "https://demo.example"})
	l.open("acme/shop", 1)
	form := url.Values{"as": {"alice"}, "body": {"hello"}}
	for _, x := range []struct {
		why, path string
		form      url.Values
		want      int
		header    []string
	}{
		{"another site's form", "/acme/shop/issues/1/comment", form, 403, []string{"Sec-Fetch-Site", "cross-site"}},
		{"another site's form, older browser", "/acme/shop/issues/1/comment", form, 403, []string{"Origin", "http://evil.example"}},
		{"a name made to point here", "/acme/shop/issues/1/comment", form, 403, []string{"Host", "evil.example", "Origin", "http://evil.example"}},
		{"our own form", "/acme/shop/issues/1/comment", form, 303, []string{"Sec-Fetch-Site", "same-origin"}},
		{"our own address", "/acme/shop/issues/1/comment", form, 303, []string{"Host", "demo.example"}},
		{"IPv6", "/acme/shop/issues/1/comment", form, 303, []string{"Host", "[::1]:80"}},
		{"nobody", "/acme/shop/issues/1/comment", url.Values{"body": {"x"}}, 400, nil},
		{"an organisation", "/acme/shop/issues/1/comment", url.Values{"as": {"acme"}, "body": {"x"}}, 400, nil},
		{"an empty comment", "/acme/shop/issues/1/comment", url.Values{"as": {"alice"}}, 422, nil},
		{"no right", "/acme/shop/issues/1/label", url.Values{"as": {"mia"}, "label": {"bug"}}, 422, nil},
		{"no box", "/acme/shop/issues/1/tick", url.Values{"as": {"alice"}, "box": {"3"}}, 422, nil},
		{"no issue", "/acme/shop/issues/9/comment", form, 404, nil},
		{"no repository", "/acme/none/issues", form, 404, nil},
		{"no action", "/acme/shop/issues/1/explode", form, 404, nil},
		{"a page that is not", "/acme/shop/issues/9", nil, 404, nil},
		{"a repository that is not", "/acme/none", nil, 404, nil},
	} {
		if code, body := l.visit(x.path, x.form, x.header...); code != x.want {
			t.Errorf("%s: %d, want %d: %s", x.why, code, x.want, body)
		}
	}
	if n := len(l.Comments("acme/shop", 1)); n != 3 {
		t.Errorf("%d comments, want those of the 3 forms that were taken", n)
	}
}

func TestMarkdownIsHarmless(t *testing.T) {
	for in, want := range map[string]string{
		"<!-- hereby:1 1 a -->":                               "",
		"text <!-- x --> more":                                "<p>text  more</p>",
		"<script>alert(1)</script>":                           "&lt;script&gt;alert(1)&lt;/script&gt;",
		"a <img src=x onerror=y> b":                           "<p>a &lt;img src=x onerror=y&gt; b</p>",
		"[x](javascript:alert(1))":                            `<p><a href="">x</a></p>`,
		"<details><summary>Done</summary>\n\nx\n\n</details>": "<details><summary>Done</summary>\n<p>x</p>\n</details>",
		"<details onclick=x>":                                 "&lt;details onclick=x&gt;",
		"<sub>small</sub>":                                    "<p><sub>small</sub></p>",
	} {
		if got := strings.TrimSpace(string(render("acme/shop", in))); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}

// A text reads as it would in an issue.
func TestMarkdownOfIssues(t *testing.T) {
	at := func(path, text string) string { return `<a href="/` + path + `">` + text + `</a>` }
	for in, want := range map[string]string{
		"/ops @bob\n/comms":                "<p>/ops <strong>@bob</strong><br>\n/comms</p>",
		"see #12, acme/web#3 and (#4).":    "<p>see " + at("acme/shop/issues/12", "#12") + ", " + at("acme/web/issues/3", "acme/web#3") + " and (" + at("acme/shop/issues/4", "#4") + ").</p>",
		"**#12**\n@acme/on-call #x #0 a#1": "<p><strong>" + at("acme/shop/issues/12", "#12") + "</strong><br>\n<strong>@acme/on-call</strong> #x #0 a#1</p>",
		"`#12 @bob` alice@acme.example":    `<p><code>#12 @bob</code> <a href="mailto:alice@acme.example">alice@acme.example</a></p>`,
		"@\u2060bob é@bob":                 "<p>@\u2060bob é@bob</p>",
		"[#12](https://example.com/#12)":   `<p><a href="https://example.com/#12">#12</a></p>`,
		"https://example.com/a#12":         `<p><a href="https://example.com/a#12">https://example.com/a#12</a></p>`,
		"    #12":                          "<pre><code>#12\n</code></pre>",
	} {
		if got := strings.TrimSpace(string(render("acme/shop", in))); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}

// Ticking changes one character of the text and only that box.
func TestTickingChangesOneBox(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var b strings.Builder
		boxes := []bool{}
		for range rapid.IntRange(1, 8).Draw(t, "lines") {
			switch rapid.IntRange(0, 5).Draw(t, "kind") {
			case 0:
				b.WriteString("\ntext [ ] not a box\n\n")
			case 1:
				b.WriteString("```\n- [ ] code\n```\n")
			case 2:
				b.WriteString("<!-- - [ ] hidden -->\n\n")
			case 3:
				boxes = append(boxes, false)
				b.WriteString("* [ ] open **[x]**\n")
			case 4:
				boxes = append(boxes, true)
				b.WriteString("  1. [X] done\n")
			case 5:
				boxes = append(boxes, true)
				b.WriteString("- [x] ünïcödé\r\n")
			}
		}
		text := b.String()
		n := rapid.IntRange(1, 9).Draw(t, "n")
		done := rapid.Bool().Draw(t, "done")
		got, ok := tick(text, n, done)
		if ok != (n <= len(boxes)) {
			t.Fatalf("box %d of %d in %q: %v", n, len(boxes), text, ok)
		}
		if !ok {
			return
		}
		if len(got) != len(text) {
			t.Fatalf("%q became %q", text, got)
		}
		for k, was := range boxes {
			want := was
			if k+1 == n {
				want = done
			}
			if ticked(got, k+1) != want {
				t.Fatalf("box %d is %v in %q", k+1, !want, got)
			}
		}
	})
}

func FuzzRender(f *testing.F) {
	for _, s := range []string{"- [ ] a\n  - [x] b", "<!-- x", "> - [ ] q", "| a |\n|---|\n| [ ] |", "<details", "1) [x]\tz", "- [ ]\n"} {
		f.Add(s, 1)
	}
	f.Fuzz(func(t *testing.T, s string, n int) {
		html := string(render("acme/shop", s))
		if strings.Contains(strings.ToLower(html), "<script") || strings.Contains(html, "<!--") {
			t.Errorf("%q renders as %q", s, html)
		}
		if out, ok := tick(s, n, true); ok && (len(out) != len(s) || !ticked(out, n)) {
			t.Errorf("box %d of %q became %q", n, s, out)
		}
	})
}
