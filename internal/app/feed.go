package app

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/hereby/hereby/internal/calendar"
	"github.com/hereby/hereby/internal/plan"
	"github.com/hereby/hereby/internal/store"
)

// feed is the calendar of the reviews that stand, for everybody who knows its
// address: GET /feed/SECRET.ics (design, section 12). Calendar programs can show
// no token, so the address itself is the secret.
type feed struct {
	store  store.Store
	secret func() string // feed_secret; "": there is no feed
	policy func() *plan.Policy
	log    *slog.Logger
}

func (f *feed) register(r gin.IRouter) {
	r.GET("/feed/*name", f.show)
	r.HEAD("/feed/*name", f.show)
}

func (f *feed) show(c *gin.Context) {
	secret := f.secret()
	if !same(c.Param("name"), "/"+secret+".ics") || secret == "" {
		c.String(http.StatusNotFound, off+"\n")
		return
	}
	ctx, cancel := context.WithTimeout(c.Request.Context(), pageTime)
	defer cancel()
	data, err := f.calendar(ctx)
	if err != nil {
		if !errors.Is(err, context.Canceled) { // else nobody waits for the answer any more
			f.log.Warn("the calendar feed cannot be answered", "error", err)
			c.String(http.StatusServiceUnavailable, "not now; the log says why\n")
		}
		return
	}
	sum := sha256.Sum256(data)
	c.Header("ETag", `"`+hex.EncodeToString(sum[:16])+`"`)
	c.Header("Cache-Control", "private, no-cache") // kept, and asked for anew with its ETag
	c.Header("Content-Type", "text/calendar; charset=utf-8")
	http.ServeContent(c.Writer, c.Request, "", time.Time{}, bytes.NewReader(data))
}

// calendar holds the reviews of all open incidents, from what was seen last.
// The same reviews always give the same bytes.
func (f *feed) calendar(ctx context.Context) ([]byte, error) {
	all, err := f.store.Incidents(ctx)
	if err != nil {
		return nil, err
	}
	var events []calendar.Event
	for _, s := range all {
		if s.Closed {
			continue
		}
		state, err := f.store.Load(ctx, s.Key)
		if err != nil {
			return nil, err
		}
		for _, e := range plan.Reviews(f.policy(), state.Record) {
			if _, err := (calendar.Calendar{Method: calendar.Publish, Events: []calendar.Event{e}}).Encode(); err != nil {
				f.log.Warn("a review cannot be shown in the calendar feed", "key", string(s.Key), "error", err)
				continue // one that cannot be written hides no other
			}
			events = append(events, e)
		}
	}
	slices.SortStableFunc(events, func(a, b calendar.Event) int { return strings.Compare(a.UID, b.UID) })
	// An incident that is being renamed may be there under both names.
	events = slices.CompactFunc(events, func(a, b calendar.Event) bool { return a.UID == b.UID })
	return calendar.Calendar{Method: calendar.Publish, Name: "Reviews of incidents", Events: events}.Encode()
}
