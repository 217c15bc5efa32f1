package plan

import (
	"slices"

	"github.com/flowgres/flowgres/planner/adt"
	"github.com/flowgres/flowgres/planner/nodes"
)

// noteFixed finds the columns that conditions hold to one constant.
func (l *level) noteFixed(conds []nodes.Expr) {
	l.fixed = map[varKey]bool{}
	for _, c := range conds {
		op, ok := c.(*nodes.OpExpr)
		if !ok {
			continue
		}
		v, ok := l.b.pinned(op).(*nodes.Var)
		if !ok || !plainType(v.Type) {
			continue
		}
		for _, a := range op.Args {
			if k, ok := a.(*nodes.Const); ok && k.Value != nil {
				l.fixed[varKey{v.RTE, v.Attno}] = true
			}
		}
	}
}

// isFixed tells whether an expression has one value for all rows of the level.
func (l *level) isFixed(e nodes.Expr) bool {
	if l.fixed == nil || l.b.volatile(e) || returnsSet(e) {
		return false
	}
	ok := true
	nodes.Walk(e, func(n nodes.Expr) bool {
		switch n := n.(type) {
		case *nodes.Var:
			ok = ok && n.LevelsUp == 0 && l.fixed[varKey{n.RTE, n.Attno}]
		case *nodes.Aggref, *nodes.WindowFunc, *nodes.GroupingFunc, *nodes.SubLink, *SubPlanExpr:
			ok = false
		}
		return ok
	})
	return ok
}

// oneRow stops the stage at its first row.
func (l *level) oneRow(s *stage) {
	one := &nodes.Const{Type: adt.Int8OID, Typmod: -1, Value: int64(1), Location: -1}
	l.wrap(s, &Limit{Input: s.node, Count: one}, 1)
	s.node.Common().Rows = 1
}

// oneRowDecides tells whether groups over keys of one value, with these
// aggregates, come out the same from the first row as from all.
func (l *level) oneRowDecides(groups []nodes.Expr, aggs []*nodes.Aggref) bool {
	if len(groups)+len(aggs) == 0 {
		return false
	}
	for _, g := range groups {
		if !l.isFixed(g) {
			return false
		}
	}
	for _, a := range aggs {
		p := l.b.opt.Catalog.ProcByOID(a.Func)
		if p == nil || p.Schema != "pg_catalog" || a.Filter != nil || len(a.Args) != 1 || a.LevelsUp > 0 {
			return false
		}
		switch p.Name {
		case "min", "max", "bool_and", "bool_or", "every", "any_value":
		default:
			return false
		}
		if !l.isFixed(a.Args[0].Expr) {
			return false
		}
	}
	return true
}

// unfixed drops sort keys that have one value for all rows.
func (l *level) unfixed(keys []*SortKey, targets []*nodes.TargetEntry) []*SortKey {
	return slices.DeleteFunc(keys, func(k *SortKey) bool { return l.isFixedKey(targets[k.Slot].Expr) })
}

// isFixedKey tells whether sorting by an expression is needless, as it has one value. A
// key of grouping sets that has one value below the grouping is NULL in the sets without it, but
// PostgreSQL 16 does not know and does not order by it.
func (l *level) isFixedKey(e nodes.Expr) bool {
	if l.q.SetOp != nil {
		return false
	}
	if l.q.GroupingSets == nil {
		return l.isFixed(e)
	}
	if k, ok := e.(*groupKey); ok {
		e = k.Expr
	}
	_, column := e.(*nodes.Var)
	return (column || len(relidsOf(e)) == 0) && l.isFixed(e)
}

// distinctFixed tells whether DISTINCT leaves one row at most, since all its
// columns are fixed (create_final_distinct_paths).
func (l *level) distinctFixed(targets []*nodes.TargetEntry, slotOf map[int]int) bool {
	for _, d := range l.q.Distinct {
		if !l.isFixedKey(targets[slotOf[d.Ref]].Expr) {
			return false
		}
	}
	return true
}

// varying gives the keys of DISTINCT without keys of grouping sets that have one value below the grouping:
// PostgreSQL 16 sorts the few rows above it without them, and tells neighbours apart by what it sorts by.
func (l *level) varying(targets []*nodes.TargetEntry, slotOf map[int]int) []*nodes.SortGroupClause {
	list := l.q.Distinct
	if l.q.GroupingSets == nil || !sortable(list) {
		return list
	}
	return slices.DeleteFunc(slices.Clone(list), func(d *nodes.SortGroupClause) bool { return l.isFixedKey(targets[slotOf[d.Ref]].Expr) })
}
