package plan

import (
	"github.com/flowgres/flowgres/planner/adt"
	"github.com/flowgres/flowgres/planner/nodes"
)

func (b *builder) foldBool(n *nodes.BoolExpr, stable bool) nodes.Expr {
	if n.Op == nodes.Not {
		arg := b.fold(n.Args[0], stable)
		if k, ok := arg.(*nodes.Const); ok {
			if k.Value == nil {
				return k
			}
			return boolConst(!k.Value.(bool))
		}
		return b.negate(arg, n)
	}
	absorbing := n.Op == nodes.Or // TRUE decides an OR, FALSE an AND
	var args []nodes.Expr
	null := false
	for _, a := range n.Args {
		a = b.fold(a, stable)
		if k, ok := a.(*nodes.Const); ok {
			switch {
			case k.Value == nil:
				null = true
			case k.Value.(bool) == absorbing:
				return boolConst(absorbing)
			}
			continue
		}
		if inner, ok := a.(*nodes.BoolExpr); ok && inner.Op == n.Op {
			args = append(args, inner.Args...)
			continue
		}
		args = append(args, a)
	}
	if null {
		args = append(args, &nodes.Const{Type: adt.BoolOID, Typmod: -1, Location: -1})
	}
	switch len(args) {
	case 0:
		return boolConst(!absorbing)
	case 1:
		return args[0]
	}
	return &nodes.BoolExpr{Op: n.Op, Args: args, Location: n.Location}
}

// negate pushes a NOT into its argument where that is exact (negate_clause).
func (b *builder) negate(arg nodes.Expr, n *nodes.BoolExpr) nodes.Expr {
	switch a := arg.(type) {
	case *nodes.BoolExpr:
		if a.Op == nodes.Not {
			return a.Args[0]
		}
		op := nodes.And
		if a.Op == nodes.And {
			op = nodes.Or
		}
		out := &nodes.BoolExpr{Op: op, Location: a.Location}
		for _, x := range a.Args {
			out.Args = append(out.Args, b.negate(x, &nodes.BoolExpr{Op: nodes.Not, Location: a.Location}))
		}
		return out
	case *nodes.OpExpr:
		if op := b.opt.Catalog.OperatorByOID(a.Op); op != nil && op.Negator != 0 {
			neg := b.opt.Catalog.OperatorByOID(op.Negator)
			c := *a
			c.Op, c.Func = neg.OID, neg.Code
			return &c
		}
	case *nodes.ScalarArrayOpExpr:
		if op := b.opt.Catalog.OperatorByOID(a.Op); op != nil && op.Negator != 0 {
			neg := b.opt.Catalog.OperatorByOID(op.Negator)
			c := *a
			c.Op, c.Func, c.All = neg.OID, neg.Code, !a.All
			return &c
		}
	case *nodes.NullTest:
		if !a.Row {
			c := *a
			c.Not = !a.Not
			return &c
		}
	case *nodes.BooleanTest:
		c := *a
		c.Test = a.Test ^ 1 // tests come in pairs: IS x, IS NOT x
		return &c
	case *nodes.Const:
		if a.Value == nil {
			return a
		}
		return boolConst(!a.Value.(bool))
	}
	return &nodes.BoolExpr{Op: nodes.Not, Args: []nodes.Expr{arg}, Location: n.Location}
}

// conjuncts splits a condition at its ANDs, folding it first; a condition that
// is constantly true has none.
func (b *builder) conjuncts(e nodes.Expr) []nodes.Expr {
	if e == nil {
		return nil
	}
	e = b.truth(b.fold(e, false))
	if k, ok := e.(*nodes.Const); ok && k.Value == adt.Datum(true) {
		return nil
	}
	if and, ok := e.(*nodes.BoolExpr); ok && and.Op == nodes.And {
		return and.Args
	}
	return []nodes.Expr{e}
}

func boolConst(v bool) *nodes.Const {
	return &nodes.Const{Type: adt.BoolOID, Typmod: -1, Value: v, Location: -1}
}
