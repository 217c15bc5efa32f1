package emulator

import (
	"net/http"
	"net/url"
	"time"
)

// Call is one call that the endpoint got.
type Call struct {
	Time                    time.Time
	Action, Account, Region string
	Params                  url.Values
	Principal               string            // ARN of whoever signed it
	SourceIdentity          string            // of the session
	Tags                    map[string]string // of the session
	UserAgent               string
	RequestID               string
	Code                    string // the error's; "fault" when no answer was given; "" success
	Duration                time.Duration
	Rows                    int // flow logs in the page that DescribeFlowLogs answered
}

// maxCalls bounds the log; the oldest half goes.
const maxCalls = 100_000

// record logs a call; done completes the entry.
func (e *Emulator) record(q *request, account string, r *http.Request) (done func(code string)) {
	start := time.Now()
	e.callMu.Lock()
	defer e.callMu.Unlock()
	if len(e.calls) >= maxCalls {
		e.calls = append(e.calls[:0:0], e.calls[maxCalls/2:]...)
	}
	c := Call{Time: start, Action: q.action, Account: account, Region: q.region, Params: q.p.v, RequestID: q.id, UserAgent: r.UserAgent()}
	if w := q.who; w != nil {
		c.Principal, c.SourceIdentity, c.Tags = w.arn, w.source, w.tags
	}
	e.calls = append(e.calls, c)
	return func(code string) {
		e.callMu.Lock()
		defer e.callMu.Unlock()
		for i := len(e.calls) - 1; i >= 0; i-- {
			if e.calls[i].RequestID == q.id {
				e.calls[i].Code, e.calls[i].Rows = code, q.rows
				e.calls[i].Duration = time.Since(start)
				return
			}
		}
	}
}

// Calls gives the calls since the last ResetCalls, of some actions or of all.
func (e *Emulator) Calls(actions ...string) []Call {
	e.callMu.Lock()
	defer e.callMu.Unlock()
	var out []Call
	for _, c := range e.calls {
		if len(actions) == 0 {
			out = append(out, c)
		}
		for _, a := range actions {
			if a == c.Action {
				out = append(out, c)
			}
		}
	}
	return out
}

// ResetCalls forgets the calls.
func (e *Emulator) ResetCalls() {
	e.callMu.Lock()
	defer e.callMu.Unlock()
	e.calls = nil
}
