package plan

import (
	"slices"

	"github.com/flowgres/flowgres/planner/adt"
	"github.com/flowgres/flowgres/planner/nodes"
)

// All parts of a statement see the tables as they were before it (documentation
// section "Data-Modifying Statements in WITH"): what WITH queries write, and what
// RETURNING's subqueries could see of a write. A scan that may be opened after such
// a write is Frozen: exec takes its rows before the first write to its table.
// It can't wait for values that come late then, join keys above all.

// noteWrites counts the parts of a statement that write to each table. A write that is
// the last thing done is none that others could see.
func (b *builder) noteWrites(q *nodes.Query) {
	b.writes = map[adt.OID]int{}
	note := func(q *nodes.Query) {
		if q.ResultRelation > 0 {
			b.writes[q.RangeTable[q.ResultRelation-1].Relation.OID]++
		}
	}
	for _, c := range q.CTEs {
		if c.Modifying {
			note(c.Query)
		}
	}
	last := true
	for _, t := range q.Returning {
		last = last && !hasSubLink(t.Expr)
	}
	if !last || len(b.writes) > 0 {
		note(q)
	}
}

// frozen tells whether a table's rows are wanted as they were before the statement,
// which may have written to it by the time they are read.
func (b *builder) frozen(r *nodes.Relation) bool {
	n := b.writes[r.OID]
	return n > 1 || n == 1 && b.input != r.OID
}

// early gives the offers without those whose values come of other rows, whose
// conditions are left to check.
func early(offered []offer, local []nodes.Expr) ([]offer, []nodes.Expr) {
	var kept []offer
	for _, o := range offered {
		switch {
		case !slices.ContainsFunc(o.arg.Exprs, ofOthers):
			kept = append(kept, o)
		case o.cond != nil:
			local = append(local, o.cond)
		}
	}
	return kept, local
}

// ofOthers tells whether a value is other rows': an outer query's, or a subquery's.
func ofOthers(e nodes.Expr) bool {
	found := holdsSubPlan(e)
	nodes.Walk(e, func(n nodes.Expr) bool {
		p, ok := n.(*nodes.Param)
		found = found || ok && p.Exec
		return !found
	})
	return found
}
