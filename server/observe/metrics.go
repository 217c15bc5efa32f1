package observe

import (
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"

	"github.com/flowgres/flowgres/ec2backend"
	"github.com/flowgres/flowgres/server"
)

// Metrics are the server's figures for Prometheus. Labels have few values: no
// users, no statements.
type Metrics struct {
	registry   *prometheus.Registry
	logins     *prometheus.CounterVec
	rejected   *prometheus.CounterVec
	statements *prometheus.CounterVec
	durations  *prometheus.HistogramVec
	rows       prometheus.Counter
	bytes      prometheus.Counter
	calls      *prometheus.CounterVec
	callTimes  *prometheus.HistogramVec
	retries    *prometheus.CounterVec
	throttles  *prometheus.CounterVec
	waits      prometheus.Counter
	outcomes   *prometheus.CounterVec
	callRows   prometheus.Counter
	callBytes  prometheus.Counter
	reloadOK   prometheus.Gauge
	reloadTime prometheus.Gauge
	certErrors prometheus.Counter
	awsCodes   bounded // of api_calls_total
}

const metricPrefix = "flowgres"

// NewMetrics makes the figures, all at zero.
func NewMetrics(version string) *Metrics {
	m := &Metrics{registry: prometheus.NewRegistry(), awsCodes: bounded{most: 100, seen: map[string]bool{}}}
	counter := func(name, help string) prometheus.Counter {
		c := prometheus.NewCounter(prometheus.CounterOpts{Namespace: metricPrefix, Name: name, Help: help})
		m.registry.MustRegister(c)
		return c
	}
	counters := func(name, help string, labels ...string) *prometheus.CounterVec {
		c := prometheus.NewCounterVec(prometheus.CounterOpts{Namespace: metricPrefix, Name: name, Help: help}, labels)
		m.registry.MustRegister(c)
		return c
	}
	histogram := func(name, help string, labels ...string) *prometheus.HistogramVec {
		h := prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Namespace: metricPrefix, Name: name, Help: help,
			Buckets: []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30, 60},
		}, labels)
		m.registry.MustRegister(h)
		return h
	}
	gauge := func(name, help string) prometheus.Gauge {
		g := prometheus.NewGauge(prometheus.GaugeOpts{Namespace: metricPrefix, Name: name, Help: help})
		m.registry.MustRegister(g)
		return g
	}
	m.logins = counters("auth_attempts_total", "Attempts to log in.", "method", "result")
	m.rejected = counters("connections_rejected_total", "Connections turned away by a limit.", "reason")
	m.statements = counters("statements_total", "Statements, by the first word of their command tag and their SQLSTATE.", "tag", "sqlstate")
	m.durations = histogram("statement_duration_seconds", "Time from a statement's start to its end.", "tag")
	m.rows = counter("rows_sent_total", "Rows sent to clients.")
	m.bytes = counter("bytes_sent_total", "Bytes of statements' answers.")
	m.calls = counters("api_calls_total", "Attempts of AWS API calls; code is AWS's, OK for success.", "action", "region", "code")
	m.callTimes = histogram("api_call_duration_seconds", "Time of one attempt of an AWS API call.", "action")
	m.retries = counters("api_retries_total", "Attempts after the first.", "action")
	m.throttles = counters("api_throttles_total", "Calls that AWS throttled.", "action", "region")
	m.waits = counter("api_limiter_wait_seconds_total", "Time that calls waited for this server's own rate limit.")
	m.outcomes = counters("write_outcomes_total", "Parts of writes that were made, undone, failed or are in doubt.", "outcome")
	m.callRows = counter("api_rows_total", "Resources that AWS returned.")
	m.callBytes = counter("api_bytes_total", "Bytes that AWS returned.")
	m.reloadOK = gauge("config_reload_success", "1 if the last reload of the configuration succeeded.")
	m.reloadTime = gauge("config_reload_timestamp_seconds", "When the configuration was last loaded.")
	m.certErrors = counter("tls_cert_errors_total", "Changed certificates that could not be used.")
	info := prometheus.NewGaugeVec(prometheus.GaugeOpts{Namespace: metricPrefix, Name: "build_info", Help: "1, labelled by version."}, []string{"version"})
	info.WithLabelValues(version).Set(1)
	m.registry.MustRegister(info, collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	m.Reloaded(true)
	return m
}

// Watch adds the figures that are read from a running server.
func (m *Metrics) Watch(srv *server.Server, expiry func() time.Time) {
	state := func(name string, f func() int) prometheus.Collector {
		return prometheus.NewGaugeFunc(prometheus.GaugeOpts{
			Namespace: metricPrefix, Name: "connections", Help: "Open connections.", ConstLabels: prometheus.Labels{"state": name},
		}, func() float64 { return float64(f()) })
	}
	m.registry.MustRegister(state("session", srv.Sessions), state("authenticating", srv.Early),
		prometheus.NewGaugeFunc(prometheus.GaugeOpts{
			Namespace: metricPrefix, Name: "banned_addresses", Help: "Users at addresses that gave too many wrong passwords.",
		}, func() float64 { return float64(srv.Banned()) }),
		prometheus.NewGaugeFunc(prometheus.GaugeOpts{
			Namespace: metricPrefix, Name: "tls_cert_expiry_seconds", Help: "When the certificate in use ends; 0: there is none.",
		}, func() float64 {
			if t := expiry(); !t.IsZero() {
				return float64(t.Unix())
			}
			return 0
		}))
}

