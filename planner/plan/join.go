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

// scanAt is a scan below a rel, with the rel's columns that are the scan's.
type scanAt struct {
	scan *Scan
	cols map[varKey]int
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
	left := append([]*rel{}, rels...)
	all := relids{}
	for _, r := range rels {
		all.add(r.rtes)
	}
	external := func(r *rel) relids { // what it needs of the other rels here
		out := relids{}
		for id := range r.needs() {
			if all[id] && !r.rtes[id] {
				out[id] = true
			}
		}
		return out
	}
	best := -1
	for i, r := range left {
		if len(external(r)) > 0 {
			continue
		}
		if best < 0 || cost(r) < cost(left[best]) {
			best = i
		}
	}
	if best < 0 {
		best = 0
	}
	cur := left[best]
	left = append(left[:best], left[best+1:]...)
	for len(left) > 0 {
		best, bestRows, bestTied := -1, math.Inf(1), false
		for i, r := range left {
			if !cur.rtes.has(external(r)) {
				continue
			}
			tied := len(external(r)) > 0
			both := union(cur.rtes, r.rtes)
			var on []nodes.Expr
			for _, c := range conds {
				if ids := relidsOf(c); ids.overlaps(cur.rtes) && ids.overlaps(r.rtes) && both.has(ids) {
					tied = true
					on = append(on, c)
				}
			}
			rows := l.joinRows(cur, r, tied, on)
			if best < 0 || tied && !bestTied || tied == bestTied && rows < bestRows {
				best, bestRows, bestTied = i, rows, tied
			}
		}
		if best < 0 {
			best = 0
		}
		next := left[best]
		left = append(left[:best], left[best+1:]...)
		both := union(cur.rtes, next.rtes)
		var on, rest []nodes.Expr
		for _, c := range conds {
			if both.has(relidsOf(c)) {
				on = append(on, c)
			} else {
				rest = append(rest, c)
			}
		}
		conds = rest
		j, err := l.join(nodes.InnerJoin, cur, next, on)
		if err != nil {
			return nil, err
		}
		cur = j
	}
	return cur, nil
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
	if placed == nil && kind == nodes.InnerJoin && len(inner.params) == 0 && len(outer.params) == 0 && dearer(inner, outer) &&
		l.feedKey(outer, inner, on) < 0 {
		outer, inner = inner, outer // the hash table is built on the smaller side
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
	rows := l.joinRows(outer, inner, len(on) > 0, on)
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
	if err := l.feed(h, kind, outer, inner, keyVars); err != nil {
		return nil, err
	}
	h.Outer, h.Inner = outer.node, inner.node
	out.node = l.b.node(h, width)
	if h.Feed != nil {
		calls = outer.node.Common().Calls + inner.node.Common().Calls
	}
	out.node.Common().Rows, out.node.Common().Calls = math.Max(1, rows), calls
	return out, nil
}

// dearer tells whether a rel should rather be streamed through a join than kept
// in its hash table: a remote one beside a local one, else the bigger.
func dearer(a, b *rel) bool {
	if x, y := a.node.Common().Calls > 0, b.node.Common().Calls > 0; x != y {
		return x
	}
	return a.rows() > b.rows()
}

// joinFind finds columns in a joined row.
func joinFind(outer, inner *rel) func(nodes.Expr) int {
	return func(e nodes.Expr) int {
		if i := outer.find(e); i >= 0 {
			return i
		}
		if i := inner.find(e); i >= 0 {
			return i + outer.width()
		}
		return -1
	}
}

func toSlotList(es []nodes.Expr, find func(nodes.Expr) int) ([]nodes.Expr, error) {
	var out []nodes.Expr
	for _, e := range es {
		x, err := toSlots(e, find)
		if err != nil {
			return nil, err
		}
		out = append(out, x)
	}
	return out, nil
}

// hashClause takes a condition apart into what the outer and the inner side
// must have equal; key is nil when it is not such a condition.
func (b *builder) hashClause(c nodes.Expr, outer, inner relids) (o, i nodes.Expr, key *KeyColumn) {
	op, ok := c.(*nodes.OpExpr)
	if !ok || len(op.Args) != 2 {
		return nil, nil, nil
	}
	oper := b.opt.Catalog.OperatorByOID(op.Op)
	if oper == nil || !oper.CanHash || !b.isEquality(op.Op) {
		return nil, nil, nil
	}
	l, r := relidsOf(op.Args[0]), relidsOf(op.Args[1])
	switch {
	case len(l) > 0 && len(r) > 0 && outer.has(l) && inner.has(r):
		o, i = op.Args[0], op.Args[1]
	case len(l) > 0 && len(r) > 0 && outer.has(r) && inner.has(l):
		o, i = op.Args[1], op.Args[0]
	default:
		return nil, nil, nil
	}
	if b.volatile(c) {
		return nil, nil, nil
	}
	typ := oper.Left
	if oper.Left != oper.Right {
		// A family whose types hash alike once widened: integers to int8, name to text.
		if o, i, typ = b.widen(o, i); typ == 0 {
			return nil, nil, nil
		}
	} else if t := b.baseType(nodes.TypeOf(o).Type); !polymorphic(typ) && t != typ && b.opt.Catalog.BaseType(t) != typ {
		typ = oper.Left
	} else if polymorphic(typ) {
		typ = t
		if b.baseType(nodes.TypeOf(i).Type) != t {
			return nil, nil, nil
		}
	}
	if t := b.opt.Catalog.TypeByOID(typ); t == nil || t.Key == nil {
		return nil, nil, nil
	}
	return o, i, &KeyColumn{Type: typ, Collation: op.InputCollation, Eq: op.Op}
}

// polymorphic tells of operator argument types that stand for any: anyarray,
// anyenum, anyrange, anymultirange, record.
func polymorphic(t nodes.OID) bool {
	switch t {
	case 2277, 3500, 3831, 4537, 2249:
		return true
	}
	return false
}

// widen brings both sides of a cross-type equality to one type.
func (b *builder) widen(x, y nodes.Expr) (nodes.Expr, nodes.Expr, nodes.OID) {
	xt, yt := nodes.TypeOf(x).Type, nodes.TypeOf(y).Type
	isInt := func(t nodes.OID) bool { return t == 21 || t == 23 || t == 20 }
	target := nodes.OID(0)
	switch {
	case isInt(xt) && isInt(yt):
		target = int8OID
	case (xt == 19 || xt == textOID) && (yt == 19 || yt == textOID):
		target = textOID
	default:
		return x, y, 0
	}
	cast := func(e nodes.Expr, from nodes.OID) nodes.Expr {
		if from == target {
			return e
		}
		c := b.opt.Catalog.CastBetween(from, target)
		if c == nil || c.Func == 0 {
			return nil
		}
		return &nodes.FuncExpr{Func: c.Func, Type: target, Form: nodes.ImplicitForm, Args: []nodes.Expr{e}, Location: -1}
	}
	x, y = cast(x, xt), cast(y, yt)
	if x == nil || y == nil {
		return x, y, 0
	}
	return x, y, target
}

// feedKey gives the index among the conditions of one whose inner side is a
// column that the inner table can look up, when that is worth it; else -1.
func (l *level) feedKey(outer, inner *rel, on []nodes.Expr) int {
	if inner.scans == nil || l.b.opt.PushDown == PushDownOff {
		return -1
	}
	for n, c := range on {
		if _, i, key := l.b.hashClause(c, outer.rtes, inner.rtes); key != nil {
			if s, served := l.lookup(inner, i); served && worthFeeding(outer, inner, s) {
				return n
			}
		}
	}
	return -1
}

// feedBatch is the number of key values handed down at once: EC2's limit of
// values in a filter.
const feedBatch = 200

// worthFeeding tells whether handing the outer keys down saves work. A batch of
// keys costs the calls of s; what is local can be asked more often.
func worthFeeding(outer, inner *rel, s fdw.Scan) bool {
	all := inner.node.Common().Calls
	if all == 0 {
		read := inner.rows()
		if len(inner.scans) == 1 { // its conditions are tested on what it reads
			read = math.Max(read, inner.scans[0].scan.Fdw.Rows)
		}
		return outer.rows()*math.Max(1, s.Rows)*4 < read
	}
	if twins(outer, inner) {
		return false // what the outer side reads anyway is all that the inner one needs
	}
	batches := math.Ceil(outer.rows() / feedBatch)
	if outer.node.Common().Calls > 0 {
		return s.Calls*batches < all
	}
	return outer.rows() <= 5*feedBatch && (batches <= 1 || s.Calls < all || s.Calls*batches <= all)
}

// twins tells whether the outer side reads what a scan of the inner one does.
func twins(outer, inner *rel) bool {
	return slices.ContainsFunc(inner.scans, func(s scanAt) bool { return twin(outer.node, s.scan) })
}

// twin tells whether a node's scans include one that reads just what another
// does.
func twin(n Node, sc *Scan) bool {
	if s, ok := n.(*Sort); ok && s.Limit != nil {
		if _, order, _ := placeOrder(s); len(order) > 0 {
			return false // it stops at the first places
		}
	}
	if s, ok := n.(*Scan); ok && s.Relation.OID == sc.Relation.OID && len(s.Args) == 0 && len(sc.Args) == 0 {
		a, ok1 := s.Key(nil)
		b, ok2 := sc.Key(nil)
		return ok1 && ok2 && a == b
	}
	for _, c := range Inputs(n) {
		if twin(c, sc) {
			return true
		}
	}
	return false
}

// lookup asks the inner side's tables whether they can be looked up by a column;
// the answer is that of all of them together.
func (l *level) lookup(inner *rel, column nodes.Expr) (all fdw.Scan, served bool) {
	for _, at := range inner.scans {
		s, ok := at.lookup(column)
		if !ok {
			return fdw.Scan{}, false
		}
		all.Rows += s.Rows
		all.Calls += s.Calls
	}
	return all, len(inner.scans) > 0
}

// lookup asks a table whether it can be looked up by a column of the rel's.
func (at scanAt) lookup(column nodes.Expr) (fdw.Scan, bool) {
	col := at.column(column)
	if col < 0 {
		return fdw.Scan{}, false
	}
	req := at.scan.Request
	req.Quals = append(req.Quals[:len(req.Quals):len(req.Quals)], fdw.Qual{Column: col, Op: fdw.OpIn, Late: true, Text: "join key"})
	req.Limit = 0
	s, err := at.scan.Relation.Table.Plan(req)
	if err != nil || s.Served[len(req.Quals)-1] == fdw.No {
		return fdw.Scan{}, false
	}
	for i, was := range at.scan.Fdw.Served {
		if s.Served[i] != was {
			return fdw.Scan{}, false // what was planned above would not hold
		}
	}
	return s, true
}

// feed makes a hash join hand its outer keys down to the inner table, where
// the table can use them and that saves work.
func (l *level) feed(h *HashJoin, kind nodes.JoinType, outer, inner *rel, keys []nodes.Expr) error {
	remote := inner.node.Common().Calls > 0
	why := func(reason string) {
		if remote {
			h.NotFed = reason
		}
	}
	switch {
	case kind == nodes.FullJoin:
		why("a full join wants all rows of both sides")
		return nil
	case l.b.opt.PushDown == PushDownOff:
		why("flowgres.push_down is off")
		return nil
	case inner.scans == nil:
		why("the inner side is more than a scan of a table")
		return nil
	}
	why("the table cannot be asked by them")
	// Values of a column that narrows more than the place go first; places go along.
	for _, place := range []bool{false, true} {
		for k, e := range keys {
			if inner.placeKey(e) != place {
				continue
			}
			s, ok := l.lookup(inner, e)
			if !ok {
				continue
			}
			if !worthFeeding(outer, inner, s) {
				why("reading the inner side as it is takes no more calls")
				if twins(outer, inner) {
					why("the outer side reads the same rows anyway")
				}
				continue
			}
			h.NotFed = ""
			h.Feed = &Feed{Key: k, Batch: feedBatch}
			fed := []nodes.Expr{e}
			for k2, e := range keys {
				if _, ok := l.lookup(inner, e); ok && k2 != k && inner.placeKey(e) {
					h.Feed.More = append(h.Feed.More, FeedArg{Key: k2})
					fed = append(fed, e)
				}
			}
			for i, at := range inner.scans {
				args := at.takesKeys(fed)
				if i > 0 {
					h.Feed.Also = append(h.Feed.Also, FedScan{at.scan, args})
					continue
				}
				h.Feed.Scan, h.Feed.Arg = at.scan, args[0]
				for n := range h.Feed.More {
					h.Feed.More[n].Arg = args[n+1]
				}
			}
			return nil
		}
	}
	return nil
}

// placeKey tells whether a join key is a place column of a rel's tables.
func (r *rel) placeKey(e nodes.Expr) bool {
	for _, at := range r.scans {
		if col := at.column(e); col < 0 || !at.scan.Relation.Table.Columns()[col].Place {
			return false
		}
	}
	return len(r.scans) > 0
}

// column gives the column of the scan's table that an expression is, -1: none,
// as system columns are none that a table can be asked by.
func (at scanAt) column(e nodes.Expr) int {
	if v, ok := e.(*nodes.Var); ok {
		if col, ok := at.cols[varKey{v.RTE, v.Attno}]; ok && col < len(at.scan.Relation.Table.Columns()) {
			return col
		}
	}
	return -1
}

// takesKeys adds join keys' values to what a scan is asked by and gives the
// indexes of the arguments.
func (at scanAt) takesKeys(keys []nodes.Expr) []int {
	n := at.scan
	var args []int
	for _, e := range keys {
		s, ok := at.lookup(e)
		if !ok {
			continue // every key was looked up before
		}
		n.Request.Quals = append(n.Request.Quals[:len(n.Request.Quals):len(n.Request.Quals)],
			fdw.Qual{Column: at.column(e), Op: fdw.OpIn, Late: true, Text: "join key"})
		n.Request.Limit = 0
		n.Conds, n.Fdw = append(n.Conds, nil), s
		args = append(args, len(n.Args))
		n.Args = append(n.Args, ScanArg{Fed: true})
		n.Rows, n.Calls = math.Min(n.Rows, s.Rows), s.Calls
	}
	return args
}
