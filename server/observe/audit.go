package observe

import (
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"os"
	"sync"
	"syscall"
	"time"

	"github.com/jackc/pgerrcode"

	"github.com/flowgres/flowgres/ec2backend"
	"github.com/flowgres/flowgres/planner/pgerr"
	"github.com/flowgres/flowgres/server"
)

// Audit writes one JSON line an event: logins, sessions, statements and AWS
// calls, the last two joined by query_id. A nil Audit writes nothing.
type Audit struct {
	mu     sync.Mutex
	w      io.WriteCloser
	log    *slog.Logger
	broken bool
	goesOn bool // writes do, though they cannot be noted
}

// OpenAudit opens the audit log: a file to append to, - for standard output,
// or none. onFailure is audit_on_failure: what becomes of writes that it cannot
// note.
func OpenAudit(path, onFailure string, log *slog.Logger) (*Audit, error) {
	if path == "" {
		return nil, nil
	}
	a := &Audit{log: log, w: os.Stdout, goesOn: onFailure == "continue"}
	if path != "-" {
		f, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
		if err != nil {
			return nil, err
		}
		a.w = f
	}
	return a, nil
}

// auditEvent is a line of the audit log.
type auditEvent struct {
	Time       time.Time `json:"time"`
	Event      string    `json:"event"`
	QueryID    string    `json:"query_id,omitempty"`
	PID        int32     `json:"pid,omitempty"`
	User       string    `json:"user,omitempty"`
	Login      string    `json:"login,omitempty"` // who logged in, where that is not User
	Database   string    `json:"database,omitempty"`
	Client     string    `json:"client,omitempty"`
	App        string    `json:"application_name,omitempty"`
	TLS        bool      `json:"tls,omitempty"`
	Method     string    `json:"method,omitempty"`
	Statement  string    `json:"statement,omitempty"`
	Tag        string    `json:"tag,omitempty"`
	Rows       int64     `json:"rows,omitempty"`
	SQLState   string    `json:"sqlstate,omitempty"`
	Action     string    `json:"action,omitempty"`
	Principal  string    `json:"principal,omitempty"` // the role that was assumed, and its session
	Account    string    `json:"account,omitempty"`
	Region     string    `json:"region,omitempty"`
	Attempt    int       `json:"attempt,omitempty"`
	Status     int       `json:"status,omitempty"`
	Code       string    `json:"code,omitempty"`
	RequestID  string    `json:"request_id,omitempty"`
	DurationMS float64   `json:"duration_ms,omitempty"`
	FlowLogs   []string  `json:"flow_log_ids,omitempty"`
	Error      string    `json:"error,omitempty"`
}

func (a *Audit) write(e auditEvent) error {
	line, err := json.Marshal(e)
	if err != nil {
		a.log.Error("could not encode an audit event", "error", err)
		return err
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	_, err = a.w.Write(append(line, '\n'))
	if err != nil && !a.broken {
		a.log.Error("could not write the audit log", "error", err)
	}
	a.broken = err != nil
	return err
}

// event writes an event of something that has happened already; write logs
// what hinders it.
func (a *Audit) event(e auditEvent) { _ = a.write(e) }

func (a *Audit) client(event string, c server.Client) auditEvent {
	return auditEvent{
		Time: time.Now().UTC(), Event: event, PID: c.PID, User: c.User, Database: c.Database, Client: c.Addr, App: Redact(c.App), TLS: c.TLS,
	}
}

// Login tells of an attempt to log in; err is nil if it succeeded.
func (a *Audit) Login(c server.Client, m server.Method, err error) {
	if a == nil {
		return
	}
	e := a.client("login", c)
	e.Method = m.String()
	if err != nil {
		e.Event, e.Error = "login_failed", Redact(err.Error())
	}
	a.event(e)
}

// Session tells of a session's start or end, which came after d.
func (a *Audit) Session(event string, c server.Client, d time.Duration) {
	if a == nil {
		return
	}
	e := a.client(event, c)
	e.DurationMS = millis(d)
	a.event(e)
}

// Statement tells of a statement that has ended.
func (a *Audit) Statement(c server.Client, s server.Statement) {
	if a == nil {
		return
	}
	e := a.client("statement", c)
	if s.User != "" && s.User != c.User {
		e.User, e.Login = s.User, c.User
	}
	e.QueryID, e.Statement, e.Tag, e.Rows, e.SQLState = s.QueryID, Redact(s.Text), s.Tag, s.Rows, s.SQLState
	e.DurationMS = millis(s.Duration)
	a.event(e)
}

// Write notes a write before its first call. Unless audit_on_failure is
// continue, a write that cannot be noted is not made.
func (a *Audit) Write(w ec2backend.WriteRecord) error {
	if a == nil {
		return nil
	}
	err := a.write(auditEvent{
		Time: time.Now().UTC(), Event: "write", QueryID: w.Query, PID: w.PID, User: w.User, Login: w.Login, Action: w.Command, Rows: int64(w.Rows),
	})
	if err == nil || a.goesOn {
		return nil
	}
	code := pgerrcode.IOError
	if errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) {
		code = pgerrcode.DiskFull
	}
	return pgerr.New(code, "could not write the audit log: %v", err).
		Hintf("Nothing was changed. Reading goes on; writing will when the audit log can be written (audit_on_failure).")
}

// Call tells of an attempt of an AWS API call.
func (a *Audit) Call(r ec2backend.CallRecord) {
	if a == nil {
		return
	}
	a.event(auditEvent{
		Time: r.Time.UTC(), Event: "api_call", QueryID: r.Query, PID: r.PID, User: r.User, Login: r.Login, Principal: r.Principal,
		Action: r.Service + ":" + r.Action, Account: r.Account, Region: r.Region, Attempt: r.Attempt, Status: r.Status,
		Code: r.Code, RequestID: r.RequestID, DurationMS: millis(r.Duration), Rows: int64(r.Rows),
	})
}

// Outcome tells what has become of a write: write_made, write_undone, write_failed,
// write_in_doubt.
func (a *Audit) Outcome(o ec2backend.OutcomeRecord) {
	if a == nil {
		return
	}
	a.event(auditEvent{
		Time: time.Now().UTC(), Event: "write_" + o.Outcome, QueryID: o.Query, PID: o.PID, User: o.User, Login: o.Login,
		Account: o.Account, Region: o.Region, FlowLogs: o.IDs, Error: Redact(o.Why),
	})
}

// Reloaded tells of a reload of the configuration; err is nil if it is in force.
func (a *Audit) Reloaded(err error) {
	if a == nil {
		return
	}
	e := auditEvent{Time: time.Now().UTC(), Event: "reload"}
	if err != nil {
		e.Event, e.Error = "reload_failed", Redact(err.Error())
	}
	a.event(e)
}

// Role tells that a reload has added, changed or removed a role: role_added,
// role_changed, role_removed.
func (a *Audit) Role(what, name string) {
	if a != nil {
		a.event(auditEvent{Time: time.Now().UTC(), Event: "role_" + what, User: name})
	}
}

func millis(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

// Close closes the log.
func (a *Audit) Close() error {
	if a == nil || a.w == os.Stdout {
		return nil
	}
	return a.w.Close()
}
