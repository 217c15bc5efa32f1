package plan

import (
	"slices"

	"github.com/jackc/pgerrcode"

	"github.com/flowgres/flowgres/planner/nodes"
	"github.com/flowgres/flowgres/planner/pgerr"
)

// relids is a set of range table entries.
type relids map[int]bool

func (r relids) has(other relids) bool {
	for i := range other {
		if !r[i] {
			return false
		}
	}
	return true
}

func (r relids) overlaps(other relids) bool {
	for i := range other {
		if r[i] {
			return true
		}
	}
	return false
}

func (r relids) add(other relids) {
	for i := range other {
		r[i] = true
	}
}

func union(a, b relids) relids {
	out := relids{}
	out.add(a)
	out.add(b)
	return out
}

// relidsOf gives the range table entries of this level that an expression
// names.
func relidsOf(e nodes.Expr) relids {
	out := relids{}
	nodes.Walk(e, func(n nodes.Expr) bool {
		if v, ok := n.(*nodes.Var); ok && v.LevelsUp == 0 {
			out[v.RTE] = true
		}
		return true
	})
	return out
}

// unit is an item of an inner join: a range table entry or an outer join.
type unit struct {
	item  nodes.JoinNode
	rtes  relids
	quals []nodes.Expr
	empty bool // no row of it is asked for
}

// planFrom plans a FROM list under conditions that all must hold: inner joins
// are flattened into units, each condition goes to the one unit it speaks of or becomes a
// join condition, outer joins that a condition makes inner are reduced, and the units are joined
// in an order that grows least.
func (l *level) planFrom(items []nodes.JoinNode, conds []nodes.Expr) (*rel, error) {
	return l.planJoins(items, conds, nil)
}

// planJoins is planFrom with the joins that subqueries of WHERE became. One
// that hands its keys to a table is joined to it first, the others at the end.
func (l *level) planJoins(items []nodes.JoinNode, conds []nodes.Expr, semis []*semi) (*rel, error) {
	var units []*unit
	for _, it := range items {
		units, conds = l.flatten(it, units, conds)
	}
	for reduced := true; reduced; {
		units, conds, reduced = l.reduceOuter(units, conds)
	}
	conds = append(conds, l.elementConds(units, conds)...)
	semis, conds = l.settleSemis(semis, conds)
	units, conds, later := l.postpone(units, conds)

	var oneTime, joins, last []nodes.Expr
	for _, c := range conds {
		ids := relidsOf(c)
		switch {
		case len(ids) == 0 && l.b.volatile(c):
			last = append(last, c)
			continue
		case len(ids) == 0:
			oneTime = append(oneTime, c)
			continue
		}
		var home *unit
		for _, u := range units {
			if u.rtes.has(ids) {
				home = u
			}
		}
		if home != nil {
			home.quals = append(home.quals, c)
		} else {
			joins = append(joins, c)
		}
	}

	if len(last) > 0 || len(later) > 0 {
		l.limitHint = 0 // they drop rows that the FROM item gave
	}
	if len(units) == 1 {
		units[0].empty = slices.ContainsFunc(oneTime, never)
	}

	rels := make([]*rel, len(units))
	for i, u := range units {
		r, err := l.planUnit(u)
		if err != nil {
			return nil, err
		}
		rels[i] = r
	}
	type late struct {
		s     *semi
		right *rel
		on    []nodes.Expr
	}
	var after []late
	for _, s := range semis {
		right, on, err := l.planSemi(s)
		if err != nil {
			return nil, err
		}
		ids := relids{}
		for _, c := range on {
			ids.add(relidsOf(c))
		}
		for id := range s.rtes() {
			delete(ids, id)
		}
		done := false
		for i, r := range rels {
			if !done && s.kind == nodes.SemiJoin && len(ids) > 0 && r.rtes.has(ids) && l.feedsBack(r, right, on) != nil {
				if rels[i], err = l.joinSemi(r, right, s.kind, on); err != nil {
					return nil, err
				}
				done = true
			}
		}
		if !done {
			after = append(after, late{s, right, on})
		}
	}
	r, err := l.order(rels, joins)
	if err != nil {
		return nil, err
	}
	for _, p := range later {
		if r, err = l.joinPostponed(r, p); err != nil {
			return nil, err
		}
	}
	for _, a := range after {
		if r, err = l.joinSemi(r, a.right, a.s.kind, a.on); err != nil {
			return nil, err
		}
	}
	if err := l.filter(&r.stage, last); err != nil {
		return nil, err
	}
	return r, l.oneTime(r, oneTime)
}

