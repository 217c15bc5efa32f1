package plan

import (
	"slices"

	"github.com/flowgres/flowgres/planner/nodes"
)

// oneOfEachGroup gives the scans whose rows an Agg gathers by nothing but the table's
// place columns, so that one row of each place tells all: DISTINCT region. nil: it
// is nothing like that.
func (b *builder) oneOfEachGroup(a *Agg) []*Scan {
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

// oneOfEach gives the scans of whose rows nothing matters but place columns, which
// expressions over the rows of a node are; nil: there are others.
func oneOfEach(by []nodes.Expr, n Node) []*Scan {
	var keys []*SortKey
	for _, e := range by {
		s := plainSlot(e)
		if s == nil {
			return nil
		}
		keys = append(keys, textKey(s.Index))
	}
	return placesBelow(n, keys).each(len(keys))
}

// oneOfEachKey gives the scans whose rows a Sort orders by nothing but place columns,
// for DISTINCT ON all of its keys: any row of a place will do.
func oneOfEachKey(s *Sort, keys int) []*Scan {
	if len(s.Keys) != keys {
		return nil
	}
	return placeOrder(s).each(keys)
}

// each gives the source's scans if so many place columns are all that it is looked at for.
func (s *source) each(columns int) []*Scan {
	if s == nil || len(s.order) < columns || !s.plain() {
		return nil
	}
	if s.scan != nil {
		if len(s.scan.Quals) > 0 {
			return nil
		}
		return []*Scan{s.scan}
	}
	var out []*Scan
	for _, in := range s.inputs {
		out = append(out, in.each(columns)...)
	}
	return out
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

// orderedLimit gives how many rows a Sort wants of those that come in the order of places, 0:
// any number, as there is more to it than the order.
func orderedLimit(s *Sort, src *source) int64 {
	k, ok := s.Limit.(*nodes.Const)
	if !ok || len(src.order) < len(s.Keys) || !src.plain() {
		return 0
	}
	n, _ := k.Value.(int64)
	return max(n, 0)
}
