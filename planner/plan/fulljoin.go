package plan

import (
	"github.com/flowgres/flowgres/planner/nodes"
)

// ofEither gives what conditions above a full join ask of each side: one on
// coalesce(a.x, b.x), which USING makes of equal columns, holds for a row of the
// join just when it holds for the column of either side (reconsider_full_join_clause).
func (b *builder) ofEither(above, on []nodes.Expr, left, right relids) (leftConds, rightConds []nodes.Expr) {
	for _, c := range above {
		if b.volatile(c) || returnsSet(c) {
			continue
		}
		for _, eq := range on {
			op, ok := eq.(*nodes.OpExpr)
			if !ok || len(op.Args) != 2 || !b.isEquality(op.Op) {
				continue
			}
			x, y := op.Args[0], op.Args[1]
			if !left.has(relidsOf(x)) {
				x, y = y, x
			}
			info := nodes.TypeOf(x)
			if !left.has(relidsOf(x)) || !right.has(relidsOf(y)) || nodes.TypeOf(y).Type != info.Type || !plainType(info.Type) {
				continue
			}
			with := func(value nodes.Expr) nodes.Expr {
				return nodes.Rewrite(c, func(n nodes.Expr) (nodes.Expr, bool) {
					m, ok := n.(*nodes.CoalesceExpr)
					if !ok || len(m.Args) != 2 || !(nodes.Equal(m.Args[0], x) && nodes.Equal(m.Args[1], y) || nodes.Equal(m.Args[0], y) && nodes.Equal(m.Args[1], x)) {
						return nil, false
					}
					return value, true
				})
			}
			if ids := relidsOf(with(nullConst(info.Type))); len(ids) > 0 {
				continue
			}
			leftConds, rightConds = append(leftConds, with(x)), append(rightConds, with(y))
			break
		}
	}
	return leftConds, rightConds
}
