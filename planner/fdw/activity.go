package fdw

import (
	"sync/atomic"
	"time"
)

// Activity tells what a session does at AWS: how much its statements have
// asked of it so far, and what it waits for. Any goroutine may call its methods, and
// they do nothing on a nil one.
type Activity struct {
	calls, retries, pages, rows, time atomic.Int64

	waiting atomic.Int32
	wait    atomic.Pointer[Wait]
}

// Use is what has been asked of AWS.
type Use struct {
	Calls   int64 // attempts of API calls
	Retries int64 // of those, attempts after the first
	Pages   int64
	Rows    int64
	Time    time.Duration // of the attempts, added up
}

// Minus gives what came after an earlier Use.
func (u Use) Minus(b Use) Use {
	return Use{u.Calls - b.Calls, u.Retries - b.Retries, u.Pages - b.Pages, u.Rows - b.Rows, u.Time - b.Time}
}

// Plus adds two.
func (u Use) Plus(b Use) Use {
	return Use{u.Calls + b.Calls, u.Retries + b.Retries, u.Pages + b.Pages, u.Rows + b.Rows, u.Time + b.Time}
}

// Call counts an attempt of an API call.
func (a *Activity) Call(took time.Duration, again bool) {
	if a == nil {
		return
	}
	a.calls.Add(1)
	a.time.Add(int64(took))
	if again {
		a.retries.Add(1)
	}
}

// Page counts a page of rows.
func (a *Activity) Page(rows int) {
	if a != nil {
		a.pages.Add(1)
		a.rows.Add(int64(rows))
	}
}

// Use tells what has been counted so far.
func (a *Activity) Use() Use {
	if a == nil {
		return Use{}
	}
	return Use{a.calls.Load(), a.retries.Load(), a.pages.Load(), a.rows.Load(), time.Duration(a.time.Load())}
}

// Wait is what pg_stat_activity shows of a session that waits.
type Wait struct{ Type, Event string }

// Begin notes that the session waits; End ends it. Of several waits at once the
// last to begin is shown until all have ended.
func (a *Activity) Begin(w *Wait) {
	if a != nil {
		a.waiting.Add(1)
		a.wait.Store(w)
	}
}

// End ends what Begin began.
func (a *Activity) End() {
	if a != nil && a.waiting.Add(-1) == 0 {
		a.wait.Store(nil)
	}
}

// Waiting gives what the session waits for, nil for nothing.
func (a *Activity) Waiting() *Wait {
	if a == nil {
		return nil
	}
	return a.wait.Load()
}

// Doing gives the session's Activity, nil if it has none.
func (s *Session) Doing() *Activity {
	if s == nil {
		return nil
	}
	return s.Activity
}
