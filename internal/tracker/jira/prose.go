package jira

import (
	"encoding/json"
	"strings"
)

// prose is a text field. REST version 2 gives wiki markup; a document in
// Atlassian's own format, which some servers give all the same, is turned into
// the markup that says the same.
type prose string

func (p *prose) UnmarshalJSON(b []byte) error {
	var text string
	if json.Unmarshal(b, &text) == nil {
		*p = prose(text)
		return nil
	}
	var doc node
	if json.Unmarshal(b, &doc) == nil {
		*p = prose(strings.TrimSpace(doc.markup(0)))
	}
	return nil
}

// node is a part of such a document.
type node struct {
	Type    string `json:"type"`
	Text    string `json:"text"`
	Content []node `json:"content"`
	Marks   []struct {
		Type string `json:"type"`
	} `json:"marks"`
	Attrs struct {
		ID   string `json:"id"`
		Text string `json:"text"`
		URL  string `json:"url"`
	} `json:"attrs"`
}

// maxNesting bounds how deep a document is followed.
const maxNesting = 50

// markup keeps apart what is said from what is not: quotes and code.
func (n node) markup(depth int) string {
	if depth > maxNesting {
		return ""
	}
	var inner strings.Builder
	for _, c := range n.Content {
		inner.WriteString(c.markup(depth + 1))
	}
	switch n.Type {
	case "text":
		return n.marked()
	case "hardBreak":
		return "\n"
	case "mention":
		return "[~accountid:" + strings.Map(plainID, n.Attrs.ID) + "]"
	case "emoji":
		return n.Attrs.Text
	case "inlineCard", "blockCard":
		return n.Attrs.URL
	case "blockquote":
		return "{quote}\n" + strings.TrimSpace(inner.String()) + "\n{quote}\n\n"
	case "codeBlock":
		return "{noformat}\n" + inner.String() + "\n{noformat}\n\n"
	case "paragraph", "heading", "listItem", "tableRow", "panel", "taskItem", "decisionItem":
		return inner.String() + "\n\n"
	case "tableCell", "tableHeader":
		return strings.TrimSpace(inner.String()) + "\n\n"
	}
	return inner.String()
}

func (n node) marked() string {
	text := escapeMarkup.Replace(n.Text)
	for _, m := range n.Marks {
		switch m.Type {
		case "code":
			return "{{" + text + "}}"
		case "strike":
			return "-" + text + "-"
		}
	}
	return text
}

// plainID keeps an account id from ending the mention that it stands in.
func plainID(r rune) rune {
	if strings.ContainsRune("[]{}|\\\n\r", r) {
		return -1
	}
	return r
}

// escapeMarkup keeps a document's plain text from being read as markup.
var escapeMarkup = strings.NewReplacer("\\", "\\\\", "{", "\\{", "}", "\\}", "[", "\\[", "]", "\\]")
