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
	return b.oneOfEach(by, a.Input)
}

// oneOfEach gives the scans of whose rows nothing matters but place columns, which
// expressions over the rows of a node are; nil: there are others.
func (b *builder) oneOfEach(by []nodes.Expr, n Node) []*Scan {
	var keys []*SortKey
	for _, e := range by {
		s := plainSlot(e)
		if s == nil {
			return nil
		}
		keys = append(keys, textKey(s.Index))
	}
	return b.eachOf(placesBelow(n, keys), len(keys))
}

// oneOfEachKey gives the scans whose rows a Sort orders by nothing but place columns,
// for DISTINCT ON all of its keys: any row of a place will do.
func (b *builder) oneOfEachKey(s *Sort, keys int) []*Scan {
	if len(s.Keys) != keys {
		return nil
	}
	return b.eachOf(placeOrder(s), keys)
}

// eachOf gives a source's scans if so many place columns are all that it is looked at for.
func (b *builder) eachOf(s *source, columns int) []*Scan {
	if s == nil || len(s.order) < columns || !s.plain() {
		return nil
	}
	if s.scan != nil {
		if !b.ofPlacesAlone(s.scan) {
			return nil
		}
		return []*Scan{s.scan}
	}
	var out []*Scan
	for _, in := range s.inputs {
		out = append(out, b.eachOf(in, columns)...)
	}
	return out
}

// ofPlacesAlone tells that what a scan's rows are held against is the same for all rows of a
// place.
func (b *builder) ofPlacesAlone(sc *Scan) bool {
	columns := sc.Relation.Table.Columns()
	for _, c := range sc.Quals {
		alike := !b.volatile(c) && !holdsSubPlan(c)
		nodes.Walk(c, func(e nodes.Expr) bool {
			if s, ok := e.(*nodes.Slot); ok {
				alike = alike && s.Index < len(columns) && columns[s.Index].Place
			}
			return alike
		})
		if !alike {
			return false
		}
	}
	return true
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
