package plan

import (
	"github.com/flowgres/flowgres/planner/nodes"
)

// planSubLink plans a subquery of an expression (make_subplan).
func (l *level) planSubLink(s *nodes.SubLink) (nodes.Expr, error) {
	// What is said again of a group key must be known to be the key.
	again := len(l.q.Group) > 0 && !l.b.volatile(s)
	if again {
		for _, p := range l.links {
			if nodes.Equal(p.link, s) {
				return p.expr, nil
			}
		}
	}
	if fixed, err := l.inFixed(s); err != nil {
		return nil, err
	} else if fixed != nil {
		s = fixed
	}
	child := &level{b: l.b, q: s.Query, parent: l, kind: linkLevel, recursive: l.recursive}
	if s.Kind == nodes.ExistsSubLink {
		child.q, child.exists = l.b.simplifyExists(s.Query), true
	}
	node, err := child.planQuery()
	if err != nil {
		return nil, err
	}
	sub := &SubPlan{Plan: node}
	link := *s
	link.Query = nil
	e := &SubPlanExpr{Link: &link, ID: len(l.b.plan.SubPlans)}
	for _, o := range child.outer {
		sub.Params = append(sub.Params, o.param)
		e.Args = append(e.Args, o.value)
	}
	l.b.plan.SubPlans = append(l.b.plan.SubPlans, sub)
	if s.Test != nil {
		if link.Test, err = l.prep(s.Test); err != nil {
			return nil, err
		}
	}
	if s.Kind == nodes.AnySubLink && len(e.Args) == 0 {
		l.hashable(e)
	}
	if again {
		l.links = append(l.links, plannedLink{s, e})
	}
	return e, nil
}

// plannedLink is a subquery of a level and what was made of it.
type plannedLink struct {
	link *nodes.SubLink
	expr *SubPlanExpr
}

// hashable finds out whether an ANY test is a conjunction of hashable
// equalities with the subquery's columns, in their order.
func (l *level) hashable(e *SubPlanExpr) {
	tests := []nodes.Expr{e.Link.Test}
	if and, ok := e.Link.Test.(*nodes.BoolExpr); ok {
		if and.Op != nodes.And {
			return
		}
		tests = and.Args
	}
	var left []nodes.Expr
	var keys []*KeyColumn
	for i, t := range tests {
		op, ok := t.(*nodes.OpExpr)
		if !ok || len(op.Args) != 2 {
			return
		}
		p, ok := op.Args[1].(*nodes.SubLinkParam)
		if !ok || p.Column != i+1 || holdsSubLinkParam(op.Args[0]) {
			return
		}
		o := l.b.opt.Catalog.OperatorByOID(op.Op)
		lt := nodes.TypeOf(op.Args[0]).Type
		if o == nil || !o.CanHash || o.Left != o.Right || l.b.baseType(lt) != l.b.baseType(p.Type) {
			return
		}
		left = append(left, op.Args[0])
		keys = append(keys, &KeyColumn{Slot: i, Type: p.Type, Collation: op.InputCollation, Eq: op.Op})
	}
	e.HashLeft, e.HashKeys = left, keys
}

func holdsSubLinkParam(e nodes.Expr) bool {
	found := false
	nodes.Walk(e, func(n nodes.Expr) bool {
		if _, ok := n.(*nodes.SubLinkParam); ok {
			found = true
		}
		return !found
	})
	return found
}

// simplifyExists drops what cannot change whether a subquery has a row: its
// select list, order and DISTINCT (simplify_EXISTS_query).
func (b *builder) simplifyExists(q *nodes.Query) *nodes.Query {
	if b.opt.PushDown != PushDownOff && oneRowAlways(q) && !b.volatileQuery(q) {
		return &nodes.Query{Command: nodes.CmdSelect}
	}
	if q.Command != nodes.CmdSelect || q.SetOp != nil || q.HasAggs || q.GroupingSets != nil || q.HasWindowFuncs ||
		q.HasTargetSRFs || q.HasModifyingCTE || q.Having != nil || q.LimitOffset != nil || len(q.Group) > 0 {
		return q
	}
	if q.LimitCount != nil {
		k, ok := b.fold(q.LimitCount, false).(*nodes.Const)
		if !ok || k.Value != nil && k.Value.(int64) <= 0 {
			return q
		}
	}
	c := *q
	c.TargetList, c.Distinct, c.Sort, c.Windows = nil, nil, nil, nil
	c.HasDistinctOn, c.LimitCount, c.WithTies = false, nil, false
	return &c
}

// oneRowAlways tells of aggregation without groups, which puts out one row whatever
// the remote table that it would read has.
func oneRowAlways(q *nodes.Query) bool {
	return q.Command == nodes.CmdSelect && q.HasAggs && q.SetOp == nil && len(q.Group) == 0 && q.GroupingSets == nil && q.Having == nil &&
		!q.HasTargetSRFs && !q.HasModifyingCTE && q.LimitCount == nil && q.LimitOffset == nil && !local(&nodes.RTE{Kind: nodes.RTESubquery, Query: q})
}

// volatileQuery tells whether a query calls a volatile function anywhere.
func (b *builder) volatileQuery(q *nodes.Query) bool {
	found := false
	nodes.WalkQuery(q, func(e nodes.Expr, _ int) bool {
		found = found || b.callsVolatile(e)
		return !found
	})
	return found
}

// baseType looks through domains.
func (b *builder) baseType(t nodes.OID) nodes.OID { return b.opt.Catalog.BaseType(t) }
