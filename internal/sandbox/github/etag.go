package github

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"
)

// etag returns the tag of an answer; the Link header counts, since a list may
// grow by a page without changing this one.
func etag(body []byte, link string) string {
	sum := sha256.Sum256(append([]byte(link+"\n"), body...))
	return `W/"` + hex.EncodeToString(sum[:]) + `"`
}

// matches reports whether an If-None-Match header names the tag, compared
// weakly.
func matches(header, tag string) bool {
	if header == "" {
		return false
	}
	if strings.TrimSpace(header) == "*" {
		return true
	}
	for one := range strings.SplitSeq(header, ",") {
		if strings.TrimPrefix(strings.TrimSpace(one), "W/") == strings.TrimPrefix(tag, "W/") {
			return true
		}
	}
	return false
}
