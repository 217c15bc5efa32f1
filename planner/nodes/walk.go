package nodes

// Walk calls visit for e and, while visit returns true, for the expressions
// directly below, depth first. Nil expressions are skipped. It does not enter
// the Query of a SubLink (use WalkQuery there), but it does enter its Test.
func Walk(e Expr, visit func(Expr) bool) {
	if e == nil || !visit(e) {
		return
	}
	for _, c := range Children(e) {
		Walk(c, visit)
	}
}

// Children gives the expressions directly below e, never nil ones.
func Children(e Expr) []Expr {
	var out []Expr
	add := func(es ...Expr) {
		for _, x := range es {
			if x != nil {
				out = append(out, x)
			}
		}
	}
	switch e := e.(type) {
	case *FuncExpr:
		return e.Args
	case *OpExpr:
		return e.Args
	case *DistinctExpr:
		return e.Args
	case *NullIfExpr:
		return e.Args
	case *ScalarArrayOpExpr:
		return e.Args
	case *BoolExpr:
		return e.Args
	case *Aggref:
		add(e.DirectArgs...)
		for _, t := range e.Args {
			add(t.Expr)
		}
		add(e.Filter)
	case *GroupingFunc:
		return e.Args
	case *WindowFunc:
		add(e.Args...)
		add(e.Filter)
	case *SubscriptingRef:
		add(e.Expr)
		add(e.Upper...)
		add(e.Lower...)
		add(e.Assign)
	case *SubLink:
		add(e.Test)
	case *FieldSelect:
		add(e.Arg)
	case *RelabelType:
		add(e.Arg)
	case *CoerceViaIO:
		add(e.Arg)
	case *ArrayCoerceExpr:
		add(e.Arg, e.Elem)
	case *ConvertRowtypeExpr:
		add(e.Arg)
	case *CollateExpr:
		add(e.Arg)
	case *CaseExpr:
		add(e.Arg)
		for _, w := range e.Whens {
			add(w.When, w.Then)
		}
		add(e.Default)
	case *ArrayExpr:
		return e.Elements
	case *RowExpr:
		return e.Args
	case *RowCompareExpr:
		add(e.Left...)
		add(e.Right...)
	case *CoalesceExpr:
		return e.Args
	case *MinMaxExpr:
		return e.Args
	case *NullTest:
		add(e.Arg)
	case *BooleanTest:
		add(e.Arg)
	case *CoerceToDomain:
		add(e.Arg)
	case *JSONConstructorExpr:
		add(e.Args...)
		add(e.Func)
	case *JSONIsPredicate:
		add(e.Arg)
	case *XMLExpr:
		add(e.NamedArgs...)
		add(e.Args...)
	case *XMLTableExpr:
		add(e.exprs()...)
	case Custom:
		return e.SubExprs()
	}
	return out
}

