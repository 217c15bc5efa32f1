package plan

import (
	"slices"

	"github.com/jackc/pgerrcode"

	"github.com/flowgres/flowgres/planner/nodes"
	"github.com/flowgres/flowgres/planner/pgerr"
)

// checkFullJoins refuses a query with a full join that PostgreSQL has no plan for: it hashes by
// an equality of both sides, or merges where all conditions but constants are such
// equalities (hash_inner_and_outer, select_mergejoin_clauses).
func (l *level) checkFullJoins() error {
	fulls := l.b.fullJoins(l.written, l.written.From, false)
	if len(fulls) == 0 || l.b.judged[fulls[0]] {
		return nil
	}
	if l.b.judged == nil {
		l.b.judged = map[*nodes.Join]bool{}
	}
	for _, j := range fulls {
		l.b.judged[j] = true // also where a subquery that PostgreSQL pulls up is planned by itself
	}
	t, root := l.b.newJointree(l.written, l.b.belowGroups(l.written))
	_, err := t.plannable(root, true, false, slices.ContainsFunc(t.topQuals(root), never))
	return err
}

// belowGroups gives the conditions of HAVING that are such of WHERE as well (subquery_planner).
func (b *builder) belowGroups(q *nodes.Query) []nodes.Expr {
	if q.Having == nil || q.GroupingSets != nil {
		return nil
	}
	failed := b.foldErr
	conds := b.plainConjuncts(q.Having)
	b.foldErr = failed
	if i := slices.IndexFunc(conds, never); i >= 0 {
		conds = conds[i : i+1]
	}
	return slices.DeleteFunc(conds, func(c nodes.Expr) bool {
		return hasAggregate(c) || b.volatile(c) || len(q.Group) == 0 && hasSubLink(c)
	})
}

// fullJoins lists the full joins of a FROM list and of the subqueries in it that are pulled up.
func (b *builder) fullJoins(q *nodes.Query, items []nodes.JoinNode, outer bool) []*nodes.Join {
	var out []*nodes.Join
	t := &jointree{b: b}
	for _, it := range items {
		switch it := it.(type) {
		case *nodes.Join:
			if it.Type == nodes.FullJoin {
				out = append(out, it)
			}
			out = append(out, b.fullJoins(q, []nodes.JoinNode{it.Left, it.Right}, outer || it.Type != nodes.InnerJoin)...)
		case *nodes.RangeRef:
			if in := t.pullable(q, q.RangeTable[it.RTE-1], outer); in != nil {
				out = append(out, b.fullJoins(in, in.From, outer)...)
			}
		}
	}
	return out
}

// topQuals gives the conditions that no outer join is above.
func (t *jointree) topQuals(n *joinItem) []nodes.Expr {
	out := slices.Clone(n.quals)
	kids := n.kids
	if n.kind == joinPair && n.typ != nodes.InnerJoin && n.typ != nodes.SemiJoin {
		out = nil
		if kids = kids[:1]; n.typ == nodes.FullJoin {
			kids = nil
		}
	}
	for _, k := range kids {
		out = append(out, t.topQuals(k)...)
	}
	return out
}

// plannable refuses the full joins of a jointree that have no plan, and tells whether nothing can
// come of the item, so that it needs none (make_join_rel). top: no outer join is above. A condition
// that never holds counts for the whole query if it is on top (last is true: of nothing but this item), else
// where it is said, which below tells of for the item alone.
func (t *jointree) plannable(n *joinItem, top, below, last bool) (nothing bool, err error) {
	switch n.kind {
	case joinLeaf:
		return t.b.nothingOf(t.q.RangeTable[n.rte-1]), nil
	case joinEmpty:
		return false, nil
	}
	said := !top && slices.ContainsFunc(n.quals, never)
	full := n.kind == joinPair && n.typ == nodes.FullJoin
	alone := n.kind == joinFrom && len(n.kids) == 1
	var none [2]bool
	for i, k := range n.kids {
		high := top && !full && !(i == 1 && n.kind == joinPair && (n.typ == nodes.LeftJoin || n.typ == nodes.AntiJoin))
		empty, err := t.plannable(k, high, alone && said, alone && last)
		if err != nil {
			return false, err
		}
		none[min(i, 1)] = none[min(i, 1)] || empty
	}
	switch {
	case n.kind == joinFrom || n.typ == nodes.InnerJoin || n.typ == nodes.SemiJoin:
		return none[0] || none[1] || said || last && n.kind == joinFrom, nil
	case full && !(none[0] && none[1] || below || last):
		return false, t.checkFull(n)
	case full:
		return true, nil
	}
	return none[0] || below || last, nil
}

