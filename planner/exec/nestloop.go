package exec

import (
	"github.com/flowgres/flowgres/planner/adt"
	"github.com/flowgres/flowgres/planner/nodes"
	"github.com/flowgres/flowgres/planner/pgerr"
	"github.com/flowgres/flowgres/planner/plan"
)

// width gives the number of columns that a node puts out.
func width(n plan.Node) int {
	if b := n.Common(); b.Targets != nil {
		return len(b.Targets)
	}
	return n.Common().Width
}

// nestLooper is a compiled plan.NestLoop.
type nestLooper struct {
	x            *state
	n            *plan.NestLoop
	st           *NodeStats
	outer, inner rows
	bound        []int  // the executor parameters that
	values       []eval // of an outer row give
	on           []test
	out          *output
	once         bool    // one match of an outer row tells all
	wide         *narrow // what is read of outer rows
	both         adt.Row // an outer row and
	right        adt.Row // its part for the inner one
	nulls        adt.Row // an inner row of NULLs
}

// nestLoop runs Inner for each row of Outer.
func (c *compiler) nestLoop(n *plan.NestLoop, keep bool, st *NodeStats) rows {
	switch n.Type {
	case nodes.InnerJoin, nodes.LeftJoin, nodes.SemiJoin, nodes.AntiJoin:
	default:
		return failRows(pgerr.Internal("unrecognized join type: %d", n.Type))
	}
	j := &nestLooper{
		x: c.x, n: n, st: st, outer: c.node(n.Outer, false),
		once: n.Type == nodes.SemiJoin || n.Type == nodes.AntiJoin,
		wide: newNarrow(live(n.Outer), width(n.Outer)), nulls: make(adt.Row, width(n.Inner)),
	}
	for _, p := range n.Params {
		j.bound, j.values = append(j.bound, p.Param), append(j.values, c.expr(p.Value))
	}
	memo := memoizable(c, n)
	var deps []int
	c.track(func() {
		deps = c.track(func() { j.inner = c.node(n.Inner, len(n.Params) == 0 || memo) })
		j.on, j.out = c.tests(n.On), c.output(n, keep, st)
	}, j.bound...)
	if j.once && len(n.On) == 0 {
		j.inner = first(j.inner) // any row is a match
	}
	switch {
	case len(n.Params) == 0:
		j.inner = c.x.materialized(j.inner, kept{x: c.x, deps: deps}, j.once)
	case memo:
		j.inner = c.memoized(n, j.inner, deps)
	}
	return j.run
}

func (j nestLooper) run(yield func(adt.Row, error) bool) {
	j.both = make(adt.Row, width(j.n.Outer)+width(j.n.Inner))
	j.right = j.both[width(j.n.Outer):]
	var matched, stopped bool
	each := func(r adt.Row, err error) bool { // one for all outer rows, for which it would be made anew in a loop's body
		pass := false
		if err == nil {
			pass, err = j.match(r)
		}
		switch {
		case err != nil:
			yield(nil, err)
			stopped = true
		case pass:
			matched = true
			stopped = !j.once && !j.out.put(j.both, true, yield)
		}
		return !stopped && !(pass && j.once)
	}
	eachRow(j.outer, j.n.Marks, yield, func(o adt.Row) bool {
		if err := j.bind(o); err != nil {
			yield(nil, err)
			return false
		}
		matched = false
		j.wide.copy(j.both, o)
		j.inner(each)
		return !stopped && j.after(o, matched, yield)
	})
}

// bind sets the parameters of the inner side.
func (j *nestLooper) bind(outer adt.Row) error {
	for i, v := range j.values {
		d, err := v(outer)
		if err != nil {
			return err
		}
		j.x.set(j.bound[i], d)
	}
	return nil
}

// match tells whether an inner row joins the outer one, and leaves them together in both.
func (j *nestLooper) match(inner adt.Row) (bool, error) {
	if err := j.x.tick(); err != nil {
		return false, err
	}
	copy(j.right, inner)
	pass, err := all(j.on, j.both)
	if err == nil && !pass && j.st != nil {
		j.st.JoinRemoved++
	}
	return pass, err
}

// after puts out what an outer row gives once its inner rows are read.
func (j *nestLooper) after(outer adt.Row, matched bool, yield func(adt.Row, error) bool) bool {
	switch {
	case j.n.Type == nodes.SemiJoin && matched, j.n.Type == nodes.AntiJoin && !matched:
		return j.out.put(outer, true, yield)
	case j.n.Type == nodes.LeftJoin && !matched:
		copy(j.right, j.nulls)
		return j.out.put(j.both, true, yield)
	}
	return true
}

// first gives no more than the first row.
func first(in rows) rows {
	return func(yield func(adt.Row, error) bool) {
		for row, err := range in {
			yield(row, err)
			return
		}
	}
}
