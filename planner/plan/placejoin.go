package plan

import (
	"github.com/flowgres/flowgres/planner/nodes"
)

// mostPlaced bounds the outer rows for each of which a table is asked anew where
// to look.
const mostPlaced = 100

// placedBy gives the conditions of a join that tell, from a row of the small local
// side, in which places of the remote side's table its partners can be, where no
// equality does (f.region LIKE v.prefix || '%').
func (l *level) placedBy(kind nodes.JoinType, outer, inner *rel, on []nodes.Expr) []nodes.Expr {
	if kind != nodes.InnerJoin && kind != nodes.LeftJoin || l.b.opt.PushDown == PushDownOff || inner.scan == nil || inner.node != Node(inner.scan) ||
		len(inner.params) > 0 || inner.scan.Fdw.Calls == 0 || outer.node.Common().Calls > 0 || outer.rows() > mostPlaced {
		return nil
	}
	var out []nodes.Expr
	for _, c := range on {
		if _, _, key := l.b.hashClause(c, outer.rtes, inner.rtes); key != nil {
			return nil
		}
		if l.b.volatile(c) || returnsSet(c) || holdsSubPlan(c) || !outer.rtes.overlaps(relidsOf(c)) {
			continue
		}
		places, plain := 0, true
		nodes.Walk(c, func(n nodes.Expr) bool {
			if v, ok := n.(*nodes.Var); ok && inner.rtes[v.RTE] {
				plain = plain && inner.placeKey(v)
				places++
			}
			return true
		})
		if plain && places > 0 {
			out = append(out, c)
		}
	}
	return out
}

// placeInner makes the inner side of a join take the outer row's values that tell
// where to look: a loop then runs it for each row, and what was read is read once.
func (l *level) placeInner(outer, inner *rel, conds []nodes.Expr) error {
	for _, c := range conds {
		c = nodes.Rewrite(c, func(n nodes.Expr) (nodes.Expr, bool) {
			v, ok := n.(*nodes.Var)
			if !ok || !outer.rtes[v.RTE] {
				return nil, false
			}
			for _, p := range inner.params {
				if nodes.Equal(p.Value, v) {
					return execParam(v, p.Param), true
				}
			}
			p := NestParam{Param: l.b.plan.Params, Value: v}
			l.b.plan.Params++
			inner.params = append(inner.params, p)
			return execParam(v, p.Param), true
		})
		x, err := inner.slots(c)
		if err != nil {
			return err
		}
		inner.scan.At = append(inner.scan.At, x)
	}
	return nil
}

func execParam(v *nodes.Var, number int) *nodes.Param {
	return &nodes.Param{Exec: true, Number: number, Type: v.Type, Typmod: v.Typmod, Collation: v.Collation, Location: -1}
}

// scanBelow finds the scan of a subquery whose rows are all that join keys
// select of it: below projections, and below groupings for columns that are
// keys of them.
func scanBelow(id int, n Node) (*Scan, map[varKey]int) {
	at := map[varKey]int{}
	for i := range n.Common().Width {
		at[varKey{id, i + 1}] = i
	}
	for {
		if base := n.Common(); base.Targets != nil {
			throughAll(at, base.Targets)
		}
		switch x := n.(type) {
		case *Scan:
			for k, i := range at {
				if i >= len(x.Relation.Table.Columns()) {
					delete(at, k)
				}
			}
			return x, at
		case *Result:
			if x.Input == nil {
				return nil, nil
			}
			n = x.Input
		case *Agg:
			if x.Sets != nil || len(x.Groups) == 0 {
				return nil, nil
			}
			throughAll(at, x.Groups)
			n = x.Input
		default:
			return nil, nil
		}
	}
}

// throughAll follows columns through a projection; those that are computed are
// gone.
func throughAll(at map[varKey]int, targets []nodes.Expr) {
	for k, i := range at {
		s, ok := (nodes.Expr)(nil), i < len(targets)
		if ok {
			s = targets[i]
		}
		if slot, plain := s.(*nodes.Slot); ok && plain {
			at[k] = slot.Index
		} else {
			delete(at, k)
		}
	}
}