// oneTime puts conditions without columns above a rel: when they fail, the rel
// is not even opened.
func (l *level) oneTime(r *rel, conds []nodes.Expr) error {
	if len(conds) == 0 {
		return nil
	}
	cond := andOf(conds)
	base := r.node.Common()
	if base.OneTime != nil {
		rows, calls, width := base.Rows, base.Calls, base.Width
		r.node = l.b.node(&Result{Input: r.node}, width)
		base = r.node.Common()
		base.Rows, base.Calls = rows, calls
		r.scans = nil
	}
	x, err := r.slots(cond)
	if err != nil {
		return err
	}
	base.OneTime = x
	if k, ok := x.(*nodes.Const); ok && k.Value != true {
		base.Rows, base.Calls = 0, 0
	}
	return nil
}

func andOf(conds []nodes.Expr) nodes.Expr {
	if len(conds) == 1 {
		return conds[0]
	}
	return &nodes.BoolExpr{Op: nodes.And, Args: conds, Location: -1}
}

// flatten takes a FROM item apart at its inner joins.
func (l *level) flatten(it nodes.JoinNode, units []*unit, conds []nodes.Expr) ([]*unit, []nodes.Expr) {
	j, ok := it.(*nodes.Join)
	if !ok || j.Type != nodes.InnerJoin {
		return append(units, &unit{item: it, rtes: joinRelids(it)}), conds
	}
	units, conds = l.flatten(j.Left, units, conds)
	units, conds = l.flatten(j.Right, units, conds)
	return units, append(conds, l.b.conjuncts(j.On)...)
}

// joinRelids gives the base entries below a FROM item.
func joinRelids(it nodes.JoinNode) relids {
	switch it := it.(type) {
	case *nodes.RangeRef:
		return relids{it.RTE: true}
	case *nodes.Join:
		return union(joinRelids(it.Left), joinRelids(it.Right))
	}
	return relids{}
}

// reduceOuter turns outer joins whose padded rows a condition above throws
// away into inner ones (reduce_outer_joins), one round.
func (l *level) reduceOuter(units []*unit, conds []nodes.Expr) ([]*unit, []nodes.Expr, bool) {
	strict := relids{}
	for _, c := range conds {
		strict.add(l.b.rejectsNulls(c, true))
	}
	var out []*unit
	changed := false
	for _, u := range units {
		j, ok := u.item.(*nodes.Join)
		if !ok {
			out = append(out, u)
			continue
		}
		left, right := strict.overlaps(joinRelids(j.Left)), strict.overlaps(joinRelids(j.Right))
		t := j.Type
		switch {
		case t == nodes.FullJoin && left && right:
			t = nodes.InnerJoin
		case t == nodes.FullJoin && left:
			t = nodes.LeftJoin
		case t == nodes.FullJoin && right:
			t = nodes.RightJoin
		case t == nodes.LeftJoin && right, t == nodes.RightJoin && left:
			t = nodes.InnerJoin
		}
		if t == j.Type {
			out = append(out, u)
			continue
		}
		changed = true
		c := *j
		c.Type = t
		out, conds = l.flatten(&c, out, conds)
	}
	return out, conds, changed
}

