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

// ofOne gives what conditions above a full join on one of its sides ask of that side. A row
// that fails them may still match a row of the other side, which then does not come out alone: it is
// needed, too, if the other side is a list of constants that has its value.
func (l *level) ofOne(above, on []nodes.Expr, side, other relids) []nodes.Expr {
	var out []nodes.Expr
	for _, c := range above {
		if ids := relidsOf(c); len(ids) == 0 || !side.has(ids) || l.b.volatile(c) || returnsSet(c) || holdsSubPlan(c) {
			continue
		}
		for _, eq := range on {
			if matches := l.amongValues(eq, side, other); matches != nil {
				out = append(out, &nodes.BoolExpr{Op: nodes.Or, Args: []nodes.Expr{c, matches}, Location: -1})
				break
			}
		}
	}
	return out
}

// amongValues makes of an equality with a column of a VALUES list of constants that one of them is
// equal; nil: it is something else.
func (l *level) amongValues(eq nodes.Expr, side, other relids) nodes.Expr {
	op, ok := eq.(*nodes.OpExpr)
	if !ok || len(op.Args) != 2 || !l.b.isEquality(op.Op) {
		return nil
	}
	for i, x := range op.Args {
		v, isVar := op.Args[1-i].(*nodes.Var)
		if !isVar || v.LevelsUp > 0 || v.Attno < 1 || !other[v.RTE] || !side.has(relidsOf(x)) || l.b.volatile(x) {
			continue
		}
		is := op.Op
		if i == 1 {
			is = l.b.commuted(is)
		}
		r, oper := l.rte(v.RTE), l.b.opt.Catalog.OperatorByOID(is)
		if oper == nil || r.Kind != nodes.RTESubquery || !oneSource(r.Query) || r.Query.Where != nil || v.Attno > len(r.Query.TargetList) {
			return nil
		}
		if list := l.b.valuesList(r.Query, r.Query.TargetList[v.Attno-1].Expr); list != nil {
			return &nodes.ScalarArrayOpExpr{Op: is, Func: oper.Code, InputCollation: op.InputCollation, Args: []nodes.Expr{x, list}, Location: -1}
		}
	}
	return nil
}
