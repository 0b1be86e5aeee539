package jira

import (
	"strings"
	"testing"
	"unicode/utf8"
)

func TestRespelling(t *testing.T) {
	cloud, dc := newLab(t, Options{}), newLab(t, Options{Edition: DataCenter})
	for _, x := range []struct{ in, want string }{
		{"plain", "plain"},
		{"trailing  \nspace\t\r\nend\n\n", "trailing\nspace\nend"},
		{"see https://acme.example/a?b=c.", "see [https://acme.example/a?b=c|https://acme.example/a?b=c|smart-link]."},
		{"[https://acme.example]", "[https://acme.example]"},
		{"[here|https://acme.example]", "[here|https://acme.example]"},
		{`a\. b\: c\( d`, "a. b: c( d"},
		{`a\\b \\. c`, `a\\b \\. c`},
		{`\{code} \[x] \*y`, `\{code} \[x] \*y`},
		{`a {b} {{c}} {color:red}d{color} \{e`, `a \{b} {{c}} {color:red}d{color} \{e`},
		{"{code}\nhttps://acme.example \\. x  \n{code}\nhttps://b.example", "{code}\nhttps://acme.example \\. x  \n{code}\n[https://b.example|https://b.example|smart-link]"},
		{"{noformat}\n{code}\n\\.\n{noformat}\n\\.", "{noformat}\n{code}\n\\.\n{noformat}\n."},
	} {
		key := must(cloud.As("alice").OpenIssue("OPS", "x", x.in))
		cloud.equal(quote(cloud.Issue(key).Body), quote(x.want))
		key = must(dc.As("alice").OpenIssue("OPS", "x", x.in))
		dc.equal(quote(dc.Issue(key).Body), quote(x.in))
	}
}

func TestDocuments(t *testing.T) {
	l := newLab(t, Options{})
	doc := obj{"type": "doc", "version": 1, "content": []any{
		obj{"type": "paragraph", "content": []any{obj{"type": "text", "text": "hello "}, obj{"type": "mention", "attrs": obj{"id": "712020:1"}}}},
		obj{"type": "paragraph"},
		obj{"type": "paragraph", "content": []any{obj{"type": "text", "text": "bye"}}}}}
	f := task("OPS", "x")
	f["description"] = doc
	l.want(400, "POST", "/rest/api/2/issue", obj{"fields": f})
	l.want(201, "POST", "/rest/api/3/issue", obj{"fields": f})
	l.equal(l.Issue("OPS-1").Body, "hello [~accountid:712020:1]\n\nbye")
	l.equal(at(l.want(200, "GET", "/rest/api/3/issue/OPS-1", nil), "fields", "description", "content", 2, "content", 0, "text"), "bye")
	refused := l.want(400, "POST", "/rest/api/3/issue/OPS-1/comment", obj{"body": "text"})
	l.equal(at(refused, "errors", "comment"), "Comment body is not valid!")
	l.want(201, "POST", "/rest/api/3/issue/OPS-1/comment", obj{"body": doc})
	l.equal(at(l.want(200, "GET", "/issue/OPS-1/comment", nil), "comments", 0, "body"), "hello [~accountid:712020:1]\n\nbye")
}

// What Cloud makes of a text it leaves alone from then on, and loses no letter.
func FuzzStored(f *testing.F) {
	for _, s := range []string{"", "x  \r\n", "https://a.example/x", "{code}\n\\.\n{code}", `\\.`, "[https://a|https://a|smart-link]", "\\https://a.b"} {
		f.Add(s)
	}
	s := New(Options{Deliver: Manual})
	defer s.Close()
	f.Fuzz(func(t *testing.T, text string) {
		if !utf8.ValidString(text) {
			t.Skip()
		}
		once := s.stored(text)
		if again := s.stored(once); again != once {
			t.Errorf("%q became %q, then %q", text, once, again)
		}
		if strings.Contains(once, " \n") && !strings.Contains(text, "{") {
			t.Errorf("%q keeps white space: %q", text, once)
		}
		if !strings.Contains(text, "{") && !strings.Contains(text, "http") && !strings.Contains(text, `\`) {
			if strip(once) != strip(text) {
				t.Errorf("%q became %q", text, once)
			}
		}
	})
}

// No document is too strange to be read or refused.
func FuzzDocument(f *testing.F) {
	for _, s := range []string{`{"type":"doc","version":1,"content":[{"type":"paragraph","content":[{"type":"text","text":"x"},{"type":"mention","attrs":{"id":7}}]}]}`, `{"type":"doc"}`, `"text"`, `[]`, `null`, ``} {
		f.Add([]byte(s))
	}
	s := New(Options{Deliver: Manual})
	defer s.Close()
	f.Fuzz(func(t *testing.T, raw []byte) {
		v, err := s.readText(raw, true, "comment")
		if err != nil && v != "" {
			t.Fatalf("%q and %v", v, err)
		}
		if units(v) > 4*maxText {
			t.Fatalf("%d characters", units(v))
		}
	})
}

func strip(s string) string {
	return strings.Join(strings.FieldsFunc(s, func(r rune) bool { return strings.ContainsRune(" \t\r\n", r) }), "")
}
