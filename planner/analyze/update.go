package analyze

import (
	"github.com/jackc/pgerrcode"
	pg_query "github.com/pganalyze/pg_query_go/v5"

	"github.com/flowgres/flowgres/planner/nodes"
	"github.com/flowgres/flowgres/planner/pgerr"
)

// transformUpdate analyses UPDATE.
func (ps *ParseState) transformUpdate(s *pg_query.UpdateStmt) (*nodes.Query, error) {
	q := &nodes.Query{Command: nodes.CmdUpdate}
	err := ps.with(q, s.WithClause)
	if err != nil {
		return nil, err
	}
	if q.ResultRelation, err = ps.setTarget(s.Relation, true); err != nil {
		return nil, err
	}
	if err = ps.sourceTables(s.FromClause); err != nil {
		return nil, err
	}
	if q.Where, err = ps.transformWhere(s.WhereClause, KindWhere, "WHERE"); err != nil {
		return nil, err
	}
	if q.Returning, err = ps.transformReturning(s.ReturningList); err != nil {
		return nil, err
	}
	if q.TargetList, err = ps.transformSet(s.TargetList); err != nil {
		return nil, err
	}
	ps.finish(q)
	return q, ps.assignQueryCollations(q)
}

// sourceTables resolves the further tables of UPDATE … FROM and DELETE … USING.
// Subqueries among them can't see the target, not even by LATERAL.
func (ps *ParseState) sourceTables(list []*pg_query.Node) error {
	ps.targetItem.LateralOnly, ps.targetItem.LateralOK = true, false
	err := ps.transformFromClause(list)
	ps.targetItem.LateralOnly, ps.targetItem.LateralOK = false, true
	return err
}

// transformSet resolves the SET list of an UPDATE, transformUpdateTargetList.
func (ps *ParseState) transformSet(list []*pg_query.Node) ([]*nodes.TargetEntry, error) {
	out, err := ps.transformTargetList(list, KindUpdateSource)
	if err != nil {
		return nil, err
	}
	for i, t := range out {
		rt := list[i].GetResTarget()
		loc := int(rt.Location)
		n := columnIndex(ps.target, rt.Name)
		if n < 0 {
			for _, c := range systemColumns {
				if c.name == rt.Name {
					return nil, pgerr.New(pgerrcode.FeatureNotSupported, "cannot assign to system column \"%s\"", c.name).At(loc)
				}
			}
			return nil, pgerr.New(pgerrcode.UndefinedColumn, "column \"%s\" of relation \"%s\" does not exist", rt.Name, ps.target.Name).At(loc)
		}
		t.Resno, t.Name = n+1, ps.target.Columns[n].Name
		if t.Expr, err = ps.transformAssigned(t.Expr, KindUpdateTarget, t.Name, t.Resno, rt.Indirection, loc); err != nil {
			return nil, err
		}
	}
	return mergeParts(out), nil
}
