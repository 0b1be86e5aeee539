package confluence_test

import (
	"net/http"
	"strings"
	"testing"

	sandbox "github.com/hereby/hereby/internal/sandbox/confluence"
)

func TestCheck(t *testing.T) {
	editions(t, func(w *world) {
		good := w.opt
		for _, x := range []struct {
			why  string
			make func()
			want []string // of each finding, a piece; none: nothing is wrong
		}{
			{"all is well", func() {}, nil},
			{"no space", func() { w.opt.Space = func(string) string { return "NONE" } }, []string{"cannot be kept"}},
			{"bad token", func() { w.opt.Token = "wrong-token-0815" }, []string{"cannot be kept"}},
			{"may only look", func() { w.town.SetRight("hereby", "OPS", sandbox.View) }, []string{"may not add pages", "may not add attachments"}},
			{"no search", func() {
				w.town.SetFault(only(http.MethodGet, "/search", 1, sandbox.Fault{Kind: sandbox.ErrorBefore, Status: 403}))
			}, []string{"cannot be searched"}},
			{"no parent", func() { w.opt.Parent = "77" }, []string{"below which ours are to stand"}},
			{"index in the trash", func() {
				w.applied(w.put(map[string]string{"Incidents": "# Incidents\n"}))
				must(w.t, w.alice.Trash("OPS", "Incidents"))
			}, []string{"our index"}},
		} {
			w.opt = good
			w.town.SetRight("hereby", "OPS", sandbox.Edit)
			w.town.SetFault(nil)
			w.restart()
			x.make()
			w.restart()
			before := len(w.town.Pages("OPS"))
			found, err := w.wiki.Check(w.t.Context(), place)
			must(w.t, err)
			if len(found) != len(x.want) {
				w.t.Fatalf("%s: found %+v", x.why, found)
			}
			for i, f := range found {
				if !strings.Contains(f.What, x.want[i]) || f.Do == "" {
					w.t.Errorf("%s: got %+v, want %q", x.why, f, x.want[i])
				}
				w.noSecret(f.What + f.Do)
			}
			if len(w.town.Pages("OPS")) != before {
				w.t.Errorf("%s: the check wrote something", x.why)
			}
		}
	})
}
