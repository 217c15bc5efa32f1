// Package observe lets whoever is on call see what a server does: the log
// (log.go), the audit log (audit.go), figures for Prometheus (metrics.go), the
// listener that serves them with health and profiles (health.go), and
// OpenTelemetry's traces (traces.go, spans.go, otlp.go).
//
// It is told of events by the hooks of package server (server.Observer) and of
// ec2backend (Config.Observe), and decides nothing. What it writes has passed
// Redact: no password, key or verifier is in a log at any level.
package observe

import (
	"time"

	"github.com/flowgres/flowgres/server"
)

// Hooks tells metrics, the audit log and traces of what happens on connections.
func Hooks(m *Metrics, a *Audit, t *Traces) server.Observer {
	return server.Observer{
		Login: func(c server.Client, method server.Method, err error) {
			m.Login(method, err)
			a.Login(c, method, err)
		},
		Opened: func(c server.Client) {
			a.Session("session_start", c, 0)
			t.Opened(c)
		},
		Closed: func(c server.Client, d time.Duration) {
			a.Session("session_end", c, d)
			t.Closed(c)
		},
		Refused: m.Refused,
		Statement: func(c server.Client, s server.Statement) {
			m.Statement(s)
			a.Statement(c, s)
			t.Statement(c, s)
		},
		Detailed: t != nil,
	}
}
