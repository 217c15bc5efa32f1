package plan

import (
	"github.com/flowgres/flowgres/planner/nodes"
	"github.com/flowgres/flowgres/planner/pgerr"
)

// planSetOp plans a tree of set operations. The stage's row is its columns, by
// which every leaf's range table entry can be named, since the query's target list names the
// first's.
func (l *level) planSetOp(n nodes.SetNode) (*stage, error) {
	node, width, err := l.planSetNode(n)
	if err != nil {
		return nil, err
	}
	s := &stage{node: node, cols: map[varKey]int{}}
	var name func(n nodes.SetNode)
	name = func(n nodes.SetNode) {
		switch n := n.(type) {
		case *nodes.SetOperation:
			name(n.Left)
			name(n.Right)
		case *nodes.SetLeaf:
			for i := range width {
				s.cols[varKey{n.RTE, i + 1}] = i
			}
		}
	}
	name(n)
	return s, nil
}

func (l *level) planSetNode(n nodes.SetNode) (Node, int, error) {
	switch n := n.(type) {
	case *nodes.SetLeaf:
		r := l.rte(n.RTE)
		child := &level{b: l.b, q: r.Query, parent: l, kind: fromLevel, recursive: l.recursive}
		node, err := child.planQuery()
		if err != nil {
			return nil, 0, err
		}
		if len(child.outer) > 0 {
			return nil, 0, pgerr.Internal("a branch of a set operation is lateral")
		}
		return node, len(r.Columns), nil
	case *nodes.SetOperation:
		node, err := l.planSetOperation(n)
		return node, len(n.Columns), err
	}
	return nil, 0, pgerr.Internal("unexpected set operation node %T", n)
}

func (l *level) planSetOperation(n *nodes.SetOperation) (Node, error) {
	if err := checkSetOperation(n); err != nil {
		return nil, err
	}
	keys := make([]*KeyColumn, 0, len(n.Columns))
	for i, g := range n.Group {
		c := n.Columns[i]
		keys = append(keys, &KeyColumn{Slot: i, Type: c.Type, Collation: c.Collation, Eq: g.Eq})
	}
	if n.Op == nodes.Union {
		a := &Append{}
		if err := l.branches(n, n, &a.Inputs); err != nil {
			return nil, err
		}
		node := l.b.node(a, len(n.Columns))
		for _, in := range a.Inputs {
			a.Rows += in.Common().Rows
			a.Calls += in.Common().Calls
		}
		if n.All {
			return node, nil
		}
		s := &stage{node: node}
		if !hashable(n.Group) {
			l.sortedDistinct(s, n.Group, keys)
		} else {
			l.distinct(s, keys)
		}
		return s.node, nil
	}
	left, err := l.coerced(n.Left, n.LeftCoerce)
	if err != nil {
		return nil, err
	}
	right, err := l.coerced(n.Right, n.RightCoerce)
	if err != nil {
		return nil, err
	}
	if n.Op == nodes.Intersect && (empty(left) || empty(right)) {
		none := l.b.node(&Result{}, len(n.Columns))
		none.Common().OneTime = boolConst(false)
		return none, nil
	}
	op := &SetOp{Op: n.Op, All: n.All, Left: left, Right: right, Keys: keys}
	node := l.b.node(op, len(n.Columns))
	op.Rows, op.Calls = left.Common().Rows, left.Common().Calls+right.Common().Calls
	return node, nil
}

// sortedDistinct drops duplicate rows by sorting, for keys that cannot be hashed.
func (l *level) sortedDistinct(s *stage, clauses []*nodes.SortGroupClause, keys []*KeyColumn) {
	order := make([]*SortKey, len(keys))
	for i, k := range keys {
		c := clauses[i]
		order[i] = &SortKey{Slot: k.Slot, Type: k.Type, Collation: k.Collation, Op: c.Sort, Desc: c.Desc, NullsFirst: c.NullsFirst}
	}
	l.sort(s, order, nil)
	l.wrap(s, &Unique{Input: s.node, Keys: keys}, 0.5)
}

// branches gathers the inputs of a chain of UNIONs that can be one Append.
func (l *level) branches(top, n *nodes.SetOperation, inputs *[]Node) error {
	side := func(in nodes.SetNode, coerce []nodes.Expr) error {
		// A UNION below a UNION loses its own duplicates in the upper one; a UNION
		// ALL below UNION ALL has none to lose.
		if u, ok := in.(*nodes.SetOperation); ok && u.Op == nodes.Union && coerce == nil && (u.All || !top.All) {
			return l.branches(top, u, inputs)
		}
		node, err := l.coerced(in, coerce)
		if err == nil {
			*inputs = append(*inputs, node)
		}
		return err
	}
	if err := side(n.Left, n.LeftCoerce); err != nil {
		return err
	}
	return side(n.Right, n.RightCoerce)
}

// coerced plans an input of a set operation and brings its columns to the
// output types.
func (l *level) coerced(n nodes.SetNode, coerce []nodes.Expr) (Node, error) {
	node, width, err := l.planSetNode(n)
	if err != nil || coerce == nil {
		return node, err
	}
	rows, calls := node.Common().Rows, node.Common().Calls
	r := l.b.node(&Result{Input: node}, width)
	b := r.Common()
	b.Targets, b.Rows, b.Calls = coerce, rows, calls
	return r, nil
}
