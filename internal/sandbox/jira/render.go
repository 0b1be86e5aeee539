package jira

import (
	"html"
	"html/template"
	"regexp"
	"strings"
)

// names are display names by the ids that mentions use.
type names map[string]string

func (s *Server) names() names {
	out := names{}
	for id, u := range s.accounts {
		out[id] = u.display
	}
	return out
}

// render renders wiki markup as issues show it: headings, lists, tables, quotes,
// code, panels, and formatting within lines. Everything else is text.
func render(wiki string, who names) template.HTML {
	r := &renderer{who: who, lines: strings.Split(wiki, "\n")}
	r.blocks("")
	return template.HTML(r.out.String())
}

type renderer struct {
	who   names
	lines []string
	out   strings.Builder
	open  string // markers of the lists that are open, outermost first
	table bool
	para  bool
}

var (
	heading = regexp.MustCompile(`^h([1-6])\.\s+(.*)$`)
	bullet  = regexp.MustCompile(`^([*#-]+)\s+(.*)$`)
	macro   = regexp.MustCompile(`^\{(code|noformat|quote|panel)(:[^}]*)?\}(.*)$`)
)

// blocks renders lines up to the closing macro, or all.
func (r *renderer) blocks(until string) {
	for len(r.lines) > 0 {
		line := strings.TrimSpace(r.lines[0])
		r.lines = r.lines[1:]
		if until != "" && line == until {
			break
		}
		r.line(line)
	}
	r.end("")
}

func (r *renderer) line(line string) {
	switch m := macro.FindStringSubmatch(line); {
	case m != nil && (m[1] == "code" || m[1] == "noformat"):
		r.end("")
		r.verbatim(m[1], m[3])
	case m != nil:
		r.end("")
		tag := map[string]string{"quote": "blockquote", "panel": `div class="panel"`}[m[1]]
		r.out.WriteString("<" + tag + ">")
		if m[3] != "" {
			r.lines = append([]string{m[3]}, r.lines...)
		}
		r.blocks("{" + m[1] + "}")
		r.out.WriteString("</" + strings.Fields(tag)[0] + ">\n")
	case line == "":
		r.end("")
	case line == "----":
		r.end("")
		r.out.WriteString("<hr>\n")
	case heading.MatchString(line):
		r.end("")
		h := heading.FindStringSubmatch(line)
		r.out.WriteString("<h" + h[1] + ">" + r.inline(h[2]) + "</h" + h[1] + ">\n")
	case strings.HasPrefix(line, "bq. "):
		r.end("")
		r.out.WriteString("<blockquote><p>" + r.inline(line[4:]) + "</p></blockquote>\n")
	case strings.HasPrefix(line, "|"):
		r.row(line)
	case bullet.MatchString(line):
		b := bullet.FindStringSubmatch(line)
		r.item(b[1], b[2])
	default:
		r.paragraph(line)
	}
}

func (r *renderer) verbatim(name, first string) {
	r.out.WriteString("<pre>")
	if before, _, ok := strings.Cut(first, "{"+name+"}"); ok {
		r.out.WriteString(html.EscapeString(before) + "</pre>\n")
		return
	}
	for len(r.lines) > 0 {
		line := r.lines[0]
		r.lines = r.lines[1:]
		before, _, last := strings.Cut(line, "{"+name+"}")
		r.out.WriteString(html.EscapeString(before))
		if last {
			break
		}
		r.out.WriteString("\n")
	}
	r.out.WriteString("</pre>\n")
}

func (r *renderer) paragraph(line string) {
	if r.open != "" { // goes on in the item
		r.out.WriteString("<br>" + r.inline(line))
		return
	}
	if r.para {
		r.out.WriteString("<br>\n" + r.inline(line))
		return
	}
	r.end("")
	r.para = true
	r.out.WriteString("<p>" + r.inline(line))
}

// end ends what is open, but for lists within keep.
func (r *renderer) end(keep string) {
	if r.para {
		r.out.WriteString("</p>\n")
		r.para = false
	}
	if r.table {
		r.out.WriteString("</table>\n")
		r.table = false
	}
	for r.open != "" && !strings.HasPrefix(keep, r.open) {
		r.out.WriteString("</li></" + listTag(r.open[len(r.open)-1]) + ">\n")
		r.open = r.open[:len(r.open)-1]
	}
}

func listTag(marker byte) string {
	if marker == '#' {
		return "ol"
	}
	return "ul"
}

func (r *renderer) item(markers, text string) {
	markers = markers[:min(len(markers), 9)]
	r.end(markers)
	if r.open == markers {
		r.out.WriteString("</li>\n")
	}
	for len(r.open) < len(markers) {
		m := markers[len(r.open)]
		r.open += string(m)
		r.out.WriteString("<" + listTag(m) + ">")
		if len(r.open) < len(markers) {
			r.out.WriteString("<li>")
		}
	}
	r.out.WriteString("<li>" + r.inline(text))
}

func (r *renderer) row(line string) {
	if !r.table {
		r.end("")
		r.out.WriteString("<table>\n")
		r.table = true
	}
	r.out.WriteString("<tr>")
	tag := "td"
	for n, cell := range cells(line) {
		if cell == "" && n > 0 { // between two bars: a heading follows
			tag = "th"
			continue
		}
		if n > 0 {
			r.out.WriteString("<" + tag + ">" + r.inline(strings.TrimSpace(cell)) + "</" + tag + ">")
			tag = "td"
		}
	}
	r.out.WriteString("</tr>\n")
}

// cells splits a row at its bars, but for those that are escaped or within a
// link; the last is what follows the last bar and is dropped if empty.
func cells(line string) []string {
	out, depth := []string{""}, 0
	for n := 0; n < len(line); n++ {
		c := line[n]
		switch {
		case c == '\\' && n+1 < len(line):
			out[len(out)-1] += line[n : n+2]
			n++
			continue
		case c == '[':
			depth++
		case c == ']' && depth > 0:
			depth--
		case c == '|' && depth == 0:
			out = append(out, "")
			continue
		}
		out[len(out)-1] += line[n : n+1]
	}
	if strings.TrimSpace(out[len(out)-1]) == "" {
		out = out[:len(out)-1]
	}
	return out
}
