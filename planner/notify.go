package planner

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/jackc/pgerrcode"

	"github.com/flowgres/flowgres/planner/adt"
	"github.com/flowgres/flowgres/planner/fdw"
	"github.com/flowgres/flowgres/planner/pgerr"
)

// notification is a NOTIFY on its way.
type notification struct {
	pid              int32
	channel, payload string
}

// listening is a LISTEN or UNLISTEN that waits for its transaction to commit.
type listening struct {
	channel string
	on, all bool
}

// hub delivers notifications between the sessions of a database.
type hub struct {
	mu        sync.Mutex
	listeners map[string][]*Session
}

func newHub() *hub { return &hub{listeners: map[string][]*Session{}} }

func (h *hub) listen(s *Session, channel string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if !slices.Contains(h.listeners[channel], s) {
		h.listeners[channel] = append(h.listeners[channel], s)
		s.channels = append(s.channels, channel)
	}
}

func (h *hub) unlisten(s *Session, channel string, all bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	s.channels = slices.DeleteFunc(s.channels, func(c string) bool {
		if !all && c != channel {
			return false
		}
		h.listeners[c] = slices.DeleteFunc(h.listeners[c], func(x *Session) bool { return x == s })
		if len(h.listeners[c]) == 0 {
			delete(h.listeners, c)
		}
		return true
	})
}

// drop forgets a session.
func (h *hub) drop(s *Session) { h.unlisten(s, "", true) }

// send delivers a committed transaction's notifications, duplicates once.
func (h *hub) send(list []notification) {
	sent := map[notification]bool{}
	for _, n := range list {
		if sent[n] {
			continue
		}
		sent[n] = true
		h.mu.Lock()
		to := slices.Clone(h.listeners[n.channel])
		h.mu.Unlock()
		for _, s := range to {
			if s.o.Notification != nil {
				s.o.Notification(n.pid, n.channel, n.payload)
			}
		}
	}
}

// lockKey is the key of an advisory lock: one bigint or two integers, in a database.
type lockKey struct {
	database adt.OID
	a, b     int64
	two      bool
}

// lockHold is how often a session has a lock, at session level or at that of a
// transaction.
type lockHold struct {
	lockMode
	times int
}

// lockMode is a way of holding a lock.
type lockMode struct {
	shared, tx bool
	level      int // of a transaction's hold: savepoints when it was taken
}

// advisoryLocks are the advisory locks of this process's sessions.
type advisoryLocks struct {
	mu    sync.Mutex
	held  map[lockKey]map[*Session][]lockHold
	locks int           // sessions' locks, however often they hold them
	wake  chan struct{} // closed and replaced at every release
	wait  map[*Session]lockWait
}

// lockWait is the lock that a session waits for.
type lockWait struct {
	key    lockKey
	shared bool
	since  time.Time
}

func newAdvisoryLocks() *advisoryLocks {
	return &advisoryLocks{held: map[lockKey]map[*Session][]lockHold{}, wake: make(chan struct{}), wait: map[*Session]lockWait{}}
}

// maxAdvisoryLocks is how many there may be: twice what PostgreSQL's lock table is
// sized for, about as many as find room in its shared memory.
func (s *Session) maxAdvisoryLocks() int {
	return int(2 * s.guc.Int("max_locks_per_transaction") * s.guc.Int("max_connections"))
}

// try takes a lock if it is free; wait is what to wait for otherwise.
func (l *advisoryLocks) try(s *Session, k lockKey, shared, tx bool) (ok bool, wait <-chan struct{}, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for other, holds := range l.held[k] {
		if other == s {
			continue
		}
		for _, h := range holds {
			if !shared || !h.shared {
				return false, l.wake, nil
			}
		}
	}
	mode := lockMode{shared: shared, tx: tx}
	if tx {
		mode.level = len(s.tx.savepoints)
	}
	holds := l.held[k][s]
	if i := slices.IndexFunc(holds, func(h lockHold) bool { return h.lockMode == mode }); i >= 0 {
		holds[i].times++
		return true, nil, nil
	}
	if holds == nil {
		if l.locks >= s.maxAdvisoryLocks() {
			return false, nil, pgerr.New(pgerrcode.OutOfMemory, "out of shared memory").
				Hintf("You might need to increase max_locks_per_transaction.")
		}
		l.locks++
	}
	if l.held[k] == nil {
		l.held[k] = map[*Session][]lockHold{}
	}
	s.locked = true
	l.held[k][s] = append(holds, lockHold{mode, 1})
	return true, nil, nil
}

