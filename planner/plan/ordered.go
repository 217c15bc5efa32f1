package plan

import (
	"github.com/flowgres/flowgres/planner/adt"
	"github.com/flowgres/flowgres/planner/fdw"
	"github.com/flowgres/flowgres/planner/nodes"
)

// PostgreSQL's oids of text's < and >, and of the collation "C".
const (
	textLtOperator = 664
	textGtOperator = 666
	cColl          = 950
)

// placeOrder gives the scan whose rows a Sort orders, and the order of the place
// columns (fdw.Column.Place) that the Sort's first keys are. A table can read
// its places in that order; then a Sort of which only the first rows are wanted
// need not see the others. nil: it begins with other keys, or there is more
// between them.
func placeOrder(s *Sort) (*Scan, []fdw.Order) {
	var slots []int
	for _, k := range s.Keys {
		if k.Type != textOID || k.Collation != defaultColl && k.Collation != cColl || k.Op != textLtOperator && k.Op != textGtOperator {
			break
		}
		slots = append(slots, k.Slot)
	}
	for n := s.Input; ; {
		base := n.Common()
		if base.Targets != nil {
			for i := range slots {
				slot, ok := base.Targets[slots[i]].(*nodes.Slot)
				if !ok {
					slots = slots[:i]
					break
				}
				slots[i] = slot.Index
			}
		}
		switch x := n.(type) {
		case *Result:
			if x.Input == nil {
				return nil, nil
			}
			n = x.Input
			continue
		case *Scan:
			var order []fdw.Order
			columns := x.Relation.Table.Columns()
			for i, slot := range slots {
				if slot >= len(columns) || !columns[slot].Place {
					break
				}
				order = append(order, fdw.Order{Column: slot, Desc: s.Keys[i].Desc})
			}
			return x, order
		}
		return nil, nil
	}
}

// firstDecides puts min and max of a place column over the first row in its order,
// for an aggregation that is nothing but that.
func (l *level) firstDecides(s *stage, groups []nodes.Expr, aggs []*nodes.Aggref) {
	if len(groups) > 0 || len(aggs) == 0 || l.b.opt.PushDown == PushDownOff {
		return
	}
	var key *SortKey
	for _, a := range aggs {
		p := l.b.opt.Catalog.ProcByOID(a.Func)
		if p == nil || p.Schema != "pg_catalog" || p.Name != "min" && p.Name != "max" || a.Filter != nil || len(a.Args) != 1 || a.LevelsUp > 0 {
			return
		}
		v, ok := a.Args[0].Expr.(*nodes.Var)
		if !ok || v.LevelsUp > 0 || !l.isPlace(v) {
			return
		}
		k := &SortKey{Slot: s.find(v), Type: v.Type, Collation: v.Collation, Op: textLtOperator}
		if p.Name == "max" {
			k.Op, k.Desc = textGtOperator, true
		}
		if k.Slot < 0 || key != nil && *key != *k {
			return
		}
		key = k
	}
	one := &nodes.Const{Type: int8OID, Typmod: -1, Value: adt.Datum(int64(1)), Location: -1}
	sort := &Sort{Input: s.node, Keys: []*SortKey{key}, Limit: one}
	if scan, order := placeOrder(sort); scan == nil || len(order) == 0 {
		return
	}
	l.wrap(s, sort, 1)
	l.oneRow(s)
}

// isPlace tells whether a column is a table's place column.
func (l *level) isPlace(v *nodes.Var) bool {
	r := l.rte(v.RTE)
	if r.Kind != nodes.RTERelation || r.Relation == nil || r.Relation.Table == nil {
		return false
	}
	columns := r.Relation.Table.Columns()
	return v.Attno > 0 && v.Attno <= len(columns) && columns[v.Attno-1].Place
}
