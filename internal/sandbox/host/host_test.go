package host

import (
	"html/template"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"
)

var noon = time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)

// Lists show each state a thing had for as long as that was kept, in order.
func TestListsShowWhatWas(t *testing.T) {
	var l Lag[string]
	first, second, is := "first", "second", "third"
	l.Keep(noon, noon.Add(time.Minute), nil)
	l.Keep(noon.Add(10*time.Second), noon.Add(70*time.Second), &first)
	l.Keep(noon.Add(20*time.Second), noon.Add(80*time.Second), &second)
	for after, want := range map[time.Duration]*string{0: nil, 59 * time.Second: nil, time.Minute: &first, 70 * time.Second: &second, 80 * time.Second: &is} {
		if got := l.Shown(noon.Add(after), &is); got != want {
			t.Errorf("after %s: %v, want %v", after, got, want)
		}
	}
	if l.Keep(noon.Add(time.Hour), noon.Add(2*time.Hour), nil); len(l) != 1 {
		t.Errorf("what nothing shows any more is kept: %d", len(l))
	}
}

// Things happen when they are due, the earliest first, those of one time in the
// order in which they came.
func TestWhatIsLateComesWhenItIsDue(t *testing.T) {
	now := noon
	c := NewClock(func() time.Time { return now }, time.Second, nil)
	var came []string
	for _, x := range []struct {
		after time.Duration
		name  string
	}{{2 * time.Minute, "third"}, {1500 * time.Millisecond, "first"}, {1500 * time.Millisecond, "second"}} {
		c.Later(x.after, func() { came = append(came, x.name+c.Now().Format(" 15:04:05")) })
	}
	if c.CatchUp(); len(came) > 0 {
		t.Errorf("%q came before its time", came)
	}
	now = noon.Add(time.Minute + time.Millisecond)
	if c.CatchUp(); !slices.Equal(came, []string{"first 12:00:01", "second 12:00:01"}) || c.Waiting() != 1 {
		t.Errorf("%q came, %d wait", came, c.Waiting())
	}
	if got := c.Now(); !got.Equal(noon.Add(time.Minute)) {
		t.Errorf("it is %s", got)
	}
}

func TestWaitIsInWholeSeconds(t *testing.T) {
	for d, want := range map[time.Duration]string{0: "60", -time.Second: "60", time.Millisecond: "1", 1500 * time.Millisecond: "2", time.Minute: "60"} {
		if got := Wait(d).Get("Retry-After"); got != want {
			t.Errorf("%s: %s, want %s", d, got, want)
		}
	}
}

// Who acted once is offered to act again, whatever the name.
func TestAVisitorIsRemembered(t *testing.T) {
	form := httptest.NewRequest(http.MethodPost, "/", strings.NewReader(url.Values{"as": {"Åsa; x"}, "body": {"a\r\nb"}}.Encode()))
	form.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	w := httptest.NewRecorder()
	name := ActsAs(w, form)
	if ActedAs(w, name); name != "Åsa; x" || Lines(form.PostFormValue("body")) != "a\nb" {
		t.Errorf("%q %q", name, form.PostFormValue("body"))
	}
	next := httptest.NewRequest(http.MethodGet, "/", nil)
	if Visitor(next) != "" {
		t.Error("somebody is remembered whom nobody saw")
	}
	next.AddCookie(w.Result().Cookies()[0])
	if got := Visitor(next); got != name {
		t.Errorf("%q", got)
	}
	huge := httptest.NewRequest(http.MethodPost, "/", strings.NewReader("as=bob&body="+strings.Repeat("x", maxForm)))
	huge.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	if got := ActsAs(httptest.NewRecorder(), huge); got != "" {
		t.Errorf("a form that is too large acts as %q", got)
	}
}

// A page that cannot be made is an error and no half page.
func TestHalfAPageIsNotShown(t *testing.T) {
	pages := template.Must(template.New("page").Parse(`hello {{.Name}}`))
	for data, want := range map[any]int{struct{ Name string }{"<bob>"}: http.StatusOK, 7: http.StatusInternalServerError} {
		w := httptest.NewRecorder()
		Show(w, pages, http.StatusOK, "page", data)
		if body := w.Body.String(); w.Code != want || want == 200 && body != "hello &lt;bob&gt;" || want == 500 && strings.HasPrefix(body, "hello") {
			t.Errorf("%d %q", w.Code, body)
		}
	}
}
