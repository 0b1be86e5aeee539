package sim

import (
	"os"
	"runtime"
	"sync"
	"testing"
)

// scene is where a run with faults begins: a chapter of a story, with a new
// process.
type scene struct {
	stage
	chapter int
}

// scenes are those from which the tests of a town begin: all on GitHub, and
// elsewhere some, others for each seed. HEREBY_SIM takes all, and under the race
// detector there are fewer.
func scenes(town string) (list []scene) {
	every := min(share*samples[town].every, sparsest)
	if os.Getenv("HEREBY_SIM") != "" {
		every = 1
	}
	for n, lag := range lags(town) {
		for c := range story {
			if (n*len(story)+c)%every == int(seed()%uint64(every)) {
				list = append(list, scene{stage{town, lag}, c})
			}
		}
	}
	return list
}

// sparsest leaves some scenes under each lag.
const sparsest = 13

// quiet is a run of two chapters in which nothing goes wrong but that a new
// process begins the first.
type quiet struct {
	steps []step
	wrong []error
}

// quiets holds those that were made.
var quiets sync.Map // scene to func() quiet

// quietly makes the run that begins with a scene, unless it was made.
func (s scene) quietly() quiet {
	once, _ := quiets.LoadOrStore(s, sync.OnceValue(func() quiet {
		tape, err := tapes[s.stage]()
		if err != nil {
			return quiet{nil, []error{err}}
		}
		r, err := tape.begin(s.chapter, options{town: s.town, lag: s.lag, trace: true})
		if err != nil {
			return quiet{nil, []error{err}}
		}
		defer r.close()
		wrong := r.rest(tape, s.chapter, 2)
		return quiet{r.steps, wrong}
	}))
	return once.(func() quiet)()
}

// rehearse makes the quiet runs of scenes, as many at a time as there are
// processors.
func rehearse(t testing.TB, list []scene) {
	loadContracts(t)
	room := make(chan struct{}, runtime.GOMAXPROCS(0))
	var made sync.WaitGroup
	for _, s := range list {
		room <- struct{}{}
		made.Go(func() {
			s.quietly()
			<-room
		})
	}
	made.Wait()
}

// steps returns the steps in the first part of a chapter in which nothing goes
// wrong.
func (s scene) steps(t testing.TB) (list []step) {
	t.Helper()
	loadContracts(t)
	q := s.quietly()
	if q.wrong != nil {
		t.Fatal(q.wrong)
	}
	for _, x := range q.steps {
		if x.at.Before(start(s.chapter).Add(first)) {
			list = append(list, x)
		}
	}
	return list
}
