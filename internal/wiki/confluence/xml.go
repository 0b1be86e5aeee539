package confluence

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode"
)

// node is an element or a text of a page in storage format, with where it
// stands, so that a change touches its bytes and no others.
type node struct {
	name     string // as written, with its prefix; "" for a text
	attrs    []xml.Attr
	text     string // of a text, decoded
	cdata    bool
	from, to int // all of it
	in, out  int // what is in it; equal to each other where it closes itself
	kids     []*node
	up       *node
}

// maxNesting bounds how deep elements stand in each other.
const maxNesting = 200

// parse reads storage format: XML without a root, with HTML's entities. The
// root that it returns has no name.
func parse(storage string) (*node, error) {
	d := xml.NewDecoder(strings.NewReader(storage))
	d.Entity = xml.HTMLEntity
	d.CharsetReader = func(_ string, r io.Reader) (io.Reader, error) { return r, nil }
	root := &node{out: len(storage), to: len(storage)}
	at, depth := root, 0
	for {
		from := int(d.InputOffset())
		token, err := d.RawToken()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, fmt.Errorf("no well-formed storage format: %w", err)
		}
		to := int(d.InputOffset())
		switch t := token.(type) {
		case xml.StartElement:
			n := &node{name: nameOf(t.Name), attrs: t.Copy().Attr, from: from, in: to, out: to, to: to, up: at}
			at.kids = append(at.kids, n)
			at = n
			if depth++; depth > maxNesting {
				return nil, fmt.Errorf("no storage format that we read: more than %d elements stand in each other", maxNesting)
			}
		case xml.EndElement:
			if at == root || nameOf(t.Name) != at.name {
				return nil, fmt.Errorf("no well-formed storage format: </%s> at byte %d ends nothing", nameOf(t.Name), from)
			}
			at.out, at.to = from, to
			at, depth = at.up, depth-1
		case xml.CharData:
			n := &node{text: string(t), from: from, to: to, up: at}
			n.cdata = strings.HasPrefix(storage[from:to], "<![CDATA[")
			at.kids = append(at.kids, n)
		}
	}
	if at != root {
		return nil, fmt.Errorf("no well-formed storage format: <%s> at byte %d is not ended", at.name, at.from)
	}
	return root, nil
}

func nameOf(n xml.Name) string {
	if n.Space == "" {
		return n.Local
	}
	return n.Space + ":" + n.Local
}

// attr returns an attribute's value; "" if it has none.
func (n *node) attr(name string) string {
	for _, a := range n.attrs {
		if nameOf(a.Name) == name {
			return a.Value
		}
	}
	return ""
}

// kid returns the first element of a name in n, or nil.
func (n *node) kid(name string) *node {
	for _, k := range n.kids {
		if k.name == name {
			return k
		}
	}
	return nil
}

// holds reports whether an element of a name stands in n or below.
func (n *node) holds(name string) bool {
	for _, k := range n.kids {
		if k.name == name || k.holds(name) {
			return true
		}
	}
	return false
}

// isMacro reports whether n is a macro of that name.
func (n *node) isMacro(name string) bool {
	return isMacro(n) && n.attr("ac:name") == name
}

func isMacro(n *node) bool { return n.name == "ac:structured-macro" || n.name == "ac:macro" }

// parameter returns the value of a macro's parameter; "" is the default one's
// name.
func (n *node) parameter(name string) string {
	for _, k := range n.kids {
		if k.name == "ac:parameter" && k.attr("ac:name") == name {
			return k.said()
		}
	}
	return ""
}

// said returns the text in n and below, without what macros are told.
func (n *node) said() string {
	var b strings.Builder
	n.say(&b)
	return b.String()
}

func (n *node) say(b *strings.Builder) {
	b.WriteString(n.text)
	for _, k := range n.kids {
		if k.name != "ac:parameter" {
			k.say(b)
		}
	}
}

// print is what tells one piece of ours from others: its letters and digits,
// and the names of our anchors in it. Editors add attributes, wrap paragraphs
// and replace signs by pictures; these they leave.
func (n *node) print() string {
	var b strings.Builder
	n.printTo(&b)
	if b.Len() == 0 {
		return strings.Join(strings.Fields(n.said()), " ")
	}
	return b.String()
}

func (n *node) printTo(b *strings.Builder) {
	if n.isMacro(anchorMacro) {
		if name := n.parameter(""); strings.HasPrefix(name, anchorPrefix) {
			b.WriteString("#" + name)
		}
		return
	}
	b.WriteString(letters(n.text))
	if n.name == "ri:user" {
		b.WriteString("@" + n.attr("ri:account-id") + n.attr("ri:userkey") + n.attr("ri:username"))
	}
	for _, k := range n.kids {
		if k.name != "ac:parameter" {
			k.printTo(b)
		}
	}
}

// letters returns the letters and digits of a text.
func letters(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return r
		}
		return -1
	}, s)
}
