package plan

import (
	"github.com/flowgres/flowgres/planner/nodes"
	"github.com/flowgres/flowgres/planner/pgerr"
)

// cteState is what a level knows of one of its WITH queries.
type cteState struct {
	cte    *nodes.CTE
	id     int  // into Plan.CTEs when shared
	shared bool // run once; else planned anew at each reference
	rows   float64
	home   *level
	from   int          // the first of its subqueries in Plan.SubPlans
	to     int          // and behind its last
	wanted []nodes.Expr // what its readers keep, each, in terms of cteRows; an empty one keeps all
}

// cteRows is the range table entry by which conditions on a shared WITH query
// name its columns.
const cteRows = -1

// workTable is a recursive CTE whose recursive term is being planned.
type workTable struct {
	cte   *nodes.CTE
	table int
}

// planCTEs decides for each WITH query whether it is run once and shared, or
// planned where it is referred to: what is referred to once, is plain SELECT
// and not volatile is inlined as PostgreSQL 12 and later do; so is what depends on an outer
// query's row, which could not be shared between rows.
func (l *level) planCTEs() error {
	l.ctes = map[*nodes.CTE]*cteState{}
	for _, c := range l.q.CTEs {
		st := &cteState{cte: c, home: l}
		l.ctes[c] = st
		if c.Modifying {
			if err := l.shareCTE(st); err != nil {
				return err
			}
			continue
		}
		if c.RefCount == 0 {
			continue
		}
		if l.b.inlines(c) || dependsOutside(c.Query) || l.inRecursion(c.Query) {
			continue
		}
		if err := l.shareCTE(st); err != nil {
			return err
		}
	}
	return nil
}

// inlines tells whether PostgreSQL puts a WITH query where it is referred to (SS_process_ctes).
func (b *builder) inlines(c *nodes.CTE) bool {
	return (c.RefCount == 1 && c.Materialized != nodes.MaterializeAlways || c.Materialized == nodes.MaterializeNever && !c.Recursive) &&
		!b.volatileQuery(c.Query)
}

// shareCTE plans a WITH query as one that runs once.
func (l *level) shareCTE(st *cteState) error {
	st.shared, st.from = true, len(l.b.plan.SubPlans)
	node, _, err := l.planCTE(st.cte)
	if err != nil {
		return err
	}
	st.to = len(l.b.plan.SubPlans)
	st.id = len(l.b.plan.CTEs)
	st.rows = node.Common().Rows
	l.b.plan.CTEs = append(l.b.plan.CTEs, &CTE{Name: st.cte.Name, Plan: node, Modifying: st.cte.Modifying})
	l.b.ctes = append(l.b.ctes, st)
	return nil
}

// want notes what a reader of a shared WITH query keeps of its rows.
func (l *level) want(st *cteState, id int, conds []nodes.Expr) {
	var keep []nodes.Expr
	for _, c := range conds {
		plain := true
		moved := nodes.Rewrite(c, func(n nodes.Expr) (nodes.Expr, bool) {
			switch n := n.(type) {
			case *nodes.Var:
				v := *n
				v.RTE = cteRows
				plain = plain && n.RTE == id && n.Attno > 0
				return &v, true
			case *nodes.Param:
				plain = false
			case *SubPlanExpr:
				plain = plain && len(n.Args) == 0 && !readsFurther(l.b.plan.SubPlans[n.ID].Plan)
			}
			return nil, false
		})
		if plain && !l.b.volatile(c) {
			keep = append(keep, moved)
		}
	}
	if keep == nil {
		st.wanted = append(st.wanted, boolConst(true))
		return
	}
	st.wanted = append(st.wanted, andOf(keep))
}

// readsFurther tells whether a node reads other machines or WITH queries.
func readsFurther(n Node) bool {
	if _, ok := n.(*CTEScan); ok || n.Common().Calls > 0 {
		return true
	}
	for _, in := range Inputs(n) {
		if readsFurther(in) {
			return true
		}
	}
	return false
}

