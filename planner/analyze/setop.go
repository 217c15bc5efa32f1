package analyze

import (
	"github.com/jackc/pgerrcode"
	pg_query "github.com/pganalyze/pg_query_go/v5"

	"github.com/flowgres/flowgres/planner/adt"
	"github.com/flowgres/flowgres/planner/nodes"
	"github.com/flowgres/flowgres/planner/pgerr"
)

// transformSetOperations analyses a UNION, INTERSECT or EXCEPT: the tree of its
// operations over leaf queries, with ORDER BY and LIMIT on top.
func (ps *ParseState) transformSetOperations(s *pg_query.SelectStmt) (*nodes.Query, error) {
	q := &nodes.Query{Command: nodes.CmdSelect}
	left := s.Larg
	for left.Larg != nil {
		left = left.Larg
	}
	if left.IntoClause != nil {
		return nil, pgerr.New(pgerrcode.SyntaxError, "SELECT ... INTO is not allowed here").At(int(left.IntoClause.Rel.GetLocation()))
	}
	if len(s.LockingClause) > 0 {
		return nil, lockedSetOp(s)
	}
	if err := ps.with(q, s.WithClause); err != nil {
		return nil, err
	}
	bare := &pg_query.SelectStmt{Op: s.Op, All: s.All, Larg: s.Larg, Rarg: s.Rarg, IntoClause: s.IntoClause}
	tree, _, err := ps.transformSetTree(bare, true)
	if err != nil {
		return nil, err
	}
	op := tree.(*nodes.SetOperation)
	q.SetOp = op

	// The output columns are named after the leftmost query's.
	leaf := leftmostLeaf(op)
	leftmost := ps.rtable[leaf-1].Query
	var vars []nodes.Expr
	var colnames []string
	var columns []NSColumn
	for i, c := range op.Columns {
		t := outputColumn(leftmost.TargetList, i+1)
		v := &nodes.Var{RTE: leaf, Attno: t.Resno, Type: c.Type, Typmod: c.Typmod, Collation: c.Collation, Location: exprLocation(t.Expr)}
		op.Columns[i].Name = t.Name
		q.TargetList = append(q.TargetList, ps.newTarget(v, t.Name, false))
		vars, colnames = append(vars, v), append(colnames, t.Name)
		columns = append(columns, NSColumn{RTE: leaf, Attno: t.Resno, Type: c.Type, Typmod: c.Typmod, Collation: c.Collation})
	}
	// ORDER BY sees the output columns alone. Expressions over them are resolved
	// so as to give the right error, then refused.
	saved, savedRTEs := ps.namespace, len(ps.rtable)
	it, err := ps.addJoin(colnames, columns, nodes.InnerJoin, 0, vars, nil)
	if err != nil {
		return nil, err
	}
	it.RelVisible, it.ColsVisible = false, true
	ps.namespace = []*NSItem{it}
	width := len(q.TargetList)
	q.Sort, err = ps.transformSortClause(s.SortClause, &q.TargetList, KindOrderBy, false)
	ps.namespace, ps.rtable = saved, ps.rtable[:savedRTEs]
	if err != nil {
		return nil, err
	}
	if len(q.TargetList) != width {
		return nil, pgerr.New(pgerrcode.FeatureNotSupported, "invalid UNION/INTERSECT/EXCEPT ORDER BY clause").
			Detailf("Only result column names can be used, not expressions or functions.").
			Hintf("Add the expression/function to every SELECT, or move the UNION into a FROM clause.").
			At(exprLocation(q.TargetList[width].Expr))
	}
	if err := ps.limits(q, s); err != nil {
		return nil, err
	}
	return q, ps.finishSelect(q, nil)
}

func lockedSetOp(s *pg_query.SelectStmt) error {
	return pgerr.New(pgerrcode.FeatureNotSupported, "%s is not allowed with UNION/INTERSECT/EXCEPT",
		lockName(s.LockingClause[0].GetLockingClause().GetStrength()))
}

func leftmostLeaf(n nodes.SetNode) int {
	for {
		switch x := n.(type) {
		case *nodes.SetOperation:
			n = x.Left
		case *nodes.SetLeaf:
			return x.RTE
		}
	}
}

