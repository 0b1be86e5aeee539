package github

import (
	"embed"
	"errors"
	"html/template"
	"net/http"
	"strconv"
	"strings"

	"github.com/hereby/hereby/internal/sandbox/host"
)

//go:embed pages
var pageFiles embed.FS

var pageTemplates = template.Must(template.New("").Funcs(template.FuncMap{"markdown": render}).ParseFS(pageFiles, "pages/*.html"))

// WebHandler serves pages on which a visitor acts as any person: there is no
// login. Forms are therefore taken only from pages of this server on this
// machine, or at Options.URL.
func (s *Server) WebHandler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", s.webHome)
	mux.HandleFunc("GET /-/style.css", host.Style)
	mux.HandleFunc("GET /{owner}/{repo}", s.webRepo)
	mux.HandleFunc("GET /{owner}/{repo}/issues", s.webRepo)
	mux.HandleFunc("POST /{owner}/{repo}/issues", s.webOpen)
	mux.HandleFunc("GET /{owner}/{repo}/issues/{number}", s.webIssuePage)
	mux.HandleFunc("GET /{owner}/{repo}/pull/{number}", s.webIssuePage)
	mux.HandleFunc("GET /{owner}/{repo}/wiki", s.webWiki)
	mux.HandleFunc("GET /{owner}/{repo}/wiki/{name}", s.webWiki)
	mux.HandleFunc("POST /{owner}/{repo}/issues/{number}/{action}", s.webAct)
	return host.Pages(s.opt.URL, mux)
}

func (s *Server) show(w http.ResponseWriter, status int, page string, data any) {
	host.Show(w, pageTemplates, status, page, data)
}

func (s *Server) refuse(w http.ResponseWriter, r *http.Request, status int, message string) {
	s.show(w, status, "error.html", errorPage{frame{Heading: "That did not work"}, message, r.Header.Get("Referer")})
}

func (s *Server) webHome(w http.ResponseWriter, r *http.Request) {
	s.show(w, http.StatusOK, "home.html", s.homePage())
}

func (s *Server) webRepo(w http.ResponseWriter, r *http.Request) {
	page, ok := s.repoPage(r.PathValue("owner")+"/"+r.PathValue("repo"), host.Visitor(r))
	if !ok {
		s.refuse(w, r, http.StatusNotFound, "There is no such repository here.")
		return
	}
	s.show(w, http.StatusOK, "repo.html", page)
}

func (s *Server) webIssuePage(w http.ResponseWriter, r *http.Request) {
	page, ok := s.issuePage(r.PathValue("owner")+"/"+r.PathValue("repo"), r.PathValue("number"), host.Visitor(r))
	if !ok {
		s.refuse(w, r, http.StatusNotFound, "There is no such issue here.")
		return
	}
	page.Watch = r.URL.Query().Has("watch")
	if n := atoi(r.URL.Query().Get("again"), 0); n > 0 && n <= 3 {
		page.Again = n - 1
		page.Refresh = true
	}
	s.show(w, http.StatusOK, "issue.html", page)
}

// wikiView is the wiki of a repository, or one page of it.
type wikiView struct {
	frame
	Full  string
	Pages []WorldPage
	Page  *WorldPage
}

func (s *Server) webWiki(w http.ResponseWriter, r *http.Request) {
	full, name := r.PathValue("owner")+"/"+r.PathValue("repo"), r.PathValue("name")
	view := wikiView{frame: frame{Heading: "Wiki of " + full}, Full: full}
	if s.opt.Wiki != nil && s.hasRepo(full) {
		view.Pages = s.opt.Wiki(full)
	}
	for i := range view.Pages {
		if view.Pages[i].Name == name {
			view.Page, view.Heading = &view.Pages[i], name
		}
	}
	if view.Pages == nil || name != "" && view.Page == nil {
		s.refuse(w, r, http.StatusNotFound, "There is no such page here.")
		return
	}
	s.show(w, http.StatusOK, "wiki.html", view)
}

