package analyze

import (
	pg_query "github.com/pganalyze/pg_query_go/v5"

	"github.com/flowgres/flowgres/planner/adt"
	"github.com/flowgres/flowgres/planner/nodes"
	"github.com/flowgres/flowgres/planner/pgerr"
)

// transformDelete analyses DELETE.
func (ps *ParseState) transformDelete(s *pg_query.DeleteStmt) (*nodes.Query, error) {
	q := &nodes.Query{Command: nodes.CmdDelete}
	err := ps.with(q, s.WithClause)
	if err != nil {
		return nil, err
	}
	if q.ResultRelation, err = ps.setTarget(s.Relation, true); err != nil {
		return nil, err
	}
	if err = ps.sourceTables(s.UsingClause); err != nil {
		return nil, err
	}
	if q.Where, err = ps.transformWhere(s.WhereClause, KindWhere, "WHERE"); err != nil {
		return nil, err
	}
	if q.Returning, err = ps.transformReturning(s.ReturningList); err != nil {
		return nil, err
	}
	ps.finish(q)
	return q, ps.assignQueryCollations(q)
}

// transformCurrentOf analyses WHERE CURRENT OF: the row that a cursor is on is the one with its key.
func (ps *ParseState) transformCurrentOf(c *pg_query.CurrentOfExpr) (nodes.Expr, error) {
	rel := ps.target
	if rel.Kind == 'v' { // refused when the view is rewritten, if it may be written to at all
		return &nodes.CursorKey{Cursor: c.CursorName, Table: rel.OID, Name: rel.Name, Type: adt.BoolOID, Typmod: -1}, nil
	}
	if len(rel.PrimaryKey) == 0 {
		return nil, pgerr.Unsupported("WHERE CURRENT OF over a table without a primary key is not supported")
	}
	var conds []nodes.Expr
	for i, k := range rel.PrimaryKey {
		col := rel.Columns[k]
		v := &nodes.Var{RTE: ps.targetItem.RTIndex, Attno: k + 1, Type: col.Type, Typmod: col.Typmod, Location: -1}
		key := &nodes.CursorKey{Cursor: c.CursorName, Table: rel.OID, Name: rel.Name, Column: i, Type: col.Type, Typmod: col.Typmod}
		eq, err := ps.makeOp([]string{"pg_catalog", "="}, v, key, nil, -1)
		if err != nil {
			return nil, err
		}
		conds = append(conds, eq)
	}
	if len(conds) == 1 {
		return conds[0], nil
	}
	return &nodes.BoolExpr{Op: nodes.And, Args: conds, Location: -1}, nil
}
