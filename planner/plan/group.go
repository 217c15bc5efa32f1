package plan

import (
	"math"
	"slices"

	"github.com/flowgres/flowgres/planner/adt"
	"github.com/flowgres/flowgres/planner/nodes"
	"github.com/flowgres/flowgres/planner/pgerr"
)

func hasAggregate(e nodes.Expr) bool {
	found := false
	nodes.Walk(e, func(n nodes.Expr) bool {
		switch n.(type) {
		case *nodes.Aggref, *nodes.GroupingFunc:
			found = true
		}
		return !found
	})
	return found
}

// hasSubPlan tells whether an expression holds a planned subquery.
func hasSubPlan(e nodes.Expr) bool {
	found := false
	nodes.Walk(e, func(n nodes.Expr) bool {
		_, ok := n.(*SubPlanExpr)
		found = found || ok
		return !found
	})
	return found
}

// grouping is the planning of a level's GROUP BY, aggregates and HAVING.
type grouping struct {
	l        *level
	targets  []*nodes.TargetEntry
	above    []nodes.Expr // what is computed of the groups: targets and HAVING
	agg      *Agg
	groups   []nodes.Expr // the expressions of agg's keys
	position map[int]int  // the key of a sortgroupref
	aggs     []*nodes.Aggref
	keyed    []exprSlot     // targets that are keys of grouping sets
	loose    []*nodes.Var   // columns that the last ones of aggs give
	values   []groupingExpr // GROUPING calls
	out      *stage         // of the rows that agg makes
}

// planGrouping adds GROUP BY, aggregates and HAVING.
func (l *level) planGrouping(s *stage, targets []*nodes.TargetEntry) (*stage, error) {
	q := l.q
	if !q.HasAggs && len(q.Group) == 0 && q.GroupingSets == nil && len(l.having) == 0 && q.Having == nil {
		return s, nil
	}
	g := &grouping{l: l, targets: targets, agg: &Agg{}, position: map[int]int{}}
	if err := g.keys(); err != nil {
		return nil, err
	}
	plan := g.plain
	if q.GroupingSets != nil {
		plan = g.sets
	}
	if err := plan(s); err != nil {
		return nil, err
	}
	return g.out, l.filter(g.out, l.having)
}

// keys makes the keys that GROUP BY names.
func (g *grouping) keys() error {
	for _, c := range g.l.q.Group {
		e := targetByRef(g.targets, c.Ref)
		if e == nil {
			return pgerr.Internal("GROUP BY key %d is not in the target list", c.Ref)
		}
		g.position[c.Ref] = len(g.groups)
		g.key(e, c.Eq)
	}
	return nil
}

func (g *grouping) key(e nodes.Expr, eq nodes.OID) {
	info := nodes.TypeOf(e)
	g.groups = append(g.groups, e)
	g.agg.Keys = append(g.agg.Keys, &KeyColumn{Type: info.Type, Collation: info.Collation, Eq: eq})
}

// collect gathers the aggregates of the targets and of HAVING.
func (g *grouping) collect() {
	for _, t := range g.targets {
		g.above = append(g.above, t.Expr)
	}
	g.above = append(g.above, g.l.having...)
	for _, e := range g.above {
		collectAggs(e, &g.aggs)
	}
}

// plain plans one set of all keys.
func (g *grouping) plain(s *stage) error {
	g.collect()
	if err := checkGrouping(g.l.q, g.groups, g.aggs, nil); err != nil {
		return err
	}
	// Columns that the group keys determine (GROUP BY of a primary key) become keys too.
	for _, v := range looseVars(g.above, g.groups) {
		_, eq, _, _ := g.l.b.opt.Catalog.SortOperators(v.Type)
		g.key(v, eq)
	}
	if g.l.oneRowDecides(g.groups, g.aggs) {
		g.l.oneRow(s)
	} else {
		g.l.firstDecides(s, g.groups, g.aggs)
		if err := g.presort(s); err != nil {
			return err
		}
	}
	if err := g.slots(s); err != nil {
		return err
	}
	for _, c := range g.calls() { // no bit of a GROUPING is set
		g.values = append(g.values, groupingExpr{c, &nodes.Const{Type: adt.Int4OID, Typmod: -1, Value: int32(0), Location: -1}})
	}
	g.node(s, len(g.groups)+len(g.aggs))
	return nil
}

