package nodes

// WalkQuery calls visit for every expression of a query and of the queries
// inside it, with the number of query levels between q and the expression (0:
// its own). visit tells whether to descend into the expression's parts.
func WalkQuery(q *Query, visit func(e Expr, depth int) bool) {
	walkQuery(q, 0, func(*Query) {}, visit)
}

// WalkQueries calls visit for a query and for every query inside it: those of
// its WITH list, its range table and its sublinks.
func WalkQueries(q *Query, visit func(*Query)) {
	walkQuery(q, 0, visit, func(Expr, int) bool { return true })
}

func walkQuery(q *Query, depth int, enter func(*Query), visit func(Expr, int) bool) {
	enter(q)
	walk := func(e Expr) {
		Walk(e, func(n Expr) bool {
			if !visit(n, depth) {
				return false
			}
			if s, ok := n.(*SubLink); ok && s.Query != nil {
				walkQuery(s.Query, depth+1, enter, visit)
			}
			return true
		})
	}
	for _, c := range q.CTEs {
		walkQuery(c.Query, depth+1, enter, visit)
	}
	for _, r := range q.RangeTable {
		if r.Query != nil {
			walkQuery(r.Query, depth+1, enter, visit)
		}
		for _, f := range r.Functions {
			walk(f.Expr)
		}
		for _, row := range r.Values {
			for _, e := range row {
				walk(e)
			}
		}
		for _, e := range r.JoinVars {
			walk(e)
		}
	}
	for _, j := range q.From {
		WalkJoin(j, walk)
	}
	for _, e := range queryExprs(q) {
		walk(e)
	}
}

// queryExprs gives a query's own top-level expressions outside of its range
// table and FROM.
func queryExprs(q *Query) []Expr {
	var out []Expr
	add := func(e Expr) {
		if e != nil {
			out = append(out, e)
		}
	}
	for _, t := range q.TargetList {
		add(t.Expr)
	}
	add(q.Where)
	add(q.Having)
	for _, w := range q.Windows {
		add(w.Frame.StartOffset)
		add(w.Frame.EndOffset)
	}
	add(q.LimitOffset)
	add(q.LimitCount)
	for _, t := range q.Returning {
		add(t.Expr)
	}
	for _, a := range q.Actions() {
		add(a.Qual)
		for _, t := range a.TargetList {
			add(t.Expr)
		}
	}
	return out
}

// Actions gives what a query does to rows beside its own target list: the WHEN
// clauses of a MERGE, DO UPDATE of an INSERT.
func (q *Query) Actions() []*MergeAction {
	if c := q.OnConflict; c != nil && !c.DoNothing {
		return []*MergeAction{{Command: CmdUpdate, Matched: true, Qual: c.Where, TargetList: c.Set}}
	}
	return q.MergeActions
}

// WalkJoin calls f with each ON condition of a FROM item.
func WalkJoin(j JoinNode, f func(Expr)) {
	if j, ok := j.(*Join); ok {
		WalkJoin(j.Left, f)
		WalkJoin(j.Right, f)
		if j.On != nil {
			f(j.On)
		}
	}
}
