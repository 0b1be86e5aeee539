package host

import (
	"html/template"
	"net/http"
	"net/http/httptest"
	"net/url"
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

// Requests take effect when they are due, the earliest first, those of one
// time in the order in which they came.
func TestWhatIsLateComesWhenItIsDue(t *testing.T) {
	var d Delayed[string]
	d.Add(noon.Add(2*time.Second), "third")
	d.Add(noon.Add(time.Second), "first")
	d.Add(noon.Add(time.Second), "second")
	if _, r, ok := d.Next(noon); ok {
		t.Errorf("%q came before its time", r)
	}
	for _, want := range []string{"first", "second"} {
		if at, r, ok := d.Next(noon.Add(time.Second)); !ok || r != want || !at.Equal(noon.Add(time.Second)) {
			t.Errorf("%s %q %v, want %q", at, r, ok, want)
		}
	}
	if _, r, ok := d.Next(noon.Add(time.Second)); ok || len(d) != 1 {
		t.Errorf("%q %d", r, len(d))
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
