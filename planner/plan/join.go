package plan

import (
	"math"
	"slices"

	"github.com/flowgres/flowgres/planner/fdw"
	"github.com/flowgres/flowgres/planner/nodes"
)

// rel is a planned part of a join tree.
type rel struct {
	stage
	rtes relids
	base float64 // rows of its largest table before any condition
	// params are executor parameters that must be set, from columns outside of
	// the rel, before it runs (LATERAL).
	params []NestParam // Value in the level's terms
	// scans are the table scans that join keys can be handed down to: the node itself, or
	// those below projections, groupings by the keys and appends.
	scans []scanAt
}

func (r *rel) rows() float64 { return r.node.Common().Rows }

// needs gives the entries that the rel's parameters come from.
func (r *rel) needs() relids {
	out := relids{}
	for _, p := range r.params {
		out.add(relidsOf(p.Value))
	}
	return out
}

// order joins rels: it starts with the smallest and takes next what is tied by
// a condition and keeps the result smallest.
func (l *level) order(rels []*rel, conds []nodes.Expr) (*rel, error) {
	if len(rels) == 0 {
		empty := &rel{stage: stage{node: l.b.node(&Result{}, 0)}, rtes: relids{}, base: 1}
		empty.node.Common().Rows = 1
		return empty, nil
	}
	o := joinOrder{l: l, left: slices.Clone(rels), needs: externalNeeds(rels), conds: conds}
	for _, c := range conds {
		o.named = append(o.named, relidsOf(c))
	}
	cur := o.take(o.start())
	for len(o.left) > 0 {
		if err := l.b.opt.Env.Interrupted(); err != nil {
			return nil, err
		}
		next := o.take(o.next(cur))
		j, err := l.join(nodes.InnerJoin, cur, next, o.on(cur, next))
		if err != nil {
			return nil, err
		}
		cur = j
	}
	return cur, nil
}

// joinOrder is what is left to join.
type joinOrder struct {
	l     *level
	left  []*rel
	needs map[*rel]relids // what each needs of the others
	conds []nodes.Expr
	named []relids // by each condition
}

// externalNeeds gives what each rel needs of the others.
func externalNeeds(rels []*rel) map[*rel]relids {
	all := relids{}
	for _, r := range rels {
		all.add(r.rtes)
	}
	out := map[*rel]relids{}
	for _, r := range rels {
		out[r] = relids{}
		for id := range r.needs() {
			if all[id] && !r.rtes[id] {
				out[r][id] = true
			}
		}
	}
	return out
}

// take removes a rel of those that are left.
func (o *joinOrder) take(i int) *rel {
	r := o.left[i]
	o.left = slices.Delete(o.left, i, i+1)
	return r
}

// start chooses the smallest rel that needs no other.
func (o *joinOrder) start() int {
	best := -1
	for i, r := range o.left {
		if len(o.needs[r]) == 0 && (best < 0 || cost(r) < cost(o.left[best])) {
			best = i
		}
	}
	return max(best, 0)
}

// next chooses, of the rels whose needs cur fulfils, the one that a condition ties to
// it with the fewest rows, or any with the fewest.
func (o *joinOrder) next(cur *rel) int {
	best, bestRows, bestTied := -1, math.Inf(1), false
	for i, r := range o.left {
		if !cur.rtes.has(o.needs[r]) {
			continue
		}
		tied := len(o.needs[r]) > 0
		var on []nodes.Expr
		for k, ids := range o.named {
			if ids.overlaps(cur.rtes) && ids.overlaps(r.rtes) && ids.within(cur.rtes, r.rtes) {
				tied = tied || !o.l.b.unselective(o.conds[k])
				on = append(on, o.conds[k])
			}
		}
		rows := o.l.joinRows(cur, r, tied, on)
		if best < 0 || tied && !bestTied || tied == bestTied && rows < bestRows {
			best, bestRows, bestTied = i, rows, tied
		}
	}
	return max(best, 0)
}

