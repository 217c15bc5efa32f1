package analyze

import (
	"github.com/jackc/pgerrcode"
	pg_query "github.com/pganalyze/pg_query_go/v5"

	"github.com/flowgres/flowgres/planner/adt"
	"github.com/flowgres/flowgres/planner/nodes"
	"github.com/flowgres/flowgres/planner/pgerr"
)

// transformExpr resolves an expression that stands in a clause of some kind.
func (ps *ParseState) transformExpr(n *pg_query.Node, kind ExprKind) (nodes.Expr, error) {
	saved := ps.kind
	ps.kind = kind
	e, err := ps.expr(n)
	ps.kind = saved
	return e, err
}

// transformWhere resolves a condition; nil stays nil.
func (ps *ParseState) transformWhere(n *pg_query.Node, kind ExprKind, construct string) (nodes.Expr, error) {
	if n == nil {
		return nil, nil
	}
	e, err := ps.transformExpr(n, kind)
	if err != nil {
		return nil, err
	}
	return ps.coerceToBoolean(e, construct)
}

// names gives the strings of a list of String nodes; other nodes give "".
func names(list []*pg_query.Node) []string {
	out := make([]string, len(list))
	for i, n := range list {
		out[i] = n.GetString_().GetSval()
	}
	return out
}

// exprType is the type of an expression.
func exprType(e nodes.Expr) OID { return nodes.TypeOf(e).Type }

// exprList resolves expressions of the current clause.
func (ps *ParseState) exprList(list []*pg_query.Node) ([]nodes.Expr, error) {
	out := make([]nodes.Expr, 0, len(list))
	for _, n := range list {
		e, err := ps.expr(n)
		if err != nil {
			return nil, err
		}
		out = append(out, e)
	}
	return out, nil
}

// expr is transformExprRecurse.
func (ps *ParseState) expr(n *pg_query.Node) (nodes.Expr, error) {
	if n == nil {
		return nil, nil
	}
	if err := ps.deeper(); err != nil {
		return nil, err
	}
	defer ps.shallower()
	switch x := n.Node.(type) {
	case *pg_query.Node_ColumnRef:
		return ps.transformColumnRef(x.ColumnRef, ps.kind)
	case *pg_query.Node_ParamRef:
		return ps.transformParamRef(x.ParamRef)
	case *pg_query.Node_AConst:
		return ps.makeConst(x.AConst)
	case *pg_query.Node_AIndirection:
		return ps.transformIndirection(x.AIndirection)
	case *pg_query.Node_AArrayExpr:
		return ps.transformArrayExpr(x.AArrayExpr, 0, 0, -1)
	case *pg_query.Node_TypeCast:
		return ps.transformTypeCast(x.TypeCast)
	case *pg_query.Node_CollateClause:
		return ps.transformCollate(x.CollateClause)
	case *pg_query.Node_AExpr:
		return ps.transformAExpr(x.AExpr)
	case *pg_query.Node_BoolExpr:
		return ps.transformBoolExpr(x.BoolExpr)
	case *pg_query.Node_FuncCall:
		return ps.transformFuncCall(x.FuncCall)
	case *pg_query.Node_MultiAssignRef:
		return ps.transformMultiAssignRef(x.MultiAssignRef)
	case *pg_query.Node_GroupingFunc:
		return ps.transformGroupingFunc(x.GroupingFunc)
	case *pg_query.Node_NamedArgExpr:
		return ps.expr(x.NamedArgExpr.Arg)
	case *pg_query.Node_SubLink:
		return ps.transformSubLink(x.SubLink)
	case *pg_query.Node_CaseExpr:
		return ps.transformCase(x.CaseExpr)
	case *pg_query.Node_RowExpr:
		return ps.transformRow(x.RowExpr)
	case *pg_query.Node_CoalesceExpr:
		return ps.transformCoalesce(x.CoalesceExpr)
	case *pg_query.Node_MinMaxExpr:
		return ps.transformMinMax(x.MinMaxExpr)
	case *pg_query.Node_SqlvalueFunction:
		return ps.transformSQLValueFunction(x.SqlvalueFunction)
	case *pg_query.Node_NullTest:
		return ps.transformNullTest(x.NullTest)
	case *pg_query.Node_BooleanTest:
		return ps.transformBooleanTest(x.BooleanTest)
	case *pg_query.Node_CurrentOfExpr:
		return ps.transformCurrentOf(x.CurrentOfExpr)
	case *pg_query.Node_SetToDefault:
		return nil, pgerr.New(pgerrcode.SyntaxError, "DEFAULT is not allowed in this context").At(int(x.SetToDefault.Location))
	case *pg_query.Node_JsonObjectConstructor:
		return ps.transformJSONObject(x.JsonObjectConstructor)
	case *pg_query.Node_JsonArrayConstructor:
		return ps.transformJSONArray(x.JsonArrayConstructor)
	case *pg_query.Node_JsonArrayQueryConstructor:
		return ps.transformJSONArrayQuery(x.JsonArrayQueryConstructor)
	case *pg_query.Node_JsonObjectAgg:
		return ps.transformJSONObjectAgg(x.JsonObjectAgg)
	case *pg_query.Node_JsonArrayAgg:
		return ps.transformJSONArrayAgg(x.JsonArrayAgg)
	case *pg_query.Node_XmlExpr:
		return ps.transformXMLExpr(x.XmlExpr)
	case *pg_query.Node_XmlSerialize:
		return ps.transformXMLSerialize(x.XmlSerialize)
	case *pg_query.Node_JsonIsPredicate:
		return ps.transformJSONIsPredicate(x.JsonIsPredicate)
	}
	return nil, pgerr.Unsupported("expressions of kind %T are not supported", n.Node).At(rawLocation(n))
}

