package app

import (
	"context"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"

	"github.com/hereby/hereby/internal/incident"
	"github.com/hereby/hereby/internal/store"
	"github.com/hereby/hereby/internal/tracker/github"
	"github.com/hereby/hereby/internal/tracker/jira"
	"github.com/hereby/hereby/webhooks"
)

// metrics counts what happens, under labels of few values each.
type metrics struct {
	registry   *prometheus.Registry
	deliveries *prometheus.CounterVec
	touches    *prometheus.CounterVec
	passes     *prometheus.CounterVec
	took       *prometheus.HistogramVec
	actions    *prometheus.CounterVec
	requests   *prometheus.CounterVec
	remaining  *prometheus.GaugeVec
	reopenings prometheus.Counter
	board      prometheus.Histogram
}

func newMetrics() *metrics {
	m := &metrics{
		registry:   prometheus.NewRegistry(),
		deliveries: counter("hereby_webhook_deliveries_total", "Webhook deliveries, by what became of them.", "tracker", "event", "outcome"),
		touches:    counter("hereby_touches_total", "Keys that webhook deliveries made due.", "tracker"),
		passes:     counter("hereby_passes_total", "Passes over incidents and sweeps of places.", "kind", "outcome"),
		took: prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: "hereby_pass_seconds",
			Help: "How long a pass took.", Buckets: []float64{0.01, 0.1, 0.5, 1, 2, 5, 10, 30, 60, 120}}, []string{"kind"}),
		actions:  counter("hereby_actions_total", "Actions on the tracker and messages, by kind and outcome.", "kind", "outcome"),
		requests: counter("hereby_api_requests_total", "Requests to a tracker's API; status 0 is no answer.", "tracker", "method", "status"),
		remaining: prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: "hereby_api_rate_remaining",
			Help: "Requests that an account may still make in this hour, as the tracker said last."}, []string{"tracker", "account"}),
		reopenings: prometheus.NewCounter(prometheus.CounterOpts{Name: "hereby_reopenings_total",
			Help: "Incidents reopened because something still stood against closing."}),
		board: prometheus.NewHistogram(prometheus.HistogramOpts{Name: "hereby_declaration_to_board_seconds",
			Help: "From the declaration to the first board on the ticket.", Buckets: []float64{1, 2, 5, 10, 20, 30, 60, 120, 300, 900, 3600}}),
	}
	m.registry.MustRegister(m.deliveries, m.touches, m.passes, m.took, m.actions, m.requests, m.remaining, m.reopenings, m.board,
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
}

func counter(name, help string, labels ...string) *prometheus.CounterVec {
	return prometheus.NewCounterVec(prometheus.CounterOpts{Name: name, Help: help}, labels)
}

// Delivered implements webhooks.Observer.
func (m *metrics) Delivered(tracker, event string, outcome webhooks.Outcome, touched int) {
	m.deliveries.WithLabelValues(tracker, event, string(outcome)).Inc()
	if touched > 0 {
		m.touches.WithLabelValues(tracker).Add(float64(touched))
	}
}

// Pass, Action, Reopened and Board implement reconcile.Observer.
func (m *metrics) Pass(kind, outcome string, took time.Duration) {
	m.passes.WithLabelValues(kind, outcome).Inc()
	m.took.WithLabelValues(kind).Observe(took.Seconds())
}

func (m *metrics) Action(kind string, outcome incident.Outcome) {
	m.actions.WithLabelValues(kind, outcome.String()).Inc()
}

func (m *metrics) Reopened() { m.reopenings.Inc() }

func (m *metrics) Board(after time.Duration) { m.board.Observe(after.Seconds()) }

// github are the adapter's observers.
func (m *metrics) github() github.Metrics {
	return github.Metrics{
		Request: func(method string, status int) {
			m.requests.WithLabelValues(github.Name, method, strconv.Itoa(status)).Inc()
		},
		Remaining: func(identity string, n int) {
			m.remaining.WithLabelValues(github.Name, identity).Set(float64(n))
		},
	}
}

// jira are the adapter's observers.
func (m *metrics) jira() jira.Metrics {
	return jira.Metrics{
		Request: func(method string, status int) {
			m.requests.WithLabelValues(jira.Name, method, strconv.Itoa(status)).Inc()
		},
		TookBack: func(outcome string) { m.actions.WithLabelValues(incident.KindOf(incident.Unsay{}), outcome).Inc() },
	}
}

// watch adds the queue's depth, read from the store when it is asked for.
func (m *metrics) watch(s store.Store, clock func() time.Time) {
	m.registry.MustRegister(&queue{store: s, clock: clock})
}

// queue collects how full the queue is.
type queue struct {
	store store.Store
	clock func() time.Time
}

var (
	queueUp     = prometheus.NewDesc("hereby_store_up", "Whether the store answers.", nil, nil)
	queueKeys   = prometheus.NewDesc("hereby_queue_keys", "Keys in the queue, due or not.", nil, nil)
	queueDue    = prometheus.NewDesc("hereby_queue_due", "Keys that are due and not being worked on.", nil, nil)
	queueOldest = prometheus.NewDesc("hereby_queue_oldest_due_seconds", "For how long the oldest due key has been due.", nil, nil)
)

func (q *queue) Describe(to chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{queueUp, queueKeys, queueDue, queueOldest} {
		to <- d
	}
}

func (q *queue) Collect(to chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	gauge := func(d *prometheus.Desc, v float64) { to <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, v) }
	depth, err := q.store.Depth(ctx)
	if err != nil {
		gauge(queueUp, 0)
		return
	}
	gauge(queueUp, 1)
	gauge(queueKeys, float64(depth.Keys))
	gauge(queueDue, float64(depth.Due))
	oldest := 0.0
	if !depth.Oldest.IsZero() {
		oldest = max(0, q.clock().Sub(depth.Oldest).Seconds())
	}
	gauge(queueOldest, oldest)
}
