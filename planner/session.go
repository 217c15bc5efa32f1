package planner

import (
	"context"
	"errors"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"github.com/jackc/pgerrcode"

	"github.com/flowgres/flowgres/planner/adt"
	"github.com/flowgres/flowgres/planner/analyze"
	"github.com/flowgres/flowgres/planner/exec"
	"github.com/flowgres/flowgres/planner/fdw"
	"github.com/flowgres/flowgres/planner/guc"
	"github.com/flowgres/flowgres/planner/nodes"
	"github.com/flowgres/flowgres/planner/pgerr"
)

// Session is one client's session: PostgreSQL's backend between messages. One
// goroutine calls it, but for what pg_stat_activity reads, which activity guards.
type Session struct {
	e       *Engine
	db      *database
	o       SessionOptions
	ctx     context.Context  // ends with the connection
	role    Role             // who logged in
	now     Role             // who the session is now: SET ROLE
	roles   *map[string]Role // of the engine when now was looked up
	id      uint64
	started time.Time

	guc     *guc.Session
	env     *adt.Env
	decoded decoded
	envKey  string // the settings that analysis depends on
	planKey string // and those that a plan does
	pathKey string // those that make a prepared statement be analysed anew
	fdw     *fdw.Session
	files   *exec.Files

	running    context.Context // the last statement's
	timeoutAt  time.Time       // when statement_timeout strikes; zero: it does not run
	random     *adt.PRNG
	tx         transaction
	statements map[string]*prepared
	portals    map[string]*portal
	holdings   holdings // of statements and portals
	channels   []string // that it listens to, in order
	plans      planCache
	locked     bool   // has taken advisory locks
	encoding   string // client_encoding, of which env has the decoded form
	failedIn   string // the prepared statement that EXECUTE ran and that failed
	depth      int    // how many statements run inside each other
	nested     bool   // a statement of a DO runs
	phases     []Phase
	ran        *analyze.Analyzed // the statement being run, or run last
	noticed    int               // how many notices there were, shown or not

	noticeSource   string         // the statement that is being analysed
	noticeAt       int            // where in it the analysis is, from 1 on; 0: nowhere
	reading        boundParameter // whose value Bind reads
	statementStart time.Time      // zero between statements

	activity struct {
		sync.Mutex
		state      string
		query      string
		since      time.Time // of the state
		id         int64     // of the query; 0: none
		queryStart time.Time
		xactStart  time.Time
		xacts      int64          // transactions so far
		xid        uint64         // of the transaction; 0: none yet
		queries    []*nodes.Query // that have run in it
		app        string         // application_name
	}
}

// Close ends the session: an open transaction is undone, locks and listeners
// go.
func (s *Session) Close() {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(s.ctx), closeTimeout)
	defer cancel()
	if s.tx.open() {
		if err := s.rollback(ctx); err != nil {
			s.notice(err)
		}
	}
	s.closePortals(func(*portal) bool { return true })
	s.plans.clear()
	s.holdings.close()
	s.db.hub.drop(s)
	s.e.locks.releaseAll(s)
	s.e.mu.Lock()
	delete(s.e.sessions, s.o.PID)
	s.e.mu.Unlock()
	s.db.stats.ended.Add(time.Since(s.started).Microseconds())
}

// closeTimeout bounds the undoing of a transaction whose client has gone.
const closeTimeout = 30 * time.Second

// Reported gives the settings that a client is told at its start.
func (s *Session) Reported() []Setting {
	out := make([]Setting, 0, 16)
	for name, value := range s.guc.Report() {
		out = append(out, Setting{name, value})
	}
	return out
}

// Setting is adt.Session. It is not for the eyes of the client.
func (s *Session) Setting(name string) (string, bool) {
	d := s.guc.Lookup(name)
	if d == nil {
		return "", false
	}
	return s.guc.Show(d), true
}

// Notice is adt.Session.
func (s *Session) Notice(n error) { s.notice(n) }

// settingOf is fdw.Session's Setting.
func (s *Session) settingOf(name string) string {
	v, _ := s.Setting(name)
	return v
}

