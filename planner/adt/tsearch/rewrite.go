package tsearch

import (
	"cmp"
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
func (r *rewriter) newTree(n *adt.TSNode) *tree {
	t := r.unsorted(n)
	r.normalize(t)
	return t
}

// unsorted keeps the binary shape of a query.
func (r *rewriter) unsorted(n *adt.TSNode) *tree {
	t := &tree{node: n}
	if r.made(); n.Op != 0 && r.err == nil {
		t.children = []*tree{r.unsorted(n.Right)}
		if n.Op != adt.TSNot {
			t.children = append(t.children, r.unsorted(n.Left))
		}
	}
	return t
}

// normalize flattens and sorts a tree, and lets what is fresh be looked into.
func (r *rewriter) normalize(t *tree) {
	t.fresh = false
	r.flatten(t)
	r.sort(t)
}

func (r *rewriter) flatten(t *tree) {
	var out []*tree
	var gather func(of *tree)
	gather = func(of *tree) {
		for _, c := range of.children {
			if r.step(); r.err != nil {
				return
			}
			c.fresh = false
			if (t.node.Op == adt.TSAnd || t.node.Op == adt.TSOr) && c.node.Op == t.node.Op {
				gather(c)
				continue
			}
			r.flatten(c)
			out = append(out, c)
		}
	}
	gather(t)
	t.children = out
}

func (r *rewriter) sort(t *tree) {
	for _, c := range t.children {
		if r.step(); r.err != nil {
			return
		}
		r.sort(c)
	}
	if len(t.children) > 1 && t.node.Op != adt.TSPhrase {
		slices.SortStableFunc(t.children, func(a, b *tree) int {
			if r.step(); r.err != nil {
				return 0
			}
			return compareTrees(a, b)
		})
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
func (r *rewriter) substitute(t, what, by *tree) *tree {
	t = r.replace(t, what, by)
	if t == nil || t.fresh || t.node.Op == 0 || r.err != nil {
		return t
	}
	var left []*tree
	for _, c := range t.children {
		if c = r.substitute(c, what, by); c != nil {
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
func (r *rewriter) replace(t, what, by *tree) *tree {
	if r.step(); t.fresh || t.node.Op != what.node.Op {
		return t
	}
	if len(t.children) == len(what.children) {
		if compareTrees(t, what) != 0 {
			return t
		}
		return r.copy(by)
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
		t.children = append(t.children, r.copy(by))
	}
	r.sort(t)
	return t
}

// copy gives a fresh copy.
func (r *rewriter) copy(t *tree) *tree {
	if t == nil {
		return nil
	}
	out := &tree{node: t.node, fresh: true}
	r.made()
	for _, c := range t.children {
		if r.err != nil {
			break
		}
		d := r.copy(c)
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

// rewriter makes substitutions in a query, one after another, as long as the
// statement goes on and may hold the result.
type rewriter struct {
	t            *tree
	env          *adt.Env
	steps, nodes int
	err          error
}

// treeSize is about what a node of a tree and of the query that is made of it take.
const treeSize = 160

func newRewriter(env *adt.Env, q *adt.TSQuery) *rewriter {
	r := &rewriter{env: env}
	r.t = r.newTree(q.Root)
	return r
}

// step looks now and then whether the statement has ended.
func (r *rewriter) step() {
	if r.steps++; r.steps&0xfff == 0 && r.err == nil {
		r.err = r.env.Interrupted()
	}
}

// made counts a node.
func (r *rewriter) made() {
	r.step()
	if r.nodes++; r.nodes&0xfff == 0 {
		r.err = cmp.Or(r.err, r.env.Room(int64(r.nodes)*treeSize))
	}
}

func (t *tree) count() int {
	n := 1
	for _, c := range t.children {
		n += c.count()
	}
	return n
}

// apply makes one substitution; done tells that nothing is left, or that it ends.
func (r *rewriter) apply(what, by *adt.TSQuery) (done bool) {
	if r.t == nil || what.Root == nil || r.err != nil {
		return r.t == nil || r.err != nil
	}
	r.nodes = r.t.count()
	var subst *tree
	if by.Root != nil {
		subst = r.unsorted(by.Root)
	}
	r.t = r.substitute(r.t, r.newTree(what.Root), subst)
	return r.t == nil || r.err != nil
}

// query gives the result.
func (r *rewriter) query() (*adt.TSQuery, error) {
	if r.t == nil || r.err != nil {
		return &adt.TSQuery{}, r.err
	}
	return &adt.TSQuery{Root: r.t.query()}, nil
}

// rewrite is ts_rewrite of a query and one substitution.
func rewrite(c *adt.Call, q, what, by *adt.TSQuery) (*adt.TSQuery, error) {
	if q.Root == nil || what.Root == nil {
		return q, nil
	}
	r := newRewriter(c.Env, q)
	r.apply(what, by)
	return r.query()
}
