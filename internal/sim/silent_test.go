package sim

import (
	"bytes"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"
)

// silent breaks the tracker: changes whose method, address or text one of these
// is in are answered 502, and not carried out unless it is only the answer that
// is lost.
type silent struct {
	http.Handler
	done bool
	to   []string
	step func(*http.Request) string
	when []time.Time // it was asked for such
	now  func() time.Time
}

// silence begins it, and is over when there is nothing left to break.
func (r *run) silence(to ...string) *silent {
	b := &silent{Handler: r.handlers[api], to: to, step: r.town.step, now: r.clock.Now}
	r.handlers[api] = b
	return b
}

func (b *silent) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	body, _ := io.ReadAll(req.Body) // it is in memory
	req.Body = io.NopCloser(bytes.NewReader(body))
	text := req.Method + " " + req.URL.Path + " " + string(body)
	if !reads(b.step(req)) && slices.ContainsFunc(b.to, func(s string) bool { return strings.Contains(text, s) }) {
		b.when = append(b.when, b.now())
		if b.done {
			b.Handler.ServeHTTP(&writer{header: http.Header{}}, req)
		}
		http.Error(w, "bad gateway", http.StatusBadGateway)
		return
	}
	b.Handler.ServeHTTP(w, req)
}

// all counts the tickets whose titles begin so.
func (r *run) all(title string) (n int) {
	for _, x := range r.town.tickets() {
		if strings.HasPrefix(x.title, title) {
			n++
		}
	}
	return n
}

func (r *run) find(t *testing.T, title string) ticket {
	t.Helper()
	x, err := r.people.ticket(title)
	if err != nil {
		t.Fatal(err)
	}
	return x
}

func (r *run) mustSay(t *testing.T, who, text string) {
	t.Helper()
	if err := r.people.say(who, text); err != nil {
		t.Fatal(err)
	}
}

func (r *run) pass(t *testing.T, wait time.Duration) {
	t.Helper()
	if err := r.until(r.clock.Now().Add(wait)); err != nil {
		t.Fatal(err)
	}
}

// A ticket that cannot be made and one that cannot be edited, for the tracker
// does not say whether it was done, hold up nothing else: what people say is
// answered, and what they close reopened. Both are done once they can be.
func TestWhatHasNoAnswerHoldsUpNothingElse(t *testing.T) {
	r := settled(t, 9)
	comms := r.find(t, "Communications")
	b := r.silence(`"title":"Never made`, "PATCH /api/v3/repos/"+shop+"/issues/"+comms.ref.Number()+" ")
	r.mustSay(t, "carol", "/done 4")
	r.mustSay(t, "alice", "/followup Never made\n/followup And another")
	r.pass(t, 10*time.Second)
	if err := closed("erin", "")(r.people); err != nil {
		t.Fatal(err)
	}
	r.mustSay(t, "dave", "/note the last word")
	r.pass(t, 10*time.Second)
	it := r.find(t, head)
	last := it.comments[slices.IndexFunc(it.comments, func(c remark) bool { return c.body == "/note the last word" })]
	if it.state != "open" || len(last.reactions) != 1 || r.all("And another") != 1 {
		t.Errorf("the head is %s, what was said has %v, the other ticket is there %d times", it.state, last.reactions, r.all("And another"))
	}
	r.pass(t, time.Hour)
	if n := len(b.when); n < 20 || n > 50 { // a creation, an edit and a closing, up to 15 times each
		t.Errorf("tried %d times in an hour", n)
	}
	if text := r.find(t, head).comments; !slices.ContainsFunc(text, func(c remark) bool {
		return strings.Contains(c.body, "Could not be done") && strings.Contains(c.body, "edit acme/shop\\#"+comms.ref.Number()) && strings.Contains(c.body, "Never made")
	}) {
		t.Errorf("nobody is told: %v", text[:4])
	}
	b.to = nil
	r.pass(t, 2*time.Hour)
	if n := r.all("Never made"); n != 1 {
		t.Errorf("the ticket is there %d times", n)
	}
	if body := r.find(t, "Communications").body; strings.Count(body, "[x]") <= strings.Count(comms.body, "[x]") {
		t.Errorf("the duty is not ticked: %s", body)
	}
}

// A tracker that takes no change at all is asked for three of them, of which a
// ticket takes up to three requests, and left alone, longer and longer. Then
// everything is done, and once.
func TestATrackerThatTakesNoChangeIsLeftAlone(t *testing.T) {
	inEach(t, func(t *testing.T, town string) { leftAlone(t, town, false) })
}

// Nor is anything done twice where all is done and nothing answered.
func TestATrackerThatTellsOfNoChange(t *testing.T) {
	inEach(t, func(t *testing.T, town string) { leftAlone(t, town, true) })
}

func leftAlone(t *testing.T, town string, done bool) {
	t.Parallel()
	r, err := tapeOf(t, stage{town, lags(town)[0]}).begin(9, options{town: town})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(r.close)
	r.pass(t, 5*time.Minute)
	before := len(r.find(t, head).comments)
	b := r.silence("")
	b.done = done
	titles := []string{"First", "Second", "Third", "Fourth", "Fifth"}
	r.mustSay(t, "alice", "/followup "+strings.Join(titles, "\n/followup "))
	r.mustSay(t, "carol", "/done 4\n/done 5")
	r.pass(t, time.Hour)
	inPass, most := 0, 0
	for i, at := range b.when {
		if i == 0 || at.Sub(b.when[i-1]) > time.Second/2 {
			inPass = 0
		}
		inPass++
		most = max(most, inPass)
	}
	if len(b.when) > 200 || !done && most > 9 { // what is done is news, which is looked into at once
		t.Errorf("%d requests in an hour, up to %d at once", len(b.when), most)
	}
	if !done {
		b.to = nil
		r.pass(t, time.Hour)
	}
	for _, title := range titles {
		if n := r.all(title); n != 1 {
			t.Errorf("%q is there %d times", title, n)
		}
	}
	comments := r.find(t, head).comments
	if n := len(comments) - before; n != 3 { // two and a reply
		t.Errorf("there are %d comments more", n)
	}
	for _, c := range comments {
		if strings.HasPrefix(c.shown, "/") && len(c.reactions) == 0 {
			t.Errorf("not acknowledged: %q", c.body)
		}
	}
}
