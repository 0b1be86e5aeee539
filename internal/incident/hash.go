package incident

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"
)

// HashText returns the digest by which two texts of ours are compared. Line
// ends and outer white space do not count: servers and browsers change them.
func HashText(text string) string {
	text = strings.TrimSpace(strings.ReplaceAll(text, "\r\n", "\n"))
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:12])
}
