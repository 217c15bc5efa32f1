package exec

import (
	"sync/atomic"

	"github.com/jackc/pgerrcode"

	"github.com/flowgres/flowgres/planner/adt"
	"github.com/flowgres/flowgres/planner/pgerr"
)

// What a query holds is counted twice: nodes hold the rows that they keep
// (hold, release), and routines make long values for the row under way, which
// are as good as gone when it has been put out, as in PostgreSQL's per-tuple
// memory context. Both together are held to the query's limit, and those of all queries to
// that of the process.

// Memory is what all queries of a process may hold together.
type Memory struct {
	Limit int64 // bytes; 0: no limit
	used  atomic.Int64
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

// memoryStep is what queries take from the process's memory at a time; what is
// less they hold uncounted.
const memoryStep = 1 << 20

// hold accounts for memory that a node keeps; release gives it back.
func (x *state) hold(n int64) error {
	x.mem += n
	x.peak = max(x.peak, x.mem)
	return x.within()
}

func (x *state) release(n int64) {
	x.mem -= n
	if x.taken > 0 && x.mem+x.made < x.taken-8*memoryStep {
		x.settle()
	}
}

// make accounts for a long value made for the row under way. What puts rows
// out resets x.made once they are.
func (x *state) make(n int64) error {
	x.made += n
	return x.within()
}

// within fails when the query holds more than it may.
func (x *state) within() error {
	n := x.mem + x.made
	if lim := x.run.MemLimit; lim > 0 && n > lim {
		return adt.OutOfQueryMem(lim)
	}
	if n >= x.taken+memoryStep {
		return x.settle()
	}
	return nil
}

// settle makes what the query has taken of the process's memory what it holds.
func (x *state) settle() error {
	n := max(x.mem+x.made, 0) / memoryStep * memoryStep
	if n > x.taken {
		// Some rows take long because they are.
		if err := x.canceled(); err != nil {
			return err
		}
		if err := x.run.Memory.Take(n - x.taken); err != nil {
			return err
		}
	} else {
		x.run.Memory.Give(x.taken - n)
	}
	x.taken = n
	return nil
}
