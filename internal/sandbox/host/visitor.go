package host

import (
	"bytes"
	"html/template"
	"net/http"
	"net/url"
	"strings"
)

// maxForm bounds a form sent to the pages.
const maxForm = 1 << 20

// Visitor returns as whom a visitor acted last: there is no login.
func Visitor(r *http.Request) string {
	if c, err := r.Cookie("as"); err == nil {
		if name, err := url.QueryUnescape(c.Value); err == nil {
			return name
		}
	}
	return ""
}

// ActsAs returns the name under which a form is to act; what else is in it can
// be read afterwards.
func ActsAs(w http.ResponseWriter, r *http.Request) string {
	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	return r.PostFormValue("as")
}

// ActedAs has [Visitor] return the name from now on.
func ActedAs(w http.ResponseWriter, name string) {
	http.SetCookie(w, &http.Cookie{Name: "as", Value: url.QueryEscape(name), Path: "/", HttpOnly: true, SameSite: http.SameSiteStrictMode})
}

// Lines undoes the line ends that a form puts into a text.
func Lines(text string) string { return strings.ReplaceAll(text, "\r\n", "\n") }

// Show answers with a page.
func Show(w http.ResponseWriter, pages *template.Template, status int, page string, data any) {
	var b bytes.Buffer
	if err := pages.ExecuteTemplate(&b, page, data); err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	w.Write(b.Bytes()) // the visitor went away: nobody to tell
}
