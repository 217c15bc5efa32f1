package plan

import (
	"slices"

	"github.com/flowgres/flowgres/planner/adt"
	"github.com/flowgres/flowgres/planner/nodes"
)

// pathKey is one thing that rows are ordered by: the clause tells how.
type pathKey struct {
	expr   nodes.Expr
	clause *nodes.SortGroupClause
}

func (k pathKey) same(o pathKey) bool {
	return k.clause.Sort == o.clause.Sort && k.clause.NullsFirst == o.clause.NullsFirst && nodes.Equal(k.expr, o.expr)
}

// presort orders the rows below a grouping in which an aggregate wants an order, as
// PostgreSQL does: by the group keys, then by what the most of the aggregates want. The
// others see the rows in that order too, so it shows in what array_agg(x), say,
// makes beside count(DISTINCT y) (adjust_group_pathkeys_for_groupagg). Keys that cannot be
// hashed are sorted too.
func (g *grouping) presort(s *stage) error {
	sees := slices.ContainsFunc(g.aggs, wantsOrder) && slices.ContainsFunc(g.aggs, g.seesOrder)
	if !sees && hashable(g.l.q.Group) {
		return nil
	}
	var keys []pathKey
	for _, c := range g.l.groupClause() {
		if c.Sort == 0 {
			return nil
		}
		keys = g.l.appendKey(keys, pathKey{targetByRef(g.targets, c.Ref), c})
	}
	return g.sortBy(s, g.bestOrder(keys))
}

// presortSets is presort for grouping sets each of which holds the smaller ones: PostgreSQL
// computes them of rows in the order of the largest, its smaller sets first.
func (g *grouping) presortSets(s *stage, sets [][]int) error {
	if !slices.ContainsFunc(g.aggs, wantsOrder) || !slices.ContainsFunc(g.aggs, g.seesOrder) {
		return nil
	}
	var keys []pathKey
	for _, ref := range chained(sets, g.l.q.Sort) {
		c := g.l.q.Group[g.position[ref]]
		if c.Sort == 0 {
			return nil
		}
		keys = g.l.appendKey(keys, pathKey{g.groups[g.position[ref]], c})
	}
	return g.sortBy(s, keys)
}

// chained gives the keys of sets of which each holds the smaller ones, those of the smaller
// sets first and otherwise as ORDER BY has them (reorder_grouping_sets); nil: they are not such.
func chained(sets [][]int, sort []*nodes.SortGroupClause) []int {
	sets = slices.Clone(sets)
	slices.SortStableFunc(sets, func(a, b []int) int { return len(a) - len(b) })
	var out []int
	for _, set := range sets {
		if slices.ContainsFunc(out, func(ref int) bool { return !slices.Contains(set, ref) }) {
			return nil
		}
		left := slices.DeleteFunc(slices.Clone(set), func(ref int) bool { return slices.Contains(out, ref) })
		for len(out) < len(sort) && len(left) > 0 {
			at := slices.Index(left, sort[len(out)].Ref)
			if at < 0 {
				sort = nil
				break
			}
			out, left = append(out, left[at]), slices.Delete(left, at, at+1)
		}
		out = append(out, left...)
	}
	return out
}

// sortBy orders the rows below the grouping.
func (g *grouping) sortBy(s *stage, keys []pathKey) error {
	exprs := make([]nodes.Expr, len(keys))
	for i, k := range keys {
		exprs[i] = k.expr
	}
	if err := g.l.runSets(s, exprs); err != nil {
		return err
	}
	slots, err := g.l.extend(s, exprs)
	if err != nil {
		return err
	}
	var order []*SortKey
	for i, k := range keys {
		info := nodes.TypeOf(k.expr)
		order = append(order, &SortKey{Slot: slots[i], Type: info.Type, Collation: info.Collation, Op: k.clause.Sort, Desc: k.clause.Desc, NullsFirst: k.clause.NullsFirst})
	}
	g.l.sort(s, order, nil)
	return nil
}

// groupClause gives the keys of GROUP BY, those of ORDER BY first if that makes one
// the beginning of the other (preprocess_groupclause).
func (l *level) groupClause() []*nodes.SortGroupClause {
	q := l.q
	var out []*nodes.SortGroupClause
	for _, s := range q.Sort {
		if !slices.ContainsFunc(q.Group, func(c *nodes.SortGroupClause) bool { return *c == *s }) {
			break
		}
		out = append(out, s)
	}
	matched := len(out)
	for _, c := range q.Group {
		if !slices.ContainsFunc(out, func(s *nodes.SortGroupClause) bool { return *s == *c }) {
			out = append(out, c)
		}
	}
	if matched == 0 || matched < len(q.Sort) && matched < len(out) {
		return q.Group
	}
	return out
}

