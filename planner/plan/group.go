package plan

import (
	"math"
	"slices"

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

// planGrouping adds GROUP BY, aggregates and HAVING.
func (l *level) planGrouping(s *stage, targets []*nodes.TargetEntry) (*stage, error) {
	q := l.q
	if !q.HasAggs && len(q.Group) == 0 && q.GroupingSets == nil && len(l.having) == 0 && q.Having == nil {
		return s, nil
	}
	a := &Agg{}
	var groups []nodes.Expr
	var keyed []exprSlot
	position := map[int]int{} // group key of a sortgroupref
	for _, g := range q.Group {
		e := targetByRef(targets, g.Ref)
		if e == nil {
			return nil, pgerr.Internal("GROUP BY key %d is not in the target list", g.Ref)
		}
		info := nodes.TypeOf(e)
		position[g.Ref] = len(groups)
		groups = append(groups, e)
		a.Keys = append(a.Keys, &KeyColumn{Type: info.Type, Collation: info.Collation, Eq: g.Eq})
	}
	if q.GroupingSets != nil {
		// A target that is a key may be NULL in a set without that key, whatever its expression says.
		for _, t := range targets {
			if i, ok := position[t.Ref]; ok && t.Ref != 0 {
				t.Expr = &groupKey{Expr: t.Expr, Ref: t.Ref}
				keyed = append(keyed, exprSlot{t.Expr, i})
			}
		}
	}
	above := make([]nodes.Expr, 0, len(targets)+len(l.having))
	for _, t := range targets {
		above = append(above, t.Expr)
	}
	above = append(above, l.having...)

	var aggs []*nodes.Aggref
	for _, e := range above {
		collectAggs(e, &aggs)
	}
	if q.GroupingSets == nil {
		if err := checkGrouping(q, groups, aggs, nil); err != nil {
			return nil, err
		}
	}
	// Columns that the group keys determine (GROUP BY of a primary key) become keys too.
	if q.GroupingSets == nil {
		for _, v := range looseVars(above, groups) {
			_, eq, _, _ := l.b.opt.Catalog.SortOperators(v.Type)
			groups = append(groups, v)
			a.Keys = append(a.Keys, &KeyColumn{Type: v.Type, Collation: v.Collation, Eq: eq})
		}
	}
	// Under grouping sets they are of a row of the group, and so are those that
	// HAVING names only once it is folded.
	var of []*nodes.Var
	if q.GroupingSets != nil {
		of = looseVars(above, groups)
		for _, v := range of {
			aggs = append(aggs, l.b.anyValue(v))
		}
	}
	if q.GroupingSets == nil && l.oneRowDecides(groups, aggs) {
		l.oneRow(s)
	} else if q.GroupingSets == nil {
		l.firstDecides(s, groups, aggs)
	}
	err := l.runSets(s, groups)
	if err != nil {
		return nil, err
	}
	if a.Groups, err = s.slotList(groups); err != nil {
		return nil, err
	}
	out := &stage{exprs: keyed, cols: map[varKey]int{}}
	for i, v := range of {
		out.cols[varKey{v.RTE, v.Attno}] = len(groups) + len(aggs) - len(of) + i
	}
	for i, g := range groups {
		if v, ok := g.(*nodes.Var); ok {
			out.cols[varKey{v.RTE, v.Attno}] = i
			continue
		}
		out.exprs = append(out.exprs, exprSlot{g, i})
	}
	for i, g := range aggs {
		c := *g
		if c.DirectArgs, err = s.slotList(g.DirectArgs); err != nil {
			return nil, err
		}
		c.Args = nil
		for _, t := range g.Args {
			tc := *t
			if tc.Expr, err = s.slots(t.Expr); err != nil {
				return nil, err
			}
			c.Args = append(c.Args, &tc)
		}
		if g.Filter != nil {
			if c.Filter, err = s.slots(g.Filter); err != nil {
				return nil, err
			}
		}
		a.Aggs = append(a.Aggs, &c)
		out.exprs = append(out.exprs, exprSlot{g, len(groups) + i})
	}
	width := len(groups) + len(aggs)
	if q.GroupingSets != nil {
		sets, err := expandGroupingSets(q)
		if err != nil {
			return nil, err
		}
		a.Sets = [][]int{}
		for _, set := range sets {
			var keys []int
			for _, ref := range set {
				if i := position[ref]; !slices.Contains(keys, i) {
					keys = append(keys, i)
				}
			}
			a.Sets = append(a.Sets, keys)
		}
		if err := checkGrouping(q, groups, aggs, a.Sets); err != nil {
			return nil, err
		}
		mask := &nodes.Slot{Index: width, Type: int4OID, Typmod: -1}
		for _, e := range above {
			nodes.Walk(e, func(n nodes.Expr) bool {
				if g, ok := n.(*nodes.GroupingFunc); ok && err == nil && out.find(g) < 0 {
					var x nodes.Expr
					if x, err = l.b.groupingMask(g, position, mask); err == nil {
						out.exprs = append(out.exprs, exprSlot{g, -1}) // replaced below
						l.groupings = append(l.groupings, groupingExpr{g, x})
					}
				}
				return true
			})
		}
		if err != nil {
			return nil, err
		}
		out.exprs = slices.DeleteFunc(out.exprs, func(x exprSlot) bool { return x.slot < 0 })
		width++
	}
	if q.GroupingSets == nil { // one set of all keys: no bit of a GROUPING is set
		for _, e := range above {
			nodes.Walk(e, func(n nodes.Expr) bool {
				if g, ok := n.(*nodes.GroupingFunc); ok {
					l.groupings = append(l.groupings, groupingExpr{g, &nodes.Const{Type: int4OID, Typmod: -1, Value: int32(0), Location: -1}})
				}
				return true
			})
		}
	}
	in := s.node.Common()
	a.Input = s.node
	out.node = l.b.node(a, width)
	a.Rows, a.Calls = math.Max(1, in.Rows/5), in.Calls
	if len(groups) == 0 && a.Sets == nil {
		a.Rows = 1
	}
	if len(l.groupings) > 0 {
		if err := l.addGroupings(out); err != nil {
			return nil, err
		}
	}
	return out, l.filter(out, l.having)
}

// anyValue is a call of the aggregate any_value.
func (b *builder) anyValue(v *nodes.Var) *nodes.Aggref {
	proc := b.opt.Catalog.ProcsByName("pg_catalog", "any_value", nil)[0]
	return &nodes.Aggref{
		Func: proc.OID, Type: v.Type, Collation: v.Collation, InputCollation: v.Collation, ArgTypes: []nodes.OID{v.Type},
		Args: []*nodes.TargetEntry{{Expr: v, Resno: 1}}, Kind: 'n', Location: -1,
	}
}

// groupKey is a target that is a key of grouping sets.
type groupKey struct {
	nodes.CustomExpr
	Expr nodes.Expr
	Ref  int
}

// Info makes groupKey a nodes.Custom.
func (g *groupKey) Info() nodes.Info { return nodes.TypeOf(g.Expr) }

// SubExprs gives the key's expression.
func (g *groupKey) SubExprs() []nodes.Expr { return []nodes.Expr{g.Expr} }

// WithSubExprs makes groupKey a nodes.Custom.
func (g *groupKey) WithSubExprs(es []nodes.Expr) nodes.Expr {
	return &groupKey{Expr: es[0], Ref: g.Ref}
}

// groupingExpr is GROUPING(…) and what computes it from an Agg's bit mask.
type groupingExpr struct {
	call  nodes.Expr
	value nodes.Expr // over the Agg's row
}

// addGroupings makes the row above an Agg hold the values of GROUPING calls.
func (l *level) addGroupings(s *stage) error {
	in := s.node.Common()
	width := in.Width
	targets := make([]nodes.Expr, 0, width+len(l.groupings))
	for i := range width {
		targets = append(targets, s.slotAt(i))
	}
	for _, g := range l.groupings {
		s.exprs = append(s.exprs, exprSlot{g.call, len(targets)})
		targets = append(targets, g.value)
	}
	rows, calls := in.Rows, in.Calls
	s.node = l.b.node(&Result{Input: s.node}, len(targets))
	b := s.node.Common()
	b.Targets, b.Rows, b.Calls = targets, rows, calls
	return nil
}

// groupingMask builds GROUPING(a, b, …) from the mask of keys not grouped by:
// bit by bit, the last argument's the lowest.
func (b *builder) groupingMask(g *nodes.GroupingFunc, position map[int]int, mask nodes.Expr) (nodes.Expr, error) {
	op := func(name string, x, y nodes.Expr) (nodes.Expr, error) {
		for _, o := range b.opt.Catalog.OperatorsByName("pg_catalog", name, nil) {
			if o.Left == int4OID && o.Right == int4OID {
				return &nodes.OpExpr{Op: o.OID, Func: o.Code, Type: int4OID, Args: []nodes.Expr{x, y}, Location: -1}, nil
			}
		}
		return nil, pgerr.Internal("operator %s of integer is missing", name)
	}
	num := func(n int) nodes.Expr { return &nodes.Const{Type: int4OID, Typmod: -1, Value: int32(n), Location: -1} }
	var sum nodes.Expr
	for i, ref := range g.Refs {
		bit, err := op(">>", mask, num(position[ref]))
		if err == nil {
			bit, err = op("&", bit, num(1))
		}
		if err == nil {
			bit, err = op("<<", bit, num(len(g.Refs)-1-i))
		}
		if err == nil && sum != nil {
			bit, err = op("|", sum, bit)
		}
		if err != nil {
			return nil, err
		}
		sum = bit
	}
	return sum, nil
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

// maxGroupingSets is PostgreSQL's limit.
const maxGroupingSets = 4096

// expandGroupingSets gives the cross product of the grouping set clauses, each
// set as sortgrouprefs (expand_grouping_sets).
func expandGroupingSets(q *nodes.Query) ([][]int, error) {
	sets := [][]int{nil}
	for _, g := range q.GroupingSets {
		var next [][]int
		for _, have := range sets {
			for _, add := range expandOne(g) {
				next = append(next, append(slices.Clone(have), add...))
				if len(next) > maxGroupingSets {
					return nil, pgerr.New("54001", "too many grouping sets present (maximum %d)", maxGroupingSets)
				}
			}
		}
		sets = next
	}
	for i, s := range sets {
		var uniq []int
		for _, ref := range s {
			if !slices.Contains(uniq, ref) {
				uniq = append(uniq, ref)
			}
		}
		sets[i] = uniq
	}
	if q.GroupDistinct {
		var out [][]int
		for _, s := range sets {
			k := slices.Sorted(slices.Values(s))
			if !slices.ContainsFunc(out, func(o []int) bool { return slices.Equal(slices.Sorted(slices.Values(o)), k) }) {
				out = append(out, s)
			}
		}
		sets = out
	}
	return sets, nil
}

// expandOne gives the sets that one grouping set expression means.
func expandOne(g *nodes.GroupingSet) [][]int {
	flat := func(c *nodes.GroupingSet) []int { return c.Refs }
	switch g.Kind {
	case nodes.GroupingEmpty:
		return [][]int{nil}
	case nodes.GroupingSimple:
		return [][]int{g.Refs}
	case nodes.GroupingRollup:
		var out [][]int
		for n := len(g.Content); n >= 0; n-- {
			var set []int
			for _, c := range g.Content[:n] {
				set = append(set, flat(c)...)
			}
			out = append(out, set)
		}
		return out
	case nodes.GroupingCube:
		var out [][]int
		n := len(g.Content)
		for bits := 1<<n - 1; bits >= 0; bits-- {
			var set []int
			for i, c := range g.Content {
				if bits&(1<<i) != 0 {
					set = append(set, flat(c)...)
				}
			}
			out = append(out, set)
		}
		return out
	}
	var out [][]int
	for _, c := range g.Content {
		out = append(out, expandOne(c)...)
	}
	return out
}
