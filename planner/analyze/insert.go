package analyze

import (
	"github.com/jackc/pgerrcode"
	pg_query "github.com/pganalyze/pg_query_go/v5"

	"github.com/flowgres/flowgres/planner/adt"
	"github.com/flowgres/flowgres/planner/fdw"
	"github.com/flowgres/flowgres/planner/nodes"
	"github.com/flowgres/flowgres/planner/pgerr"
)

// insertColumn is a column that an INSERT gives a value for.
type insertColumn struct {
	name        string
	attno       int
	indirection []*pg_query.Node
	location    int
}

// setTarget opens the table that a statement writes to and makes its range table
// entry. source tells that the table is also read (UPDATE, DELETE).
func (ps *ParseState) setTarget(rv *pg_query.RangeVar, source bool) (int, error) {
	rel, err := ps.openTable(rv)
	if err != nil {
		return 0, err
	}
	name := rel.Name
	if rv.Alias != nil {
		name = rv.Alias.Aliasname
	}
	rte := &nodes.RTE{
		Kind: nodes.RTERelation, Alias: name, Columns: ps.relationColumns(rel),
		Relation: &nodes.Relation{OID: rel.OID, Schema: rel.Schema, Name: rel.Name, Kind: rel.Kind, Type: rel.RowType, Table: rel.Table},
	}
	ps.target = rel
	ps.targetItem = newNSItem(rte, ps.addRTE(rte), rv.Alias != nil)
	ps.targetItem.NoSystem = rel.Kind == 'v'
	if source {
		ps.addToQuery(ps.targetItem, true, true, true)
	}
	return ps.targetItem.RTIndex, nil
}

// transformInsert analyses INSERT.
func (ps *ParseState) transformInsert(s *pg_query.InsertStmt) (*nodes.Query, error) {
	q := &nodes.Query{Command: nodes.CmdInsert}
	ps.isInsert = true
	err := ps.with(q, s.WithClause)
	if err != nil {
		return nil, err
	}
	if q.ResultRelation, err = ps.setTarget(s.Relation, false); err != nil {
		return nil, err
	}
	columns, err := ps.insertColumns(s.Cols)
	if err != nil {
		return nil, err
	}
	exprs, err := ps.insertSource(s, columns)
	if err != nil {
		return nil, err
	}
	for i, e := range exprs {
		q.TargetList = append(q.TargetList, &nodes.TargetEntry{Expr: e, Resno: columns[i].attno, Name: columns[i].name})
	}
	q.TargetList = mergeParts(q.TargetList)
	if s.OnConflictClause != nil || len(s.ReturningList) > 0 {
		ps.namespace = nil
		ps.addToQuery(ps.targetItem, false, true, true)
	}
	if s.OnConflictClause != nil {
		if q.OnConflict, err = ps.transformOnConflict(s.OnConflictClause); err != nil {
			return nil, err
		}
	}
	if q.Returning, err = ps.transformReturning(s.ReturningList); err != nil {
		return nil, err
	}
	ps.finish(q)
	return q, ps.assignQueryCollations(q)
}

// insertSource resolves what an INSERT inserts, one expression a target column.
func (ps *ParseState) insertSource(s *pg_query.InsertStmt, columns []insertColumn) ([]nodes.Expr, error) {
	sel := s.SelectStmt.GetSelectStmt()
	explicit := len(s.Cols) > 0
	switch {
	case sel == nil:
		return nil, nil // DEFAULT VALUES
	case len(sel.ValuesLists) == 0 || len(sel.SortClause) > 0 || sel.LimitOffset != nil || sel.LimitCount != nil ||
		len(sel.LockingClause) > 0 || sel.WithClause != nil:
		return ps.insertSelect(s.SelectStmt, columns, explicit)
	case len(sel.ValuesLists) == 1:
		row, err := ps.transformExpressionList(sel.ValuesLists[0].GetList().GetItems(), KindValuesSingle, true)
		if err != nil {
			return nil, err
		}
		return ps.insertRow(row, columns, explicit)
	}
	rows, err := ps.valuesRows(sel.ValuesLists, true, func(row []nodes.Expr) ([]nodes.Expr, error) {
		row, err := ps.insertRow(row, columns, explicit)
		if err != nil {
			return nil, err
		}
		for i, e := range row {
			// The rows have what is assigned; to which part of the column is said once, for all.
			if ref, ok := e.(*nodes.SubscriptingRef); ok && ref.Assign != nil {
				row[i] = ref.Assign
			}
		}
		return row, ps.assignListCollations(row)
	})
	if err != nil {
		return nil, err
	}
	defs := make([]nodes.ColumnDef, len(rows[0]))
	for i, e := range rows[0] {
		t := nodes.TypeOf(e)
		defs[i] = nodes.ColumnDef{Type: t.Type, Typmod: t.Typmod}
	}
	it := ps.addValues(rows, defs, false)
	ps.addToQuery(it, true, false, false)
	exprs, _ := expandItem(it, 0, -1)
	return ps.insertRow(exprs, columns, explicit)
}

