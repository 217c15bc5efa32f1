package plan

import (
	"github.com/flowgres/flowgres/planner/nodes"
)

// rewriter rebuilds a query and all queries inside: expr gets each node with
// its depth below the query, as in nodes.Rewrite; level, when set, maps how many
// levels up a column, an aggregate, GROUPING or a WITH query is that expr leaves
// alone (IncrementVarSublevelsUp).
type rewriter struct {
	expr  func(e nodes.Expr, depth int) (nodes.Expr, bool)
	level func(up, depth int) int
}

// one rewrites an expression of the given depth and the queries inside.
func (w *rewriter) one(e nodes.Expr, depth int) nodes.Expr {
	if e == nil {
		return nil
	}
	var node func(n nodes.Expr) (nodes.Expr, bool)
	inside := func(n nodes.Expr) nodes.Expr { // rewritten below n
		return nodes.Rewrite(n, func(m nodes.Expr) (nodes.Expr, bool) {
			if m == n {
				return nil, false
			}
			return node(m)
		})
	}
	node = func(n nodes.Expr) (nodes.Expr, bool) {
		if w.expr != nil {
			if r, done := w.expr(n, depth); done {
				return r, true
			}
		}
		if s, ok := n.(*nodes.SubLink); ok && s.Query != nil {
			c := *s
			c.Test, c.Query = w.one(s.Test, depth), w.query(s.Query, depth+1)
			return &c, true
		}
		if w.level == nil {
			return nil, false
		}
		switch n := n.(type) {
		case *nodes.Var:
			c := *n
			c.LevelsUp = w.level(n.LevelsUp, depth)
			return &c, true
		case *nodes.Aggref:
			c := inside(n).(*nodes.Aggref)
			c.LevelsUp = w.level(n.LevelsUp, depth)
			return c, true
		case *nodes.GroupingFunc:
			c := inside(n).(*nodes.GroupingFunc)
			c.LevelsUp = w.level(n.LevelsUp, depth)
			return c, true
		}
		return nil, false
	}
	return nodes.Rewrite(e, node)
}

func (w *rewriter) targets(ts []*nodes.TargetEntry, depth int) []*nodes.TargetEntry {
	if ts == nil {
		return nil
	}
	out := make([]*nodes.TargetEntry, len(ts))
	for i, t := range ts {
		c := *t
		c.Expr = w.one(t.Expr, depth)
		out[i] = &c
	}
	return out
}

func (w *rewriter) join(j nodes.JoinNode, depth int) nodes.JoinNode {
	x, ok := j.(*nodes.Join)
	if !ok {
		return j
	}
	c := *x
	c.Left, c.Right, c.On = w.join(x.Left, depth), w.join(x.Right, depth), w.one(x.On, depth)
	return &c
}

func (w *rewriter) entry(r *nodes.RTE, depth int) *nodes.RTE {
	c := *r
	if r.Query != nil {
		c.Query = w.query(r.Query, depth+1)
	}
	c.Functions = nil
	for _, f := range r.Functions {
		fc := *f
		fc.Expr = w.one(f.Expr, depth)
		c.Functions = append(c.Functions, &fc)
	}
	c.Values = nil
	for _, row := range r.Values {
		var vals []nodes.Expr
		for _, e := range row {
			vals = append(vals, w.one(e, depth))
		}
		c.Values = append(c.Values, vals)
	}
	c.JoinVars = nil
	for _, e := range r.JoinVars {
		c.JoinVars = append(c.JoinVars, w.one(e, depth))
	}
	if w.level != nil && r.Kind == nodes.RTECTE {
		c.CTELevelsUp = w.level(r.CTELevelsUp, depth)
	}
	return &c
}

// body rewrites what a query has beside its WITH list.
func (w *rewriter) body(q *nodes.Query, depth int) *nodes.Query {
	c := *q
	c.RangeTable = make([]*nodes.RTE, len(q.RangeTable))
	for i, r := range q.RangeTable {
		c.RangeTable[i] = w.entry(r, depth)
	}
	c.From = make([]nodes.JoinNode, len(q.From))
	for i, j := range q.From {
		c.From[i] = w.join(j, depth)
	}
	c.Where, c.Having = w.one(q.Where, depth), w.one(q.Having, depth)
	c.LimitOffset, c.LimitCount = w.one(q.LimitOffset, depth), w.one(q.LimitCount, depth)
	c.TargetList, c.Returning = w.targets(q.TargetList, depth), w.targets(q.Returning, depth)
	if q.OnConflict != nil {
		oc := *q.OnConflict
		oc.Set, oc.Where = w.targets(oc.Set, depth), w.one(oc.Where, depth)
		c.OnConflict = &oc
	}
	c.MergeActions = nil
	for _, a := range q.MergeActions {
		ac := *a
		ac.Qual, ac.TargetList = w.one(a.Qual, depth), w.targets(a.TargetList, depth)
		c.MergeActions = append(c.MergeActions, &ac)
	}
	c.Windows = nil
	for _, win := range q.Windows {
		wc := *win
		wc.Frame.StartOffset, wc.Frame.EndOffset = w.one(win.Frame.StartOffset, depth), w.one(win.Frame.EndOffset, depth)
		c.Windows = append(c.Windows, &wc)
	}
	return &c
}

func (w *rewriter) query(q *nodes.Query, depth int) *nodes.Query {
	c := w.body(q, depth)
	c.CTEs = nil
	for _, x := range q.CTEs {
		xc := *x
		xc.Query = w.query(x.Query, depth+1)
		c.CTEs = append(c.CTEs, &xc)
	}
	return c
}

// nearer is a rewriter's level: what is outside comes one level nearer.
func nearer(up, depth int) int {
	if up > depth {
		return up - 1
	}
	return up
}

// lift gives a subquery's body in the terms of the level above it: its range
// table entries move by offset, and what is outside of it is one level nearer.
func lift(q *nodes.Query, offset int) *nodes.Query {
	w := &rewriter{level: nearer}
	w.expr = func(e nodes.Expr, depth int) (nodes.Expr, bool) {
		v, ok := e.(*nodes.Var)
		if !ok || v.LevelsUp != depth {
			return nil, false
		}
		c := *v
		c.RTE += offset
		return &c, true
	}
	c := w.body(q, 0)
	c.From = make([]nodes.JoinNode, len(q.From))
	for i, j := range q.From {
		c.From[i] = w.moved(j, offset)
	}
	return c
}

// moved rewrites a FROM item whose entries move by offset.
func (w *rewriter) moved(j nodes.JoinNode, offset int) nodes.JoinNode {
	switch j := j.(type) {
	case *nodes.RangeRef:
		return &nodes.RangeRef{RTE: j.RTE + offset}
	case *nodes.Join:
		c := *j
		c.Left, c.Right, c.On, c.RTE = w.moved(j.Left, offset), w.moved(j.Right, offset), w.one(j.On, 0), j.RTE+offset
		return &c
	}
	return j
}
