package exec

import "github.com/flowgres/flowgres/planner/adt"

// What a query holds is counted twice: nodes hold the rows that they keep
// (hold, release), and routines make long values for the row under way, which
// are as good as gone when it has been put out, as in PostgreSQL's per-tuple
// memory context. Both together are held to the query's limit, and those of all queries to
// that of the process.

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
	if err := x.within(); err != nil || n == 0 {
		return err
	}
	return x.run.Memory.Make(x.ctx, n)
}

// fits fails when n bytes more were more than the query may hold.
func (x *state) fits(n int64) error {
	if lim := x.run.MemLimit; lim > 0 && x.mem+x.made+n > lim {
		return adt.OutOfQueryMem(lim)
	}
	return nil
}

// within fails when the query holds more than it may.
func (x *state) within() error {
	if err := x.fits(0); err != nil {
		return err
	}
	if x.mem+x.made >= x.taken+memoryStep {
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
		if err := x.run.Memory.Make(x.ctx, n-x.taken); err != nil {
			x.run.Memory.Give(n - x.taken)
			return err
		}
	} else {
		x.run.Memory.Give(x.taken - n)
	}
	x.taken = n
	return nil
}
