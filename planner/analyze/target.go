package analyze

import (
	"strings"

	"github.com/jackc/pgerrcode"
	pg_query "github.com/pganalyze/pg_query_go/v5"

	"github.com/flowgres/flowgres/planner/adt"
	"github.com/flowgres/flowgres/planner/nodes"
	"github.com/flowgres/flowgres/planner/pgerr"
)

// transformTargetList resolves a select list, a RETURNING list or an UPDATE's
// SET list, with * expanded (but for SET).
func (ps *ParseState) transformTargetList(list []*pg_query.Node, kind ExprKind) ([]*nodes.TargetEntry, error) {
	var out []*nodes.TargetEntry
	var sub subqueryAssign
	for _, n := range list {
		rt := n.GetResTarget()
		if kind == KindUpdateSource && isSubqueryAssign(rt.Val) {
			e, err := sub.column(ps, rt.Val.GetMultiAssignRef())
			if err != nil {
				return nil, err
			}
			out = append(out, ps.newTarget(e, rt.Name, false))
			continue
		}
		if kind != KindUpdateSource {
			exprs, colnames, star, err := ps.expandStar(rt.Val, kind)
			if err != nil {
				return nil, err
			}
			if star {
				for i, e := range exprs {
					out = append(out, ps.newTarget(e, colnames[i], false))
				}
				continue
			}
		}
		t, err := ps.transformTarget(rt.Val, nil, kind, rt.Name, false)
		if err != nil {
			return nil, err
		}
		out = append(out, t)
	}
	ps.multiAssign = nil
	return out, nil
}

// newTarget makes a target list entry with the next number.
func (ps *ParseState) newTarget(e nodes.Expr, name string, resjunk bool) *nodes.TargetEntry {
	t := &nodes.TargetEntry{Expr: e, Resno: ps.nextResno, Name: name, Resjunk: resjunk}
	ps.nextResno++
	return t
}

// transformTarget makes the entry of one expression, transformTargetEntry. e is
// n resolved, if that is done already.
func (ps *ParseState) transformTarget(n *pg_query.Node, e nodes.Expr, kind ExprKind, name string, resjunk bool) (*nodes.TargetEntry, error) {
	if e == nil {
		var err error
		if d := n.GetSetToDefault(); d != nil && kind == KindUpdateSource {
			e = &nodes.SetToDefault{Typmod: -1, Location: int(d.Location)}
		} else if e, err = ps.transformExpr(n, kind); err != nil {
			return nil, err
		}
	}
	if name == "" && !resjunk {
		name = ps.colname(n, e)
	}
	return ps.newTarget(e, name, resjunk), nil
}

// transformExpressionList resolves the items of ROW(…), VALUES and the like, in
// which t.* stands for many, and DEFAULT for itself where allowed.
func (ps *ParseState) transformExpressionList(list []*pg_query.Node, kind ExprKind, allowDefault bool) ([]nodes.Expr, error) {
	var out []nodes.Expr
	for _, n := range list {
		if d := n.GetSetToDefault(); d != nil && allowDefault {
			out = append(out, &nodes.SetToDefault{Typmod: -1, Location: int(d.Location)})
			continue
		}
		exprs, _, star, err := ps.expandStar(n, kind)
		if err != nil {
			return nil, err
		}
		if star {
			out = append(out, exprs...)
			continue
		}
		e, err := ps.transformExpr(n, kind)
		if err != nil {
			return nil, err
		}
		out = append(out, e)
	}
	return out, nil
}

// expandStar expands *, t.* and (row).*; star tells that n is one of those.
func (ps *ParseState) expandStar(n *pg_query.Node, kind ExprKind) (exprs []nodes.Expr, colnames []string, star bool, err error) {
	if c := n.GetColumnRef(); c != nil && len(c.Fields) > 0 && c.Fields[len(c.Fields)-1].GetAStar() != nil {
		exprs, colnames, err = ps.expandColumnStar(c)
		return exprs, colnames, true, err
	}
	if ind := n.GetAIndirection(); ind != nil && len(ind.Indirection) > 0 && ind.Indirection[len(ind.Indirection)-1].GetAStar() != nil {
		inner := ind.Arg
		if len(ind.Indirection) > 1 {
			inner = &pg_query.Node{Node: &pg_query.Node_AIndirection{AIndirection: &pg_query.A_Indirection{
				Arg: ind.Arg, Indirection: ind.Indirection[:len(ind.Indirection)-1],
			}}}
		}
		e, err := ps.transformExpr(inner, kind)
		if err != nil {
			return nil, nil, true, err
		}
		exprs, colnames, err = ps.expandRow(e)
		return exprs, colnames, true, err
	}
	return nil, nil, false, nil
}

