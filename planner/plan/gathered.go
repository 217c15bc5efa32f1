package plan

import (
	"github.com/flowgres/flowgres/planner/adt"
	"github.com/flowgres/flowgres/planner/fdw"
	"github.com/flowgres/flowgres/planner/nodes"
)

// gathered gives what holds for each row that an aggregation without groups makes
// anything of: that one of its aggregates' FILTERs lets it through.
func (l *level) gathered(targets []*nodes.TargetEntry) []nodes.Expr {
	q := l.q
	if !q.HasAggs || len(q.Group) > 0 || q.GroupingSets != nil || l.b.opt.PushDown == PushDownOff || local(&nodes.RTE{Kind: nodes.RTESubquery, Query: q}) {
		return nil
	}
	var aggs []*nodes.Aggref
	for _, t := range targets {
		collectAggs(t.Expr, &aggs)
	}
	for _, h := range l.having {
		collectAggs(h, &aggs)
	}
	either := &nodes.BoolExpr{Op: nodes.Or, Location: -1}
	for _, a := range aggs {
		f := a.Filter
		if f == nil {
			f = l.countedWhen(a)
		}
		if f == nil || l.b.volatile(f) || !l.b.atHand(f) {
			return nil
		}
		either.Args = append(either.Args, f)
	}
	switch len(either.Args) {
	case 0:
		return nil
	case 1:
		return l.b.conjuncts(either.Args[0])
	}
	return l.b.conjuncts(either)
}

// atHand tells whether all that an expression asks subqueries for is at hand, and the
// same for all rows.
func (b *builder) atHand(e nodes.Expr) bool {
	ok := true
	nodes.Walk(e, func(n nodes.Expr) bool {
		if s, is := n.(*SubPlanExpr); is {
			ok = ok && len(s.Args) == 0 && !readsFurther(b.plan.SubPlans[s.ID].Plan)
		}
		return ok
	})
	return ok
}

// countedWhen gives what holds where an aggregate that passes NULLs over has
// something to take, when its argument is a CASE without ELSE, or something of a table
// that the table can be asked for; nil: it is not.
func (l *level) countedWhen(a *nodes.Aggref) nodes.Expr {
	p := l.b.opt.Catalog.ProcByOID(a.Func)
	if p == nil || p.Schema != "pg_catalog" || len(a.Args) == 0 || a.LevelsUp > 0 {
		return nil
	}
	switch p.Name {
	case "count", "sum", "avg", "min", "max", "bool_and", "bool_or", "every", "string_agg":
	default:
		return nil
	}
	c, ok := a.Args[0].Expr.(*nodes.CaseExpr)
	if !ok {
		return l.askedFor(a.Args[0].Expr)
	}
	if c.Arg != nil {
		return nil
	}
	if k, isConst := c.Default.(*nodes.Const); c.Default != nil && (!isConst || k.Value != adt.Datum(nil)) {
		return nil
	}
	either := &nodes.BoolExpr{Op: nodes.Or, Location: -1}
	for _, w := range c.Whens {
		either.Args = append(either.Args, w.When)
	}
	if len(either.Args) == 1 {
		return either.Args[0]
	}
	return either
}

// askedFor gives e IS NOT NULL for a column of a remote table, or a member of one, when the
// table serves that; nil: it does not.
func (l *level) askedFor(e nodes.Expr) nodes.Expr {
	id := 0
	nodes.Walk(e, func(n nodes.Expr) bool {
		if v, ok := n.(*nodes.Var); ok && v.LevelsUp == 0 {
			id = v.RTE
		}
		return true
	})
	if id < 1 {
		return nil
	}
	r := l.rte(id)
	if r.Kind != nodes.RTERelation || r.Relation == nil || r.Relation.Table == nil || local(r) {
		return nil
	}
	columns := r.Relation.Table.Columns()
	test := &nodes.NullTest{Arg: e, Not: true, Location: -1}
	o, ok := l.b.offer(id, columns, test, false)
	if !ok || o.qual.Key == nil && columns[o.qual.Column].NotNull {
		return nil
	}
	s, err := r.Relation.Table.Plan(fdw.Request{Session: l.b.opt.Session, Quals: []fdw.Qual{o.qual}})
	if err != nil || s.Served[0] == fdw.No {
		return nil
	}
	return test
}
