package sim

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"strings"
)

// spaceMutants lack a safeguard of pages in Confluence.
var spaceMutants = []mutant{
	{name: "a page is written over any version", mutation: mutation{wire: func(w http.RoundTripper) http.RoundTripper { return anyVersion{w} }}, chapter: 6, fault: editBefore,
		at: func(s step) bool { return s.port == wiki && putsPage(s.name) }},
	{name: "it is not noted on the page what is ours", mutation: mutation{wire: func(w http.RoundTripper) http.RoundTripper { return noProperty{w} }}, chapter: 5, at: always},
	{name: "attachments are not found again", mutation: mutation{wire: func(w http.RoundTripper) http.RoundTripper { return noFiles{w} }}, chapter: 7, more: 1, at: always},
	{name: "pages are found by their titles alone", mutation: mutation{wire: func(w http.RoundTripper) http.RoundTripper { return noLabels{w} }}, chapter: 8, fault: renamed, at: always},
}

// putsPage reports whether a request by its name writes a page.
func putsPage(step string) bool {
	return strings.HasPrefix(step, http.MethodPut) && !strings.Contains(step, "/propert")
}

// anyVersion writes a page once more as the version that is next by now.
type anyVersion struct{ http.RoundTripper }

var (
	currentVersion = regexp.MustCompile(`Current version is: ([0-9]+)`)
	versionNumber  = regexp.MustCompile(`"version":\{"number":[0-9]+`)
)

func (m anyVersion) RoundTrip(req *http.Request) (*http.Response, error) {
	body, _ := io.ReadAll(req.Body) // it is in memory
	send := func() (*http.Response, error) {
		again := req.Clone(req.Context())
		again.Body, again.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
		return m.RoundTripper.RoundTrip(again)
	}
	resp, err := send()
	if err != nil || resp.StatusCode != http.StatusConflict || !putsPage(req.Method+" "+req.URL.Path) {
		return resp, err
	}
	said, _ := io.ReadAll(resp.Body)
	var now int
	if x := currentVersion.FindSubmatch(said); x != nil {
		fmt.Sscan(string(x[1]), &now)
	}
	body = versionNumber.ReplaceAll(body, fmt.Appendf(nil, `"version":{"number":%d`, now+1))
	return send()
}

// noProperty keeps properties to itself.
type noProperty struct{ http.RoundTripper }

func (m noProperty) RoundTrip(req *http.Request) (*http.Response, error) {
	if req.Method == http.MethodGet || !strings.Contains(req.URL.Path, "/propert") {
		return m.RoundTripper.RoundTrip(req)
	}
	return fine(req, `{"id": "1", "key": "hereby", "version": {"number": 1}}`), nil
}

// noFiles finds no attachments.
type noFiles struct{ http.RoundTripper }

func (m noFiles) RoundTrip(req *http.Request) (*http.Response, error) {
	if req.Method != http.MethodGet || !strings.Contains(req.URL.Path, "/attachment") {
		return m.RoundTripper.RoundTrip(req)
	}
	return fine(req, `{"results": []}`), nil
}

// noLabels finds no pages by their labels.
type noLabels struct{ http.RoundTripper }

func (m noLabels) RoundTrip(req *http.Request) (*http.Response, error) {
	if !strings.Contains(req.URL.Query().Get("cql"), "label") {
		return m.RoundTripper.RoundTrip(req)
	}
	return fine(req, `{"results": [], "totalSize": 0}`), nil
}

func fine(req *http.Request, answer string) *http.Response {
	return &http.Response{StatusCode: http.StatusOK, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(answer)), Request: req}
}
