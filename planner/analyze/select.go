package analyze

import (
	"github.com/jackc/pgerrcode"
	pg_query "github.com/pganalyze/pg_query_go/v5"

	"github.com/flowgres/flowgres/planner/adt"
	"github.com/flowgres/flowgres/planner/nodes"
	"github.com/flowgres/flowgres/planner/pgerr"
)

// transformStmt analyses an optimisable statement.
func (ps *ParseState) transformStmt(n *pg_query.Node) (q *nodes.Query, err error) {
	if err := ps.deeper(); err != nil {
		return nil, err
	}
	defer ps.shallower()
	switch x := n.Node.(type) {
	case *pg_query.Node_SelectStmt:
		q, err = ps.transformSelect(x.SelectStmt)
	case *pg_query.Node_InsertStmt:
		q, err = ps.transformInsert(x.InsertStmt)
	case *pg_query.Node_UpdateStmt:
		q, err = ps.transformUpdate(x.UpdateStmt)
	case *pg_query.Node_DeleteStmt:
		q, err = ps.transformDelete(x.DeleteStmt)
	case *pg_query.Node_MergeStmt:
		q, err = ps.transformMerge(x.MergeStmt)
	default:
		return nil, pgerr.Internal("unexpected statement in a query: %T", n.Node)
	}
	if err == nil && ps.nextResno-1 > maxColumns { // free_parsestate
		return nil, pgerr.New(pgerrcode.TooManyColumns, "target lists can have at most %d entries", maxColumns)
	}
	if err == nil && ps.parent == nil {
		q.Closed = ps.closed
	}
	return q, err
}

// transformSelect analyses any kind of SELECT.
func (ps *ParseState) transformSelect(s *pg_query.SelectStmt) (*nodes.Query, error) {
	switch {
	case len(s.ValuesLists) > 0:
		return ps.transformValues(s)
	case s.Op <= pg_query.SetOperation_SETOP_NONE:
		return ps.transformPlainSelect(s)
	}
	return ps.transformSetOperations(s)
}

// transformPlainSelect is PostgreSQL's transformSelectStmt: no set operation,
// no VALUES.
func (ps *ParseState) transformPlainSelect(s *pg_query.SelectStmt) (*nodes.Query, error) {
	q := &nodes.Query{Command: nodes.CmdSelect}
	err := ps.with(q, s.WithClause)
	if err != nil {
		return nil, err
	}
	if s.IntoClause != nil {
		return nil, pgerr.New(pgerrcode.SyntaxError, "SELECT ... INTO is not allowed here").At(int(s.IntoClause.Rel.GetLocation()))
	}
	for _, w := range s.WindowClause {
		ps.windowDefs = append(ps.windowDefs, w.GetWindowDef())
	}
	if err = ps.transformFromClause(s.FromClause); err != nil {
		return nil, err
	}
	if q.TargetList, err = ps.transformTargetList(s.TargetList, KindSelectTarget); err != nil {
		return nil, err
	}
	ps.markOrigins(q.TargetList)
	if q.Where, err = ps.transformWhere(s.WhereClause, KindWhere, "WHERE"); err != nil {
		return nil, err
	}
	if q.Having, err = ps.transformWhere(s.HavingClause, KindHaving, "HAVING"); err != nil {
		return nil, err
	}
	// ORDER BY first: GROUP BY and DISTINCT adopt its operators. All of them may
	// add to the target list.
	if q.Sort, err = ps.transformSortClause(s.SortClause, &q.TargetList, KindOrderBy, false); err != nil {
		return nil, err
	}
	if q.Group, q.GroupingSets, err = ps.transformGroupClause(s.GroupClause, &q.TargetList, q.Sort, KindGroupBy, false); err != nil {
		return nil, err
	}
	q.GroupDistinct = s.GroupDistinct
	switch {
	case len(s.DistinctClause) == 0:
	case s.DistinctClause[0].GetNode() == nil:
		q.Distinct, err = ps.transformDistinctClause(&q.TargetList, q.Sort, false)
	default:
		q.HasDistinctOn = true
		q.Distinct, err = ps.transformDistinctOn(s.DistinctClause, &q.TargetList, q.Sort)
	}
	if err != nil {
		return nil, err
	}
	if err = ps.limits(q, s); err != nil {
		return nil, err
	}
	if q.Windows, err = ps.transformWindowDefinitions(&q.TargetList); err != nil {
		return nil, err
	}
	if ps.resolveUnknowns {
		if err = ps.resolveTargetListUnknowns(q.TargetList); err != nil {
			return nil, err
		}
	}
	return q, ps.finishSelect(q, s.LockingClause)
}

// finishSelect takes over what ps has collected, checks locking clauses, and
// does what must come after all expressions are known.
func (ps *ParseState) finishSelect(q *nodes.Query, locking []*pg_query.Node) error {
	ps.finish(q)
	q.HasWindowFuncs, q.HasAggs = ps.hasWindowFuncs, ps.hasAggs
	for _, l := range locking {
		if err := ps.transformLocking(q, l.GetLockingClause()); err != nil {
			return err
		}
	}
	if err := ps.assignQueryCollations(q); err != nil {
		return err
	}
	if ps.hasAggs || len(q.Group) > 0 || len(q.GroupingSets) > 0 || q.Having != nil {
		return ps.checkAggregates(q)
	}
	return nil
}

// finish takes over what every query has.
func (ps *ParseState) finish(q *nodes.Query) {
	q.RangeTable, q.From = ps.rtable, ps.joinlist
	q.HasSubLinks, q.HasTargetSRFs = ps.hasSubLinks, ps.hasTargetSRFs
}

