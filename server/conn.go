package server

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"os"
	"runtime/debug"
	"sync"
	"time"

	"github.com/jackc/pgerrcode"

	"github.com/flowgres/flowgres/planner"
	"github.com/flowgres/flowgres/planner/adt"
	"github.com/flowgres/flowgres/planner/pgerr"
)

// conn is one connection. Its goroutine owns all fields but those under mu.
type conn struct {
	srv *Server
	cfg *Config // the server's when the connection came
	log *slog.Logger
	nc  net.Conn // the socket
	rw  net.Conn // nc, or the TLS connection on it
	r   reader
	w   writer

	user, database string
	pid            int32
	secret         uint32
	method         Method // by which the client proved who it is
	identity       string // that it proved to be
	options        string // of the startup packet
	session        Session
	enc            *adt.Encoding     // client_encoding; nil: UTF8
	who            *Client           // nil: not known, or no longer
	ctx            context.Context   // the connection's
	stmt           context.Context   // of the messages being handled; nil when none is
	skip           bool              // an extended-protocol message failed: ignore until Sync
	shown          []planner.Setting // reported settings as the client knows them
	changed        []planner.Setting // reported since

	mu      sync.Mutex
	cancel  context.CancelCauseFunc // ends stmt
	stop    *pgerr.Error            // why the connection must end
	drained bool                    // the connection must end once it is idle
	waiting bool                    // for the next message
	opened  bool                    // the client has been told that it may begin
	alive   *time.Timer             // looks for the client while a statement runs
	armed   bool                    // alive will go off
	begun   uint64                  // statements so far
	seen    uint64                  // begun when alive last went off
	notes   []note
	noted   int64 // bytes of them
	deaf    bool  // none are queued any more
}

func newConn(s *Server, nc net.Conn) *conn {
	c := &conn{srv: s, cfg: s.config.Load(), nc: nc, rw: nc, r: newReader(nc), w: writer{dst: nc}}
	c.r.long = &s.intake
	c.log = s.log.With("client", clientName(nc.RemoteAddr()))
	return c
}

func clientName(a net.Addr) string {
	if a == nil || a.Network() == "unix" {
		return "[local]"
	}
	return a.String()
}

// serve runs the connection from its first byte to its last.
func (c *conn) serve() {
	start := time.Now()
	ctx, cancel := context.WithCancelCause(context.Background())
	c.ctx = ctx
	var err error
	defer func() {
		if p := recover(); p != nil {
			c.log.Error("connection failed", "panic", p, "stack", string(debug.Stack()))
			err = fatal(pgerrcode.InternalError, "internal error")
		}
		c.close(err)
		cancel(net.ErrClosed)
		if c.session == nil {
			return
		}
		if f := c.cfg.Observer.Closed; f != nil {
			f(c.client(), time.Since(start))
		}
		if c.cfg.LogDisconnection {
			c.log.Info("disconnection", "session_time", time.Since(start))
		}
	}()
	tuneTCP(c.nc, c.cfg)
	c.setDeadline(start.Add(c.cfg.AuthTimeout))
	if c.cfg.LogConnections {
		c.log.Info("connection received")
	}
	if err = c.open(); err == nil {
		err = c.loop()
	}
}

// close tells the client why, where there is a reason, ends the session and
// closes the socket.
func (c *conn) close(err error) {
	defer c.nc.Close()
	defer c.dropNotes()
	defer c.r.drop()
	defer c.unwatch()
	defer c.endStatement()
	if c.session != nil {
		defer c.closeSession()
	}
	// What a connection that is being ended fails with is of no interest.
	if stop := c.stopped(); stop != nil && err != nil && !errors.Is(err, errClosed) {
		err = stop
	}
	var e *pgerr.Error
	if !errors.As(err, &e) || c.w.err != nil {
		if err != nil && !errors.Is(err, errClosed) && !errors.Is(err, io.EOF) {
			if quiet := (commError{}); errors.As(err, &quiet) {
				c.log.Info(quiet.Error())
			} else {
				c.log.Debug("connection lost", "error", err)
			}
		}
		return
	}
	if e.Severity == "" || e.Severity == "ERROR" {
		copied := *e
		copied.Severity = "FATAL"
		e = &copied
	}
	c.log.Info(e.Message, "severity", e.Severity, "sqlstate", e.Code, "detail", e.Detail)
	c.rw.SetWriteDeadline(time.Now().Add(c.cfg.CloseGrace))
	if c.sendError(e) == nil {
		c.linger()
	}
}

func (c *conn) closeSession() {
	defer func() {
		if p := recover(); p != nil {
			c.log.Error("closing the session failed", "panic", p, "stack", string(debug.Stack()))
		}
	}()
	c.session.Close()
}

