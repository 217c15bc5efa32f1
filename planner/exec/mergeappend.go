package exec

import (
	"iter"

	"github.com/flowgres/flowgres/planner/adt"
	"github.com/flowgres/flowgres/planner/plan"
)

// appender merges inputs that come in the order of places (nodeMergeAppend.c). Where
// PostgreSQL's looks at the next row of each input, an input at a mark is left alone as long
// as other rows come first: what follows a mark may take a call.
type appender struct {
	cols  []sortCol
	ins   []*mergeInput
	out   *output
	yield func(adt.Row, error) bool
	last  adt.Row // the last row put out, nil: none since the last mark
}

// mergeInput is where an input of an appender is.
type mergeInput struct {
	next  func() (adt.Row, error, bool)
	row   adt.Row     // its next, nil: it waits to be read on
	after adt.Row     // what comes is of a later place than this row; nil: that is not known
	steps []adt.Datum // what the first key may be in what comes, in order; nil: that is not known
	marks bool        // nil rows are marks
	given bool        // row has been put out
	ended bool
}

func (c *compiler) mergeAppend(n *plan.Append, ins []rows, out *output) rows {
	cols := c.sortCols(n.Keys)
	return func(yield func(adt.Row, error) bool) {
		a := &appender{cols: cols, out: out, yield: yield}
		for i, in := range ins {
			next, stop := iter.Pull2(in)
			defer stop()
			a.ins = append(a.ins, &mergeInput{next: next, steps: n.Steps[i], marks: n.Inputs[i].Common().Marks})
		}
		if err := a.run(); err != nil && err != errStopped {
			yield(nil, err)
		}
	}
}

// run puts the rows out, and a nil row where a place ends.
func (a *appender) run() error {
	for {
		first, waiting, err := a.look()
		if err != nil {
			return err
		}
		switch {
		case a.last != nil && a.placeEnds(first):
			a.last = nil
			if !a.yield(nil, nil) {
				return errStopped
			}
		case waiting != nil:
			if err := a.read(waiting); err != nil {
				return err
			}
		case first == nil:
			return nil
		default:
			a.last, first.given = first.row, true
			if !a.out.put(first.row, false, a.yield) {
				return errStopped
			}
		}
	}
}

// look finds the input whose row comes first, of those that have one, and the one of
// the others to be read on before; nil: none.
func (a *appender) look() (first, waiting *mergeInput, err error) {
	for _, in := range a.ins {
		if in.given {
			in.given = false
			if err := a.read(in); err != nil {
				return nil, nil, err
			}
		}
		if in.row != nil && (first == nil || compareRows(a.cols, in.row, first.row) < 0) {
			first = in
		}
	}
	for _, in := range a.ins {
		if in.row == nil && !in.ended && (first == nil || !a.notBefore(in, first.row)) && (waiting == nil || a.sooner(in, waiting)) {
			waiting = in
		}
	}
	return first, waiting, a.out.x.takeCmpErr()
}

// read reads an input on by one row or mark.
func (a *appender) read(in *mergeInput) error {
	row, err, ok := in.next()
	switch {
	case err != nil:
		return err
	case !ok:
		in.row, in.ended = nil, true
	case row != nil || !in.marks:
		in.row = row
	default:
		if in.row != nil {
			in.after = in.row
		}
		in.row = nil
		a.step(in)
	}
	return nil
}

// step leaves out of an input's steps those that are past at a mark: each place has one,
// or none if it was known when the scan opened that it has no rows.
func (a *appender) step(in *mergeInput) {
	key := &a.cols[0]
	for in.after != nil && len(in.steps) > 0 && key.compare(in.steps[0], in.after[key.slot]) < 0 {
		in.steps = in.steps[1:]
	}
	if len(in.steps) > 0 && len(a.cols) == 1 { // else several places have the same first key
		in.steps = in.steps[1:]
	}
}

// notBefore tells that what comes of an input does not come before a row.
func (a *appender) notBefore(in *mergeInput, row adt.Row) bool {
	if in.after != nil && compareRows(a.cols, row, in.after) <= 0 {
		return true
	}
	n := a.toStep(in, row)
	return n < 0 || n == 0 && len(a.cols) == 1
}

// placeEnds tells that nothing more can come of the place of the last row, and something
// can of others; first is the input whose row comes next.
func (a *appender) placeEnds(first *mergeInput) bool {
	if first != nil && compareRows(a.cols, first.row, a.last) == 0 {
		return false
	}
	more := first != nil
	for _, in := range a.ins {
		if in.row != nil || in.ended {
			continue
		}
		more = true
		if (in.after == nil || compareRows(a.cols, a.last, in.after) > 0) && a.toStep(in, a.last) >= 0 {
			return false
		}
	}
	return more
}

// toStep compares a row with the first of an input's steps; 1: there is none.
func (a *appender) toStep(in *mergeInput, row adt.Row) int {
	if len(in.steps) == 0 {
		return 1
	}
	key := &a.cols[0]
	return key.compare(row[key.slot], in.steps[0])
}

// sooner tells whether what comes of an input may come before all that can come of
// another.
func (a *appender) sooner(in, other *mergeInput) bool {
	from := func(in *mergeInput) (adt.Datum, bool) {
		key := &a.cols[0]
		switch {
		case len(in.steps) > 0:
			return in.steps[0], true
		case in.after != nil:
			return in.after[key.slot], true
		}
		return nil, false
	}
	x, known := from(in)
	y, otherKnown := from(other)
	return otherKnown && (!known || a.cols[0].compare(x, y) < 0)
}
