package tsearch

import (
	"slices"

	"github.com/flowgres/flowgres/planner/adt"
)

// tree is a tsquery in which AND and OR have any number of children, in order
// (QTNode).
type tree struct {
	node     *adt.TSNode
	children []*tree
	fresh    bool // was put in by a substitution: not looked into
}

// newTree makes a flat and sorted tree of a query (QT2QTN, QTNTernary, QTNSort).
func newTree(n *adt.TSNode) *tree {
	t := unsorted(n)
	t.normalize()
	return t
}

// unsorted keeps the binary shape of a query.
func unsorted(n *adt.TSNode) *tree {
	t := &tree{node: n}
	if n.Op != 0 {
		t.children = []*tree{unsorted(n.Right)}
		if n.Op != adt.TSNot {
			t.children = append(t.children, unsorted(n.Left))
		}
	}
	return t
}

// normalize flattens and sorts a tree, and lets what is fresh be looked into.
func (t *tree) normalize() {
	t.fresh = false
	t.flatten()
	t.sort()
}

func (t *tree) flatten() {
	var out []*tree
	for _, c := range t.children {
		c.fresh = false
		c.flatten()
		if (t.node.Op == adt.TSAnd || t.node.Op == adt.TSOr) && c.node.Op == t.node.Op {
			out = append(out, c.children...)
		} else {
			out = append(out, c)
		}
	}
	t.children = out
}

func (t *tree) sort() {
	for _, c := range t.children {
		c.sort()
	}
	if len(t.children) > 1 && t.node.Op != adt.TSPhrase {
		slices.SortStableFunc(t.children, compareTrees)
	}
}

// compareTrees is QTNodeCompare.
func compareTrees(a, b *tree) int {
	if a.node.Op == 0 || b.node.Op == 0 || a.node.Op != b.node.Op {
		return adt.CompareTSNodes(a.node, b.node)
	}
	if len(a.children) != len(b.children) {
		if len(a.children) > len(b.children) {
			return -1
		}
		return 1
	}
	for i := range a.children {
		if c := compareTrees(a.children[i], b.children[i]); c != 0 {
			return c
		}
	}
	switch {
	case a.node.Distance > b.node.Distance:
		return -1
	case a.node.Distance < b.node.Distance:
		return 1
	}
	return 0
}

// substitute puts by, if not nil, in the place of what wherever that is found
// in the tree; nil: nothing is left (dofindsubquery).
func (t *tree) substitute(what, by *tree) *tree {
	t = t.replace(what, by)
	if t == nil || t.fresh || t.node.Op == 0 {
		return t
	}
	var left []*tree
	for _, c := range t.children {
		if c = c.substitute(what, by); c != nil {
			left = append(left, c)
		}
	}
	t.children = left
	switch {
	case len(left) == 0:
		return nil
	case len(left) == 1 && t.node.Op != adt.TSNot:
		return left[0]
	}
	return t
}

// replace does it at this node, where some of the children of AND and OR may
// be what is looked for (findeq).
func (t *tree) replace(what, by *tree) *tree {
	if t.fresh || t.node.Op != what.node.Op {
		return t
	}
	if len(t.children) == len(what.children) {
		if compareTrees(t, what) != 0 {
			return t
		}
		return by.copy()
	}
	if len(t.children) < len(what.children) || len(what.children) == 0 {
		return t
	}
	var rest []*tree
	i := 0
	for k, c := range t.children {
		if i < len(what.children) {
			switch d := compareTrees(c, what.children[i]); {
			case d == 0:
				i++
				continue
			case d > 0:
				return t
			}
		}
		rest = append(rest, t.children[k])
	}
	if i < len(what.children) {
		return t
	}
	t.children = rest
	if by != nil {
		t.children = append(t.children, by.copy())
	}
	t.sort()
	return t
}

// copy gives a fresh copy.
func (t *tree) copy() *tree {
	if t == nil {
		return nil
	}
	out := &tree{node: t.node, fresh: true}
	for _, c := range t.children {
		d := c.copy()
		d.fresh = false
		out.children = append(out.children, d)
	}
	return out
}

// query makes a tsquery of the tree (QTNBinary, QTN2QT).
func (t *tree) query() *adt.TSNode {
	if t.node.Op == 0 {
		return t.node
	}
	kids := make([]*adt.TSNode, len(t.children))
	for i, c := range t.children {
		kids[i] = c.query()
	}
	for len(kids) > 2 {
		kids[0] = &adt.TSNode{Op: t.node.Op, Right: kids[0], Left: kids[1]}
		kids[1] = kids[len(kids)-1]
		kids = kids[:len(kids)-1]
	}
	n := &adt.TSNode{Op: t.node.Op, Distance: t.node.Distance, Right: kids[0]}
	if len(kids) > 1 {
		n.Left = kids[1]
	}
	return n
}

// rewriter makes substitutions in a query, one after another.
type rewriter struct{ t *tree }

func newRewriter(q *adt.TSQuery) *rewriter { return &rewriter{newTree(q.Root)} }

// apply makes one substitution; done tells that nothing is left.
func (r *rewriter) apply(what, by *adt.TSQuery) (done bool) {
	if r.t == nil || what.Root == nil {
		return r.t == nil
	}
	var subst *tree
	if by.Root != nil {
		subst = unsorted(by.Root)
	}
	if r.t = r.t.substitute(newTree(what.Root), subst); r.t == nil {
		return true
	}
	return false
}

// query gives the result.
func (r *rewriter) query() *adt.TSQuery {
	if r.t == nil {
		return &adt.TSQuery{}
	}
	return &adt.TSQuery{Root: r.t.query()}
}

// rewrite is ts_rewrite of a query and one substitution.
func rewrite(q, what, by *adt.TSQuery) *adt.TSQuery {
	if q.Root == nil || what.Root == nil {
		return q
	}
	r := newRewriter(q)
	r.apply(what, by)
	return r.query()
}
