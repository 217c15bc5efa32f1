package adt

import (
	"context"

	"github.com/jackc/pgerrcode"

	"github.com/flowgres/flowgres/planner/pgerr"
)

// Interrupted tells why the statement has ended: nil while it has not
// (CHECK_FOR_INTERRUPTS).
func (e *Env) Interrupted() error {
	if e == nil || e.Context == nil || e.Context.Err() == nil {
		return nil
	}
	return pgerr.From(context.Cause(e.Context))
}

// Room fails when a value of so many bytes, one under way at least, is more
// than the query may hold. A routine that makes long values of short ones asks before
// it makes them, or as they grow.
func (e *Env) Room(n int64) error {
	if e != nil && e.QueryMem > 0 && n > e.QueryMem {
		return OutOfQueryMem(e.QueryMem)
	}
	if n > maxAlloc {
		return pgerr.New(pgerrcode.ProgramLimitExceeded, "invalid memory alloc request size %d", n)
	}
	return nil
}

// OutOfQueryMem is the error of a query that holds more than limit bytes.
func OutOfQueryMem(limit int64) error {
	return pgerr.New(pgerrcode.OutOfMemory, "out of memory").
		Detailf("The query needs more than the %d kB that flowgres.query_mem allows.", limit>>10).
		Hintf("Make its result smaller, or raise flowgres.query_mem.")
}

// work paces a loop that may be long: now and then it looks whether the
// statement has ended.
type work struct {
	env  *Env
	left int
}

// workStep is how much a loop does between two looks, about a millisecond's
// worth of single bytes.
const workStep = 1 << 18

func (e *Env) work() work { return work{env: e, left: workStep} }

func (c *Call) work() work { return c.Env.work() }

// done notes n steps, each about what a byte takes.
func (w *work) done(n int) error {
	if w.left -= n; w.left > 0 {
		return nil
	}
	w.left = workStep
	return w.env.Interrupted()
}

// grown is done for a value that has come to size bytes.
func (w *work) grown(n, size int) error {
	if w.left -= n; w.left > 0 {
		return nil
	}
	w.left = workStep
	if err := w.env.Interrupted(); err != nil {
		return err
	}
	return w.env.Room(int64(size))
}
