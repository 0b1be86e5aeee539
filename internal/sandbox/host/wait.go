package host

import (
	"net/http"
	"strconv"
	"time"
)

// Wait is the header that asks to be left alone for so long, in whole seconds,
// rounded up; zero means a minute.
func Wait(d time.Duration) http.Header {
	if d <= 0 {
		d = time.Minute
	}
	return http.Header{"Retry-After": {strconv.Itoa(int((d + time.Second - 1) / time.Second))}}
}
