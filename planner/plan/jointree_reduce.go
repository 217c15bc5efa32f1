package plan

import (
	"slices"

	"github.com/flowgres/flowgres/planner/nodes"
)

// prepare folds the conditions of an item and below; one that never holds makes nothing of
// those beside it (canonicalize_qual).
func (t *jointree) prepare(n *joinItem) {
	failed := t.b.foldErr
	var quals []nodes.Expr
	for _, c := range n.quals {
		quals = append(quals, t.b.plainConjuncts(t.resolve(c))...)
	}
	t.b.foldErr = failed // what fails is said where the level's own conditions are folded
	if i := slices.IndexFunc(quals, never); i >= 0 {
		quals = quals[i : i+1]
	}
	n.quals = slices.DeleteFunc(quals, isTrue)
	for _, k := range n.kids {
		t.prepare(k)
	}
}

// reduce makes inner joins, or left ones, of the outer joins below n whose padded rows a condition
// throws away; strict are the entries of which conditions above take no row of NULLs (reduce_outer_joins_pass2).
func (t *jointree) reduce(n *joinItem, strict relids) {
	switch {
	case n.kind == joinFrom:
		strict = union(strict, t.nonnullable(n.quals))
		for _, k := range n.kids {
			t.reduce(k, strict)
		}
	case n.kind == joinPair:
		left, right := strict.overlaps(n.kids[0].rels()), strict.overlaps(n.kids[1].rels())
		switch n.typ {
		case nodes.FullJoin:
			switch {
			case left && right:
				n.typ = nodes.InnerJoin
			case left:
				n.typ = nodes.LeftJoin
			case right:
				n.typ = nodes.RightJoin
			}
		case nodes.LeftJoin:
			if right {
				n.typ = nodes.InnerJoin
			}
		case nodes.RightJoin:
			if left {
				n.typ = nodes.InnerJoin
			}
		}
		if n.typ == nodes.RightJoin {
			n.typ = nodes.LeftJoin
			slices.Reverse(n.kids)
		}
		outer, inner := strict, t.nonnullable(n.quals)
		switch n.typ {
		case nodes.InnerJoin, nodes.SemiJoin:
			inner.add(strict)
			outer = inner
		case nodes.FullJoin:
			outer, inner = relids{}, relids{}
		}
		t.reduce(n.kids[0], outer)
		t.reduce(n.kids[1], inner)
	}
}

// prune takes entries of one row without columns out of joins, and hands conditions of lists of one
// item to what is above, in up, if there is something that takes them (remove_useless_results_recurse).
func (t *jointree) prune(n, root *joinItem, up *[]nodes.Expr) *joinItem {
	switch n.kind {
	case joinFrom:
		for i := range n.kids {
			n.kids[i] = t.prune(n.kids[i], root, &n.quals)
		}
		for i := 0; i < len(n.kids) && len(n.kids) > 1; {
			if k := n.kids[i]; k.kind == joinEmpty {
				n.kids = slices.Delete(n.kids, i, i+1)
				t.gone[k.rte] = n.rels()
			} else {
				i++
			}
		}
		if n != root && len(n.kids) == 1 && (len(n.quals) == 0 || up != nil) {
			return handUp(n.kids[0], n.quals, up)
		}
	case joinPair:
		t.prunePair(n, root, up)
		left, right := n.kids[0], n.kids[1]
		switch {
		case n.typ == nodes.InnerJoin && left.kind == joinEmpty:
			t.gone[left.rte] = right.rels()
			return handUp(right, n.quals, up)
		case (n.typ == nodes.InnerJoin || n.typ == nodes.SemiJoin) && right.kind == joinEmpty:
			t.gone[right.rte] = left.rels()
			return handUp(left, n.quals, up)
		case n.typ == nodes.LeftJoin && right.kind == joinEmpty && (len(n.quals) == 0 || !t.held(right.rte)):
			t.gone[right.rte] = left.rels()
			return left
		}
	}
	return n
}

// prunePair prunes both sides of a join.
func (t *jointree) prunePair(n, root *joinItem, up *[]nodes.Expr) {
	left, right := &n.quals, &n.quals
	switch n.typ {
	case nodes.LeftJoin:
		left = up
	case nodes.InnerJoin:
	default:
		left, right = nil, nil
	}
	n.kids[0] = t.prune(n.kids[0], root, left)
	n.kids[1] = t.prune(n.kids[1], root, right)
}

// handUp leaves an item alone, whose conditions go up, or stay with it if nothing takes them.
func handUp(n *joinItem, quals []nodes.Expr, up *[]nodes.Expr) *joinItem {
	switch {
	case len(quals) == 0:
		return n
	case up != nil:
		*up = append(slices.Clone(quals), *up...)
		return n
	}
	return &joinItem{kind: joinFrom, kids: []*joinItem{n}, quals: quals}
}

// held tells whether a placeholder must be worked out at an entry (find_dependent_phvs).
func (t *jointree) held(id int) bool {
	return slices.ContainsFunc(t.holders, func(h placeholder) bool { return len(h.rels) == 1 && h.rels[id] })
}
