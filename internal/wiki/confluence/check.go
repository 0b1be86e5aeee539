package confluence

import (
	"context"
	"fmt"
	"strings"
)

// Finding is something that keeps pages from being kept as they should, and
// what a person can do about it.
type Finding struct{ What, Do string }

// Check looks at the space of a place: whether it can be read, whether pages
// and files can be put into it, and whether its pages can be searched. It
// writes nothing. The error is a context that ended.
func (w *Wiki) Check(ctx context.Context, place string) ([]Finding, error) {
	var found []Finding
	find := func(what, do string) { found = append(found, Finding{what, w.secrets.Redact(do)}) }
	s, err := w.open(ctx, place)
	if err != nil {
		find("the post-mortems of "+place+" cannot be kept in Confluence", sentence(w.problem(err)))
		return found, ctx.Err()
	}
	if s.space.archived {
		find(fmt.Sprintf("the space %s is archived, so that people do not find its pages and may not be able to edit them", s.space.key), "Take it out of the archive, or name another in jira.confluence.space.")
	}
	may, err := w.server.rights(ctx, s.space)
	switch {
	case err != nil:
		find(fmt.Sprintf("our rights in the space %s could not be read", s.space.key), sentence(w.problem(err)))
	case len(may) == 0: // this server does not tell
	default:
		for _, right := range []struct{ name, of string }{{"create page", "pages"}, {"create attachment", "attachments"}} {
			if !may[right.name] {
				find(fmt.Sprintf("our account may not add %s in the space %s", right.of, s.space.key), "Give it that right (Space settings, Permissions).")
			}
		}
	}
	if _, err := w.client.labelled(ctx, s.space.key, "hereby"); err != nil {
		find(fmt.Sprintf("the space %s cannot be searched, so that changes of its pages are seen late, and a page that somebody renames is not found again", s.space.key),
			"Let our account use the search; a scoped token needs read access to content details and the search. "+sentence(w.problem(err)))
	}
	if _, err := s.load(ctx, indexPage); err != nil {
		find("the page "+indexPage+", our index, cannot be used", sentence(w.problem(err)))
	}
	if w.opt.Parent != "" {
		if r, err := w.server.byID(ctx, w.opt.Parent); err != nil || r == nil || r.status != current {
			find("the page "+w.opt.Parent+", below which ours are to stand, is not there or our account may not see it", "Name another one, or none.")
		}
	}
	return found, ctx.Err()
}

// sentence returns an error's words as one.
func sentence(err error) string {
	text := err.Error()
	return strings.ToUpper(text[:1]) + text[1:] + "."
}
