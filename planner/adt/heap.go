package adt

import (
	"context"
	"runtime"
	"runtime/metrics"
	"sync"
	"sync/atomic"

	"github.com/jackc/pgerrcode"

	"github.com/flowgres/flowgres/planner/pgerr"
)

// Memory is what all queries of a process may have together. They take what they hold, as
// far as it is known, and tell of what they make, so that none makes more while what Go's heap
// has, with what is not collected yet, is too much.
type Memory struct {
	Limit int64 // bytes that queries may hold; 0: no limit
	Heap  int64 // bytes that the heap may come to: Go's memory limit; 0: no limit

	used  atomic.Int64
	fresh atomic.Int64 // bytes made since the heap was last looked at

	mu         sync.Mutex
	collecting chan struct{} // closed when what is collected is; nil: nobody collects
}

// Used gives the bytes that are taken.
func (m *Memory) Used() int64 { return m.used.Load() }

// Take takes n bytes, unless there are too few left.
func (m *Memory) Take(n int64) error {
	if m == nil {
		return nil
	}
	if used := m.used.Add(n); m.Limit > 0 && used > m.Limit {
		m.used.Add(-n)
		return pgerr.New(pgerrcode.OutOfMemory, "out of memory").
			Detailf("All queries together need more than the %d kB that the server has for them.", m.Limit>>10).
			Hintf("Try again later, or raise the server's memory limit (GOMEMLIMIT).")
	}
	return nil
}

// Give gives n bytes back.
func (m *Memory) Give(n int64) {
	if m != nil {
		m.used.Add(-n)
	}
}

// Make is told of n bytes before they are made. Now and then it looks whether the heap has
// the room: if not, it waits until garbage is collected, or ctx ends; if there is none even
// then, it fails. Go's own pace leaves a heap of long values over its limit, as they are made
// faster than a collection ends.
func (m *Memory) Make(ctx context.Context, n int64) error {
	if m == nil || m.Heap <= 0 || m.fresh.Add(n) < m.Heap/heapLooks {
		return nil
	}
	m.fresh.Store(0)
	if heapSize()+n <= m.Heap {
		return nil
	}
	if !m.collect(ctx) {
		return nil // who asks looks for the end of ctx
	}
	if most := m.Heap + max(m.Heap/4, heapLeast); heapSize()+n > most {
		return pgerr.New(pgerrcode.OutOfMemory, "out of memory").
			Detailf("The server's memory limit of %d kB leaves no room for %d kB more.", m.Heap>>10, n>>10).
			Hintf("Try again later, or raise the server's memory limit (GOMEMLIMIT).")
	}
	return nil
}

const (
	heapLooks = 64       // times that the heap is looked at while all of it is made
	heapLeast = 64 << 20 // bytes that it may have over its limit, at least: catalogs take some of a small one
)

// heapSize gives the bytes of the heap's objects, those not collected yet among them.
func heapSize() int64 {
	sample := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}}
	metrics.Read(sample)
	return int64(sample[0].Value.Uint64())
}

// collect waits until all garbage there is has been collected, for all who wait at once; false
// tells that ctx ended before.
func (m *Memory) collect(ctx context.Context) bool {
	m.mu.Lock()
	done := m.collecting
	if done == nil {
		done = make(chan struct{})
		m.collecting = done
		go func() { // it ends by itself, whether or not anybody waits
			runtime.GC()
			m.mu.Lock()
			m.collecting = nil
			m.mu.Unlock()
			close(done)
		}()
	}
	m.mu.Unlock()
	select {
	case <-done:
		return true
	case <-ctx.Done():
		return false
	}
}

// Underway is what the routine that a session runs now has of Memory, for a value that it makes.
type Underway struct {
	Memory *Memory
	size   int64
}

// underwayStep is from what on a value is counted among all sessions' while it is made.
const underwayStep = 1 << 20

// grow makes what the routine has n bytes at least.
func (u *Underway) grow(ctx context.Context, n int64) error {
	if u == nil || n < u.size+underwayStep {
		return nil
	}
	if err := u.Memory.Take(n - u.size); err != nil {
		return err
	}
	more := n - u.size
	u.size = n
	return u.Memory.Make(ctx, more)
}

// End gives back what the routine has had: it has ended.
func (u *Underway) End() {
	if u != nil && u.size > 0 {
		u.Memory.Give(u.size)
		u.size = 0
	}
}
