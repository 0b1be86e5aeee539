package github

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"
)

// identity is on whose behalf a call is made.
type identity struct {
	name    string // key of the rate limit
	user    *user  // nil for anonymous calls and for an app as itself
	app     *app   // the app itself, or the one that holds the installation
	inst    *installation
	scopes  []string // of a classic token
	expires time.Time
	only    []*repo // of an installation token: nil means all it may see
}

func (w *identity) anonymous() bool { return w.user == nil && w.app == nil }

// Token returns a new classic personal access token of a person, who is added
// where unknown. Without scopes it has repo and read:org.
func (s *Server) Token(login string, scopes ...string) string {
	defer s.lock()()
	if len(scopes) == 0 {
		scopes = []string{"repo", "read:org"}
	}
	u := s.addUser(login, "User")
	return s.grant("ghp_", &identity{name: "user ID " + fmt.Sprint(u.id), user: u, scopes: scopes})
}

// Revoke makes a token worthless.
func (s *Server) Revoke(token string) {
	defer s.lock()()
	delete(s.tokens, token)
}

func (s *Server) grant(prefix string, who *identity) string {
	s.secrets++
	token := fmt.Sprintf("%s%036d", prefix, s.secrets)
	s.tokens[token] = who
	return token
}

// authenticate finds out who makes a request.
func (s *Server) authenticate(r *http.Request) (*identity, error) {
	secret := credential(r)
	if secret == "" {
		return &identity{name: "anonymous"}, nil
	}
	if strings.Count(secret, ".") == 2 {
		return s.appOf(secret)
	}
	who := s.tokens[secret]
	if who == nil || !who.expires.IsZero() && !s.now().Before(who.expires) {
		return nil, &apiError{status: http.StatusUnauthorized, message: "Bad credentials"}
	}
	return who, nil
}

func credential(r *http.Request) string {
	if _, password, ok := r.BasicAuth(); ok {
		return password
	}
	scheme, secret, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	if strings.EqualFold(scheme, "bearer") || strings.EqualFold(scheme, "token") {
		return strings.TrimSpace(secret)
	}
	return ""
}

func (c *call) canRead(r *repo) bool {
	if !r.private {
		return true
	}
	return c.who.may(c.s, r, "metadata", Read)
}

// may reports whether the caller holds the role in the repository; for an app,
// whether its installation was given the permission named.
func (w *identity) may(s *Server, r *repo, permission string, role Role) bool {
	switch {
	case w.inst != nil:
		return w.inst.sees(r) && (w.only == nil || slices.Contains(w.only, r)) && w.inst.allows(permission, role.atLeast(Triage))
	case w.user != nil:
		return s.granted(w.user, r).atLeast(role) || role == Read && !r.private
	case w.app != nil && slices.ContainsFunc(w.app.insts, func(in *installation) bool { return in.sees(r) }):
		return role == Read
	}
	return role == Read && !r.private
}

// mayWrite returns nil if the caller may change issues in the repository with
// the role, and otherwise GitHub's refusal.
func (c *call) mayWrite(r *repo, role Role) error {
	return c.s.mayWrite(c.who, r, role)
}

func (s *Server) mayWrite(who *identity, r *repo, role Role) error {
	if who.user == nil {
		return unauthenticated()
	}
	if r.archived {
		return forbidden("Repository was archived so is read-only.")
	}
	if role == Read && who.inst == nil {
		if s.role(who.user, r).atLeast(Read) {
			return nil
		}
		return notFound()
	}
	if who.may(s, r, "issues", stronger(role, Triage)) {
		return nil
	}
	if who.inst != nil {
		return forbidden("Resource not accessible by integration")
	}
	return forbidden("Must have admin rights to Repository.")
}

func getUser(c *call) (int, any, error) {
	if c.who.user == nil || c.who.inst != nil {
		if c.who.anonymous() {
			return 0, nil, unauthenticated()
		}
		return 0, nil, forbidden("Resource not accessible by integration")
	}
	c.header.Set("X-Oauth-Scopes", strings.Join(c.who.scopes, ", "))
	v := c.s.simpleUser(c.who.user)
	return http.StatusOK, struct {
		userView
		Name    *string  `json:"name"`
		Created jsonTime `json:"created_at"`
		Updated jsonTime `json:"updated_at"`
		Repos   int      `json:"public_repos"`
	}{v, nil, jsonTime(c.who.user.created), jsonTime(c.who.user.created), 0}, nil
}

func getUserByLogin(c *call) (int, any, error) {
	u := c.s.user(c.r.PathValue("username"))
	if u == nil {
		return 0, nil, notFound()
	}
	return http.StatusOK, c.s.simpleUser(u), nil
}
