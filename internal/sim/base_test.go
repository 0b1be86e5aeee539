package sim

import (
	"sync"
	"testing"
	"time"
)

// lags are how long lists hide what is new, in turn.
var lags = []time.Duration{0, 20 * time.Second}

// tapes holds the story without faults, by lag.
var tapes = map[time.Duration]func() (*tape, error){}

func init() {
	for _, lag := range lags {
		tapes[lag] = sync.OnceValues(func() (*tape, error) { return record(options{lag: lag}) })
	}
}

func tapeOf(t testing.TB, lag time.Duration) *tape {
	tape, err := tapes[lag]()
	if err != nil {
		t.Fatal(err)
	}
	return tape
}

// A lag of lists changes nothing, and neither does a new process at the start
// of a chapter.
func TestNothingGoesWrong(t *testing.T) {
	plain := tapeOf(t, 0)
	for _, lag := range lags {
		tape := tapeOf(t, lag)
		for i, m := range tape.marks {
			if d := diff(plain.marks[i].world, m.world); d != "" {
				t.Errorf("lag %s, chapter %d: %s", lag, i, d)
			}
		}
		for i := range story {
			r, err := tape.begin(i, options{lag: lag})
			if err != nil {
				t.Fatal(err)
			}
			for _, err := range r.rest(tape, i, 2) {
				t.Errorf("lag %s, from chapter %d: %v", lag, i, err)
			}
			r.close()
		}
	}
}
