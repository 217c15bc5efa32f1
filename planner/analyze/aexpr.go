package analyze

import (
	"github.com/jackc/pgerrcode"
	pg_query "github.com/pganalyze/pg_query_go/v5"

	"github.com/flowgres/flowgres/planner/adt"
	"github.com/flowgres/flowgres/planner/nodes"
	"github.com/flowgres/flowgres/planner/pgerr"
)

// transformAExpr resolves the many things that look like an operator.
func (ps *ParseState) transformAExpr(a *pg_query.A_Expr) (nodes.Expr, error) {
	switch a.Kind {
	case pg_query.A_Expr_Kind_AEXPR_OP_ANY, pg_query.A_Expr_Kind_AEXPR_OP_ALL:
		before := ps.lastSRF
		l, r, err := ps.operands(a)
		if err != nil {
			return nil, err
		}
		return ps.makeScalarArrayOp(names(a.Name), a.Kind == pg_query.A_Expr_Kind_AEXPR_OP_ANY, l, r, before, int(a.Location))
	case pg_query.A_Expr_Kind_AEXPR_DISTINCT, pg_query.A_Expr_Kind_AEXPR_NOT_DISTINCT:
		return ps.transformDistinct(a)
	case pg_query.A_Expr_Kind_AEXPR_NULLIF:
		return ps.transformNullIf(a)
	case pg_query.A_Expr_Kind_AEXPR_IN:
		return ps.transformIn(a)
	case pg_query.A_Expr_Kind_AEXPR_BETWEEN, pg_query.A_Expr_Kind_AEXPR_NOT_BETWEEN,
		pg_query.A_Expr_Kind_AEXPR_BETWEEN_SYM, pg_query.A_Expr_Kind_AEXPR_NOT_BETWEEN_SYM:
		return ps.transformBetween(a)
	case pg_query.A_Expr_Kind_AEXPR_OP, pg_query.A_Expr_Kind_AEXPR_LIKE,
		pg_query.A_Expr_Kind_AEXPR_ILIKE, pg_query.A_Expr_Kind_AEXPR_SIMILAR:
		return ps.transformOp(a)
	}
	return nil, pgerr.Internal("unrecognized A_Expr kind: %d", a.Kind)
}

// operands resolves both sides of an operator.
func (ps *ParseState) operands(a *pg_query.A_Expr) (left, right nodes.Expr, err error) {
	if left, err = ps.expr(a.Lexpr); err != nil {
		return nil, nil, err
	}
	right, err = ps.expr(a.Rexpr)
	return left, right, err
}

func (ps *ParseState) transformOp(a *pg_query.A_Expr) (nodes.Expr, error) {
	if a.Lexpr.GetRowExpr() != nil {
		if s := a.Rexpr.GetSubLink(); s != nil && s.SubLinkType == pg_query.SubLinkType_EXPR_SUBLINK {
			// ROW(…) op (SELECT …)
			return ps.transformSubLink(&pg_query.SubLink{
				SubLinkType: pg_query.SubLinkType_ROWCOMPARE_SUBLINK, Testexpr: a.Lexpr,
				OperName: a.Name, Subselect: s.Subselect, Location: a.Location,
			})
		}
	}
	before := ps.lastSRF
	l, r, err := ps.operands(a)
	if err != nil {
		return nil, err
	}
	if a.Lexpr.GetRowExpr() != nil && a.Rexpr.GetRowExpr() != nil {
		lr, lok := l.(*nodes.RowExpr)
		rr, rok := r.(*nodes.RowExpr)
		if lok && rok {
			return ps.makeRowComparison(names(a.Name), lr.Args, rr.Args, int(a.Location))
		}
	}
	return ps.makeOp(names(a.Name), l, r, before, int(a.Location))
}

