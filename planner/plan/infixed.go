package plan

import (
	"github.com/flowgres/flowgres/planner/adt"
	"github.com/flowgres/flowgres/planner/nodes"
)

// inFixed makes EXISTS (… WHERE column = value) of value IN (SELECT column …), so
// that the value is handed down and the first row found is the last one read. The
// two mean the same when neither side can be NULL. nil: it is nothing like that.
func (l *level) inFixed(s *nodes.SubLink) (*nodes.SubLink, error) {
	op, ok := s.Test.(*nodes.OpExpr)
	if !ok || s.Kind != nodes.AnySubLink || len(op.Args) != 2 || !l.b.isEquality(op.Op) || l.b.opt.PushDown == PushDownOff {
		return nil, nil
	}
	p, ok := op.Args[1].(*nodes.SubLinkParam)
	if !ok || p.Column != 1 || hasSubLink(op.Args[0]) || len(s.Query.TargetList) == 0 || !neverNull(s.Query, s.Query.TargetList[0].Expr) {
		return nil, nil
	}
	value, err := l.prep(op.Args[0])
	if err != nil {
		return nil, err
	}
	if k, ok := value.(*nodes.Const); !ok || k.Value == nil {
		return nil, nil
	}
	const id = -1 // of the subquery, to whoever asks for its column
	test := *op
	test.Args = []nodes.Expr{value, &nodes.Var{RTE: id, Attno: 1, Type: p.Type, Typmod: p.Typmod, Collation: p.Collation, Location: -1}}
	q, ok := l.b.pushInto(s.Query, id, &test)
	if !ok {
		return nil, nil
	}
	link := *s
	link.Kind, link.Test, link.Query = nodes.ExistsSubLink, nil, q
	return &link, nil
}

// neverNull tells of a column of a query's own table that is never NULL.
func neverNull(q *nodes.Query, e nodes.Expr) bool {
	v, ok := e.(*nodes.Var)
	if !ok || v.LevelsUp > 0 || v.Attno < 1 || q.GroupingSets != nil || padded(q.From, v.RTE) {
		return false
	}
	r := q.RangeTable[v.RTE-1]
	if r.Kind != nodes.RTERelation || r.Relation == nil || r.Relation.Table == nil {
		return false
	}
	columns := r.Relation.Table.Columns()
	return v.Attno <= len(columns) && columns[v.Attno-1].NotNull
}

// belowSets tells whether a condition on the output of grouping sets, which stays
// where it is, may be put below them as well: it asks for a value of one group key, so that rows of
// the sets without that key, where it is NULL, fail it anyway.
func (b *builder) belowSets(q *nodes.Query, cond nodes.Expr) bool {
	var key *nodes.Var
	ok := true
	nodes.Walk(cond, func(n nodes.Expr) bool {
		switch n := n.(type) {
		case *nodes.Var:
			ok = ok && n.LevelsUp == 0 && (key == nil || nodes.Equal(key, n))
			key = n
		case *nodes.Aggref, *nodes.GroupingFunc, *nodes.WindowFunc, *nodes.SubLink, *SubPlanExpr:
			ok = false
		}
		return ok
	})
	if !ok || key == nil || b.volatile(cond) || !b.rejectsNulls(cond, true)[key.RTE] {
		return false
	}
	for _, g := range q.Group {
		if nodes.Equal(targetByRef(q.TargetList, g.Ref), key) {
			return true
		}
	}
	return false
}

// empty tells whether a node is known to put out nothing.
func empty(n Node) bool {
	if k, ok := n.Common().OneTime.(*nodes.Const); ok && k.Value != adt.Datum(true) {
		return true
	}
	switch n := n.(type) {
	case *Result:
		return n.Input != nil && empty(n.Input)
	case *Sort:
		return empty(n.Input)
	case *Unique:
		return empty(n.Input)
	case *Limit:
		return empty(n.Input)
	case *Agg:
		return len(n.Groups) > 0 && n.Sets == nil && empty(n.Input)
	case *SetOp:
		return empty(n.Left) || n.Op == nodes.Intersect && empty(n.Right)
	case *Append:
		return all(n.Inputs, empty)
	}
	return false
}
