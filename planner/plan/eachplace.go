package plan

import (
	"slices"

	"github.com/flowgres/flowgres/planner/fdw"
	"github.com/flowgres/flowgres/planner/nodes"
)

// oneOfEachGroup gives the scan whose rows an Agg gathers by nothing but the table's
// place columns, so that one row of each place tells all: DISTINCT region. nil: it
// is nothing like that.
func (b *builder) oneOfEachGroup(a *Agg) *Scan {
	by := slices.Clone(a.Groups)
	for _, f := range a.Aggs {
		if !b.blindToCopies(f) || f.Filter != nil {
			return nil
		}
		for _, t := range f.Args {
			if !constant(t.Expr) {
				by = append(by, t.Expr)
			}
		}
	}
	if a.Sets != nil {
		return nil
	}
	return oneOfEach(by, a.Input)
}

// oneOfEach gives the scan of whose rows nothing matters but place columns, which
// expressions over the rows of a node are; nil: there are others.
func oneOfEach(by []nodes.Expr, n Node) *Scan {
	var slots []int
	for _, e := range by {
		s := plainSlot(e)
		if s == nil {
			return nil
		}
		slots = append(slots, s.Index)
	}
	if len(slots) == 0 {
		return nil
	}
	scan, order, between := placesBelow(n, slots, make([]bool, len(slots)))
	if scan == nil || len(order) < len(slots) || len(scan.Quals) > 0 {
		return nil
	}
	for _, n := range between {
		if _, plain := n.(*Result); !plain || len(n.Common().Quals) > 0 {
			return nil
		}
	}
	return scan
}

// oneOfEachKey gives the scan whose rows a Sort orders by nothing but place columns,
// for DISTINCT ON all of its keys: any row of a place will do.
func oneOfEachKey(s *Sort, keys int) *Scan {
	if len(s.Keys) != keys {
		return nil
	}
	scan, order, between := placeOrder(s)
	if scan == nil || len(order) < keys || len(scan.Quals) > 0 {
		return nil
	}
	for _, n := range between {
		if _, plain := n.(*Result); !plain || len(n.Common().Quals) > 0 {
			return nil
		}
	}
	return scan
}

// blindToCopies tells of aggregates whose result is the same however often a
// value comes.
func (b *builder) blindToCopies(a *nodes.Aggref) bool {
	p := b.opt.Catalog.ProcByOID(a.Func)
	if p == nil || p.Schema != "pg_catalog" || a.LevelsUp > 0 {
		return false
	}
	switch p.Name {
	case "min", "max", "any_value":
		return true
	}
	return len(a.Distinct) > 0
}

// orderedLimit gives how many rows of a scan in the order of its places a Sort
// wants, 0: any number, as there is more to it than the order.
func orderedLimit(s *Sort, scan *Scan, order []fdw.Order, between []Node) int64 {
	k, ok := s.Limit.(*nodes.Const)
	if !ok || len(order) < len(s.Keys) || len(scan.Quals) > 0 {
		return 0
	}
	for _, n := range between {
		if _, plain := n.(*Result); !plain || len(n.Common().Quals) > 0 {
			return 0
		}
	}
	n, _ := k.Value.(int64)
	return max(n, 0)
}