func (ps *ParseState) transformDistinct(a *pg_query.A_Expr) (nodes.Expr, error) {
	not := a.Kind == pg_query.A_Expr_Kind_AEXPR_NOT_DISTINCT
	loc := int(a.Location)
	// Against a bare NULL it is a null test.
	for _, side := range [][2]*pg_query.Node{{a.Rexpr, a.Lexpr}, {a.Lexpr, a.Rexpr}} {
		if side[0].GetAConst().GetIsnull() {
			arg, err := ps.expr(side[1])
			if err != nil {
				return nil, err
			}
			return &nodes.NullTest{Arg: arg, Not: !not, Row: false, Location: loc}, nil
		}
	}
	l, r, err := ps.operands(a)
	if err != nil {
		return nil, err
	}
	lr, lok := l.(*nodes.RowExpr)
	rr, rok := r.(*nodes.RowExpr)
	var out nodes.Expr
	if lok && rok {
		out, err = ps.makeRowDistinct(names(a.Name), lr, rr, loc)
	} else {
		out, err = ps.makeDistinct(names(a.Name), l, r, loc)
	}
	if err != nil || !not {
		return out, err
	}
	return &nodes.BoolExpr{Op: nodes.Not, Args: []nodes.Expr{out}, Location: loc}, nil
}

// makeEquality resolves the = that a construct is made of.
func (ps *ParseState) makeEquality(op []string, l, r nodes.Expr, construct string, loc int) (*nodes.OpExpr, error) {
	e, err := ps.makeOp(op, l, r, ps.lastSRF, loc)
	if err != nil {
		return nil, err
	}
	o := e.(*nodes.OpExpr)
	if o.Type != adt.BoolOID {
		return nil, pgerr.New(pgerrcode.DatatypeMismatch, "%s requires = operator to yield boolean", construct).At(loc)
	}
	if o.ReturnsSet {
		return nil, pgerr.New(pgerrcode.DatatypeMismatch, "%s must not return a set", construct).At(loc)
	}
	return o, nil
}

func (ps *ParseState) makeDistinct(op []string, l, r nodes.Expr, loc int) (nodes.Expr, error) {
	o, err := ps.makeEquality(op, l, r, "IS DISTINCT FROM", loc)
	if err != nil {
		return nil, err
	}
	return &nodes.DistinctExpr{OpExpr: *o}, nil
}

func (ps *ParseState) transformNullIf(a *pg_query.A_Expr) (nodes.Expr, error) {
	l, r, err := ps.operands(a)
	if err != nil {
		return nil, err
	}
	o, err := ps.makeEquality(names(a.Name), l, r, "NULLIF", int(a.Location))
	if err != nil {
		return nil, err
	}
	o.Type = exprType(o.Args[0])
	return &nodes.NullIfExpr{OpExpr: *o}, nil
}

// hasVars tells whether an expression names a column of this level.
func hasVars(e nodes.Expr) bool {
	found := false
	nodes.Walk(e, func(n nodes.Expr) bool {
		switch n := n.(type) {
		case *nodes.Var:
			found = found || n.LevelsUp == 0
		case *nodes.SubLink:
			if n.Query != nil {
				nodes.WalkQuery(n.Query, func(x nodes.Expr, depth int) bool {
					if v, ok := x.(*nodes.Var); ok && v.LevelsUp == depth+1 {
						found = true
					}
					return !found
				})
			}
		}
		return !found
	})
	return found
}

// transformIn resolves x [NOT] IN (list): items without columns become one
// array where they have a common type, the others comparisons.
func (ps *ParseState) transformIn(a *pg_query.A_Expr) (nodes.Expr, error) {
	op := names(a.Name)
	loc := int(a.Location)
	useOr := op[len(op)-1] != "<>"
	l, err := ps.expr(a.Lexpr)
	if err != nil {
		return nil, err
	}
	var all, withVars, plain []nodes.Expr
	for _, n := range a.Rexpr.GetList().GetItems() {
		e, err := ps.expr(n)
		if err != nil {
			return nil, err
		}
		all = append(all, e)
		if hasVars(e) {
			withVars = append(withVars, e)
		} else {
			plain = append(plain, e)
		}
	}
	array, err := ps.inArray(op, useOr, l, plain, loc)
	if err != nil {
		return nil, err
	}
	result, rest := array, all
	if array != nil {
		rest = withVars
	}
	for _, e := range rest {
		is, err := ps.inComparison(op, copyParams(l), e, loc)
		if err != nil {
			return nil, err
		}
		result = joined(result, is, useOr, loc)
	}
	return result, nil
}

