package exec

import (
	"github.com/flowgres/flowgres/planner/adt"
	"github.com/flowgres/flowgres/planner/nodes"
	"github.com/flowgres/flowgres/planner/plan"
)

// hashedAny answers (left, …) = ANY (subquery) from a hash table of the
// subquery's rows (ExecHashSubPlan); nil if its types have no keys.
func (c *compiler) hashedAny(e *plan.SubPlanExpr, s *subplan) eval {
	n := len(e.HashLeft)
	left, lkeys, rkeys := c.exprs(e.HashLeft), make([]keyFunc, n), make([]keyFunc, n)
	eqs := make([]func(a, b adt.Datum) (bool, error), n)
	for i, k := range e.HashKeys {
		lt := nodes.TypeOf(e.HashLeft[i]).Type
		rt := c.rightType(k, lt)
		if lkeys[i], rkeys[i] = c.keyPair(lt, rt, k.Eq, k.Collation); lkeys[i] == nil {
			return nil
		}
		eqs[i] = c.equality(k.Eq, lt, rt, k.Collation)
	}
	var set *keySet
	withNull := &store{x: c.x} // rows that hold a NULL
	var all *store
	var buf []byte
	table := kept{x: c.x, deps: s.deps}
	build := func() error {
		rows, err := s.all()
		if err != nil {
			return err
		}
		if set != nil {
			set.close()
		}
		withNull.reset()
		set, all = newKeySet(c.x), rows
		for row, err := range rows.all() {
			if err == nil {
				err = c.x.tick()
			}
			if err != nil {
				return err
			}
			b, null := buf[:0], false
			for i, k := range rkeys {
				if row[i] == nil {
					null = true
					break
				}
				b = k(b, row[i])
			}
			buf = b
			if null {
				err = withNull.add(row)
			} else {
				err = set.add(b)
			}
			if err != nil {
				return err
			}
		}
		if err := set.done(); err != nil {
			return err
		}
		table.mark()
		return nil
	}
	// partial tells whether a row could equal the left values if its or their
	// NULLs were known.
	partial := func(rows *store, vals adt.Row) (bool, error) {
	next:
		for row, err := range rows.all() {
			if err == nil {
				err = c.x.tick()
			}
			if err != nil {
				return false, err
			}
			for i, eq := range eqs {
				if vals[i] == nil || row[i] == nil {
					continue
				}
				if same, err := eq(vals[i], row[i]); err != nil {
					return false, err
				} else if !same {
					continue next
				}
			}
			return true, nil
		}
		return false, nil
	}
	vals := make(adt.Row, n)
	return func(row adt.Row) (adt.Datum, error) {
		if !table.fresh() {
			if err := build(); err != nil {
				return nil, err
			}
		}
		null := false
		for i, l := range left {
			v, err := l(row)
			if err != nil {
				return nil, err
			}
			vals[i] = v
			null = null || v == nil
		}
		if all.len() == 0 {
			return false, nil
		}
		maybe := withNull
		if null {
			maybe = all
		} else {
			b := buf[:0]
			for i, k := range lkeys {
				b = k(b, vals[i])
			}
			buf = b
			if ok, err := set.has(b); ok || err != nil {
				return true, err
			}
		}
		if p, err := partial(maybe, vals); err != nil || p {
			return nil, err
		}
		return false, nil
	}
}
