package jira

import (
	"embed"
	"errors"
	"html/template"
	"net/http"
	"strings"

	"github.com/hereby/hereby/internal/sandbox/host"
)

//go:embed pages
var pageFiles embed.FS

var pageTemplates = template.Must(template.New("").Funcs(template.FuncMap{"wiki": render}).ParseFS(pageFiles, "pages/*.html"))

// WebHandler serves pages on which a visitor acts as any person: there is no
// login. Forms are therefore taken only from pages of this server on this
// machine, or at Options.URL.
func (s *Server) WebHandler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, r *http.Request) { s.show(w, http.StatusOK, "home.html", s.homePage()) })
	mux.HandleFunc("GET /-/style.css", host.Style)
	mux.HandleFunc("GET /projects/{project}", s.webProject)
	mux.HandleFunc("POST /projects/{project}", s.webOpen)
	mux.HandleFunc("GET /browse/{key}", s.webIssue)
	mux.HandleFunc("POST /browse/{key}/{action}", s.webAct)
	return host.Pages(s.opt.URL, mux)
}

func (s *Server) show(w http.ResponseWriter, status int, page string, data any) {
	host.Show(w, pageTemplates, status, page, data)
}

func (s *Server) refuse(w http.ResponseWriter, r *http.Request, status int, message string) {
	s.show(w, status, "error.html", errorPage{s.frame("That did not work"), message, r.Header.Get("Referer")})
}

func (s *Server) webProject(w http.ResponseWriter, r *http.Request) {
	page, ok := s.projectPage(r.PathValue("project"), host.Visitor(r))
	if !ok {
		s.refuse(w, r, http.StatusNotFound, "There is no such project here.")
		return
	}
	s.show(w, http.StatusOK, "project.html", page)
}

func (s *Server) webIssue(w http.ResponseWriter, r *http.Request) {
	page, ok := s.issuePage(r.PathValue("key"), host.Visitor(r))
	if !ok {
		s.refuse(w, r, http.StatusNotFound, "There is no such issue here.")
		return
	}
	page.Watch = r.URL.Query().Has("watch")
	if n := number(r.URL.Query().Get("again"), 0); n > 0 && n <= 3 {
		page.Again, page.Refresh = n-1, true
	}
	s.show(w, http.StatusOK, "issue.html", page)
}

// actor returns whom a form wants to act as: somebody who exists.
func (s *Server) actor(w http.ResponseWriter, r *http.Request) (Actor, bool) {
	name := host.ActsAs(w, r)
	s.mu.Lock()
	u := s.users[strings.ToLower(name)]
	s.mu.Unlock()
	if u == nil {
		s.refuse(w, r, http.StatusBadRequest, "Choose the person to act as.")
		return Actor{}, false
	}
	host.ActedAs(w, name)
	return Actor{s, u}, true
}

func (s *Server) webOpen(w http.ResponseWriter, r *http.Request) {
	a, ok := s.actor(w, r)
	if !ok {
		return
	}
	project := r.PathValue("project")
	if !s.hasProject(project) {
		s.refuse(w, r, http.StatusNotFound, "There is no such project here.")
		return
	}
	key, err := a.OpenIssue(project, r.PostFormValue("title"), host.Lines(r.PostFormValue("body")), commas(r.PostFormValue("labels"))...)
	if err != nil {
		s.refuse(w, r, http.StatusUnprocessableEntity, explain(err))
		return
	}
	http.Redirect(w, r, "/browse/"+key+"?again=3", http.StatusSeeOther)
}

// webAct does one thing to an issue and shows it again.
func (s *Server) webAct(w http.ResponseWriter, r *http.Request) {
	key := r.PathValue("key")
	a, ok := s.actor(w, r)
	if !ok {
		return
	}
	do, known := actions[r.PathValue("action")]
	if !known || !s.hasIssue(key) {
		s.refuse(w, r, http.StatusNotFound, "There is no such issue or action here.")
		return
	}
	if err := do(a, key, r.PostFormValue); err != nil {
		s.refuse(w, r, http.StatusUnprocessableEntity, explain(err))
		return
	}
	http.Redirect(w, r, "/browse/"+key+"?again=3", http.StatusSeeOther)
}

// actions are what the issue page's forms can do.
var actions = map[string]func(a Actor, key string, field func(string) string) error{
	"comment": func(a Actor, key string, field func(string) string) error {
		_, err := a.Comment(key, host.Lines(field("body")))
		return err
	},
	"label": func(a Actor, key string, field func(string) string) error {
		return a.Label(key, commas(field("label"))...)
	},
	"unlabel": func(a Actor, key string, field func(string) string) error {
		return a.Unlabel(key, field("label"))
	},
	"assign": func(a Actor, key string, field func(string) string) error {
		name := strings.TrimPrefix(strings.TrimSpace(field("assignee")), "@")
		if name != "" && !a.s.hasUser(name) {
			return badRequest("There is nobody called %s here.", name)
		}
		return a.Assign(key, name)
	},
	"transition": func(a Actor, key string, field func(string) string) error {
		if r := field("resolution"); r != "" {
			return a.Transition(key, field("name"), "resolution", map[string]string{"name": r})
		}
		return a.Transition(key, field("name"))
	},
	"edit": func(a Actor, key string, field func(string) string) error {
		return a.Set(key, "summary", field("title"), "description", host.Lines(field("body")))
	},
}

// explain tells a visitor why something was refused.
func explain(err error) string {
	var e *apiError
	if !errors.As(err, &e) {
		return err.Error()
	}
	all := append([]string{}, e.messages...)
	for _, k := range sortedKeys(e.fields) {
		all = append(all, e.fields[k])
	}
	return strings.Join(all, " ")
}

// commas splits a list as people type it.
func commas(s string) []string {
	var out []string
	for w := range strings.SplitSeq(s, ",") {
		if w = strings.TrimSpace(w); w != "" {
			out = append(out, w)
		}
	}
	return out
}
