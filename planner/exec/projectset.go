package exec

import (
	"iter"

	"github.com/flowgres/flowgres/planner/adt"
	"github.com/flowgres/flowgres/planner/nodes"
	"github.com/flowgres/flowgres/planner/plan"
)

// projectSet is a projection with set-returning functions. Those of one depth
// of nesting advance together, the shorter padded with NULLs, as in PostgreSQL
// since version 10; a level's arguments are evaluated for each row of the level
// below.
func (c *compiler) projectSet(n *plan.ProjectSet, keep bool, st *NodeStats) rows {
	x, in := c.x, c.node(n.Input, false)
	outer := c.srf
	c.srf = map[any]*adt.Datum{}
	var levels [][]nodes.Expr
	for _, t := range n.Targets {
		levels = collectSets(t, levels)
	}
	sets := make([][]set, len(levels))
	cells := make([][]*adt.Datum, len(levels))
	for l, es := range levels {
		for _, e := range es {
			sets[l] = append(sets[l], c.setCall(e, nil, false)) // its arguments read the cells below
		}
		for _, e := range es {
			cell := new(adt.Datum)
			c.srf[e] = cell
			cells[l] = append(cells[l], cell)
		}
	}
	p := &setProjection{x: x, sets: sets, cells: cells, out: c.output(n, keep, st)}
	c.srf = outer
	return func(yield func(adt.Row, error) bool) {
		eachRow(in, n.Marks, yield, func(row adt.Row) bool { return p.level(0, row, yield) })
	}
}

// setProjection is a compiled plan.ProjectSet: by level the sets, and the cells that
// hold their values for the sets and targets above.
type setProjection struct {
	x     *state
	sets  [][]set
	cells [][]*adt.Datum
	out   *output
}

// level puts out what the sets from a level on give for a row; false: it is enough.
func (p *setProjection) level(l int, row adt.Row, yield func(adt.Row, error) bool) bool {
	switch {
	case l == len(p.sets):
		return p.out.put(row, false, yield)
	case len(p.sets[l]) > 1:
		return p.together(l, row, yield)
	}
	for d, err := range p.sets[l][0](row) {
		if err == nil {
			err = p.x.tick()
		}
		if err != nil {
			yield(nil, err)
			return false
		}
		*p.cells[l][0] = d
		if !p.level(l+1, row, yield) {
			return false
		}
	}
	return true
}

// together is level for several sets, which advance side by side.
func (p *setProjection) together(l int, row adt.Row, yield func(adt.Row, error) bool) bool {
	nexts := make([]func() (adt.Datum, error, bool), len(p.sets[l]))
	for i, s := range p.sets[l] {
		next, stop := iter.Pull2(s(row))
		defer stop()
		nexts[i] = next
	}
	for {
		some := false
		for i, next := range nexts {
			d, err, more := next()
			if err == nil {
				err = p.x.tick()
			}
			if err != nil {
				yield(nil, err)
				return false
			}
			some = some || more
			*p.cells[l][i] = d
		}
		if !some {
			return true
		}
		if !p.level(l+1, row, yield) {
			return false
		}
	}
}

// collectSets adds an expression's set-returning calls to the levels of their
// depth of nesting.
func collectSets(e nodes.Expr, levels [][]nodes.Expr) [][]nodes.Expr {
	levels, _ = collectDepth(e, levels)
	return levels
}

func collectDepth(e nodes.Expr, levels [][]nodes.Expr) ([][]nodes.Expr, int) {
	depth := 0
	for _, child := range nodes.Children(e) {
		var d int
		levels, d = collectDepth(child, levels)
		depth = max(depth, d)
	}
	if !nodes.ReturnsSet(e) {
		return levels, depth
	}
	for len(levels) <= depth {
		levels = append(levels, nil)
	}
	for _, have := range levels[depth] {
		if have == e {
			return levels, depth + 1
		}
	}
	levels[depth] = append(levels[depth], e)
	return levels, depth + 1
}
