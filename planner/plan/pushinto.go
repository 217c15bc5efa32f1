package plan

import (
	"github.com/flowgres/flowgres/planner/nodes"
)

// pushInto puts a condition on the columns of a subquery (range table entry id
// of the level above) inside of it, giving a changed copy; ok is false when that could change
// the result (subquery_is_pushdown_safe, qual_is_pushdown_safe).
func (b *builder) pushInto(q *nodes.Query, id int, cond nodes.Expr) (*nodes.Query, bool) {
	if q.Command != nodes.CmdSelect || q.LimitOffset != nil || q.LimitCount != nil || b.volatile(cond) {
		return nil, false
	}
	if q.SetOp != nil {
		return b.pushIntoSetOp(q, cond)
	}
	allowed := func(ref int) bool { return true }
	if q.HasDistinctOn {
		allowed = func(ref int) bool { return refIn(q.Distinct, ref) }
	}
	if q.HasWindowFuncs {
		inner := allowed
		allowed = func(ref int) bool {
			if !inner(ref) {
				return false
			}
			for _, w := range q.Windows {
				if !refIn(w.Partition, ref) {
					return false
				}
			}
			return true
		}
	}
	if q.GroupingSets != nil {
		return nil, false
	}
	safe := true
	inside := nodes.Rewrite(cond, func(n nodes.Expr) (nodes.Expr, bool) {
		v, ok := n.(*nodes.Var)
		if !ok || v.LevelsUp > 0 {
			return nil, false
		}
		if v.RTE != id || v.Attno < 1 || v.Attno > len(q.TargetList) {
			safe = false
			return n, true
		}
		t := q.TargetList[v.Attno-1]
		if t.Resjunk || !allowed(t.Ref) || b.volatile(t.Expr) || returnsSet(t.Expr) || hasSubLink(t.Expr) {
			safe = false
		}
		return t.Expr, true
	})
	if !safe {
		return nil, false
	}
	if q.HasWindowFuncs {
		windows := false
		nodes.Walk(inside, func(n nodes.Expr) bool {
			if _, ok := n.(*nodes.WindowFunc); ok {
				windows = true
			}
			return !windows
		})
		if windows {
			return nil, false
		}
	}
	c := *q
	if q.HasAggs || len(q.Group) > 0 || q.Having != nil {
		c.Having = andWith(q.Having, inside)
	} else {
		c.Where = andWith(q.Where, inside)
	}
	return &c, true
}

// pushBelowSets puts a condition on a group key of a subquery's grouping sets, which
// stays above it too, into its WHERE.
func (b *builder) pushBelowSets(q *nodes.Query, id int, cond nodes.Expr) (*nodes.Query, bool) {
	if q.GroupingSets == nil || q.LimitOffset != nil || q.LimitCount != nil || q.HasTargetSRFs || q.HasDistinctOn || q.HasWindowFuncs || b.opt.PushDown == PushDownOff {
		return nil, false
	}
	plain := true
	inside := nodes.Rewrite(cond, func(n nodes.Expr) (nodes.Expr, bool) {
		v, ok := n.(*nodes.Var)
		if !ok || v.LevelsUp > 0 {
			return nil, false
		}
		if v.RTE != id || v.Attno < 1 || v.Attno > len(q.TargetList) {
			plain = false
			return n, true
		}
		return q.TargetList[v.Attno-1].Expr, true
	})
	if !plain || !b.belowSets(q, inside) {
		return nil, false
	}
	c := *q
	c.Where = andWith(q.Where, inside)
	return &c, true
}

func andWith(a, b nodes.Expr) nodes.Expr {
	if a == nil {
		return b
	}
	return &nodes.BoolExpr{Op: nodes.And, Args: []nodes.Expr{a, b}, Location: -1}
}

func refIn(list []*nodes.SortGroupClause, ref int) bool {
	for _, s := range list {
		if s.Ref == ref && ref != 0 {
			return true
		}
	}
	return false
}

// pushIntoSetOp pushes into every branch of a set operation whose columns pass
// through unchanged.
func (b *builder) pushIntoSetOp(q *nodes.Query, cond nodes.Expr) (*nodes.Query, bool) {
	cols := map[int]bool{}
	nodes.Walk(cond, func(n nodes.Expr) bool {
		if v, ok := n.(*nodes.Var); ok && v.LevelsUp == 0 {
			cols[v.Attno] = true
		}
		return true
	})
	// The query's own columns must be plainly those of its branches.
	for a := range cols {
		if a < 1 || a > len(q.TargetList) {
			return nil, false
		}
		if v, ok := q.TargetList[a-1].Expr.(*nodes.Var); !ok || v.Attno != a {
			return nil, false
		}
	}
	c := *q
	c.RangeTable = append([]*nodes.RTE{}, q.RangeTable...)
	ok := true
	var push func(n nodes.SetNode)
	push = func(n nodes.SetNode) {
		switch n := n.(type) {
		case *nodes.SetOperation:
			for a := range cols {
				// A row that EXCEPT takes away by an equal one must pass just when that
				// one does: their values must be the same, not only equal.
				if n.Op == nodes.Except && !plainType(b.baseType(n.Columns[a-1].Type)) {
					ok = false
					return
				}
				if n.LeftCoerce != nil && !isSlot(n.LeftCoerce[a-1], a-1) || n.RightCoerce != nil && !isSlot(n.RightCoerce[a-1], a-1) {
					ok = false
					return
				}
			}
			push(n.Left)
			push(n.Right)
		case *nodes.SetLeaf:
			if !ok {
				return
			}
			r := c.RangeTable[n.RTE-1]
			moved := nodes.Rewrite(cond, func(e nodes.Expr) (nodes.Expr, bool) {
				if v, isVar := e.(*nodes.Var); isVar && v.LevelsUp == 0 {
					m := *v
					m.RTE = n.RTE
					return &m, true
				}
				return nil, false
			})
			inner, fine := (*nodes.Query)(nil), false
			if r.Kind == nodes.RTESubquery {
				inner, fine = b.pushInto(r.Query, n.RTE, moved)
			}
			if !fine {
				ok = false
				return
			}
			rc := *r
			rc.Query = inner
			c.RangeTable[n.RTE-1] = &rc
		}
	}
	push(q.SetOp)
	if !ok {
		return nil, false
	}
	return &c, true
}

func isSlot(e nodes.Expr, i int) bool {
	s, ok := e.(*nodes.Slot)
	return ok && s.Index == i
}