// insertSelect makes the source query a subquery of the INSERT. Its unknown
// literals are taken as they are, so that they get the column's type.
func (ps *ParseState) insertSelect(n *pg_query.Node, columns []insertColumn, explicit bool) ([]nodes.Expr, error) {
	sub := ps.child()
	sub.resolveUnknowns = false
	q, err := sub.transformStmt(n)
	if err != nil {
		return nil, err
	}
	if q.Command != nodes.CmdSelect {
		return nil, pgerr.Internal("unexpected non-SELECT command in INSERT ... SELECT")
	}
	it, err := ps.addSubquery(q, "*SELECT*", nil, false)
	if err != nil {
		return nil, err
	}
	ps.addToQuery(it, true, false, false)
	var exprs []nodes.Expr
	for _, t := range q.TargetList {
		if t.Resjunk {
			continue
		}
		i := nodes.TypeOf(t.Expr)
		var e nodes.Expr = &nodes.Var{RTE: it.RTIndex, Attno: t.Resno, Type: i.Type, Typmod: i.Typmod, Collation: i.Collation, Location: exprLocation(t.Expr)}
		if i.Type == adt.UnknownOID {
			switch t.Expr.(type) {
			case *nodes.Const, *nodes.Param:
				e = t.Expr
			}
		}
		exprs = append(exprs, e)
	}
	return ps.insertRow(exprs, columns, explicit)
}

// insertColumns checks the column list of an INSERT, checkInsertTargets; without
// one it is all columns.
func (ps *ParseState) insertColumns(list []*pg_query.Node) ([]insertColumn, error) {
	var out []insertColumn
	if len(list) == 0 {
		for i, c := range ps.target.Columns {
			out = append(out, insertColumn{name: c.Name, attno: i + 1, location: -1})
		}
		return out, nil
	}
	for _, n := range list {
		rt := n.GetResTarget()
		i := columnIndex(ps.target, rt.Name)
		if i < 0 {
			return nil, pgerr.New(pgerrcode.UndefinedColumn, "column \"%s\" of relation \"%s\" does not exist", rt.Name, ps.target.Name).At(int(rt.Location))
		}
		c := insertColumn{name: ps.target.Columns[i].Name, attno: i + 1, indirection: rt.Indirection, location: int(rt.Location)}
		for _, o := range out {
			if o.attno == c.attno && (len(o.indirection) == 0 || len(c.indirection) == 0) {
				return nil, pgerr.New(pgerrcode.DuplicateColumn, "column \"%s\" specified more than once", rt.Name).At(int(rt.Location))
			}
		}
		out = append(out, c)
	}
	return out, nil
}

