package analyze

import "github.com/flowgres/flowgres/planner/nodes"

// walkLevels is nodes.Walk that enters subqueries too: visit also gets how many
// query levels below the start it is.
func walkLevels(e nodes.Expr, level int, visit func(e nodes.Expr, level int) bool) {
	nodes.Walk(e, func(x nodes.Expr) bool {
		if !visit(x, level) {
			return false
		}
		if l, ok := x.(*nodes.SubLink); ok && l.Query != nil {
			walkQueryLevels(l.Query, level+1, visit)
		}
		return true
	})
}

// walkQueryLevels visits all expressions of a query whose own level is level.
// Views are left out: they hold no references to outside.
func walkQueryLevels(q *nodes.Query, level int, visit func(e nodes.Expr, level int) bool) {
	walkQueryTop(q, func(e nodes.Expr) {
		if e != nil {
			walkLevels(e, level, visit)
		}
	})
	for _, s := range subqueries(q) {
		walkQueryLevels(s, level+1, visit)
	}
}

func walkJoins(j nodes.JoinNode, visit func(nodes.Expr)) {
	if x, ok := j.(*nodes.Join); ok {
		walkJoins(x.Left, visit)
		walkJoins(x.Right, visit)
		visit(x.On)
	}
}

// locateVarOfLevel finds a column of the query that is level levels up, and its
// location.
func locateVarOfLevel(e nodes.Expr, level int) (loc int, found bool) {
	loc = -1
	walkLevels(e, level, func(x nodes.Expr, l int) bool {
		if v, ok := x.(*nodes.Var); ok && v.LevelsUp == l && (!found || loc < 0) {
			loc, found = v.Location, true
		}
		return !found || loc < 0
	})
	return loc, found
}

func containsVarsOfLevel(e nodes.Expr, level int) bool {
	_, found := locateVarOfLevel(e, level)
	return found
}

// locateQueryVarOfLevel is locateVarOfLevel for a whole query: level 1 is the
// query around it.
func locateQueryVarOfLevel(q *nodes.Query, level int) (loc int, found bool) {
	loc = -1
	walkQueryLevels(q, level, func(x nodes.Expr, l int) bool {
		if v, ok := x.(*nodes.Var); ok && v.LevelsUp == l && !found {
			loc, found = v.Location, true
		}
		return !found
	})
	return loc, found
}

// locateAggOfLevel finds an aggregate or GROUPING of that level.
func locateAggOfLevel(e nodes.Expr, level int) (loc int, found bool) {
	loc = -1
	walkLevels(e, level, func(x nodes.Expr, l int) bool {
		if found {
			return false
		}
		switch x := x.(type) {
		case *nodes.Aggref:
			if x.LevelsUp == l {
				loc, found = x.Location, true
			}
		case *nodes.GroupingFunc:
			if x.LevelsUp == l {
				loc, found = x.Location, true
			}
		}
		return !found
	})
	return loc, found
}

// locateWindowFunc finds a window function of this query level.
func locateWindowFunc(e nodes.Expr) (loc int, found bool) {
	loc = -1
	nodes.Walk(e, func(x nodes.Expr) bool {
		if w, ok := x.(*nodes.WindowFunc); ok && !found {
			loc, found = w.Location, true
		}
		return !found
	})
	return loc, found
}

// flattenJoins replaces references to join columns by what those stand for,
// flatten_join_alias_vars.
func flattenJoins(e nodes.Expr, rtable []*nodes.RTE) nodes.Expr {
	return nodes.Rewrite(e, func(x nodes.Expr) (nodes.Expr, bool) {
		v, ok := x.(*nodes.Var)
		if !ok || v.LevelsUp != 0 || v.Attno <= 0 || rtable[v.RTE-1].Kind != nodes.RTEJoin {
			return nil, false
		}
		inner := flattenJoins(rtable[v.RTE-1].JoinVars[v.Attno-1], rtable)
		if w, ok := inner.(*nodes.Var); ok {
			c := *w
			c.Location = v.Location
			return &c, true
		}
		return inner, true
	})
}
