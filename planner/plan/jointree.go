package plan

import (
	"slices"

	"github.com/flowgres/flowgres/planner/nodes"
)

// jointree is a query's FROM and WHERE as PostgreSQL has them before it orders joins: simple
// subqueries are pulled up, IN and EXISTS joins, and outer joins reduced. It decides which full
// joins are refused, whatever the level's own plan makes of them.
type jointree struct {
	b       *builder
	q       *nodes.Query // with the range tables of what was pulled up behind its own
	pulled  map[int]pulledUp
	holders []placeholder  // by -RTE-1 of the Vars that stand for them
	gone    map[int]relids // where what is worked out at an entry that was taken out is worked out now
}

// pulledUp is what the columns of a range table entry that was pulled up stand for.
type pulledUp struct {
	columns []nodes.Expr
	rels    relids
	hold    bool // behind placeholders, as an outer join is around it
}

// placeholder is PostgreSQL's PlaceHolderVar: an expression that an outer join may make NULL.
type placeholder struct {
	expr nodes.Expr
	rels relids
}

// joinKind tells the nodes of a jointree apart.
type joinKind uint8

const (
	joinLeaf  joinKind = iota
	joinEmpty          // a leaf of one row without columns (RTE_RESULT)
	joinFrom           // a FROM list and its WHERE
	joinPair           // of two, by its type
)

type joinItem struct {
	kind  joinKind
	typ   nodes.JoinType
	kids  []*joinItem
	quals []nodes.Expr
	rte   int
}

func (n *joinItem) rels() relids {
	if n.kind == joinLeaf || n.kind == joinEmpty {
		return relids{n.rte: true}
	}
	out := relids{}
	for _, k := range n.kids {
		out.add(k.rels())
	}
	return out
}

// newJointree makes a query's jointree; more are conditions beside its WHERE.
func (b *builder) newJointree(q *nodes.Query, more []nodes.Expr) (*jointree, *joinItem) {
	c := *q
	c.RangeTable = slices.Clone(q.RangeTable)
	t := &jointree{b: b, q: &c, pulled: map[int]pulledUp{}, gone: map[int]relids{}}
	root := t.from(c.From, q.Where, q.GroupingSets != nil, false)
	root.quals = append(root.quals, more...)
	for _, e := range q.TargetList {
		t.resolve(e.Expr)
	}
	t.prepare(root)
	t.reduce(root, relids{})
	return t, t.prune(root, root, nil)
}

// from makes the item of a FROM list, with the joins that subqueries of WHERE become
// (pull_up_sublinks). hold tells that columns go behind placeholders, outer that an outer join is around.
func (t *jointree) from(items []nodes.JoinNode, where nodes.Expr, hold, outer bool) *joinItem {
	n := &joinItem{kind: joinFrom}
	for _, it := range items {
		n.kids = append(n.kids, t.item(it, hold, outer))
	}
	if len(n.kids) == 0 {
		n.kids = []*joinItem{t.empty()}
	}
	l := &level{b: t.b, q: t.q}
	for _, c := range rawConjuncts(where) {
		s, kind, ok := linkOf(c)
		if !ok || !(s.Kind == nodes.ExistsSubLink && l.pullExists(s, kind) || s.Kind == nodes.AnySubLink && kind == nodes.SemiJoin && l.pullAny(s)) {
			n.quals = append(n.quals, c)
		}
	}
	for _, s := range l.semis {
		right := t.from(s.items, nil, true, true)
		n = &joinItem{kind: joinFrom, kids: []*joinItem{{kind: joinPair, typ: s.kind, kids: []*joinItem{n, right}, quals: s.conds}}}
	}
	return n
}

// empty makes an item of one row.
func (t *jointree) empty() *joinItem {
	t.q.RangeTable = append(t.q.RangeTable, &nodes.RTE{Kind: nodes.RTEResult})
	return &joinItem{kind: joinEmpty, rte: len(t.q.RangeTable)}
}

func (t *jointree) item(it nodes.JoinNode, hold, outer bool) *joinItem {
	j, ok := it.(*nodes.Join)
	if !ok {
		return t.leaf(it.(*nodes.RangeRef).RTE, hold, outer)
	}
	if j.Type != nodes.InnerJoin {
		hold, outer = true, true
	}
	return &joinItem{
		kind: joinPair, typ: j.Type, quals: rawConjuncts(j.On),
		kids: []*joinItem{t.item(j.Left, hold, outer), t.item(j.Right, hold, outer)},
	}
}

// leaf makes the item of a range table entry, which is a whole FROM list if it is a simple subquery
// (pull_up_simple_subquery, pull_up_simple_values).
func (t *jointree) leaf(id int, hold, outer bool) *joinItem {
	r := t.q.RangeTable[id-1]
	if r.Kind == nodes.RTEValues && len(r.Values) == 1 && !t.b.anyVolatile(r.Values[0]) {
		n := t.empty()
		t.pulled[id] = pulledUp{columns: r.Values[0], rels: n.rels(), hold: hold}
		return n
	}
	q := t.pullable(t.q, r, outer)
	if q == nil {
		return &joinItem{kind: joinLeaf, rte: id}
	}
	up := lift(q, len(t.q.RangeTable))
	t.q.RangeTable = append(t.q.RangeTable, up.RangeTable...)
	n := t.from(up.From, up.Where, false, false) // inside first, where only its own outer joins count
	p := pulledUp{rels: n.rels(), hold: hold}
	for _, e := range up.TargetList {
		p.columns = append(p.columns, e.Expr)
	}
	t.pulled[id] = p
	return n
}

