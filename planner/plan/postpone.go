package plan

import (
	"github.com/flowgres/flowgres/planner/fdw"
	"github.com/flowgres/flowgres/planner/nodes"
)

// postponed is a left join that is done after the inner joins around it.
type postponed struct {
	right nodes.JoinNode
	conds []nodes.Expr // on what the right side has, as follows from others
	on    []nodes.Expr
	after []nodes.Expr // conditions from above that speak of its right side
}

// postpone takes left joins of tables at hand out of the units of an inner join, to be done when
// all the others are: (a LEFT JOIN b) JOIN c is (a JOIN c) LEFT JOIN b, and c may leave few rows
// of a (outer join identity 1 of optimizer/README). Conditions that speak of b and of anything outside
// of its join, LATERAL items that need b, and remote tables, whose calls hang on the
// order, leave a join where it is.
func (l *level) postpone(units []*unit, conds []nodes.Expr) ([]*unit, []nodes.Expr, []*postponed) {
	if len(units) < 2 {
		return units, conds, nil
	}
	all := relids{}
	for _, u := range units {
		all.add(u.rtes)
	}
	if !l.allLocal(all) {
		return units, conds, nil
	}
	wanted := l.lateralIDs()
	var later []*postponed
	for i := 0; i < len(units); i++ {
		u := units[i]
		j, ok := u.item.(*nodes.Join)
		if !ok || j.Type != nodes.LeftJoin && j.Type != nodes.RightJoin {
			continue
		}
		left, right := j.Left, j.Right
		if j.Type == nodes.RightJoin {
			left, right = right, left
		}
		ids := joinRelids(right)
		p := &postponed{right: right, on: l.b.conjuncts(j.On)}
		var rest []nodes.Expr
		free := !wanted.overlaps(ids)
		for _, c := range conds {
			switch has := relidsOf(c); {
			case !has.overlaps(ids):
				rest = append(rest, c)
			case u.rtes.has(has) && !l.b.volatile(c):
				p.after = append(p.after, c)
			default:
				free = false
			}
		}
		if !free {
			continue
		}
		known := append(append([]nodes.Expr{}, rest...), p.on...)
		for _, d := range l.b.derive(known)[len(known):] {
			if has := relidsOf(d); len(has) > 0 && ids.has(has) {
				p.conds = append(p.conds, d)
			}
		}
		on := p.on
		p.on = nil
		for _, c := range on {
			if has := relidsOf(c); len(has) > 0 && ids.has(has) {
				p.conds = append(p.conds, c)
			} else {
				p.on = append(p.on, c)
			}
		}
		// What a join nested in the left side makes of these rows comes before.
		later = append([]*postponed{p}, later...)
		more, inner := l.flatten(left, nil, nil)
		conds = append(rest, inner...)
		units = append(units[:i:i], append(more, units[i+1:]...)...)
		i--
	}
	return units, conds, later
}

// joinPostponed does a postponed join.
func (l *level) joinPostponed(r *rel, p *postponed) (*rel, error) {
	if err := l.checkLocked(joinRelids(p.right)); err != nil {
		return nil, err
	}
	right, err := l.planFrom([]nodes.JoinNode{p.right}, p.conds)
	if err != nil {
		return nil, err
	}
	if r, err = l.join(nodes.LeftJoin, r, right, p.on); err != nil {
		return nil, err
	}
	return r, l.filter(&r.stage, p.after)
}

// allLocal tells whether range table entries have nothing but tables at hand.
func (l *level) allLocal(ids relids) bool {
	for id := range ids {
		if !local(l.rte(id)) {
			return false
		}
	}
	return true
}

// local tells whether all that a range table entry reads is at hand. What is behind the name
// of a WITH query is not looked for, but where it names itself or is inside of a subquery.
func local(r *nodes.RTE) bool {
	switch r.Kind {
	case nodes.RTERelation:
		_, ok := r.Relation.Table.(fdw.Local)
		return ok
	case nodes.RTECTE:
		return r.SelfRef
	case nodes.RTESubquery:
		all, with := true, map[string]bool{}
		nodes.WalkQueries(r.Query, func(q *nodes.Query) {
			for _, c := range q.CTEs {
				with[c.Name] = true
			}
			for _, in := range q.RangeTable {
				all = all && (in.Kind == nodes.RTESubquery || in.Kind == nodes.RTECTE && with[in.CTEName] || local(in))
			}
		})
		return all
	}
	return true
}

// lateralIDs gives the entries whose columns other items of FROM name.
func (l *level) lateralIDs() relids {
	out := relids{}
	add := func(e nodes.Expr, depth int) {
		nodes.Walk(e, func(n nodes.Expr) bool {
			if v, ok := n.(*nodes.Var); ok && v.LevelsUp == depth {
				out[v.RTE] = true
			}
			return true
		})
	}
	for _, r := range l.q.RangeTable {
		for _, f := range r.Functions {
			add(f.Expr, 0)
		}
		for _, row := range r.Values {
			for _, e := range row {
				add(e, 0)
			}
		}
		if r.Query != nil && r.Lateral {
			nodes.WalkQuery(r.Query, func(e nodes.Expr, depth int) bool {
				if v, ok := e.(*nodes.Var); ok && v.LevelsUp == depth+1 {
					out[v.RTE] = true
				}
				return true
			})
		}
	}
	return out
}