// insertRow brings a row of source values to the target columns' types,
// transformInsertRow.
func (ps *ParseState) insertRow(exprs []nodes.Expr, columns []insertColumn, explicit bool) ([]nodes.Expr, error) {
	if len(exprs) > len(columns) {
		return nil, pgerr.New(pgerrcode.SyntaxError, "INSERT has more expressions than target columns").At(exprLocation(exprs[len(columns)]))
	}
	if explicit && len(exprs) < len(columns) {
		err := pgerr.New(pgerrcode.SyntaxError, "INSERT has more target columns than expressions").At(columns[len(exprs)].location)
		if len(exprs) == 1 && ps.rowWidth(exprs[0]) == len(columns) {
			err = err.Hintf("The insertion source is a row expression containing the same number of columns expected by the INSERT. Did you accidentally use extra parentheses?")
		}
		return nil, err
	}
	out := make([]nodes.Expr, len(exprs))
	for i, e := range exprs {
		c := columns[i]
		var err error
		if out[i], err = ps.transformAssigned(e, KindInsertTarget, c.name, c.attno, c.indirection, c.location); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// rowWidth is the number of columns of ROW(…), or of a Var that is one, else -1.
func (ps *ParseState) rowWidth(e nodes.Expr) int {
	if v, ok := e.(*nodes.Var); ok && v.Attno > 0 && v.Type == adt.RecordOID {
		if rte := ps.levelRTE(v.RTE, v.LevelsUp); rte.Kind == nodes.RTESubquery {
			if t := outputColumn(rte.Query.TargetList, v.Attno); t != nil {
				e = t.Expr
			}
		}
	}
	if r, ok := e.(*nodes.RowExpr); ok {
		return len(r.Args)
	}
	return -1
}

// transformAssigned brings a value to the type of the column it is assigned to,
// transformAssignedExpr.
func (ps *ParseState) transformAssigned(e nodes.Expr, kind ExprKind, name string, attno int, indirection []*pg_query.Node, loc int) (nodes.Expr, error) {
	saved := ps.kind
	ps.kind = kind
	defer func() { ps.kind = saved }()
	if attno <= 0 {
		return nil, pgerr.New(pgerrcode.FeatureNotSupported, "cannot assign to system column \"%s\"", name).At(loc)
	}
	col := ps.target.Columns[attno-1]
	if d, ok := e.(*nodes.SetToDefault); ok {
		c := *d
		c.Type, c.Typmod, c.Collation = col.Type, col.Typmod, ps.typeCollation(col.Type)
		if len(indirection) > 0 {
			if indirection[0].GetAIndices() != nil {
				return nil, pgerr.New(pgerrcode.FeatureNotSupported, "cannot set an array element to DEFAULT").At(loc)
			}
			return nil, pgerr.New(pgerrcode.FeatureNotSupported, "cannot set a subfield to DEFAULT").At(loc)
		}
		return &c, nil
	}
	if len(indirection) > 0 {
		return ps.assignPart(e, ps.assignBase(col, attno, loc), name, col.Type, indirection, loc)
	}
	from := nodes.TypeOf(e).Type
	out, err := ps.coerceToTargetType(e, from, col.Type, col.Typmod, CoerceAssignment, nodes.ImplicitForm, -1)
	if err != nil {
		return nil, err
	}
	if out == nil {
		return nil, pgerr.New(pgerrcode.DatatypeMismatch, "column \"%s\" is of type %s but expression is of type %s",
			name, ps.catalog.FormatType(col.Type, -1), ps.catalog.FormatType(from, -1)).
			Hintf("You will need to rewrite or cast the expression.").At(exprLocation(e))
	}
	return out, nil
}

// assignBase is what an assignment to a part of a column starts from: the
// column, NULL in an INSERT.
func (ps *ParseState) assignBase(col fdw.Column, attno int, loc int) nodes.Expr {
	coll := ps.typeCollation(col.Type)
	if ps.isInsert {
		return &nodes.Const{Type: col.Type, Typmod: col.Typmod, Collation: coll, Location: -1}
	}
	return &nodes.Var{RTE: ps.targetItem.RTIndex, Attno: attno, Type: col.Type, Typmod: col.Typmod, Collation: coll, Location: loc}
}

// transformReturning resolves a RETURNING list.
func (ps *ParseState) transformReturning(list []*pg_query.Node) ([]*nodes.TargetEntry, error) {
	if len(list) == 0 {
		return nil, nil
	}
	saved := ps.nextResno
	ps.nextResno = 1
	out, err := ps.transformTargetList(list, KindReturning)
	ps.nextResno = saved
	if err != nil {
		return nil, err
	}
	if len(out) == 0 {
		return nil, pgerr.New(pgerrcode.SyntaxError, "RETURNING must have at least one column").At(rawLocation(list[0]))
	}
	ps.markOrigins(out)
	if ps.resolveUnknowns {
		return out, ps.resolveTargetListUnknowns(out)
	}
	return out, nil
}