// linger closes the sending half and reads for a moment: closing a socket
// with unread input resets the connection, and the client might not see the
// error just sent.
func (c *conn) linger() {
	half, ok := c.rw.(interface{ CloseWrite() error })
	if !ok || half.CloseWrite() != nil {
		return
	}
	c.nc.SetReadDeadline(time.Now().Add(250 * time.Millisecond))
	var junk [4096]byte
	for range 64 {
		if _, err := c.nc.Read(junk[:]); err != nil {
			return
		}
	}
}

// open takes the connection to its first ReadyForQuery.
func (c *conn) open() error {
	login, settings, err := c.startup()
	if err == nil {
		err = c.authenticate(login)
	}
	if err == nil {
		err = c.srv.admit(c)
	}
	if errors.Is(err, os.ErrDeadlineExceeded) && c.user != "" {
		return fatal(pgerrcode.QueryCanceled, "canceling authentication due to timeout")
	}
	if err != nil {
		return err
	}
	c.setDeadline(time.Time{})
	return c.begin(settings)
}

// begin opens the session and tells the client what it is told at the start.
func (c *conn) begin(settings []planner.Setting) error {
	state, isTLS := c.tlsState()
	options, bad := parseOptions(c.options)
	c.log = c.log.With("pid", c.pid, "user", c.user, "database", c.database)
	systemUser := ""
	if c.identity != "" {
		systemUser = c.method.String() + ":" + c.identity
	}
	session, err := c.cfg.NewSession(c.ctx, planner.SessionOptions{
		User: c.user, Database: c.database, Options: options, BadOptions: bad, Settings: settings, PID: c.pid,
		RemoteAddr: c.nc.RemoteAddr(), LocalAddr: c.nc.LocalAddr(), TLS: isTLS, TLSVersion: tlsVersion(state), TLSCipher: tlsCipher(state), SystemUser: systemUser,
		Notice: c.notice, ParameterStatus: c.parameterStatus, Notification: c.notify,
		Cancel: c.cancelStatement, Terminate: c.terminate, Phases: c.cfg.Observer.Detailed,
	})
	if err != nil {
		c.enc = nil // it is taken up when the settings are (InitializeClientEncoding)
		return asError(c.ctx, err)
	}
	c.session = &observed{Session: session, c: c}
	c.w.to, _ = session.(writeWaiter)
	c.changed = c.changed[:0] // what the packet's settings changed is in Reported
	reported := session.Reported()
	c.shown = make([]planner.Setting, 0, len(reported))
	for _, s := range reported {
		c.report(s)
	}
	c.putBackendKey()
	if c.cfg.LogConnections {
		c.log.Info("connection authorized", "method", c.method.String(), "tls", isTLS)
	}
	if f := c.cfg.Observer.Opened; f != nil {
		f(c.client())
	}
	c.mu.Lock()
	c.opened = true
	c.mu.Unlock()
	return c.ready()
}

// setDeadline sets the deadline of reads and writes, unless the connection is
// already being ended.
func (c *conn) setDeadline(t time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.stop == nil {
		c.nc.SetDeadline(t)
	}
}

// stopped gives the reason for which the connection is being ended, nil for
// none.
func (c *conn) stopped() *pgerr.Error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.stop
}

// statement gives the context of the messages being handled. It lasts until
// the client is waited for again.
func (c *conn) statement() context.Context {
	if c.stmt != nil {
		return c.stmt
	}
	// Not of the connection's context, which ends after the last statement has.
	ctx, cancel := context.WithCancelCause(context.Background())
	c.stmt = ctx
	c.mu.Lock()
	defer c.mu.Unlock()
	c.cancel = cancel
	if c.stop != nil {
		cancel(c.stop)
	}
	c.watch()
	return ctx
}

func (c *conn) endStatement() {
	if c.stmt == nil {
		return
	}
	c.mu.Lock()
	cancel := c.cancel
	c.cancel = nil
	c.mu.Unlock()
	cancel(nil)
	c.stmt = nil
}

// cancelStatement cancels what runs, if anything does.
func (c *conn) cancelStatement(cause error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.cancel != nil {
		c.cancel(cause)
	}
}

// terminate ends the connection for a reason: what runs is cancelled, and the
// client is told.
func (c *conn) terminate(cause error) {
	e := *pgerr.From(cause)
	e.Severity = "FATAL"
	c.mu.Lock()
	defer c.mu.Unlock()
	c.terminateLocked(&e)
}

func (c *conn) terminateLocked(e *pgerr.Error) {
	if c.stop != nil {
		return
	}
	c.stop = e
	if c.cancel != nil {
		c.cancel(e)
	}
	c.nc.SetReadDeadline(past)
	// A client that does not read must not keep us.
	c.nc.SetWriteDeadline(time.Now().Add(c.cfg.CloseGrace))
}

// drain ends the connection now if it is idle, else when it becomes so.
func (c *conn) drain() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.drained = true
	if c.waiting {
		c.terminateLocked(adminShutdown())
	} else if !c.opened {
		c.terminateLocked(shuttingDown())
	}
}

var past = time.Unix(1, 0)
