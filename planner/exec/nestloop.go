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

// nestLoop runs Inner for each row of Outer.
func (c *compiler) nestLoop(n *plan.NestLoop, keep bool, st *NodeStats) rows {
	switch n.Type {
	case nodes.InnerJoin, nodes.LeftJoin, nodes.SemiJoin, nodes.AntiJoin:
	default:
		return failRows(pgerr.Internal("unrecognized join type: %d", n.Type))
	}
	x, outer := c.x, c.node(n.Outer, false)
	bound := make([]int, len(n.Params))
	values := make([]eval, len(n.Params))
	for i, p := range n.Params {
		bound[i], values[i] = p.Param, c.expr(p.Value)
	}
	var inner rows
	var on []test
	var out *output
	var deps []int
	c.track(func() {
		deps = c.track(func() { inner = c.node(n.Inner, len(n.Params) == 0 || memoizable(c, n)) })
		on, out = c.tests(n.On), c.output(n, keep, st)
	}, bound...)
	whole := n.Type == nodes.SemiJoin || n.Type == nodes.AntiJoin
	if whole && len(n.On) == 0 {
		inner = first(inner) // any row is a match
	}
	switch {
	case len(n.Params) == 0:
		inner = x.materialized(inner, kept{x: x, deps: deps}, whole)
	case memoizable(c, n):
		inner = c.memoized(n, inner, deps)
	}
	nulls, wide := make(adt.Row, width(n.Inner)), newNarrow(live(n.Outer), width(n.Outer))
	return func(yield func(adt.Row, error) bool) {
		both := make(adt.Row, width(n.Outer)+width(n.Inner))
		right := both[width(n.Outer):]
		var matched, stopped bool
		each := func(r adt.Row, err error) bool { // one for all outer rows, for which it would be made anew in a loop's body
			if err == nil {
				err = x.tick()
			}
			copy(right, r)
			pass := false
			if err == nil {
				pass, err = all(on, both)
			}
			if err != nil {
				yield(nil, err)
				stopped = true
				return false
			}
			if !pass {
				if st != nil {
					st.JoinRemoved++
				}
				return true
			}
			matched = true
			if n.Type == nodes.SemiJoin || n.Type == nodes.AntiJoin {
				return false
			}
			stopped = !out.put(both, true, yield)
			return !stopped
		}
		for o, err := range outer {
			if err != nil {
				yield(nil, err)
				return
			}
			if o == nil && n.Marks {
				if !yield(nil, nil) {
					return
				}
				continue
			}
			for i, v := range values {
				d, err := v(o)
				if err != nil {
					yield(nil, err)
					return
				}
				x.set(bound[i], d)
			}
			matched = false
			wide.copy(both, o)
			if inner(each); stopped {
				return
			}
			more := true
			switch {
			case n.Type == nodes.SemiJoin && matched, n.Type == nodes.AntiJoin && !matched:
				more = out.put(o, true, yield)
			case n.Type == nodes.LeftJoin && !matched:
				copy(right, nulls)
				more = out.put(both, true, yield)
			}
			if !more {
				return
			}
		}
	}
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

// materialized keeps a node's rows for being read again. With whole they are
// all read first; else the first reading hands them on as they come, and
// keeps them only if it gets to the end.
func (x *state) materialized(in rows, k kept, whole bool) rows {
	saved := &store{x: x}
	return func(yield func(adt.Row, error) bool) {
		if !k.fresh() {
			k.valid = false
			saved.reset()
			for row, err := range in {
				if err == nil {
					err = saved.add(row)
				}
				if err != nil {
					yield(nil, err)
					return
				}
				if !whole && !yield(row, nil) {
					return
				}
			}
			k.mark()
			if !whole {
				return
			}
		}
		saved.all()(yield)
	}
}

// memoizable tells whether the rows of a remote inner scan may be kept by
// parameter values: an equal value must be the same value, and nothing volatile.
func memoizable(c *compiler, n *plan.NestLoop) bool {
	s, ok := n.Inner.(*plan.Scan)
	if !ok || s.Fdw.Calls <= 0 || len(n.Params) == 0 {
		return false
	}
	for _, p := range n.Params {
		switch c.cat.BaseType(nodes.TypeOf(p.Value).Type) {
		case adt.Int2OID, adt.Int4OID, adt.Int8OID, adt.TextOID, adt.VarcharOID, adt.NameOID, adt.BoolOID, adt.OIDOID, adt.DateOID, adt.TimestampOID, adt.TimestamptzOID:
		default:
			return false
		}
	}
	for _, es := range [][]nodes.Expr{s.Quals, s.Targets} {
		for _, e := range es {
			if c.volatile(e) {
				return false
			}
		}
	}
	return true
}

// volatile tells whether an expression calls a volatile function or runs a
// subquery, which may.
func (c *compiler) volatile(e nodes.Expr) bool {
	found := false
	nodes.Walk(e, func(e nodes.Expr) bool {
		fn := OID(0)
		switch e := e.(type) {
		case *nodes.FuncExpr:
			fn = e.Func
		case *nodes.OpExpr:
			fn = e.Func
		case *plan.SubPlanExpr:
			found = true
		}
		if p := c.cat.ProcByOID(fn); p != nil && p.Volatile == 'v' {
			found = true
		}
		return !found
	})
	return found
}

// memoized keeps the inner rows of each combination of parameter values, so
// that a remote scan is not run twice for the same.
func (c *compiler) memoized(n *plan.NestLoop, in rows, deps []int) rows {
	x := c.x
	keys, params := make([]keyFunc, len(n.Params)), make([]int, len(n.Params))
	for i, p := range n.Params {
		params[i] = p.Param
		typ := c.cat.BaseType(nodes.TypeOf(p.Value).Type)
		_, eq, _, _ := c.cat.SortOperators(typ)
		if keys[i] = c.keyFor(typ, eq, 0); keys[i] == nil {
			return in
		}
	}
	other := kept{x: x}
	for _, d := range deps {
		own := false
		for _, p := range params {
			own = own || p == d
		}
		if !own {
			other.deps = append(other.deps, d)
		}
	}
	memo := map[string]span{} // of the store
	saved, held := &store{x: x}, int64(0)
	forget := func() {
		x.release(held)
		memo, held = map[string]span{}, 0
		saved.reset()
	}
	var buf []byte
	return func(yield func(adt.Row, error) bool) {
		if !other.fresh() {
			forget()
			other.mark()
		}
		buf = buf[:0]
		for i, k := range keys {
			buf = appendKey(buf, k, x.params[params[i]])
		}
		if s, ok := memo[string(buf)]; ok {
			for i := s.from; i < s.to; i++ {
				row, err := saved.at(i)
				if !yield(row, err) || err != nil {
					return
				}
			}
			return
		}
		key, from := string(buf), saved.len()
		for row, err := range in {
			if err == nil {
				err = saved.add(row)
			}
			if err != nil {
				yield(nil, err)
				return
			}
			if !yield(row, nil) {
				return
			}
		}
		memo[key] = span{from, saved.len()}
		size := int64(64 + len(key))
		held += size
		if err := x.hold(size); err != nil {
			yield(nil, err)
		}
	}
}