// actor returns whom a form wants to act as: somebody who exists.
func (s *Server) actor(w http.ResponseWriter, r *http.Request) (Actor, bool) {
	login := host.ActsAs(w, r)
	s.mu.Lock()
	u := s.user(login)
	s.mu.Unlock()
	if u == nil || u.isOrg() {
		s.refuse(w, r, http.StatusBadRequest, "Choose the person to act as.")
		return Actor{}, false
	}
	host.ActedAs(w, login)
	return s.As(login), true
}

func (s *Server) webOpen(w http.ResponseWriter, r *http.Request) {
	full := r.PathValue("owner") + "/" + r.PathValue("repo")
	a, ok := s.actor(w, r)
	if !ok {
		return
	}
	if !s.hasRepo(full) {
		s.refuse(w, r, http.StatusNotFound, "There is no such repository here.")
		return
	}
	n, err := a.OpenIssue(full, r.PostFormValue("title"), host.Lines(r.PostFormValue("body")), words(r.PostFormValue("labels"))...)
	if err != nil {
		s.refuse(w, r, http.StatusUnprocessableEntity, explain(err))
		return
	}
	http.Redirect(w, r, pagePath(full, n)+"?again=3", http.StatusSeeOther)
}

// webAct does one thing to an issue and shows it again.
func (s *Server) webAct(w http.ResponseWriter, r *http.Request) {
	full := r.PathValue("owner") + "/" + r.PathValue("repo")
	n, err := strconv.Atoi(r.PathValue("number"))
	a, ok := s.actor(w, r)
	if !ok {
		return
	}
	if err != nil || !s.hasIssue(full, n) {
		s.refuse(w, r, http.StatusNotFound, "There is no such issue here.")
		return
	}
	do, ok := actions[r.PathValue("action")]
	if !ok {
		s.refuse(w, r, http.StatusNotFound, "There is no such action.")
		return
	}
	if err := do(a, full, n, r.PostFormValue); err != nil {
		s.refuse(w, r, http.StatusUnprocessableEntity, explain(err))
		return
	}
	http.Redirect(w, r, pagePath(full, n)+"?again=3", http.StatusSeeOther)
}

// actions are what the issue page's forms can do.
var actions = map[string]func(a Actor, full string, n int, field func(string) string) error{
	"comment": func(a Actor, full string, n int, field func(string) string) error {
		_, err := a.Comment(full, n, host.Lines(field("body")))
		return err
	},
	"label": func(a Actor, full string, n int, field func(string) string) error {
		return a.Label(full, n, words(field("label"))...)
	},
	"unlabel": func(a Actor, full string, n int, field func(string) string) error {
		return a.Unlabel(full, n, field("label"))
	},
	"assign": func(a Actor, full string, n int, field func(string) string) error {
		return a.Assign(full, n, words(field("assignees"))...)
	},
	"close": func(a Actor, full string, n int, field func(string) string) error {
		return a.Close(full, n, field("reason"))
	},
	"reopen": func(a Actor, full string, n int, _ func(string) string) error { return a.Reopen(full, n) },
	"edit": func(a Actor, full string, n int, field func(string) string) error {
		if err := a.SetTitle(full, n, field("title")); err != nil {
			return err
		}
		return a.SetBody(full, n, host.Lines(field("body")))
	},
	"tick": func(a Actor, full string, n int, field func(string) string) error {
		box := atoi(field("box"), 0)
		return a.TickBox(full, n, box, !ticked(a.s.Issue(full, n).Body, box))
	},
}

// words splits a list as people type it.
func words(s string) []string {
	var out []string
	for w := range strings.SplitSeq(s, ",") {
		if w = strings.TrimPrefix(strings.TrimSpace(w), "@"); w != "" {
			out = append(out, w)
		}
	}
	return out
}

// explain tells a visitor why something was refused.
func explain(err error) string {
	var e *apiError
	if !errors.As(err, &e) {
		return err.Error()
	}
	text := e.message
	for _, f := range e.fields {
		if f.Message != "" {
			text += ": " + f.Message
		} else {
			text += ": " + f.Field + " " + strings.ReplaceAll(f.Code, "_", " ")
		}
	}
	return text
}

func pagePath(full string, n int) string { return "/" + full + "/issues/" + strconv.Itoa(n) }