// Reuse adds the figures of the calls that were spared.
func (m *Metrics) Reuse(read func() ec2backend.Reuse) {
	figure := func(name, help, source string, f func(ec2backend.Reuse) int64) {
		opts := prometheus.CounterOpts{Namespace: metricPrefix, Name: name, Help: help}
		if source != "" {
			opts.ConstLabels = prometheus.Labels{"source": source}
		}
		m.registry.MustRegister(prometheus.NewCounterFunc(opts, func() float64 { return float64(f(read())) }))
	}
	const pages = "Pages of rows that took no call: statement, snapshot, cache, shared."
	figure("pages_reused_total", pages, "statement", func(r ec2backend.Reuse) int64 { return r.Statement })
	figure("pages_reused_total", pages, "snapshot", func(r ec2backend.Reuse) int64 { return r.Snapshot })
	figure("pages_reused_total", pages, "cache", func(r ec2backend.Reuse) int64 { return r.Cache })
	figure("pages_reused_total", pages, "shared", func(r ec2backend.Reuse) int64 { return r.Shared })
	figure("cache_misses_total", "Regions' answers that the cache did not have.", "", func(r ec2backend.Reuse) int64 { return r.CacheMisses })
	figure("cache_evictions_total", "Answers dropped for room.", "", func(r ec2backend.Reuse) int64 { return r.CacheEvictions })
	m.registry.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Namespace: metricPrefix, Name: "cache_bytes", Help: "Bytes of the answers kept by flowgres.cache_ttl.",
	}, func() float64 { return float64(read().CacheBytes) }))
}

// QueryMemory adds what queries have taken of the server's memory.
func (m *Metrics) QueryMemory(used func() int64) {
	m.registry.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Namespace: metricPrefix, Name: "query_memory_bytes", Help: "Bytes that queries, portals and prepared statements have taken of the half of the memory limit that is theirs.",
	}, func() float64 { return float64(used()) }))
}

// Login counts an attempt to log in.
func (m *Metrics) Login(method server.Method, err error) {
	result := "ok"
	if err != nil {
		result = "failed"
	}
	m.logins.WithLabelValues(method.String(), result).Inc()
}

// Statement counts a statement that has ended.
func (m *Metrics) Statement(s server.Statement) {
	tag := tagLabel(s.Tag)
	switch {
	case s.SQLState != "":
		tag = "failed"
	case s.Suspended:
		tag = "suspended"
	}
	code := s.SQLState
	if code == "" {
		code = "00000"
	}
	m.statements.WithLabelValues(tag, codeLabel(code)).Inc()
	m.durations.WithLabelValues(tag).Observe(s.Duration.Seconds())
	m.rows.Add(float64(s.Rows))
	m.bytes.Add(float64(s.Bytes))
}

// tagLabel gives a command tag's word, without counts.
func tagLabel(tag string) string {
	return strings.TrimRight(strings.TrimSpace(tag), " 0123456789")
}

// Call counts an attempt of an AWS API call.
func (m *Metrics) Call(r ec2backend.CallRecord) {
	action := r.Service + ":" + r.Action
	code := r.Code
	if code == "" {
		code = "OK"
	}
	m.calls.WithLabelValues(action, r.Region, m.awsCodes.label(code)).Inc()
	m.callTimes.WithLabelValues(action).Observe(r.Duration.Seconds())
	m.waits.Add(r.Wait.Seconds())
	m.callRows.Add(float64(r.Rows))
	m.callBytes.Add(float64(max(r.Bytes, 0)))
	if r.Attempt > 1 {
		m.retries.WithLabelValues(action).Inc()
	}
	if strings.Contains(code, "Throttl") || code == "RequestLimitExceeded" || code == "SlowDown" || code == "TooManyRequestsException" {
		m.throttles.WithLabelValues(action, r.Region).Inc()
	}
}

// Outcome counts what has become of a part of a write.
func (m *Metrics) Outcome(o ec2backend.OutcomeRecord) { m.outcomes.WithLabelValues(o.Outcome).Inc() }

// Refused counts a connection that a limit turned away.
func (m *Metrics) Refused(reason string) { m.rejected.WithLabelValues(reason).Inc() }

// CertError counts a changed certificate that could not be used.
func (m *Metrics) CertError() { m.certErrors.Inc() }

// Reloaded tells how a reload of the configuration ended.
func (m *Metrics) Reloaded(ok bool) {
	if !ok {
		m.reloadOK.Set(0)
		return
	}
	m.reloadOK.Set(1)
	m.reloadTime.SetToCurrentTime()
}