// narrowCTEs plans again what is shared of WITH queries of which all readers keep
// a part only: the rows that none of them keeps are not read.
func (b *builder) narrowCTEs() error {
	if b.opt.PushDown == PushDownOff {
		return nil
	}
	for _, st := range b.ctes {
		q := st.cte.Query
		if st.cte.Modifying || st.cte.Recursive || len(st.wanted) == 0 || b.volatileQuery(q) || readsCTE(q) {
			continue
		}
		for _, c := range b.conjuncts(&nodes.BoolExpr{Op: nodes.Or, Args: st.wanted, Location: -1}) {
			if pushed, ok := b.pushInto(q, cteRows, c); ok {
				q = pushed
			}
		}
		if q == st.cte.Query {
			continue
		}
		c := *st.cte
		c.Query = q
		node, _, err := st.home.planCTE(&c)
		if err != nil {
			return err
		}
		b.plan.CTEs[st.id].Plan = node
		for i := st.from; i < st.to; i++ { // nothing asks them any more
			none := b.node(&Result{}, b.plan.SubPlans[i].Plan.Common().Width)
			none.Common().OneTime = boolConst(false)
			b.plan.SubPlans[i] = &SubPlan{Plan: none}
		}
	}
	return nil
}

// readsCTE tells whether a query has or reads WITH queries, it or those in it.
func readsCTE(q *nodes.Query) bool {
	found := false
	nodes.WalkQueries(q, func(q *nodes.Query) {
		found = found || len(q.CTEs) > 0
		for _, r := range q.RangeTable {
			found = found || r.Kind == nodes.RTECTE
		}
	})
	return found
}

// planCTE plans a WITH query.
func (l *level) planCTE(c *nodes.CTE) (Node, *level, error) {
	child := &level{b: l.b, q: c.Query, parent: l, kind: fromLevel, recursive: l.recursive}
	if c.Recursive {
		node, err := child.planRecursive(c)
		return node, child, err
	}
	node, err := child.planQuery()
	return node, child, err
}

// dependsOutside tells whether a query names columns of a query around it.
func dependsOutside(q *nodes.Query) bool {
	found := false
	nodes.WalkQuery(q, func(e nodes.Expr, depth int) bool {
		switch e := e.(type) {
		case *nodes.Var:
			found = found || e.LevelsUp > depth
		case *nodes.Aggref:
			found = found || e.LevelsUp > depth
		}
		return !found
	})
	return found
}

// inRecursion tells whether a query reads a work table of a recursive query
// around it, which changes from run to run.
func (l *level) inRecursion(q *nodes.Query) bool {
	if len(l.recursive) == 0 {
		return false
	}
	return readsSelf(q, 0)
}

func readsSelf(q *nodes.Query, depth int) bool {
	for _, r := range q.RangeTable {
		if r.Kind == nodes.RTECTE && r.CTELevelsUp > depth {
			return true // may lead to it: do not share
		}
		if r.Query != nil && readsSelf(r.Query, depth+1) {
			return true
		}
	}
	for _, c := range q.CTEs {
		if readsSelf(c.Query, depth+1) {
			return true
		}
	}
	return false
}

// withQuery finds the WITH query that a range table entry refers to, and whose it is; nil:
// there is none.
func (l *level) withQuery(r *nodes.RTE) (home *level, c *nodes.CTE) {
	home = l
	for range r.CTELevelsUp {
		if home = home.parent; home == nil {
			return nil, nil
		}
	}
	for _, x := range home.q.CTEs {
		if x.Name == r.CTEName {
			c = x
		}
	}
	return home, c
}