// appendKey adds a key that is not ordered by yet and has more than one value.
func (l *level) appendKey(keys []pathKey, k pathKey) []pathKey {
	if l.isFixed(k.expr) || slices.ContainsFunc(keys, func(o pathKey) bool { return nodes.Equal(o.expr, k.expr) }) {
		return keys
	}
	return append(keys[:len(keys):len(keys)], k)
}

// bestOrder adds to the group keys the order that suits the most aggregates, the
// first such.
func (g *grouping) bestOrder(group []pathKey) []pathKey {
	var left [][]pathKey // what the aggregates want that are not served yet
	for _, a := range g.aggs {
		if keys, ok := g.wanted(a, group); ok {
			left = append(left, keys)
		}
	}
	best, most := group, 0
	for len(left) > most {
		chosen, served := left[0], 1
		var rest [][]pathKey
		for _, keys := range left[1:] {
			switch n := min(len(chosen), len(keys)); {
			case !slices.EqualFunc(chosen[:n], keys[:n], pathKey.same):
				rest = append(rest, keys)
				continue
			case len(keys) > n:
				chosen = keys
			}
			served++
		}
		if served > most {
			best, most = chosen, served
		}
		left = rest
	}
	return best
}

// wanted gives the order that an aggregate wants within groups; not ok: none, or none that
// rows may be brought into before its FILTER is asked.
func (g *grouping) wanted(a *nodes.Aggref, group []pathKey) ([]pathKey, bool) {
	if a.Kind != 'n' || !wantsOrder(a) {
		return nil, false
	}
	if a.Filter != nil && slices.ContainsFunc(a.Args, func(t *nodes.TargetEntry) bool { return !simpleArgument(g.l.q, t.Expr) }) {
		return nil, false
	}
	keys := group
	for _, c := range ownOrder(a) {
		e := targetByRef(a.Args, c.Ref)
		if g.l.b.volatile(e) {
			return nil, false
		}
		keys = g.l.appendKey(keys, pathKey{e, c})
	}
	return keys, true
}

// simpleArgument tells whether an expression is a column or a constant, also where it
// is a column of a subquery that says no more than FROM and WHERE.
func simpleArgument(q *nodes.Query, e nodes.Expr) bool {
	switch x := e.(type) {
	case *nodes.RelabelType:
		return simpleArgument(q, x.Arg)
	case *nodes.Const:
		return true
	case *nodes.Var:
		if x.LevelsUp == 0 {
			if r := q.RangeTable[x.RTE-1]; r.Kind == nodes.RTESubquery && x.Attno > 0 && simple(r.Query) {
				return simpleArgument(r.Query, r.Query.TargetList[x.Attno-1].Expr)
			}
		}
		return true
	}
	return false
}

// ownOrder is the order in which an aggregate takes its rows.
func ownOrder(a *nodes.Aggref) []*nodes.SortGroupClause {
	if len(a.Distinct) > 0 {
		return a.Distinct
	}
	return a.Order
}

func wantsOrder(a *nodes.Aggref) bool { return len(ownOrder(a)) > 0 }

// seesOrder tells whether the order of the rows may show in an aggregate's result.
func (g *grouping) seesOrder(a *nodes.Aggref) bool {
	p := g.l.b.opt.Catalog.ProcByOID(a.Func)
	if a.Kind != 'n' || p == nil {
		return false
	}
	switch p.Name {
	case "count", "bool_and", "bool_or", "every", "bit_and", "bit_or", "bit_xor":
		return false
	case "min", "max":
		return !exactType(a.ArgTypes[0])
	case "sum", "avg", "stddev", "stddev_pop", "stddev_samp", "variance", "var_pop", "var_samp":
		return floats[a.ArgTypes[0]]
	}
	order := ownOrder(a)
	return slices.ContainsFunc(a.Args, func(t *nodes.TargetEntry) bool {
		if _, ok := t.Expr.(*nodes.Const); ok || t.Resjunk {
			return false
		}
		ordered := slices.ContainsFunc(order, func(c *nodes.SortGroupClause) bool { return c.Ref == t.Ref })
		return !ordered || !exactType(nodes.TypeOf(t.Expr).Type)
	})
}

// floats are the types whose sums depend on the order of the summands.
var floats = map[adt.OID]bool{700: true, 701: true}

// exactType tells of types whose equal values look the same: bool, integers, text, oid,
// date, timestamp and timestamptz.
func exactType(t adt.OID) bool {
	return slices.Contains([]adt.OID{adt.BoolOID, 21, adt.Int4OID, adt.Int8OID, adt.TextOID, adt.OIDOID, 1082, 1114, 1184}, t)
}
