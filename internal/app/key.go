package app

import (
	"fmt"
	"strings"

	"github.com/hereby/hereby/internal/incident"
)

// parseKey reads an incident's key as a person types it: with or without the
// tracker's name in front, or the address of the page.
func parseKey(text string) (incident.Key, error) {
	if key, err := incident.ParseKey(text); err == nil {
		return key, nil
	}
	ref, ok := incident.ParseRef(text, "")
	switch {
	case !ok:
		return "", fmt.Errorf("%q does not name an incident; expected github:acme/shop#12, acme/shop#12 or the address of the issue (put it in quotes: # begins a comment for the shell)", text)
	case strings.Contains(string(ref), "#"):
		return incident.KeyOf("github", ref), nil
	}
	return incident.KeyOf("jira", ref), nil
}

// pathOf returns the path below /incidents that shows the incident, and
// keyOfPath is its inverse.
func pathOf(key incident.Key) string {
	return "/" + key.Tracker() + "/" + strings.ReplaceAll(string(key.Ref()), "#", "/")
}

func keyOfPath(path string) (incident.Key, bool) {
	tracker, rest, _ := strings.Cut(strings.Trim(path, "/"), "/")
	if i := strings.LastIndexByte(rest, '/'); i >= 0 {
		rest = rest[:i] + "#" + rest[i+1:]
	}
	key, err := incident.ParseKey(tracker + ":" + rest)
	return key, err == nil && pathOf(key) == "/"+strings.Trim(path, "/")
}
