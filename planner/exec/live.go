package exec

import (
	"slices"

	"github.com/flowgres/flowgres/planner/nodes"
	"github.com/flowgres/flowgres/planner/plan"
)

// live tells which columns of a node's output anybody reads, as far as scans
// know it: rows that are put away leave the others out. nil: all.
func live(n plan.Node) []bool {
	if n.Common().Targets != nil {
		return nil
	}
	switch n := n.(type) {
	case *plan.Scan:
		out := make([]bool, len(n.Relation.Table.Columns()), len(n.Relation.Table.Columns())+len(n.System))
		for _, c := range n.Request.Columns {
			if c < len(out) {
				out[c] = true
			}
		}
		for range n.System {
			out = append(out, true)
		}
		return out
	case *plan.Sort:
		return live(n.Input)
	case *plan.Unique:
		return live(n.Input)
	case *plan.Limit:
		return live(n.Input)
	case *plan.WindowAgg:
		return live(n.Input) // its own columns come after
	case *plan.HashJoin:
		return liveBoth(n.Type, n.Outer, n.Inner)
	case *plan.NestLoop:
		return liveBoth(n.Type, n.Outer, n.Inner)
	}
	return nil
}

func liveBoth(t nodes.JoinType, outer, inner plan.Node) []bool {
	l := live(outer)
	if t == nodes.SemiJoin || t == nodes.AntiJoin {
		return l
	}
	r := live(inner)
	if l == nil && r == nil {
		return nil
	}
	l = slices.Clone(l)
	for len(l) < width(outer) {
		l = append(l, true)
	}
	return append(l, r...) // columns past its end are read
}
