package confluence

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strings"
)

// eachToken calls f with each token of storage format and its bytes. The error
// is that it is not well-formed.
func eachToken(storage string, f func(t xml.Token, raw string)) error {
	d := xml.NewDecoder(strings.NewReader(storage))
	d.Entity = xml.HTMLEntity
	var open []string
	for {
		from := d.InputOffset()
		t, err := d.RawToken()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return err
		}
		switch t := t.(type) {
		case xml.StartElement:
			if err := checkElement(t); err != nil {
				return err
			}
			open = append(open, full(t.Name))
		case xml.EndElement:
			if len(open) == 0 || open[len(open)-1] != full(t.Name) {
				return fmt.Errorf("unexpected close tag </%s> at byte %d", full(t.Name), from)
			}
			open = open[:len(open)-1]
		case xml.Directive, xml.ProcInst:
			return errors.New("a document type or an instruction is not allowed")
		}
		if f != nil {
			f(t, storage[from:d.InputOffset()])
		}
	}
	if len(open) > 0 {
		return fmt.Errorf("element %s is not closed", open[len(open)-1])
	}
	return nil
}

func full(n xml.Name) string {
	if n.Space == "" {
		return n.Local
	}
	return n.Space + ":" + n.Local
}

// checkElement refuses prefixes that nothing declares, and an attribute twice.
func checkElement(t xml.StartElement) error {
	seen := map[string]bool{}
	for _, n := range append([]xml.Attr{{Name: t.Name}}, t.Attr...) {
		switch n.Name.Space {
		case "", "ac", "ri", "at", "xml":
		default:
			return fmt.Errorf("undeclared namespace prefix %q", n.Name.Space)
		}
	}
	for _, a := range t.Attr {
		if seen[full(a.Name)] {
			return fmt.Errorf("duplicate attribute %q", full(a.Name))
		}
		seen[full(a.Name)] = true
	}
	return nil
}

func attr(t xml.StartElement, name string) string {
	for _, a := range t.Attr {
		if full(a.Name) == name {
			return a.Value
		}
	}
	return ""
}

// decorate gives macros what Confluence gives them when it saves a page, and
// drops comments, as it does.
func (s *Server) decorate(storage string) (string, error) {
	var b strings.Builder
	err := eachToken(storage, func(t xml.Token, raw string) {
		switch t := t.(type) {
		case xml.Comment:
			return
		case xml.StartElement:
			if full(t.Name) == "ac:structured-macro" && attr(t, "ac:macro-id") == "" {
				n := s.id()
				raw = withAttrs(raw, fmt.Sprintf(` ac:schema-version="1" ac:macro-id="%08x-1f2e-4c3d-8a9b-%012x"`, n*7919, n))
			}
			if t.Name.Local == "br" || t.Name.Local == "hr" {
				raw = strings.Replace(raw, t.Name.Local+"/>", t.Name.Local+" />", 1)
			}
		}
		b.WriteString(raw)
	})
	return b.String(), err
}

// withAttrs puts attributes into a tag.
func withAttrs(tag, attrs string) string {
	if tag == "" {
		return "" // the end of an element that closes itself
	}
	at := len(tag) - 1
	if strings.HasSuffix(tag, "/>") {
		at--
	}
	return strings.TrimRight(tag[:at], " ") + attrs + tag[at:]
}

// added matches what decorate and edited add.
var added = regexp.MustCompile(` (?:ac:schema-version|ac:macro-id|ac:local-id|local-id|data-layout|data-table-width)="[^"]*"`)

// frame is an element that the editor writes anew.
type frame struct {
	cell bool // holds paragraphs, whatever it was given
	open bool // one of those that were added is open
}

// edited returns storage as the editor saves a page that somebody opened in it
// and changed nothing: local ids, paragraphs in items and cells, one tbody, no
// white space between elements.
func (s *Server) edited(storage string) (string, error) {
	var b strings.Builder
	stack := []frame{{}}
	local := func() string { return fmt.Sprintf(` local-id="%08x"`, s.id()*7919) }
	paragraph := func(open bool) {
		top := &stack[len(stack)-1]
		if !top.cell || top.open == open {
			return
		}
		if top.open = open; open {
			b.WriteString("<p" + local() + ">")
		} else {
			b.WriteString("</p>")
		}
	}
	err := eachToken(storage, func(t xml.Token, raw string) {
		switch t := t.(type) {
		case xml.StartElement:
			name := full(t.Name)
			if name == "thead" || name == "tbody" {
				stack = append(stack, frame{})
				return
			}
			paragraph(!standsAlone(t))
			switch name {
			case "p", "h1", "h2", "h3", "h4", "h5", "h6", "table", "ul", "ol":
				raw = withAttrs(raw, local())
			}
			b.WriteString(raw)
			if name == "table" {
				b.WriteString("<tbody>")
			}
			stack = append(stack, frame{cell: name == "li" || name == "td" || name == "th"})
		case xml.EndElement:
			paragraph(false)
			stack = stack[:len(stack)-1]
			switch full(t.Name) {
			case "thead", "tbody":
				return
			case "table":
				b.WriteString("</tbody>")
			}
			b.WriteString(raw)
		case xml.CharData:
			if strings.TrimSpace(raw) == "" && strings.Contains(raw, "\n") {
				return
			}
			paragraph(true)
			b.WriteString(raw)
		}
	})
	return b.String(), err
}

// standsAlone reports whether an element is none of a paragraph's.
func standsAlone(t xml.StartElement) bool {
	switch full(t.Name) {
	case "p", "ul", "ol", "li", "table", "tr", "td", "th", "colgroup", "blockquote", "pre", "hr", "ac:task-list":
		return true
	case "ac:structured-macro":
		switch attr(t, "ac:name") {
		case "anchor", "status", "jira":
			return false
		}
		return true
	}
	return false
}