// on takes the conditions that a join of two rels can answer.
func (o *joinOrder) on(cur, next *rel) (on []nodes.Expr) {
	var rest []nodes.Expr
	var named []relids
	for k, c := range o.conds {
		if o.named[k].within(cur.rtes, next.rtes) {
			on = append(on, c)
		} else {
			rest, named = append(rest, c), append(named, o.named[k])
		}
	}
	o.conds, o.named = rest, named
	return on
}

// cost ranks rels for the start of a join order.
func cost(r *rel) float64 { return r.rows() + 1000*r.node.Common().Calls }

// joinRows estimates the rows of a join under conditions (eqjoinsel): columns of
// tables at hand, of which it is known how many values they have, count for what they say.
func (l *level) joinRows(a, b *rel, tied bool, on []nodes.Expr) float64 {
	rows := a.rows() * b.rows()
	known := false
	for _, c := range on {
		if d := l.valuesEquated(c, a.rtes, b.rtes); d > 0 {
			rows /= d
			known = true
		}
	}
	if tied && !known {
		rows /= math.Max(1, math.Max(a.base, b.base))
	}
	return rows
}

// unselective tells whether a condition keeps most pairs of rows: it compares, but
// not for equality. It ties no tables together.
func (b *builder) unselective(e nodes.Expr) bool {
	switch e := e.(type) {
	case *nodes.OpExpr:
		if len(e.Args) != 2 || b.isEquality(e.Op) {
			return false
		}
		op := b.opt.Catalog.OperatorByOID(e.Op)
		return op != nil && (b.isEquality(op.Negator) || len(b.opt.Catalog.OpFamilyMembers(e.Op)) > 0)
	case *nodes.BoolExpr:
		switch e.Op {
		case nodes.Or:
			return slices.ContainsFunc(e.Args, b.unselective)
		case nodes.And:
			return !slices.ContainsFunc(e.Args, func(x nodes.Expr) bool { return !b.unselective(x) })
		}
	}
	return false
}

// valuesEquated gives how many values there are of the column with more of them in an equality
// between columns of two sides; 0: that is not known, or it is something else.
func (l *level) valuesEquated(c nodes.Expr, a, b relids) float64 {
	op, ok := c.(*nodes.OpExpr)
	if !ok || len(op.Args) != 2 || !l.b.isEquality(op.Op) {
		return 0
	}
	x, y := bareColumn(op.Args[0]), bareColumn(op.Args[1])
	if x == nil || y == nil || !(a[x.RTE] && b[y.RTE] || a[y.RTE] && b[x.RTE]) {
		return 0
	}
	return math.Max(l.values(x), l.values(y))
}

// values gives how many values a column of a table at hand has, 0: not known.
func (l *level) values(v *nodes.Var) float64 {
	r := l.rte(v.RTE)
	if r.Kind != nodes.RTERelation || v.Attno < 1 || r.Relation == nil {
		return 0
	}
	at, ok := r.Relation.Table.(fdw.Local)
	if !ok {
		return 0
	}
	return at.Distinct(v.Attno - 1)
}

// bareColumn gives the column of this level that an expression is, maybe as another type
// without being asked for; nil: none.
func bareColumn(e nodes.Expr) *nodes.Var {
	if f, ok := e.(*nodes.FuncExpr); ok && len(f.Args) == 1 && f.Form == nodes.ImplicitForm {
		e = f.Args[0]
	}
	return relabelled(e)
}

