package analyze

import (
	"slices"

	"github.com/jackc/pgerrcode"
	pg_query "github.com/pganalyze/pg_query_go/v5"

	"github.com/flowgres/flowgres/planner/nodes"
	"github.com/flowgres/flowgres/planner/pgerr"
)

// groupItem is an item of GROUP BY with parentheses flattened: an expression, a
// list of them, or a grouping set.
type groupItem struct {
	expr *pg_query.Node
	list []groupItem
	set  *groupSet
}

type groupSet struct {
	kind     pg_query.GroupingSetKind
	content  []groupItem
	location int
}

func (g groupItem) isList() bool { return g.expr == nil && g.set == nil }

func (g groupItem) location() int {
	switch {
	case g.expr != nil:
		return rawLocation(g.expr)
	case g.set != nil:
		return g.set.location
	}
	for _, x := range g.list {
		if loc := x.location(); loc >= 0 {
			return loc
		}
	}
	return -1
}

// flattenGroup flattens parenthesised lists and GROUPING SETS inside of
// GROUPING SETS, flatten_grouping_sets. Empty sets at the top are dropped.
func flattenGroup(n *pg_query.Node, top bool, hasSets *bool) groupItem {
	if r := n.GetRowExpr(); r != nil && r.RowFormat == pg_query.CoercionForm_COERCE_IMPLICIT_CAST {
		return groupItem{list: flattenGroupList(r.Args, false, nil)}
	}
	g := n.GetGroupingSet()
	if g == nil {
		return groupItem{expr: n}
	}
	if hasSets != nil {
		*hasSets = true
	}
	if top && g.Kind == pg_query.GroupingSetKind_GROUPING_SET_EMPTY {
		return groupItem{}
	}
	var content []groupItem
	for _, c := range g.Content {
		x := flattenGroup(c, false, nil)
		if s := c.GetGroupingSet(); s != nil && s.Kind == pg_query.GroupingSetKind_GROUPING_SET_SETS {
			content = append(content, x.list...)
		} else {
			content = append(content, x)
		}
	}
	if top || g.Kind != pg_query.GroupingSetKind_GROUPING_SET_SETS {
		return groupItem{set: &groupSet{kind: g.Kind, content: content, location: int(g.Location)}}
	}
	return groupItem{list: content}
}

func flattenGroupList(list []*pg_query.Node, top bool, hasSets *bool) []groupItem {
	var out []groupItem
	for _, n := range list {
		x := flattenGroup(n, top, hasSets)
		if x.isList() {
			out = append(out, x.list...)
		} else {
			out = append(out, x)
		}
	}
	return out
}

// grouper resolves one GROUP BY or PARTITION BY.
type grouper struct {
	ps    *ParseState
	tl    *[]*nodes.TargetEntry
	sort  []*nodes.SortGroupClause
	kind  ExprKind
	sql99 bool
	flat  []*nodes.SortGroupClause
}

// transformGroupClause resolves GROUP BY into a flat list of keys and, where
// there are grouping sets, their tree.
func (ps *ParseState) transformGroupClause(list []*pg_query.Node, tl *[]*nodes.TargetEntry, sort []*nodes.SortGroupClause, kind ExprKind, sql99 bool) ([]*nodes.SortGroupClause, []*nodes.GroupingSet, error) {
	if len(list) == 0 {
		return nil, nil, nil
	}
	g := &grouper{ps: ps, tl: tl, sort: sort, kind: kind, sql99: sql99}
	hasSets := false
	items := flattenGroupList(list, true, &hasSets)
	if len(items) == 0 && hasSets {
		return nil, []*nodes.GroupingSet{{Kind: nodes.GroupingEmpty, Location: rawListLocation(list)}}, nil
	}
	var sets []*nodes.GroupingSet
	var seen []int
	for _, it := range items {
		if it.set != nil {
			s, err := g.set(it.set)
			if err != nil {
				return nil, nil, err
			}
			sets = append(sets, s)
			continue
		}
		ref, err := g.expr(it.expr, seen, true)
		if err != nil {
			return nil, nil, err
		}
		if ref > 0 {
			seen = append(seen, ref)
			if hasSets {
				sets = append(sets, &nodes.GroupingSet{Kind: nodes.GroupingSimple, Refs: []int{ref}, Location: it.location()})
			}
		}
	}
	return g.flat, sets, nil
}

