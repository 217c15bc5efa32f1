package plan

import (
	"github.com/flowgres/flowgres/planner/nodes"
)

// semi is a subquery of WHERE that became a join: rows of the level stay when
// they have (Semi) or lack (Anti) a row of items that passes conds.
type semi struct {
	kind  nodes.JoinType
	items []nodes.JoinNode
	conds []nodes.Expr
}

// pull turns IN, EXISTS and NOT EXISTS of the level's WHERE into joins
// (pull_up_sublinks), and merges simple subqueries and views of FROM into the
// level (pull_up_subqueries), so that their tables are joined in one order and can be
// handed keys.
func (l *level) pull() error {
	q := l.q
	if q.SetOp != nil || l.b.opt.PushDown == PushDownOff {
		return l.b.opt.Env.Interrupted()
	}
	c := *q
	c.RangeTable = append([]*nodes.RTE{}, q.RangeTable...)
	l.q = &c
	for changed := true; changed; {
		changed = l.pullSubLinks()
		pulled, err := l.pullSubqueries()
		if err != nil {
			return err
		}
		changed = pulled || changed
	}
	return nil
}

// rawConjuncts splits an unprepared condition at its ANDs.
func rawConjuncts(e nodes.Expr) []nodes.Expr {
	if e == nil {
		return nil
	}
	if and, ok := e.(*nodes.BoolExpr); ok && and.Op == nodes.And {
		var out []nodes.Expr
		for _, a := range and.Args {
			out = append(out, rawConjuncts(a)...)
		}
		return out
	}
	return []nodes.Expr{e}
}

func rawAnd(es []nodes.Expr) nodes.Expr {
	if len(es) == 0 {
		return nil
	}
	return andOf(es)
}

// simple tells whether a query is no more than FROM and WHERE
// (is_simple_subquery).
func simple(q *nodes.Query) bool {
	return q.Command == nodes.CmdSelect && q.SetOp == nil && !q.HasAggs && !q.HasWindowFuncs && !q.HasTargetSRFs &&
		!q.HasDistinctOn && len(q.CTEs) == 0 && len(q.Group) == 0 && q.GroupingSets == nil && q.Having == nil &&
		len(q.Distinct) == 0 && len(q.Sort) == 0 && q.LimitCount == nil && q.LimitOffset == nil && !q.HasModifyingCTE && len(q.Locked) == 0
}

// pullSubqueries merges one simple subquery at a time, until there is none.
func (l *level) pullSubqueries() (bool, error) {
	if l.q.GroupingSets != nil {
		return false, nil // a key of a set may be NULL where its expression is not
	}
	done := false
	for again := true; again; {
		if err := l.b.opt.Env.Interrupted(); err != nil { // each rewrites the whole level
			return done, err
		}
		again = false
		for i := range l.q.From {
			if item, where, ok := l.pullItem(l.q.From[i], true, true); ok {
				l.q.From = append(append(append([]nodes.JoinNode{}, l.q.From[:i]...), item...), l.q.From[i+1:]...)
				l.q.Where = rawAnd(append(where, rawConjuncts(l.q.Where)...)) // what is inside comes first
				again, done = true, true
				break
			}
		}
		for _, s := range l.semis {
			for i := range s.items {
				if item, where, ok := l.pullItem(s.items[i], true, true); ok {
					s.items = append(append(append([]nodes.JoinNode{}, s.items[:i]...), item...), s.items[i+1:]...)
					s.conds = append(s.conds, where...)
					again, done = true, true
					break
				}
			}
		}
	}
	return done, nil
}

// pullItem merges the first simple subquery below a FROM item; it gives what
// comes in the item's place and the conditions to put beside it. top tells that
// nothing above can pad the item's rows with NULLs, alone that no join is above.
func (l *level) pullItem(j nodes.JoinNode, top, alone bool) (items []nodes.JoinNode, where []nodes.Expr, ok bool) {
	switch j := j.(type) {
	case *nodes.RangeRef:
		return l.pullSubquery(j.RTE, top, alone)
	case *nodes.Join:
		if j.Type != nodes.InnerJoin && j.Type != nodes.LeftJoin {
			return nil, nil, false
		}
		inner := j.Type == nodes.InnerJoin
		if top || inner {
			if left, where, ok := l.pullItem(j.Left, top, false); ok {
				c := *l.rewritten(j)
				c.Left = cross(left)
				if !top {
					c.On = rawAnd(append(rawConjuncts(c.On), where...))
					where = nil
				}
				return []nodes.JoinNode{&c}, where, true
			}
		}
		if right, where, ok := l.pullItem(j.Right, top && inner, false); ok {
			c := *l.rewritten(j)
			c.Right = cross(right)
			if !inner || !top {
				c.On = rawAnd(append(rawConjuncts(c.On), where...))
				where = nil
			}
			return []nodes.JoinNode{&c}, where, true
		}
	}
	return nil, nil, false
}

