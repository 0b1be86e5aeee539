package app

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

func TestClocksThatDiffer(t *testing.T) {
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Date", three.UTC().Format(http.TimeFormat))
		http.Redirect(w, r, "https://login.acme.invalid/", http.StatusFound)
	}))
	defer s.Close()
	for by, says := range map[time.Duration]string{
		0: "", 59 * time.Second: "", -59 * time.Second: "",
		10 * time.Minute: "clock is 10m0s ahead of", -2 * time.Hour: "clock is 2h0m0s behind",
	} {
		var out bytes.Buffer
		r := &report{out: &out, redact: func(s string) string { return s }}
		r.clocks(t.Context(), s.URL+"/api/v3", func() time.Time { return three.Add(by) })
		if r.findings != min(len(says), 1) || !strings.Contains(out.String(), says) {
			t.Errorf("%s: %d findings, said %q", by, r.findings, out.String())
		}
	}
	var out bytes.Buffer
	r := &report{out: &out, redact: func(s string) string { return s }}
	r.clocks(t.Context(), nowhere, time.Now)
	if r.findings != 0 {
		t.Errorf("nobody there: said %q", out.String())
	}
}
