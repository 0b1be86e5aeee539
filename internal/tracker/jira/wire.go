package jira

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"time"

	gojira "github.com/andygrunwald/go-jira"

	"github.com/hereby/hereby/internal/httpx"
	"github.com/hereby/hereby/internal/incident"
)

const api = "rest/api/2/"

// answer is what Jira says in an answer of 400 and above.
type answer struct {
	Response *http.Response
	Messages []string          `json:"errorMessages"`
	Fields   map[string]string `json:"errors"`
}

func (a *answer) Error() string {
	texts := slices.Clone(a.Messages)
	for _, f := range sorted(a.Fields) {
		texts = append(texts, f+": "+a.Fields[f])
	}
	what := ""
	if r := a.Response.Request; r != nil {
		what = r.Method + " " + r.URL.Path + ": "
	}
	return fmt.Sprintf("%s%d %s", what, a.Response.StatusCode, strings.Join(texts, "; "))
}

// get reads one thing below the API's root.
func get[T any](ctx context.Context, t *Tracker, path string) (T, error) {
	var v T
	err := t.send(ctx, http.MethodGet, path, nil, &v)
	return v, err
}

// send makes a request below the API's root, or to another of Jira's APIs if
// the path begins with "rest/". Into may be nil.
func (t *Tracker) send(ctx context.Context, method, path string, body, into any) error {
	if !strings.HasPrefix(path, "rest/") {
		path = api + path
	}
	req, err := t.client.NewRequestWithContext(ctx, method, path, body)
	if err != nil {
		return &httpx.NotSent{Err: err}
	}
	req.Header.Set("Accept", "application/json")
	req.Header.Set("Accept-Language", "en")
	req.Header.Set("User-Agent", "hereby")
	req.Header.Set("X-Atlassian-Token", "no-check")
	resp, err := t.client.Do(req, nil)
	if resp == nil {
		return err
	}
	defer resp.Body.Close()
	if err != nil {
		return refusalOf(resp)
	}
	if resp.Header.Get("X-Seraph-LoginReason") == "AUTHENTICATED_FAILED" {
		// Cloud answers as to a stranger, and says only here that it does.
		resp.StatusCode = http.StatusUnauthorized
		return &answer{Response: resp.Response, Messages: []string{"the credentials are not accepted"}}
	}
	if into == nil || resp.StatusCode == http.StatusNoContent {
		return nil
	}
	answer, err := io.ReadAll(resp.Body)
	if err == nil {
		err = json.Unmarshal(answer, into)
	}
	switch {
	case err != nil && bytes.HasPrefix(bytes.TrimSpace(answer), []byte("<")):
		return &garbled{resp.Response, errors.New("it is a web page: does jira.url lead to a Jira, and does no login page or proxy stand in between?")}
	case err != nil:
		return &garbled{resp.Response, err}
	}
	return nil
}

// garbled is a success whose answer cannot be read.
type garbled struct {
	resp *http.Response
	err  error
}

func (g *garbled) Error() string {
	return fmt.Sprintf("%s %s: the answer cannot be read: %v", g.resp.Request.Method, g.resp.Request.URL.Path, g.err)
}

func (g *garbled) Unwrap() error { return g.err }

// maxWords bounds what is kept of an answer that is not Jira's own: a proxy's
// page.
const maxWords = 200

func refusalOf(resp *gojira.Response) error {
	a := &answer{Response: resp.Response}
	body, err := io.ReadAll(io.LimitReader(resp.Body, 1<<20))
	var said struct {
		Messages []string                   `json:"errorMessages"`
		Errors   map[string]json.RawMessage `json:"errors"`
		Message  string                     `json:"message"`
	}
	if err == nil && json.Unmarshal(body, &said) == nil {
		a.Messages, a.Fields = said.Messages, map[string]string{}
		for f, raw := range said.Errors { // values may be objects
			var text string
			if json.Unmarshal(raw, &text) != nil {
				text = string(raw)
			}
			if f == "parentId" { // so Cloud calls the field "parent" in refusals
				f = "parent"
			}
			a.Fields[f] = text
		}
		if said.Message != "" {
			a.Messages = append(a.Messages, said.Message)
		}
	} else {
		words := strings.Join(strings.Fields(tags.ReplaceAllString(string(body), " ")), " ")
		a.Messages = []string{cutShort(words, maxWords)}
	}
	if resp.Header.Get("X-Seraph-LoginReason") == "AUTHENTICATED_FAILED" {
		resp.StatusCode = http.StatusUnauthorized
	}
	return a
}

var tags = regexp.MustCompile(`(?s)<(style|script).*?</(style|script)>|<[^>]*>`)

// isStatus reports whether an error is an answer with one of the statuses.
func isStatus(err error, statuses ...int) bool {
	var a *answer
	return errors.As(err, &a) && slices.Contains(statuses, a.Response.StatusCode)
}

// complains returns what an answer says of fields; nil if it is none of 400.
func complains(err error) map[string]string {
	var a *answer
	if errors.As(err, &a) && a.Response.StatusCode == http.StatusBadRequest {
		return a.Fields
	}
	return nil
}

// checkRef reports a ref that is of another tracker: it must not become part
// of an address.
func checkRef(ref incident.Ref) error {
	if parsed, ok := incident.ParseRef(string(ref), ""); !ok || parsed != ref || strings.Contains(string(ref), "#") {
		return fmt.Errorf("%q is not an issue on Jira: expected a key such as OPS-12", ref)
	}
	return nil
}

var digits = regexp.MustCompile(`^[0-9]{1,19}$`)

// checkID reports what is not the id of an issue or a comment.
func checkID(id string) error {
	if !digits.MatchString(id) {
		return fmt.Errorf("%q is not an id on Jira: expected digits", id)
	}
	return nil
}

// stamp is a time as Jira writes it: with an offset without a colon, or as in
// RFC 3339. What is neither is no time.
type stamp struct{ time.Time }

func (s *stamp) UnmarshalJSON(b []byte) error {
	var text string
	if json.Unmarshal(b, &text) != nil || text == "" {
		return nil
	}
	for _, layout := range []string{"2006-01-02T15:04:05.000-0700", time.RFC3339Nano, "2006-01-02T15:04:05-0700"} {
		if at, err := time.Parse(layout, text); err == nil {
			s.Time = at.UTC()
			return nil
		}
	}
	return nil
}

// unix returns a text with "\n" for line ends.
func unix(text string) string { return strings.ReplaceAll(text, "\r\n", "\n") }

// cutShort returns at most n runes of a text.
func cutShort(text string, n int) string {
	if r := []rune(text); len(r) > n {
		return strings.TrimSpace(string(r[:n-1])) + "…"
	}
	return text
}
