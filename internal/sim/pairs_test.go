package sim

import (
	"math/rand/v2"
	"testing"
	"time"
)

// Two or three things go wrong in one chapter, and a dead process may stay dead
// for a while.
func TestSeveralFaults(t *testing.T) {
	t.Logf("HEREBY_SEED=%d", seed())
	inEach(t, severalFaults)
}

func severalFaults(t *testing.T, town string) {
	draw := rand.New(rand.NewPCG(seed(), 0))
	from := scenes(town)
	rehearse(t, from)
	var some []trial
	for range min(few(samples[town].several), 5000) {
		lag, c := draw.IntN(len(lags(town))), draw.IntN(len(story))
		some = append(some, drawn(draw, from[(lag*len(story)+c)%len(from)], t))
	}
	report(t, some, 1<<62)
}

// drawn draws the faults of one trial. Writes and what follows them closely go
// wrong more often: there is more to go wrong.
func drawn(draw *rand.Rand, from scene, t testing.TB) trial {
	x, of := trial{scene: from, faults: map[int]fault{}}, from.steps(t)
	if draw.IntN(3) == 0 {
		x.down = 3 * time.Minute
	}
	if draw.IntN(4) == 0 {
		x.more = 1
	}
	at := 0
	for range 2 + draw.IntN(2) {
		s := of[draw.IntN(len(of))]
		for tries := 0; tries < 3 && !s.writes(); tries++ {
			s = of[draw.IntN(len(of))]
		}
		if at > 0 && draw.IntN(2) == 0 { // soon after the one before
			s.n = at + 1 + draw.IntN(12)
		}
		at = s.n
		x.faults[s.n] = oneFault(draw)
	}
	return x
}

// oneFault draws a fault; one that cannot befall the step it meets does nothing.
func oneFault(draw *rand.Rand) fault {
	list := []fault{crashBefore, crashAfter, failBefore, failAfter, dropBefore, lostReply, late, tooMany, conflict, secondary, storeLost, storeOld, hookLost, hookTwice, hookLate, paused, overtaken, busy, declined}
	return list[draw.IntN(len(list))]
}