// expr resolves one expression and gives its reference, 0 for a repetition.
func (g *grouper) expr(n *pg_query.Node, seen []int, top bool) (int, error) {
	t, err := g.ps.findTarget(n, g.tl, g.kind, g.sql99)
	if err != nil {
		return 0, err
	}
	found := false
	if t.Ref > 0 {
		if slices.Contains(seen, t.Ref) {
			return 0, nil
		}
		if g.ps.inSortList(t, 0, g.flat) {
			return t.Ref, nil
		}
		// Adopt the operators of ORDER BY.
		for _, c := range g.sort {
			if c.Ref == t.Ref {
				k := *c
				if !top {
					k.NullsFirst = false
				}
				g.flat = append(g.flat, &k)
				found = true
				break
			}
		}
	}
	if !found {
		if g.flat, err = g.ps.addToGroupList(t, g.flat, *g.tl, rawLocation(n)); err != nil {
			return 0, err
		}
	}
	return t.Ref, nil
}

// set resolves a grouping set and what it holds.
func (g *grouper) set(s *groupSet) (*nodes.GroupingSet, error) {
	out := &nodes.GroupingSet{Kind: groupingKind(s.kind), Location: s.location}
	for _, it := range s.content {
		var c *nodes.GroupingSet
		switch {
		case it.set != nil:
			var err error
			if c, err = g.set(it.set); err != nil {
				return nil, err
			}
		case it.expr != nil:
			ref, err := g.expr(it.expr, nil, false)
			if err != nil {
				return nil, err
			}
			c = &nodes.GroupingSet{Kind: nodes.GroupingSimple, Refs: []int{ref}, Location: it.location()}
		default:
			c = &nodes.GroupingSet{Kind: nodes.GroupingSimple, Location: it.location()}
			for _, x := range it.list {
				ref, err := g.expr(x.expr, c.Refs, false)
				if err != nil {
					return nil, err
				}
				if ref > 0 {
					c.Refs = append(c.Refs, ref)
				}
			}
		}
		out.Content = append(out.Content, c)
	}
	if out.Kind == nodes.GroupingCube && len(out.Content) > 12 {
		return nil, pgerr.New(pgerrcode.TooManyColumns, "CUBE is limited to 12 elements").At(s.location)
	}
	return out, nil
}

func groupingKind(k pg_query.GroupingSetKind) nodes.GroupingSetKind {
	switch k {
	case pg_query.GroupingSetKind_GROUPING_SET_SIMPLE:
		return nodes.GroupingSimple
	case pg_query.GroupingSetKind_GROUPING_SET_ROLLUP:
		return nodes.GroupingRollup
	case pg_query.GroupingSetKind_GROUPING_SET_CUBE:
		return nodes.GroupingCube
	case pg_query.GroupingSetKind_GROUPING_SET_SETS:
		return nodes.GroupingSets
	}
	return nodes.GroupingEmpty
}

// expandSet gives the plain sets that a grouping set stands for.
func expandSet(g *nodes.GroupingSet) [][]int {
	switch g.Kind {
	case nodes.GroupingSimple:
		return [][]int{g.Refs}
	case nodes.GroupingRollup:
		var out [][]int
		for n := len(g.Content); n >= 0; n-- {
			set := []int{}
			for _, c := range g.Content[:n] {
				set = append(set, c.Refs...)
			}
			out = append(out, set)
		}
		return out
	case nodes.GroupingCube:
		var out [][]int
		for mask := range 1 << len(g.Content) {
			set := []int{}
			for i, c := range g.Content {
				if mask&(1<<i) != 0 {
					set = append(set, c.Refs...)
				}
			}
			out = append(out, set)
		}
		return out
	case nodes.GroupingSets:
		var out [][]int
		for _, c := range g.Content {
			out = append(out, expandSet(c)...)
		}
		return out
	}
	return [][]int{{}}
}

// expandSets gives all the sets of a GROUP BY: the product of its items, nil
// when that is more than limit. Duplicates stay; plan removes those of GROUP BY
// DISTINCT.
func expandSets(sets []*nodes.GroupingSet, limit int) [][]int {
	out := [][]int{{}}
	for _, g := range sets {
		items := expandSet(g)
		if len(out)*len(items) > limit {
			return nil
		}
		var next [][]int
		for _, a := range out {
			for _, b := range items {
				set := slices.Clone(a)
				for _, r := range b {
					if !slices.Contains(set, r) {
						set = append(set, r)
					}
				}
				next = append(next, set)
			}
		}
		out = next
	}
	return out
}
