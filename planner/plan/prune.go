package plan

import (
	"github.com/flowgres/flowgres/planner/nodes"
)

// prune takes out what a subquery computes for columns that nothing reads
// (remove_unused_subquery_outputs): they become NULL.
func (l *level) prune(q *nodes.Query, id int) *nodes.Query {
	if l.needed == nil || l.needed[varKey{id, 0}] {
		return q
	}
	return l.b.pruned(q, func(attno int) bool { return l.needed[varKey{id, attno}] })
}

// pruned gives a query without what only columns that are not wanted need.
func (b *builder) pruned(q *nodes.Query, wanted func(attno int) bool) *nodes.Query {
	if q.Command == nodes.CmdSelect && simpleUnionAll(q, q.SetOp) {
		return b.prunedBranches(q, wanted)
	}
	if q.Command != nodes.CmdSelect || q.SetOp != nil || len(q.Distinct) > 0 || q.HasTargetSRFs {
		return q
	}
	c := *q
	c.TargetList = append([]*nodes.TargetEntry{}, q.TargetList...)
	for i, t := range q.TargetList {
		if t.Resjunk || t.Ref != 0 || wanted(i+1) || constant(t.Expr) || b.volatile(t.Expr) {
			continue
		}
		e := *t
		info := nodes.TypeOf(t.Expr)
		e.Expr = &nodes.Const{Type: info.Type, Typmod: info.Typmod, Collation: info.Collation, Location: -1}
		c.TargetList[i] = &e
	}
	if q.HasWindowFuncs && !hasWindowFunc(c.TargetList) {
		c.HasWindowFuncs, c.Windows = false, nil
	}
	return &c
}

// simpleUnionAll tells whether a query is nothing but UNION ALL of branches of the same
// types, which PostgreSQL makes parts of the query around it (is_simple_union_all).
func simpleUnionAll(q *nodes.Query, n nodes.SetNode) bool {
	switch n := n.(type) {
	case *nodes.SetLeaf:
		return true
	case *nodes.SetOperation:
		return n.Op == nodes.Union && n.All && n.LeftCoerce == nil && n.RightCoerce == nil && len(q.CTEs) == 0 && len(q.Sort) == 0 &&
			q.LimitCount == nil && q.LimitOffset == nil && len(q.Locked) == 0 && simpleUnionAll(q, n.Left) && simpleUnionAll(q, n.Right)
	}
	return false
}

// foldsAlone tells whether what a query computes for a column is immutable and names no column.
func (b *builder) foldsAlone(q *nodes.Query, attno int) bool {
	if q.SetOp != nil {
		return false
	}
	alone := b.immutable(q.TargetList[attno-1].Expr)
	nodes.Walk(q.TargetList[attno-1].Expr, func(n nodes.Expr) bool {
		switch n := n.(type) {
		case *nodes.Var:
			alone = false
		case *nodes.CoerceViaIO:
			alone = alone && ioImmutable(n.Type) && ioImmutable(nodes.TypeOf(n.Arg).Type)
		}
		return alone
	})
	return alone
}

// prunedBranches is pruned for each branch of a UNION ALL.
func (b *builder) prunedBranches(q *nodes.Query, wanted func(attno int) bool) *nodes.Query {
	c := *q
	c.RangeTable = append([]*nodes.RTE{}, q.RangeTable...)
	var prune func(nodes.SetNode)
	prune = func(n nodes.SetNode) {
		switch n := n.(type) {
		case *nodes.SetOperation:
			prune(n.Left)
			prune(n.Right)
		case *nodes.SetLeaf:
			r := *q.RangeTable[n.RTE-1]
			// What is immutable and names no column is folded, and may fail, with the append_rel_list.
			r.Query = b.pruned(r.Query, func(attno int) bool { return wanted(attno) || b.foldsAlone(r.Query, attno) })
			c.RangeTable[n.RTE-1] = &r
		}
	}
	prune(q.SetOp)
	return &c
}

func hasWindowFunc(targets []*nodes.TargetEntry) bool {
	found := false
	for _, t := range targets {
		nodes.Walk(t.Expr, func(n nodes.Expr) bool {
			if _, ok := n.(*nodes.WindowFunc); ok {
				found = true
			}
			return !found
		})
	}
	return found
}
