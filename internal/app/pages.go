package app

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/hereby/hereby/internal/incident"
	"github.com/hereby/hereby/internal/reconcile"
	"github.com/hereby/hereby/internal/store"
)

// pages are what the service shows to operators.
type pages struct {
	store   store.Store
	token   func() string // admin_token; "": /incidents is off
	looker  looker
	metrics prometheus.Gatherer
	redact  func(string) string
	log     *slog.Logger

	tokenless sync.Once
}

// looker plans without doing anything: from what was seen last, or anew.
type looker interface {
	Known(context.Context, incident.Key) (reconcile.Preview, error)
	Plan(context.Context, incident.Key) (reconcile.Preview, error)
}

// pageTime bounds the work for one page.
const pageTime = 30 * time.Second

func (p *pages) register(r gin.IRouter) {
	r.GET("/healthz", func(c *gin.Context) { c.String(http.StatusOK, "alive\n") })
	r.GET("/readyz", p.ready)
	r.GET("/metrics", gin.WrapH(promhttp.HandlerFor(p.metrics, promhttp.HandlerOpts{ErrorHandling: promhttp.ContinueOnError})))
	admin := r.Group("/incidents", p.admin)
	admin.GET("", p.list)
	admin.GET("/*key", p.show)
	admin.POST("/*key", p.redactLedger)
}

// harden sets the headers that keep a browser from doing more with an answer
// than showing it.
func harden(c *gin.Context) {
	h := c.Writer.Header()
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("X-Frame-Options", "DENY")
	h.Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cache-Control", "no-store")
}

// ready says whether webhooks can be taken. That the tracker cannot be reached
// does not matter: what is taken is durable and done later.
func (p *pages) ready(c *gin.Context) {
	ctx, cancel := context.WithTimeout(c.Request.Context(), 5*time.Second)
	defer cancel()
	if err := p.store.Ping(ctx); err != nil {
		p.log.Warn("not ready: the store does not answer", "error", err)
		c.String(http.StatusServiceUnavailable, "not ready: the store does not answer; the log says why\n")
		return
	}
	c.String(http.StatusOK, "ready\n")
}

// off is the answer while no token is configured.
const off = "not found"

// admin lets only those through who show the token.
func (p *pages) admin(c *gin.Context) {
	token := p.token()
	if token == "" {
		p.tokenless.Do(func() {
			p.log.Warn("/incidents was asked for and is off; set admin_token in the configuration to use it")
		})
		c.AbortWithStatusJSON(http.StatusNotFound, answer{Error: off})
		return
	}
	shown, ok := strings.CutPrefix(c.GetHeader("Authorization"), "Bearer ")
	if !ok || !same(shown, token) {
		c.Header("WWW-Authenticate", `Bearer realm="hereby"`)
		c.AbortWithStatusJSON(http.StatusUnauthorized, answer{Error: "show the admin_token: Authorization: Bearer TOKEN"})
	}
}

// same compares in a time that tells nothing about either, their lengths included.
func same(a, b string) bool {
	x, y := sha256.Sum256([]byte(a)), sha256.Sum256([]byte(b))
	return subtle.ConstantTimeCompare(x[:], y[:]) == 1
}

type answer struct {
	Error string `json:"error"`
}

// summary is one line of the list of incidents.
type summary struct {
	Key      incident.Key `json:"key"`
	ID       string       `json:"id"`
	URL      string       `json:"url"`
	Title    string       `json:"title"`
	Declared time.Time    `json:"declared"`
	Closed   bool         `json:"closed"`
	Due      time.Time    `json:"due,omitzero"`
	Page     string       `json:"page"`
}

func (p *pages) list(c *gin.Context) {
	ctx, cancel := context.WithTimeout(c.Request.Context(), pageTime)
	defer cancel()
	all, err := p.store.Incidents(ctx)
	if err != nil {
		p.unavailable(c, err)
		return
	}
	c.JSON(http.StatusOK, incidentsPage{summaries(all)})
}

type incidentsPage struct {
	Incidents []summary `json:"incidents"`
}

func summaries(all []store.Summary) []summary {
	list := make([]summary, len(all))
	for i, s := range all {
		list[i] = summary{s.Key, s.ID, s.URL, s.Title, s.Declared, s.Closed, s.Due, "/incidents" + pathOf(s.Key)}
	}
	return list
}

// show answers with one incident's state; with ?look=now it looks anew.
func (p *pages) show(c *gin.Context) {
	key, ok := keyOfPath(c.Param("key"))
	if !ok {
		c.JSON(http.StatusNotFound, answer{Error: "expected /incidents/github/OWNER/NAME/NUMBER"})
		return
	}
	ctx, cancel := context.WithTimeout(c.Request.Context(), pageTime)
	defer cancel()
	switch {
	case c.Query("look") == "now":
		p.lookNow(c, ctx, key)
		return
	case c.Query("ledger") != "":
		p.showLedger(c, ctx, key)
		return
	}
	known, err := p.looker.Known(ctx, key)
	if err != nil {
		p.unavailable(c, err)
		return
	}
	if known.Record.Declared.IsZero() {
		c.JSON(http.StatusNotFound, answer{Error: string(key) + " is not an incident that this service has seen"})
		return
	}
	c.JSON(http.StatusOK, viewOf(known))
}

func (p *pages) lookNow(c *gin.Context, ctx context.Context, key incident.Key) {
	seen, err := p.looker.Plan(ctx, key)
	if err != nil {
		p.log.Warn("a look for hereby plan failed", "key", string(key), "error", err)
		c.JSON(http.StatusBadGateway, answer{Error: p.redact(err.Error())})
		return
	}
	c.JSON(http.StatusOK, outlookOf(seen.Plan))
}

func (p *pages) unavailable(c *gin.Context, err error) {
	if errors.Is(err, context.Canceled) {
		return // nobody waits for the answer any more
	}
	p.log.Warn("the store does not answer", "error", err)
	c.JSON(http.StatusServiceUnavailable, answer{Error: "the store does not answer; the log says why"})
}