// rejectsNulls gives range table entries such that the condition is not true
// (top) or is NULL (not top) whenever all columns of one of them are NULL
// (find_nonnullable_rels).
func (b *builder) rejectsNulls(e nodes.Expr, top bool) relids {
	all := func(args []nodes.Expr) relids {
		out := relids{}
		for _, a := range args {
			out.add(b.rejectsNulls(a, false))
		}
		return out
	}
	strict := func(fn nodes.OID) bool {
		p := b.opt.Catalog.ProcByOID(fn)
		return p != nil && p.Strict
	}
	switch e := e.(type) {
	case *nodes.Var:
		return relids{e.RTE: true}
	case *nodes.FuncExpr:
		if strict(e.Func) && !e.ReturnsSet {
			return all(e.Args)
		}
	case *nodes.OpExpr:
		if strict(e.Func) {
			return all(e.Args)
		}
	case *nodes.ScalarArrayOpExpr:
		if strict(e.Func) && (!e.All || !top) {
			if k, ok := e.Args[1].(*nodes.Const); ok && (k.Value == nil || !e.All) {
				return b.rejectsNulls(e.Args[0], false)
			}
			if top && !e.All {
				return b.rejectsNulls(e.Args[0], false)
			}
		}
	case *nodes.BoolExpr:
		switch e.Op {
		case nodes.And:
			if top {
				out := relids{}
				for _, a := range e.Args {
					out.add(b.rejectsNulls(a, true))
				}
				return out
			}
			fallthrough
		case nodes.Or:
			var out relids
			for i, a := range e.Args {
				r := b.rejectsNulls(a, top)
				if i == 0 {
					out = r
					continue
				}
				for id := range out {
					if !r[id] {
						delete(out, id)
					}
				}
			}
			return out
		case nodes.Not:
			return b.rejectsNulls(e.Args[0], false)
		}
	case *nodes.RelabelType:
		return b.rejectsNulls(e.Arg, top)
	case *nodes.CoerceViaIO:
		return b.rejectsNulls(e.Arg, false)
	case *nodes.ArrayCoerceExpr:
		return b.rejectsNulls(e.Arg, false)
	case *nodes.CollateExpr:
		return b.rejectsNulls(e.Arg, top)
	case *nodes.NullTest:
		if top && e.Not && !e.Row {
			return b.rejectsNulls(e.Arg, false)
		}
	case *nodes.BooleanTest:
		if top && (e.Test == nodes.IsTrue || e.Test == nodes.IsFalse || e.Test == nodes.IsNotUnknown) {
			return b.rejectsNulls(e.Arg, false)
		}
	}
	return relids{}
}

// derive adds to conditions joined by AND what follows from equalities between
// columns: when a = b and a = constant, then b = constant.
func (b *builder) derive(conds []nodes.Expr) []nodes.Expr {
	type pair struct{ a, b nodes.Expr }
	var pairs []pair
	for _, c := range conds {
		op, ok := c.(*nodes.OpExpr)
		if !ok || len(op.Args) != 2 || !b.isEquality(op.Op) {
			continue
		}
		x, y := op.Args[0], op.Args[1]
		if t, u := nodes.TypeOf(x), nodes.TypeOf(y); relabelled(x) != nil && relabelled(y) != nil && t.Type == u.Type && t.Collation == u.Collation {
			pairs = append(pairs, pair{x, y})
		}
	}
	if len(pairs) == 0 {
		return conds
	}
	holds := func(e nodes.Expr) bool {
		for _, c := range conds {
			if nodes.Equal(c, e) {
				return true
			}
		}
		return false
	}
	for i := 0; i < len(conds) && len(conds) < 200; i++ {
		v := b.pinned(conds[i])
		if v == nil {
			continue
		}
		for _, p := range pairs {
			var other nodes.Expr
			switch {
			case nodes.Equal(p.a, v):
				other = p.b
			case nodes.Equal(p.b, v):
				other = p.a
			default:
				continue
			}
			d := nodes.Rewrite(conds[i], func(n nodes.Expr) (nodes.Expr, bool) {
				if nodes.Equal(n, v) {
					return other, true
				}
				return nil, false
			})
			if !holds(d) {
				conds = append(conds[:len(conds):len(conds)], d)
			}
		}
	}
	return conds
}

// relabelled gives the column of this level that an expression is, maybe as another
// type of the same values; nil: it is something else.
func relabelled(e nodes.Expr) *nodes.Var {
	for {
		switch x := e.(type) {
		case *nodes.RelabelType:
			e = x.Arg
		case *nodes.Var:
			if x.LevelsUp == 0 {
				return x
			}
			return nil
		default:
			return nil
		}
	}
}

