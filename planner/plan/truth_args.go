package plan

import (
	"github.com/flowgres/flowgres/planner/adt"
	"github.com/flowgres/flowgres/planner/nodes"
)

// withoutDefault makes f(x) op k of f(coalesce(x, d)) op k where f(d) op k is not true: the
// default then decides as NULL does. nil: it is nothing like that.
func (b *builder) withoutDefault(e *nodes.OpExpr) nodes.Expr {
	for i, a := range e.Args {
		if !constant(e.Args[1-i]) {
			continue
		}
		c := b.coalesceIn(a)
		if c == nil {
			continue
		}
		with := func(x nodes.Expr) nodes.Expr {
			out := *e
			out.Args = []nodes.Expr{e.Args[0], e.Args[1]}
			out.Args[i] = nodes.Rewrite(a, func(n nodes.Expr) (nodes.Expr, bool) { return x, n == nodes.Expr(c) })
			return &out
		}
		if k, ok := b.fold(with(c.Args[1]), true).(*nodes.Const); ok && k.Value != adt.Datum(true) {
			return with(c.Args[0])
		}
	}
	return nil
}

// coalesceIn finds coalesce(x, constant) as what an expression, or a strict function of it and
// constants, takes.
func (b *builder) coalesceIn(e nodes.Expr) *nodes.CoalesceExpr {
	for {
		var args []nodes.Expr
		switch x := e.(type) {
		case *nodes.CoalesceExpr:
			if len(x.Args) == 2 && constant(x.Args[1]) {
				return x
			}
			return nil
		case *nodes.OpExpr:
			args = x.Args
		case *nodes.FuncExpr:
			args = x.Args
		}
		p := b.opt.Catalog.ProcByOID(callee(e))
		if p == nil || !p.Strict || p.Volatile != 'i' || p.RetSet {
			return nil
		}
		e = nil
		for _, a := range args {
			switch {
			case constant(a):
			case e != nil:
				return nil
			default:
				e = a
			}
		}
		if e == nil {
			return nil
		}
	}
}

// insideCase makes of CASE … THEN a … END op k, of constants, the CASE of what each of
// them comes to; nil: it is nothing like that.
func (b *builder) insideCase(e *nodes.OpExpr) nodes.Expr {
	for i, a := range e.Args {
		c, ok := a.(*nodes.CaseExpr)
		if !ok || !constant(e.Args[1-i]) {
			continue
		}
		result := func(x nodes.Expr) (nodes.Expr, bool) {
			out := *e
			out.Args = []nodes.Expr{e.Args[0], e.Args[1]}
			out.Args[i] = x
			k, ok := b.fold(&out, false).(*nodes.Const)
			return k, ok && constant(x)
		}
		out := &nodes.CaseExpr{Type: adt.BoolOID, Arg: c.Arg, Location: c.Location}
		if out.Default, ok = result(c.Default); !ok {
			return nil
		}
		for _, w := range c.Whens {
			then, ok := result(w.Then)
			if !ok {
				return nil
			}
			out.Whens = append(out.Whens, nodes.CaseWhen{When: w.When, Then: then})
		}
		if or := b.truthOfCase(out); or != nil {
			return or
		}
	}
	return nil
}

// ofNullIf makes x = k of nullif(x, d) = k, of different texts d and k; nil: it is nothing
// like that.
func (b *builder) ofNullIf(e *nodes.OpExpr) nodes.Expr {
	for i, a := range e.Args {
		n, ok := a.(*nodes.NullIfExpr)
		if !ok || len(n.Args) != 2 || n.Op != e.Op || n.InputCollation != e.InputCollation || !constant(n.Args[1]) || !constant(e.Args[1-i]) {
			continue
		}
		same := *e
		same.Args = []nodes.Expr{n.Args[1], e.Args[1-i]}
		if k, ok := b.fold(&same, false).(*nodes.Const); !ok || k.Value != adt.Datum(false) {
			continue
		}
		out := *e
		out.Args = []nodes.Expr{e.Args[0], e.Args[1]}
		out.Args[i] = n.Args[0]
		return &out
	}
	return nil
}

// oneOf makes x = ANY (list) of ARRAY[x] <@ list and of jsonb list ? x; nil: it is nothing
// like that.
func (b *builder) oneOf(e *nodes.OpExpr, src string) nodes.Expr {
	x, list := e.Args[0], e.Args[1]
	if src != "arraycontained" {
		x, list = list, x
	}
	k, ok := list.(*nodes.Const)
	if !ok {
		return nil
	}
	elem, collation := nodes.OID(adt.TextOID), nodes.OID(adt.DefaultCollationOID)
	var values *adt.Array
	switch v := k.Value.(type) {
	case *adt.Array:
		built, ok := x.(*nodes.ArrayExpr)
		if !ok || built.Multi || len(built.Elements) != 1 {
			return nil
		}
		x, elem, collation, values = built.Elements[0], built.Elem, built.Collation, v
	case *adt.JSONB:
		var names []adt.Datum
		switch v.Kind {
		case adt.JSONArray:
			for _, e := range v.Vals {
				if e.Kind == adt.JSONString {
					names = append(names, e.Str)
				}
			}
		case adt.JSONObject:
			names = texts(v.Keys)
		}
		if constant(x) || len(names) == 0 {
			return nil
		}
		values = adt.NewArray(adt.TextOID, names)
	default:
		return nil
	}
	_, code, _, _ := b.opt.Catalog.SortOperators(elem)
	eq, array := b.opt.Catalog.OperatorByOID(code), b.opt.Catalog.ArrayTypeOf(elem)
	if eq == nil || array == 0 || eq.Left != elem || eq.Right != elem {
		return nil
	}
	constArray := &nodes.Const{Type: array, Typmod: -1, Collation: collation, Value: values, Location: -1}
	input := e.InputCollation
	if input == 0 {
		input = collation
	}
	return &nodes.ScalarArrayOpExpr{Op: eq.OID, Func: eq.Code, InputCollation: input, Args: []nodes.Expr{x, constArray}, Location: -1}
}
