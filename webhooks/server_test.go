package webhooks

import (
	"bytes"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/gin-gonic/gin"
)

func TestPathsAreTakenLiterally(t *testing.T) {
	b := newBench(t, incidents)
	for _, c := range []struct {
		method, path string
		status       int
	}{
		{"POST", "/webhooks/github/", 404},
		{"POST", "/webhooks//github", 404},
		{"POST", "/Webhooks/GitHub", 404},
		{"POST", "/webhooks/jira", 404},
		{"GET", "/webhooks/github", 405},
		{"PUT", "/webhooks/github", 405},
	} {
		r := delivery("issues", labelled)
		r.Method, r.URL.Path = c.method, c.path
		w := httptest.NewRecorder()
		b.engine.ServeHTTP(w, r)
		if w.Code != c.status || w.Header().Get("Location") != "" {
			t.Errorf("%s %s: %d, Location %q; want %d", c.method, c.path, w.Code, w.Header().Get("Location"), c.status)
		}
	}
	if b.queue.calls != 0 {
		t.Error("something was touched")
	}
}

func TestNoProxyIsBelieved(t *testing.T) {
	var ip string
	e := Engine(slog.New(slog.DiscardHandler))
	e.GET("/", func(c *gin.Context) { ip = c.ClientIP() })
	r := httptest.NewRequest("GET", "/", nil)
	r.RemoteAddr = "192.0.2.1:1234"
	r.Header.Set("X-Forwarded-For", "10.0.0.1")
	r.Header.Set("X-Real-IP", "10.0.0.1")
	e.ServeHTTP(httptest.NewRecorder(), r)
	if ip != "192.0.2.1" {
		t.Errorf("the client is %s", ip)
	}
}

func TestTheLogHoldsNoQueryAndNoHeader(t *testing.T) {
	var out bytes.Buffer
	e := Engine(slog.New(slog.NewTextHandler(&out, &slog.HandlerOptions{Level: slog.LevelDebug})))
	e.GET("/panics", func(*gin.Context) { panic("out of luck") })
	e.GET("/fine", func(c *gin.Context) { c.Status(http.StatusNoContent) })
	for path, status := range map[string]int{"/panics": 500, "/fine": 204} {
		r := httptest.NewRequest("GET", path+"?secret=hunter2", nil)
		r.Header.Set("X-Hub-Signature-256", "sha256=hunter2")
		r.Header.Set("Authorization", "Bearer hunter2")
		w := httptest.NewRecorder()
		e.ServeHTTP(w, r)
		if w.Code != status {
			t.Errorf("%s: %d", path, w.Code)
		}
	}
	log := out.String()
	for _, want := range []string{"path=/panics", "path=/fine", "status=204", "status=500", "out of luck", "server_test.go"} {
		if !strings.Contains(log, want) {
			t.Errorf("the log lacks %q:\n%s", want, log)
		}
	}
	if strings.Contains(log, "hunter2") {
		t.Errorf("the log holds a secret:\n%s", log)
	}
}

func TestAbortedHandlersStayAborted(t *testing.T) {
	e := Engine(slog.New(slog.DiscardHandler))
	e.GET("/", func(*gin.Context) { panic(http.ErrAbortHandler) })
	defer func() {
		if p := recover(); p != http.ErrAbortHandler {
			t.Errorf("recovered %v", p)
		}
	}()
	e.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", "/", nil))
}

func TestTheServerWaitsForNobodyForEver(t *testing.T) {
	s := Server("127.0.0.1:0", http.NotFoundHandler(), slog.New(slog.DiscardHandler))
	for name, d := range map[string]int64{
		"ReadHeaderTimeout": int64(s.ReadHeaderTimeout), "ReadTimeout": int64(s.ReadTimeout),
		"WriteTimeout": int64(s.WriteTimeout), "IdleTimeout": int64(s.IdleTimeout), "MaxHeaderBytes": int64(s.MaxHeaderBytes),
	} {
		if d <= 0 {
			t.Errorf("%s is unbounded", name)
		}
	}
	if s.WriteTimeout < s.ReadTimeout+TouchTimeout {
		t.Error("a large delivery over a slow line gets no answer")
	}
}