// planCTERef plans a reference to a WITH query.
func (l *level) planCTERef(id int, r *nodes.RTE, conds []nodes.Expr) (*rel, error) {
	home, c := l.withQuery(r)
	if c == nil {
		return nil, pgerr.Internal("could not find WITH query \"%s\"", r.CTEName)
	}
	for i := len(l.recursive) - 1; i >= 0; i-- {
		if l.recursive[i].cte == c {
			n := l.b.node(&WorkTableScan{Alias: r.Alias, Table: l.recursive[i].table, Columns: r.Columns}, len(r.Columns))
			n.Common().Rows = 100
			out := l.subqueryRel(id, n, len(r.Columns))
			return out, l.filter(&out.stage, conds)
		}
	}
	st := home.ctes[c]
	if st.shared {
		l.want(st, id, conds)
		n := l.b.node(&CTEScan{Alias: r.Alias, CTE: st.id, Columns: r.Columns}, len(r.Columns))
		n.Common().Rows = st.rows
		out := l.subqueryRel(id, n, len(r.Columns))
		return out, l.filter(&out.stage, conds)
	}
	q := c.Query
	if !c.Recursive && l.b.inlines(c) {
		q = l.prune(q, id)
	}
	var local []nodes.Expr
	for _, cond := range conds {
		if pushed, ok := l.b.pushInto(q, id, cond); ok && !c.Recursive && c.Materialized != nodes.MaterializeAlways {
			q = pushed
		} else {
			local = append(local, cond)
		}
	}
	cc := *c
	cc.Query = q
	// The query is planned as a child of its home, whose columns it may name; what home takes
	// from further out is in reach here as well.
	node, child, err := home.planCTE(&cc)
	if err != nil {
		return nil, err
	}
	if len(child.outer) > 0 {
		return nil, pgerr.Internal("WITH query \"%s\" names a column beside it", c.Name)
	}
	out := l.subqueryRel(id, node, len(r.Columns))
	return out, l.filter(&out.stage, local)
}

// planRecursive plans WITH RECURSIVE: the level's query is first UNION [ALL]
// next.
func (l *level) planRecursive(c *nodes.CTE) (Node, error) {
	op, ok := l.q.SetOp.(*nodes.SetOperation)
	if !ok || op.Op != nodes.Union {
		return nil, pgerr.Internal("recursive query \"%s\" is not a UNION", c.Name)
	}
	if err := l.planCTEs(); err != nil {
		return nil, err
	}
	if c.Search != nil || c.Cycle != nil {
		sc := &searchCycle{l: l, cte: c, base: len(op.Columns)}
		var err error
		if op, err = sc.apply(op); err != nil {
			return nil, err
		}
	}
	table := l.b.workTables
	l.b.workTables++
	first, err := l.coerced(op.Left, op.LeftCoerce)
	if err != nil {
		return nil, err
	}
	l.recursive = append(l.recursive[:len(l.recursive):len(l.recursive)], workTable{original(c, l), table})
	next, err := l.coerced(op.Right, op.RightCoerce)
	if err != nil {
		return nil, err
	}
	l.recursive = l.recursive[:len(l.recursive)-1]
	u := &RecursiveUnion{First: first, Next: next, Table: table, Name: c.Name, Columns: c.Columns}
	if !op.All {
		if !hashable(op.Group) {
			return nil, notImplementable("recursive UNION").Detailf("All column datatypes must be hashable.")
		}
		for i, g := range op.Group {
			col := op.Columns[i]
			u.Group = append(u.Group, &KeyColumn{Slot: i, Type: col.Type, Collation: col.Collation, Eq: g.Eq})
		}
	}
	node := l.b.node(u, len(op.Columns))
	u.Rows, u.Calls = first.Common().Rows*10, first.Common().Calls
	return node, nil
}

// original finds the CTE of the enclosing query that a copy was made of, for
// references are resolved by identity.
func original(c *nodes.CTE, l *level) *nodes.CTE {
	if l.parent != nil {
		for _, x := range l.parent.q.CTEs {
			if x.Name == c.Name {
				return x
			}
		}
	}
	return c
}
