package sim

import (
	"fmt"
	"math"
	"os"
	"regexp"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// trial is one run with faults: from where, under which lag, and what befalls
// which step. Its String can be given to HEREBY_SIM to run it alone.
type trial struct {
	scene
	more   int // chapters played after it
	down   time.Duration
	faults map[int]fault
}

func (x trial) String() string {
	parts := []string{fmt.Sprintf("town=%s chapter=%d more=%d lag=%s down=%s", x.town, x.chapter, x.more, x.lag, x.down)}
	for n := 1; len(parts) <= len(x.faults); n++ {
		if f, ok := x.faults[n]; ok {
			parts = append(parts, fmt.Sprintf("%d=%s", n, strings.ReplaceAll(string(f), " ", "_")))
		}
	}
	return strings.Join(parts, " ")
}

func parseTrial(text string) (x trial, err error) {
	x.faults = map[int]fault{}
	for _, part := range strings.Fields(text) {
		name, value, _ := strings.Cut(part, "=")
		switch name {
		case "town":
			x.town = value
		case "chapter":
			x.chapter, err = strconv.Atoi(value)
		case "more":
			x.more, err = strconv.Atoi(value)
		case "lag":
			x.lag, err = time.ParseDuration(value)
		case "down":
			x.down, err = time.ParseDuration(value)
		default:
			var n int
			n, err = strconv.Atoi(name)
			x.faults[n] = fault(strings.ReplaceAll(value, "_", " "))
		}
		if err != nil {
			return x, fmt.Errorf("%q: %w", part, err)
		}
	}
	return x, nil
}

// outcome is what came of a trial.
type outcome struct {
	trial
	hit   map[int]step
	wrong []error
}

// run carries a trial out.
func (x trial) run(t *tape, o options) outcome {
	o.town, o.lag, o.down, o.faults = x.town, x.lag, x.down, x.faults
	r, err := t.begin(x.chapter, o)
	if err != nil {
		return outcome{x, nil, []error{err}}
	}
	defer r.close()
	wrong := r.rest(t, x.chapter, 1+x.more)
	return outcome{x, r.hit, wrong}
}

func (o outcome) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "HEREBY_SIM=%q", o.trial)
	for n, s := range o.hit {
		fmt.Fprintf(&b, "\n  %s: %s", o.faults[n], s)
	}
	for _, err := range o.wrong {
		fmt.Fprintf(&b, "\n  %s", strings.ReplaceAll(err.Error(), "\n", "\n  "))
	}
	return b.String()
}

// all runs trials, as many at a time as there are processors, and returns
// those that went wrong.
func all(t testing.TB, trials []trial, o options) (bad []outcome, hits int) {
	work, results := make(chan trial), make(chan outcome)
	var workers sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		workers.Go(func() {
			for x := range work {
				results <- x.run(tapeOf(t, x.stage), o)
			}
		})
	}
	go func() {
		for _, x := range trials {
			work <- x
		}
		close(work)
		workers.Wait()
		close(results)
	}()
	for r := range results {
		hits += len(r.hit)
		if len(r.wrong) > 0 {
			bad = append(bad, r)
		}
	}
	return bad, hits
}

// singles returns every fault at every step: those at steps that change
// something, where there is more to go wrong, and the others.
//
// HEREBY_AT, a regular expression for "CHAPTER PORT FAULT", takes only those
// that it matches: "^7 mail".
func singles(t testing.TB, town string) (writes, reads []trial, n int) {
	at := regexp.MustCompile(os.Getenv("HEREBY_AT"))
	rehearse(t, scenes(town))
	for _, from := range scenes(town) {
		c := from.chapter
		for _, s := range from.steps(t) {
			n++
			for _, f := range faultsOf(s) {
				if f == interrupted && (c == 0 || c >= floats) {
					continue // not declared yet, or said already
				}
				if (f == editBefore || f == editAfter) && c < written {
					continue // nothing to edit
				}
				if !at.MatchString(fmt.Sprintf("%d %s %s", c, s.port, f)) {
					continue
				}
				x := trial{scene: from, faults: map[int]fault{s.n: f}}
				if s.writes() && s.name != "lease" {
					writes = append(writes, x)
				} else {
					reads = append(reads, x)
				}
			}
		}
	}
	return writes, reads, n
}

// few is how many runs a test makes: a sample that fits into minutes, and under
// the race detector a part of it, but one at least.
// HEREBY_SIM=all makes all there are, which takes hours; a number makes so many
// times as many.
func few(n int) int {
	if os.Getenv("HEREBY_SIM") == "all" {
		return math.MaxInt
	}
	return max(1, n*max(times(), 1)/share)
}

// times is the number that HEREBY_SIM may be, else 0.
func times() int {
	n, _ := strconv.Atoi(os.Getenv("HEREBY_SIM"))
	return n
}

// seed chooses the sample. It is the same each time, so that a change is judged
// by what it changed; HEREBY_SEED draws another, to go looking for trouble.
func seed() uint64 {
	s, err := strconv.ParseUint(os.Getenv("HEREBY_SEED"), 10, 64)
	if err != nil {
		return 1
	}
	return s
}

// sample takes about n of the trials, evenly spread, others for each
// seed; most of them end with their chapter, and some play on.
func sample(list []trial, n int) (some []trial) {
	every := max(1, len(list)/n)
	for i := int(seed() % uint64(every)); i < len(list); i += every {
		x := list[i]
		switch len(some) % 20 {
		case 0, 5, 10:
			x.more = 1
		case 15:
			x.more = len(story)
		}
		some = append(some, x)
	}
	return some
}

// report fails the test for each run that went wrong.
func report(t *testing.T, some []trial, of int) {
	bad, hits := all(t, some, options{})
	t.Logf("%d runs of %d possible, %d faults, %d failures", len(some), of, hits, len(bad))
	for _, b := range bad[:min(len(bad), 20)] {
		t.Error(b)
	}
	if len(bad) > 20 {
		t.Errorf("and %d more", len(bad)-20)
	}
}

// Whatever goes wrong at one step, the tracker ends as if nothing had.
func TestOneFaultAtAnyStep(t *testing.T) {
	if text := os.Getenv("HEREBY_SIM"); strings.HasPrefix(text, "town=") {
		x, err := parseTrial(text)
		if err != nil {
			t.Fatal(err)
		}
		report(t, []trial{x}, 1)
		return
	}
	inEach(t, func(t *testing.T, town string) {
		writes, reads, n := singles(t, town)
		t.Logf("%d steps", n)
		size := samples[town]
		report(t, append(sample(writes, few(size.writes)), sample(reads, few(size.reads))...), len(writes)+len(reads))
	})
}