// notice sends a warning or notice unless client_min_messages says no.
func (s *Session) notice(err error) {
	s.noticed++
	n := pgerr.From(err)
	order := []string{"DEBUG5", "DEBUG4", "DEBUG3", "DEBUG2", "DEBUG1", "LOG", "NOTICE", "WARNING", "ERROR"}
	severity := n.Severity
	if severity == "" {
		severity = "ERROR"
	}
	if severity == "DEBUG" {
		severity = "DEBUG1"
	}
	least := strings.ToUpper(s.guc.Text("client_min_messages"))
	if severity != "INFO" && slices.Index(order, severity) < slices.Index(order, least) {
		return
	}
	if s.noticeAt > 0 && n.Position == 0 {
		placed := *n
		placed.Position = charPosition(s.noticeSource, s.noticeAt)
		n = &placed
	}
	if s.reading.n > 0 {
		n = pgerr.From(s.whileReading(n))
	}
	if s.o.Notice != nil {
		s.o.Notice(n)
	}
}

// NoticeAt gives the notices to come a place in the statement that is analysed,
// and returns the one before (setup_parser_errposition_callback). 0: none.
func (s *Session) NoticeAt(position int) (before int) {
	before, s.noticeAt = s.noticeAt, position
	return before
}

// warning makes a warning.
func warning(code, format string, args ...any) *pgerr.Error {
	w := pgerr.New(code, format, args...)
	w.Severity = "WARNING"
	return w
}

// boundary is the one place that stops a panic: it turns it, and any error,
// into the error that the client gets, positions in characters of the statement's source.
func (s *Session) boundary(source string, err *error) {
	if r := recover(); r == nil {
	} else if e, ok := r.(*pgerr.Error); ok { // a comparison, which can't return one
		*err = e
	} else {
		stack := debug.Stack()
		if s.e.config.Panicked != nil {
			s.e.config.Panicked(r, stack)
		}
		*err = pgerr.Internal("unexpected failure: %v", r)
	}
	if *err == nil {
		return
	}
	if s.failedIn != "" {
		source, s.failedIn = s.failedIn, ""
	}
	s.stopTimeout()
	if s.running != nil && s.running.Err() != nil && errors.Is(*err, s.running.Err()) {
		*err = context.Cause(s.running) // says why: a cancel, a timeout, a lost client
	}
	c := pgerr.From(*err)
	out := *c
	if out.Position > 0 && out.InternalQuery == "" {
		out.Position = charPosition(source, out.Position)
	}
	*err = &out
	s.abort()
}

// charPosition turns a 1-based byte position into one of characters.
func charPosition(text string, pos int) int {
	if pos-1 > len(text) {
		return utf8.RuneCountInString(text) + 1
	}
	return utf8.RuneCountInString(text[:pos-1]) + 1
}

// begin prepares for a statement: its clock, its deadline, its place in
// pg_stat_activity. finish, with the function it gives, ends it.
func (s *Session) begin(ctx context.Context, query string) (context.Context, context.CancelFunc) {
	now := time.Now()
	s.statementStart = now
	s.env.StatementTime = timestamp(now)
	s.fdw.Statement++
	s.fdw.Query = s.e.queryID(s.o.PID, s.fdw.Statement)
	s.follow()
	s.setActivity("active", query, now)
	return s.deadline(ctx)
}

// finish ends what begin began.
func (s *Session) finish(cancel context.CancelFunc) {
	cancel()
	s.statementStart = time.Time{}
	s.env.Context = s.ctx
	s.env.Underway.End()
	s.setActivity(s.idleState(), "", time.Now())
}

// deadline sets statement_timeout going, unless it runs since an earlier message
// of the same extended query, and makes the context the one that the session's functions see.
// The function it gives ends the context; the timeout itself ends with the statement (stopTimeout).
func (s *Session) deadline(ctx context.Context) (context.Context, context.CancelFunc) {
	cancel := noCancel
	if timeout := s.values().statementTimeout; timeout <= 0 {
		s.stopTimeout()
	} else {
		if s.timeoutAt.IsZero() {
			s.timeoutAt = time.Now().Add(timeout)
		}
		cause := pgerr.New(pgerrcode.QueryCanceled, "canceling statement due to statement timeout")
		ctx, cancel = context.WithDeadlineCause(ctx, s.timeoutAt, cause)
	}
	s.env.Context, s.running = ctx, ctx
	return ctx, cancel
}

