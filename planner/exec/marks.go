package exec

import (
	"iter"

	"github.com/flowgres/flowgres/planner/adt"
)

// eachPlace gives run the rows of an input with marks (plan.Base.Marks), those of one place
// at a time, until it gives false. With marks one is put out after each place but the last.
func eachPlace(in rows, marks bool, yield func(adt.Row, error) bool, run func(in rows) bool) {
	next, stop := iter.Pull2(in)
	defer stop()
	for more := true; more; {
		ended := false
		place := func(yield func(adt.Row, error) bool) {
			for !ended {
				row, err, ok := next()
				if ended = !ok || err == nil && row == nil; ended {
					more = ok
					return
				}
				if !yield(row, err) {
					return
				}
			}
		}
		if !run(place) {
			return
		}
		place(func(adt.Row, error) bool { return true }) // what it did not look at
		if more && marks && !yield(nil, nil) {
			return
		}
	}
}

// eachRow gives f the rows of an input, until it gives false. An error, which ends it, and
// with marks a mark go out as they come.
func eachRow(in rows, marks bool, yield func(adt.Row, error) bool, f func(row adt.Row) bool) {
	for row, err := range in {
		switch {
		case err != nil:
			yield(nil, err)
			return
		case row == nil && marks:
			if !yield(nil, nil) {
				return
			}
		case !f(row):
			return
		}
	}
}
