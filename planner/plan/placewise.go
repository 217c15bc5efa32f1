package plan

import (
	"slices"

	"github.com/flowgres/flowgres/planner/adt"
)

// placewise is what wants rows place by place: it stops when it has enough.
type placewise struct {
	*source
	sort  *Sort // nil: an Agg alone, the first of between
	marks bool  // the sort puts marks out, too
}

// wantsWhole tells that no row comes out before all of its place, in so many columns of the order, are in.
func (p *placewise) wantsWhole(n int) bool {
	return p.sort != nil && n < len(p.sort.Keys) || slices.ContainsFunc(p.between, func(n Node) bool {
		a, ok := n.(*Agg)
		return ok && len(a.Aggs) > 0
	})
}

// ordered tells how many columns of the order all of the scans keep to that something wants
// place by place.
func (b *builder) ordered(uses []use) map[*placewise]int {
	out := map[*placewise]int{}
	for _, u := range uses {
		if u.order == nil {
			continue
		}
		n, had := out[u.order]
		if !had {
			n = len(u.order.source.order)
		}
		req := u.scan.Request
		req.Early, req.Order = true, u.from.order
		s, err := u.scan.Relation.Table.Plan(req)
		if err != nil || b.opt.PushDown == PushDownOff || !sameServed(s.Served, u.scan.Fdw.Served) {
			s.Ordered = 0
		}
		out[u.order] = min(n, s.Ordered)
	}
	return out
}

// settle makes the nodes use the marks of scans that keep to so many columns of
// the order.
func (p *placewise) settle(b *builder, n int) {
	p.cut(n)
	if p.sort != nil {
		p.sort.Presorted, p.sort.Marks = n, p.marks
	}
	p.source.settle(b)
	if p.sort == nil {
		p.between[0].Common().Marks = false
	}
}

// settle has the nodes from the source's scans up put marks out.
func (s *source) settle(b *builder) {
	for _, x := range s.between {
		switch x := x.(type) {
		case *Agg:
			x.Runs, x.Stream = true, len(x.Aggs) == 0
		case *Sort:
			x.Presorted = len(s.order)
		}
		x.Common().Marks = true
	}
	if s.scan != nil {
		s.scan.Marks = true
		return
	}
	m := s.merge
	m.Marks, m.Keys, m.Steps = true, s.keys, make([][]adt.Datum, len(m.Inputs))
	for i, in := range s.inputs {
		if in == nil {
			below := m.Inputs[i].Common()
			sorted := &Sort{Input: m.Inputs[i], Keys: s.keys}
			m.Inputs[i] = b.node(sorted, below.Width)
			sorted.Rows, sorted.Calls = below.Rows, below.Calls
			continue
		}
		in.settle(b)
		if in.scan != nil {
			m.Steps[i] = in.scan.Fdw.Steps
		}
	}
}
