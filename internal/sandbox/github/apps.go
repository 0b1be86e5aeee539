package github

import (
	"crypto/rsa"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v4"
)

// installationTokenLife is how long an installation token lasts.
const installationTokenLife = time.Hour

type app struct {
	id      int64
	slug    string
	owner   *user
	bot     *user // whom it acts as
	key     *rsa.PublicKey
	created time.Time
	insts   []*installation
	hook    *hook
}

// installation is an app in an account.
type installation struct {
	id          int64
	app         *app
	account     *user
	repos       []*repo // nil: all of the account
	permissions map[string]string
}

// App describes a GitHub App.
type App struct {
	ID    int64
	Slug  string         // it acts as SLUG[bot]
	Owner string         // added as an organisation where unknown
	Key   *rsa.PublicKey // verifies its JWTs
}

// AddApp registers an app.
func (s *Server) AddApp(a App) {
	defer s.lock()()
	s.apps[a.ID] = &app{id: a.ID, slug: a.Slug, owner: s.addUser(a.Owner, "Organization"), bot: s.addUser(a.Slug+"[bot]", "Bot"),
		key: a.Key, created: s.now()}
}

// Install installs an app in an account and returns the installation's id. Nil
// permissions are those Hereby asks for; without repositories it is given all
// of the account's.
func (s *Server) Install(appID int64, account string, permissions map[string]string, repos ...string) int64 {
	defer s.lock()()
	a := s.apps[appID]
	if a == nil {
		panic(fmt.Sprintf("sandbox: no app %d", appID))
	}
	if permissions == nil {
		permissions = map[string]string{"issues": "write", "metadata": "read", "contents": "write", "members": "read"}
	}
	in := &installation{id: s.id() % 100_000_000, app: a, account: s.addUser(account, "Organization"), permissions: permissions}
	for _, r := range repos {
		in.repos = append(in.repos, s.mustRepo(r))
	}
	a.insts = append(a.insts, in)
	return in.id
}

// Uninstall takes an installation away; its tokens are worthless from then on.
func (s *Server) Uninstall(id int64) {
	defer s.lock()()
	for _, a := range s.apps {
		a.insts = slices.DeleteFunc(a.insts, func(in *installation) bool { return in.id == id })
	}
	maps.DeleteFunc(s.tokens, func(_ string, who *identity) bool { return who.inst != nil && who.inst.id == id })
}

func (in *installation) sees(r *repo) bool {
	return r.owner == in.account && (in.repos == nil || slices.Contains(in.repos, r))
}

func (in *installation) allows(permission string, write bool) bool {
	p := in.permissions[permission]
	return p == "write" || p == "admin" || p == "read" && !write || permission == "metadata" && !write
}

// appOf returns the app that signed a JWT. Its times are checked against the
// real clock only where the server runs on it.
func (s *Server) appOf(token string) (*identity, error) {
	var who *app
	parser := jwt.NewParser(jwt.WithValidMethods([]string{"RS256"}), jwt.WithoutClaimsValidation())
	claims := jwt.RegisteredClaims{}
	_, err := parser.ParseWithClaims(token, &claims, func(*jwt.Token) (any, error) {
		id, err := strconv.ParseInt(claims.Issuer, 10, 64)
		if err != nil || s.apps[id] == nil || s.apps[id].key == nil {
			return nil, fmt.Errorf("no app %q", claims.Issuer)
		}
		who = s.apps[id]
		return who.key, nil
	})
	if err == nil && s.clock.Real() {
		err = claims.Valid()
	}
	if err != nil {
		return nil, &apiError{status: http.StatusUnauthorized, message: "A JSON web token could not be decoded"}
	}
	return &identity{name: fmt.Sprintf("app ID %d", who.id), app: who}, nil
}

type appView struct {
	ID          int64             `json:"id"`
	Slug        string            `json:"slug"`
	NodeID      string            `json:"node_id"`
	Owner       userView          `json:"owner"`
	Name        string            `json:"name"`
	Description *string           `json:"description"`
	ExternalURL string            `json:"external_url"`
	HTMLURL     string            `json:"html_url"`
	CreatedAt   jsonTime          `json:"created_at"`
	UpdatedAt   jsonTime          `json:"updated_at"`
	Permissions map[string]string `json:"permissions"`
	Events      []string          `json:"events"`
}

func (s *Server) maybeApp(a *app) *appView {
	if a == nil {
		return nil
	}
	url := s.web + "/apps/" + a.slug
	events := []string{}
	if a.hook != nil {
		events = a.hook.events
	}
	return &appView{a.id, a.slug, nodeID("A", a.id), s.simpleUser(a.owner), a.slug, nil, url, url, jsonTime(a.created), jsonTime(a.created),
		map[string]string{"issues": "write", "metadata": "read"}, events}
}

// asApp returns the app that calls as itself.
func (c *call) asApp() (*app, error) {
	if c.who.app == nil || c.who.inst != nil {
		return nil, &apiError{status: http.StatusUnauthorized, message: "A JSON web token could not be decoded"}
	}
	return c.who.app, nil
}

func getApp(c *call) (int, any, error) {
	a, err := c.asApp()
	return http.StatusOK, c.s.maybeApp(a), err
}

