package exec

import (
	"github.com/flowgres/flowgres/planner/adt"
	"github.com/flowgres/flowgres/planner/nodes"
	"github.com/flowgres/flowgres/planner/plan"
)

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
