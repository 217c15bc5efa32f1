package plan

import (
	"github.com/flowgres/flowgres/planner/adt"
	"github.com/flowgres/flowgres/planner/nodes"
)

// truth simplifies a folded condition where NULL counts as false, as in WHERE
// and ON: tests that ask for no more than that fall away, and what means an
// equality becomes one, so that tables and joins can use it.
func (b *builder) truth(e nodes.Expr) nodes.Expr {
	switch e := e.(type) {
	case *nodes.Const:
		if e.Value == nil {
			return boolConst(false)
		}
	case *nodes.BoolExpr:
		if e.Op == nodes.Not {
			return b.truthOfNot(e)
		}
		out := &nodes.BoolExpr{Op: e.Op, Location: e.Location}
		for _, a := range e.Args {
			a = b.truth(a)
			if k, ok := a.(*nodes.Const); ok {
				if k.Value == adt.Datum(e.Op == nodes.Or) {
					return k // TRUE decides an OR, FALSE an AND
				}
				continue
			}
			if inner, ok := a.(*nodes.BoolExpr); ok && inner.Op == e.Op {
				out.Args = append(out.Args, inner.Args...)
				continue
			}
			out.Args = append(out.Args, a)
		}
		switch len(out.Args) {
		case 0:
			return boolConst(e.Op == nodes.And)
		case 1:
			return out.Args[0]
		}
		return b.factor(out)
	case *nodes.BooleanTest:
		switch e.Test {
		case nodes.IsTrue:
			return b.truth(e.Arg)
		case nodes.IsFalse:
			return b.truth(b.fold(&nodes.BoolExpr{Op: nodes.Not, Args: []nodes.Expr{e.Arg}, Location: -1}, false))
		}
	case *nodes.OpExpr:
		return b.truthOfOp(e)
	case *nodes.NullTest: // coalesce(x, y) IS NOT NULL is x IS NOT NULL OR y IS NOT NULL
		if c, ok := e.Arg.(*nodes.CoalesceExpr); ok && e.Not && !e.Row {
			or := &nodes.BoolExpr{Op: nodes.Or, Location: e.Location}
			for _, a := range c.Args {
				or.Args = append(or.Args, b.fold(&nodes.NullTest{Arg: a, Not: true, Location: -1}, false))
			}
			return b.truth(or)
		}
	case *nodes.CaseExpr:
		if or := b.truthOfCase(e); or != nil {
			return b.truth(or)
		}
	}
	return e
}

func isTrue(e nodes.Expr) bool {
	k, ok := e.(*nodes.Const)
	return ok && k.Value == adt.Datum(true)
}

// truthOfCase makes of CASE WHEN x THEN true WHEN y THEN true … ELSE false END the OR
// that it is; nil: it is nothing like that.
func (b *builder) truthOfCase(e *nodes.CaseExpr) nodes.Expr {
	if !notTrue(e.Default) || e.Arg != nil && b.volatile(e.Arg) {
		return nil
	}
	or := &nodes.BoolExpr{Op: nodes.Or, Location: e.Location}
	over := false // further arms must not be true
	for _, w := range e.Whens {
		switch {
		case notTrue(w.Then):
			over = true
			continue
		case over || !isTrue(w.Then):
			return nil
		}
		when := w.When
		if e.Arg != nil {
			when = replaceCaseTest(when, e.Arg)
		}
		or.Args = append(or.Args, when)
	}
	switch len(or.Args) {
	case 0:
		return boolConst(false)
	case 1:
		return or.Args[0]
	}
	return or
}

// notTrue tells of constants that count as false; no expression is NULL.
func notTrue(e nodes.Expr) bool {
	k, ok := e.(*nodes.Const)
	return e == nil || ok && k.Value != adt.Datum(true)
}

// truthOfNot simplifies NOT x: IS NOT DISTINCT FROM a constant is an equality,
// or IS NULL.
func (b *builder) truthOfNot(e *nodes.BoolExpr) nodes.Expr {
	d, ok := e.Args[0].(*nodes.DistinctExpr)
	if !ok || len(d.Args) != 2 {
		return e
	}
	for i, a := range d.Args {
		k, ok := a.(*nodes.Const)
		if !ok {
			continue
		}
		if k.Value != nil {
			c := d.OpExpr
			return &c
		}
		if other := d.Args[1-i]; !composite(b, nodes.TypeOf(other).Type) {
			return &nodes.NullTest{Arg: other, Location: e.Location}
		}
	}
	return e
}

// composite tells of row types, whose IS NULL asks for each field.
func composite(b *builder, t nodes.OID) bool {
	d := b.opt.Catalog.TypeByOID(b.baseType(t))
	return d == nil || d.Kind == 'c' || t == 2249
}