// slots gives the Agg its keys and aggregates in terms of the rows below, and
// says where its rows hold them.
func (g *grouping) slots(s *stage) error {
	err := g.l.runSets(s, g.groups)
	if err != nil {
		return err
	}
	if g.agg.Groups, err = s.slotList(g.groups); err != nil {
		return err
	}
	out := &stage{exprs: g.keyed, cols: map[varKey]int{}}
	g.out = out
	for i, v := range g.loose {
		out.cols[varKey{v.RTE, v.Attno}] = len(g.groups) + len(g.aggs) - len(g.loose) + i
	}
	for i, e := range g.groups {
		if v, ok := e.(*nodes.Var); ok {
			out.cols[varKey{v.RTE, v.Attno}] = i
			continue
		}
		out.exprs = append(out.exprs, exprSlot{e, i})
	}
	for i, a := range g.aggs {
		below, err := s.aggregate(a)
		if err != nil {
			return err
		}
		g.agg.Aggs = append(g.agg.Aggs, below)
		out.exprs = append(out.exprs, exprSlot{a, len(g.groups) + i})
	}
	return nil
}

// aggregate gives an aggregate call in terms of the stage's rows.
func (s *stage) aggregate(a *nodes.Aggref) (_ *nodes.Aggref, err error) {
	c := *a
	if c.DirectArgs, err = s.slotList(a.DirectArgs); err != nil {
		return nil, err
	}
	c.Args = nil
	for _, t := range a.Args {
		arg := *t
		if arg.Expr, err = s.slots(t.Expr); err != nil {
			return nil, err
		}
		c.Args = append(c.Args, &arg)
	}
	if a.Filter != nil {
		if c.Filter, err = s.slots(a.Filter); err != nil {
			return nil, err
		}
	}
	return &c, nil
}

// calls gives the different GROUPING calls above.
func (g *grouping) calls() []*nodes.GroupingFunc {
	var out []*nodes.GroupingFunc
	for _, e := range g.above {
		nodes.Walk(e, func(n nodes.Expr) bool {
			c, ok := n.(*nodes.GroupingFunc)
			if ok && !slices.ContainsFunc(out, func(have *nodes.GroupingFunc) bool { return nodes.Equal(have, c) }) {
				out = append(out, c)
			}
			return true
		})
	}
	return out
}

// node puts the Agg, whose rows are width wide, on the stage below.
func (g *grouping) node(s *stage, width int) {
	a, in := g.agg, s.node.Common()
	a.Input = s.node
	g.out.node = g.l.b.node(a, width)
	a.Rows, a.Calls = math.Max(1, in.Rows/5), in.Calls
	if len(g.groups) == 0 && a.Sets == nil {
		a.Rows = 1
	}
	if len(g.values) > 0 {
		g.addValues()
	}
}

func targetByRef(targets []*nodes.TargetEntry, ref int) nodes.Expr {
	for _, t := range targets {
		if t.Ref == ref {
			return t.Expr
		}
	}
	return nil
}

// collectAggs gathers the different aggregate calls of this level.
func collectAggs(e nodes.Expr, aggs *[]*nodes.Aggref) {
	nodes.Walk(e, func(n nodes.Expr) bool {
		a, ok := n.(*nodes.Aggref)
		if !ok {
			return true
		}
		for _, have := range *aggs {
			if nodes.Equal(have, a) {
				return false
			}
		}
		*aggs = append(*aggs, a)
		return false
	})
}

// looseVars gives the columns in expressions that are neither in an aggregate
// nor part of a group key.
func looseVars(es, groups []nodes.Expr) []*nodes.Var {
	var out []*nodes.Var
	for _, e := range es {
		nodes.Walk(e, func(n nodes.Expr) bool {
			for _, g := range groups {
				if nodes.Equal(g, n) {
					return false
				}
			}
			switch n := n.(type) {
			case *nodes.Aggref, *nodes.GroupingFunc:
				return false
			case *nodes.Var:
				for _, v := range out {
					if nodes.Equal(v, n) {
						return false
					}
				}
				out = append(out, n)
			}
			return true
		})
	}
	return out
}
