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
// caller holds mu.
func (c *conn) watch() {
	interval := c.cfg.CheckInterval
	if interval < 0 {
		return
	}
	if c.alive != nil {
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
	c.alive = time.AfterFunc(interval, func() { c.look(raw) })
}

func (c *conn) look(raw syscall.RawConn) {
	gone := false
	if err := raw.Control(func(fd uintptr) { gone = hungUp(fd) }); err != nil {
		return // closed
	}
	if gone {
		c.cancelStatement(fatal(pgerrcode.ConnectionFailure, "connection to client lost"))
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.cancel != nil {
		c.alive.Reset(c.cfg.CheckInterval)
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