// transformSetTree resolves a node of a set operation tree. Besides it gives the
// node's output columns: a leaf's real target entries, whose unknown literals an
// operation above may still coerce, or stand-ins for an operation's.
func (ps *ParseState) transformSetTree(s *pg_query.SelectStmt, top bool) (nodes.SetNode, []*nodes.TargetEntry, error) {
	if err := ps.deeper(); err != nil {
		return nil, nil, err
	}
	defer ps.shallower()
	if s.IntoClause != nil {
		return nil, nil, pgerr.New(pgerrcode.SyntaxError, "INTO is only allowed on first SELECT of UNION/INTERSECT/EXCEPT").
			At(int(s.IntoClause.Rel.GetLocation()))
	}
	if len(s.LockingClause) > 0 {
		return nil, nil, lockedSetOp(s)
	}
	if s.Op <= pg_query.SetOperation_SETOP_NONE || len(s.SortClause) > 0 || s.LimitOffset != nil || s.LimitCount != nil || s.WithClause != nil {
		return ps.transformSetLeaf(s)
	}
	return ps.transformSetOperation(s, top)
}

func (ps *ParseState) transformSetLeaf(s *pg_query.SelectStmt) (nodes.SetNode, []*nodes.TargetEntry, error) {
	q, err := ps.analyzeSubquery(&pg_query.Node{Node: &pg_query.Node_SelectStmt{SelectStmt: s}}, nil, false)
	if err != nil {
		return nil, nil, err
	}
	if len(ps.namespace) > 0 {
		if loc, found := locateQueryVarOfLevel(q, 1); found {
			return nil, nil, pgerr.New(pgerrcode.InvalidColumnReference,
				"UNION/INTERSECT/EXCEPT member statement cannot refer to other relations of same query level").At(loc)
		}
	}
	var out []*nodes.TargetEntry
	for _, t := range q.TargetList {
		if !t.Resjunk {
			out = append(out, t)
		}
	}
	it, err := ps.addSubquery(q, "*SELECT* "+itoa(len(ps.rtable)+1), nil, false)
	if err != nil {
		return nil, nil, err
	}
	return &nodes.SetLeaf{RTE: it.RTIndex}, out, nil
}

func (ps *ParseState) transformSetOperation(s *pg_query.SelectStmt, top bool) (nodes.SetNode, []*nodes.TargetEntry, error) {
	op := &nodes.SetOperation{All: s.All}
	context := "UNION"
	switch s.Op {
	case pg_query.SetOperation_SETOP_INTERSECT:
		op.Op, context = nodes.Intersect, "INTERSECT"
	case pg_query.SetOperation_SETOP_EXCEPT:
		op.Op, context = nodes.Except, "EXCEPT"
	}
	recursive := ps.parentCTE != nil && ps.parentCTE.Recursive
	var ltl, rtl []*nodes.TargetEntry
	var err error
	if op.Left, ltl, err = ps.transformSetTree(s.Larg, false); err != nil {
		return nil, nil, err
	}
	if top && recursive {
		if err := ps.recursiveColumns(op.Left, ltl); err != nil {
			return nil, nil, err
		}
	}
	if op.Right, rtl, err = ps.transformSetTree(s.Rarg, false); err != nil {
		return nil, nil, err
	}
	if len(ltl) != len(rtl) {
		loc := -1
		for _, t := range rtl {
			if loc = exprLocation(t.Expr); loc >= 0 {
				break
			}
		}
		return nil, nil, pgerr.New(pgerrcode.SyntaxError, "each %s query must have the same number of columns", context).At(loc)
	}
	var out []*nodes.TargetEntry
	for i := range ltl {
		col, loc, err := ps.setColumn(op, ltl[i], rtl[i], context, recursive)
		if err != nil {
			return nil, nil, err
		}
		op.Columns = append(op.Columns, col)
		out = append(out, &nodes.TargetEntry{Expr: &nodes.SetToDefault{Type: col.Type, Typmod: col.Typmod, Collation: col.Collation, Location: loc}})
	}
	ps.refreshLeaf(op.Left)
	ps.refreshLeaf(op.Right)
	if op.LeftCoerce, err = ps.setCoercions(op.Left, op.Columns, context); err != nil {
		return nil, nil, err
	}
	if op.RightCoerce, err = ps.setCoercions(op.Right, op.Columns, context); err != nil {
		return nil, nil, err
	}
	return op, out, nil
}

