package app

import (
	"cmp"
	"context"
	"encoding/base64"
	"fmt"
	"log/slog"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/hereby/hereby/internal/httpx"
)

const (
	hidden = "[redacted]"
	// maxText bounds one text in the log, in bytes.
	maxText = 4 << 10
)

// redactor blanks secrets by their value, in every form in which a library
// may print them, and bounds what it lets through. Those learned later, such
// as an App's tokens, stand in Learned.
type redactor struct {
	Learned httpx.Secrets

	mu       sync.RWMutex
	known    map[string]bool
	replacer *strings.Replacer
}

// Add makes values secret, for good: a secret that was replaced may still
// stand in an error of the request that carried it.
func (r *redactor) Add(values ...string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.known == nil {
		r.known = map[string]bool{}
	}
	for _, value := range values {
		for _, form := range forms(value) {
			r.known[form] = true
		}
	}
	// The longest first: one secret may begin with another.
	all := make([]string, 0, len(r.known))
	for form := range r.known {
		all = append(all, form)
	}
	slices.SortFunc(all, func(a, b string) int { return cmp.Or(cmp.Compare(len(b), len(a)), cmp.Compare(a, b)) })
	pairs := make([]string, 0, 2*len(all))
	for _, form := range all {
		pairs = append(pairs, form, hidden)
	}
	r.replacer = strings.NewReplacer(pairs...)
}

// forms returns the ways in which a value may be written.
func forms(value string) []string {
	if value == "" {
		return nil
	}
	raw := []byte(value)
	quoted := strconv.Quote(value)
	return []string{
		value,
		quoted[1 : len(quoted)-1],
		url.QueryEscape(value),
		url.PathEscape(value),
		url.UserPassword("", value).String()[1:],
		base64.RawStdEncoding.EncodeToString(raw),
		base64.RawURLEncoding.EncodeToString(raw),
	}
}

// Blank returns text without secrets.
func (r *redactor) Blank(text string) string {
	r.mu.RLock()
	replacer := r.replacer
	r.mu.RUnlock()
	if replacer != nil {
		text = replacer.Replace(text)
	}
	return r.Learned.Redact(text)
}

// Redact is Blank for the log: not longer than maxText and a note.
func (r *redactor) Redact(text string) string {
	text = r.Blank(text)
	if len(text) > maxText {
		text = strings.ToValidUTF8(text[:maxText], "") + fmt.Sprintf("… (%d bytes more)", len(text)-maxText)
	}
	return text
}

// Handler returns a handler that redacts and bounds everything before next.
func (r *redactor) Handler(next slog.Handler) slog.Handler { return &redacting{next, r} }

type redacting struct {
	slog.Handler
	by *redactor
}

func (h *redacting) Handle(ctx context.Context, rec slog.Record) error {
	clean := slog.NewRecord(rec.Time, rec.Level, h.by.Redact(rec.Message), rec.PC)
	rec.Attrs(func(a slog.Attr) bool {
		clean.AddAttrs(h.attr(a))
		return true
	})
	return h.Handler.Handle(ctx, clean)
}

func (h *redacting) WithAttrs(attrs []slog.Attr) slog.Handler {
	clean := make([]slog.Attr, len(attrs))
	for i, a := range attrs {
		clean[i] = h.attr(a)
	}
	return &redacting{h.Handler.WithAttrs(clean), h.by}
}

func (h *redacting) WithGroup(name string) slog.Handler {
	return &redacting{h.Handler.WithGroup(name), h.by}
}

// attr redacts a value. Whatever is not a number, a time or a truth value is
// turned into text first, so that no secret hides inside a struct.
func (h *redacting) attr(a slog.Attr) slog.Attr {
	v := a.Value.Resolve()
	switch v.Kind() {
	case slog.KindBool, slog.KindDuration, slog.KindFloat64, slog.KindInt64, slog.KindTime, slog.KindUint64:
		return slog.Attr{Key: a.Key, Value: v}
	case slog.KindGroup:
		group := make([]slog.Attr, len(v.Group()))
		for i, member := range v.Group() {
			group[i] = h.attr(member)
		}
		return slog.Attr{Key: a.Key, Value: slog.GroupValue(group...)}
	case slog.KindAny:
		if raw, ok := v.Any().([]byte); ok {
			return slog.String(a.Key, h.by.Redact(string(raw)))
		}
		return slog.String(a.Key, h.by.Redact(fmt.Sprintf("%+v", v.Any())))
	}
	return slog.String(a.Key, h.by.Redact(v.String()))
}
