package webhooks

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/bytedance/sonic"

	"github.com/hereby/hereby/internal/incident"
	"github.com/hereby/hereby/internal/route"
)

// githubEvents are the events told apart in metrics: those that [githubKeys]
// reads, and what a webhook for all events sends most.
var githubEvents = []string{
	"issues", "issue_comment", "sub_issues", "issue_dependencies", "pull_request", "label", "repository",
	"gollum", "ping", "push", "check_run", "check_suite", "status", "workflow_run", "workflow_job",
}

// githubKeys returns the keys that one delivery touches; none if it concerns
// no incident. It is pure, reads only what it needs, and is lenient about the
// rest: a field that is missing, null or of an odd shape counts as missing.
//
// It returns an error if the body is not JSON or is nested deeper than 4,096,
// or if an event about issues names no repository or no issue, and an
// *[UnservedError] if that repository is not served.
func githubKeys(event string, body []byte, o GitHubOptions) ([]incident.Key, error) {
	read, ok := githubReaders[event]
	if !ok {
		if !sonic.Valid(body) {
			return nil, errNotJSON
		}
		return nil, nil
	}
	e, err := decodeGitHub(body)
	if err != nil {
		return nil, err
	}
	repo := e.Repository
	if !repo.named() {
		return nil, fmt.Errorf("the %s event names no repository", event)
	}
	if !o.serves(repo.FullName, repo.Private) {
		return nil, &UnservedError{Repo: repo.FullName, Private: repo.Private}
	}
	keys, err := read(e, o)
	// Another repository is judged by its name here, and by its visibility
	// when it is observed: the delivery does not always tell it.
	keys = slices.DeleteFunc(keys, func(k incident.Key) bool {
		place := k.Place()
		return place != "" && place != repo.FullName && !o.serves(place, true)
	})
	return keys, err
}

// githubPage is a wiki page that somebody wrote to.
type githubPage struct {
	Name string `json:"page_name"`
}

// wikiKeys touches the incidents whose post-mortems were written to, by us too.
func (e *githubEvent) wikiKeys(GitHubOptions) ([]incident.Key, error) {
	var keys []incident.Key
	for _, page := range e.Pages {
		if ref := incident.PageOf(e.Repository.FullName, page.Name); ref != "" {
			keys = append(keys, incident.Key("github:"+string(ref)))
		}
	}
	slices.Sort(keys)
	return slices.Compact(keys), nil
}

// decodeGitHub reads the fields of an event. The decoder is sonic, which skips
// what is not asked for about five times as fast as the standard library, and
// most of a delivery is not asked for.
func decodeGitHub(body []byte) (*githubEvent, error) {
	e := new(githubEvent)
	// A value of an odd shape is an error too, after all else has been read.
	if err := sonic.Unmarshal(body, e); err != nil && !sonic.Valid(body) {
		return nil, errNotJSON
	}
	return e, nil
}

func (o GitHubOptions) serves(repo string, private bool) bool {
	return o.Serves == nil || o.Serves(repo, private)
}

var githubReaders = map[string]func(*githubEvent, GitHubOptions) ([]incident.Key, error){
	"issues":             (*githubEvent).issueKeys,
	"issue_comment":      (*githubEvent).commentKeys,
	"pull_request":       (*githubEvent).pullKeys,
	"sub_issues":         (*githubEvent).subIssueKeys,
	"issue_dependencies": (*githubEvent).dependencyKeys,
	"label":              (*githubEvent).labelKeys,
	"repository":         (*githubEvent).repositoryKeys,
	"gollum":             (*githubEvent).wikiKeys,
}

// githubEvent is the union of what is read of all events.
type githubEvent struct {
	Action     string       `json:"action"`
	Repository githubRepo   `json:"repository"`
	Issue      *githubIssue `json:"issue"`
	Pull       *githubIssue `json:"pull_request"`
	Comment    githubText   `json:"comment"`
	Label      githubName   `json:"label"`
	Pages      []githubPage `json:"pages"`
	Changes    struct {
		Title         githubFrom   `json:"title"`
		Body          githubFrom   `json:"body"`
		Name          githubFrom   `json:"name"`
		OldIssue      *githubIssue `json:"old_issue"`
		NewIssue      *githubIssue `json:"new_issue"`
		OldRepository githubRepo   `json:"old_repository"`
		NewRepository githubRepo   `json:"new_repository"`
	} `json:"changes"`

	Parent       *githubIssue `json:"parent_issue"`
	ParentID     int64        `json:"parent_issue_id"`
	ParentRepo   githubRepo   `json:"parent_issue_repo"`
	Sub          *githubIssue `json:"sub_issue"`
	SubID        int64        `json:"sub_issue_id"`
	SubRepo      githubRepo   `json:"sub_issue_repo"`
	Blocked      *githubIssue `json:"blocked_issue"`
	BlockedID    int64        `json:"blocked_issue_id"`
	BlockedRepo  githubRepo   `json:"blocked_issue_repo"`
	Blocking     *githubIssue `json:"blocking_issue"`
	BlockingID   int64        `json:"blocking_issue_id"`
	BlockingRepo githubRepo   `json:"blocking_issue_repo"`
}

