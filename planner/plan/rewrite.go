package plan

import (
	"github.com/flowgres/flowgres/planner/nodes"
)

// nearer is a Rewriter's Level: what is outside comes one level nearer.
func nearer(up, depth int) int {
	if up > depth {
		return up - 1
	}
	return up
}

// lift gives a subquery's body in the terms of the level above it: its range
// table entries move by offset, and what is outside of it is one level nearer.
func lift(q *nodes.Query, offset int) *nodes.Query {
	w := &nodes.Rewriter{Level: nearer}
	w.Expr = func(e nodes.Expr, depth int) (nodes.Expr, bool) {
		v, ok := e.(*nodes.Var)
		if !ok || v.LevelsUp != depth {
			return nil, false
		}
		c := *v
		c.RTE += offset
		return &c, true
	}
	c := w.Body(q, 0)
	c.From = make([]nodes.JoinNode, len(q.From))
	for i, j := range q.From {
		c.From[i] = moved(w, j, offset)
	}
	return c
}

// moved rewrites a FROM item whose entries move by offset.
func moved(w *nodes.Rewriter, j nodes.JoinNode, offset int) nodes.JoinNode {
	switch j := j.(type) {
	case *nodes.RangeRef:
		return &nodes.RangeRef{RTE: j.RTE + offset}
	case *nodes.Join:
		c := *j
		c.Left, c.Right, c.On, c.RTE = moved(w, j.Left, offset), moved(w, j.Right, offset), w.One(j.On, 0), j.RTE+offset
		return &c
	}
	return j
}