// pinned gives the column, maybe relabelled, that a condition holds to constants:
// column = value or column = ANY (values).
func (b *builder) pinned(c nodes.Expr) nodes.Expr {
	var args []nodes.Expr
	switch c := c.(type) {
	case *nodes.OpExpr:
		if !b.isEquality(c.Op) {
			return nil
		}
		args = c.Args
	case *nodes.ScalarArrayOpExpr:
		if c.All || !b.isEquality(c.Op) {
			return nil
		}
		args = c.Args
	}
	if len(args) != 2 {
		return nil
	}
	for i := range args {
		if relabelled(args[i]) != nil && len(relidsOf(args[1-i])) == 0 && !b.volatile(args[1-i]) {
			return args[i]
		}
	}
	return nil
}

// isEquality tells whether an operator is the = of a btree or hash family.
func (b *builder) isEquality(op nodes.OID) bool {
	for _, m := range b.opt.Catalog.OpFamilyMembers(op) {
		if m.Method == 403 && m.Strategy == 3 || m.Method == 405 && m.Strategy == 1 {
			return true
		}
	}
	return false
}

// planUnit plans one unit with its conditions.
func (l *level) planUnit(u *unit) (*rel, error) {
	switch it := u.item.(type) {
	case *nodes.RangeRef:
		return l.planRange(it.RTE, u.quals)
	case *nodes.Join:
		r, err := l.planOuterJoin(it, u.quals)
		if err == nil && it.Type == nodes.FullJoin && !u.empty {
			err = l.checkFullJoin(it)
		}
		return r, err
	}
	return nil, nil
}

// checkLocked refuses FOR UPDATE and its like for what an outer join may leave
// NULL (make_outerjoininfo).
func (l *level) checkLocked(nullable relids) error {
	for _, r := range l.q.Locked {
		if nullable[r.RTE] {
			return pgerr.New(pgerrcode.FeatureNotSupported, "%s cannot be applied to the nullable side of an outer join", r.Clause)
		}
	}
	return nil
}

// planOuterJoin plans a LEFT, RIGHT or FULL join under conditions from above.
func (l *level) planOuterJoin(j *nodes.Join, above []nodes.Expr) (*rel, error) {
	left, right, kind := j.Left, j.Right, j.Type
	if kind == nodes.RightJoin {
		left, right, kind = right, left, nodes.LeftJoin
	}
	leftIDs, rightIDs := joinRelids(left), joinRelids(right)
	if err := l.checkLocked(rightIDs); err != nil {
		return nil, err
	}
	if kind == nodes.FullJoin {
		if err := l.checkLocked(leftIDs); err != nil {
			return nil, err
		}
	}
	var leftConds, rightConds, on, after []nodes.Expr
	for _, c := range above {
		if ids := relidsOf(c); kind == nodes.LeftJoin && leftIDs.has(ids) {
			leftConds = append(leftConds, c)
		} else {
			after = append(after, c)
		}
	}
	for _, c := range l.b.conjuncts(j.On) {
		ids := relidsOf(c)
		if kind == nodes.LeftJoin && len(ids) > 0 && rightIDs.has(ids) {
			rightConds = append(rightConds, c)
		} else {
			on = append(on, c)
		}
	}
	// What holds for the left rows of a match holds for the right ones too:
	// hand constants over (a.x = 1 above and ON a.x = b.x gives b.x = 1 below).
	if kind == nodes.LeftJoin {
		known := append(append([]nodes.Expr{}, leftConds...), on...)
		for _, d := range l.b.derive(known)[len(known):] {
			if ids := relidsOf(d); len(ids) > 0 && rightIDs.has(ids) {
				rightConds = append(rightConds, d)
			}
		}
	}
	if kind == nodes.FullJoin && l.b.opt.PushDown != PushDownOff {
		leftConds, rightConds = l.b.ofEither(above, on, leftIDs, rightIDs)
	}
	outer, err := l.planFrom([]nodes.JoinNode{left}, leftConds)
	if err != nil {
		return nil, err
	}
	inner, err := l.planFrom([]nodes.JoinNode{right}, rightConds)
	if err != nil {
		return nil, err
	}
	r, err := l.join(kind, outer, inner, on)
	if err != nil {
		return nil, err
	}
	return r, l.filter(&r.stage, after)
}
