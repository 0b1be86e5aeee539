package confluence

import (
	"encoding/xml"
	"html"
	"net/http"
	"strings"
)

// browse serves pages for a browser, to anybody: it is a sandbox.
func (s *Server) browse(mux *http.ServeMux) {
	show := func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		defer s.mu.Unlock()
		for _, sp := range s.spaces {
			if strings.EqualFold(sp.key, r.PathValue("key")) {
				s.showPage(w, r, sp)
				return
			}
		}
		http.NotFound(w, r)
	}
	if s.opt.DataCenter {
		mux.HandleFunc("GET /display/{key}", show)
		mux.HandleFunc("GET /display/{key}/{title}", show)
		return
	}
	mux.HandleFunc("GET /wiki/spaces/{key}", show)
	mux.HandleFunc("GET /wiki/spaces/{key}/pages/{id}", show)
	mux.HandleFunc("GET /wiki/spaces/{key}/pages/{id}/{title}", show)
	mux.HandleFunc("GET /wiki/display/{key}/{title}", show)
}

// address is where a page is read in a browser.
func (s *Server) address(p *page) string {
	if s.opt.DataCenter {
		return "/display/" + p.space.key + "/" + strings.ReplaceAll(p.title, " ", "+")
	}
	return "/wiki/spaces/" + p.space.key + "/pages/" + text(p.id)
}

const pageStyle = `body{font:16px/1.5 sans-serif;max-width:50em;margin:2em auto;padding:0 1em;color:#172b4d}table{border-collapse:collapse}td,th{border:1px solid #c1c7d0;padding:.3em .6em;text-align:left}pre{background:#f4f5f7;padding:1em;overflow:auto}nav{color:#6b778c}`

func (s *Server) showPage(w http.ResponseWriter, r *http.Request, sp *space) {
	id, title := r.PathValue("id"), strings.ReplaceAll(r.PathValue("title"), "+", " ")
	var list, body strings.Builder
	heading, found := sp.name, id == "" && title == ""
	for _, p := range s.pages {
		if p.space != sp || p.status != current {
			continue
		}
		list.WriteString(`<li><a href="` + html.EscapeString(s.address(p)) + `">` + html.EscapeString(p.title) + "</a></li>")
		if text(p.id) == id || id == "" && strings.EqualFold(p.title, title) {
			heading, found = p.title, true
			body.WriteString(s.html(sp, p.now().storage))
			if len(p.files) > 0 {
				body.WriteString("<hr/><h3>Attachments</h3>")
			}
			for _, f := range p.files {
				body.WriteString("<details><summary>" + html.EscapeString(f.name) + "</summary><pre>" + html.EscapeString(f.content) + "</pre></details>")
			}
		}
	}
	if !found {
		http.NotFound(w, r)
		return
	}
	if id == "" && title == "" {
		body.WriteString("<ul>" + list.String() + "</ul>")
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'")
	h.Set("X-Content-Type-Options", "nosniff")
	space := "/wiki/spaces/" + sp.key
	if s.opt.DataCenter {
		space = "/display/" + sp.key
	}
	w.Write([]byte(`<!doctype html><html lang="en"><meta charset="utf-8"><title>` + html.EscapeString(heading) + `</title><style>` + pageStyle +
		`</style><nav><a href="` + html.EscapeString(space) + `">` + html.EscapeString(sp.name) + `</a></nav><h1>` + html.EscapeString(heading) + `</h1>` + body.String() + `</html>`))
}

// shown are the elements that a browser shows as they are.
var shown = map[string]bool{
	"p": true, "h1": true, "h2": true, "h3": true, "h4": true, "h5": true, "h6": true, "ul": true, "ol": true, "li": true, "table": true, "thead": true, "tbody": true,
	"tr": true, "td": true, "th": true, "strong": true, "em": true, "del": true, "code": true, "pre": true, "blockquote": true, "br": true, "hr": true, "u": true, "sub": true, "sup": true,
}

// html shows storage format plainly.
func (s *Server) html(sp *space, storage string) string {
	var b strings.Builder
	silent := 0 // within what is not shown
	var ends []string
	err := eachToken(storage, func(t xml.Token, _ string) {
		switch t := t.(type) {
		case xml.StartElement:
			name, end := full(t.Name), ""
			switch {
			case name == "ac:parameter":
				silent++
				end = "silent"
			case shown[name] && silent == 0:
				b.WriteString("<" + name + ">")
				end = "</" + name + ">"
			case name == "ac:plain-text-body" && silent == 0:
				b.WriteString("<pre>")
				end = "</pre>"
			case name == "a" && silent == 0 && (strings.HasPrefix(attr(t, "href"), "https://") || strings.HasPrefix(attr(t, "href"), "http://")):
				b.WriteString(`<a href="` + html.EscapeString(attr(t, "href")) + `">`)
				end = "</a>"
			case name == "ri:page":
				if p := s.titled(sp, attr(t, "ri:content-title")); p != nil {
					b.WriteString(`<a href="` + html.EscapeString(s.address(p)) + `">→</a> `)
				}
			case name == "ri:user":
				for _, u := range s.users {
					if u.id == attr(t, "ri:account-id") || u.id == attr(t, "ri:userkey") {
						b.WriteString("@" + html.EscapeString(u.display))
					}
				}
			}
			ends = append(ends, end)
		case xml.EndElement:
			end := ends[len(ends)-1]
			ends = ends[:len(ends)-1]
			if end == "silent" {
				silent--
			} else if end != "</br>" && end != "</hr>" {
				b.WriteString(end)
			}
		case xml.CharData:
			if silent == 0 {
				b.WriteString(html.EscapeString(string(t)))
			}
		}
	})
	if err != nil {
		return "<pre>" + html.EscapeString(storage) + "</pre>"
	}
	return b.String()
}
