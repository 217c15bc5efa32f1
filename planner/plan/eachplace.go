package plan

import (
	"github.com/flowgres/flowgres/planner/fdw"
	"github.com/flowgres/flowgres/planner/nodes"
)

// oneOfEach gives the scan whose rows an Agg gathers by nothing but the table's
// place columns, so that one row of each place tells all: DISTINCT region. nil: it
// is nothing like that.
func (b *builder) oneOfEach(a *Agg) *Scan {
	var slots []int
	add := func(e nodes.Expr) bool {
		s := plainSlot(e)
		if s != nil {
			slots = append(slots, s.Index)
		}
		return s != nil
	}
	for _, g := range a.Groups {
		if !add(g) {
			return nil
		}
	}
	for _, f := range a.Aggs {
		if !b.blindToCopies(f) || f.Filter != nil || len(f.Args) != 1 || !add(f.Args[0].Expr) {
			return nil
		}
	}
	if len(slots) == 0 || a.Sets != nil {
		return nil
	}
	scan, order, between := placesBelow(a.Input, slots, make([]bool, len(slots)))
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
