package server

import (
	"errors"
	"os"
	"runtime"
	"time"

	"github.com/jackc/pgproto3/v2"

	"github.com/flowgres/flowgres/planner"
	"github.com/flowgres/flowgres/planner/adt"
)

// Idler is what a Session may offer: how long it may wait for its client's
// next message now, and the FATAL error that ends it then
// (idle_session_timeout, idle_in_transaction_session_timeout). 0: for ever.
type Idler interface {
	IdleTimeout() (time.Duration, error)
}

// await waits for the client's next message, holding no buffers. Meanwhile it
// delivers notifications and obeys timeouts and termination.
func (c *conn) await() error {
	// What is not flushed yet stays so: the client has not asked for it.
	c.endStatement()
	c.r.release()
	c.w.release()
	var end time.Time
	var cause error
	if s, ok := c.session.(Idler); ok {
		var d time.Duration
		if d, cause = s.IdleTimeout(); d > 0 {
			end = time.Now().Add(d)
		}
	}
	for {
		if err := c.sleep(end); err != nil {
			return err
		}
		runtime.Gosched() // who asks again at once may have by the time others were served
		err := c.r.fill(1)
		woken := c.wake(end)
		if err == nil || !errors.Is(err, os.ErrDeadlineExceeded) {
			return err
		}
		if !woken && !end.IsZero() && !time.Now().Before(end) {
			return cause
		}
	}
}

// sleep does what is due before the connection may wait, and marks it as
// waiting.
func (c *conn) sleep(end time.Time) error {
	for {
		c.mu.Lock()
		switch {
		case c.stop != nil:
			c.mu.Unlock()
			return c.stop
		case c.drained:
			c.mu.Unlock()
			return adminShutdown()
		case len(c.notes) == 0 || c.session.TxStatus() != 'I':
			c.waiting = true
			if !end.IsZero() {
				c.nc.SetReadDeadline(end)
			}
			c.mu.Unlock()
			return nil
		}
		c.mu.Unlock()
		c.deliver()
		if err := c.w.flush(); err != nil {
			return err
		}
		c.w.release()
	}
}

// wake ends the wait. It tells whether there is something to deliver.
func (c *conn) wake(end time.Time) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.waiting = false
	if c.stop == nil && (!end.IsZero() || len(c.notes) > 0) {
		c.nc.SetReadDeadline(time.Time{})
	}
	return len(c.notes) > 0 || c.stop != nil
}

// parameterStatus notes a changed setting; the client is told before the next
// ReadyForQuery, as by ReportChangedGUCOptions.
func (c *conn) parameterStatus(name, value string) {
	switch name {
	case "application_name":
		c.who = nil
	case "client_encoding":
		c.enc, _ = adt.FindEncoding(value)
	}
	for i := range c.changed {
		if c.changed[i].Name == name {
			c.changed[i].Value = value
			return
		}
	}
	c.changed = append(c.changed, planner.Setting{Name: name, Value: value})
}

// reportChanges sends the settings that differ from what the client knows.
func (c *conn) reportChanges() {
	for i := len(c.changed) - 1; i >= 0; i-- { // the last is told first, as by guc_report_list
		c.report(c.changed[i])
	}
	c.changed = c.changed[:0]
}

// report sends a setting if the client does not know it so.
func (c *conn) report(s planner.Setting) {
	if c.know(s) {
		c.w.put(&pgproto3.ParameterStatus{Name: s.Name, Value: c.encoded(s.Value)})
	}
}

// know remembers a setting and tells whether it is news.
func (c *conn) know(s planner.Setting) bool {
	for i := range c.shown {
		if c.shown[i].Name == s.Name {
			news := c.shown[i].Value != s.Value
			c.shown[i].Value = s.Value
			return news
		}
	}
	c.shown = append(c.shown, s)
	return true
}

// ready sends ReadyForQuery with what goes before it.
func (c *conn) ready() error {
	status := c.session.TxStatus()
	if status == 'I' {
		c.deliver()
	}
	c.reportChanges()
	c.w.putStatus(status)
	c.endStatement()
	return c.w.flush()
}
