package emulator

import (
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"time"
)

// Drop tells when a fault cuts the connection.
type Drop uint8

// Points of dropping a connection.
const (
	DropNever  Drop = iota
	DropBefore      // before the call is done
	DropAfter       // when it is done: the reply is lost
)

// Fault is something that goes wrong, for calls that it applies to. Several
// effects may go together; the first matching fault of those ordered wins.
type Fault struct {
	// Which calls; empty is any.
	Action, Account, Region string
	Skip                    int           // let so many matching calls pass first
	Times                   int           // then apply to so many; 0 is all
	For                     time.Duration // apply for so long from the order on; 0 is always
	Probability             float64       // of each matching call; 0 is always

	// What happens.
	Latency        time.Duration   // before the call is done
	Hold           <-chan struct{} // the call waits until it is closed
	Hang           bool            // no answer until the client leaves
	Error          *APIError       // this answer, nothing done
	ExpireSessions bool            // the caller's temporary credentials end
	Drop           Drop
	Truncate       int             // cut the body after so many bytes
	Body           string          // a foreign body instead of the answer
	ContentType    string          // its type
	Status         int             // its status; 0 is 200
	Chunk          int             // send the body in chunks of so many bytes…
	Pause          time.Duration   // …with a pause after each
	HoldBody       <-chan struct{} // …and none but the first before it is closed

	// What pages of DescribeFlowLogs look like.
	PageSize    int  // at most so many rows
	EmptyPage   bool // none, though there may be more
	RepeatToken bool // always the same NextToken
}

// fault is an ordered Fault with its counters.
type fault struct {
	Fault
	seen, used int
	until      time.Time
}

// Order makes a fault happen from now on; remove ends it.
func (e *Emulator) Order(f Fault) (remove func()) {
	o := &fault{Fault: f}
	if f.For > 0 {
		o.until = time.Now().Add(f.For)
	}
	e.faultMu.Lock()
	defer e.faultMu.Unlock()
	e.faults = append(e.faults, o)
	return func() {
		e.faultMu.Lock()
		defer e.faultMu.Unlock()
		for i, x := range e.faults {
			if x == o {
				e.faults = append(e.faults[:i:i], e.faults[i+1:]...)
				return
			}
		}
	}
}

// ClearFaults ends all faults.
func (e *Emulator) ClearFaults() {
	e.faultMu.Lock()
	defer e.faultMu.Unlock()
	e.faults = nil
}

// takeFault gives the fault that applies to a call, or nil.
func (e *Emulator) takeFault(action, account, region string) *Fault {
	e.faultMu.Lock()
	defer e.faultMu.Unlock()
	for _, f := range e.faults {
		if f.Action != "" && f.Action != action || f.Account != "" && f.Account != account || f.Region != "" && f.Region != region {
			continue
		}
		if !f.until.IsZero() && time.Now().After(f.until) || f.Times > 0 && f.used >= f.Times {
			continue
		}
		f.seen++
		if f.seen <= f.Skip || f.Probability > 0 && rand.Float64() >= f.Probability { //nolint:gosec // a test's dice
			continue
		}
		f.used++
		c := f.Fault
		return &c
	}
	return nil
}

// before does what a fault does ahead of the call; false ends the call.
func (e *Emulator) before(w http.ResponseWriter, r *http.Request, f *Fault) bool {
	if f.Latency > 0 {
		t := time.NewTimer(f.Latency)
		defer t.Stop()
		select {
		case <-t.C:
		case <-r.Context().Done():
			return false
		}
	}
	if f.Hold != nil {
		select {
		case <-f.Hold:
		case <-r.Context().Done():
			return false
		}
	}
	if f.Hang {
		<-r.Context().Done()
		return false
	}
	if f.Drop == DropBefore {
		cut(w, false)
		return false
	}
	return true
}

// after makes of a reply what the fault wants; false leaves it to the usual
// way.
func (e *Emulator) after(w http.ResponseWriter, q *request, f *Fault, status int, body []byte) bool {
	switch {
	case f.Drop == DropAfter:
		cut(w, false)
		return true
	case f.Body != "":
		body = []byte(f.Body)
		if status = f.Status; status == 0 {
			status = http.StatusOK
		}
		if f.ContentType != "" {
			w.Header().Set("Content-Type", f.ContentType)
		}
	}
	if f.Body == "" && f.Truncate == 0 && f.Chunk == 0 {
		return false
	}
	w.Header().Set("Content-Length", fmt.Sprint(len(body)))
	w.WriteHeader(status)
	if f.Truncate > 0 && f.Truncate < len(body) {
		_, _ = w.Write(body[:f.Truncate])
		cut(w, true)
		return true
	}
	step := f.Chunk
	if step <= 0 {
		step = len(body)
	}
	for len(body) > 0 {
		n := min(step, len(body))
		if _, err := w.Write(body[:n]); err != nil {
			return true
		}
		body = body[n:]
		if len(body) == 0 || f.Pause == 0 && f.HoldBody == nil {
			continue
		}
		_ = http.NewResponseController(w).Flush()
		select {
		case <-time.After(f.Pause):
		case <-q.ctx.Done():
			return true
		}
		if f.HoldBody != nil {
			select {
			case <-f.HoldBody:
			case <-q.ctx.Done():
				return true
			}
		}
	}
	return true
}

// cut closes the connection: with a reset as a crash would, or after what was
// written.
func cut(w http.ResponseWriter, written bool) {
	c := http.NewResponseController(w)
	if written {
		_ = c.Flush()
	}
	conn, _, err := c.Hijack()
	if err != nil {
		panic(http.ErrAbortHandler) // net/http's way to drop a connection
	}
	if tcp, ok := conn.(*net.TCPConn); ok && !written {
		_ = tcp.SetLinger(0)
	}
	_ = conn.Close()
}