// inArray compares with items without columns as one array; nil: there are not
// enough of them, or no type they have in common.
func (ps *ParseState) inArray(op []string, useOr bool, l nodes.Expr, items []nodes.Expr, loc int) (nodes.Expr, error) {
	if _, row := l.(*nodes.RowExpr); row || len(items) < 2 {
		return nil, nil
	}
	all := append([]nodes.Expr{l}, items...)
	common, _, err := ps.selectCommonType(all, "")
	if err != nil || common == 0 || common == adt.RecordOID {
		return nil, err
	}
	for _, e := range all {
		if !ps.canCoerce([]OID{exprType(e)}, []OID{common}, CoerceImplicit) {
			return nil, nil
		}
	}
	array := ps.catalog.ArrayTypeOf(common)
	if array == 0 {
		return nil, nil
	}
	out := &nodes.ArrayExpr{Type: array, Elem: common, Location: -1}
	for _, e := range items {
		c, err := ps.coerceToCommonType(e, common, "IN")
		if err != nil {
			return nil, err
		}
		out.Elements = append(out.Elements, c)
	}
	return ps.makeScalarArrayOp(op, useOr, l, out, ps.lastSRF, loc)
}

// inComparison compares with one item.
func (ps *ParseState) inComparison(op []string, l, item nodes.Expr, loc int) (out nodes.Expr, err error) {
	lr, lok := l.(*nodes.RowExpr)
	rr, rok := item.(*nodes.RowExpr)
	if lok && rok {
		out, err = ps.makeRowComparison(op, lr.Args, rr.Args, loc)
	} else {
		out, err = ps.makeOp(op, l, item, ps.lastSRF, loc)
	}
	if err != nil {
		return nil, err
	}
	return ps.coerceToBoolean(out, "IN")
}

// joined adds a condition to those before by OR or AND; list nil: there are none.
func joined(list, cond nodes.Expr, or bool, loc int) nodes.Expr {
	op := nodes.And
	if or {
		op = nodes.Or
	}
	if list == nil {
		return cond
	}
	if b, ok := list.(*nodes.BoolExpr); ok && b.Op == op && b.Location == loc {
		b.Args = append(b.Args, cond)
		return b
	}
	return &nodes.BoolExpr{Op: op, Args: []nodes.Expr{list, cond}, Location: loc}
}

// transformBetween spells BETWEEN out in comparisons.
func (ps *ParseState) transformBetween(a *pg_query.A_Expr) (nodes.Expr, error) {
	bounds := a.Rexpr.GetList().GetItems()
	if len(bounds) != 2 {
		return nil, pgerr.Internal("BETWEEN with %d bounds", len(bounds))
	}
	lo, hi := bounds[0], bounds[1]
	op := func(name string, r *pg_query.Node) *pg_query.Node {
		return &pg_query.Node{Node: &pg_query.Node_AExpr{AExpr: &pg_query.A_Expr{
			Kind: pg_query.A_Expr_Kind_AEXPR_OP, Lexpr: a.Lexpr, Rexpr: r, Location: a.Location,
			Name: []*pg_query.Node{{Node: &pg_query.Node_String_{String_: &pg_query.String{Sval: name}}}},
		}}}
	}
	join := func(b pg_query.BoolExprType, args ...*pg_query.Node) *pg_query.Node {
		return &pg_query.Node{Node: &pg_query.Node_BoolExpr{BoolExpr: &pg_query.BoolExpr{Boolop: b, Args: args, Location: a.Location}}}
	}
	and, or := pg_query.BoolExprType_AND_EXPR, pg_query.BoolExprType_OR_EXPR
	switch a.Kind {
	case pg_query.A_Expr_Kind_AEXPR_BETWEEN:
		return ps.expr(join(and, op(">=", lo), op("<=", hi)))
	case pg_query.A_Expr_Kind_AEXPR_NOT_BETWEEN:
		return ps.expr(join(or, op("<", lo), op(">", hi)))
	case pg_query.A_Expr_Kind_AEXPR_BETWEEN_SYM:
		return ps.expr(join(or, join(and, op(">=", lo), op("<=", hi)), join(and, op(">=", hi), op("<=", lo))))
	}
	return ps.expr(join(and, join(or, op("<", lo), op(">", hi)), join(or, op("<", hi), op(">", lo))))
}