// Rewrite rebuilds e with each node replaced by what f returns for it: f gets a
// node and either returns its replacement and true, which is then final, or
// anything and false, and Rewrite descends, copying the node. It does not enter
// the Query of a SubLink. The tree e is not changed.
func Rewrite(e Expr, f func(Expr) (Expr, bool)) Expr {
	if e == nil {
		return nil
	}
	if r, done := f(e); done {
		return r
	}
	one := func(x Expr) Expr { return Rewrite(x, f) }
	list := func(xs []Expr) []Expr { return RewriteList(xs, f) }
	switch e := e.(type) {
	case *FuncExpr:
		c := *e
		c.Args = list(e.Args)
		return &c
	case *OpExpr:
		c := *e
		c.Args = list(e.Args)
		return &c
	case *DistinctExpr:
		c := *e
		c.Args = list(e.Args)
		return &c
	case *NullIfExpr:
		c := *e
		c.Args = list(e.Args)
		return &c
	case *ScalarArrayOpExpr:
		c := *e
		c.Args = list(e.Args)
		return &c
	case *BoolExpr:
		c := *e
		c.Args = list(e.Args)
		return &c
	case *Aggref:
		c := *e
		c.DirectArgs, c.Args, c.Filter = list(e.DirectArgs), rewriteTargets(e.Args, f), one(e.Filter)
		return &c
	case *GroupingFunc:
		c := *e
		c.Args = list(e.Args)
		return &c
	case *WindowFunc:
		c := *e
		c.Args, c.Filter = list(e.Args), one(e.Filter)
		return &c
	case *SubscriptingRef:
		c := *e
		c.Expr, c.Upper, c.Lower, c.Assign = one(e.Expr), list(e.Upper), list(e.Lower), one(e.Assign)
		return &c
	case *SubLink:
		c := *e
		c.Test = one(e.Test)
		return &c
	case *FieldSelect:
		c := *e
		c.Arg = one(e.Arg)
		return &c
	case *RelabelType:
		c := *e
		c.Arg = one(e.Arg)
		return &c
	case *CoerceViaIO:
		c := *e
		c.Arg = one(e.Arg)
		return &c
	case *ArrayCoerceExpr:
		c := *e
		c.Arg, c.Elem = one(e.Arg), one(e.Elem)
		return &c
	case *ConvertRowtypeExpr:
		c := *e
		c.Arg = one(e.Arg)
		return &c
	case *CollateExpr:
		c := *e
		c.Arg = one(e.Arg)
		return &c
	case *CaseExpr:
		c := *e
		c.Arg, c.Default = one(e.Arg), one(e.Default)
		c.Whens = make([]CaseWhen, len(e.Whens))
		for i, w := range e.Whens {
			c.Whens[i] = CaseWhen{When: one(w.When), Then: one(w.Then)}
		}
		return &c
	case *ArrayExpr:
		c := *e
		c.Elements = list(e.Elements)
		return &c
	case *RowExpr:
		c := *e
		c.Args = list(e.Args)
		return &c
	case *RowCompareExpr:
		c := *e
		c.Left, c.Right = list(e.Left), list(e.Right)
		return &c
	case *CoalesceExpr:
		c := *e
		c.Args = list(e.Args)
		return &c
	case *MinMaxExpr:
		c := *e
		c.Args = list(e.Args)
		return &c
	case *NullTest:
		c := *e
		c.Arg = one(e.Arg)
		return &c
	case *BooleanTest:
		c := *e
		c.Arg = one(e.Arg)
		return &c
	case *CoerceToDomain:
		c := *e
		c.Arg = one(e.Arg)
		return &c
	case *JSONConstructorExpr:
		c := *e
		c.Args, c.Func = list(e.Args), one(e.Func)
		return &c
	case *JSONIsPredicate:
		c := *e
		c.Arg = one(e.Arg)
		return &c
	case *XMLExpr:
		return e.rewrite(list)
	case *XMLTableExpr:
		return e.rewrite(one, list)
	case Custom:
		return e.WithSubExprs(list(e.SubExprs()))
	}
	return e // leaves
}

// RewriteList rewrites each expression of a list; nil entries stay.
func RewriteList(es []Expr, f func(Expr) (Expr, bool)) []Expr {
	if es == nil {
		return nil
	}
	out := make([]Expr, len(es))
	for i, e := range es {
		out[i] = Rewrite(e, f)
	}
	return out
}

// rewriteTargets rewrites the expressions of a target list.
func rewriteTargets(ts []*TargetEntry, f func(Expr) (Expr, bool)) []*TargetEntry {
	if ts == nil {
		return nil
	}
	out := make([]*TargetEntry, len(ts))
	for i, t := range ts {
		c := *t
		c.Expr = Rewrite(t.Expr, f)
		out[i] = &c
	}
	return out
}

// ReturnsSet tells whether a node itself, not what it holds, is a call that
// returns a set.
func ReturnsSet(e Expr) bool {
	switch e := e.(type) {
	case *FuncExpr:
		return e.ReturnsSet
	case *OpExpr:
		return e.ReturnsSet
	}
	return false
}