type githubIssue struct {
	Number        int64        `json:"number"`
	Title         string       `json:"title"`
	Body          string       `json:"body"`
	Labels        []githubName `json:"labels"`
	RepositoryURL string       `json:"repository_url"`
	ParentURL     string       `json:"parent_issue_url"`
	Dependencies  struct {
		BlockedBy      int64 `json:"blocked_by"`
		TotalBlockedBy int64 `json:"total_blocked_by"`
		Blocking       int64 `json:"blocking"`
		TotalBlocking  int64 `json:"total_blocking"`
	} `json:"issue_dependencies_summary"`
}

type (
	githubName struct {
		Name string `json:"name"`
	}
	githubText struct {
		Body string `json:"body"`
	}
	githubFrom struct {
		From string `json:"from"`
	}
	githubRepo struct {
		FullName string `json:"full_name"`
		Private  bool   `json:"private"`
	}
)

// named reports whether the repository has a name that can stand in a key.
func (r githubRepo) named() bool {
	owner, name, ok := strings.Cut(r.FullName, "/")
	return ok && owner != "" && name != "" && len(r.FullName) <= 200 &&
		!strings.Contains(name, "/") && !strings.ContainsAny(r.FullName, "#: \t\r\n\x00")
}

// issueKeys reads the event issues, whatever its action. A transfer concerns
// the issue under both its names.
func (e *githubEvent) issueKeys(o GitHubOptions) ([]incident.Key, error) {
	h, ok := e.hint(e.Issue, e.Repository)
	if !ok {
		return nil, errNoIssue
	}
	h.Labels = append(h.Labels, e.Label.Name)
	h.Texts = append(h.Texts, e.Changes.Title.From, e.Changes.Body.From)
	hints := []incident.Hint{h}
	for _, other := range []struct {
		issue *githubIssue
		repo  githubRepo
	}{{e.Changes.OldIssue, e.Changes.OldRepository}, {e.Changes.NewIssue, e.Changes.NewRepository}} {
		if moved, ok := e.hint(other.issue, other.repo); ok {
			hints = append(hints, moved)
		}
	}
	return together(hints, o.Label), nil
}

// together routes hints about what is, or was, one issue. A repository that
// lacks a label drops it, so each hint's signs count for all.
func together(hints []incident.Hint, label string) []incident.Key {
	var all incident.Hint
	for _, h := range hints {
		all.Labels = append(all.Labels, h.Labels...)
		all.Texts = append(all.Texts, h.Texts...)
		all.Parents = append(all.Parents, h.Parents...)
		all.Tied = all.Tied || h.Tied
	}
	var keys []incident.Key
	for _, h := range hints {
		all.Key = h.Key
		keys = append(keys, route.Keys(all, label)...)
	}
	return distinct(keys)
}

// commentKeys reads the event issue_comment. On an issue that is none of ours
// only what the comment says counts: neither the issue's own text, which had
// its say when it was written, nor what the issue is tied to.
func (e *githubEvent) commentKeys(o GitHubOptions) ([]incident.Key, error) {
	h, ok := e.hint(e.Issue, e.Repository)
	if !ok {
		return nil, errNoIssue
	}
	return route.Keys(incident.Hint{
		Key:    h.Key,
		Labels: h.Labels,
		Texts:  []string{e.Comment.Body, e.Changes.Body.From},
	}, o.Label), nil
}

// pullKeys reads the event pull_request: somebody who declares an incident in
// a pull request gets an answer.
func (e *githubEvent) pullKeys(o GitHubOptions) ([]incident.Key, error) {
	h, ok := e.hint(e.Pull, e.Repository)
	if !ok {
		return nil, errNoIssue
	}
	h.Labels = append(h.Labels, e.Label.Name)
	h.Texts = append(h.Texts, e.Changes.Title.From, e.Changes.Body.From)
	return route.Keys(h, o.Label), nil
}

// subIssueKeys reads the event sub_issues, which is sent on either side and
// may lack the other.
func (e *githubEvent) subIssueKeys(o GitHubOptions) ([]incident.Key, error) {
	parent, okParent := e.hint(e.Parent, e.ParentRepo)
	sub, okSub := e.hint(e.Sub, e.SubRepo)
	if !okParent && !okSub {
		return nil, errNoIssue
	}
	var keys []incident.Key
	if okSub {
		sub.Tied = sub.Tied || !okParent
		keys = append(keys, route.Keys(sub, o.Label)...)
	}
	if okParent {
		parent.Tied = true
		keys = append(keys, route.Keys(parent, o.Label)...)
	}
	return distinct(append(keys, byID(okParent, e.ParentID)...)), nil
}

