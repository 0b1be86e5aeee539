package jira

import (
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"testing"

	"github.com/hereby/hereby/internal/httpx"
	sandbox "github.com/hereby/hereby/internal/sandbox/jira"
)

// Of comments that are too many to be read whole the latest are read: among
// them are the commands that nobody obeyed yet. One that comes while they are
// read is not read twice.
func TestLatestComments(t *testing.T) {
	total := maxPages + 10
	newest := total
	l := newLab(t, sandbox.Options{}, func(o *Options) {
		o.Transport = httpx.RoundTripperFunc(func(r *http.Request) (*http.Response, error) {
			q := r.URL.Query()
			start, _ := strconv.Atoi(q.Get("startAt"))
			n := start + 1
			if q.Get("orderBy") == "-created" {
				n = newest - start
			}
			if start == 1 {
				newest++
			}
			body := fmt.Sprintf(`{"total":%d,"comments":[{"id":"%d","created":"2026-03-02T09:%02d:%02d.000+0000"}]}`, newest, n, n/60, n%60)
			return &http.Response{StatusCode: 200, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(body)), Request: r}, nil
		})
	})
	list, err := l.comments(t.Context(), "1")
	if err != nil {
		t.Fatal(err)
	}
	if first, last := list[0].ID, list[len(list)-1].ID; len(list) != maxPages-1 || first != "12" || last != "60" {
		t.Errorf("%d comments from %s to %s", len(list), first, last)
	}
}