// rewritten gives a join with the replacement of the last pulled subquery made
// in its condition and below.
func (l *level) rewritten(j *nodes.Join) *nodes.Join {
	return l.replace.Join(j, 0).(*nodes.Join)
}

// cross joins items without condition.
func cross(items []nodes.JoinNode) nodes.JoinNode {
	out := items[0]
	for _, it := range items[1:] {
		out = &nodes.Join{Type: nodes.InnerJoin, Left: out, Right: it}
	}
	return out
}

// pullSubquery merges the subquery of a range table entry into the level.
func (l *level) pullSubquery(id int, top, alone bool) ([]nodes.JoinNode, []nodes.Expr, bool) {
	r := l.rte(id)
	if r.Kind != nodes.RTESubquery || !simple(r.Query) || len(r.Query.From) == 0 && !alone {
		return nil, nil, false
	}
	q := r.Query
	for i, t := range q.TargetList {
		_, plain := t.Expr.(*nodes.Var)
		if t.Resjunk || !plain && (!top || l.q.GroupingSets != nil) || l.b.volatile(t.Expr) || hasSubLink(t.Expr) && !l.movable(id, i+1) {
			return nil, nil, false
		}
		if v, ok := t.Expr.(*nodes.Var); ok && !top && (v.LevelsUp > 0 || q.RangeTable[v.RTE-1].Kind == nodes.RTEJoin || v.Attno < 1) {
			return nil, nil, false
		}
	}
	if q.Where != nil && l.b.volatile(q.Where) || !top && (hasSubLinkDeep(q.Where) || r.Lateral) {
		return nil, nil, false
	}
	if l.namesRow(id) || r.Lateral && reachesOutside(q.From) {
		return nil, nil, false
	}
	up := lift(q, len(l.q.RangeTable))
	w := &nodes.Rewriter{}
	w.Expr = func(e nodes.Expr, depth int) (nodes.Expr, bool) {
		v, ok := e.(*nodes.Var)
		if !ok || v.LevelsUp != depth || v.RTE != id {
			return nil, false
		}
		return nodes.Deeper(up.TargetList[v.Attno-1].Expr, depth), true
	}
	ctes := l.q.CTEs
	c := w.Body(l.q, 0)
	c.CTEs = ctes
	c.RangeTable[id-1] = &nodes.RTE{Kind: nodes.RTEResult, Alias: r.Alias}
	c.RangeTable = append(c.RangeTable, up.RangeTable...)
	for _, s := range l.semis {
		for i := range s.items {
			s.items[i] = w.Join(s.items[i], 0)
		}
		for i := range s.conds {
			s.conds[i] = w.One(s.conds[i], 0)
		}
	}
	l.q, l.replace = c, w
	return up.From, rawConjuncts(up.Where), true
}

// movable tells whether a column of a subquery of FROM that asks a subquery of its own may be
// worked out above the level's joins, for the rows that are left: it is named once at most, nothing
// gathers rows, and all that is read is at hand.
func (l *level) movable(id, attno int) bool {
	q := l.q
	if len(l.semis) > 0 || q.HasAggs || len(q.Group) > 0 || q.HasWindowFuncs || len(q.Distinct) > 0 || q.HasTargetSRFs || !local(l.rte(id)) {
		return false
	}
	named := 0
	nodes.WalkQuery(q, func(e nodes.Expr, depth int) bool {
		if v, ok := e.(*nodes.Var); ok && v.LevelsUp == depth && v.RTE == id && v.Attno == attno {
			named += 1 + depth
		}
		return true
	})
	for _, r := range q.RangeTable {
		for _, e := range r.JoinVars {
			if v, ok := e.(*nodes.Var); !ok || v.RTE == id {
				named++ // however often the join's column is
			}
		}
	}
	return named <= 1
}

// reachesOutside tells whether the condition of an outer join names what is
// outside of the query: it could not be tested where the join is made.
func reachesOutside(from []nodes.JoinNode) bool {
	for _, j := range from {
		j, ok := j.(*nodes.Join)
		if !ok {
			continue
		}
		if reachesOutside([]nodes.JoinNode{j.Left, j.Right}) {
			return true
		}
		if j.Type != nodes.InnerJoin && j.On != nil && outerVars(&nodes.Query{Where: j.On}) > 0 {
			return true
		}
	}
	return false
}

func hasSubLinkDeep(e nodes.Expr) bool { return e != nil && hasSubLink(e) }

// namesRow tells whether a range table entry is named as a whole, or by a system
// column.
func (l *level) namesRow(id int) bool {
	found := false
	check := func(e nodes.Expr, depth int) bool {
		if v, ok := e.(*nodes.Var); ok && v.LevelsUp == depth && v.RTE == id && v.Attno < 1 {
			found = true
		}
		return !found
	}
	nodes.WalkQuery(l.q, check)
	for _, s := range l.semis {
		for _, c := range s.conds {
			nodes.WalkQuery(&nodes.Query{Where: c}, check)
		}
		for _, it := range s.items {
			nodes.WalkQuery(&nodes.Query{From: []nodes.JoinNode{it}}, check)
		}
	}
	return found
}
