package host

import (
	_ "embed" // the style sheet
	"net"
	"net/http"
	"net/url"
	"strings"
)

// Pages serves pages on which a visitor acts as any person, since there is no
// login: forms are taken only from pages of this server, on this machine or at
// home, its own address.
func Pages(home string, pages http.Handler) http.Handler {
	guarded := http.NewCrossOriginProtection().Handler(onlyHere(home, pages))
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", "default-src 'none'; style-src 'self' 'unsafe-inline'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'")
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "same-origin")
		h.Set("Cache-Control", "no-store")
		guarded.ServeHTTP(w, r)
	})
}

// onlyHere refuses forms under a host name that is not this machine's, such as
// that of a site whose name was made to point here.
func onlyHere(home string, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodGet && !isHere(home, r.Host) {
			http.Error(w, "This page takes forms only on localhost or at its own address.", http.StatusForbidden)
			return
		}
		next.ServeHTTP(w, r)
	})
}

func isHere(home, host string) bool {
	if u, err := url.Parse(home); err == nil && u.Host != "" && strings.EqualFold(u.Host, host) {
		return true
	}
	name, _, err := net.SplitHostPort(host)
	if err != nil {
		name = host
	}
	ip := net.ParseIP(strings.Trim(name, "[]"))
	return strings.EqualFold(name, "localhost") || ip != nil && ip.IsLoopback()
}

//go:embed style.css
var style []byte

// Style serves the style sheet of such pages.
func Style(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/css; charset=utf-8")
	w.Write(style) // the visitor went away: nobody to tell
}
