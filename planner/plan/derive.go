package plan

import (
	"github.com/flowgres/flowgres/planner/catalog"
	"github.com/flowgres/flowgres/planner/nodes"
)

// derive adds to conditions joined by AND what follows from equalities between
// columns: when a = b and a = constant, then b = constant.
func (b *builder) derive(conds []nodes.Expr) []nodes.Expr {
	type pair struct{ a, b nodes.Expr }
	var pairs []pair
	for _, c := range conds {
		op, ok := c.(*nodes.OpExpr)
		if !ok || len(op.Args) != 2 || !b.isEquality(op.Op) {
			continue
		}
		x, y := op.Args[0], op.Args[1]
		if t, u := nodes.TypeOf(x), nodes.TypeOf(y); relabelled(x) != nil && relabelled(y) != nil && t.Type == u.Type && t.Collation == u.Collation {
			pairs = append(pairs, pair{x, y})
		}
	}
	if len(pairs) == 0 {
		return conds
	}
	holds := func(e nodes.Expr) bool {
		for _, c := range conds {
			if nodes.Equal(c, e) {
				return true
			}
		}
		return false
	}
	for i := 0; i < len(conds) && len(conds) < 200; i++ {
		v := b.pinned(conds[i])
		if v == nil {
			continue
		}
		for _, p := range pairs {
			var other nodes.Expr
			switch {
			case nodes.Equal(p.a, v):
				other = p.b
			case nodes.Equal(p.b, v):
				other = p.a
			default:
				continue
			}
			d := nodes.Rewrite(conds[i], func(n nodes.Expr) (nodes.Expr, bool) {
				if nodes.Equal(n, v) {
					return other, true
				}
				return nil, false
			})
			if !holds(d) {
				conds = append(conds[:len(conds):len(conds)], d)
			}
		}
	}
	return conds
}

// relabelled gives the column of this level that an expression is, maybe as another
// type of the same values; nil: it is something else.
func relabelled(e nodes.Expr) *nodes.Var {
	for {
		switch x := e.(type) {
		case *nodes.RelabelType:
			e = x.Arg
		case *nodes.Var:
			if x.LevelsUp == 0 {
				return x
			}
			return nil
		default:
			return nil
		}
	}
}

// pinned gives the column, maybe relabelled, that a condition holds to constants:
// column = value or column = ANY (values).
func (b *builder) pinned(c nodes.Expr) nodes.Expr {
	var args []nodes.Expr
	switch c := c.(type) {
	case *nodes.OpExpr:
		if !b.isEquality(c.Op) {
			return nil
		}
		args = c.Args
	case *nodes.ScalarArrayOpExpr:
		if c.All || !b.isEquality(c.Op) {
			return nil
		}
		args = c.Args
	}
	if len(args) != 2 {
		return nil
	}
	for i := range args {
		if relabelled(args[i]) != nil && len(relidsOf(args[1-i])) == 0 && !b.volatile(args[1-i]) {
			return args[i]
		}
	}
	return nil
}

// isEquality tells whether an operator is the = of a btree or hash family.
func (b *builder) isEquality(op nodes.OID) bool {
	for _, m := range b.opt.Catalog.OpFamilyMembers(op) {
		if m.Method == catalog.BtreeAM && m.Strategy == 3 || m.Method == catalog.HashAM && m.Strategy == 1 {
			return true
		}
	}
	return false
}
