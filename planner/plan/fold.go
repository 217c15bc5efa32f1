package plan

import (
	"slices"
	"strings"

	"github.com/jackc/pgerrcode"

	"github.com/flowgres/flowgres/planner/adt"
	"github.com/flowgres/flowgres/planner/catalog"
	"github.com/flowgres/flowgres/planner/nodes"
	"github.com/flowgres/flowgres/planner/pgerr"
)

// sqlLanguage is the language that SQL functions have in pg_proc.
const sqlLanguage = 14

// fold simplifies an expression as eval_const_expressions does: parameters
// become their values, calls of constants are evaluated, and boolean operators, CASE
// and COALESCE lose the arms that cannot matter. With stable it also evaluates stable
// functions, whose value a statement's plan may use. An immutable expression that fails
// to evaluate fails the plan, as in PostgreSQL; a stable one stays, to fail when and if it is reached.
func (b *builder) fold(e nodes.Expr, stable bool) nodes.Expr {
	return nodes.Rewrite(e, func(n nodes.Expr) (nodes.Expr, bool) { return b.foldNode(n, stable) })
}

// foldWritten is fold for an expression as the statement has it, whose failures
// are the plan's.
func (b *builder) foldWritten(e nodes.Expr) nodes.Expr {
	b.written = true
	defer func() { b.written = false }()
	return b.fold(e, false)
}

func (b *builder) foldNode(n nodes.Expr, stable bool) (nodes.Expr, bool) {
	rec := func(x nodes.Expr) nodes.Expr { return b.fold(x, stable) }
	switch n := n.(type) {
	case *nodes.Param:
		if !n.Exec && b.opt.Params != nil && n.Number <= len(b.opt.Params) {
			return &nodes.Const{
				Type: n.Type, Typmod: n.Typmod, Collation: n.Collation,
				Value: b.opt.Params[n.Number-1], Location: n.Location,
			}, true
		}
		return n, true
	case *nodes.BoolExpr:
		return b.foldBool(n, stable), true
	case *nodes.CaseExpr:
		return b.foldCase(n, stable), true
	case *nodes.CoalesceExpr:
		return b.foldCoalesce(n, stable), true
	case *nodes.SubLink, *nodes.Aggref, *nodes.WindowFunc, *nodes.GroupingFunc:
		return nil, false
	case *nodes.FuncExpr:
		c := *n
		c.Args = nodes.RewriteList(n.Args, func(x nodes.Expr) (nodes.Expr, bool) { return rec(x), true })
		return b.foldCall(&c, n.Func, c.Args, n.ReturnsSet, stable), true
	case *nodes.OpExpr:
		c := *n
		c.Args = nodes.RewriteList(n.Args, func(x nodes.Expr) (nodes.Expr, bool) { return rec(x), true })
		return b.foldCall(&c, n.Func, c.Args, n.ReturnsSet, stable), true
	case *nodes.ScalarArrayOpExpr:
		c := *n
		c.Args = nodes.RewriteList(n.Args, func(x nodes.Expr) (nodes.Expr, bool) { return rec(x), true })
		return b.foldCall(&c, n.Func, c.Args, false, stable), true
	case *nodes.SQLValueFunction:
		if !stable {
			return n, true
		}
		b.plan.Reusable = false
		return b.evaluate(n, stable), true
	case *nodes.CoerceViaIO:
		c := *n
		c.Arg = rec(n.Arg)
		// Type input and output may depend on settings; only types whose do not fold early.
		immutable := ioImmutable(c.Type) && ioImmutable(nodes.TypeOf(c.Arg).Type)
		if constant(c.Arg) && (stable || immutable) {
			b.plan.Reusable = b.plan.Reusable && immutable
			return b.evaluate(&c, stable), true
		}
		return &c, true
	case *nodes.RowCompareExpr:
		if !b.written {
			return b.foldRowCompare(n, stable), true
		}
		// PostgreSQL folds what it compares alone, so what a comparison decides is reached only when it runs.
		c := *n
		c.Left = nodes.RewriteList(n.Left, func(x nodes.Expr) (nodes.Expr, bool) { return rec(x), true })
		c.Right = nodes.RewriteList(n.Right, func(x nodes.Expr) (nodes.Expr, bool) { return rec(x), true })
		return &c, true
	case *nodes.RelabelType:
		c := *n
		c.Arg = rec(n.Arg)
		if k, ok := c.Arg.(*nodes.Const); ok {
			v := adt.Relabel(k.Value, b.baseType(c.Type))
			return &nodes.Const{Type: c.Type, Typmod: c.Typmod, Collation: c.Collation, Value: v, Location: k.Location}, true
		}
		return &c, true
	case *nodes.CoerceToDomain:
		if !b.opt.Catalog.DomainHasConstraints(n.Type) {
			return rec(&nodes.RelabelType{Arg: n.Arg, Type: n.Type, Typmod: n.Typmod, Collation: n.Collation, Form: n.Form, Location: n.Location}), true
		}
	case *nodes.ArrayExpr, *nodes.RowExpr, *nodes.NullTest, *nodes.BooleanTest, *nodes.MinMaxExpr,
		*nodes.SubscriptingRef, *nodes.CollateExpr, *nodes.DistinctExpr, *nodes.NullIfExpr:
		c := nodes.Rewrite(n, func(x nodes.Expr) (nodes.Expr, bool) {
			if x == n {
				return nil, false
			}
			return rec(x), true
		})
		args := nodes.Children(c)
		if _, ok := c.(*nodes.NullIfExpr); ok {
			for _, k := range args {
				if k, ok := k.(*nodes.Const); ok && k.Value == nil {
					return args[0], true // NULL equals nothing, so the first it is
				}
			}
		}
		for _, k := range args {
			if !constant(k) {
				return c, true
			}
		}
		return b.evaluate(c, stable), true
	}
	return nil, false
}

