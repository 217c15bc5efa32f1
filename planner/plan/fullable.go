package plan

import (
	"slices"

	"github.com/jackc/pgerrcode"

	"github.com/flowgres/flowgres/planner/nodes"
	"github.com/flowgres/flowgres/planner/pgerr"
)

// checkFullJoin refuses a full join that PostgreSQL has no plan for: it hashes by
// an equality of both sides, or merges where all conditions but constants are such
// equalities (hash_inner_and_outer, select_mergejoin_clauses).
func (l *level) checkFullJoin(j *nodes.Join) error {
	if j.On == nil {
		return nil
	}
	left, right := joinRelids(j.Left), joinRelids(j.Right)
	merges := true
	conds := l.b.plainConjuncts(j.On)
	if slices.ContainsFunc(conds, never) { // which makes a constant of all
		return nil
	}
	for _, c := range conds {
		if _, ok := c.(*nodes.Const); ok {
			continue
		}
		merge, hash := l.b.joinsSides(c, left, right)
		if hash {
			return nil
		}
		merges = merges && merge
	}
	if merges {
		return nil
	}
	return pgerr.New(pgerrcode.FeatureNotSupported, "FULL JOIN is only supported with merge-joinable or hash-joinable join conditions")
}

// refusedFull tells whether a FROM item holds a full join that is refused.
func (l *level) refusedFull(item nodes.JoinNode) bool {
	j, ok := item.(*nodes.Join)
	return ok && (j.Type == nodes.FullJoin && l.checkFullJoin(j) != nil || l.refusedFull(j.Left) || l.refusedFull(j.Right))
}

// plainConjuncts splits a condition as PostgreSQL does: conjuncts makes equalities
// of more, of tests IS TRUE and of CASE.
func (b *builder) plainConjuncts(e nodes.Expr) []nodes.Expr {
	switch x := b.fold(e, false).(type) {
	case *nodes.BoolExpr:
		if x.Op != nodes.And {
			return b.conjuncts(x)
		}
		var out []nodes.Expr
		for _, a := range x.Args {
			out = append(out, b.plainConjuncts(a)...)
		}
		return out
	case *nodes.OpExpr:
		if slices.ContainsFunc(x.Args, func(a nodes.Expr) bool { _, ok := a.(*nodes.Const); return ok }) {
			return b.conjuncts(x)
		}
		return []nodes.Expr{x}
	default:
		return []nodes.Expr{x}
	}
}

// never tells of a condition that no row passes.
func never(c nodes.Expr) bool {
	k, ok := c.(*nodes.Const)
	return ok && (k.Value == nil || k.Value == false)
}

// joinsSides tells whether a condition is an equality of one side with the other
// by which rows can be merged or hashed (check_mergejoinable, check_hashjoinable).
func (b *builder) joinsSides(c nodes.Expr, left, right relids) (merge, hash bool) {
	op, ok := c.(*nodes.OpExpr)
	if !ok || len(op.Args) != 2 || b.volatile(c) {
		return false, false
	}
	x, y := relidsOf(op.Args[0]), relidsOf(op.Args[1])
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
