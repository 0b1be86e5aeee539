package github

import (
	"context"
	"fmt"
	"net/http"
	"strconv"

	gh "github.com/google/go-github/v60/github"

	"github.com/hereby/hereby/internal/incident"
	"github.com/hereby/hereby/internal/marker"
)

// Reactions by which we acknowledge a comment.
const (
	rocket   = "rocket"
	confused = "confused"
)

// readComments reads the comments on the head.
func (s *sight) readComments(ctx context.Context) error {
	list, whole, err := pages[*gh.IssueComment](ctx, s.account, path(s.head.ref())+"/comments", maxPages)
	if err != nil {
		return fmt.Errorf("comments of %s: %w", s.head.ref(), err)
	}
	if !whole {
		s.log.Warn("the list of comments is too long to be read whole", "issue", s.head.ref())
	}
	for _, c := range list {
		comment, err := s.comment(ctx, c)
		if err != nil {
			return err
		}
		s.snap.Comments = append(s.snap.Comments, comment)
		s.people.add(c.User, c.GetAuthorAssociation())
	}
	return nil
}

func (s *sight) comment(ctx context.Context, c *gh.IssueComment) (incident.Comment, error) {
	raw := unix(c.GetBody())
	out := incident.Comment{
		ID:     strconv.FormatInt(c.GetID(), 10),
		URL:    c.GetHTMLURL(),
		Author: person(c.User),
		Raw:    raw,
		At:     moment(c.CreatedAt),
	}
	if at := moment(c.UpdatedAt); at.After(out.At) {
		out.EditedAt = at
	}
	if m, rest, ok := marker.Take(raw); ok && m.ID == s.snap.ID && s.isOurs(c.User) {
		out.Ours, out.Slot, out.Data, out.Hash = true, m.Slot, m.Data, incident.HashText(rest)
		return out, nil
	}
	out.Said = spoken(raw)
	if s.look.Decided[out.ID] || isBot(c.User) {
		return out, nil
	}
	s.people.mention(out)
	var err error
	out.Acked, err = s.acked(ctx, c)
	return out, err
}

// acked returns our acknowledgement of a comment, if the comment still reads
// as it did then: GitHub keeps reactions when a comment is edited.
func (s *sight) acked(ctx context.Context, c *gh.IssueComment) (incident.Verdict, error) {
	for _, r := range []struct {
		content string
		n       int
		verdict incident.Verdict
	}{
		{rocket, c.GetReactions().GetRocket(), incident.Obeyed},
		{confused, c.GetReactions().GetConfused(), incident.RefusedByRule},
	} {
		if r.n == 0 {
			continue
		}
		address := fmt.Sprintf("repos/%s/issues/comments/%d/reactions?content=%s", s.repo.Name, c.GetID(), r.content)
		list, _, err := pages[reaction](ctx, s.account, address, maxPages)
		if isStatus(err, http.StatusNotFound) {
			return "", nil // deleted while we looked
		}
		if err != nil {
			return "", fmt.Errorf("reactions to comment %d: %w", c.GetID(), err)
		}
		for _, re := range list {
			if s.isOurs(re.User) && re.Content == r.content && !re.At.Before(c.GetUpdatedAt().Time) {
				return r.verdict, nil
			}
		}
	}
	return "", nil
}

// isOurs reports whether an account is ours now or was before a change of token.
func (s *sight) isOurs(u *gh.User) bool {
	p := person(u)
	return p != "" && (p == s.self.person || s.authors[p])
}
