package app

import (
	"io"
	"log/slog"
)

// newLog returns a logger that redacts, for people or, with asJSON, for machines.
func newLog(w io.Writer, asJSON bool, r *redactor) *slog.Logger {
	var handler slog.Handler = slog.NewTextHandler(w, nil)
	if asJSON {
		handler = slog.NewJSONHandler(w, nil)
	}
	return slog.New(r.Handler(handler))
}
