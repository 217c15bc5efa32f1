package nodes

// Rewriter rebuilds a query and all queries inside: Expr gets each node with
// its depth below the query, as in Rewrite; Level, when set, maps how many
// levels up a column, an aggregate, GROUPING or a WITH query is that Expr leaves
// alone (IncrementVarSublevelsUp).
type Rewriter struct {
	Expr  func(e Expr, depth int) (Expr, bool)
	Level func(up, depth int) int
}

// One rewrites an expression of the given depth and the queries inside.
func (w *Rewriter) One(e Expr, depth int) Expr {
	if e == nil {
		return nil
	}
	var node func(n Expr) (Expr, bool)
	inside := func(n Expr) Expr { // rewritten below n
		return Rewrite(n, func(m Expr) (Expr, bool) {
			if m == n {
				return nil, false
			}
			return node(m)
		})
	}
	node = func(n Expr) (Expr, bool) {
		if w.Expr != nil {
			if r, done := w.Expr(n, depth); done {
				return r, true
			}
		}
		if s, ok := n.(*SubLink); ok && s.Query != nil {
			c := *s
			c.Test, c.Query = w.One(s.Test, depth), w.Query(s.Query, depth+1)
			return &c, true
		}
		if w.Level == nil {
			return nil, false
		}
		switch n := n.(type) {
		case *Var:
			c := *n
			c.LevelsUp = w.Level(n.LevelsUp, depth)
			return &c, true
		case *Aggref:
			c := inside(n).(*Aggref)
			c.LevelsUp = w.Level(n.LevelsUp, depth)
			return c, true
		case *GroupingFunc:
			c := inside(n).(*GroupingFunc)
			c.LevelsUp = w.Level(n.LevelsUp, depth)
			return c, true
		}
		return nil, false
	}
	return Rewrite(e, node)
}

// Targets rewrites a target list.
func (w *Rewriter) Targets(ts []*TargetEntry, depth int) []*TargetEntry {
	if ts == nil {
		return nil
	}
	out := make([]*TargetEntry, len(ts))
	for i, t := range ts {
		c := *t
		c.Expr = w.One(t.Expr, depth)
		out[i] = &c
	}
	return out
}

// Join rewrites an item of FROM.
func (w *Rewriter) Join(j JoinNode, depth int) JoinNode {
	x, ok := j.(*Join)
	if !ok {
		return j
	}
	c := *x
	c.Left, c.Right, c.On = w.Join(x.Left, depth), w.Join(x.Right, depth), w.One(x.On, depth)
	return &c
}

func (w *Rewriter) entry(r *RTE, depth int) *RTE {
	c := *r
	if r.Query != nil {
		c.Query = w.Query(r.Query, depth+1)
	}
	c.Functions = nil
	for _, f := range r.Functions {
		fc := *f
		fc.Expr = w.One(f.Expr, depth)
		c.Functions = append(c.Functions, &fc)
	}
	c.Values = nil
	for _, row := range r.Values {
		var vals []Expr
		for _, e := range row {
			vals = append(vals, w.One(e, depth))
		}
		c.Values = append(c.Values, vals)
	}
	c.JoinVars = nil
	for _, e := range r.JoinVars {
		c.JoinVars = append(c.JoinVars, w.One(e, depth))
	}
	if w.Level != nil && r.Kind == RTECTE {
		c.CTELevelsUp = w.Level(r.CTELevelsUp, depth)
	}
	return &c
}

// Body rewrites what a query has beside its WITH list.
func (w *Rewriter) Body(q *Query, depth int) *Query {
	c := *q
	c.RangeTable = make([]*RTE, len(q.RangeTable))
	for i, r := range q.RangeTable {
		c.RangeTable[i] = w.entry(r, depth)
	}
	c.From = make([]JoinNode, len(q.From))
	for i, j := range q.From {
		c.From[i] = w.Join(j, depth)
	}
	c.Where, c.Having = w.One(q.Where, depth), w.One(q.Having, depth)
	c.LimitOffset, c.LimitCount = w.One(q.LimitOffset, depth), w.One(q.LimitCount, depth)
	c.TargetList, c.Returning = w.Targets(q.TargetList, depth), w.Targets(q.Returning, depth)
	if q.OnConflict != nil {
		oc := *q.OnConflict
		oc.Set, oc.Where = w.Targets(oc.Set, depth), w.One(oc.Where, depth)
		c.OnConflict = &oc
	}
	c.MergeActions = nil
	for _, a := range q.MergeActions {
		ac := *a
		ac.Qual, ac.TargetList = w.One(a.Qual, depth), w.Targets(a.TargetList, depth)
		c.MergeActions = append(c.MergeActions, &ac)
	}
	c.Windows = nil
	for _, win := range q.Windows {
		wc := *win
		wc.Frame.StartOffset, wc.Frame.EndOffset = w.One(win.Frame.StartOffset, depth), w.One(win.Frame.EndOffset, depth)
		c.Windows = append(c.Windows, &wc)
	}
	return &c
}

// Query rewrites a query of the given depth.
func (w *Rewriter) Query(q *Query, depth int) *Query {
	c := w.Body(q, depth)
	c.CTEs = nil
	for _, x := range q.CTEs {
		xc := *x
		xc.Query = w.Query(x.Query, depth+1)
		c.CTEs = append(c.CTEs, &xc)
	}
	return c
}

// Deeper gives an expression of a level as a query that many levels below it
// names it.
func Deeper(e Expr, depth int) Expr {
	if depth == 0 {
		return e
	}
	w := &Rewriter{Level: func(up, inside int) int {
		if up >= inside {
			return up + depth
		}
		return up
	}}
	return w.One(e, 0)
}
