package server

import (
	"context"
	"errors"
	"log/slog"
	"regexp"
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
	Detailed  bool // statements are told with Phases and Normalized
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
	User      string // whom it ran as: another than the Client's after SET ROLE
	Text      string // of the whole message
	Tag       string // of the command; empty: it failed, or was suspended
	SQLState  string // empty: it succeeded
	Rows      int64
	Bytes     int64 // of the answer
	Start     time.Time
	Duration  time.Duration
	Suspended bool

	Phases     []planner.Phase
	Normalized string // Text without constants, of the one statement
}

// numbered is what a Session may offer: the number of the message being run.
type numbered interface {
	StatementID() uint64
	QueryID() string
	CurrentUser() string
}

// phased is what a Session may offer: what made a statement take its time, and its
// text without constants.
type phased interface {
	Phases() []planner.Phase
	Normalized() string
}

// sourced is what a Session may offer: the texts of prepared statements and portals.
type sourced interface {
	StatementSource(name string) string
	PortalSource(name string) string
}

// callNamer is what a Session may offer: what the log calls a function's call.
type callNamer interface{ CallText(fn adt.OID) string }

// settingKnower is what a Session may offer: the value of a setting.
type settingKnower interface {
	Setting(name string) (string, bool)
}

// logger is what a Session may offer: what its settings ask the log to hold.
type logger interface{ Logging() planner.Logging }

// client tells who the connection belongs to. What it tells of a session that
// has begun is kept until application_name changes.
func (c *conn) client() Client {
	if c.who != nil {
		return *c.who
	}
	_, isTLS := c.tlsState()
	out := Client{PID: c.pid, User: c.user, Database: c.database, Addr: clientName(c.nc.RemoteAddr()), TLS: isTLS}
	if s, ok := c.session.(settingKnower); ok {
		out.App, _ = s.Setting("application_name")
		c.who = &out
	}
	return out
}

// observed is a Session whose statements are logged and told to the Observer.
type observed struct {
	Session
	c       *conn
	run     run     // the statement under way
	counted counted // its Output
}

// IdleTimeout is Idler.
func (o *observed) IdleTimeout() (time.Duration, error) {
	if s, ok := o.Session.(Idler); ok {
		return s.IdleTimeout()
	}
	return 0, nil
}

// Setting is settingKnower.
func (o *observed) Setting(name string) (string, bool) {
	if s, ok := o.Session.(settingKnower); ok {
		return s.Setting(name)
	}
	return "", false
}

// Simple runs a Query message's statements; each is observed.
func (o *observed) Simple(ctx context.Context, text string, out planner.Output) error {
	o.begin(text, "", out)
	err := o.Session.Simple(ctx, text, &o.counted)
	if err != nil {
		o.run.end("", false, err)
	}
	return err
}

// Parse prepares a statement; one that cannot be is observed.
func (o *observed) Parse(ctx context.Context, name, text string, types []adt.OID) error {
	start := time.Now()
	err := o.Session.Parse(ctx, name, text, types)
	if err != nil {
		o.failed(text, start, err)
	}
	return err
}

// Bind makes a portal; one that cannot be made is observed.
func (o *observed) Bind(ctx context.Context, portal, statement string, params planner.Values, formats []int16) error {
	start := time.Now()
	err := o.Session.Bind(ctx, portal, statement, params, formats)
	if err != nil {
		text := ""
		if s, ok := o.Session.(sourced); ok {
			text = s.StatementSource(statement)
		}
		o.failed(text, start, err)
	}
	return err
}

// failed tells of a statement that failed before it ran.
func (o *observed) failed(text string, start time.Time, err error) {
	o.run = run{o: o, text: text, start: start, sent: o.c.w.total()}
	o.run.end("", false, err)
}

// Execute runs a portal.
func (o *observed) Execute(ctx context.Context, portal string, maxRows int, out planner.Output) (bool, error) {
	text, name := "", portal
	if s, ok := o.Session.(sourced); ok {
		text = s.PortalSource(portal)
	}
	if portal == "" {
		portal = "<unnamed>"
	}
	o.begin(text, portal, out)
	suspended, err := o.Session.Execute(ctx, name, maxRows, &o.counted)
	if err != nil || suspended {
		o.run.end("", suspended, err)
	}
	return suspended, err
}

