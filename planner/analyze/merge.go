package analyze

import (
	"github.com/jackc/pgerrcode"
	pg_query "github.com/pganalyze/pg_query_go/v5"

	"github.com/flowgres/flowgres/planner/adt"
	"github.com/flowgres/flowgres/planner/nodes"
	"github.com/flowgres/flowgres/planner/pgerr"
)

// transformMerge analyses MERGE, transformMergeStmt.
func (ps *ParseState) transformMerge(s *pg_query.MergeStmt) (*nodes.Query, error) {
	q := &nodes.Query{Command: nodes.CmdMerge}
	if s.WithClause.GetRecursive() {
		return nil, pgerr.New(pgerrcode.SyntaxError, "WITH RECURSIVE is not supported for MERGE statement")
	}
	err := ps.with(q, s.WithClause)
	if err != nil {
		return nil, err
	}
	inserts, err := mergeClauses(s.MergeWhenClauses)
	if err != nil {
		return nil, err
	}
	if q.ResultRelation, err = ps.setTarget(s.Relation, false); err != nil {
		return nil, err
	}
	if ps.target.Kind == 'v' {
		return nil, pgerr.New(pgerrcode.FeatureNotSupported, "cannot execute MERGE on relation \"%s\"", ps.target.Name).
			Detailf("This operation is not supported for views.")
	}
	if err = ps.transformFromClause([]*pg_query.Node{s.SourceRelation}); err != nil {
		return nil, err
	}
	source := ps.namespace[len(ps.namespace)-1]
	for _, it := range ps.namespace {
		if it.RTIndex == len(ps.rtable) {
			source = it
			break
		}
	}
	if source.Alias == ps.targetItem.Alias {
		return nil, pgerr.New(pgerrcode.DuplicateAlias, "name \"%s\" specified more than once", source.Alias).
			Detailf("The name is used both as MERGE target table and data source.")
	}
	ps.addToQuery(ps.targetItem, false, true, true)
	join := &nodes.Join{Type: nodes.InnerJoin, Left: ps.joinlist[0], Right: &nodes.RangeRef{RTE: q.ResultRelation}}
	if inserts {
		join.Type = nodes.LeftJoin
	}
	if join.On, err = ps.mergeCondition(s.JoinCondition); err != nil {
		return nil, err
	}
	ps.joinlist = []nodes.JoinNode{join}
	for _, n := range s.MergeWhenClauses {
		w := n.GetMergeWhenClause()
		ps.targetItem.RelVisible, ps.targetItem.ColsVisible = w.Matched, w.Matched
		source.RelVisible, source.ColsVisible = true, true
		a, err := ps.mergeAction(w)
		if err != nil {
			return nil, err
		}
		q.MergeActions = append(q.MergeActions, a)
	}
	ps.finish(q)
	return q, ps.assignQueryCollations(q)
}

// mergeCondition resolves what MERGE joins on. PostgreSQL 16 does not ask for a boolean: any
// value but NULL, and a number's zero, holds.
func (ps *ParseState) mergeCondition(n *pg_query.Node) (nodes.Expr, error) {
	e, err := ps.transformExpr(n, KindJoinOn)
	if err != nil {
		return nil, err
	}
	switch exprType(e) {
	case adt.BoolOID:
		return e, nil
	case adt.Int2OID, adt.Int4OID, adt.Int8OID:
		zero := &nodes.Const{Type: adt.Int4OID, Typmod: -1, Value: int32(0), Location: -1}
		return ps.makeOp([]string{"pg_catalog", "<>"}, e, zero, ps.lastSRF, -1)
	}
	return &nodes.NullTest{Arg: e, Not: true, Location: -1}, nil
}

// mergeClauses checks the order of the WHEN clauses and tells whether one
// inserts.
func mergeClauses(list []*pg_query.Node) (inserts bool, err error) {
	last := map[bool]bool{} // an unconditional clause was there, by Matched
	for _, n := range list {
		w := n.GetMergeWhenClause()
		inserts = inserts || w.CommandType == pg_query.CmdType_CMD_INSERT
		if last[w.Matched] {
			return false, pgerr.New(pgerrcode.SyntaxError, "unreachable WHEN clause specified after unconditional WHEN clause")
		}
		last[w.Matched] = w.Condition == nil
	}
	return inserts, nil
}

// mergeAction resolves a WHEN clause.
func (ps *ParseState) mergeAction(w *pg_query.MergeWhenClause) (*nodes.MergeAction, error) {
	a := &nodes.MergeAction{Matched: w.Matched}
	var err error
	if a.Qual, err = ps.transformWhere(w.Condition, KindMergeWhen, "WHEN"); err != nil {
		return nil, err
	}
	ps.isInsert = w.CommandType == pg_query.CmdType_CMD_INSERT
	switch w.CommandType {
	case pg_query.CmdType_CMD_INSERT:
		a.Command = nodes.CmdInsert
		columns, err := ps.insertColumns(w.TargetList)
		if err != nil || len(w.Values) == 0 {
			return a, err
		}
		row, err := ps.transformExpressionList(w.Values, KindValuesSingle, true)
		if err != nil {
			return nil, err
		}
		if row, err = ps.insertRow(row, columns, len(w.TargetList) > 0); err != nil {
			return nil, err
		}
		for i, e := range row {
			a.TargetList = append(a.TargetList, &nodes.TargetEntry{Expr: e, Resno: columns[i].attno, Name: columns[i].name})
		}
		a.TargetList = mergeParts(a.TargetList)
	case pg_query.CmdType_CMD_UPDATE:
		a.Command = nodes.CmdUpdate
		a.TargetList, err = ps.transformSet(w.TargetList)
	case pg_query.CmdType_CMD_DELETE:
		a.Command = nodes.CmdDelete
	case pg_query.CmdType_CMD_NOTHING:
		a.Command = nodes.CmdNothing
	default:
		err = pgerr.Internal("unknown action in MERGE WHEN clause")
	}
	return a, err
}
