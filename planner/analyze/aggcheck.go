package analyze

import (
	"slices"

	"github.com/jackc/pgerrcode"

	"github.com/flowgres/flowgres/planner/nodes"
	"github.com/flowgres/flowgres/planner/pgerr"
)

// groupCheck looks for columns that are neither grouped by nor inside of an
// aggregate.
type groupCheck struct {
	ps       *ParseState
	q        *nodes.Query
	groups   []*nodes.TargetEntry // grouping expressions, join columns flattened
	common   []*nodes.Var         // grouping columns that are in every set
	nonVar   bool                 // some grouping expression is no plain column
	hasJoins bool
	proven   []int // range table entries whose columns all depend on the grouped ones
}

// checkAggregates checks a grouped query, parseCheckAggregates.
func (ps *ParseState) checkAggregates(q *nodes.Query) error {
	g := groupCheck{ps: ps, q: q}
	var everywhere []int
	if len(q.GroupingSets) > 0 {
		sets := expandSets(q.GroupingSets, 4096)
		if sets == nil {
			loc := -1
			if len(q.GroupingSets) > 0 && len(q.Group) == 0 {
				loc = q.GroupingSets[0].Location
			}
			return pgerr.New(pgerrcode.StatementTooComplex, "too many grouping sets present (maximum 4096)").At(loc)
		}
		everywhere = slices.Clone(sets[0])
		for _, s := range sets[1:] {
			everywhere = slices.DeleteFunc(everywhere, func(r int) bool { return !slices.Contains(s, r) })
		}
		if len(sets) == 1 && len(q.Group) > 0 {
			q.GroupingSets = nil
		}
	}
	selfRef := false
	for _, r := range ps.rtable {
		g.hasJoins = g.hasJoins || r.Kind == nodes.RTEJoin
		selfRef = selfRef || r.Kind == nodes.RTECTE && r.SelfRef
	}
	for _, c := range q.Group {
		t := *targetByRef(c.Ref, q.TargetList)
		t.Expr = g.flatten(t.Expr)
		g.groups = append(g.groups, &t)
		switch v := t.Expr.(type) {
		case *nodes.Var:
			if len(q.GroupingSets) == 0 || slices.Contains(everywhere, t.Ref) {
				g.common = append(g.common, v)
			}
		default:
			g.nonVar = true
		}
	}
	list := make([]nodes.Expr, len(q.TargetList))
	for i, t := range q.TargetList {
		list[i] = t.Expr
	}
	if err := g.clause(list); err != nil {
		return err
	}
	if q.Having != nil {
		if err := g.clause([]nodes.Expr{q.Having}); err != nil {
			return err
		}
	}
	if ps.hasAggs && selfRef {
		loc, found := -1, false
		for _, t := range q.TargetList {
			if loc, found = locateAggOfLevel(t.Expr, 0); found {
				break
			}
		}
		if !found {
			loc, _ = locateAggOfLevel(q.Having, 0)
		}
		return pgerr.New(pgerrcode.InvalidRecursion, "aggregate functions are not allowed in a recursive query's recursive term").At(loc)
	}
	return nil
}

func (g *groupCheck) flatten(e nodes.Expr) nodes.Expr {
	if !g.hasJoins {
		return e
	}
	return flattenJoins(e, g.ps.rtable)
}

func (g *groupCheck) clause(list []nodes.Expr) error {
	for _, e := range list {
		if err := g.grouping(e, 0); err != nil {
			return err
		}
	}
	for _, e := range list {
		if err := g.columns(g.flatten(e), 0, false); err != nil {
			return err
		}
	}
	return nil
}

// subquery runs a check over the expressions of a subquery.
func subqueryExprs(q *nodes.Query, check func(nodes.Expr) error) error {
	var err error
	walkQueryTop(q, func(e nodes.Expr) {
		if err == nil && e != nil {
			err = check(e)
		}
	})
	return err
}

// walkQueryTop visits the expressions that a query holds directly.
func walkQueryTop(q *nodes.Query, visit func(nodes.Expr)) {
	for _, t := range q.TargetList {
		visit(t.Expr)
	}
	for _, t := range q.Returning {
		visit(t.Expr)
	}
	for _, a := range q.Actions() {
		visit(a.Qual)
		for _, t := range a.TargetList {
			visit(t.Expr)
		}
	}
	for _, j := range q.From {
		walkJoins(j, visit)
	}
	visit(q.Where)
	visit(q.Having)
	visit(q.LimitOffset)
	visit(q.LimitCount)
	for _, w := range q.Windows {
		visit(w.Frame.StartOffset)
		visit(w.Frame.EndOffset)
	}
	for _, r := range q.RangeTable {
		for _, f := range r.Functions {
			visit(f.Expr)
		}
		for _, row := range r.Values {
			for _, e := range row {
				visit(e)
			}
		}
	}
}

// subqueries gives the queries directly inside of a query's FROM and WITH.
func subqueries(q *nodes.Query) []*nodes.Query {
	var out []*nodes.Query
	for _, c := range q.CTEs {
		if c.Query != nil {
			out = append(out, c.Query)
		}
	}
	for _, r := range q.RangeTable {
		if r.Kind == nodes.RTESubquery && r.Relation == nil {
			out = append(out, r.Query)
		}
	}
	return out
}

// descend applies check to a subquery and all queries inside of it, with their
// levels.
func descend(q *nodes.Query, level int, check func(e nodes.Expr, level int) error) error {
	if err := subqueryExprs(q, func(e nodes.Expr) error { return check(e, level) }); err != nil {
		return err
	}
	for _, s := range subqueries(q) {
		if err := descend(s, level+1, check); err != nil {
			return err
		}
	}
	return nil
}

