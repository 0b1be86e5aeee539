package webhooks

import (
	"log/slog"
	"net/http"
	"runtime/debug"
	"time"

	"github.com/gin-gonic/gin"
)

// The bounds of the HTTP server. Reading covers 25 MiB over a slow line;
// writing starts when a request's header has been read, so it is the longer.
const (
	ReadHeaderTimeout = 5 * time.Second
	ReadTimeout       = 30 * time.Second
	WriteTimeout      = 45 * time.Second
	IdleTimeout       = 2 * time.Minute
	MaxHeaderBytes    = 64 << 10
)

// Server returns an HTTP server with bounds on everything a stranger can make
// it wait for. Its own complaints go to log.
func Server(addr string, h http.Handler, log *slog.Logger) *http.Server {
	return &http.Server{
		Addr:              addr,
		Handler:           h,
		ReadHeaderTimeout: ReadHeaderTimeout,
		ReadTimeout:       ReadTimeout,
		WriteTimeout:      WriteTimeout,
		IdleTimeout:       IdleTimeout,
		MaxHeaderBytes:    MaxHeaderBytes,
		ErrorLog:          slog.NewLogLogger(log.Handler(), slog.LevelDebug),
	}
}

// Engine returns a gin engine in release mode that believes no proxy, corrects
// no path, survives a panic, and writes its access log to log (level debug;
// error from status 500 on) without query strings, which may hold secrets.
func Engine(log *slog.Logger) *gin.Engine {
	gin.SetMode(gin.ReleaseMode)
	e := gin.New()
	e.RedirectTrailingSlash = false
	e.RedirectFixedPath = false
	e.HandleMethodNotAllowed = true
	if err := e.SetTrustedProxies(nil); err != nil {
		panic(err) // unreachable: an empty list parses
	}
	e.Use(access(log), recovery(log))
	return e
}

func access(log *slog.Logger) gin.HandlerFunc {
	return func(c *gin.Context) {
		debugging := log.Enabled(c.Request.Context(), slog.LevelDebug)
		var start time.Time
		if debugging {
			start = time.Now()
		}
		c.Next()
		level := slog.LevelDebug
		if c.Writer.Status() >= http.StatusInternalServerError {
			level = slog.LevelError
		} else if !debugging {
			return
		}
		attrs := []slog.Attr{slog.String("method", clip(c.Request.Method)), slog.String("path", clip(c.Request.URL.Path)),
			slog.Int("status", c.Writer.Status()), slog.Int("bytes", c.Writer.Size()), slog.String("from", c.Request.RemoteAddr)}
		if debugging {
			attrs = append(attrs, slog.Duration("took", time.Since(start)))
		}
		log.LogAttrs(c.Request.Context(), level, "request", attrs...)
	}
}

// recovery answers 500 after a panic. It logs the stack and nothing of the
// request but its path: headers hold signatures and tokens.
func recovery(log *slog.Logger) gin.HandlerFunc {
	return func(c *gin.Context) {
		defer func() {
			p := recover()
			switch {
			case p == nil:
			case p == http.ErrAbortHandler:
				panic(p)
			default:
				log.LogAttrs(c.Request.Context(), slog.LevelError, "panic while answering a request; this is a bug, please report it",
					slog.String("path", clip(c.Request.URL.Path)), slog.Any("panic", p), slog.String("stack", string(debug.Stack())))
				c.AbortWithStatus(http.StatusInternalServerError)
			}
		}()
		c.Next()
	}
}

// clip bounds what a stranger can put into a line of the log.
func clip(s string) string {
	const most = 200
	if len(s) > most {
		return s[:most] + "…"
	}
	return s
}