// pullable gives the query of an entry of q that is pulled up; nil: it stays by itself.
func (t *jointree) pullable(q *nodes.Query, r *nodes.RTE, outer bool) *nodes.Query {
	in := r.Query
	if r.Kind == nodes.RTECTE && r.CTELevelsUp == 0 {
		for _, c := range q.CTEs {
			if c.Name == r.CTEName && !c.Recursive && t.b.inlines(c) {
				in = c.Query
			}
		}
	}
	if in == nil || r.Kind != nodes.RTESubquery && r.Kind != nodes.RTECTE || !simple(in) || r.Lateral && outer {
		return nil
	}
	for _, e := range in.TargetList {
		if t.b.volatile(e.Expr) {
			return nil
		}
	}
	return in
}

// resolve puts an expression in terms of the entries that are left: columns of outer queries
// are parameters.
func (t *jointree) resolve(e nodes.Expr) nodes.Expr {
	return nodes.Rewrite(e, func(n nodes.Expr) (nodes.Expr, bool) {
		v, ok := n.(*nodes.Var)
		switch {
		case !ok || v.RTE < 0:
			return nil, false
		case v.LevelsUp > 0:
			return &nodes.Param{Exec: true, Type: v.Type, Typmod: v.Typmod, Collation: v.Collation, Location: v.Location}, true
		}
		if r := t.q.RangeTable[v.RTE-1]; r.Kind == nodes.RTEJoin && v.Attno > 0 {
			return t.resolve(r.JoinVars[v.Attno-1]), true
		}
		p, ok := t.pulled[v.RTE]
		switch {
		case !ok:
			return v, true
		case v.Attno < 1 || v.Attno > len(p.columns):
			return t.hold(v, v, p.rels), true
		}
		x := t.resolve(p.columns[v.Attno-1])
		if _, column := x.(*nodes.Var); column || !p.hold || len(t.relids(x)) > 0 && t.strict(x) {
			return x, true
		}
		return t.hold(v, x, p.rels), true
	})
}

// hold puts a placeholder for an expression in the place of a column.
func (t *jointree) hold(v *nodes.Var, e nodes.Expr, rels relids) nodes.Expr {
	t.holders = append(t.holders, placeholder{expr: e, rels: rels})
	c := *v
	c.RTE, c.Attno = -len(t.holders), 1
	return &c
}

// relids gives the entries that a resolved expression names (pull_varnos).
func (t *jointree) relids(e nodes.Expr) relids {
	out := relids{}
	nodes.Walk(e, func(n nodes.Expr) bool {
		switch n := n.(type) {
		case *nodes.Var:
			if n.RTE < 0 {
				t.addPlaces(out, t.holders[-n.RTE-1].rels)
			} else {
				out[n.RTE] = true
			}
		case *nodes.SubLink:
			nodes.WalkQuery(n.Query, func(x nodes.Expr, depth int) bool {
				if v, ok := x.(*nodes.Var); ok && v.LevelsUp == depth+1 {
					up := *v
					up.LevelsUp = 0
					out.add(t.relids(t.resolve(&up)))
				}
				return true
			})
		}
		return true
	})
	return out
}

// addPlaces adds entries, or what stands where they were (substitute_phv_relids).
func (t *jointree) addPlaces(out, ids relids) {
	for id := range ids {
		if now, ok := t.gone[id]; ok {
			t.addPlaces(out, now)
		} else {
			out[id] = true
		}
	}
}

// nonnullable gives the entries of which conditions take no row of NULLs (find_nonnullable_rels).
func (t *jointree) nonnullable(conds []nodes.Expr) relids {
	out := relids{}
	var add func(ids relids)
	add = func(ids relids) {
		for id := range ids {
			if id > 0 {
				out[id] = true
				continue
			}
			h := t.holders[-id-1]
			if add(t.b.rejectsNulls(h.expr, false)); len(h.rels) == 1 {
				out.add(h.rels)
			}
		}
	}
	for _, c := range conds {
		add(t.b.rejectsNulls(c, true))
	}
	return out
}

// strict tells whether an expression is NULL whenever a column of it is
// (!contain_nonstrict_functions).
func (t *jointree) strict(e nodes.Expr) bool {
	ok := true
	nodes.Walk(e, func(n nodes.Expr) bool {
		switch n := n.(type) {
		case *nodes.Const, *nodes.Param, *nodes.RelabelType, *nodes.CoerceViaIO, *nodes.CollateExpr:
		case *nodes.Var:
			ok = ok && (n.RTE > 0 || t.strict(t.holders[-n.RTE-1].expr))
		case *nodes.FuncExpr:
			ok = ok && t.b.strictFunction(n.Func)
		case *nodes.OpExpr:
			ok = ok && t.b.strictFunction(n.Func)
		default:
			ok = false
		}
		return ok
	})
	return ok
}

func (b *builder) strictFunction(fn nodes.OID) bool {
	p := b.opt.Catalog.ProcByOID(fn)
	return p != nil && p.Strict
}

func (b *builder) anyVolatile(es []nodes.Expr) bool {
	return slices.ContainsFunc(es, func(e nodes.Expr) bool { return b.volatile(e) || returnsSet(e) })
}
