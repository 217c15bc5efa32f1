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

// placeOrder gives the scan whose rows a Sort orders, the order of the place
// columns (fdw.Column.Place) that the Sort's first keys are, and the nodes between. A
// table can read its places in that order; then a Sort of which only the first rows
// are wanted need not see the others. nil: it begins with other keys, or there is more between
// them.
func placeOrder(s *Sort) (*Scan, []fdw.Order, []Node) {
	var slots []int
	var desc []bool
	for _, k := range s.Keys {
		if k.Type != textOID || k.Collation != defaultColl && k.Collation != cColl || k.Op != textLtOperator && k.Op != textGtOperator {
			break
		}
		slots, desc = append(slots, k.Slot), append(desc, k.Desc)
	}
	return placesBelow(s.Input, slots, desc)
}

// groupOrder is placeOrder for an Agg whose groups may be put out as they are whole.
func groupOrder(a *Agg) (*Scan, []fdw.Order, []Node) {
	for _, g := range a.Groups {
		if s, ok := g.(*nodes.Slot); ok && s.Type == textOID && a.Sets == nil {
			if scan, order, between := placesBelow(a.Input, []int{s.Index}, []bool{false}); scan != nil && len(order) > 0 {
				return scan, order, between
			}
		}
	}
	return nil, nil, nil
}

// placesBelow follows columns of a node's rows down to a scan, as far as they are its
// place columns.
func placesBelow(n Node, slots []int, desc []bool) (*Scan, []fdw.Order, []Node) {
	var between []Node
	for {
		base := n.Common()
		if base.Targets != nil {
			slots = through(slots, base.Targets)
		}
		if len(slots) == 0 {
			return nil, nil, nil
		}
		switch x := n.(type) {
		case *Result:
			if x.Input == nil {
				return nil, nil, nil
			}
			between = append(between, x)
			n = x.Input
			continue
		case *Agg:
			if x.Sets != nil {
				return nil, nil, nil
			}
			slots = through(slots, x.Groups)
			between = append(between, x)
			n = x.Input
			continue
		case *Scan:
			var order []fdw.Order
			columns := x.Relation.Table.Columns()
			for i, slot := range slots {
				if slot >= len(columns) || !columns[slot].Place {
					break
				}
				order = append(order, fdw.Order{Column: slot, Desc: desc[i]})
			}
			return x, order, between
		}
		return nil, nil, nil
	}
}

// through gives the slots of a projection's input that some of its columns are,
// up to the first that is none.
func through(slots []int, targets []nodes.Expr) []int {
	var out []int
	for _, i := range slots {
		if i >= len(targets) {
			break
		}
		s := plainSlot(targets[i])
		if s == nil {
			break
		}
		out = append(out, s.Index)
	}
	return out
}

// plainSlot gives the column that an expression is, compared by its bytes or not.
func plainSlot(e nodes.Expr) *nodes.Slot {
	if c, ok := e.(*nodes.CollateExpr); ok && c.Collation == cColl {
		e = c.Arg
	}
	s, _ := e.(*nodes.Slot)
	return s
}

// firstDecides puts min and max of a place column over the first row in its order,
// for an aggregation that is nothing but that.
func (l *level) firstDecides(s *stage, groups []nodes.Expr, aggs []*nodes.Aggref) {
	if len(groups) > 0 || len(aggs) == 0 || l.b.opt.PushDown == PushDownOff {
		return
	}
	var key *SortKey
	for _, a := range aggs {
		if !l.isExtreme(a) {
			return
		}
		v := a.Args[0].Expr.(*nodes.Var) //nolint:errcheck // isExtreme
		k := &SortKey{Slot: s.find(v), Type: v.Type, Collation: v.Collation, Op: textLtOperator}
		if l.b.opt.Catalog.ProcByOID(a.Func).Name == "max" {
			k.Op, k.Desc = textGtOperator, true
		}
		if k.Slot < 0 || key != nil && *key != *k {
			return
		}
		key = k
	}
	one := &nodes.Const{Type: int8OID, Typmod: -1, Value: adt.Datum(int64(1)), Location: -1}
	sort := &Sort{Input: s.node, Keys: []*SortKey{key}, Limit: one}
	if scan, order, _ := placeOrder(sort); scan == nil || len(order) == 0 {
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
