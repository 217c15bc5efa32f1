package plan

import (
	"slices"

	"github.com/flowgres/flowgres/planner/adt"
	"github.com/flowgres/flowgres/planner/nodes"
	"github.com/flowgres/flowgres/planner/pgerr"
)

// dropEmptySet leaves out the only grouping set of an aggregation that has no keys: GROUP BY ().
func (l *level) dropEmptySet() {
	if l.q.GroupingSets == nil || len(l.q.Group) > 0 || !l.q.HasAggs {
		return
	}
	if sets, err := expandGroupingSets(l.q); err == nil && len(sets) == 1 {
		q := *l.q
		q.GroupingSets = nil
		l.q = &q
	}
}

// sets plans GROUPING SETS, ROLLUP and CUBE.
func (g *grouping) sets(s *stage) error {
	q := g.l.q
	// A target that is a key may be NULL in a set without that key, whatever its expression says.
	for _, t := range g.targets {
		if i, ok := g.position[t.Ref]; ok && t.Ref != 0 {
			t.Expr = &groupKey{Expr: t.Expr, Ref: t.Ref}
			g.keyed = append(g.keyed, exprSlot{t.Expr, i})
		}
	}
	g.collect()
	// Columns that the keys determine, and those that HAVING names only once it
	// is folded, are of a row of the group.
	g.loose = looseVars(g.above, g.groups)
	for _, v := range g.loose {
		g.aggs = append(g.aggs, g.l.b.anyValue(v))
	}
	sets, err := expandGroupingSets(q)
	if err != nil {
		return err
	}
	if err := g.presortSets(s, sets); err != nil {
		return err
	}
	if err := g.slots(s); err != nil {
		return err
	}
	g.agg.Sets = [][]int{}
	for _, set := range sets {
		var keys []int
		for _, ref := range set {
			if i := g.position[ref]; !slices.Contains(keys, i) {
				keys = append(keys, i)
			}
		}
		g.agg.Sets = append(g.agg.Sets, keys)
	}
	if err := checkGrouping(q, g.groups, g.aggs, g.agg.Sets); err != nil {
		return err
	}
	width := len(g.groups) + len(g.aggs)
	mask := &nodes.Slot{Index: width, Type: adt.Int4OID, Typmod: -1}
	for _, c := range g.calls() {
		value, err := g.l.b.groupingMask(c, g.position, mask)
		if err != nil {
			return err
		}
		g.values = append(g.values, groupingExpr{c, value})
	}
	g.node(s, width+1)
	return nil
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

// addValues makes the row above the Agg hold the values of GROUPING calls.
func (g *grouping) addValues() {
	s := g.out
	in := s.node.Common()
	width := in.Width
	targets := make([]nodes.Expr, 0, width+len(g.values))
	for i := range width {
		targets = append(targets, s.slotAt(i))
	}
	for _, v := range g.values {
		s.exprs = append(s.exprs, exprSlot{v.call, len(targets)})
		targets = append(targets, v.value)
	}
	rows, calls := in.Rows, in.Calls
	s.node = g.l.b.node(&Result{Input: s.node}, len(targets))
	b := s.node.Common()
	b.Targets, b.Rows, b.Calls = targets, rows, calls
}

// groupingMask builds GROUPING(a, b, …) from the mask of keys not grouped by:
// bit by bit, the last argument's the lowest.
func (b *builder) groupingMask(g *nodes.GroupingFunc, position map[int]int, mask nodes.Expr) (nodes.Expr, error) {
	op := func(name string, x, y nodes.Expr) (nodes.Expr, error) {
		for _, o := range b.opt.Catalog.OperatorsByName("pg_catalog", name, nil) {
			if o.Left == adt.Int4OID && o.Right == adt.Int4OID {
				return &nodes.OpExpr{Op: o.OID, Func: o.Code, Type: adt.Int4OID, Args: []nodes.Expr{x, y}, Location: -1}, nil
			}
		}
		return nil, pgerr.Internal("operator %s of integer is missing", name)
	}
	num := func(n int) nodes.Expr {
		return &nodes.Const{Type: adt.Int4OID, Typmod: -1, Value: int32(n), Location: -1}
	}
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
