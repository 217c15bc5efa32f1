package plan

import (
	"github.com/flowgres/flowgres/planner/adt"
	"github.com/flowgres/flowgres/planner/nodes"
)

// emptyRange tells whether conditions hold a column to a range in which there is
// nothing: a lower bound of it fails an upper bound.
func (b *builder) emptyRange(id int, conds []nodes.Expr) bool {
	// bound gives a comparison of a column with a constant by its type's own order.
	bound := func(c nodes.Expr, strategies ...int) (*nodes.Var, adt.Datum) {
		op, ok := c.(*nodes.OpExpr)
		if !ok || len(op.Args) != 2 || b.volatile(c) {
			return nil, nil
		}
		v, isVar := op.Args[0].(*nodes.Var)
		if !isVar || v.RTE != id || v.Attno < 1 || v.LevelsUp > 0 || len(relidsOf(op.Args[1])) > 0 || holdsSubPlan(op.Args[1]) {
			return nil, nil
		}
		k, isConst := b.fold(op.Args[1], true).(*nodes.Const)
		if !isConst || k.Value == nil || k.Type != v.Type {
			return nil, nil
		}
		for _, m := range b.opt.Catalog.OpFamilyMembers(op.Op) {
			if m.Method == 403 && contains(strategies, m.Strategy) && b.defaultFamily(m.Family, v.Type, false) {
				return v, k.Value
			}
		}
		return nil, nil
	}
	const lt, le, eq, ge, gt = 1, 2, 3, 4, 5 // btree strategies
	for i, c := range conds {
		v, low := bound(c, eq, ge, gt)
		if v == nil {
			continue
		}
		others := []int{lt, le}
		if b.equates(c) { // then all others must let the one value pass
			others = []int{lt, le, eq, ge, gt}
		}
		for j, d := range conds {
			if w, _ := bound(d, others...); i == j || w == nil || w.Attno != v.Attno {
				continue
			}
			if k, ok := b.at(d, v, low, true).(*nodes.Const); ok && k.Value == adt.Datum(false) {
				return true
			}
		}
	}
	return false
}

// equates tells whether a comparison is an equality.
func (b *builder) equates(c nodes.Expr) bool {
	op, ok := c.(*nodes.OpExpr)
	return ok && b.isEquality(op.Op)
}