// lock waits for a lock.
func (l *advisoryLocks) lock(ctx context.Context, s *Session, k lockKey, shared, tx bool) error {
	ok, wait, err := l.try(s, k, shared, tx)
	if ok || err != nil {
		return err
	}
	var timeout <-chan time.Time
	if ms := s.guc.Int("lock_timeout"); ms > 0 {
		t := time.NewTimer(time.Duration(ms) * time.Millisecond)
		defer t.Stop()
		timeout = t.C
	}
	defer l.waits(s, nil)
	s.fdw.Activity.Begin(advisoryWait)
	defer s.fdw.Activity.End()
	w := lockWait{key: k, shared: shared, since: time.Now()}
	for !ok {
		if l.waits(s, &w) {
			return pgerr.New(pgerrcode.DeadlockDetected, "deadlock detected").Hintf("See server log for query details.")
		}
		select {
		case <-wait:
		case <-timeout:
			return pgerr.New(pgerrcode.LockNotAvailable, "canceling statement due to lock timeout")
		case <-ctx.Done():
			return context.Cause(ctx)
		}
		if ok, wait, err = l.try(s, k, shared, tx); err != nil {
			return err
		}
	}
	return nil
}

var advisoryWait = &fdw.Wait{Type: "Lock", Event: "advisory"}

// waits notes what lock a session waits for, nil for none, and tells whether
// it would wait for itself.
func (l *advisoryLocks) waits(s *Session, w *lockWait) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if w == nil {
		delete(l.wait, s)
		return false
	}
	l.wait[s] = *w
	seen := map[*Session]bool{}
	var circle func(k lockKey) bool
	circle = func(k lockKey) bool {
		for holder := range l.held[k] {
			if holder == s && k != w.key {
				return true
			}
			next, waiting := l.wait[holder]
			if holder == s || seen[holder] || !waiting {
				continue
			}
			seen[holder] = true
			if circle(next.key) {
				return true
			}
		}
		return false
	}
	return circle(w.key)
}

// blocking gives the processes that hold what a session waits for
// (pg_blocking_pids).
func (l *advisoryLocks) blocking(s *Session) []adt.Datum {
	l.mu.Lock()
	defer l.mu.Unlock()
	w, waiting := l.wait[s]
	if !waiting {
		return nil
	}
	var pids []adt.Datum
	for holder, holds := range l.held[w.key] {
		if holder != s && slices.ContainsFunc(holds, func(h lockHold) bool { return !w.shared || !h.shared }) {
			pids = append(pids, holder.o.PID)
		}
	}
	slices.SortFunc(pids, func(a, b adt.Datum) int { return int(a.(int32)) - int(b.(int32)) })
	return pids
}

// unlock gives one hold of a session lock back; false: there was none.
func (l *advisoryLocks) unlock(s *Session, k lockKey, shared bool) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	holds := l.held[k][s]
	i := slices.IndexFunc(holds, func(h lockHold) bool { return !h.tx && h.shared == shared })
	if i < 0 {
		return false
	}
	if holds[i].times--; holds[i].times == 0 {
		l.set(k, s, slices.Delete(holds, i, i+1))
	}
	return true
}

// set stores what is left of a session's holds and wakes those who wait.
func (l *advisoryLocks) set(k lockKey, s *Session, holds []lockHold) {
	if len(holds) == 0 {
		delete(l.held[k], s)
		l.locks--
		if len(l.held[k]) == 0 {
			delete(l.held, k)
		}
	} else {
		l.held[k][s] = holds
	}
	close(l.wake)
	l.wake = make(chan struct{})
}

func (l *advisoryLocks) release(s *Session, match func(lockHold) bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for k, by := range l.held {
		if holds, ok := by[s]; ok {
			left := slices.DeleteFunc(slices.Clone(holds), match)
			if len(left) != len(holds) {
				l.set(k, s, left)
			}
		}
	}
}

// releaseTransaction gives back what a transaction took since it had so many
// savepoints.
func (l *advisoryLocks) releaseTransaction(s *Session, level int) {
	if s.locked {
		l.release(s, func(h lockHold) bool { return h.tx && h.level >= level })
	}
}

// merge makes the holds of released savepoints those of the level around.
func (l *advisoryLocks) merge(s *Session, level int) {
	if !s.locked {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, by := range l.held {
		for i := range by[s] {
			by[s][i].level = min(by[s][i].level, level)
		}
	}
}

func (l *advisoryLocks) releaseAll(s *Session) {
	if s.locked {
		l.release(s, func(lockHold) bool { return true })
		s.locked = false
	}
}
