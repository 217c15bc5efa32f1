package plan

import (
	"slices"

	"github.com/flowgres/flowgres/planner/nodes"
)

// pullSubLinks makes joins of the subqueries among the conjuncts of WHERE.
func (l *level) pullSubLinks() bool {
	var rest []nodes.Expr
	pulled := false
	for _, c := range rawConjuncts(l.q.Where) {
		s, kind, ok := linkOf(c)
		list := nodes.Expr(nil)
		if ok && kind == nodes.SemiJoin {
			list = l.b.inList(s)
		}
		switch {
		case list != nil:
			rest = append(rest, list)
			pulled = true
		case ok && s.Kind == nodes.ExistsSubLink && kind == nodes.AntiJoin && l.b.inList(s) != nil:
			rest = append(rest, c)
		case ok && kind == nodes.SemiJoin && l.b.existsNothing(s) != nil:
			rest = append(rest, rawConjuncts(l.b.existsNothing(s))...)
			pulled = true
		case ok && s.Kind == nodes.ExistsSubLink && l.pullExists(s, kind):
			pulled = true
		case ok && s.Kind == nodes.AnySubLink && kind == nodes.SemiJoin && l.pullAny(s):
			pulled = true
		default:
			rest = append(rest, c)
			e := nodes.Expr(nil)
			switch {
			case !ok:
				e = l.b.scalarElement(c)
			case kind != nodes.SemiJoin:
			case s.Kind == nodes.ExistsSubLink:
				e = l.b.existsElement(s.Query)
			case s.Kind == nodes.AnySubLink:
				e = l.b.anyElement(s)
			}
			if e != nil && !slices.ContainsFunc(rawConjuncts(l.q.Where), func(x nodes.Expr) bool { return nodes.Equal(x, e) }) {
				rest = append(rest, e)
				pulled = true
			}
		}
	}
	if pulled {
		l.q.Where = rawAnd(rest)
	}
	return pulled
}

// linkOf gives the subquery that a condition asks, and the join that it may become; NOT makes
// an anti join.
func linkOf(c nodes.Expr) (s *nodes.SubLink, kind nodes.JoinType, ok bool) {
	kind = nodes.SemiJoin
	if not, is := c.(*nodes.BoolExpr); is && not.Op == nodes.Not {
		c, kind = not.Args[0], nodes.AntiJoin
	}
	s, ok = c.(*nodes.SubLink)
	return s, kind, ok
}

// outerVars counts the columns that a query takes from the level right above it,
// and tells whether others than those of its own conjuncts of WHERE are among them.
func outerVars(q *nodes.Query) int {
	n := 0
	nodes.WalkQuery(q, func(e nodes.Expr, depth int) bool {
		switch e := e.(type) {
		case *nodes.Var:
			if e.LevelsUp == depth+1 {
				n++
			}
		case *nodes.Aggref:
			if e.LevelsUp > depth {
				n += 1 << 20
			}
		case *nodes.GroupingFunc:
			if e.LevelsUp > depth {
				n += 1 << 20
			}
		}
		return true
	})
	return n
}

// pullExists is convert_EXISTS_sublink_to_join.
func (l *level) pullExists(s *nodes.SubLink, kind nodes.JoinType) bool {
	q := l.b.simplifyExists(s.Query)
	if !simple(q) || q.Where == nil || len(q.From) == 0 || l.b.volatile(q.Where) {
		return false
	}
	bare := *q
	bare.Where = nil
	where := nodes.Query{Where: q.Where}
	if n := outerVars(&where); outerVars(&bare) > 0 || n == 0 || n >= 1<<20 {
		return false
	}
	up := lift(q, len(l.q.RangeTable))
	l.q.RangeTable = append(l.q.RangeTable, up.RangeTable...)
	l.semis = append(l.semis, &semi{kind: kind, items: up.From, conds: rawConjuncts(up.Where)})
	return true
}

// existsNothing gives the condition of EXISTS (SELECT … WHERE condition), without FROM;
// nil: it is nothing like that.
func (b *builder) existsNothing(s *nodes.SubLink) nodes.Expr {
	if s.Kind != nodes.ExistsSubLink {
		return nil
	}
	q := b.simplifyExists(s.Query)
	if !simple(q) || q.Where == nil || len(q.From) > 0 || b.volatile(q.Where) {
		return nil
	}
	if c, ok := outward(q.Where); ok {
		return c
	}
	return nil
}

// pullAny is convert_ANY_sublink_to_join.
func (l *level) pullAny(s *nodes.SubLink) bool {
	if outerVars(s.Query) > 0 || s.Query.Command != nodes.CmdSelect || l.b.volatile(s.Test) || hasSubLink(s.Test) {
		return false
	}
	own := false
	nodes.Walk(s.Test, func(n nodes.Expr) bool {
		if v, ok := n.(*nodes.Var); ok && v.LevelsUp == 0 {
			own = true
		}
		return true
	})
	if !own {
		return false
	}
	r := &nodes.RTE{Kind: nodes.RTESubquery, Alias: "ANY_subquery", Query: s.Query}
	for _, t := range s.Query.TargetList {
		if !t.Resjunk {
			i := nodes.TypeOf(t.Expr)
			r.Columns = append(r.Columns, nodes.ColumnDef{Name: t.Name, Type: i.Type, Typmod: i.Typmod, Collation: i.Collation})
		}
	}
	l.q.RangeTable = append(l.q.RangeTable, r)
	id := len(l.q.RangeTable)
	test := nodes.Rewrite(s.Test, func(n nodes.Expr) (nodes.Expr, bool) {
		if p, ok := n.(*nodes.SubLinkParam); ok {
			return &nodes.Var{RTE: id, Attno: p.Column, Type: p.Type, Typmod: p.Typmod, Collation: p.Collation, Location: -1}, true
		}
		return nil, false
	})
	l.semis = append(l.semis, &semi{kind: nodes.SemiJoin, items: []nodes.JoinNode{&nodes.RangeRef{RTE: id}}, conds: rawConjuncts(test)})
	return true
}
