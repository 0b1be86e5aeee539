package confluence

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/hereby/hereby/internal/incident"
)

func as[T any](err error, target *T) bool { return errors.As(err, target) }

// passes reports whether an error goes by itself.
func passes(err error) bool {
	var later *incident.NotYet
	return errors.As(err, &later)
}

// isFile reports whether a name is that of an attachment, and of which page.
func isFile(name string) (page string, ok bool) {
	for _, end := range []string{".ledger.jsonl", ".jsonl", ".json"} {
		if page, ok := strings.CutSuffix(name, end); ok && page != "" {
			return page, true
		}
	}
	return "", false
}

// Read returns pages as an incident has them. What stands in the way of all of
// them is the shelf's Problem; of one, its own. An error is a context that
// ended.
func (w *Wiki) Read(ctx context.Context, place string, names []string) (incident.Shelf, error) {
	shelf := incident.Shelf{Place: place}
	pages, err := w.read(ctx, place, names)
	switch {
	case ctx.Err() != nil:
		return shelf, ctx.Err()
	case err != nil:
		shelf.Problem, shelf.Passing = w.secrets.Redact(w.problem(err).Error()), passes(err)
		return shelf, nil
	}
	shelf.Pages = pages
	return shelf, nil
}

func (w *Wiki) read(ctx context.Context, place string, names []string) (map[string]incident.Page, error) {
	s, err := w.open(ctx, place)
	if err != nil {
		return nil, err
	}
	pages := map[string]incident.Page{}
	ids := map[string]string{}
	for _, name := range names {
		if _, ok := isFile(name); ok {
			continue
		}
		st, err := s.glance(ctx, name)
		if pages[name], err = withProblem(st.page(), err); err != nil {
			return nil, err
		}
		if st.remote != nil {
			ids[name] = st.remote.id
		}
	}
	for _, name := range names {
		of, ok := isFile(name)
		if !ok {
			continue
		}
		if _, looked := pages[of]; !looked && ids[of] == "" {
			if st, err := s.load(ctx, of); err == nil && st.remote != nil {
				ids[of] = st.remote.id
			} else if passes(err) {
				return nil, err
			}
		}
		f, err := s.file(ctx, ids[of], name)
		page := incident.Page{Exists: f.id != "", Text: f.text}
		if pages[name], err = withProblem(page, err); err != nil {
			return nil, err
		}
	}
	return pages, nil
}

// withProblem returns a page that was looked at; what is wrong with it alone is
// its problem.
func withProblem(page incident.Page, err error) (incident.Page, error) {
	var p problem
	if errors.As(err, &p) && p.until.IsZero() && p.text != denied().text {
		page.Problem = p.Error()
		return page, nil
	}
	return page, err
}

// Revision names the state of the space's pages, at the cost of one request.
func (w *Wiki) Revision(ctx context.Context, place string) (string, error) {
	s, err := w.open(ctx, place)
	if err == nil {
		var revision string
		if revision, err = w.client.revision(ctx, s.space); err == nil {
			return revision, nil
		}
	}
	if ctx.Err() != nil {
		return "", ctx.Err()
	}
	return "", nil
}

var errMoved = errors.New("somebody wrote to the page meanwhile; it is read again")

// Put writes pages, each only over what the plan saw. All are looked at before
// any is written; one that is changed in between leaves the others as they are,
// and they are found done at the next look.
func (w *Wiki) Put(ctx context.Context, pages incident.PutPages) incident.Result {
	err := w.put(ctx, pages)
	switch {
	case err == nil:
		return incident.Result{Outcome: incident.Applied}
	case errors.Is(err, errMoved):
		return incident.Result{Outcome: incident.Deferred, Err: &incident.NotYet{Until: w.opt.Clock().Add(again), Err: err}}
	case passes(err), ctx.Err() != nil:
		return incident.Result{Outcome: incident.Deferred, Err: w.secrets.Error(err)}
	}
	return incident.Result{Outcome: incident.Refused, Err: w.secrets.Error(w.problem(err))}
}

// order puts the index behind the pages that it leads to, and files last, so
// that nothing names what is not there however far we get.
func order(drafts []incident.Draft) []incident.Draft {
	rank := func(d incident.Draft) int {
		if _, file := isFile(d.Name); file {
			return 2
		}
		return map[string]int{indexPage: 1}[d.Name]
	}
	return slices.SortedStableFunc(slices.Values(drafts), func(a, b incident.Draft) int { return rank(a) - rank(b) })
}

// indexPage is the page below which post-mortems stand.
const indexPage = "Incidents"

func (w *Wiki) put(ctx context.Context, pages incident.PutPages) error {
	s, err := w.open(ctx, pages.Place)
	if err != nil {
		return err
	}
	list := order(pages.Pages)
	states := map[string]*state{}
	for _, d := range list {
		if _, file := isFile(d.Name); file {
			continue
		}
		st, err := s.load(ctx, d.Name)
		if err != nil {
			return err
		}
		if !st.fits(d) {
			return errMoved
		}
		states[d.Name] = st
	}
	for _, d := range list {
		if of, file := isFile(d.Name); file {
			err = s.putFile(ctx, of, d, states[of])
		} else {
			err = s.putPage(ctx, d, states[d.Name], purpose{pages.Message, pages.News && d.Name != indexPage})
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// fits reports whether a page still reads as the plan saw it, or as it is to.
// One on which nothing stands is as good as none.
func (st *state) fits(d incident.Draft) bool {
	if st.remote == nil {
		return !d.Was.Exists
	}
	return st.text == d.Text || st.text == d.Was.Text
}

// purpose is what a version is for.
type purpose struct {
	message string
	news    bool // for those who watch the page
}

// putPage writes one page, and reads it again after each conflict.
func (s *shelf) putPage(ctx context.Context, d incident.Draft, st *state, p purpose) error {
	for try := range s.w.opt.Tries {
		if try > 0 {
			if err := s.w.opt.Sleep(ctx, backoff(try)); err != nil {
				return err
			}
		}
		if try > 0 || d.Name == indexPage && st.remote == nil { // made meanwhile, perhaps by us
			var err error
			if st, err = s.load(ctx, d.Name); err != nil {
				return err
			}
			if !st.fits(d) {
				return errMoved
			}
		}
		if st.remote != nil && st.text == d.Text {
			s.given(d.Name, st.remote, st.remote.storage, d.Text)
			return nil
		}
		var err error
		if st.remote == nil {
			err = s.create(ctx, d, p)
		} else {
			err = s.update(ctx, d, st, p)
		}
		if !conflict(err) {
			return err
		}
		s.w.opt.Log.Debug("a page was changed meanwhile", "page", d.Name, "try", try+1)
	}
	return problem{text: fmt.Sprintf("others wrote to the page %s each time we tried; we try again soon and nothing is lost", d.Name), until: s.w.client.later()}
}