// dependencyKeys reads the event issue_dependencies, which is sent on either
// side and may lack either.
func (e *githubEvent) dependencyKeys(o GitHubOptions) ([]incident.Key, error) {
	var keys []incident.Key
	seen := false
	for _, side := range []struct {
		issue *githubIssue
		id    int64
		repo  githubRepo
	}{{e.Blocked, e.BlockedID, e.BlockedRepo}, {e.Blocking, e.BlockingID, e.BlockingRepo}} {
		h, ok := e.hint(side.issue, side.repo)
		if ok {
			h.Tied = true
			keys = append(keys, route.Keys(h, o.Label)...)
		}
		keys = append(keys, byID(ok, side.id)...)
		seen = seen || ok || side.id > 0
	}
	if !seen {
		return nil, errNoIssue
	}
	return distinct(keys), nil
}

// byID returns the alias of an issue of which only the database id was sent:
// should it be the head of an incident, that id is the incident's ID.
func byID(known bool, id int64) []incident.Key {
	if known || id <= 0 {
		return nil
	}
	return []incident.Key{incident.AliasOf(github, strconv.FormatInt(id, 10))}
}

// labelKeys reads the event label: a label of ours that was renamed or deleted
// goes from every issue at once, so the repository is swept.
func (e *githubEvent) labelKeys(o GitHubOptions) ([]incident.Key, error) {
	if route.Telling(e.Label.Name, o.Label) || route.Telling(e.Changes.Name.From, o.Label) {
		return e.sweep(), nil
	}
	return nil, nil
}

// repositoryKeys reads the event repository: one that is new, renamed, moved
// or readable again is swept at once rather than in its turn.
func (e *githubEvent) repositoryKeys(GitHubOptions) ([]incident.Key, error) {
	if e.Action == "deleted" {
		return nil, nil
	}
	return e.sweep(), nil
}

func (e *githubEvent) sweep() []incident.Key {
	return []incident.Key{incident.SweepOf(github, e.Repository.FullName)}
}

var (
	errNotJSON = errors.New("the body is not JSON, is cut off, or is nested too deep")
	errNoIssue = errors.New("the event names no issue")
)

// hint returns what the delivery says about an issue of it, in repo or, if
// that was not sent, where the issue's own address says, else in the
// delivery's repository.
func (e *githubEvent) hint(i *githubIssue, repo githubRepo) (incident.Hint, bool) {
	if i == nil || i.Number <= 0 {
		return incident.Hint{}, false
	}
	if !repo.named() {
		repo = githubRepo{FullName: lastTwo(i.RepositoryURL)}
	}
	if !repo.named() {
		repo = e.Repository
	}
	d := i.Dependencies
	h := incident.Hint{
		Key:   keyOf(repo, strconv.FormatInt(i.Number, 10)),
		Texts: []string{i.Title, i.Body},
		Tied:  max(d.BlockedBy, d.TotalBlockedBy, d.Blocking, d.TotalBlocking) > 0,
	}
	for _, l := range i.Labels {
		h.Labels = append(h.Labels, l.Name)
	}
	if parent, ok := issueAt(i.ParentURL); ok {
		h.Parents = append(h.Parents, parent)
	}
	return h, true
}

func keyOf(repo githubRepo, number string) incident.Key {
	return incident.KeyOf(github, incident.PathRef(repo.FullName, number))
}

// issueAt returns the key of the issue at an API address,
// "https://HOST/repos/OWNER/NAME/issues/N".
func issueAt(address string) (incident.Key, bool) {
	rest, number, ok := cutLast(address)
	rest, issues, _ := cutLast(rest)
	repo := githubRepo{FullName: lastTwo(rest)}
	if n, err := strconv.ParseInt(number, 10, 64); !ok || issues != "issues" || err != nil || n <= 0 || !repo.named() {
		return "", false
	}
	return keyOf(repo, number), true
}

// lastTwo returns the last two segments of an address: "OWNER/NAME".
func lastTwo(address string) string {
	rest, name, ok := cutLast(address)
	if !ok {
		return ""
	}
	_, owner, _ := cutLast(rest)
	return owner + "/" + name
}

func cutLast(address string) (before, last string, ok bool) {
	i := strings.LastIndexByte(address, '/')
	if i < 0 {
		return "", address, false
	}
	return address[:i], address[i+1:], true
}

func distinct(keys []incident.Key) []incident.Key {
	slices.Sort(keys)
	return slices.Compact(keys)
}