// join joins two rels under ON conditions: by hash where equalities allow,
// by a parameterised loop where the inner one needs values of the outer one.
func (l *level) join(kind nodes.JoinType, outer, inner *rel, on []nodes.Expr) (*rel, error) {
	placed := l.placedBy(kind, outer, inner, on)
	if placed == nil && kind == nodes.InnerJoin && len(inner.params) == 0 && len(outer.params) == 0 && l.turned(outer, inner, on) &&
		l.feedKey(outer, inner, on) < 0 {
		outer, inner = inner, outer
	}
	if err := l.placeInner(outer, inner, placed); err != nil {
		return nil, err
	}
	out := &rel{rtes: union(outer.rtes, inner.rtes), base: math.Max(outer.base, inner.base)}
	out.cols = map[varKey]int{}
	for k, i := range outer.cols {
		out.cols[k] = i
	}
	half := kind == nodes.SemiJoin || kind == nodes.AntiJoin // only the outer row comes out
	for k, i := range inner.cols {
		if !half {
			out.cols[k] = i + outer.width()
		}
	}
	out.exprs = append(out.exprs, outer.exprs...)
	width := outer.width()
	if !half {
		for _, x := range inner.exprs {
			out.exprs = append(out.exprs, exprSlot{x.expr, x.slot + outer.width()})
		}
		width += inner.width()
	}

	var lateral []NestParam
	out.params = append(out.params, outer.params...)
	for _, p := range inner.params {
		ids := relidsOf(p.Value)
		switch {
		case outer.rtes.has(ids):
			v, err := outer.slots(p.Value)
			if err != nil {
				return nil, err
			}
			lateral = append(lateral, NestParam{Param: p.Param, Value: v})
		default:
			out.params = append(out.params, p)
		}
	}
	rows := l.joinRows(outer, inner, slices.ContainsFunc(on, func(c nodes.Expr) bool { return !l.b.unselective(c) }), on)
	if half {
		rows = outer.rows() / 2
	}
	if kind == nodes.LeftJoin || kind == nodes.FullJoin {
		rows = math.Max(rows, outer.rows())
	}
	calls := outer.node.Common().Calls + inner.node.Common().Calls
	if len(lateral) > 0 {
		conds, err := toSlotList(on, joinFind(outer, inner))
		if err != nil {
			return nil, err
		}
		out.node = l.b.node(&NestLoop{Type: kind, Outer: outer.node, Inner: inner.node, Params: lateral, On: l.b.orderQuals(conds)}, width)
		out.node.Common().Rows = outer.rows() * math.Max(1, inner.rows())
		out.node.Common().Calls = outer.node.Common().Calls + outer.rows()*inner.node.Common().Calls
		return out, nil
	}
	h := &HashJoin{Type: kind}
	var keyVars []nodes.Expr
	for _, c := range on {
		o, i, key := l.b.hashClause(c, outer.rtes, inner.rtes)
		if key == nil {
			x, err := toSlots(c, joinFind(outer, inner))
			if err != nil {
				return nil, err
			}
			h.On = append(h.On, x)
			continue
		}
		os, err := outer.slots(o)
		if err != nil {
			return nil, err
		}
		is, err := inner.slots(i)
		if err != nil {
			return nil, err
		}
		h.OuterKeys, h.InnerKeys, h.Keys = append(h.OuterKeys, os), append(h.InnerKeys, is), append(h.Keys, key)
		keyVars = append(keyVars, i)
	}
	h.On = l.b.orderQuals(h.On)
	l.feed(h, kind, outer, inner, keyVars)
	h.Outer, h.Inner = outer.node, inner.node
	out.node = l.b.node(h, width)
	if h.Feed != nil {
		calls = outer.node.Common().Calls + inner.node.Common().Calls
	}
	out.node.Common().Rows, out.node.Common().Calls = math.Max(1, rows), calls
	return out, nil
}

// turned tells whether the sides of an inner join change places: a hash table is built on the
// smaller side, and pairs of what is at hand are made for each row of the smaller side.
func (l *level) turned(outer, inner *rel, on []nodes.Expr) bool {
	hashes := slices.ContainsFunc(on, func(c nodes.Expr) bool {
		_, _, key := l.b.hashClause(c, outer.rtes, inner.rtes)
		return key != nil
	})
	if !hashes && outer.node.Common().Calls == 0 && inner.node.Common().Calls == 0 {
		return outer.rows() > inner.rows()
	}
	return dearer(inner, outer)
}

// dearer tells whether a rel should rather be streamed through a join than kept
// in its hash table: a remote one beside a local one, else the bigger.
func dearer(a, b *rel) bool {
	if x, y := a.node.Common().Calls > 0, b.node.Common().Calls > 0; x != y {
		return x
	}
	return a.rows() > b.rows()
}
