package plan

import (
	"github.com/flowgres/flowgres/planner/nodes"
)

// prepSemis prepares what pull made of WHERE's subqueries.
func (l *level) prepSemis() error {
	for _, s := range l.semis {
		for i, it := range s.items {
			p, err := l.prepJoin(it)
			if err != nil {
				return err
			}
			s.items[i] = p
		}
		var conds []nodes.Expr
		for _, c := range s.conds {
			p, err := l.prep(c)
			if err != nil {
				return err
			}
			conds = append(conds, l.b.conjuncts(p)...)
		}
		s.conds = append(conds, l.rowConds(conds)...)
	}
	return nil
}

// rtes gives the range table entries of a semi's own side.
func (s *semi) rtes() relids {
	out := relids{}
	for _, it := range s.items {
		out.add(joinRelids(it))
	}
	return out
}

// settleSemis gives the conditions on the level's own rows that semis amount
// to, and what is left of them: conditions move to where they can be used, and
// constants are handed over equalities.
func (l *level) settleSemis(semis []*semi, conds []nodes.Expr) ([]*semi, []nodes.Expr) {
	var left []*semi
	for _, s := range semis {
		if len(s.items) == 0 {
			if s.kind == nodes.SemiJoin {
				conds = append(conds, s.conds...)
				continue
			}
			if len(s.conds) == 0 {
				conds = append(conds, boolConst(false))
				continue
			}
			conds = append(conds, &nodes.BooleanTest{Arg: andOf(s.conds), Test: nodes.IsNotTrue, Location: -1})
			continue
		}
		left = append(left, s)
		own := s.rtes()
		if s.kind == nodes.SemiJoin {
			var rest []nodes.Expr
			for _, c := range s.conds {
				if ids := relidsOf(c); len(ids) > 0 && !ids.overlaps(own) {
					conds = append(conds, c)
				} else {
					rest = append(rest, c)
				}
			}
			s.conds = rest
		}
	}
	conds = l.b.derive(conds)
	for again := true; again; {
		again = false
		for _, s := range left {
			own := s.rtes()
			known := append(append([]nodes.Expr{}, conds...), s.conds...)
			for _, d := range l.b.derive(known)[len(known):] {
				ids := relidsOf(d)
				switch {
				case len(ids) == 0:
				case own.has(ids):
					s.conds = append(s.conds, d)
				case !ids.overlaps(own) && s.kind == nodes.SemiJoin:
					conds = append(conds, d)
					again = true
				}
			}
		}
	}
	return left, conds
}

// planSemi plans a semi's own side; on are the conditions that tie it to the level.
func (l *level) planSemi(s *semi) (right *rel, on []nodes.Expr, err error) {
	own := s.rtes()
	var inside []nodes.Expr
	for _, c := range s.conds {
		if ids := relidsOf(c); own.has(ids) && (len(ids) > 0 || !l.b.volatile(c)) {
			inside = append(inside, c)
		} else {
			on = append(on, c)
		}
	}
	right, err = l.planFrom(s.items, inside)
	return right, on, err
}

// joinSemi joins rows of a rel with a semi's own side.
func (l *level) joinSemi(left, right *rel, kind nodes.JoinType, on []nodes.Expr) (*rel, error) {
	if kind == nodes.SemiJoin {
		if keys := l.feedsBack(left, right, on); keys != nil {
			return l.joinDistinct(left, right, on, keys)
		}
	}
	if len(on) == 0 && len(right.params) == 0 {
		l.oneRow(&right.stage) // any row is a match
	}
	return l.join(kind, left, right, on)
}

// feedsBack gives the semi's key expressions when its side is so small that its
// keys, each once, should be handed to the level's table: the semi-join of the two is the
// inner join with the distinct keys.
func (l *level) feedsBack(left, right *rel, on []nodes.Expr) []nodes.Expr {
	if len(right.params) > 0 || len(left.params) > 0 || len(on) == 0 {
		return nil
	}
	var keys []nodes.Expr
	for _, c := range on {
		o, i, key := l.b.hashClause(c, right.rtes, left.rtes)
		if key == nil || !left.rtes.has(relidsOf(i)) {
			return nil
		}
		if t := l.b.baseType(nodes.TypeOf(o).Type); !plainType(t) && t != 1043 {
			return nil
		}
		keys = append(keys, o)
	}
	if l.feedKey(right, left, on) < 0 {
		return nil
	}
	return keys
}

// joinDistinct joins a rel with the distinct keys of a semi's side.
func (l *level) joinDistinct(left, right *rel, on, keys []nodes.Expr) (*rel, error) {
	if err := l.project(&right.stage, keys); err != nil {
		return nil, err
	}
	var cols []*KeyColumn
	for i, k := range keys {
		info := nodes.TypeOf(k)
		_, eq, _, _ := l.b.opt.Catalog.SortOperators(info.Type)
		cols = append(cols, &KeyColumn{Slot: i, Type: info.Type, Collation: info.Collation, Eq: eq})
	}
	rows := right.rows()
	l.distinct(&right.stage, cols)
	right.node.Common().Rows = rows
	right.scans = nil
	return l.join(nodes.InnerJoin, right, left, on)
}
