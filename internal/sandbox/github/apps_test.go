package github

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/bradleyfalzon/ghinstallation/v2"
	"github.com/golang-jwt/jwt/v4"
	gh "github.com/google/go-github/v60/github"

	"github.com/hereby/hereby/internal/sandbox/contract"
)

// appLab is a sandbox on the real clock, which ghinstallation's tokens need,
// with an app installed in acme for acme/shop and acme/open.
type appLab struct {
	*Server
	url  string
	key  *rsa.PrivateKey
	inst int64
}

func newAppLab(t *testing.T) appLab {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	s := New(Options{Wrap: contract.GitHub(t)})
	srv := httptest.NewServer(s.Handler())
	t.Cleanup(func() { srv.Close(); s.Close() })
	s.AddOrg("acme", "alice")
	s.AddRepo("acme/shop")
	s.AddRepo("acme/secret")
	s.AddRepo("acme/open", Public)
	s.SetRole("acme/shop", "alice", Write)
	s.AddApp(App{ID: 77, Slug: "hereby", Owner: "acme", Key: &key.PublicKey})
	return appLab{s, srv.URL + "/api/v3", key, s.Install(77, "acme", nil, "acme/shop", "acme/open")}
}

func (l appLab) client(t *testing.T, tr http.RoundTripper) *gh.Client {
	c, err := gh.NewClient(&http.Client{Transport: tr}).WithEnterpriseURLs(l.url, l.url)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestAnAppThroughItsLibraries(t *testing.T) {
	l, ctx := newAppLab(t), context.Background()
	apps := ghinstallation.NewAppsTransportFromPrivateKey(http.DefaultTransport, 77, l.key)
	asApp := l.client(t, apps)
	if a, _, err := asApp.Apps.Get(ctx, ""); err != nil || a.GetSlug() != "hereby" {
		t.Fatalf("app %v, %v", a, err)
	}
	list, _, err := asApp.Apps.ListInstallations(ctx, nil)
	if err != nil || len(list) != 1 || list[0].GetID() != l.inst {
		t.Fatalf("installations %v, %v", list, err)
	}
	if in, _, err := asApp.Apps.FindRepositoryInstallation(ctx, "acme", "shop"); err != nil || in.GetID() != l.inst {
		t.Errorf("installation of acme/shop: %v, %v", in, err)
	}
	if _, r, err := asApp.Apps.FindRepositoryInstallation(ctx, "acme", "secret"); err == nil || r.StatusCode != 404 {
		t.Errorf("installation of acme/secret: %v", err)
	}
	if _, r, err := asApp.Issues.ListByRepo(ctx, "acme", "shop", nil); err == nil || r.StatusCode != 403 {
		t.Errorf("an app read issues as itself: %v", err)
	}

	tr := ghinstallation.NewFromAppsTransport(apps, l.inst)
	tr.BaseURL = l.url
	c := l.client(t, tr)
	repos, _, err := c.Apps.ListRepos(ctx, nil)
	if err != nil || len(repos.Repositories) != 2 {
		t.Fatalf("repositories %v, %v", repos, err)
	}
	i, _, err := c.Issues.Create(ctx, "acme", "shop", &gh.IssueRequest{Title: gh.String("t"), Labels: &[]string{"hereby"}, Assignees: &[]string{"alice"}})
	if err != nil || i.GetUser().GetLogin() != "hereby[bot]" || i.GetUser().GetType() != "Bot" || len(i.Labels) != 1 || len(i.Assignees) != 1 {
		t.Fatalf("created %v, %v", i, err)
	}
	if _, _, err := c.Issues.AddLabelsToIssue(ctx, "acme", "shop", 1, []string{"bug"}); err != nil {
		t.Error(err)
	}
	if _, r, err := c.Repositories.Get(ctx, "acme", "secret"); err == nil || r.StatusCode != 404 {
		t.Errorf("saw acme/secret: %v", err)
	}
	if _, r, err := c.Users.Get(ctx, ""); err == nil || r.StatusCode != 403 {
		t.Errorf("an installation has a user: %v", err)
	}
	if member, _, err := c.Organizations.IsMember(ctx, "acme", "alice"); err != nil || !member {
		t.Errorf("alice is a member: %v, %v", member, err)
	}
	if _, r, err := c.Repositories.ListHooks(ctx, "acme", "shop", nil); err == nil || r.StatusCode != 404 {
		t.Errorf("listed hooks without the permission: %v", err)
	}
	if _, err := c.Issues.Lock(ctx, "acme", "shop", 1, nil); err != nil {
		t.Error(err)
	}
	token, err := tr.Token(ctx)
	if err != nil || len(token) < 500 {
		t.Errorf("token of %d characters, %v", len(token), err)
	}
	l.Uninstall(l.inst)
	if _, r, err := c.Issues.Get(ctx, "acme", "shop", 1); err == nil || r.StatusCode != 401 {
		t.Errorf("after the end of the installation: %v", err)
	}
}

func TestAnAppMayReadOnlyWhatItWasGranted(t *testing.T) {
	l, ctx := newAppLab(t), context.Background()
	apps := ghinstallation.NewAppsTransportFromPrivateKey(http.DefaultTransport, 77, l.key)
	tr := ghinstallation.NewFromAppsTransport(apps, l.Install(77, "acme", map[string]string{"issues": "read", "metadata": "read"}))
	tr.BaseURL = l.url
	c := l.client(t, tr)
	must(l.As("alice").OpenIssue("acme/shop", "t", ""))
	if _, _, err := c.Issues.Get(ctx, "acme", "shop", 1); err != nil {
		t.Error(err)
	}
	_, r, err := c.Issues.CreateComment(ctx, "acme", "shop", 1, &gh.IssueComment{Body: gh.String("x")})
	if err == nil || r.StatusCode != 403 || !strings.Contains(err.Error(), "not accessible by integration") {
		t.Errorf("commented: %v", err)
	}
}

func TestForgedAndStaleJWTs(t *testing.T) {
	l := newAppLab(t)
	other, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	ask := func(token string) int {
		req, err := http.NewRequest("GET", l.url+"/app", nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Authorization", "Bearer "+token)
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		return resp.StatusCode
	}
	sign := func(method jwt.SigningMethod, key any, issuer string, exp time.Time) string {
		return must(jwt.NewWithClaims(method, jwt.RegisteredClaims{Issuer: issuer, ExpiresAt: jwt.NewNumericDate(exp)}).SignedString(key))
	}
	soon := time.Now().Add(time.Minute)
	for name, x := range map[string]struct {
		token string
		want  int
	}{
		"good":           {sign(jwt.SigningMethodRS256, l.key, "77", soon), 200},
		"foreign key":    {sign(jwt.SigningMethodRS256, other, "77", soon), 401},
		"expired":        {sign(jwt.SigningMethodRS256, l.key, "77", time.Now().Add(-time.Minute)), 401},
		"no such app":    {sign(jwt.SigningMethodRS256, l.key, "78", soon), 401},
		"another hash":   {sign(jwt.SigningMethodRS512, l.key, "77", soon), 401},
		"shared secret":  {sign(jwt.SigningMethodHS256, []byte("x"), "77", soon), 401},
		"without a key":  {sign(jwt.SigningMethodNone, jwt.UnsafeAllowNoneSignatureType, "77", soon), 401},
		"no JWT, 2 dots": {"a.b.c", 401},
	} {
		if got := ask(x.token); got != x.want {
			t.Errorf("%s: %d, want %d", name, got, x.want)
		}
	}
}

func TestWhatATokenIsAskedFor(t *testing.T) {
	l := newLab(t, Options{})
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	l.AddApp(App{ID: 5, Slug: "hereby", Owner: "acme", Key: &key.PublicKey})
	inst := l.Install(5, "acme", nil)
	l.token["app"] = must(jwt.NewWithClaims(jwt.SigningMethodRS256, jwt.RegisteredClaims{Issuer: "5"}).SignedString(key))
	path := fmt.Sprintf("/app/installations/%d", inst)
	l.do("app", "GET", path, nil).want(200).is("repository_selection", "all")
	l.do("app", "GET", "/orgs/acme/installation", nil).want(200).is("id", int(inst))
	l.do("app", "GET", "/orgs/rival/installation", nil).want(404)
	l.do("app", "GET", "/app/installations/7", nil).want(404)
	l.do("alice", "GET", "/app", nil).want(401)
	l.do("alice", "GET", "/installation/repositories", nil).want(403)
	ask := func(body any) reply { return l.do("app", "POST", path+"/access_tokens", body) }
	ask(map[string]any{"repositories": []string{"nope"}}).want(422)
	ask(map[string]any{"repository_ids": []int64{7}}).want(422)
	ask(map[string]any{"permissions": map[string]any{"administration": "write"}}).want(422)
	l.do("app", "POST", "/app/installations/7/access_tokens", map[string]any{}).want(404)
	narrow := ask(map[string]any{"repositories": []string{"shop"}, "permissions": map[string]any{"issues": "read"}}).want(201).is("repository_selection", "selected").is("repositories.0.full_name", "acme/shop")
	l.token["bot"] = narrow.at("token").(string)
	l.do("bot", "GET", "/repos/acme/shop", nil).want(200)
	l.do("bot", "GET", "/repos/acme/other", nil).want(404)
	l.do("bot", "POST", "/repos/acme/shop/issues", map[string]any{"title": "t"}).want(403)
	l.do("bot", "GET", "/orgs/acme/members/mia", nil).want(302)
	l.clock.Advance(time.Hour)
	l.do("bot", "GET", "/repos/acme/shop", nil).want(401)
}

func TestTheHookOfAnApp(t *testing.T) {
	l, to, ctx := newAppLab(t), newReceiver(t), context.Background()
	l.SetAppHook(77, to.url, "s", "issues")
	must(l.As("alice").OpenIssue("acme/shop", "t", ""))
	must(l.As("alice").OpenIssue("acme/open", "t", ""))
	must(l.As("alice").OpenIssue("acme/secret", "not installed there", ""))
	l.Flush()
	if got := to.names(); got != "issues.opened issues.opened" {
		t.Errorf("told %s", got)
	}
	if want := fmt.Sprintf(`"installation":{"id":%d`, l.inst); !strings.Contains(string(to.got[0].body), want) {
		t.Errorf("the payload lacks %s", want)
	}
	c := l.client(t, ghinstallation.NewAppsTransportFromPrivateKey(http.DefaultTransport, 77, l.key))
	ds, _, err := c.Apps.ListHookDeliveries(ctx, nil)
	if err != nil || len(ds) != 2 || ds[0].GetInstallationID() != l.inst {
		t.Errorf("deliveries %v, %v", ds, err)
	}
	if conf, _, err := c.Apps.GetHookConfig(ctx); err != nil || conf.GetURL() != to.url {
		t.Errorf("hook %v, %v", conf, err)
	}
}

// The client library in use reads the model's answers and errors as GitHub's.
func TestGoGitHubUnderstandsTheModel(t *testing.T) {
	l := newLab(t, Options{Limits: Limits{Primary: 8}})
	ctx := context.Background()
	c, err := gh.NewClient(nil).WithAuthToken(l.token["alice"]).WithEnterpriseURLs(l.url, l.url)
	if err != nil {
		t.Fatal(err)
	}
	l.open("acme/shop", 3)
	is, r, err := c.Issues.ListByRepo(ctx, "acme", "shop", &gh.IssueListByRepoOptions{State: "all", ListOptions: gh.ListOptions{PerPage: 2}})
	if err != nil || len(is) != 2 || r.NextPage != 2 || r.LastPage != 2 || r.Rate.Remaining != 7 {
		t.Fatalf("%v %+v %v", is, r, err)
	}
	level, _, err := c.Repositories.GetPermissionLevel(ctx, "acme", "shop", "tia")
	if err != nil || level.GetPermission() != "read" || level.GetUser().GetRoleName() != "triage" {
		t.Errorf("%v %v", level, err)
	}
	hook := l.AddHook("acme/shop", "http://127.0.0.1:1", "s")
	must(l.As("alice").Comment("acme/shop", 1, "x"))
	l.Flush()
	ds, _, err := c.Repositories.ListHookDeliveries(ctx, "acme", "shop", hook, &gh.ListCursorOptions{PerPage: 1})
	if err != nil || len(ds) != 1 || ds[0].GetEvent() != "issue_comment" {
		t.Fatalf("%v %v", ds, err)
	}
	_, _, err = c.Repositories.RedeliverHookDelivery(ctx, "acme", "shop", hook, ds[0].GetID())
	if _, ok := err.(*gh.AcceptedError); !ok {
		t.Errorf("redelivery: %v", err)
	}
	for range 4 {
		if _, _, err := c.Issues.Get(ctx, "acme", "shop", 1); err != nil {
			t.Fatal(err)
		}
	}
	_, _, err = c.Issues.Get(ctx, "acme", "shop", 2)
	if _, ok := err.(*gh.RateLimitError); !ok {
		t.Errorf("over the limit: %v", err)
	}
	l.SetFault(func(*http.Request, int) Fault { return Fault{Kind: TooMany, Status: 403, RetryAfter: time.Minute} })
	fresh, err := gh.NewClient(nil).WithAuthToken(l.token["mia"]).WithEnterpriseURLs(l.url, l.url)
	if err != nil {
		t.Fatal(err)
	}
	_, _, err = fresh.Issues.Get(ctx, "acme", "shop", 1)
	if e, ok := err.(*gh.AbuseRateLimitError); !ok || e.GetRetryAfter() != time.Minute {
		t.Errorf("secondary limit: %v", err)
	}
}