// expandColumnStar expands a plain or qualified *.
func (ps *ParseState) expandColumnStar(c *pg_query.ColumnRef) ([]nodes.Expr, []string, error) {
	loc := int(c.Location)
	if len(c.Fields) == 1 {
		return ps.expandAllTables(loc)
	}
	quals := names(c.Fields[:len(c.Fields)-1])
	schema, table := "", quals[len(quals)-1]
	switch len(quals) {
	case 1:
	case 2:
		schema = quals[0]
	case 3:
		if quals[0] != ps.database() {
			return nil, nil, pgerr.New(pgerrcode.FeatureNotSupported, "cross-database references are not implemented: %s",
				dottedName(append(quals, "*"))).At(loc)
		}
		schema = quals[1]
	default:
		return nil, nil, pgerr.New(pgerrcode.SyntaxError, "improper qualified name (too many dotted names): %s",
			dottedName(append(quals, "*"))).At(loc)
	}
	it, up, err := ps.refnameNSItem(schema, table, loc)
	if err != nil {
		return nil, nil, err
	}
	if it == nil {
		return nil, nil, ps.missingRTE(schema, table, loc)
	}
	exprs, colnames := expandItem(it, up, loc)
	return exprs, colnames, nil
}

func dottedName(parts []string) string { return strings.Join(parts, ".") }

func (ps *ParseState) expandAllTables(loc int) ([]nodes.Expr, []string, error) {
	var exprs []nodes.Expr
	var colnames []string
	found := false
	for _, it := range ps.namespace {
		if !it.ColsVisible {
			continue
		}
		found = true
		e, n := expandItem(it, 0, loc)
		exprs, colnames = append(exprs, e...), append(colnames, n...)
	}
	if !found {
		return nil, nil, pgerr.New(pgerrcode.SyntaxError, "SELECT * with no tables specified is not valid").At(loc)
	}
	return exprs, colnames, nil
}

// expandRow expands a row value's columns, ExpandRowReference.
func (ps *ParseState) expandRow(e nodes.Expr) ([]nodes.Expr, []string, error) {
	v, isVar := e.(*nodes.Var)
	if isVar && v.Attno == 0 {
		exprs, colnames := expandItem(ps.levelItem(v.RTE, v.LevelsUp), v.LevelsUp, v.Location)
		return exprs, colnames, nil
	}
	desc, err := ps.rowDesc(e)
	if err != nil {
		return nil, nil, err
	}
	var exprs []nodes.Expr
	var colnames []string
	for i, f := range desc.Fields {
		if f.Dropped {
			continue
		}
		exprs = append(exprs, &nodes.FieldSelect{Arg: e, Attno: i + 1, Type: f.Type, Typmod: f.Typmod, Collation: f.Collation})
		colnames = append(colnames, f.Name)
	}
	return exprs, colnames, nil
}

// rowDesc gives the columns of a composite expression, get_expr_result_tupdesc.
func (ps *ParseState) rowDesc(e nodes.Expr) (*adt.RowDesc, error) {
	if v, ok := e.(*nodes.Var); ok && v.Type == adt.RecordOID {
		return ps.expandRecordVariable(v, 0)
	}
	class, typ, desc := ps.resultClass(e)
	if class == classComposite {
		return desc, nil
	}
	if typ == adt.RecordOID {
		return nil, pgerr.New(pgerrcode.WrongObjectType, "record type has not been registered")
	}
	return nil, pgerr.New(pgerrcode.WrongObjectType, "type %s is not composite", ps.catalog.FormatType(typ, -1))
}

