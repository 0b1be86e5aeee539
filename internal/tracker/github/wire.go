package github

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	gh "github.com/google/go-github/v60/github"

	"github.com/hereby/hereby/internal/incident"
)

// issue is an issue with the fields that go-github v60 does not know.
type issue struct {
	gh.Issue
	ParentURL string `json:"parent_issue_url"`
	Children  *struct {
		Total int `json:"total"`
	} `json:"sub_issues_summary"`
	Blockers *struct {
		Total    int `json:"total_blocked_by"`
		Blocking int `json:"total_blocking"`
	} `json:"issue_dependencies_summary"`
}

// reaction is a reaction with its time, which go-github v60 drops.
type reaction struct {
	User    *gh.User     `json:"user"`
	Content string       `json:"content"`
	At      gh.Timestamp `json:"created_at"`
}

// get reads one thing.
func get[T any](ctx context.Context, a *account, path string) (T, error) {
	var v T
	_, err := a.send(ctx, http.MethodGet, path, nil, &v)
	return v, err
}

// pages reads a list to its end, or to max pages of 100: a list without an end
// must not hold a lease for ever. whole is false when it was cut short.
func pages[T any](ctx context.Context, a *account, path string, max int) (all []T, whole bool, err error) {
	sep := "?"
	if strings.Contains(path, "?") {
		sep = "&"
	}
	for page := 1; page != 0; {
		if max--; max < 0 {
			return all, false, nil
		}
		address := path + sep + "per_page=100"
		if page > 1 {
			address += "&page=" + strconv.Itoa(page)
		}
		var some []T
		resp, err := a.send(ctx, http.MethodGet, address, nil, &some)
		if err != nil {
			return all, false, err
		}
		all = append(all, some...)
		page = resp.NextPage
	}
	return all, true, nil
}

// send makes a request below the API's root.
func (a *account) send(ctx context.Context, method, path string, body, into any) (*gh.Response, error) {
	req, err := a.NewRequest(method, path, body)
	if err != nil {
		return nil, err
	}
	return a.Do(ctx, req, into)
}

// isStatus reports whether an error is an answer with one of the statuses.
func isStatus(err error, statuses ...int) bool {
	var e *gh.ErrorResponse
	if !errors.As(err, &e) || e.Response == nil {
		return false
	}
	for _, s := range statuses {
		if e.Response.StatusCode == s {
			return true
		}
	}
	return false
}

// path returns the address of an issue below the API's root.
func path(ref incident.Ref) string { return "repos/" + ref.Place() + "/issues/" + ref.Number() }

// checkRef reports a ref that is of another tracker: it must not become part
// of an address.
func checkRef(ref incident.Ref) error {
	if parsed, ok := incident.ParseRef(string(ref), ""); !ok || parsed != ref || !strings.Contains(string(ref), "#") {
		return fmt.Errorf("%q is not an issue on GitHub: expected OWNER/NAME#NUMBER", ref)
	}
	return nil
}

// ref returns what names the issue now, whatever address it was read from.
func (i *issue) ref() incident.Ref {
	return incident.PathRef(repoOf(i.GetRepositoryURL()), strconv.Itoa(i.GetNumber()))
}

func (i *issue) id() string { return strconv.FormatInt(i.GetID(), 10) }

// parent returns what the issue is attached to, or "".
func (i *issue) parent() incident.Ref { return refOf(i.ParentURL) }

// refOf reads the ref from an issue's API address.
func refOf(address string) incident.Ref {
	before, n, ok := cutLast(address, "/issues/")
	if !ok {
		return ""
	}
	return incident.PathRef(repoOf(before), n)
}

// repoOf reads "owner/name" from a repository's API address.
func repoOf(address string) string {
	_, repo, _ := cutLast(address, "/repos/")
	return repo
}

func cutLast(s, sep string) (before, after string, ok bool) {
	i := strings.LastIndex(s, sep)
	if i < 0 {
		return s, "", false
	}
	return s[:i], s[i+len(sep):], true
}

func (i *issue) labels() []string {
	var names []string
	for _, l := range i.Labels {
		names = append(names, l.GetName())
	}
	return names
}

func (i *issue) hasLabel(name string) bool {
	for _, l := range i.Labels {
		if strings.EqualFold(l.GetName(), name) {
			return true
		}
	}
	return false
}

// isHead reports whether the issue is the head of an incident of ours.
func (i *issue) isHead() bool {
	return i.hasLabel(incident.Label) && i.hasLabel(incident.LabelOf(i.id()))
}

// state maps GitHub's two fields to where a ticket stands.
func (i *issue) state() incident.State {
	switch {
	case i.GetState() != "closed":
		return incident.Open
	case i.GetStateReason() == "not_planned":
		return incident.Wontfix
	case i.GetStateReason() == "duplicate":
		return incident.Duplicate
	}
	return incident.Done
}

// due is the day of the issue's milestone. GitHub keeps the midnight with which
// the day begins in its own zone, which is the same day in UTC.
func (i *issue) due() incident.Due {
	if i.Milestone == nil || i.Milestone.DueOn == nil {
		return incident.Due{}
	}
	return incident.Due{Day: moment(i.Milestone.DueOn).Truncate(24 * time.Hour), Shared: true}
}

func person(u *gh.User) incident.Person { return incident.PersonOf(u.GetLogin()) }

func persons(us []*gh.User) []incident.Person {
	var ps []incident.Person
	for _, u := range us {
		ps = append(ps, person(u))
	}
	return ps
}

func isBot(u *gh.User) bool {
	return u.GetType() == "Bot" || strings.HasSuffix(u.GetLogin(), "[bot]")
}

func moment(t *gh.Timestamp) time.Time {
	if t == nil {
		return time.Time{}
	}
	return t.UTC()
}

// unix returns a text with "\n" for line ends.
func unix(text string) string { return strings.ReplaceAll(text, "\r\n", "\n") }

// segment escapes one part of a path. go-github does not escape the names of
// labels and people, and "." or ".." would climb even when escaped.
func segment(name string) (string, error) {
	if name == "" || name == "." || name == ".." {
		return "", fmt.Errorf("%q cannot be part of an address on GitHub", name)
	}
	return url.PathEscape(name), nil
}
