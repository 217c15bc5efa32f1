package plan

import (
	"github.com/flowgres/flowgres/planner/nodes"
)

// relids is a set of range table entries.
type relids map[int]bool

func (r relids) has(other relids) bool {
	for i := range other {
		if !r[i] {
			return false
		}
	}
	return true
}

func (r relids) overlaps(other relids) bool {
	for i := range other {
		if r[i] {
			return true
		}
	}
	return false
}

func (r relids) add(other relids) {
	for i := range other {
		r[i] = true
	}
}

// within tells whether each is in a or in b.
func (r relids) within(a, b relids) bool {
	for i := range r {
		if !a[i] && !b[i] {
			return false
		}
	}
	return true
}

func union(a, b relids) relids {
	out := relids{}
	out.add(a)
	out.add(b)
	return out
}

// relidsOf gives the range table entries of this level that an expression
// names.
func relidsOf(e nodes.Expr) relids {
	out := relids{}
	nodes.Walk(e, func(n nodes.Expr) bool {
		if v, ok := n.(*nodes.Var); ok && v.LevelsUp == 0 {
			out[v.RTE] = true
		}
		return true
	})
	return out
}

// joinRelids gives the base entries below a FROM item.
func joinRelids(it nodes.JoinNode) relids {
	out := relids{}
	out.below(it)
	return out
}

// below adds the base entries below a FROM item.
func (r relids) below(it nodes.JoinNode) {
	switch it := it.(type) {
	case *nodes.RangeRef:
		r[it.RTE] = true
	case *nodes.Join:
		r.below(it.Left)
		r.below(it.Right)
	}
}
