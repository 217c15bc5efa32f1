package plan

import (
	"math"
	"slices"

	"github.com/flowgres/flowgres/planner/adt"
	"github.com/flowgres/flowgres/planner/fdw"
	"github.com/flowgres/flowgres/planner/nodes"
	"github.com/flowgres/flowgres/planner/pgerr"
)

// planRange plans a range table entry under conditions that speak of it alone.
func (l *level) planRange(id int, conds []nodes.Expr) (*rel, error) {
	r := l.rte(id)
	switch r.Kind {
	case nodes.RTERelation:
		return l.planTable(id, r, conds)
	case nodes.RTESubquery:
		return l.planSubquery(id, r, conds)
	case nodes.RTEFunction:
		return l.planFunction(id, r, conds)
	case nodes.RTEValues:
		return l.planValues(id, r, conds)
	case nodes.RTECTE:
		return l.planCTERef(id, r, conds)
	case nodes.RTEResult:
		out := &rel{stage: stage{node: l.b.node(&Result{}, 0)}, rtes: relids{id: true}, base: 1}
		out.node.Common().Rows = 1
		return out, l.filter(&out.stage, conds)
	}
	return nil, pgerr.Internal("unexpected range table entry of kind %d in FROM", r.Kind)
}

// planTable plans the scan of a table: conditions that the table serves go
// down, the others are checked on its rows.
func (l *level) planTable(id int, r *nodes.RTE, conds []nodes.Expr) (*rel, error) {
	columns := r.Relation.Table.Columns()
	sc := &Scan{Relation: r.Relation, Alias: r.Alias}
	out := &rel{rtes: relids{id: true}}
	conds = append(l.mandatory(id, columns), conds...)
	out.cols = map[varKey]int{}
	for i := range columns {
		out.cols[varKey{id, i + 1}] = i
		if l.wanted(id, i+1) {
			sc.Request.Columns = append(sc.Request.Columns, i)
		}
	}
	width := len(columns)
	for k := range l.needed {
		if k.rte == id && k.attno < 0 {
			sc.System = append(sc.System, k.attno)
			out.cols[k] = width
			width++
		}
	}
	sc.Request.Session = l.b.opt.Session
	if l.b.opt.Tx != nil {
		sc.Request.Tx = l.b.opt.Tx(r.Relation.Table)
	}
	at, near := r.Relation.Table.(fdw.Local)
	offers := l.b.offersNear
	if !near {
		possible := true
		if l.b.opt.PushDown != PushDownOff {
			if conds, possible = l.b.narrow(id, columns, conds); possible {
				sc.Request.Places = l.b.places(id, columns, conds)
			}
		}
		if !possible {
			none := l.b.node(&Result{}, width)
			none.Common().OneTime = boolConst(false)
			out.node, out.base = none, 1
			return out, nil
		}
		offers = l.b.offers
	}
	out.node = l.b.node(sc, width)
	out.scans = []scanAt{{sc, out.cols}}

	offered, local := offers(id, columns, conds)
	if sc.Frozen = l.b.frozen(r.Relation); sc.Frozen {
		offered, local = early(offered, local)
	}
	for _, o := range offered {
		sc.Request.Quals = append(sc.Request.Quals, o.qual)
	}
	s, err := r.Relation.Table.Plan(sc.Request)
	if err != nil {
		return nil, err
	}
	if !near {
		sc.Placed = l.b.placed(id, columns, offered, s, local)
		served := func(c nodes.Expr) bool {
			i := slices.IndexFunc(offered, func(o offer) bool { return o.cond == c })
			return i >= 0 && s.Served[i] != fdw.No
		}
		if !sc.Frozen {
			if err := l.placesLater(out, sc, id, conds, served); err != nil {
				return nil, err
			}
		}
	}
	for i, o := range offered {
		if o.cond != nil && (s.Served[i] != fdw.Exact || !o.exact || l.b.opt.PushDown == PushDownInexact) {
			local = append(local, o.cond)
		}
		if o.qual.Late {
			sc.Args = append(sc.Args, o.arg)
		}
		sc.Conds = append(sc.Conds, o.cond)
	}
	if l.limitHint > 0 && len(local) == 0 && l.b.opt.PushDown == PushDownOn {
		limited := sc.Request
		limited.Limit = l.limitHint
		if t, err := r.Relation.Table.Plan(limited); err == nil && sameServed(t.Served, s.Served) {
			sc.Request, s = limited, t
		}
	}
	sc.Fdw = s
	l.b.plan.Reusable, l.b.plan.Local = l.b.plan.Reusable && s.Stable, l.b.plan.Local && s.Stable
	sc.Common().Rows, sc.Common().Calls = math.Max(1, s.Rows), s.Calls
	out.base = math.Max(1, s.Rows)
	if near {
		out.base = math.Max(out.base, at.Rows())
	} else if len(offered) > 0 {
		bare := sc.Request
		bare.Quals, bare.Limit = nil, 0
		if all, err := r.Relation.Table.Plan(bare); err == nil {
			out.base = math.Max(out.base, all.Rows)
		}
	}
	return out, l.filter(&out.stage, inOrder(local, conds))
}

