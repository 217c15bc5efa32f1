package exec

import (
	"slices"

	"github.com/flowgres/flowgres/planner/adt"
	"github.com/flowgres/flowgres/planner/nodes"
	"github.com/flowgres/flowgres/planner/pgerr"
)

// windowAgg is an aggregate over the frame. Its state covers the rows from and
// to; it is carried on while the frame only grows at its end, or, with an
// inverse transition, moves. Where every frame is the whole partition the rows are
// added as they come in, and what fails then is told once the value is wanted.
type windowAgg struct {
	w        *windowNode
	slot     int // among the results
	agg      *aggregator
	moving   bool
	whole    bool
	st       aggState
	moves    int64 // transitions in the state
	from, to int
	valid    bool // result is that of the state
	result   adt.Datum
}

func (c *compiler) windowAggregate(w *windowNode, e *nodes.WindowFunc, slot int) *windowAgg {
	k := aggCall{fn: e.Func, result: e.Type, collation: e.InputCollation, args: e.Args, filter: e.Filter, star: e.Star}
	a := c.cat.AggregateByOID(e.Func)
	fr := &w.n.Clause.Frame
	volatile := slices.ContainsFunc(append([]nodes.Expr{e.Filter}, e.Args...), func(arg nodes.Expr) bool { return arg != nil && c.volatile(arg) })
	k.moving = a != nil && a.MInvTransFn != 0 && fr.Start != nodes.UnboundedPreceding && fr.Exclude == nodes.ExcludeNone && !volatile
	g := c.aggregator(k, nil)
	if g.err != nil && k.moving { // without bodies for the moving mode the plain one does
		k.moving = false
		g = c.aggregator(k, nil)
	}
	if a != nil && g.err == nil && a.FinalModify != 'r' && a.FinalModify != 0 {
		g.err = pgerr.New("0A000", "aggregate function %s does not support use as a window function", c.signature(c.cat.ProcByOID(e.Func)))
	}
	return &windowAgg{w: w, slot: slot, agg: g, moving: k.moving, whole: w.frame.whole() && !volatile}
}

// reset makes ready for another partition.
func (a *windowAgg) reset() {
	a.valid = false
	if !a.whole {
		a.agg.shrink()
	} else if a.w.failed == nil {
		a.w.failed = a.restart(0)
	}
}

// feed adds a row of the partition that is being read.
func (a *windowAgg) feed(row adt.Row) {
	if a.w.failed == nil {
		a.w.failed = a.add(row)
	}
}

func (a *windowAgg) restart(at int) error {
	a.st, a.from, a.to, a.moves = aggState{}, at, at, 0
	a.agg.shrink()
	return a.agg.start(&a.st)
}

// aggregate finds the aggregates' results for the current row; a row of the frame is added
// to all of them before the next is (eval_windowaggregates).
func (w *windowNode) aggregate() error {
	if w.failed != nil {
		return w.failed
	}
	ranges, err := w.frame.ranges()
	if err != nil {
		return err
	}
	next := w.frame.to // the first row that an aggregate lacks
	for _, a := range w.aggs {
		if err := a.follow(); err != nil {
			return err
		}
		next = min(next, a.to)
	}
	if w.frame.def.Exclude == nodes.ExcludeNone {
		err = w.take(next, w.frame.to)
	} else {
		for _, r := range ranges {
			if err = w.take(r.from, r.to); err != nil {
				break
			}
		}
	}
	for _, a := range w.aggs {
		if err == nil && !a.valid {
			a.result, err = a.agg.result(&a.st)
			a.valid = true
		}
	}
	return err
}

// follow makes the state that of the rows which it has in common with the current frame.
func (a *windowAgg) follow() error {
	f := a.w.frame
	if f.def.Exclude != nodes.ExcludeNone {
		a.valid = false
		return a.restart(0)
	}
	if a.whole || a.valid && f.from == a.from && f.to == a.to {
		a.to = f.to
		return nil
	}
	carry := a.valid && f.from >= a.from && f.to >= a.to && f.from < a.to
	if carry && f.from > a.from {
		carry = a.moving || a.agg.count != 0
		for carry && a.from < f.from {
			row, err := a.w.part.at(a.from)
			if err != nil {
				return err
			}
			if carry, err = a.drop(row); err != nil {
				return err
			}
			a.from++
		}
	}
	a.valid = false
	if carry {
		return nil
	}
	return a.restart(f.from)
}

// take adds rows to the states that lack them.
func (w *windowNode) take(from, to int) error {
	for i := from; i < to; i++ {
		if err := w.x.tick(); err != nil {
			return err
		}
		row, err := w.part.at(i)
		if err != nil {
			return err
		}
		for _, a := range w.aggs {
			if a.to > i {
				continue
			}
			if err := a.add(row); err != nil {
				return err
			}
			a.to = i + 1
		}
	}
	return nil
}
