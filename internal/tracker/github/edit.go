package github

import (
	"context"
	"errors"
	"strings"

	"github.com/hereby/hereby/internal/incident"
	"github.com/hereby/hereby/internal/marker"
)

// edit changes the title or the body of our own ticket and puts back the
// marker. People write there too, and lists may show what a text was a while
// ago, so the ticket is read first: a text that is no longer the one that was
// decided about is left alone until it has been observed.
func (c *change) edit(ctx context.Context, a incident.Edit) error {
	body := map[string]any{}
	if a.Title != nil {
		body["title"] = *a.Title
	}
	if a.Body != nil {
		now, err := c.read(ctx, a.Ref)
		if err != nil {
			return unsentRead(err)
		}
		seen, known := c.on.Ticket(a.Ref)
		if known && c.shown(now) != seen.Body {
			return &incident.NotYet{Until: c.opt.Clock().Add(again), Err: errors.New("the text of " + string(a.Ref) + " was changed meanwhile")}
		}
		loose := !seen.Linked && now.parent() == ""
		body["body"] = withEnds(c.body(*a.Body, a.Slot, loose), now.GetBody())
	}
	if len(body) == 0 {
		return nil
	}
	return c.patch(ctx, a.Ref, body, nil)
}

// shown returns a ticket's text as the rules see it.
func (c *change) shown(i *issue) string {
	text := unix(i.GetBody())
	if m, rest, ok := marker.Take(text); ok && m.ID == c.on.ID {
		return withoutPart(rest, m)
	}
	return text
}

// withEnds gives each line the line end it had before: browsers send "\r\n",
// the rules see "\n", and the lines of people stay as they are.
func withEnds(text, before string) string {
	if !strings.Contains(before, "\r\n") {
		return text
	}
	lines, old := strings.Split(text, "\n"), strings.Split(before, "\n")
	for i := range min(len(lines), len(old)) - 1 {
		if strings.HasSuffix(old[i], "\r") {
			lines[i] += "\r"
		}
	}
	return strings.Join(lines, "\n")
}
