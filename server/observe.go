package server

import (
	"context"
	"errors"
	"log/slog"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/flowgres/flowgres/planner"
	"github.com/flowgres/flowgres/planner/adt"
	"github.com/flowgres/flowgres/planner/pgerr"
)

// Observer is told of what happens on connections, for metrics and the audit
// log. Its functions may be nil; any goroutine may call them, and they must be
// quick.
type Observer struct {
	Login     func(Client, Method, error) // an attempt; nil: it succeeded
	Opened    func(Client)
	Closed    func(Client, time.Duration)
	Refused   func(reason string) // preauth_limit, connection_limit, role_limit
	Statement func(Client, Statement)
}

// Client is who a connection belongs to.
type Client struct {
	PID            int32 // 0 before the session begins
	User, Database string
	Addr           string
	App            string // application_name
	TLS            bool
}

// Statement is a statement that has ended.
type Statement struct {
	ID        uint64 // counts messages of the session that run statements, as in fdw.Session
	QueryID   string // names it in all the world
	Text      string // of the whole message
	Tag       string // of the command; empty: it failed, or was suspended
	SQLState  string // empty: it succeeded
	Rows      int64
	Bytes     int64 // of the answer
	Start     time.Time
	Duration  time.Duration
	Suspended bool
}

// numbered is what a Session may offer: the number of the message being run.
type numbered interface {
	StatementID() uint64
	QueryID() string
}

// sourced is what a Session may offer: the text of a portal's statement.
type sourced interface{ PortalSource(name string) string }

// settingKnower is what a Session may offer: the value of a setting.
type settingKnower interface {
	Setting(name string) (string, bool)
}

// client tells who the connection belongs to.
func (c *conn) client() Client {
	_, isTLS := c.tlsState()
	out := Client{PID: c.pid, User: c.user, Database: c.database, Addr: clientName(c.nc.RemoteAddr()), TLS: isTLS}
	if s, ok := c.session.(settingKnower); ok {
		out.App, _ = s.Setting("application_name")
	}
	return out
}

// observed is a Session whose statements are logged and told to the Observer.
type observed struct {
	Session
	c *conn
}

// IdleTimeout is Idler.
func (o observed) IdleTimeout() (time.Duration, error) {
	if s, ok := o.Session.(Idler); ok {
		return s.IdleTimeout()
	}
	return 0, nil
}

// Setting is settingKnower.
func (o observed) Setting(name string) (string, bool) {
	if s, ok := o.Session.(settingKnower); ok {
		return s.Setting(name)
	}
	return "", false
}

// Simple runs a Query message's statements; each is observed.
func (o observed) Simple(ctx context.Context, text string, out planner.Output) error {
	r := o.c.newRun(text, "statement", o.logStatement(text))
	err := o.Session.Simple(ctx, text, &counted{Output: out, run: r})
	if err != nil {
		r.end("", false, err)
	}
	return err
}

// Execute runs a portal.
func (o observed) Execute(ctx context.Context, portal string, maxRows int, out planner.Output) (bool, error) {
	text := ""
	if s, ok := o.Session.(sourced); ok {
		text = s.PortalSource(portal)
	}
	name := portal
	if name == "" {
		name = "<unnamed>"
	}
	r := o.c.newRun(text, "execute "+name, o.logStatement(text))
	suspended, err := o.Session.Execute(ctx, portal, maxRows, &counted{Output: out, run: r})
	if err != nil || suspended {
		r.end("", suspended, err)
	}
	return suspended, err
}

// logStatement tells whether log_statement asks for a statement.
func (o observed) logStatement(text string) bool {
	switch v, _ := o.Setting("log_statement"); v {
	case "all":
		return true
	case "ddl":
		return ddl.MatchString(text)
	case "mod":
		return ddl.MatchString(text) || mod.MatchString(text)
	}
	return false
}

