package exec

import (
	"github.com/flowgres/flowgres/planner/adt"
	"github.com/flowgres/flowgres/planner/fdw"
	"github.com/flowgres/flowgres/planner/nodes"
	"github.com/flowgres/flowgres/planner/plan"
)

// places lets a table leave out the places that the scan's conditions exclude
// with the values of the moment; nil: there are none. What fails to evaluate
// excludes nothing, to fail when a row is checked.
func (c *compiler) places(n *plan.Scan) *fdw.Places {
	if len(n.At) == 0 {
		return nil
	}
	out := &fdw.Places{}
	at := map[int]int{} // column to index in out.Columns
	type cond struct {
		holds   eval
		columns []int // of the table
	}
	var conds []cond
	for _, e := range n.At {
		k := cond{holds: c.expr(e)}
		nodes.Walk(e, func(x nodes.Expr) bool {
			if s, ok := x.(*nodes.Slot); ok {
				k.columns = append(k.columns, s.Index)
				if _, had := at[s.Index]; !had {
					at[s.Index] = len(out.Columns)
					out.Columns = append(out.Columns, s.Index)
				}
			}
			return true
		})
		conds = append(conds, k)
	}
	width := len(n.Relation.Table.Columns())
	out.May = func(values []adt.Datum) bool {
		row := make(adt.Row, width)
		for col, i := range at {
			row[col] = values[i]
		}
	next:
		for _, k := range conds {
			for _, col := range k.columns {
				if row[col] == nil {
					continue next
				}
			}
			if v, err := k.holds(row); err == nil && v != adt.Datum(true) {
				return false
			}
		}
		return true
	}
	return out
}
