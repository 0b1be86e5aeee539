package sim

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/hereby/hereby/internal/incident"
)

// The numbers of the design's section 15, counted at the tracker.

// github is the town as GitHub counts its requests.
func (r *run) github() *github { return r.town.(*github) }

var headKey = incident.KeyOf("github", shop+"#2")

// settled begins a chapter with a process that has been there for a while: it
// has swept, and has just looked at what there is, so that it knows the
// repositories and the people.
func settled(t *testing.T, chapter int) *run {
	t.Helper()
	r, err := tapeOf(t, stage{onGitHub, 0}).begin(chapter, options{town: onGitHub, trace: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(r.close)
	if err := r.until(r.clock.Now().Add(5 * time.Minute)); err != nil {
		t.Fatal(err)
	}
	if chapter > 0 {
		r.look(t, time.Minute)
	}
	r.forget()
	return r
}

// look has the head looked at, as if there were news, and lets time pass.
func (r *run) look(t *testing.T, wait time.Duration) {
	t.Helper()
	if err := r.until(r.clock.Now()); err != nil {
		t.Fatal(err)
	}
	if err := r.kept.Touch(t.Context(), time.Time{}, headKey); err != nil {
		t.Fatal(err)
	}
	if err := r.until(r.clock.Now().Add(wait)); err != nil {
		t.Fatal(err)
	}
}

func (r *run) forget() {
	r.steps = nil
	r.github().ResetRequests()
}

// requests returns the API requests so far, up to the first that holds a text.
func (r *run) requests(upTo string) (reads, writes []string) {
	for _, s := range r.steps {
		switch {
		case s.port != api:
		case s.writes():
			writes = append(writes, s.name)
		default:
			reads = append(reads, s.name)
		}
		if s.port == api && upTo != "" && strings.HasPrefix(s.name, upTo) {
			return reads, writes
		}
	}
	return reads, writes
}

// observing bounds the requests of one observation.
func observing(comments int) int { return 8 + (comments+99)/100 }

// A declaration is answered by one observation and one write: the board.
func TestFromDeclarationToBoard(t *testing.T) {
	r := settled(t, 0)
	if err := r.people.open("erin", shop, head, "It answers 502."); err != nil {
		t.Fatal(err)
	}
	if err := r.people.say("erin", "I hereby declare this an incident"); err != nil {
		t.Fatal(err)
	}
	if err := r.until(r.clock.Now().Add(time.Minute)); err != nil {
		t.Fatal(err)
	}
	reads, writes := r.requests("POST")
	if len(writes) != 1 || !strings.HasSuffix(writes[0], "/comments") || len(reads) > observing(1) {
		t.Errorf("before the board there were %d reads and these writes: %q\n%s", len(reads), writes, strings.Join(reads, "\n"))
	}
	if i := strings.Index(fmt.Sprint(reads), "/comments"); i < 0 || strings.Count(fmt.Sprint(reads), "/issues/1/comments") != 1 {
		t.Errorf("not one observation: %s", strings.Join(reads, "\n"))
	}
}

// A day of looks at an unchanged incident changes nothing, and what is read is
// answered "not modified"; only a question to which the answer is "no" costs
// something each time it is asked: whether a stranger belongs to the
// organisation.
func TestAnUnchangedIncident(t *testing.T) {
	r := settled(t, 7)
	before := r.canon()
	for range 24 * 4 {
		r.steps = nil
		r.look(t, 15*time.Minute)
		if reads, writes := r.requests(""); len(writes) > 0 || len(reads) > 3*observing(len(r.github().Comments(shop, 2)))+8 {
			t.Fatalf("an unchanged incident took %d reads and these writes: %q\n%s", len(reads), writes, strings.Join(reads, "\n"))
		}
	}
	if d := diff(before, r.canon()); d != "" {
		t.Error(d)
	}
	answers, strangers := r.github().Answers(), 0
	for route, n := range r.github().Requests() {
		if strings.Contains(route, "members/") {
			strangers += n
		}
	}
	if other := answers[302] + answers[404] - strangers; answers[200] > fresh || other > 0 || len(answers) > 4 {
		t.Errorf("answers by status: %v, of them about strangers: %d", answers, strangers)
	}
}

// fresh bounds the answers of a day that bring something: the sweeps' lists
// when their cursor moves, and what is asked for the first time.
const fresh = 12

// A wrong close is answered by one observation and two writes: the head is
// open, and it is said why.
func TestFromWrongCloseToReopened(t *testing.T) {
	r := settled(t, 7)
	if err := closed("erin", "")(r.people); err != nil {
		t.Fatal(err)
	}
	if err := r.until(r.clock.Now().Add(time.Minute)); err != nil {
		t.Fatal(err)
	}
	reads, writes := r.requests("POST")
	want := []string{"PATCH /repos/acme/shop/issues/2", "POST /repos/acme/shop/issues/2/comments"}
	if fmt.Sprint(writes) != fmt.Sprint(want) || len(reads) > observing(len(r.github().Comments(shop, 2))) {
		t.Errorf("%d reads and these writes came first: %q\n%s", len(reads), writes, strings.Join(reads, "\n"))
	}
}
