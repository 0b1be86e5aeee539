package sim

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"github.com/hereby/hereby/internal/incident"
	"github.com/hereby/hereby/internal/ledger"
)

// tape is a run without faults, kept so that other runs can begin in its
// middle: all that changed the tracker, and at the start of each chapter what
// the store held and how the tracker looked. To begin there, the changes are
// made again, without anybody thinking about them; and a new process starts.
type tape struct {
	town   string
	events []event
	marks  []mark // by chapter, and one for the end

	edits  sync.Mutex
	edited map[[2]int][][]string // see asEdited
}

// event is one change of the tracker.
type event struct {
	at time.Time
	do func(*run) error
}

// mark is the start of a chapter.
type mark struct {
	events  int // before it
	store   []byte
	sent    map[string]incident.Notify
	letters []letter
	world   []string
}

// record plays the whole story and keeps it.
func record(o options) (*tape, error) {
	r, err := newRun(o)
	if err != nil {
		return nil, err
	}
	defer r.close()
	r.tape = &tape{town: o.town, edited: map[[2]int][][]string{}}
	for i := range story {
		if err := r.tape.mark(r); err != nil {
			return nil, err
		}
		if err := r.chapter(i); err != nil {
			return nil, err
		}
	}
	return r.tape, errors.Join(append(append(r.errs, r.checkMail()...), r.tape.mark(r))...)
}

// request keeps a request through a port that may change something.
func (t *tape) request(r *run, through port, req *http.Request) {
	if t == nil {
		return
	}
	var body []byte
	if req.Body != nil {
		body, _ = io.ReadAll(req.Body) // it is in memory
		req.Body = io.NopCloser(bytes.NewReader(body))
	}
	again := req.Clone(req.Context())
	t.events = append(t.events, event{r.clock.Now(), func(r *run) error {
		req := again.Clone(again.Context()) // several runs play this at once
		req.Body = io.NopCloser(bytes.NewReader(body))
		_, err := serve(r.handlers[through], req)
		return err
	}})
}

// act keeps what a person does.
func (t *tape) act(r *run, do func(*people) error) {
	if t != nil {
		t.events = append(t.events, event{r.clock.Now(), func(r *run) error { return do(r.people) }})
	}
}

func (t *tape) mark(r *run) error {
	if err := r.disk.Close(); err != nil {
		return err
	}
	file, err := os.ReadFile(r.file())
	if err != nil {
		return err
	}
	t.marks = append(t.marks, mark{len(t.events), file, maps.Clone(r.sent), slices.Clone(r.letters), r.canon()})
	r.kill() // as in every run that begins here
	return r.openStore()
}

// begin returns a run that stands at the start of a chapter.
func (t *tape) begin(chapter int, o options) (*run, error) {
	r, err := newRun(o)
	if err != nil {
		return nil, err
	}
	at := t.marks[chapter]
	r.repeats = true
	for _, e := range t.events[:at.events] {
		r.clock.reach(e.at)
		if err := e.do(r); err != nil {
			r.close()
			return nil, fmt.Errorf("replay at %s: %w", e.at, err)
		}
	}
	r.repeats = false
	for r.town.drop(0) {
	}
	r.clock.reach(start(chapter))
	r.sent, r.letters = maps.Clone(at.sent), slices.Clone(at.letters)
	r.copied = at.store
	return r, r.newStore(at.store)
}

func (r *run) file() string { return filepath.Join(r.dir, fmt.Sprint(r.files)) }

// rest plays some chapters from where the run stands and returns everything in
// which it differs, at each chapter's end, from the tape.
func (r *run) rest(t *tape, from, chapters int) (wrong []error) {
	for i := from; i < min(from+chapters, len(story)); i++ {
		if err := r.chapter(i); err != nil {
			return append(wrong, err)
		}
		want, have := t.marks[i+1].world, r.canon()
		if r.people.scribbled {
			worlds, err := t.asEdited(from, chapters, r.lag)
			if err != nil {
				return append(wrong, err)
			}
			want = worlds[i-from]
		}
		if r.people.fate.gone && from <= closing && i >= closing {
			continue // it ends otherwise; see checkFate
		}
		if r.people.fate.gone {
			want, have = withoutPage(want), withoutPage(have)
		}
		if r.people.floated && i < floats {
			want = append([]string{floated}, want...)
		}
		if r.stale { // then, and only then, doubles may be born, if they are closed again
			have = withoutDoubles(have)
		}
		have, err := r.told(have)
		if err != nil {
			wrong = append(wrong, err)
		}
		if d := diff(want, have); d != "" {
			return append(wrong, fmt.Errorf("after chapter %d (- without faults, + with):%s", i, d))
		}
	}
	if err := r.verify(); err != nil {
		wrong = append(wrong, err)
	}
	for _, text := range r.people.check() {
		wrong = append(wrong, errors.New(text))
	}
	return append(append(wrong, r.checkMail()...), r.errs...)
}

// verify checks the ledgers.
func (r *run) verify() error {
	incidents, err := r.disk.Incidents(context.Background())
	for _, i := range incidents {
		state, e := r.disk.Load(context.Background(), i.Key)
		entries, f := r.disk.Entries(context.Background(), i.Key, 0)
		err = errors.Join(err, e, f, ledger.VerifyAll(state.Record, entries))
	}
	if err == nil && len(incidents) != 1 {
		err = fmt.Errorf("%d incidents are known", len(incidents))
	}
	return err
}
