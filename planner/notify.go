package planner

import (
	"context"
	"slices"
	"sync"
)

// notification is a NOTIFY on its way.
type notification struct {
	pid              int32
	channel, payload string
}

// hub delivers notifications between the sessions of this process.
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
	}
}

func (h *hub) unlisten(s *Session, channel string, all bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for c, l := range h.listeners {
		if all || c == channel {
			l = slices.DeleteFunc(l, func(x *Session) bool { return x == s })
			if len(l) == 0 {
				delete(h.listeners, c)
				continue
			}
			h.listeners[c] = l
		}
	}
}

// drop forgets a session.
func (h *hub) drop(s *Session) { h.unlisten(s, "", true) }

// channels lists what a session listens to.
func (h *hub) channels(s *Session) []string {
	h.mu.Lock()
	defer h.mu.Unlock()
	var out []string
	for c, l := range h.listeners {
		if slices.Contains(l, s) {
			out = append(out, c)
		}
	}
	slices.Sort(out)
	return out
}

// send delivers a committed transaction's notifications, duplicates once.
func (h *hub) send(list []notification) {
	var sent []notification
	for _, n := range list {
		if slices.Contains(sent, n) {
			continue
		}
		sent = append(sent, n)
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

// lockKey is the key of an advisory lock: one bigint or two integers.
type lockKey struct {
	a, b int64
	two  bool
}

// lockHold is what one session has of a lock, at session and transaction level.
type lockHold struct {
	session, tx int
	shared      bool
}

// advisoryLocks are the advisory locks of this process's sessions.
type advisoryLocks struct {
	mu   sync.Mutex
	held map[lockKey]map[*Session][]lockHold
	wake chan struct{} // closed and replaced at every release
}

func newAdvisoryLocks() *advisoryLocks {
	return &advisoryLocks{held: map[lockKey]map[*Session][]lockHold{}, wake: make(chan struct{})}
}

// try takes a lock if it is free; wait is what to wait for otherwise.
func (l *advisoryLocks) try(s *Session, k lockKey, shared, tx bool) (ok bool, wait <-chan struct{}) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for other, holds := range l.held[k] {
		if other == s {
			continue
		}
		for _, h := range holds {
			if !shared || !h.shared {
				return false, l.wake
			}
		}
	}
	if l.held[k] == nil {
		l.held[k] = map[*Session][]lockHold{}
	}
	h := lockHold{shared: shared, session: 1}
	if tx {
		h = lockHold{shared: shared, tx: 1}
	}
	l.held[k][s] = append(l.held[k][s], h)
	return true, nil
}

// lock waits for a lock.
func (l *advisoryLocks) lock(ctx context.Context, s *Session, k lockKey, shared, tx bool) error {
	for {
		ok, wait := l.try(s, k, shared, tx)
		if ok {
			return nil
		}
		select {
		case <-wait:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}

// unlock gives one hold of a session lock back; false: there was none.
func (l *advisoryLocks) unlock(s *Session, k lockKey, shared bool) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	holds := l.held[k][s]
	for i, h := range holds {
		if h.session > 0 && h.shared == shared {
			l.set(k, s, slices.Delete(holds, i, i+1))
			return true
		}
	}
	return false
}

// set stores what is left of a session's holds and wakes those who wait.
func (l *advisoryLocks) set(k lockKey, s *Session, holds []lockHold) {
	if len(holds) == 0 {
		delete(l.held[k], s)
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

func (l *advisoryLocks) releaseTransaction(s *Session) {
	l.release(s, func(h lockHold) bool { return h.tx > 0 })
}

func (l *advisoryLocks) releaseAll(s *Session) { l.release(s, func(lockHold) bool { return true }) }
