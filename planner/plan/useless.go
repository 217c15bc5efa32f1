package plan

import (
	"slices"

	"github.com/flowgres/flowgres/planner/nodes"
)

// dropUseless leaves out outer joins that can change nothing: no column of the
// inner side is read, and no row of the outer side can have two partners
// (remove_useless_joins). What the inner side would have read is not read.
func (l *level) dropUseless(targets []*nodes.TargetEntry, conds []nodes.Expr, from []nodes.JoinNode) []nodes.JoinNode {
	if l.b.opt.PushDown == PushDownOff || l.q.RowMarks {
		return from
	}
	out := append([]nodes.JoinNode{}, from...)
	for i := range out {
		var visit func(at nodes.JoinNode, put func(nodes.JoinNode)) nodes.JoinNode
		visit = func(at nodes.JoinNode, put func(nodes.JoinNode)) nodes.JoinNode {
			j, ok := at.(*nodes.Join)
			if !ok {
				return at
			}
			c := *j
			put(&c)
			c.Left = visit(j.Left, func(n nodes.JoinNode) { c.Left = n })
			c.Right = visit(j.Right, func(n nodes.JoinNode) { c.Right = n })
			keep, inner := c.Left, c.Right
			if c.Type == nodes.RightJoin {
				keep, inner = c.Right, c.Left
			}
			ref, single := inner.(*nodes.RangeRef)
			if c.Type != nodes.LeftJoin && c.Type != nodes.RightJoin || !single || l.b.volatile(c.On) || !l.oneMatch(ref.RTE, c.On) {
				return &c
			}
			put(keep)
			l.noteNeeded(targets, conds, out)
			for k := range l.needed {
				if k.rte == ref.RTE {
					put(&c)
					return &c
				}
			}
			return keep
		}
		out[i] = visit(out[i], func(n nodes.JoinNode) { out[i] = n })
	}
	return out
}

// oneMatch tells whether at most one row of an entry can pass a join condition:
// columns that no two rows share are held to values of the other side
// (rel_is_distinct_for).
func (l *level) oneMatch(id int, on nodes.Expr) bool {
	held := map[int]bool{}
	if on != nil {
		for _, c := range l.b.conjuncts(on) {
			op, ok := c.(*nodes.OpExpr)
			if !ok || len(op.Args) != 2 || !l.b.isEquality(op.Op) {
				continue
			}
			for i, a := range op.Args {
				if v := columnOf(a, id); v != nil && !relidsOf(op.Args[1-i])[id] {
					held[v.Attno] = true
				}
			}
		}
	}
	r := l.rte(id)
	switch r.Kind {
	case nodes.RTERelation:
		rel := l.b.opt.Catalog.RelationByOID(r.Relation.OID)
		return rel != nil && slices.ContainsFunc(rel.Unique, func(key []int) bool {
			return all(key, func(col int) bool { return held[col+1] })
		})
	case nodes.RTESubquery:
		return !l.b.volatileQuery(r.Query) && distinctFor(r.Query, held)
	}
	return false
}

// distinctFor tells whether no two rows of a query agree in some of its columns
// (query_is_distinct_for).
func distinctFor(q *nodes.Query, held map[int]bool) bool {
	if q.Command != nodes.CmdSelect || q.HasTargetSRFs {
		return false
	}
	refs := map[int]bool{} // of the target list, whose columns are held
	for i, t := range q.TargetList {
		if held[i+1] {
			refs[t.Ref] = t.Ref != 0
		}
	}
	covers := func(clauses []*nodes.SortGroupClause) bool {
		return all(clauses, func(c *nodes.SortGroupClause) bool { return refs[c.Ref] })
	}
	switch {
	case len(q.Distinct) > 0 && covers(q.Distinct):
		return true
	case q.GroupingSets != nil:
		return false
	case len(q.Group) > 0:
		return covers(q.Group)
	case q.HasAggs || q.Having != nil:
		return true
	}
	if op, ok := q.SetOp.(*nodes.SetOperation); ok && !op.All {
		for i := range op.Columns {
			if !held[i+1] {
				return false
			}
		}
		return true
	}
	return false
}

func all[T any](list []T, is func(T) bool) bool {
	for _, x := range list {
		if !is(x) {
			return false
		}
	}
	return true
}
