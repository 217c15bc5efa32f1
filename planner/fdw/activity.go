package fdw

import "sync/atomic"

// Activity tells what a session does at AWS: how much its statements have
// asked of it so far, and what it waits for. Any goroutine may call its methods, and
// they do nothing on a nil one.
type Activity struct {
	Calls, Pages, Rows atomic.Int64

	waiting atomic.Int32
	wait    atomic.Pointer[Wait]
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
