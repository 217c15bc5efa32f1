package plan

import (
	"github.com/flowgres/flowgres/planner/adt"
	"github.com/flowgres/flowgres/planner/nodes"
)

// foldRowCompare folds (a, b) < (c, d): constants at the front that are equal
// fall away, and others decide.
func (b *builder) foldRowCompare(n *nodes.RowCompareExpr, stable bool) nodes.Expr {
	rec := func(x nodes.Expr) (nodes.Expr, bool) { return b.fold(x, stable), true }
	c := *n
	c.Left, c.Right = nodes.RewriteList(n.Left, rec), nodes.RewriteList(n.Right, rec)
	for len(c.Ops) > 0 && constant(c.Left[0]) && constant(c.Right[0]) {
		order, ok := b.firstDiffers(&c, stable)
		switch {
		case !ok:
			return &c
		case order != nil:
			return order
		}
		c.Ops, c.Collations, c.Left, c.Right = c.Ops[1:], c.Collations[1:], c.Left[1:], c.Right[1:]
	}
	if len(c.Ops) == 0 {
		return boolConst(c.Op == nodes.RowLE || c.Op == nodes.RowGE)
	}
	return &c
}

// firstDiffers gives what the first columns of a row comparison, constants both,
// make of it; nil: they are equal. ok is false when that cannot be told.
func (b *builder) firstDiffers(c *nodes.RowCompareExpr, stable bool) (result nodes.Expr, ok bool) {
	first := nodes.RowCompareExpr{Ops: c.Ops[:1], Collations: c.Collations[:1], Left: c.Left[:1], Right: c.Right[:1]}
	is := func(op nodes.RowCompareOp) (v adt.Datum, ok bool) {
		e := first
		e.Op = op
		k, ok := b.evaluate(&e, stable).(*nodes.Const)
		if !ok {
			return nil, false
		}
		return k.Value, true
	}
	le, ok1 := is(nodes.RowLE)
	ge, ok2 := is(nodes.RowGE)
	switch {
	case !ok1 || !ok2:
		return nil, false
	case le == nil:
		return nullConst(boolOID), true
	case le == ge:
		return nil, true
	}
	return boolConst((c.Op == nodes.RowLT || c.Op == nodes.RowLE) == (le == adt.Datum(true))), true
}
