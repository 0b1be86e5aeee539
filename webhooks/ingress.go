package webhooks

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"time"

	"github.com/gin-gonic/gin"
	"golang.org/x/time/rate"

	"github.com/hereby/hereby/internal/incident"
)

const (
	// MaxBody is the largest delivery that is read, in bytes: trackers send at
	// most 25 MB.
	MaxBody = 25 << 20
	// TouchTimeout bounds a touch: a sender waits 10 s for an answer.
	TouchTimeout = 8 * time.Second
)

// Toucher is what the ingress needs of the queue. Touch makes the keys due at
// the given time, or now if it is zero, and returns when that is durable.
type Toucher interface {
	Touch(ctx context.Context, at time.Time, keys ...incident.Key) error
}

// Observer hears of every delivery, for metrics. The event is one of the names
// its source knows, else [OtherEvent], so that labels stay few whatever is sent.
type Observer interface {
	Delivered(tracker, event string, outcome Outcome, touched int)
}

// Outcome is the fate of one delivery.
type Outcome string

const (
	Taken       Outcome = "taken"       // its keys are touched, durably
	NoIncident  Outcome = "no incident" // concerns no incident
	NotServed   Outcome = "not served"  // of a place that we do not serve
	TooLarge    Outcome = "too large"
	Unsigned    Outcome = "unsigned" // no signature, or a wrong one
	Unreadable  Outcome = "unreadable"
	Unavailable Outcome = "unavailable" // the queue did not answer
)

// OtherEvent stands for every event that a source does not tell apart, and for
// that of a delivery which was refused unread.
const OtherEvent = "other"

// answers holds the status and the text with which each outcome is answered;
// a reason, where there is one, follows the text.
var answers = map[Outcome]struct {
	status int
	text   string
}{
	Taken:       {http.StatusAccepted, "taken"},
	NoIncident:  {http.StatusAccepted, "taken: concerns no incident"},
	NotServed:   {http.StatusAccepted, "taken, and nothing done"},
	TooLarge:    {http.StatusRequestEntityTooLarge, "larger than 25 MiB"},
	Unsigned:    {http.StatusUnauthorized, "not accepted"},
	Unreadable:  {http.StatusBadRequest, "unreadable"},
	Unavailable: {http.StatusServiceUnavailable, "the queue does not answer, please deliver again"},
}

// Source is the way in which one tracker delivers. Its methods are pure.
type Source interface {
	// Tracker returns the tracker's name as keys begin with it.
	Tracker() string
	// Path returns the path to which it delivers.
	Path() string
	// Verify returns nil if the body comes from somebody who knows a secret.
	// Its error is shown to the sender.
	Verify(r *http.Request, body []byte) error
	// Read returns what a verified delivery says. Its error is shown to the
	// sender. It keeps no part of the body.
	Read(r *http.Request, body []byte) (News, error)
}

// News is what a delivery says.
type News struct {
	Event     string // one of a few names: see [Observer]
	ID        string // by which its sender knows the delivery; for the log
	Keys      []incident.Key
	NotServed string // why the place it comes from is not served, or ""
}

// Ingress takes deliveries. Observer may be nil.
type Ingress struct {
	Queue    Toucher
	Observer Observer
	Log      *slog.Logger

	// Anybody can send us refused deliveries, so these lines are rationed.
	refusals rate.Sometimes
}

// NewIngress returns an ingress into queue. observer may be nil.
func NewIngress(queue Toucher, observer Observer, log *slog.Logger) *Ingress {
	return &Ingress{Queue: queue, Observer: observer, Log: log, refusals: rate.Sometimes{First: 20, Interval: time.Second}}
}

// Mount makes r take the deliveries of src.
func (in *Ingress) Mount(r gin.IRoutes, src Source) {
	r.POST(src.Path(), func(c *gin.Context) {
		news, outcome, err := in.take(c.Request, c.Writer, src)
		in.report(c.Request, src, news, outcome, err)
		answer(c.Writer, outcome, err)
	})
}

// take does the work of one delivery. The error is the reason of an outcome
// other than Taken and NoIncident.
func (in *Ingress) take(r *http.Request, w http.ResponseWriter, src Source) (News, Outcome, error) {
	body := bodies.get()
	defer bodies.put(body)
	if err := body.read(w, r); err != nil {
		if tooLarge := new(http.MaxBytesError); errors.As(err, &tooLarge) {
			return News{}, TooLarge, err
		}
		return News{}, Unreadable, errors.New("the body ended early")
	}
	if err := src.Verify(r, body.Bytes()); err != nil {
		return News{}, Unsigned, err
	}
	news, err := src.Read(r, body.Bytes())
	switch {
	case err != nil:
		return news, Unreadable, err
	case news.NotServed != "":
		return news, NotServed, errors.New(news.NotServed)
	case len(news.Keys) == 0:
		return news, NoIncident, nil
	}
	// A sender that hangs up has still told us.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(r.Context()), TouchTimeout)
	defer cancel()
	if err := in.Queue.Touch(ctx, time.Time{}, news.Keys...); err != nil {
		return news, Unavailable, err
	}
	return news, Taken, nil
}

func (in *Ingress) report(r *http.Request, src Source, news News, outcome Outcome, err error) {
	if news.Event == "" {
		news.Event = OtherEvent
	}
	if in.Observer != nil {
		touched := 0
		if outcome == Taken {
			touched = len(news.Keys)
		}
		in.Observer.Delivered(src.Tracker(), news.Event, outcome, touched)
	}
	switch outcome {
	case NoIncident:
		in.log(r, slog.LevelDebug, src, news, outcome, nil)
	case Taken:
		in.log(r, slog.LevelInfo, src, news, outcome, nil)
	case Unavailable:
		in.log(r, slog.LevelError, src, news, outcome, err)
	default:
		in.refusals.Do(func() { in.log(r, slog.LevelWarn, src, news, outcome, err) })
	}
}

func (in *Ingress) log(r *http.Request, level slog.Level, src Source, news News, outcome Outcome, err error) {
	if !in.Log.Enabled(r.Context(), level) {
		return
	}
	attrs := []slog.Attr{slog.String("tracker", src.Tracker()), slog.String("event", news.Event),
		slog.String("outcome", string(outcome)), slog.String("delivery", clip(news.ID))}
	if len(news.Keys) > 0 {
		attrs = append(attrs, slog.Any("keys", news.Keys))
	}
	if err != nil {
		attrs = append(attrs, slog.String("reason", err.Error()))
	}
	if outcome == Unsigned {
		attrs = append(attrs, slog.String("from", r.RemoteAddr))
	}
	in.Log.LogAttrs(r.Context(), level, "webhook", attrs...)
}

// answer tells the sender what became of the delivery. What went wrong inside
// is for the log alone.
func answer(w http.ResponseWriter, outcome Outcome, err error) {
	a := answers[outcome]
	w.Header()["Content-Type"] = plainText
	if outcome == Unavailable {
		w.Header().Set("Retry-After", "10")
	}
	w.WriteHeader(a.status)
	text := a.text
	if err != nil && outcome != Unavailable && outcome != TooLarge {
		text += ": " + err.Error()
	}
	_, _ = io.WriteString(w, text+"\n") // a sender that hung up misses nothing
}

var plainText = []string{"text/plain; charset=utf-8"}