// noSets refuses set-returning functions below COALESCE and its like, where
// none may have been found since before.
func (ps *ParseState) noSets(before nodes.Expr, construct string) error {
	if ps.lastSRF == before {
		return nil
	}
	return pgerr.New(pgerrcode.FeatureNotSupported, "set-returning functions are not allowed in %s", construct).
		Hintf("You might be able to move the set-returning function into a LATERAL FROM item.").At(exprLocation(ps.lastSRF))
}

func (ps *ParseState) transformBoolExpr(b *pg_query.BoolExpr) (nodes.Expr, error) {
	out := &nodes.BoolExpr{Location: int(b.Location)}
	word := "AND"
	switch b.Boolop {
	case pg_query.BoolExprType_OR_EXPR:
		out.Op, word = nodes.Or, "OR"
	case pg_query.BoolExprType_NOT_EXPR:
		out.Op, word = nodes.Not, "NOT"
	}
	for _, a := range b.Args {
		e, err := ps.expr(a)
		if err == nil {
			e, err = ps.coerceToBoolean(e, word)
		}
		if err != nil {
			return nil, err
		}
		out.Args = append(out.Args, e)
	}
	return out, nil
}

func (ps *ParseState) transformFuncCall(f *pg_query.FuncCall) (nodes.Expr, error) {
	before := ps.lastSRF
	args, err := ps.exprList(f.Args)
	if err != nil {
		return nil, err
	}
	if f.AggWithinGroup {
		// The sort expressions are arguments too, and are resolved as such.
		for _, o := range f.AggOrder {
			e, err := ps.transformExpr(o.GetSortBy().Node, KindOrderBy)
			if err != nil {
				return nil, err
			}
			args = append(args, e)
		}
	}
	return ps.parseFuncOrColumn(names(f.Funcname), args, f, before, false, int(f.Location))
}

func (ps *ParseState) transformTypeCast(t *pg_query.TypeCast) (nodes.Expr, error) {
	typ, typmod, err := ps.typeOf(t.TypeName)
	if err != nil {
		return nil, err
	}
	var arg nodes.Expr
	if a := t.Arg.GetAArrayExpr(); a != nil {
		// ARRAY[…]::type[]: the elements take the cast's type at once.
		base := ps.catalog.BaseType(typ.OID)
		if elem := ps.catalog.ElemTypeOf(base); elem != 0 {
			arg, err = ps.transformArrayExpr(a, base, elem, typmod)
		} else {
			arg, err = ps.expr(t.Arg)
		}
	} else {
		arg, err = ps.expr(t.Arg)
	}
	if err != nil {
		return nil, err
	}
	from := exprType(arg)
	if from == 0 {
		return arg, nil
	}
	loc := int(t.Location)
	if loc < 0 {
		loc = int(t.TypeName.Location)
	}
	e, err := ps.coerceToTargetType(arg, from, typ.OID, typmod, CoerceExplicit, nodes.CastForm, loc)
	if err != nil {
		return nil, err
	}
	if e == nil {
		return nil, pgerr.New(pgerrcode.CannotCoerce, "cannot cast type %s to %s",
			ps.catalog.FormatType(from, -1), ps.catalog.FormatType(typ.OID, -1)).At(coercionLocation(loc, arg))
	}
	return e, nil
}

// coercionLocation is parser_coercion_errposition: the cast's place where it
// has one, else the expression's.
func coercionLocation(loc int, e nodes.Expr) int {
	if loc >= 0 {
		return loc
	}
	return exprLocation(e)
}

func (ps *ParseState) transformCollate(c *pg_query.CollateClause) (nodes.Expr, error) {
	arg, err := ps.expr(c.Arg)
	if err != nil {
		return nil, err
	}
	typ := exprType(arg)
	if typ != adt.UnknownOID && ps.typeCollation(typ) == 0 {
		return nil, pgerr.New(pgerrcode.DatatypeMismatch, "collations are not supported by type %s",
			ps.catalog.FormatType(typ, -1)).At(int(c.Location))
	}
	coll, err := ps.lookupCollation(names(c.Collname), int(c.Location))
	if err != nil {
		return nil, err
	}
	return &nodes.CollateExpr{Arg: arg, Collation: coll, Location: int(c.Location)}, nil
}

