package plan

import (
	"github.com/flowgres/flowgres/planner/nodes"
)

// splitExtremes makes a subquery of each min and max of a place column where a
// query is nothing but several of them: each then stops at the first place that
// has a row (preprocess_minmax_aggregates).
func (l *level) splitExtremes() {
	q := l.q
	if q.Command != nodes.CmdSelect || !q.HasAggs || l.b.opt.PushDown == PushDownOff || q.SetOp != nil || len(q.Group) > 0 || q.GroupingSets != nil || q.Having != nil || q.HasWindowFuncs ||
		q.HasTargetSRFs || len(q.CTEs) > 0 || len(q.From) != 1 || readsCTE(q) || dependsOutside(q) || l.b.volatileQuery(q) {
		return
	}
	var aggs []*nodes.Aggref
	for _, t := range q.TargetList {
		collectAggs(t.Expr, &aggs)
	}
	if len(aggs) < 2 {
		return
	}
	for _, a := range aggs {
		if !l.isExtreme(a) {
			return
		}
	}
	outer := *q
	outer.From, outer.Where, outer.HasAggs, outer.HasSubLinks = nil, nil, false, true
	outer.TargetList = nil
	for _, t := range q.TargetList {
		c := *t
		c.Expr = nodes.Rewrite(t.Expr, func(n nodes.Expr) (nodes.Expr, bool) {
			a, ok := n.(*nodes.Aggref)
			if !ok {
				return nil, false
			}
			inner := *q
			info := nodes.TypeOf(a)
			inner.TargetList = []*nodes.TargetEntry{{Expr: a, Resno: 1, Name: t.Name}}
			inner.Sort, inner.Distinct, inner.HasDistinctOn, inner.LimitCount, inner.LimitOffset, inner.WithTies = nil, nil, false, nil, nil, false
			return &nodes.SubLink{Kind: nodes.ExprSubLink, Query: &inner, Type: info.Type, Typmod: info.Typmod, Collation: info.Collation, Location: -1}, true
		})
		outer.TargetList = append(outer.TargetList, &c)
	}
	l.q = &outer
}

// isExtreme tells of min and max of a place column, whatever the rows' order.
func (l *level) isExtreme(a *nodes.Aggref) bool {
	p := l.b.opt.Catalog.ProcByOID(a.Func)
	if p == nil || p.Schema != "pg_catalog" || p.Name != "min" && p.Name != "max" || a.Filter != nil || len(a.Args) != 1 || a.LevelsUp > 0 {
		return false
	}
	v, ok := a.Args[0].Expr.(*nodes.Var)
	return ok && v.LevelsUp == 0 && v.RTE > 0 && l.isPlace(v)
}
