package github

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// pull is what makes an issue a pull request.
type pull struct {
	merged time.Time
	sha    string // of the merge commit
}

type pullRefView struct {
	URL      string   `json:"url"`
	HTMLURL  string   `json:"html_url"`
	DiffURL  string   `json:"diff_url"`
	PatchURL string   `json:"patch_url"`
	MergedAt jsonTime `json:"merged_at"`
}

func (s *Server) pullRef(i *issue) *pullRefView {
	web := s.webIssue(i)
	return &pullRefView{fmt.Sprintf("%s/pulls/%d", s.apiRepo(i.repo), i.number), web, web + ".diff", web + ".patch", jsonTime(i.pull.merged)}
}

// mention matches a reference to an issue, with what may stand before it.
var mention = regexp.MustCompile(`(?i)(\b(?:close[sd]?|fix(?:e[sd])?|resolve[sd]?):?\s+)?(?:\b([\w.-]+/[\w.-]+))?#(\d+)\b`)

// mentions returns the issues a text refers to, or only those it says it
// closes.
func (s *Server) mentions(r *repo, text string, closing bool) []*issue {
	var out []*issue
	for _, m := range mention.FindAllStringSubmatch(text, -1) {
		in := r
		if m[2] != "" {
			in = s.repos[strings.ToLower(m[2])]
		}
		n, err := strconv.Atoi(m[3])
		if in == nil || err != nil || n < 1 || n > len(in.issues) || closing && m[1] == "" {
			continue
		}
		if i := in.issues[n-1]; i != nil && !i.deleted && i.moved == nil {
			out = append(out, i)
		}
	}
	return out
}

// crossReference notes in the issues a text mentions who mentioned them, once
// for each source.
func (s *Server) crossReference(by *identity, source *issue, text string) {
next:
	for _, i := range s.mentions(source.repo, text, false) {
		if i == source {
			continue
		}
		for _, x := range i.crossRefs {
			if x.source == source {
				continue next
			}
		}
		i.crossRefs = append(i.crossRefs, &crossRef{s.id(), source, by.user, s.now()})
	}
}

// mergePull merges a pull request; the issues that its text says it closes are
// closed, which the history shows without a commit.
func (s *Server) mergePull(by *identity, i *issue) error {
	if err := s.mayWrite(by, i.repo, Write); err != nil {
		return err
	}
	if i.pull == nil || i.state != "open" {
		return &apiError{status: 405, message: "Pull Request is not mergeable"}
	}
	i.pull.merged, i.pull.sha = s.now(), s.sha()
	s.change(i, func() { i.state, i.closed, i.closedBy, i.updated = "closed", s.now(), by.user, s.now() })
	s.record(i, by, "merged", func(e *event) { e.commit = i.pull.sha })
	s.record(i, by, "closed", nil)
	s.tellPull("closed", i, by)
	for _, x := range s.mentions(i.repo, i.title+"\n"+i.body, true) {
		if x.pull == nil && x.state == "open" {
			s.closeIssue(by, x, "completed", nil, cause{})
		}
	}
	return nil
}

// pushCommit closes the issues that a commit's message says it closes, which
// the history shows with the commit.
func (s *Server) pushCommit(by *identity, r *repo, message string) (string, error) {
	if err := s.mayWrite(by, r, Write); err != nil {
		return "", err
	}
	sha := s.sha()
	for _, x := range s.mentions(r, message, false) {
		s.record(x, by, "referenced", func(e *event) { e.commit = sha })
	}
	for _, x := range s.mentions(r, message, true) {
		if x.pull == nil && x.state == "open" {
			s.closeIssue(by, x, "completed", nil, cause{commit: sha})
		}
	}
	return sha, nil
}

func (s *Server) sha() string { return fmt.Sprintf("%040x", s.id()) }
