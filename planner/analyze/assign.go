package analyze

import (
	"github.com/jackc/pgerrcode"
	pg_query "github.com/pganalyze/pg_query_go/v5"

	"github.com/flowgres/flowgres/planner/adt"
	"github.com/flowgres/flowgres/planner/nodes"
	"github.com/flowgres/flowgres/planner/pgerr"
)

// subqueryAssign resolves UPDATE SET (a, b) = (SELECT …). PostgreSQL has a kind
// of subquery of its own for that (MULTIEXPR); here it is a scalar subquery of one
// record, (SELECT ROW(s.*) FROM (SELECT …) s), of which each column takes a field.
type subqueryAssign struct {
	link *nodes.SubLink
	row  *nodes.RowExpr
}

// isSubqueryAssign tells whether a SET item is a column of such an assignment.
func isSubqueryAssign(n *pg_query.Node) bool {
	s := n.GetMultiAssignRef().GetSource().GetSubLink()
	return s != nil && s.SubLinkType == pg_query.SubLinkType_EXPR_SUBLINK
}

// column gives the value of one column; the first one resolves the subquery.
func (a *subqueryAssign) column(ps *ParseState, m *pg_query.MultiAssignRef) (nodes.Expr, error) {
	if m.Colno == 1 {
		if err := a.resolve(ps, m); err != nil {
			return nil, err
		}
	}
	t := nodes.TypeOf(a.row.Args[m.Colno-1])
	return &nodes.FieldSelect{Arg: a.link, Attno: int(m.Colno), Type: t.Type, Typmod: t.Typmod, Collation: t.Collation}, nil
}

func (a *subqueryAssign) resolve(ps *ParseState, m *pg_query.MultiAssignRef) error {
	s := m.Source.GetSubLink()
	star := &pg_query.ColumnRef{Location: -1, Fields: []*pg_query.Node{
		pg_query.MakeStrNode("s"), {Node: &pg_query.Node_AStar{AStar: &pg_query.A_Star{}}},
	}}
	row := &pg_query.RowExpr{
		Location: -1, RowFormat: pg_query.CoercionForm_COERCE_EXPLICIT_CALL,
		Args: []*pg_query.Node{{Node: &pg_query.Node_ColumnRef{ColumnRef: star}}},
	}
	from := &pg_query.RangeSubselect{Subquery: s.Subselect, Alias: &pg_query.Alias{Aliasname: "s"}}
	wrapped := &pg_query.SelectStmt{
		TargetList: []*pg_query.Node{pg_query.MakeResTargetNodeWithVal(&pg_query.Node{Node: &pg_query.Node_RowExpr{RowExpr: row}}, -1)},
		FromClause: []*pg_query.Node{{Node: &pg_query.Node_RangeSubselect{RangeSubselect: from}}},
	}
	link := &pg_query.SubLink{
		SubLinkType: s.SubLinkType, Location: s.Location,
		Subselect: &pg_query.Node{Node: &pg_query.Node_SelectStmt{SelectStmt: wrapped}},
	}
	e, err := ps.transformExpr(&pg_query.Node{Node: &pg_query.Node_SubLink{SubLink: link}}, KindUpdateSource)
	if err != nil {
		return err
	}
	a.link = e.(*nodes.SubLink)
	var ok bool
	if a.row, ok = a.link.Query.TargetList[0].Expr.(*nodes.RowExpr); !ok || len(a.row.Args) != int(m.Ncolumns) {
		return pgerr.New(pgerrcode.SyntaxError, "number of columns does not match number of values").At(int(s.Location))
	}
	return nil
}

// assignPart resolves an assignment to a part of a column, of which the tables have
// those of jsonb columns alone. base is what the column holds before.
func (ps *ParseState) assignPart(e, base nodes.Expr, name string, typ OID, indirection []*pg_query.Node, loc int) (nodes.Expr, error) {
	if err := ps.checkPart(name, typ, indirection, loc); err != nil {
		return nil, err
	}
	subscripts := indirection
	for i, n := range indirection {
		if n.GetAIndices() == nil {
			subscripts = indirection[:i]
			break
		}
	}
	ref, err := ps.transformContainerSubscripts(base, ps.catalog.BaseType(typ), -1, subscripts)
	if err != nil {
		return nil, err
	}
	if len(subscripts) < len(indirection) {
		return nil, ps.checkPart(name, ref.Type, indirection[len(subscripts):], loc)
	}
	if ref.Container != adt.JSONBOID {
		return nil, pgerr.Unsupported("assignment to an element of a column is not supported").At(loc)
	}
	from := nodes.TypeOf(e).Type
	if ref.Assign, err = ps.coerceToTargetType(e, from, adt.JSONBOID, -1, CoerceAssignment, nodes.ImplicitForm, -1); err != nil {
		return nil, err
	}
	if ref.Assign == nil {
		return nil, pgerr.New(pgerrcode.DatatypeMismatch, "subscripted assignment to \"%s\" requires type %s but expression is of type %s",
			name, ps.catalog.FormatType(adt.JSONBOID, -1), ps.catalog.FormatType(from, -1)).
			Hintf("You will need to rewrite or cast the expression.").At(loc)
	}
	return ref, nil
}

// mergeParts makes one assignment of those to parts of the same column: each is to
// what the one before it makes (rewriteTargetListIU).
func mergeParts(list []*nodes.TargetEntry) []*nodes.TargetEntry {
	parts := map[int]*nodes.TargetEntry{}
	var out []*nodes.TargetEntry
	for _, t := range list {
		ref, ok := t.Expr.(*nodes.SubscriptingRef)
		if !ok || ref.Assign == nil {
			out = append(out, t)
			continue
		}
		before := parts[t.Resno]
		if before == nil {
			parts[t.Resno] = t
			out = append(out, t)
			continue
		}
		ref.Expr = before.Expr
		before.Expr = ref
	}
	return out
}

// checkPart refuses parts that are no subscripts.
func (ps *ParseState) checkPart(name string, typ OID, indirection []*pg_query.Node, loc int) error {
	first := indirection[0]
	switch {
	case first.GetAIndices() != nil:
		return nil
	case first.GetAStar() != nil:
		return pgerr.New(pgerrcode.FeatureNotSupported, "row expansion via \"*\" is not supported here").At(loc)
	}
	field := first.GetString_().GetSval()
	rel := ps.catalog.TypeRelation(ps.catalog.BaseType(typ))
	switch {
	case rel == nil:
		return pgerr.New(pgerrcode.DatatypeMismatch, "cannot assign to field \"%s\" of column \"%s\" because its type %s is not a composite type",
			field, name, ps.catalog.FormatType(typ, -1)).At(loc)
	case columnIndex(rel, field) < 0:
		return pgerr.New(pgerrcode.UndefinedColumn, "cannot assign to field \"%s\" of column \"%s\" because there is no such column in data type %s",
			field, name, ps.catalog.FormatType(typ, -1)).At(loc)
	}
	return pgerr.Unsupported("assignment to a field of a column is not supported").At(loc)
}