// inOrder orders conditions as they are in a list, others behind: of those that cost alike
// the first is to be asked first.
func inOrder(some, all []nodes.Expr) []nodes.Expr {
	place := map[nodes.Expr]int{}
	for i, c := range all {
		place[c] = i - len(all)
	}
	slices.SortStableFunc(some, func(a, b nodes.Expr) int { return place[a] - place[b] })
	return some
}

func sameServed(a, b []fdw.Served) bool {
	for i := range a {
		if a[i] != b[i] {
			return false
		}
	}
	return len(a) == len(b)
}

// planFunction plans a function in FROM.
func (l *level) planFunction(id int, r *nodes.RTE, conds []nodes.Expr) (*rel, error) {
	f := &FunctionScan{Alias: r.Alias, Ordinality: r.Ordinality, Columns: r.Columns}
	out := &rel{rtes: relids{id: true}, base: 100}
	out.cols = map[varKey]int{}
	width := 0
	for _, fn := range r.Functions {
		e, err := l.lateral(out, fn.Expr)
		if err != nil {
			return nil, err
		}
		c := *fn
		c.Expr = e
		f.Functions = append(f.Functions, &c)
		for range fn.Columns {
			width++
			out.cols[varKey{id, width}] = width - 1
		}
	}
	if r.Ordinality {
		width++
		out.cols[varKey{id, width}] = width - 1
	}
	out.node = l.b.node(f, width)
	f.Rows = 1
	for _, fn := range f.Functions {
		f.Rows = math.Max(f.Rows, l.b.functionRows(fn.Expr))
	}
	out.base = f.Rows
	return out, l.filter(&out.stage, conds)
}

// functionRows estimates how many rows a function gives (expression_returns_set_rows, with the
// support functions of generate_series and unnest).
func (b *builder) functionRows(e nodes.Expr) float64 {
	f, ok := e.(*nodes.FuncExpr)
	if !ok || !f.ReturnsSet {
		return 1
	}
	p := b.opt.Catalog.ProcByOID(f.Func)
	if p == nil {
		return 1
	}
	switch p.Src {
	case "generate_series_int4", "generate_series_step_int4", "generate_series_int8", "generate_series_step_int8":
		if n, ok := seriesLength(f.Args); ok {
			return n
		}
	case "array_unnest":
		switch a := f.Args[0].(type) {
		case *nodes.Const:
			if v, ok := a.Value.(*adt.Array); ok {
				return float64(len(v.Values))
			}
		case *nodes.ArrayExpr:
			return float64(len(a.Elements))
		}
		return 10
	}
	return p.Rows
}

// seriesLength counts what generate_series makes of constants (generate_series_int4_support).
func seriesLength(args []nodes.Expr) (n float64, ok bool) {
	bounds := []float64{0, 0, 1}
	for i, a := range args {
		k, ok := a.(*nodes.Const)
		if !ok {
			return 0, false
		}
		switch v := k.Value.(type) {
		case int32:
			bounds[i] = float64(v)
		case int64:
			bounds[i] = float64(v)
		default:
			return 0, true
		}
	}
	start, stop, step := bounds[0], bounds[1], bounds[2]
	if step == 0 {
		return 0, false
	}
	return math.Floor((stop - start + step) / step), true
}

