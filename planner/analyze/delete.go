package analyze

import (
	"github.com/pganalyze/pg_query_go/v5"

	"github.com/flowgres/flowgres/planner/nodes"
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

// CurrentOf names the cursor of a statement's WHERE CURRENT OF, "" where there is none.
func (r *RawStmt) CurrentOf() string {
	where := r.Node.GetDeleteStmt().GetWhereClause()
	if u := r.Node.GetUpdateStmt(); u != nil {
		where = u.WhereClause
	}
	return where.GetCurrentOfExpr().GetCursorName()
}