// expandRecordVariable finds the columns of a Var of type record by looking at
// what it stands for. levelsUp counts levels between ps and the Var's context.
func (ps *ParseState) expandRecordVariable(v *nodes.Var, levelsUp int) (*adt.RowDesc, error) {
	up := v.LevelsUp + levelsUp
	rte := ps.levelRTE(v.RTE, up)
	if v.Attno == 0 {
		desc := &adt.RowDesc{Type: adt.RecordOID}
		for _, c := range rte.Columns {
			desc.Fields = append(desc.Fields, adt.Field{Name: c.Name, Type: c.Type, Typmod: c.Typmod, Collation: c.Collation})
		}
		return desc, nil
	}
	level := ps
	for n := up; n > 0; n-- {
		level = level.parent
	}
	var e nodes.Expr
	switch rte.Kind {
	case nodes.RTESubquery:
		t := outputColumn(rte.Query.TargetList, v.Attno)
		if t == nil {
			return nil, pgerr.Internal("subquery %s does not have attribute %d", rte.Alias, v.Attno)
		}
		e = t.Expr
		if x, ok := e.(*nodes.Var); ok && x.Type == adt.RecordOID {
			return (&ParseState{parent: level, stmt: ps.stmt, rtable: rte.Query.RangeTable, ctes: rte.Query.CTEs}).expandRecordVariable(x, 0)
		}
	case nodes.RTEJoin:
		e = rte.JoinVars[v.Attno-1]
		if x, ok := e.(*nodes.Var); ok && x.Type == adt.RecordOID {
			return ps.expandRecordVariable(x, up)
		}
	case nodes.RTECTE:
		if rte.SelfRef {
			break
		}
		cte := ps.cteForRTE(rte, up)
		if cte == nil || cte.Query == nil {
			break
		}
		list := cte.Query.TargetList
		if cte.Query.Command != nodes.CmdSelect {
			list = cte.Query.Returning
		}
		t := outputColumn(list, v.Attno)
		if t == nil {
			break // a SEARCH or CYCLE column
		}
		e = t.Expr
		if x, ok := e.(*nodes.Var); ok && x.Type == adt.RecordOID {
			owner := level
			for n := rte.CTELevelsUp; n > 0; n-- {
				owner = owner.parent
			}
			return (&ParseState{parent: owner, stmt: ps.stmt, rtable: cte.Query.RangeTable, ctes: cte.Query.CTEs}).expandRecordVariable(x, 0)
		}
	}
	if e == nil {
		return nil, pgerr.New(pgerrcode.WrongObjectType, "record type has not been registered")
	}
	return ps.rowDesc(e)
}

// outputColumn finds an output column by number.
func outputColumn(list []*nodes.TargetEntry, resno int) *nodes.TargetEntry {
	for _, t := range list {
		if t.Resno == resno && !t.Resjunk {
			return t
		}
	}
	return nil
}

// markOrigins notes for output columns that are plain columns which table's
// column they are, markTargetListOrigins.
func (ps *ParseState) markOrigins(list []*nodes.TargetEntry) {
	for _, t := range list {
		if v, ok := t.Expr.(*nodes.Var); ok {
			t.OrigTable, t.OrigColumn = ps.origin(v, 0)
		}
	}
}

func (ps *ParseState) origin(v *nodes.Var, levelsUp int) (OID, int) {
	up := v.LevelsUp + levelsUp
	rte := ps.levelRTE(v.RTE, up)
	if rte.Relation != nil {
		return rte.Relation.OID, v.Attno
	}
	var t *nodes.TargetEntry
	switch rte.Kind {
	case nodes.RTESubquery:
		t = outputColumn(rte.Query.TargetList, v.Attno)
	case nodes.RTEJoin:
		if v.Attno > 0 {
			if x, ok := rte.JoinVars[v.Attno-1].(*nodes.Var); ok {
				return ps.origin(x, up)
			}
		}
	case nodes.RTECTE:
		if cte := ps.cteForRTE(rte, up); !rte.SelfRef && cte != nil && cte.Query != nil {
			list := cte.Query.TargetList
			if cte.Query.Command != nodes.CmdSelect {
				list = cte.Query.Returning
			}
			t = outputColumn(list, v.Attno)
		}
	}
	if t == nil {
		return 0, 0
	}
	return t.OrigTable, t.OrigColumn
}
