package incident

import (
	"fmt"
	"time"
)

// NotYet is the error of a server that asked us to come back later, or of our
// own pacing. It becomes "look again at Until", never a sleep.
type NotYet struct {
	Until time.Time
	Err   error // why
}

func (e *NotYet) Error() string {
	return fmt.Sprintf("not before %s: %v", e.Until.UTC().Format(time.RFC3339), e.Err)
}

func (e *NotYet) Unwrap() error { return e.Err }

// NotServed is the error of an observation that finds an issue, or a place, in
// which we have no business: it is not configured, or may not be served. There
// is nothing to retry until the configuration or the place changes.
type NotServed struct{ Reason string }

func (e *NotServed) Error() string { return "not served: " + e.Reason }