// nothingOf tells whether nothing can come of an entry that stays by itself (IS_DUMMY_REL of what its query makes).
func (b *builder) nothingOf(r *nodes.RTE) bool {
	q := r.Query
	if r.Kind != nodes.RTESubquery || q == nil || q.Command != nodes.CmdSelect || q.HasAggs || q.HasWindowFuncs || len(q.Group) > 0 || q.GroupingSets != nil ||
		q.Having != nil || len(q.Distinct) > 0 || len(q.Sort) > 0 || q.LimitCount != nil || q.LimitOffset != nil || len(q.Locked) > 0 {
		return false
	}
	if q.SetOp != nil {
		return b.nothingOfSet(q, q.SetOp)
	}
	t, root := b.newJointree(q, nil)
	nothing, err := t.plannable(root, true, false, slices.ContainsFunc(t.topQuals(root), never))
	return err == nil && nothing
}

func (b *builder) nothingOfSet(q *nodes.Query, n nodes.SetNode) bool {
	switch n := n.(type) {
	case *nodes.SetLeaf:
		return b.nothingOf(q.RangeTable[n.RTE-1])
	case *nodes.SetOperation:
		return n.Op == nodes.Union && n.All && b.nothingOfSet(q, n.Left) && b.nothingOfSet(q, n.Right)
	}
	return false
}

// checkFull refuses a full join by its conditions.
func (t *jointree) checkFull(n *joinItem) error {
	left, right := n.kids[0].rels(), n.kids[1].rels()
	merges := true
	for _, c := range n.quals {
		if never(c) { // which makes a constant of all
			return nil
		}
		merge, hash := t.joinsSides(c, left, right)
		if hash {
			return nil
		}
		merges = merges && (merge || constant(c))
	}
	if merges {
		return nil
	}
	return pgerr.New(pgerrcode.FeatureNotSupported, "FULL JOIN is only supported with merge-joinable or hash-joinable join conditions")
}

// plainConjuncts splits a condition as PostgreSQL does (canonicalize_qual): conjuncts makes equalities
// of more, of tests IS TRUE, of NOT DISTINCT and of CASE.
func (b *builder) plainConjuncts(e nodes.Expr) []nodes.Expr {
	switch x := b.foldWritten(e).(type) {
	case *nodes.BoolExpr:
		switch x.Op {
		case nodes.And:
			var out []nodes.Expr
			for _, a := range x.Args {
				out = append(out, b.plainConjuncts(a)...)
			}
			return out
		case nodes.Or:
			return b.plainOr(x)
		}
		return []nodes.Expr{x}
	case *nodes.OpExpr:
		if slices.ContainsFunc(x.Args, func(a nodes.Expr) bool { _, ok := a.(*nodes.Const); return ok }) {
			return b.conjuncts(x)
		}
		return []nodes.Expr{x}
	default:
		return []nodes.Expr{x}
	}
}

// plainOr splits what all arms of an OR say off from it; arms that never hold do not count.
func (b *builder) plainOr(x *nodes.BoolExpr) []nodes.Expr {
	or := &nodes.BoolExpr{Op: nodes.Or, Location: x.Location}
	for _, a := range x.Args {
		conds := b.plainConjuncts(a)
		if len(conds) == 0 || all(conds, isTrue) {
			return nil
		}
		if !slices.ContainsFunc(conds, never) {
			or.Args = append(or.Args, andOf(conds))
		}
	}
	switch len(or.Args) {
	case 0:
		return []nodes.Expr{boolConst(false)}
	case 1:
		return rawConjuncts(or.Args[0])
	}
	return rawConjuncts(b.factor(or))
}

// never tells of a condition that no row passes.
func never(c nodes.Expr) bool {
	k, ok := c.(*nodes.Const)
	return ok && (k.Value == nil || k.Value == false)
}

// joinsSides tells whether a condition is an equality of one side with the other
// by which rows can be merged or hashed (check_mergejoinable, check_hashjoinable).
func (t *jointree) joinsSides(c nodes.Expr, left, right relids) (merge, hash bool) {
	b := t.b
	op, ok := c.(*nodes.OpExpr)
	if !ok || len(op.Args) != 2 || b.volatile(c) {
		return false, false
	}
	x, y := t.relids(op.Args[0]), t.relids(op.Args[1])
	if len(x) == 0 || len(y) == 0 || !(left.has(x) && right.has(y) || left.has(y) && right.has(x)) {
		return false, false
	}
	oper := b.opt.Catalog.OperatorByOID(op.Op)
	if oper == nil {
		return false, false
	}
	merge, hash = oper.CanMerge, oper.CanHash
	if polymorphic(oper.Left) {
		lt, _, _, hashable := b.opt.Catalog.SortOperators(nodes.TypeOf(op.Args[0]).Type)
		merge, hash = merge && lt != 0, hash && hashable
	}
	return merge, hash
}