// noCancel ends a context that ends with another.
var noCancel = context.CancelFunc(func() {})

// stopTimeout ends statement_timeout: at the end of an Execute, at Sync, at an
// error (disable_statement_timeout).
func (s *Session) stopTimeout() { s.timeoutAt = time.Time{} }

// Fail does to the transaction what an error does, for one that the session has
// not seen: a message that is not valid.
func (s *Session) Fail() { s.abort() }

// within puts a message that runs nothing itself under the statement's timeout,
// until without is called with the function it gives. It fails when that has passed already.
func (s *Session) within(ctx context.Context) (context.CancelFunc, error) {
	ctx, cancel := s.deadline(ctx)
	return cancel, context.Cause(ctx)
}

func (s *Session) without(cancel context.CancelFunc) {
	cancel()
	s.env.Context = s.ctx
	s.env.Underway.End()
}

func (s *Session) idleState() string {
	switch s.TxStatus() {
	case 'T':
		return "idle in transaction"
	case 'E':
		return "idle in transaction (aborted)"
	}
	return "idle"
}

// setActivity notes what pg_stat_activity shows; an empty query keeps the last.
func (s *Session) setActivity(state, query string, now time.Time) {
	a := &s.activity
	a.Lock()
	defer a.Unlock()
	s.db.stats.spent(a.state, now.Sub(a.since))
	a.state, a.since = state, now
	if query != "" {
		a.query, a.queryStart, a.id = query, now, 0
	}
	s.setTransaction()
}

// setTransaction notes the transaction for the other sessions; activity is locked.
func (s *Session) setTransaction() {
	a := &s.activity
	if a.xactStart.Equal(s.tx.started) {
		return
	}
	a.xactStart, a.xid, a.queries = s.tx.started, 0, nil
	if !a.xactStart.IsZero() {
		a.xacts++
	}
}

// Sleeping is adt.Sleeper.
func (s *Session) Sleeping() func() {
	s.fdw.Activity.Begin(sleepWait)
	return s.fdw.Activity.End
}

// Writing tells that the client is being sent what it may be slow to take, or
// no more.
func (s *Session) Writing(on bool) {
	if on {
		s.fdw.Activity.Begin(writeWait)
	} else {
		s.fdw.Activity.End()
	}
}

var (
	sleepWait = &fdw.Wait{Type: "Timeout", Event: "PgSleep"}
	writeWait = &fdw.Wait{Type: "Client", Event: "ClientWrite"}
)

// timestamp turns a time into a timestamptz.
func timestamp(t time.Time) adt.TimestampTZ {
	return adt.TimestampTZ(t.UnixMicro() - epoch2000)
}

// epoch2000 is 2000-01-01 in microseconds since 1970.
const epoch2000 = 946684800 * 1_000_000

// IdleTimeout tells the server how long the session may wait for its client's
// next message, and the error that ends it then (idle_in_transaction_session_timeout,
// idle_session_timeout).
func (s *Session) IdleTimeout() (time.Duration, error) {
	d, code, what := s.values().idle, pgerrcode.IdleSessionTimeout, "idle-session"
	if s.TxStatus() != 'I' {
		d, code, what = s.values().idleInTx, pgerrcode.IdleInTransactionSessionTimeout, "idle-in-transaction"
	}
	if d <= 0 {
		return 0, nil
	}
	e := pgerr.New(code, "terminating connection due to %s timeout", what)
	e.Severity = "FATAL"
	return d, e
}

// Random is adt.Randomizer: the session's random numbers, which setseed sets.
func (s *Session) Random() *adt.PRNG {
	if s.random == nil {
		s.random = adt.NewPRNG()
	}
	return s.random
}
