// Package server speaks PostgreSQL's wire protocol, version 3, for the engine
// in planner.
//
// The way of a connection through it: Server.Serve accepts it and gives it one
// goroutine, conn.serve. That takes the startup packets (startup.go: TLS, GSS
// and cancel requests, protocol versions, options), authenticates (auth.go,
// scram.go), opens a Session and then reads one message at a time: reader
// frames it within the limits of the connection's state, validate checks its
// body, pgproto3 decodes it, and loop.go or extended.go calls the Session.
// What the Session puts out goes through output into the connection's one
// write buffer, row by row, and to the socket whenever that is full: so a
// client that does not read blocks the scan that feeds it. Between messages a
// connection holds neither buffer, and idle ones cost little.
//
// Where to look for what:
//
//   - a server: server, config (also its reload), listen, observe (its hooks), engine (what it asks
//     of the engine), limiter (password guessing);
//   - a connection: conn, startup, options, loop, await, cancel, watch (lost clients), notes
//     (notifications), errors;
//   - who it is: auth, scram, verifier, ident, hba (pg_hba.conf), dn and peer; tls, tlsname;
//   - messages: reader, validate, values, encoding, extended, fastpath, output, writer.
//
// Everything that other goroutines want of a connection (cancel requests,
// shutdown, notifications, a lost client) passes through the few fields under
// conn.mu.
//
// It must not know SQL. It mirrors src/backend/libpq, postmaster.c and the
// message loop of tcop/postgres.c; the documentation is PostgreSQL's chapter
// "Frontend/Backend Protocol".
package server

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"log/slog"
	"net"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jackc/pgerrcode"

	"github.com/flowgres/flowgres/planner/pgerr"
)

// Server serves connections of one engine.
type Server struct {
	config  atomic.Pointer[Config] // Reload replaces it
	log     *slog.Logger
	limiter *limiter

	mu        sync.Mutex
	listeners map[net.Listener]struct{}
	conns     map[*conn]struct{}
	early     []*conn         // not yet authenticated, oldest first
	sessions  map[int32]*conn // authenticated, by process id
	users     map[string]int  // sessions of each role
	nextPID   int32
	intake    intake
	notes     atomic.Int64  // bytes of notifications that wait
	passing   chan struct{} // a place for each cancel request that goes to peers
	closing   bool
	wg        sync.WaitGroup
}

// New makes a server. It serves nothing until Serve is called.
func New(cfg Config) (*Server, error) {
	if err := cfg.complete(); err != nil {
		return nil, err
	}
	s := &Server{
		log: cfg.Log, limiter: newLimiter(cfg.Guessing),
		listeners: map[net.Listener]struct{}{}, conns: map[*conn]struct{}{},
		passing:  make(chan struct{}, maxPassing),
		sessions: map[int32]*conn{}, users: map[string]int{}, nextPID: int32(os.Getpid() & 0x3fffffff),
	}
	s.config.Store(&cfg)
	s.intake.most = 4 * int64(cfg.MaxMessage)
	return s, nil
}

// Serve accepts connections on a listener until Shutdown or Close, which make
// it return nil. It may be called for several listeners at a time.
func (s *Server) Serve(ln net.Listener) error {
	if !s.addListener(ln) {
		ln.Close()
		return nil
	}
	for delay := time.Duration(0); ; {
		nc, err := ln.Accept()
		if err != nil {
			s.mu.Lock()
			closing := s.closing
			s.mu.Unlock()
			if closing {
				return nil
			}
			if errors.Is(err, net.ErrClosed) {
				return err
			}
			// Out of descriptors or memory: those will come back.
			delay = min(max(2*delay, 5*time.Millisecond), time.Second)
			s.log.Error("could not accept a connection", "error", err, "retry_in", delay)
			time.Sleep(delay)
			continue
		}
		delay = 0
		s.start(nc)
	}
}

func (s *Server) addListener(ln net.Listener) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closing {
		return false
	}
	s.listeners[ln] = struct{}{}
	return true
}

