package analyze

import (
	"github.com/jackc/pgerrcode"
	pg_query "github.com/pganalyze/pg_query_go/v5"

	"github.com/flowgres/flowgres/planner/adt"
	"github.com/flowgres/flowgres/planner/nodes"
	"github.com/flowgres/flowgres/planner/pgerr"
)

// transformSubLink resolves a subquery in an expression.
func (ps *ParseState) transformSubLink(s *pg_query.SubLink) (nodes.Expr, error) {
	loc := int(s.Location)
	switch ps.kind {
	case KindIndexExpression, KindIndexPredicate:
		return nil, pgerr.New(pgerrcode.FeatureNotSupported, "cannot use subquery in %s", ps.kind).At(loc)
	case KindCheckConstraint:
		return nil, pgerr.New(pgerrcode.FeatureNotSupported, "cannot use subquery in check constraint").At(loc)
	case KindFunctionDefault:
		return nil, pgerr.New(pgerrcode.FeatureNotSupported, "cannot use subquery in DEFAULT expression").At(loc)
	case KindExecuteParameter:
		return nil, pgerr.New(pgerrcode.FeatureNotSupported, "cannot use subquery in EXECUTE parameter").At(loc)
	case KindCallArgument:
		return nil, pgerr.New(pgerrcode.FeatureNotSupported, "cannot use subquery in CALL argument").At(loc)
	}
	ps.hasSubLinks = true
	q, err := ps.analyzeSubquery(s.Subselect, nil, true)
	if err != nil {
		return nil, err
	}
	out := &nodes.SubLink{Query: q, Typmod: -1, Type: adt.BoolOID, Location: loc}
	var columns []*nodes.TargetEntry
	for _, t := range q.TargetList {
		if !t.Resjunk {
			columns = append(columns, t)
		}
	}
	switch s.SubLinkType {
	case pg_query.SubLinkType_EXISTS_SUBLINK:
		out.Kind = nodes.ExistsSubLink
		return out, nil
	case pg_query.SubLinkType_EXPR_SUBLINK, pg_query.SubLinkType_ARRAY_SUBLINK:
		if len(columns) != 1 {
			return nil, pgerr.New(pgerrcode.SyntaxError, "subquery must return only one column").At(loc)
		}
		i := nodes.TypeOf(columns[0].Expr)
		out.Kind, out.Type, out.Typmod, out.Collation = nodes.ExprSubLink, i.Type, i.Typmod, i.Collation
		if s.SubLinkType == pg_query.SubLinkType_ARRAY_SUBLINK {
			out.Kind = nodes.ArraySubLink
			if a := ps.catalog.ArrayTypeOf(i.Type); a != 0 {
				out.Type = a
			} else if ps.catalog.ElemTypeOf(i.Type) == 0 { // an array of arrays is an array of the same type
				return nil, pgerr.New(pgerrcode.UndefinedObject, "could not find array type for data type %s",
					ps.catalog.FormatType(i.Type, -1)).At(loc)
			}
		}
		return out, nil
	case pg_query.SubLinkType_ANY_SUBLINK:
		out.Kind = nodes.AnySubLink
	case pg_query.SubLinkType_ALL_SUBLINK:
		out.Kind = nodes.AllSubLink
	case pg_query.SubLinkType_ROWCOMPARE_SUBLINK:
		out.Kind = nodes.RowCompareSubLink
	default:
		return nil, pgerr.Unsupported("subqueries of kind %s are not supported", s.SubLinkType).At(loc)
	}
	op := names(s.OperName)
	if len(op) == 0 {
		op = []string{"="} // IN
	}
	test, err := ps.expr(s.Testexpr)
	if err != nil {
		return nil, err
	}
	left := []nodes.Expr{test}
	if r, ok := test.(*nodes.RowExpr); ok {
		left = r.Args
	}
	var right []nodes.Expr
	for i, t := range columns {
		info := nodes.TypeOf(t.Expr)
		right = append(right, &nodes.SubLinkParam{Column: i + 1, Type: info.Type, Typmod: info.Typmod, Collation: info.Collation})
	}
	if len(left) < len(right) {
		return nil, pgerr.New(pgerrcode.SyntaxError, "subquery has too many columns").At(loc)
	}
	if len(left) > len(right) {
		return nil, pgerr.New(pgerrcode.SyntaxError, "subquery has too few columns").At(loc)
	}
	if out.Test, err = ps.makeRowComparison(op, left, right, loc); err != nil {
		return nil, err
	}
	return out, nil
}