// truthOfOp simplifies boolean = constant (simplify_boolean_equality) and takes
// jsonb ?& array apart.
func (b *builder) truthOfOp(e *nodes.OpExpr) nodes.Expr {
	p := b.opt.Catalog.ProcByOID(e.Func)
	if p == nil || len(e.Args) != 2 {
		return e
	}
	if p.Strict && p.Volatile == 'i' {
		if c := b.withoutDefault(e); c != nil {
			return b.truth(c)
		}
		if c := b.insideCase(e); c != nil {
			return b.truth(c)
		}
	}
	switch p.Src {
	case "texteq":
		if c := b.ofNullIf(e); c != nil {
			return b.truth(c)
		}
	case "arraycontained", "arraycontains", "jsonb_exists":
		if c := b.oneOf(e, p.Src); c != nil {
			return b.truth(b.fold(c, false))
		}
	}
	switch p.Src {
	case "booleq", "boolne":
		for i, a := range e.Args {
			k, ok := a.(*nodes.Const)
			if !ok || k.Value == nil {
				continue
			}
			x := e.Args[1-i]
			if (p.Src == "booleq") != k.Value.(bool) {
				x = b.fold(&nodes.BoolExpr{Op: nodes.Not, Args: []nodes.Expr{x}, Location: -1}, false)
			}
			return b.truth(x)
		}
	case "array_eq":
		if c := b.arrayTruth(e); c != nil {
			return b.truth(b.fold(c, false))
		}
	case "jsonb_exists_all":
		k, ok := e.Args[1].(*nodes.Const)
		if !ok || b.volatile(e.Args[0]) {
			return e
		}
		a, ok := k.Value.(*adt.Array)
		exists := b.operator("?", 3802, adt.TextOID)
		if !ok || exists == nil || len(a.Values) == 0 {
			return e
		}
		out := &nodes.BoolExpr{Op: nodes.And, Location: e.Location}
		for _, v := range a.Values {
			if v == nil {
				continue // NULL keys are passed over
			}
			out.Args = append(out.Args, &nodes.OpExpr{
				Op: exists.OID, Func: exists.Code, Type: adt.BoolOID, InputCollation: e.InputCollation, Location: -1,
				Args: []nodes.Expr{e.Args[0], &nodes.Const{Type: adt.TextOID, Typmod: -1, Collation: adt.DefaultCollationOID, Value: v, Location: -1}},
			})
		}
		switch len(out.Args) {
		case 0:
			return e
		case 1:
			return out.Args[0]
		}
		return out
	}
	return e
}

// factor takes what all arms of an OR have in common out of it:
// (a AND b) OR (a AND c) is a AND (b OR c) (process_duplicate_ors).
func (b *builder) factor(or *nodes.BoolExpr) nodes.Expr {
	if or.Op != nodes.Or {
		return or
	}
	arms := make([][]nodes.Expr, len(or.Args))
	for i, a := range or.Args {
		arms[i] = []nodes.Expr{a}
		if and, ok := a.(*nodes.BoolExpr); ok && and.Op == nodes.And {
			arms[i] = and.Args
		}
	}
	in := func(list []nodes.Expr, e nodes.Expr) bool {
		for _, x := range list {
			if nodes.Equal(x, e) {
				return true
			}
		}
		return false
	}
	var common []nodes.Expr
	for _, e := range arms[0] {
		all := !b.volatile(e)
		for _, arm := range arms[1:] {
			all = all && in(arm, e)
		}
		if all && !in(common, e) {
			common = append(common, e)
		}
	}
	if len(common) == 0 {
		return or
	}
	rest := &nodes.BoolExpr{Op: nodes.Or, Location: or.Location}
	for _, arm := range arms {
		var left []nodes.Expr
		for _, e := range arm {
			if !in(common, e) {
				left = append(left, e)
			}
		}
		if len(left) == 0 {
			rest.Args = nil // an arm that is only the common part decides
			break
		}
		rest.Args = append(rest.Args, andOf(left))
	}
	if rest.Args != nil {
		common = append(common, b.factor(rest))
	}
	if len(common) == 1 {
		return common[0]
	}
	return &nodes.BoolExpr{Op: nodes.And, Args: common, Location: or.Location}
}

// operator finds an operator of pg_catalog by its argument types.
func (b *builder) operator(name string, left, right nodes.OID) *operator {
	for _, o := range b.opt.Catalog.OperatorsByName("pg_catalog", name, nil) {
		if o.Left == left && o.Right == right {
			return o
		}
	}
	return nil
}