// Call runs a function of the fast-path protocol.
func (o *observed) Call(ctx context.Context, fn adt.OID, args planner.Values, result int16) ([]byte, error) {
	text := "fastpath function call"
	if s, ok := o.Session.(callNamer); ok {
		text = s.CallText(fn)
	}
	o.begin(text, "", nil)
	value, err := o.Session.Call(ctx, fn, args, result)
	if err == nil {
		o.run.rows = 1
	}
	o.run.end("FASTPATH", false, err)
	return value, err
}

// logging tells what the session's settings ask the log to hold.
func (o *observed) logging() planner.Logging {
	if s, ok := o.Session.(logger); ok {
		return s.Logging()
	}
	return planner.Logging{MinDuration: -1, Errors: true}
}

// logsStatement tells whether log_statement's value asks for a statement.
func logsStatement(v, text string) bool {
	switch v {
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
	o      *observed
	text   string
	portal string // as the log names it; empty: a Query message's
	rows   int64
	start  time.Time
	sent   int64 // bytes before it
	logged bool  // log_statement has
}

// how names what runs, for the log.
func (r *run) how() string {
	if r.portal == "" {
		return "statement"
	}
	return "execute " + r.portal
}

// begin notes the statement that begins.
func (o *observed) begin(text, portal string, out planner.Output) {
	r := &o.run
	*r = run{
		o: o, text: text, portal: portal, start: time.Now(), sent: o.c.w.total(),
		logged: logsStatement(o.logging().Statement, text),
	}
	o.counted = counted{Output: out, run: r}
	if r.logged {
		o.c.log.Info(r.how(), "statement", text)
	}
}

// end tells of the statement's end. The next one of the message begins.
func (r *run) end(tag string, suspended bool, err error) {
	o, now := r.o, time.Now()
	c := o.c
	took := now.Sub(r.start)
	st := Statement{
		Text: r.text, Tag: tag, Rows: r.rows, Bytes: c.w.total() - r.sent, Start: r.start, Duration: took, Suspended: suspended,
	}
	if s, ok := o.Session.(numbered); ok {
		st.ID, st.QueryID, st.User = s.StatementID(), s.QueryID(), s.CurrentUser()
	}
	if err != nil && c.w.err != nil {
		err = clientLost(c.w.err)
	}
	if err != nil {
		st.SQLState = asError(c.stmt, err).Code
	}
	if s, ok := o.Session.(phased); ok && c.cfg.Observer.Detailed {
		st.Phases, st.Normalized = s.Phases(), s.Normalized()
	}
	r.log(st, err)
	if f := c.cfg.Observer.Statement; f != nil {
		f(c.client(), st)
	}
	r.start, r.rows, r.sent = now, 0, c.w.total()
}

// log does what log_min_duration_statement and log_min_error_statement ask.
func (r *run) log(st Statement, err error) {
	c, asked := r.o.c, r.o.logging()
	if err == nil && (asked.MinDuration < 0 || st.Duration < asked.MinDuration) {
		return
	}
	attrs := []any{slog.Uint64("statement_id", st.ID), slog.Float64("duration_ms", float64(st.Duration.Microseconds())/1000)}
	if err != nil {
		var e *pgerr.Error
		errors.As(err, &e)
		if e == nil {
			e = asError(c.stmt, err)
		}
		if asked.Errors {
			attrs = append(attrs, "statement", r.text)
		}
		message, detail := loggable(e.Bounded())
		c.log.Info("ERROR: "+message, append(attrs, "sqlstate", st.SQLState, "detail", detail)...)
		return
	}
	attrs = append(attrs, "tag", st.Tag, "rows", st.Rows)
	if !r.logged {
		attrs = append(attrs, r.how(), r.text)
	}
	c.log.Info("duration", attrs...)
}

// quotedValue is a value that a message quotes.
var quotedValue = regexp.MustCompile(`(?s)".*"`)

// loggable gives an error's message and detail for the log, without the values
// in them, which may have been bound: those that a message of class 22 quotes, and the
// rows in the details of class 23.
func loggable(e *pgerr.Error) (message, detail string) {
	switch message, detail = e.Message, e.Detail; {
	case strings.HasPrefix(e.Code, "22"):
		return quotedValue.ReplaceAllString(message, `"…"`), ""
	case strings.HasPrefix(e.Code, "23"):
		return message, ""
	}
	return message, detail
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