// Statements that log_statement names. A word that only looks like a
// statement's first one logs too much rather than too little.
var (
	ddl = regexp.MustCompile(`(?i)(^|;|\*/|\n)\s*(create|alter|drop|grant|revoke|comment|security|reindex|refresh|import)\b`)
	mod = regexp.MustCompile(`(?i)(^|;|\*/|\n|\()\s*(insert|update|delete|truncate|merge|copy|execute|call)\b`)
)

// run is a statement under way.
type run struct {
	c         *conn
	text, how string
	rows      int64
	start     time.Time
	sent      int64 // bytes before it
	logged    bool  // log_statement has
}

func (c *conn) newRun(text, how string, log bool) *run {
	r := &run{c: c, text: text, how: how, start: time.Now(), sent: c.w.total(), logged: log}
	if log {
		c.log.Info(how, "statement", text)
	}
	return r
}

// end tells of the statement's end. The next one of the message begins.
func (r *run) end(tag string, suspended bool, err error) {
	c, now := r.c, time.Now()
	took := now.Sub(r.start)
	st := Statement{
		Text: r.text, Tag: tag, Rows: r.rows, Bytes: c.w.total() - r.sent, Start: r.start, Duration: took, Suspended: suspended,
	}
	if o, ok := c.session.(observed); ok {
		if s, ok := o.Session.(numbered); ok {
			st.ID, st.QueryID = s.StatementID(), s.QueryID()
		}
	}
	if err != nil {
		st.SQLState = asError(c.stmt, err).Code
	}
	r.log(st, err)
	if f := c.cfg.Observer.Statement; f != nil {
		f(c.client(), st)
	}
	r.start, r.rows, r.sent = now, 0, c.w.total()
}

// log does what log_min_duration_statement and log_min_error_statement ask.
func (r *run) log(st Statement, err error) {
	c := r.c
	o, ok := c.session.(observed)
	if !ok {
		return
	}
	attrs := []any{slog.Uint64("statement_id", st.ID), slog.Float64("duration_ms", float64(st.Duration.Microseconds())/1000)}
	if err != nil {
		var e *pgerr.Error
		errors.As(err, &e)
		if e == nil {
			e = asError(c.stmt, err)
		}
		if v, _ := o.Setting("log_min_error_statement"); logsErrors(v) {
			attrs = append(attrs, "statement", r.text)
		}
		c.log.Info("ERROR: "+e.Message, append(attrs, "sqlstate", st.SQLState, "detail", e.Detail)...)
		return
	}
	v, _ := o.Setting("log_min_duration_statement")
	least, known := milliseconds(v)
	if !known || least < 0 || st.Duration < least {
		return
	}
	attrs = append(attrs, "tag", st.Tag, "rows", st.Rows)
	if !r.logged {
		attrs = append(attrs, r.how, r.text)
	}
	c.log.Info("duration", attrs...)
}

// logsErrors tells whether log_min_error_statement lets an ERROR's statement
// be logged.
func logsErrors(v string) bool {
	switch strings.ToLower(v) {
	case "log", "fatal", "panic":
		return false
	}
	return true
}

// milliseconds reads a setting of time as SHOW prints it.
func milliseconds(v string) (time.Duration, bool) {
	if v == "" {
		return 0, false
	}
	if n, err := strconv.ParseInt(v, 10, 64); err == nil {
		return time.Duration(n) * time.Millisecond, true
	}
	if strings.HasSuffix(v, "min") {
		v = strings.TrimSuffix(v, "in")
	}
	if n, ok := strings.CutSuffix(v, "d"); ok {
		days, err := strconv.Atoi(n)
		return time.Duration(days) * 24 * time.Hour, err == nil
	}
	d, err := time.ParseDuration(v)
	return d, err == nil
}

// counted is an Output that counts rows and sees each statement's end.
type counted struct {
	planner.Output
	run *run
}

// Row counts.
func (c *counted) Row(columns []planner.Column, row adt.Row) error {
	c.run.rows++
	return c.Output.Row(columns, row)
}

// CommandComplete ends a statement.
func (c *counted) CommandComplete(tag string) error {
	err := c.Output.CommandComplete(tag)
	c.run.end(tag, false, nil)
	return err
}