// with resolves a WITH clause into q.
func (ps *ParseState) with(q *nodes.Query, w *pg_query.WithClause) error {
	if w == nil {
		return nil
	}
	q.HasRecursive = w.Recursive
	if err := ps.transformWithClause(w); err != nil {
		return err
	}
	q.CTEs, q.HasModifyingCTE = ps.ctes, ps.hasModifyingCTE
	return nil
}

// limits resolves OFFSET and LIMIT.
func (ps *ParseState) limits(q *nodes.Query, s *pg_query.SelectStmt) (err error) {
	if q.LimitOffset, err = ps.transformLimit(s.LimitOffset, KindOffset, "OFFSET", s.LimitOption); err != nil {
		return err
	}
	q.LimitCount, err = ps.transformLimit(s.LimitCount, KindLimit, "LIMIT", s.LimitOption)
	q.WithTies = s.LimitOption == pg_query.LimitOption_LIMIT_OPTION_WITH_TIES
	return err
}

func (ps *ParseState) transformLimit(n *pg_query.Node, kind ExprKind, construct string, option pg_query.LimitOption) (nodes.Expr, error) {
	if n == nil {
		return nil, nil
	}
	e, err := ps.transformExpr(n, kind)
	if err != nil {
		return nil, err
	}
	if e, err = ps.coerceToSpecificType(e, adt.Int8OID, construct); err != nil {
		return nil, err
	}
	if err := checkVarFree(e, construct); err != nil {
		return nil, err
	}
	if kind == KindLimit && option == pg_query.LimitOption_LIMIT_OPTION_WITH_TIES && n.GetAConst().GetIsnull() {
		return nil, pgerr.New(pgerrcode.InvalidRowCountInLimitClause, "row count cannot be null in FETCH FIRST ... WITH TIES clause")
	}
	return e, nil
}

// checkVarFree refuses columns of this query level, checkExprIsVarFree.
func checkVarFree(e nodes.Expr, construct string) error {
	if loc, found := locateVarOfLevel(e, 0); found {
		return pgerr.New(pgerrcode.InvalidColumnReference, "argument of %s must not contain variables", construct).At(loc)
	}
	return nil
}

// transformValues analyses a VALUES list that stands as a query:
// SELECT * FROM (VALUES …).
func (ps *ParseState) transformValues(s *pg_query.SelectStmt) (*nodes.Query, error) {
	q := &nodes.Query{Command: nodes.CmdSelect}
	if err := ps.with(q, s.WithClause); err != nil {
		return nil, err
	}
	rows, err := ps.valuesRows(s.ValuesLists, false, nil)
	if err != nil {
		return nil, err
	}
	columns, err := ps.unifyValues(rows)
	if err != nil {
		return nil, err
	}
	it := ps.addValues(rows, columns, false)
	ps.addToQuery(it, true, true, true)
	exprs, colnames := expandItem(it, 0, -1)
	for i, e := range exprs {
		q.TargetList = append(q.TargetList, ps.newTarget(e, colnames[i], false))
	}
	if q.Sort, err = ps.transformSortClause(s.SortClause, &q.TargetList, KindOrderBy, false); err != nil {
		return nil, err
	}
	if err = ps.limits(q, s); err != nil {
		return nil, err
	}
	if len(s.LockingClause) > 0 {
		return nil, pgerr.New(pgerrcode.FeatureNotSupported, "%s cannot be applied to VALUES",
			lockName(s.LockingClause[0].GetLockingClause().GetStrength()))
	}
	ps.finish(q)
	return q, ps.assignQueryCollations(q)
}

// valuesRows resolves the rows of a VALUES list. each, if given, is applied to
// every row once its length is known to be right.
func (ps *ParseState) valuesRows(lists []*pg_query.Node, allowDefault bool, each func([]nodes.Expr) ([]nodes.Expr, error)) ([][]nodes.Expr, error) {
	var rows [][]nodes.Expr
	width := -1
	for _, l := range lists {
		row, err := ps.transformExpressionList(l.GetList().GetItems(), KindValues, allowDefault)
		if err != nil {
			return nil, err
		}
		if width < 0 {
			width = len(row)
		} else if len(row) != width {
			return nil, pgerr.New(pgerrcode.SyntaxError, "VALUES lists must all be the same length").At(listLocation(row))
		}
		if each != nil {
			if row, err = each(row); err != nil {
				return nil, err
			}
		}
		rows = append(rows, row)
	}
	return rows, nil
}

// unifyValues brings each column of VALUES rows to its common type, in place,
// and describes the columns.
func (ps *ParseState) unifyValues(rows [][]nodes.Expr) ([]nodes.ColumnDef, error) {
	var columns []nodes.ColumnDef
	for i := range rows[0] {
		col := make([]nodes.Expr, len(rows))
		for r := range rows {
			col[r] = rows[r][i]
		}
		typ, _, err := ps.selectCommonType(col, "VALUES")
		if err != nil {
			return nil, err
		}
		for r := range col {
			if col[r], err = ps.coerceToCommonType(col[r], typ, "VALUES"); err != nil {
				return nil, err
			}
			rows[r][i] = col[r]
		}
		typmod := ps.selectCommonTypmod(col, typ)
		coll, err := ps.selectCommonCollation(col, true)
		if err != nil {
			return nil, err
		}
		columns = append(columns, nodes.ColumnDef{Type: typ, Typmod: typmod, Collation: coll})
	}
	return columns, nil
}
