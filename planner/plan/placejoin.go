package plan

import (
	"maps"

	"github.com/flowgres/flowgres/planner/nodes"
)

// mostPlaced bounds the outer rows for each of which a table is asked anew where
// to look.
const mostPlaced = 100

// placedBy gives the conditions of a join that tell, from a row of the small local
// side, in which places of the remote side's table its partners can be, where no
// equality does (f.region LIKE v.prefix || '%').
func (l *level) placedBy(kind nodes.JoinType, outer, inner *rel, on []nodes.Expr) []nodes.Expr {
	if kind != nodes.InnerJoin && kind != nodes.LeftJoin || l.b.opt.PushDown == PushDownOff || len(inner.scans) != 1 || inner.node != Node(inner.scans[0].scan) ||
		len(inner.params) > 0 || inner.scans[0].scan.Fdw.Calls == 0 || outer.node.Common().Calls > 0 || outer.rows() > mostPlaced {
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
		sc := inner.scans[0].scan
		sc.At = append(sc.At, x)
	}
	return nil
}

func execParam(v *nodes.Var, number int) *nodes.Param {
	return &nodes.Param{Exec: true, Number: number, Type: v.Type, Typmod: v.Typmod, Collation: v.Collation, Location: -1}
}

// scansBelow finds the scans of a subquery whose rows are all that join keys
// select of it: below projections and appends, and below groupings for columns
// that are keys of them. nil: there is more to it.
func scansBelow(id int, n Node) []scanAt {
	cols := map[varKey]int{}
	for i := range n.Common().Width {
		cols[varKey{id, i + 1}] = i
	}
	return scansOf(n, cols)
}

func scansOf(n Node, cols map[varKey]int) []scanAt {
	if base := n.Common(); base.Targets != nil {
		cols = throughAll(cols, base.Targets)
	}
	switch x := n.(type) {
	case *Scan:
		return []scanAt{{x, cols}}
	case *Result:
		if x.Input != nil {
			return scansOf(x.Input, cols)
		}
	case *Agg:
		if x.Sets == nil && len(x.Groups) > 0 {
			return scansOf(x.Input, throughAll(cols, x.Groups))
		}
	case *Append:
		var out []scanAt
		for _, in := range x.Inputs {
			if empty(in) {
				continue
			}
			below := scansOf(in, maps.Clone(cols))
			if below == nil {
				return nil
			}
			out = append(out, below...)
		}
		return out
	}
	return nil
}

// throughAll follows columns through a projection; those that are computed are
// gone.
func throughAll(cols map[varKey]int, targets []nodes.Expr) map[varKey]int {
	out := map[varKey]int{}
	for k, i := range cols {
		if i >= len(targets) {
			continue
		}
		if slot, ok := targets[i].(*nodes.Slot); ok {
			out[k] = slot.Index
		}
	}
	return out
}
