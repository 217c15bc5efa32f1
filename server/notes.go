package server

import (
	"github.com/jackc/pgerrcode"
	"github.com/jackc/pgproto3/v2"

	"github.com/flowgres/flowgres/planner/pgerr"
)

// Notifications wait in memory until their sessions are idle, outside of a
// transaction, and their clients read. When all of them take too much, sessions
// whose own queue is long end, as PostgreSQL would have who notifies fail.
const (
	maxNotes  = 64 << 20 // bytes, of all sessions
	fairNotes = 1 << 20  // of one that is never ended for it
)

// note is a notification to deliver.
type note struct {
	pid              int32
	channel, payload string
}

func (n note) size() int64 { return int64(64 + len(n.channel) + len(n.payload)) }

// notify queues a notification and wakes an idle connection. Any goroutine may
// call it.
func (c *conn) notify(pid int32, channel, payload string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.stop != nil || c.deaf {
		return
	}
	n := note{pid, channel, payload}
	c.notes = append(c.notes, n)
	c.noted += n.size()
	if c.srv.notes.Add(n.size()) > maxNotes && c.noted > fairNotes {
		e := pgerr.New(pgerrcode.ProgramLimitExceeded, "terminating connection because too many notifications wait for it")
		e.Severity = "FATAL"
		c.terminateLocked(e)
		return
	}
	if c.waiting {
		c.nc.SetReadDeadline(past)
	}
}

// deliver sends the queued notifications.
func (c *conn) deliver() {
	c.mu.Lock()
	notes := c.notes
	c.notes = nil
	c.mu.Unlock()
	for i, n := range notes {
		c.w.put(&pgproto3.NotificationResponse{PID: uint32(n.pid), Channel: c.encoded(n.channel), Payload: c.encoded(n.payload)})
		notes[i] = note{}
		c.forget(n.size())
	}
}

// forget tells that so many bytes of notifications wait no more.
func (c *conn) forget(size int64) {
	c.mu.Lock()
	c.noted -= size
	c.mu.Unlock()
	c.srv.notes.Add(-size)
}

// dropNotes forgets what waits, at the connection's end.
func (c *conn) dropNotes() {
	c.mu.Lock()
	c.deaf = true
	size := c.noted
	c.mu.Unlock()
	c.forget(size)
}
