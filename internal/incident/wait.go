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
