package ec2backend

import (
	"sync"
	"time"
)

// flights are the streams that sessions read now.
type flights struct {
	mu      sync.Mutex
	streams map[question]*stream
}

// join gives a reader of what another session has begun to read, if that is as
// fresh as if the statement read it itself; of a stream of its own otherwise,
// which others may join.
func (f *flights) join(q question, began time.Time, need columnSet, own func() *stream) *reader {
	f.mu.Lock()
	defer f.mu.Unlock()
	if r := f.fresh(q, began, need); r != nil {
		return r
	}
	t := own()
	f.put(q, t)
	return t.begin("")
}

// fresh finds a stream whose first call went out, or is yet to go out, after the
// statement began; this server has not written to the region since.
func (f *flights) fresh(q question, began time.Time, need columnSet) *reader {
	t := f.streams[q]
	if t == nil || began.IsZero() || !t.need.holds(need) || t.writes != t.c.writes.Load() {
		return nil
	}
	t.mu.Lock()
	old := !t.sent.IsZero() && t.sent.Before(began)
	t.mu.Unlock()
	if old {
		return nil
	}
	return t.begin(fromFlight)
}

func (f *flights) add(q question, t *stream) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.put(q, t)
}

func (f *flights) put(q question, t *stream) {
	if f.streams == nil {
		f.streams = map[question]*stream{}
	}
	f.streams[q] = t
}

// left takes a stream out that nobody reads any more.
func (f *flights) left(q question, t *stream) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.streams[q] != t {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.readers == 0 || t.first == nil {
		delete(f.streams, q)
	}
}
