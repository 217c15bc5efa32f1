package plan

import (
	"slices"

	"github.com/flowgres/flowgres/planner/adt"
	"github.com/flowgres/flowgres/planner/nodes"
)

// rowConds gives what equalities of several columns of a table with those of a short list of
// constants say of the table alone: that its columns, or what is made of them, together are
// one of the list's rows. Its places then are asked for no more than the rows that name them.
func (l *level) rowConds(conds []nodes.Expr) []nodes.Expr {
	if l.b.opt.PushDown == PushDownOff {
		return nil
	}
	type pair struct{ list, table int }
	type equal struct {
		column int
		test   *nodes.OpExpr
		of     int // the argument that is the list's
	}
	equals := map[pair][]equal{}
	var order []pair
	for _, c := range conds {
		op, ok := c.(*nodes.OpExpr)
		if !ok || len(op.Args) != 2 || !l.b.isEquality(op.Op) {
			continue
		}
		for i, a := range op.Args {
			v, id := relabelled(a), l.onlyRemote(op.Args[1-i])
			if v == nil || v.RTE < 1 || v.Attno < 1 || id == 0 || l.listed(l.rte(v.RTE)) == nil {
				continue
			}
			p := pair{v.RTE, id}
			if !slices.Contains(order, p) {
				order = append(order, p)
			}
			equals[p] = append(equals[p], equal{v.Attno, op, i})
		}
	}
	var out []nodes.Expr
	for _, p := range order {
		list, es := l.listed(l.rte(p.list)), equals[p]
		if len(es) < 2 || len(list) > mostArms {
			continue
		}
		or := &nodes.BoolExpr{Op: nodes.Or, Location: -1}
		known := true
		for _, row := range list {
			var and []nodes.Expr
			null := false
			for _, e := range es {
				k, ok := l.b.fold(row[e.column-1], true).(*nodes.Const)
				if !ok {
					known = false
					break
				}
				null = null || k.Value == adt.Datum(nil)
				test := *e.test
				test.Args = []nodes.Expr{e.test.Args[0], e.test.Args[1]}
				test.Args[e.of] = nodes.Rewrite(test.Args[e.of], func(n nodes.Expr) (nodes.Expr, bool) {
					_, is := n.(*nodes.Var)
					return k, is
				})
				and = append(and, l.b.fold(&test, true))
			}
			if known && !null {
				or.Args = append(or.Args, andOf(and))
			}
		}
		if known && len(or.Args) > 1 {
			out = append(out, or)
		}
	}
	return out
}

// listed gives the rows of an entry that is a VALUES list, maybe of a subquery or a WITH
// query that does no more than select them; nil: it is something else.
func (l *level) listed(r *nodes.RTE) [][]nodes.Expr {
	q := r.Query
	switch r.Kind {
	case nodes.RTEValues:
		return r.Values
	case nodes.RTECTE:
		_, c := l.withQuery(r)
		if c == nil || c.Recursive || c.Modifying {
			return nil
		}
		q = c.Query
	case nodes.RTESubquery:
	default:
		return nil
	}
	if q == nil || !oneSource(q) || q.Where != nil || len(q.Distinct) > 0 {
		return nil
	}
	ref, ok := q.From[0].(*nodes.RangeRef)
	if !ok || q.RangeTable[ref.RTE-1].Kind != nodes.RTEValues {
		return nil
	}
	var out [][]nodes.Expr
	for _, row := range q.RangeTable[ref.RTE-1].Values {
		var columns []nodes.Expr
		for _, t := range q.TargetList {
			v, ok := t.Expr.(*nodes.Var)
			if !ok || t.Resjunk || v.RTE != ref.RTE || v.LevelsUp > 0 || v.Attno < 1 {
				return nil
			}
			columns = append(columns, row[v.Attno-1])
		}
		out = append(out, columns)
	}
	return out
}

// onlyRemote gives the table elsewhere that an expression is of, and of nothing else; 0: it
// is not.
func (l *level) onlyRemote(e nodes.Expr) int {
	ids := relidsOf(e)
	if len(ids) != 1 || l.b.volatile(e) || holdsSubPlan(e) || hasSubLink(e) {
		return 0
	}
	for id := range ids {
		if id > 0 && l.remote(id) {
			return id
		}
	}
	return 0
}

// remote tells whether a range table entry is a table elsewhere.
func (l *level) remote(id int) bool {
	r := l.rte(id)
	return r.Kind == nodes.RTERelation && r.Relation != nil && r.Relation.Table != nil && !local(r)
}