// foldCall evaluates a call whose arguments are constant, if its volatility
// allows it now, and a strict call of a NULL.
func (b *builder) foldCall(e nodes.Expr, fn nodes.OID, args []nodes.Expr, set, stable bool) nodes.Expr {
	p := b.opt.Catalog.ProcByOID(fn)
	if set || p == nil {
		return e
	}
	if column := b.memberOfRow(fn, args); column != nil {
		return column
	}
	if columns := b.partOfRow(p.Src, args); columns != nil {
		return columns
	}
	all := true
	for _, a := range args {
		k, ok := a.(*nodes.Const)
		if !ok {
			all = false
			continue
		}
		if _, array := e.(*nodes.ScalarArrayOpExpr); k.Value == nil && p.Strict && !array {
			t := nodes.TypeOf(e)
			return &nodes.Const{Type: t.Type, Typmod: t.Typmod, Collation: t.Collation, Location: t.Location}
		}
	}
	volatility := p.Volatile
	if inlinesToIO(p) && !slices.ContainsFunc(args, func(a nodes.Expr) bool { return !ioImmutable(nodes.TypeOf(a).Type) }) {
		volatility = 'i'
	}
	if !all || volatility == 'v' || volatility == 's' && !stable {
		return e
	}
	b.plan.Reusable = b.plan.Reusable && volatility == 'i'
	return b.evaluate(e, stable)
}

// inlinesToIO tells the functions in SQL that say they are stable, but for which
// PostgreSQL puts their bodies: an immutable one over a cast to text.
func inlinesToIO(p *catalog.Proc) bool {
	return p.Language == sqlLanguage && slices.Contains([]string{"textanycat", "anytextcat", "quote_literal", "quote_nullable"}, p.Name)
}

// evaluate turns a constant expression into its value. When that fails the
// expression stays, and unless stable its error is the plan's.
func (b *builder) evaluate(e nodes.Expr, stable bool) nodes.Expr {
	if b.opt.Eval == nil {
		return e
	}
	v, err := b.opt.Eval(e)
	if err != nil {
		// What flowgres lacks fails only when it is reached.
		lacking := pgerr.From(err).Code == pgerrcode.FeatureNotSupported && strings.HasSuffix(pgerr.From(err).Message, "is not supported")
		// What is too much to fold may not be too much for the query.
		lacking = lacking || pgerr.From(err).Code == pgerrcode.OutOfMemory
		if !stable && b.foldErr == nil && !lacking && pgerr.From(err).Code != pgerrcode.InternalError {
			b.foldErr = err
		}
		return e
	}
	t := nodes.TypeOf(e)
	return &nodes.Const{Type: t.Type, Typmod: t.Typmod, Collation: t.Collation, Value: v, Location: t.Location}
}

func constant(e nodes.Expr) bool {
	_, ok := e.(*nodes.Const)
	return ok
}

func nullConst(typ nodes.OID) *nodes.Const {
	return &nodes.Const{Type: typ, Typmod: -1, Location: -1}
}

// ioImmutable tells whether a type's input and output functions are immutable
// in pg_proc. (Those of bytea and the floats depend on settings nevertheless, which a
// plan's key has.)
func ioImmutable(typ nodes.OID) bool {
	switch typ {
	case 16, 17, 18, 19, 20, 21, 22, 23, 25, 26, 27, 28, 29, 30, 114, 600, 601, 602, 603, 604, 628, 650, 700, 701, 705, 718, 774, 829, 869,
		1042, 1043, 1560, 1562, 1700, 1790, 2275, 2950, 3220, 3614, 3615, 3802, 4072, 5038, 5069:
		return true
	}
	return false
}

// volatile tells whether an expression calls a volatile function.
func (b *builder) volatile(e nodes.Expr) bool {
	found := false
	nodes.Walk(e, func(n nodes.Expr) bool {
		if s, ok := n.(*nodes.SubLink); ok {
			found = found || b.volatileQuery(s.Query)
		}
		found = found || b.callsVolatile(n)
		return !found
	})
	return found
}

// callsVolatile tells whether a node itself calls a volatile function.
func (b *builder) callsVolatile(n nodes.Expr) bool {
	fn := callee(n)
	p := b.opt.Catalog.ProcByOID(fn)
	return fn != 0 && p != nil && p.Volatile == 'v'
}

// callee is the function that a node calls, 0 for none.
func callee(n nodes.Expr) nodes.OID {
	switch n := n.(type) {
	case *nodes.FuncExpr:
		return n.Func
	case *nodes.OpExpr:
		return n.Func
	case *nodes.DistinctExpr:
		return n.Func
	case *nodes.NullIfExpr:
		return n.Func
	case *nodes.ScalarArrayOpExpr:
		return n.Func
	}
	return 0
}

// returnsSet tells whether an expression holds a set-returning call.
func returnsSet(e nodes.Expr) bool {
	found := false
	nodes.Walk(e, func(n nodes.Expr) bool {
		found = found || nodes.ReturnsSet(n)
		return !found
	})
	return found
}

// hasSubLink tells whether an expression holds a subquery.
func hasSubLink(e nodes.Expr) bool {
	found := false
	nodes.Walk(e, func(n nodes.Expr) bool {
		if _, ok := n.(*nodes.SubLink); ok {
			found = true
		}
		return !found
	})
	return found
}