func (c *call) installation(in *installation) map[string]any {
	api := fmt.Sprintf("%s/app/installations/%d", c.s.api, in.id)
	return map[string]any{
		"id": in.id, "account": c.s.simpleUser(in.account), "repository_selection": in.selection(), "access_tokens_url": api + "/access_tokens",
		"repositories_url": c.s.api + "/installation/repositories", "html_url": fmt.Sprintf("%s/settings/installations/%d", c.s.web, in.id),
		"app_id": in.app.id, "app_slug": in.app.slug, "target_id": in.account.id, "target_type": in.account.kind, "permissions": in.permissions,
		"events": []string{"issues", "issue_comment"}, "created_at": jsonTime(in.app.created), "updated_at": jsonTime(in.app.created),
		"single_file_name": nil, "suspended_by": nil, "suspended_at": nil,
	}
}

func (in *installation) selection() string {
	if in.repos == nil {
		return "all"
	}
	return "selected"
}

func listInstallations(c *call) (int, any, error) {
	a, err := c.asApp()
	if err != nil {
		return 0, nil, err
	}
	var out []any
	for _, in := range page(c, a.insts) {
		out = append(out, c.installation(in))
	}
	return http.StatusOK, list(out), nil
}

// installationWhere answers with the calling app's first installation that
// fits.
func (c *call) installationWhere(fits func(*installation) bool) (int, any, error) {
	a, err := c.asApp()
	if err != nil {
		return 0, nil, err
	}
	n := slices.IndexFunc(a.insts, fits)
	if n < 0 {
		return 0, nil, notFound()
	}
	return http.StatusOK, c.installation(a.insts[n]), nil
}

func getInstallation(c *call) (int, any, error) {
	id, err := c.number("id")
	if err != nil {
		return 0, nil, err
	}
	return c.installationWhere(func(in *installation) bool { return in.id == id })
}

func getRepoInstallation(c *call) (int, any, error) {
	return c.installationWhere(func(in *installation) bool { return in.sees(c.repo) })
}

func getOrgInstallation(c *call) (int, any, error) {
	return c.installationWhere(func(in *installation) bool {
		return strings.EqualFold(in.account.login, c.r.PathValue("org"))
	})
}

type tokenBody struct {
	Repositories  []string          `json:"repositories"`
	RepositoryIDs []int64           `json:"repository_ids"`
	Permissions   map[string]string `json:"permissions"`
}

func createInstallationToken(c *call) (int, any, error) {
	a, err := c.asApp()
	if err != nil {
		return 0, nil, err
	}
	in, err := decode[tokenBody](c)
	if err != nil {
		return 0, nil, err
	}
	id, err := c.number("id")
	n := slices.IndexFunc(a.insts, func(x *installation) bool { return x.id == id })
	if err != nil || n < 0 {
		return 0, nil, notFound()
	}
	inst := a.insts[n]
	only, err := c.tokenRepos(inst, in)
	if err != nil {
		return 0, nil, err
	}
	granted := *inst
	if in.Permissions != nil {
		for p, level := range in.Permissions {
			if !inst.allows(p, level == "write") {
				return 0, nil, &apiError{status: http.StatusUnprocessableEntity, message: "The permissions requested are not granted to this installation."}
			}
		}
		granted.permissions = in.Permissions
	}
	expires := c.s.now().Add(installationTokenLife)
	// Today's installation tokens are some 520 characters long.
	token := c.s.grant(fmt.Sprintf("ghs_%d_%s", a.id, strings.Repeat("s", 460)), &identity{name: fmt.Sprintf("installation ID %d", inst.id),
		user: a.bot, app: a, inst: &granted, expires: expires, only: only})
	v := map[string]any{"token": token, "expires_at": jsonTime(expires), "permissions": granted.permissions, "repository_selection": inst.selection()}
	if only != nil {
		var rs []any
		for _, r := range only {
			rs = append(rs, c.s.fullRepo(r, nil))
		}
		v["repositories"], v["repository_selection"] = rs, "selected"
	}
	return http.StatusCreated, v, nil
}

// tokenRepos returns the repositories that a token is asked for; nil: all.
func (c *call) tokenRepos(inst *installation, in tokenBody) ([]*repo, error) {
	var only []*repo
	add := func(r *repo) error {
		if r == nil || !inst.sees(r) {
			return &apiError{status: http.StatusUnprocessableEntity, message: "There is at least one repository that does not exist or is not accessible to the parent installation."}
		}
		only = append(only, r)
		return nil
	}
	for _, name := range in.Repositories {
		if err := add(c.s.repos[strings.ToLower(inst.account.login+"/"+name)]); err != nil {
			return nil, err
		}
	}
	for _, id := range in.RepositoryIDs {
		if err := add(c.s.repoIDs[id]); err != nil {
			return nil, err
		}
	}
	return only, nil
}

func listInstallationRepos(c *call) (int, any, error) {
	if c.who.inst == nil {
		return 0, nil, forbidden("You must authenticate with an installation access token in order to list repositories for an installation.")
	}
	rs := c.visibleRepos(func(r *repo) bool {
		return c.who.inst.sees(r) && (c.who.only == nil || slices.Contains(c.who.only, r))
	})
	var out []any
	for _, r := range page(c, rs) {
		out = append(out, c.s.fullRepo(r, c.who))
	}
	return http.StatusOK, map[string]any{"total_count": len(rs), "repository_selection": c.who.inst.selection(), "repositories": list(out)}, nil
}
