package app

import (
	"io"
	"log/slog"
)

// newLog returns a logger that redacts, in the form that the options ask for.
func newLog(w io.Writer, o options, r *redactor) *slog.Logger {
	detail := &slog.HandlerOptions{Level: slog.LevelInfo}
	if o.verbose {
		detail.Level = slog.LevelDebug
	}
	var handler slog.Handler = slog.NewTextHandler(w, detail)
	if o.json {
		handler = slog.NewJSONHandler(w, detail)
	}
	return slog.New(r.Handler(handler))
}