func (ps *ParseState) transformRow(r *pg_query.RowExpr) (nodes.Expr, error) {
	args, err := ps.transformExpressionList(r.Args, ps.kind, false)
	if err != nil {
		return nil, err
	}
	if len(args) > maxColumns {
		return nil, pgerr.New(pgerrcode.TooManyColumns, "ROW expressions can have at most %d entries", maxColumns).At(int(r.Location))
	}
	out := &nodes.RowExpr{Args: args, Type: adt.RecordOID, Form: nodes.CallForm, Location: int(r.Location)}
	if r.RowFormat == pg_query.CoercionForm_COERCE_IMPLICIT_CAST {
		out.Form = nodes.ImplicitForm
	}
	for i := range args {
		out.Names = append(out.Names, "f"+itoa(i+1))
	}
	return out, nil
}

func (ps *ParseState) transformArrayExpr(a *pg_query.A_ArrayExpr, array, elem OID, typmod int32) (nodes.Expr, error) {
	out := &nodes.ArrayExpr{Location: int(a.Location)}
	var list []nodes.Expr
	for _, n := range a.Elements {
		var e nodes.Expr
		var err error
		if sub := n.GetAArrayExpr(); sub != nil {
			// A sub-array has the type of the whole, and its elements that of the elements.
			e, err = ps.transformArrayExpr(sub, array, elem, typmod)
			out.Multi = true
		} else {
			e, err = ps.expr(n)
			// int2vector and oidvector do not nest as arrays do, nor domains over arrays.
			if t := exprType(e); err == nil && t != adt.Int2VectorOID && t != adt.OIDVectorOID && ps.elemType(t) != 0 {
				out.Multi = true
			}
		}
		if err != nil {
			return nil, err
		}
		list = append(list, e)
	}
	var target OID
	switch {
	case array != 0:
		target = elem
		if out.Multi {
			target = array
		}
	case len(list) == 0:
		return nil, pgerr.New(pgerrcode.IndeterminateDatatype, "cannot determine type of empty array").
			Hintf("Explicitly cast to the desired type, for example ARRAY[]::integer[].").At(int(a.Location))
	default:
		var err error
		if target, _, err = ps.selectCommonType(list, "ARRAY"); err != nil {
			return nil, err
		}
		if out.Multi {
			array, elem = target, ps.catalog.ElemTypeOf(target)
			if elem == 0 {
				return nil, pgerr.New(pgerrcode.UndefinedObject, "could not find element type for data type %s",
					ps.catalog.FormatType(target, -1)).At(int(a.Location))
			}
		} else {
			elem, array = target, ps.catalog.ArrayTypeOf(target)
			if array == 0 {
				return nil, pgerr.New(pgerrcode.UndefinedObject, "could not find array type for data type %s",
					ps.catalog.FormatType(target, -1)).At(int(a.Location))
			}
		}
		for i, e := range list {
			if list[i], err = ps.coerceToCommonType(e, target, "ARRAY"); err != nil {
				return nil, err
			}
		}
		out.Type, out.Elem, out.Elements = array, elem, list
		return out, nil
	}
	for i, e := range list {
		c, err := ps.coerceToTargetType(e, exprType(e), target, typmod, CoerceExplicit, nodes.CastForm, -1)
		if err != nil {
			return nil, err
		}
		if c == nil {
			return nil, pgerr.New(pgerrcode.CannotCoerce, "cannot cast type %s to %s",
				ps.catalog.FormatType(exprType(e), -1), ps.catalog.FormatType(target, -1)).At(exprLocation(e))
		}
		list[i] = c
	}
	out.Type, out.Elem, out.Elements = array, elem, list
	return out, nil
}

// transformMultiAssignRef gives one column of an UPDATE's SET (a, b) = ….
func (ps *ParseState) transformMultiAssignRef(m *pg_query.MultiAssignRef) (nodes.Expr, error) {
	if m.Colno == 1 {
		var ma multiAssign
		if s := m.Source.GetSubLink(); s != nil && s.SubLinkType == pg_query.SubLinkType_EXPR_SUBLINK {
			return nil, pgerr.Unsupported("UPDATE with SET (columns) = (subquery) is not supported").At(int(s.Location))
		}
		r := m.Source.GetRowExpr()
		if r == nil {
			return nil, pgerr.New(pgerrcode.FeatureNotSupported,
				"source for a multiple-column UPDATE item must be a sub-SELECT or ROW() expression").At(rawLocation(m.Source))
		}
		args, err := ps.transformExpressionList(r.Args, ps.kind, true)
		if err != nil {
			return nil, err
		}
		if len(args) != int(m.Ncolumns) {
			return nil, pgerr.New(pgerrcode.SyntaxError, "number of columns does not match number of values").At(int(r.Location))
		}
		ma.row = &nodes.RowExpr{Args: args, Type: adt.RecordOID, Location: int(r.Location)}
		ps.multiAssign = append(ps.multiAssign, &ma)
	}
	if len(ps.multiAssign) == 0 {
		return nil, pgerr.Internal("multiple-column UPDATE item without a source")
	}
	row := ps.multiAssign[len(ps.multiAssign)-1].row
	return row.Args[m.Colno-1], nil
}
