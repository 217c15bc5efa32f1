package server

import (
	"net"
	"syscall"
	"time"

	"github.com/jackc/pgerrcode"
)

// watch looks for the client now and then while a statement runs, and cancels
// the statement of one that has gone (client_connection_check_interval). A
// look is one poll of the socket: nothing is read, and no goroutine waits. The
// timer outlives the statement and finds out when it goes off that there is
// another one, or none: short statements leave it alone. The caller holds mu.
func (c *conn) watch() {
	interval := c.cfg.CheckInterval
	c.begun++
	if interval < 0 || c.armed {
		return
	}
	if c.alive != nil {
		c.armed = true
		c.alive.Reset(interval)
		return
	}
	sc, ok := c.nc.(syscall.Conn)
	if !ok {
		return
	}
	raw, err := sc.SyscallConn()
	if err != nil {
		return
	}
	c.armed, c.seen = true, c.begun
	c.alive = time.AfterFunc(interval, func() { c.look(raw) })
}

// unwatch ends the looking.
func (c *conn) unwatch() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.alive != nil {
		c.alive.Stop()
	}
}

// look is what the timer does. A statement that has begun since it last went
// off may be a short one, which a client that has closed its side still gets
// the answer of.
func (c *conn) look(raw syscall.RawConn) {
	c.mu.Lock()
	if c.cancel == nil {
		c.armed = false
		c.mu.Unlock()
		return
	}
	if c.seen != c.begun {
		c.seen = c.begun
		c.alive.Reset(c.cfg.CheckInterval)
		c.mu.Unlock()
		return
	}
	c.mu.Unlock()
	gone := false
	if err := raw.Control(func(fd uintptr) { gone = hungUp(fd) }); err != nil {
		return // closed
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if !gone {
		c.alive.Reset(c.cfg.CheckInterval)
		return
	}
	c.armed = false
	if c.cancel != nil {
		c.cancel(fatal(pgerrcode.ConnectionFailure, "connection to client lost"))
	}
}

// tuneTCP sets keepalive and the limit on unacknowledged data.
func tuneTCP(nc net.Conn, cfg *Config) {
	tcp, ok := nc.(*net.TCPConn)
	if !ok {
		return
	}
	// Failures leave the system's defaults.
	_ = tcp.SetKeepAliveConfig(net.KeepAliveConfig{
		Enable: true, Idle: cfg.KeepAliveIdle, Interval: cfg.KeepAliveInterval, Count: cfg.KeepAliveCount,
	})
	if cfg.UserTimeout <= 0 {
		return
	}
	if raw, err := tcp.SyscallConn(); err == nil {
		_ = raw.Control(func(fd uintptr) { setUserTimeout(fd, cfg.UserTimeout) })
	}
}