// setColumn finds the common type of one column of a set operation.
func (ps *ParseState) setColumn(op *nodes.SetOperation, l, r *nodes.TargetEntry, context string, recursive bool) (nodes.ColumnDef, int, error) {
	var none nodes.ColumnDef
	typ, best, err := ps.selectCommonType([]nodes.Expr{l.Expr, r.Expr}, context)
	if err != nil {
		return none, -1, err
	}
	loc := exprLocation(best)
	both := []nodes.Expr{l.Expr, r.Expr}
	for i, t := range []*nodes.TargetEntry{l, r} {
		if nodes.TypeOf(t.Expr).Type != adt.UnknownOID {
			// Checked now, while we can tell where; done by the operation.
			if both[i], err = ps.coerceToCommonType(t.Expr, typ, context); err != nil {
				return none, -1, err
			}
			continue
		}
		switch t.Expr.(type) {
		case *nodes.Const, *nodes.Param, *nodes.CollateExpr:
			if t.Expr, err = ps.coerceToCommonType(t.Expr, typ, context); err != nil {
				return none, -1, err
			}
			both[i] = t.Expr
		}
	}
	col := nodes.ColumnDef{Type: typ, Typmod: ps.selectCommonTypmod(both, typ)}
	if col.Collation, err = ps.selectCommonCollation(both, op.Op == nodes.Union && op.All); err != nil {
		return none, -1, err
	}
	if op.Op != nodes.Union || !op.All {
		lt, eq, _, hashable, err := ps.sortGroupOperators(typ, false, false)
		if err != nil {
			return none, -1, pgerr.Place(err, loc)
		}
		if recursive && (typ == adt.RecordOID || typ == adt.RecordArrayOID) {
			hashable = true
		}
		op.Group = append(op.Group, &nodes.SortGroupClause{Eq: eq, Sort: lt, Hashable: hashable})
	}
	return col, loc, nil
}

// refreshLeaf describes a leaf's columns again after its unknown literals have
// got a type.
func (ps *ParseState) refreshLeaf(n nodes.SetNode) {
	l, ok := n.(*nodes.SetLeaf)
	if !ok {
		return
	}
	rte := ps.rtable[l.RTE-1]
	for i := range rte.Columns {
		if t := outputColumn(rte.Query.TargetList, i+1); t != nil {
			c := nodes.TypeOf(t.Expr)
			rte.Columns[i].Type, rte.Columns[i].Typmod, rte.Columns[i].Collation = c.Type, c.Typmod, c.Collation
		}
	}
}

// setCoercions gives the expressions that bring an input's columns to the
// operation's types, nil when they have them.
func (ps *ParseState) setCoercions(n nodes.SetNode, columns []nodes.ColumnDef, context string) ([]nodes.Expr, error) {
	var in []nodes.ColumnDef
	switch n := n.(type) {
	case *nodes.SetLeaf:
		in = ps.rtable[n.RTE-1].Columns
	case *nodes.SetOperation:
		in = n.Columns
	}
	out := make([]nodes.Expr, len(columns))
	needed := false
	for i, c := range columns {
		slot := &nodes.Slot{Index: i, Type: in[i].Type, Typmod: in[i].Typmod, Collation: in[i].Collation}
		out[i] = slot
		if in[i].Type == c.Type {
			continue
		}
		needed = true
		e, err := ps.coerceToCommonType(slot, c.Type, context)
		if err != nil {
			return nil, err
		}
		if err := ps.assignExprCollations(e); err != nil {
			return nil, err
		}
		out[i] = e
	}
	if !needed {
		return nil, nil
	}
	return out, nil
}

// recursiveColumns gives a recursive WITH item its columns, from its
// non-recursive term, determineRecursiveColTypes.
func (ps *ParseState) recursiveColumns(left nodes.SetNode, tl []*nodes.TargetEntry) error {
	q := ps.rtable[leftmostLeaf(left)-1].Query
	var list []*nodes.TargetEntry
	for i, t := range tl {
		list = append(list, &nodes.TargetEntry{Expr: t.Expr, Resno: i + 1, Name: outputColumn(q.TargetList, i+1).Name})
	}
	return ps.cteColumns(ps.parentCTE, list)
}
