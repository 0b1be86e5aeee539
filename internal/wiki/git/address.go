package git

import (
	"net/url"
	"path"
	"strings"
)

// Beside returns the addresses of repositories' own wikis on the host whose
// API is at apiURL: https://api.github.com, or https://HOST/api/v3.
func Beside(apiURL string) func(place string) string {
	web := url.URL{Scheme: "https", Host: "github.com"}
	if u, err := url.Parse(apiURL); err == nil && u.Host != "" && u.Host != "api.github.com" {
		web.Scheme, web.Host = u.Scheme, u.Host
	}
	return func(place string) string {
		u := web
		u.Path = path.Join("/", place) + wikiSuffix
		return u.String()
	}
}

// Fixed returns the one address that holds the pages of every place.
func Fixed(address string) func(place string) string {
	return func(string) string { return address }
}

const wikiSuffix = ".wiki.git"

// pageURL returns where people read a page, where that follows from the
// remote's address.
func pageURL(remote, name string) string {
	u, err := url.Parse(remote)
	if err != nil || !strings.HasSuffix(u.Path, wikiSuffix) || isFile(name) {
		return ""
	}
	u.User, u.RawQuery, u.Fragment, u.RawPath = nil, "", "", ""
	u.Path = strings.TrimSuffix(u.Path, wikiSuffix) + "/wiki/" + dashed(name)
	return u.String()
}

// address is a remote taken apart: what may be shown, and what may not.
type address struct {
	url            string // without userinfo
	shown          string // host and path
	user, password string
}

func parseAddress(raw string) (address, bool) {
	u, err := url.Parse(raw)
	if err != nil || u.Host == "" || u.RawQuery != "" || u.Scheme != "https" && u.Scheme != "http" {
		return address{}, false
	}
	a := address{user: u.User.Username(), shown: u.Host + u.Path}
	a.password, _ = u.User.Password()
	u.User, u.Fragment = nil, ""
	a.url = u.String()
	return a, true
}
