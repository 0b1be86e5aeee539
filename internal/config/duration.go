package config

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

const day = 24 * time.Hour

// parseDuration reads a duration as Go writes it, and days before that: "90s",
// "1h30m", "30d", "1d12h". A day is 24 hours. It is never negative.
func parseDuration(text string) (time.Duration, error) {
	bad := fmt.Errorf("%q is not a duration such as 10m, 24h or 30d", text)
	days, rest, ok := strings.Cut(text, "d")
	if !ok {
		days, rest = "0", text
	}
	n, err := strconv.ParseUint(days, 10, 32)
	if err != nil || n > uint64(math.MaxInt64/day) {
		return 0, bad
	}
	total := time.Duration(n) * day
	if rest == "" && ok {
		return total, nil
	}
	more, err := time.ParseDuration(rest)
	if err != nil || more < 0 || strings.HasPrefix(rest, "+") || total+more < total {
		return 0, bad
	}
	return total + more, nil
}