// lateral prepares an expression of a FROM item; columns of its siblings
// become parameters of the rel.
func (l *level) lateral(r *rel, e nodes.Expr) (nodes.Expr, error) {
	e, err := l.prep(e)
	if err != nil {
		return nil, err
	}
	return nodes.Rewrite(e, func(n nodes.Expr) (nodes.Expr, bool) {
		v, ok := n.(*nodes.Var)
		if !ok {
			return nil, false
		}
		for _, p := range r.params {
			if nodes.Equal(p.Value, v) {
				return &nodes.Param{Exec: true, Number: p.Param, Type: v.Type, Typmod: v.Typmod, Collation: v.Collation, Location: -1}, true
			}
		}
		p := &nodes.Param{Exec: true, Number: l.b.plan.Params, Type: v.Type, Typmod: v.Typmod, Collation: v.Collation, Location: -1}
		l.b.plan.Params++
		r.params = append(r.params, NestParam{Param: p.Number, Value: v})
		return p, true
	}), nil
}

// planValues plans a VALUES list in FROM.
func (l *level) planValues(id int, r *nodes.RTE, conds []nodes.Expr) (*rel, error) {
	v := &ValuesScan{Alias: r.Alias}
	out := &rel{rtes: relids{id: true}, base: float64(len(r.Values))}
	out.cols = map[varKey]int{}
	for _, row := range r.Values {
		var es []nodes.Expr
		for i, e := range row {
			if len(r.Values) == 1 && !l.wanted(id, i+1) && !l.b.volatile(e) { // pull_up_simple_values
				es = append(es, nullConst(r.Columns[i].Type))
				continue
			}
			if d, ok := e.(*nodes.SetToDefault); ok {
				es = append(es, nullConst(d.Type))
				continue
			}
			x, err := l.lateral(out, e)
			if err != nil {
				return nil, err
			}
			es = append(es, x)
		}
		v.Values = append(v.Values, es)
	}
	for i := range r.Columns {
		out.cols[varKey{id, i + 1}] = i
	}
	out.node = l.b.node(v, len(r.Columns))
	v.Rows = float64(len(r.Values))
	return out, l.filter(&out.stage, conds)
}

// wanted tells whether anything reads a column of a range table entry.
func (l *level) wanted(id, attno int) bool {
	return l.needed == nil || l.needed[varKey{id, attno}] || l.needed[varKey{id, 0}]
}

// planSubquery plans a subquery in FROM, or a view: conditions on its columns
// go into it where that is safe.
func (l *level) planSubquery(id int, r *nodes.RTE, conds []nodes.Expr) (*rel, error) {
	q := l.prune(r.Query, id)
	var local []nodes.Expr
	for _, c := range conds {
		if pushed, ok := l.b.pushInto(q, id, c); ok {
			q = pushed
			continue
		}
		local = append(local, c)
		if pushed, ok := l.b.pushBelowSets(q, id, c); ok {
			q = pushed
			continue
		}
		// What follows from it may still go in.
		if w := weaker(c, func(c nodes.Expr) bool { _, ok := l.b.pushInto(q, id, c); return ok }); w != nil && l.b.opt.PushDown != PushDownOff {
			if pushed, ok := l.b.pushInto(q, id, w); ok {
				q = pushed
			}
		}
	}
	child := &level{b: l.b, q: q, parent: l, kind: fromLevel, recursive: l.recursive, first: l.b.firstBy(q, id, local)}
	if len(local) == 0 {
		child.limitAbove = l.limitHint
	}
	node, err := child.planQuery()
	if err != nil {
		return nil, err
	}
	out := l.subqueryRel(id, node, len(r.Columns))
	if len(child.outer) == 0 {
		out.scans = scansBelow(id, node)
	}
	for _, o := range child.outer {
		out.params = append(out.params, NestParam{Param: o.param, Value: o.value})
	}
	return out, l.filter(&out.stage, local)
}

// subqueryRel makes a rel of a node that puts out an entry's columns.
func (l *level) subqueryRel(id int, node Node, columns int) *rel {
	out := &rel{rtes: relids{id: true}, base: math.Max(1, node.Common().Rows)}
	out.node = node
	out.cols = map[varKey]int{}
	for i := range columns {
		out.cols[varKey{id, i + 1}] = i
	}
	return out
}
