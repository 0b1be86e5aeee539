package jira

import (
	"encoding/json"
	"regexp"
	"strings"
)

// readText reads a description or a comment as a request gives it: wiki markup
// in version 2 of the API, a document in version 3.
func (s *Server) readText(raw json.RawMessage, v3 bool, field string) (string, error) {
	var v string
	if string(raw) == "null" || len(raw) == 0 {
		return "", nil
	}
	if v3 {
		var doc node
		if json.Unmarshal(raw, &doc) != nil || doc.Type != "doc" {
			if field == "comment" {
				return "", wrongField(field, "Comment body is not valid!")
			}
			return "", wrongField(field, "Operation value must be an Atlassian Document (see the Atlassian Document Format)")
		}
		v = doc.wiki()
	} else if json.Unmarshal(raw, &v) != nil {
		return "", wrongField(field, "Operation value must be a string")
	}
	if units(v) > maxText {
		return "", wrongField(field, "The entered text is too long. It exceeds the allowed limit of 32,767 characters.")
	}
	return s.stored(v), nil
}

// stored returns what Jira makes of a text. Data Center keeps it. Cloud keeps a
// document and writes it out anew, with the same meaning in another spelling.
func (s *Server) stored(wiki string) string {
	if !s.cloud() {
		return wiki
	}
	var lines []string
	literal := ""
	for line := range strings.SplitSeq(strings.ReplaceAll(wiki, "\r\n", "\n"), "\n") {
		if m := fence.FindString(strings.TrimSpace(line)); m != "" {
			name := strings.FieldsFunc(m, func(r rune) bool { return strings.ContainsRune("{}:", r) })[0]
			switch literal {
			case "":
				literal = name
			case name:
				literal = ""
			}
			lines = append(lines, strings.TrimRight(line, " \t"))
			continue
		}
		if literal == "" {
			line = respell(strings.TrimRight(line, " \t"))
		}
		lines = append(lines, line)
	}
	return strings.Trim(strings.Join(lines, "\n"), "\n")
}

var (
	fence    = regexp.MustCompile(`^\{(code|noformat)(:[^}]*)?\}$`)
	bareURL  = regexp.MustCompile(`https?://[^\s\[\]|{}<>"]+[^\s\[\]|{}<>".,;:!?')]`)
	brace    = regexp.MustCompile(`\\\\|\\\{|\{\{|\{(?:code|noformat|quote|panel|color|anchor|adf)[:}]|\{`)
	needless = regexp.MustCompile(`\\\\|\\([.,;:=&%@/'"<>()$?])`)
)

// respell rewrites a line as Cloud does: escapes where it sees no need for them
// go, a brace that begins nothing gets one, and a bare URL becomes a smart link.
func respell(line string) string {
	line = needless.ReplaceAllStringFunc(line, func(m string) string {
		if m == `\\` {
			return m // a forced line break
		}
		return m[1:]
	})
	var b strings.Builder
	line = brace.ReplaceAllStringFunc(line, func(m string) string {
		if m != "{" {
			return m // escaped already, monospaced, or a macro
		}
		return `\{`
	})
	at := 0
	for _, m := range bareURL.FindAllStringIndex(line, -1) {
		if m[0] > 0 && strings.ContainsRune("[|\\!", rune(line[m[0]-1])) {
			continue
		}
		url := line[m[0]:m[1]]
		b.WriteString(line[at:m[0]] + "[" + url + "|" + url + "|smart-link]")
		at = m[1]
	}
	return b.String() + line[at:]
}

// node is a part of a document, as version 3 of the API writes texts.
type node struct {
	Version int            `json:"version,omitempty"`
	Type    string         `json:"type"`
	Text    string         `json:"text,omitempty"`
	Attrs   map[string]any `json:"attrs,omitempty"`
	Content []node         `json:"content,omitempty"`
}

// document wraps wiki markup into a document: one paragraph a line. The model
// writes no richer ones.
func document(wiki string) any {
	if wiki == "" {
		return nil
	}
	doc := node{Version: 1, Type: "doc"}
	for line := range strings.SplitSeq(wiki, "\n") {
		p := node{Type: "paragraph"}
		if line != "" {
			p.Content = []node{{Type: "text", Text: line}}
		}
		doc.Content = append(doc.Content, p)
	}
	return doc
}

// wiki reads a document as plainly as document writes it.
func (n node) wiki() string {
	switch n.Type {
	case "text":
		return n.Text
	case "hardBreak":
		return "\n"
	case "mention":
		id, _ := n.Attrs["id"].(string)
		return "[~accountid:" + id + "]"
	}
	var parts []string
	for _, c := range n.Content {
		parts = append(parts, c.wiki())
	}
	if n.Type == "doc" {
		return strings.Join(parts, "\n")
	}
	return strings.Join(parts, "")
}

// shownText is a text as an answer gives it.
func (c *call) shownText(wiki string) any {
	if c.v3 {
		return document(wiki)
	}
	if wiki == "" {
		return nil
	}
	return wiki
}