// columns refuses ungrouped columns in e, which is level levels below the query.
func (g *groupCheck) columns(e nodes.Expr, level int, direct bool) error {
	switch x := e.(type) {
	case *nodes.Aggref:
		if x.LevelsUp == level {
			// Only the direct arguments are evaluated per group.
			for _, d := range x.DirectArgs {
				if err := g.columns(d, level, true); err != nil {
					return err
				}
			}
			return nil
		}
		if x.LevelsUp > level {
			return nil
		}
	case *nodes.GroupingFunc:
		if x.LevelsUp >= level {
			return nil
		}
	}
	if g.nonVar && level == 0 {
		for _, t := range g.groups {
			if equalExpr(e, t.Expr) {
				return nil
			}
		}
	}
	if v, ok := e.(*nodes.Var); ok {
		return g.column(v, level, direct)
	}
	for _, c := range nodes.Children(e) {
		if err := g.columns(c, level, direct); err != nil {
			return err
		}
	}
	if l, ok := e.(*nodes.SubLink); ok && l.Query != nil {
		return descend(l.Query, level+1, func(e nodes.Expr, lv int) error { return g.columns(e, lv, direct) })
	}
	return nil
}

func (g *groupCheck) column(v *nodes.Var, level int, direct bool) error {
	if v.LevelsUp != level {
		return nil
	}
	if !g.nonVar || level != 0 {
		for _, t := range g.groups {
			if w, ok := t.Expr.(*nodes.Var); ok && w.RTE == v.RTE && w.Attno == v.Attno && w.LevelsUp == 0 {
				return nil
			}
		}
	}
	if slices.Contains(g.proven, v.RTE) {
		return nil
	}
	rte := g.ps.rtable[v.RTE-1]
	if level > 0 && rte.Kind == nodes.RTEJoin && v.Attno > 0 { // a merged column is the columns that it is of
		var err error
		nodes.Walk(flattenJoins(rte.JoinVars[v.Attno-1], g.ps.rtable), func(e nodes.Expr) bool {
			if w, ok := e.(*nodes.Var); ok && err == nil {
				err = g.column(&nodes.Var{RTE: w.RTE, Attno: w.Attno, LevelsUp: level, Location: -1}, level, direct)
			}
			return err == nil
		})
		return err
	}
	if g.dependsOnGroups(v.RTE, rte) {
		g.proven = append(g.proven, v.RTE)
		return nil
	}
	name := attributeName(rte, v.Attno)
	if level > 0 {
		return pgerr.New(pgerrcode.GroupingError, "subquery uses ungrouped column \"%s.%s\" from outer query", rte.Alias, name).At(v.Location)
	}
	err := pgerr.New(pgerrcode.GroupingError, "column \"%s.%s\" must appear in the GROUP BY clause or be used in an aggregate function",
		rte.Alias, name).At(v.Location)
	if direct {
		err = err.Detailf("Direct arguments of an ordered-set aggregate must use only grouped columns.")
	}
	return err
}

// dependsOnGroups tells whether a table's primary key is grouped by, so that all
// its columns depend on the groups, check_functional_grouping.
func (g *groupCheck) dependsOnGroups(index int, rte *nodes.RTE) bool {
	if rte.Kind != nodes.RTERelation {
		return false
	}
	rel := g.ps.catalog.RelationByOID(rte.Relation.OID)
	if rel == nil || len(rel.PrimaryKey) == 0 {
		return false
	}
	for _, k := range rel.PrimaryKey {
		if !slices.ContainsFunc(g.common, func(v *nodes.Var) bool { return v.RTE == index && v.Attno == k+1 && v.LevelsUp == 0 }) {
			return false
		}
	}
	return true
}

// attributeName names a column of a range table entry, * for the whole row.
func attributeName(rte *nodes.RTE, attno int) string {
	switch {
	case attno == 0:
		return "*"
	case attno < 0:
		for _, c := range systemColumns {
			if c.attno == attno {
				return c.name
			}
		}
	case attno <= len(rte.Columns):
		return rte.Columns[attno-1].Name
	}
	return "?column?"
}

// grouping checks the arguments of GROUPING calls and notes what they refer to,
// finalize_grouping_exprs.
func (g *groupCheck) grouping(e nodes.Expr, level int) error {
	switch x := e.(type) {
	case *nodes.Aggref:
		if x.LevelsUp == level {
			for _, d := range x.DirectArgs {
				if err := g.grouping(d, level); err != nil {
					return err
				}
			}
			return nil
		}
		if x.LevelsUp > level {
			return nil
		}
	case *nodes.GroupingFunc:
		if x.LevelsUp == level {
			x.Refs = nil
			for _, a := range x.Args {
				ref := g.groupRef(a, level)
				if ref == 0 {
					return pgerr.New(pgerrcode.GroupingError,
						"arguments to GROUPING must be grouping expressions of the associated query level").At(exprLocation(a))
				}
				x.Refs = append(x.Refs, ref)
			}
		}
		if x.LevelsUp > level {
			return nil
		}
	}
	for _, c := range nodes.Children(e) {
		if err := g.grouping(c, level); err != nil {
			return err
		}
	}
	if l, ok := e.(*nodes.SubLink); ok && l.Query != nil {
		return descend(l.Query, level+1, g.grouping)
	}
	return nil
}

func (g *groupCheck) groupRef(e nodes.Expr, level int) int {
	e = g.flatten(e)
	v, isVar := e.(*nodes.Var)
	for _, t := range g.groups {
		if isVar {
			if w, ok := t.Expr.(*nodes.Var); ok && v.LevelsUp == level && w.RTE == v.RTE && w.Attno == v.Attno && w.LevelsUp == 0 {
				return t.Ref
			}
		} else if g.nonVar && level == 0 && equalExpr(e, t.Expr) {
			return t.Ref
		}
	}
	return 0
}
