package plan

import (
	"slices"

	"github.com/jackc/pgerrcode"

	"github.com/flowgres/flowgres/planner/nodes"
	"github.com/flowgres/flowgres/planner/pgerr"
)

// unit is an item of an inner join: a range table entry or an outer join.
type unit struct {
	item  nodes.JoinNode
	rtes  relids
	quals []nodes.Expr
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
	if i := slices.IndexFunc(conds, never); i >= 0 {
		conds = conds[i : i+1] // the others say nothing
	}
	for reduced := true; reduced; {
		units, conds, reduced = l.reduceOuter(units, conds)
	}
	conds = append(conds, l.elementConds(units, conds)...)
	for _, c := range l.rowConds(conds) {
		if !slices.ContainsFunc(conds, func(x nodes.Expr) bool { return nodes.Equal(x, c) }) {
			conds = append(conds, c)
		}
	}
	semis, conds = l.settleSemis(semis, conds)
	units, conds, later := l.postpone(units, conds)

	oneTime, joins, last := l.settle(units, conds)
	if len(last) > 0 || len(later) > 0 {
		l.limitHint = 0 // they drop rows that the FROM item gave
	}

	rels := make([]*rel, len(units))
	for i, u := range units {
		r, err := l.planUnit(u)
		if err != nil {
			return nil, err
		}
		rels[i] = r
	}
	after, err := l.semisFirst(rels, semis)
	if err != nil {
		return nil, err
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
		if r, err = l.joinSemi(r, a.right, a.kind, a.on); err != nil {
			return nil, err
		}
	}
	if err := l.filter(&r.stage, last); err != nil {
		return nil, err
	}
	return r, l.oneTime(r, oneTime)
}

// settle gives each condition to the one unit it speaks of. It returns those
// that speak of none, decided once, those that join units, and the volatile ones, which
// each joined row is asked.
func (l *level) settle(units []*unit, conds []nodes.Expr) (oneTime, joins, last []nodes.Expr) {
	for _, c := range conds {
		ids := relidsOf(c)
		home := slices.IndexFunc(units, func(u *unit) bool { return u.rtes.has(ids) })
		switch {
		case len(ids) == 0 && l.b.volatile(c):
			last = append(last, c)
		case len(ids) == 0:
			oneTime = append(oneTime, c)
		case home < 0:
			joins = append(joins, c)
		default:
			units[home].quals = append(units[home].quals, c)
		}
	}
	return oneTime, joins, last
}

// plannedSemi is a join that a subquery became, with its other side planned.
type plannedSemi struct {
	*semi
	right *rel
	on    []nodes.Expr
}

// semisFirst plans the other sides of joins that subqueries became. Those that
// hand keys to the table of one item are joined to it; the rest is given back.
func (l *level) semisFirst(items []*rel, semis []*semi) (rest []plannedSemi, err error) {
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
		i := -1
		if s.kind == nodes.SemiJoin && len(ids) > 0 {
			i = slices.IndexFunc(items, func(r *rel) bool { return r.rtes.has(ids) && l.feedsBack(r, right, on) != nil })
		}
		if i < 0 {
			rest = append(rest, plannedSemi{s, right, on})
		} else if items[i], err = l.joinSemi(items[i], right, s.kind, on); err != nil {
			return nil, err
		}
	}
	return rest, nil
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

// planUnit plans one unit with its conditions.
func (l *level) planUnit(u *unit) (*rel, error) {
	switch it := u.item.(type) {
	case *nodes.RangeRef:
		return l.planRange(it.RTE, u.quals)
	case *nodes.Join:
		return l.planOuterJoin(it, u)
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

// planOuterJoin plans a unit that is a LEFT, RIGHT or FULL join under conditions from above.
func (l *level) planOuterJoin(j *nodes.Join, u *unit) (*rel, error) {
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
	for _, c := range u.quals {
		if ids := relidsOf(c); kind == nodes.LeftJoin && leftIDs.has(ids) {
			leftConds = append(leftConds, c)
		} else {
			after = append(after, c)
		}
	}
	for _, c := range l.b.conjuncts(j.On) {
		ids := relidsOf(c)
		if kind == nodes.LeftJoin && (len(ids) > 0 && rightIDs.has(ids) || never(c)) {
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
		leftConds, rightConds = l.b.ofEither(u.quals, on, leftIDs, rightIDs)
		leftConds = append(leftConds, l.ofOne(u.quals, on, leftIDs, rightIDs)...)
		rightConds = append(rightConds, l.ofOne(u.quals, on, rightIDs, leftIDs)...)
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