// start gives a connection its goroutine. When too many are unauthenticated,
// the oldest of these goes: a flood of silent ones must not keep others out.
func (s *Server) start(nc net.Conn) {
	c := newConn(s, nc)
	s.mu.Lock()
	if s.closing {
		s.mu.Unlock()
		nc.Close()
		return
	}
	s.conns[c] = struct{}{}
	s.early = append(s.early, c)
	var evicted *conn
	if len(s.early) > c.cfg.MaxEarly {
		evicted, s.early = s.early[0], s.early[1:]
	}
	s.wg.Add(1)
	s.mu.Unlock()
	if evicted != nil {
		evicted.log.Warn("connection dropped: too many are authenticating")
		s.refused("preauth_limit")
		evicted.nc.Close()
	}
	go func() {
		defer s.wg.Done()
		defer s.forget(c)
		c.serve()
	}()
}

// admit makes an authenticated connection a session: it gets its process id
// and cancel key.
func (s *Server) admit(c *conn) error {
	var secret [4]byte
	rand.Read(secret[:])
	s.mu.Lock()
	defer s.mu.Unlock()
	s.leaveEarly(c)
	if s.closing {
		return shuttingDown()
	}
	if len(s.sessions) >= c.cfg.MaxConnections {
		s.refused("connection_limit")
		return fatal(pgerrcode.TooManyConnections, "sorry, too many clients already")
	}
	if limit := c.cfg.Roles[c.user].ConnectionLimit; limit > 0 && s.users[c.user] >= limit {
		s.refused("role_limit")
		return fatal(pgerrcode.TooManyConnections, "too many connections for role \"%s\"", c.user)
	}
	for {
		s.nextPID = max(1, (s.nextPID+1)&0x7fffffff)
		if s.sessions[s.nextPID] == nil {
			break
		}
	}
	c.pid, c.secret = s.nextPID, binary.BigEndian.Uint32(secret[:])
	s.sessions[c.pid] = c
	s.users[c.user]++
	return nil
}

func (s *Server) leaveEarly(c *conn) {
	for i, e := range s.early {
		if e == c {
			s.early = append(s.early[:i], s.early[i+1:]...)
			return
		}
	}
}

func (s *Server) forget(c *conn) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.conns, c)
	s.leaveEarly(c)
	if c.pid != 0 && s.sessions[c.pid] == c {
		delete(s.sessions, c.pid)
		if s.users[c.user]--; s.users[c.user] == 0 {
			delete(s.users, c.user)
		}
	}
}

// Sessions gives the number of authenticated connections.
func (s *Server) Sessions() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.sessions)
}

func (s *Server) refused(reason string) {
	if f := s.config.Load().Observer.Refused; f != nil {
		f(reason)
	}
}

// Early gives the number of connections that are authenticating.
func (s *Server) Early() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.early)
}

// Banned gives the number of addresses that gave too many wrong passwords.
func (s *Server) Banned() int { return s.limiter.bans() }

// Shutdown stops listening, ends idle sessions and waits for the others to
// become idle. When ctx ends first, it cancels what runs. It returns once no
// connection is left, with ctx's error if it had to cancel.
func (s *Server) Shutdown(ctx context.Context) error {
	s.closeListeners()
	for _, c := range s.all() {
		c.drain()
	}
	done := make(chan struct{})
	go func() {
		s.wg.Wait()
		close(done)
	}()
	select {
	case <-done:
		return nil
	case <-ctx.Done():
	}
	for _, c := range s.all() {
		c.terminate(adminShutdown())
	}
	select {
	case <-done:
	case <-time.After(s.config.Load().CloseGrace):
		for _, c := range s.all() {
			c.nc.Close()
		}
		<-done
	}
	return ctx.Err()
}

// Close ends the server at once: Shutdown without patience.
func (s *Server) Close() error {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if err := s.Shutdown(ctx); !errors.Is(err, context.Canceled) {
		return err
	}
	return nil
}

func (s *Server) closeListeners() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closing = true
	for ln := range s.listeners {
		if err := ln.Close(); err != nil && !errors.Is(err, net.ErrClosed) {
			s.log.Warn("could not close a listener", "error", err)
		}
		delete(s.listeners, ln)
	}
}

func (s *Server) all() []*conn {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := make([]*conn, 0, len(s.conns))
	for c := range s.conns {
		all = append(all, c)
	}
	return all
}

func adminShutdown() *pgerr.Error {
	return fatal(pgerrcode.AdminShutdown, "terminating connection due to administrator command")
}

func shuttingDown() *pgerr.Error {
	return fatal(pgerrcode.CannotConnectNow, "the database system is shutting down")
}
