package adt

import (
	"iter"
	"math/bits"
	"slices"
	"sort"

	"github.com/jackc/pgerrcode"

	"github.com/flowgres/flowgres/planner/pgerr"
)

// Multiranges (multirangetypes.c).

// Multirange is a value of a multirange type: ranges in order, none of them
// empty, no two that meet.
type Multirange struct {
	Type   OID
	Ranges []*Range
}

// rangeWork is what looking at a range takes, in steps of work.
const rangeWork = 32

// newMultirange is multirange_canonicalize and make_multirange.
func newMultirange(c *Call, typ OID, ranges []*Range) (*Multirange, error) {
	in := make([]*Range, 0, len(ranges))
	for _, r := range ranges {
		if !r.Empty {
			in = append(in, r)
		}
	}
	w := c.work()
	var ended error
	slices.SortStableFunc(in, func(a, b *Range) int {
		if ended == nil {
			ended = w.done(rangeWork)
		}
		if ended != nil {
			return 0
		}
		return rangeCompare(a, b)
	})
	if ended != nil {
		return nil, ended
	}
	m := &Multirange{Type: typ}
	for _, r := range in {
		if err := w.done(rangeWork); err != nil {
			return nil, err
		}
		if n := len(m.Ranges); n > 0 && (m.Ranges[n-1].overlaps(r) || m.Ranges[n-1].adjacent(r)) {
			both, err := m.Ranges[n-1].union(r, false)
			if err != nil {
				return nil, err
			}
			m.Ranges[n-1] = both
			continue
		}
		m.Ranges = append(m.Ranges, r)
	}
	return m, nil
}

// of makes a multirange see a range as one of its kind.
func (m *Multirange) of(r *Range) *Multirange {
	if r.Empty {
		return &Multirange{Type: m.Type}
	}
	return &Multirange{Type: m.Type, Ranges: []*Range{r}}
}

func (m *Multirange) first() *Range { return m.Ranges[0] }
func (m *Multirange) last() *Range  { return m.Ranges[len(m.Ranges)-1] }
func (m *Multirange) empty() bool   { return len(m.Ranges) == 0 }

func multirangeCompare(a, b *Multirange) int {
	return slices.CompareFunc(a.Ranges, b.Ranges, rangeCompare)
}

func (m *Multirange) contains(o *Multirange) bool {
	i := 0
	for _, r := range o.Ranges {
		for i < len(m.Ranges) && m.Ranges[i].before(r) {
			i++
		}
		if i >= len(m.Ranges) || !m.Ranges[i].contains(r) {
			return false
		}
	}
	return true
}

// containsElem is multirange_contains_elem_internal: of the ranges that begin no
// later than d the last one may hold it.
func (m *Multirange) containsElem(d Datum) bool {
	after := sort.Search(len(m.Ranges), func(i int) bool {
		r := m.Ranges[i]
		return r.Lower != nil && elemCompare(r.Lower, d) > 0
	})
	return after > 0 && m.Ranges[after-1].containsElem(d)
}

func (m *Multirange) overlaps(o *Multirange) bool {
	for range overlapping(m, o) {
		return true
	}
	return false
}

func (m *Multirange) before(o *Multirange) bool {
	return !m.empty() && !o.empty() && m.last().before(o.first())
}

func (m *Multirange) overLeft(o *Multirange) bool {
	return !m.empty() && !o.empty() && m.last().overLeft(o.last())
}

func (m *Multirange) overRight(o *Multirange) bool {
	return !m.empty() && !o.empty() && m.first().overRight(o.first())
}

func (m *Multirange) adjacent(o *Multirange) bool {
	return !m.empty() && !o.empty() &&
		(boundsMeet(m.first().Type, m.last().upper(), o.first().lower()) || boundsMeet(m.first().Type, o.last().upper(), m.first().lower()))
}

func multirangeUnion(c *Call, a, b *Multirange) (*Multirange, error) {
	return newMultirange(c, a.Type, slices.Concat(a.Ranges, b.Ranges))
}

func multirangeMinus(c *Call, a, b *Multirange) (*Multirange, error) {
	w := c.work()
	var out []*Range
	first := 0
	for _, r := range a.Ranges {
		if err := w.done(rangeWork); err != nil {
			return nil, err
		}
		for first < len(b.Ranges) && b.Ranges[first].before(r) {
			first++
		}
		rest := []*Range{r} // its last piece is what the cuts to come may meet
		for _, cut := range b.Ranges[first:] {
			if len(rest) == 0 || rest[len(rest)-1].before(cut) {
				break
			}
			last := len(rest) - 1
			left, err := rest[last].minus(cut)
			if err != nil {
				return nil, err
			}
			rest = append(rest[:last], left...)
		}
		out = append(out, rest...)
	}
	return newMultirange(c, a.Type, out)
}

func multirangeIntersect(c *Call, a, b *Multirange) (*Multirange, error) {
	w := c.work()
	var out []*Range
	for r, s := range overlapping(a, b) {
		if err := w.done(rangeWork); err != nil {
			return nil, err
		}
		both, err := r.intersect(s)
		if err != nil {
			return nil, err
		}
		out = append(out, both)
	}
	return newMultirange(c, a.Type, out)
}

// overlapping gives the pairs of ranges that overlap, in one pass over both.
func overlapping(a, b *Multirange) iter.Seq2[*Range, *Range] {
	return func(yield func(r, s *Range) bool) {
		for i, j := 0, 0; i < len(a.Ranges) && j < len(b.Ranges); {
			r, s := a.Ranges[i], b.Ranges[j]
			if r.overlaps(s) && !yield(r, s) {
				return
			}
			if r.overLeft(s) { // it ends no later
				i++
			} else {
				j++
			}
		}
	}
}

func (m *Multirange) hash() uint32 {
	h := uint32(1)
	for _, r := range m.Ranges {
		h = h<<5 - h + r.hash()
	}
	return h
}

func (m *Multirange) hashExtended(seed uint64) uint64 {
	h := uint64(1)
	for _, r := range m.Ranges {
		h = h<<5 - h + r.hashExtended(seed)
	}
	return h
}

func multirangeKey(dst []byte, d Datum) []byte {
	m := d.(*Multirange)
	dst = keyUvarint(dst, len(m.Ranges))
	for _, r := range m.Ranges {
		dst = r.key(dst)
	}
	return dst
}

func multirangeFuncs() Funcs {
	f := Funcs{
		"multirange_in":               Raw(multirangeIn),
		"multirange_out":              Out(multirangeOut),
		"multirange_recv":             Raw(multirangeRecv),
		"multirange_send":             Send(multirangeSend),
		"anymultirange_out":           Out(multirangeOut),
		"anycompatiblemultirange_out": Out(multirangeOut),
		"multirange_constructor0":     C0(func(c *Call) (*Multirange, error) { return &Multirange{Type: c.Result}, nil }),
		"multirange_constructor1": C1(func(c *Call, r *Range) (*Multirange, error) {
			return newMultirange(c, c.Result, []*Range{r})
		}),
		"multirange_constructor2": C1(multirangeOfArray),

		"multirange_contains_elem":         P2(func(m *Multirange, d Datum) bool { return m.containsElem(d) }),
		"elem_contained_by_multirange":     P2(func(d Datum, m *Multirange) bool { return m.containsElem(d) }),
		"multirange_union":                 C2(multirangeUnion),
		"multirange_minus":                 C2(multirangeMinus),
		"multirange_intersect":             C2(multirangeIntersect),
		"multirange_intersect_agg_transfn": aggOnly(C2(multirangeIntersect)),
		"multirange_cmp":                   Cmp(multirangeCompare),
		"hash_multirange":                  hashOf(func(m *Multirange) int32 { return int32(m.hash()) }, multirangeKey),
		"hash_multirange_extended":         P2(func(m *Multirange, seed int64) int64 { return int64(m.hashExtended(uint64(seed))) }),

		"multirange_empty": P1((*Multirange).empty),
		"multirange_lower": Raw(func(_ *Call, a []Datum) (Datum, error) {
			if m := a[0].(*Multirange); !m.empty() {
				return m.first().Lower, nil
			}
			return nil, nil
		}),
		"multirange_upper": Raw(func(_ *Call, a []Datum) (Datum, error) {
			if m := a[0].(*Multirange); !m.empty() {
				return m.last().Upper, nil
			}
			return nil, nil
		}),
		"multirange_lower_inc": P1(func(m *Multirange) bool { return !m.empty() && m.first().LowerInc }),
		"multirange_upper_inc": P1(func(m *Multirange) bool { return !m.empty() && m.last().UpperInc }),
		"multirange_lower_inf": P1(func(m *Multirange) bool { return !m.empty() && m.first().Lower == nil }),
		"multirange_upper_inf": P1(func(m *Multirange) bool { return !m.empty() && m.last().Upper == nil }),
		"range_merge_from_multirange": C1(func(c *Call, m *Multirange) (*Range, error) {
			if m.empty() {
				return emptyRange(c.Result), nil
			}
			return newRange(m.first().Type, m.first().lower(), m.last().upper())
		}),
		"multirange_unnest": Set(func(_ *Call, a []Datum) iter.Seq2[Datum, error] {
			return func(yield func(Datum, error) bool) {
				for _, r := range a[0].(*Multirange).Ranges {
					if !yield(r, nil) {
						return
					}
				}
			}
		}),

		"range_agg_transfn":      Raw(rangeAggAdd),
		"multirange_agg_transfn": Raw(rangeAggAdd),
		"range_agg_finalfn":      Raw(rangeAggFinal),
	}
	type test = func(a, b *Multirange) bool
	for name, t := range map[string]test{
		"eq": func(a, b *Multirange) bool { return multirangeCompare(a, b) == 0 },
		"ne": func(a, b *Multirange) bool { return multirangeCompare(a, b) != 0 },
		"lt": func(a, b *Multirange) bool { return multirangeCompare(a, b) < 0 },
		"le": func(a, b *Multirange) bool { return multirangeCompare(a, b) <= 0 },
		"gt": func(a, b *Multirange) bool { return multirangeCompare(a, b) > 0 },
		"ge": func(a, b *Multirange) bool { return multirangeCompare(a, b) >= 0 },
	} {
		f["multirange_"+name] = P2(t)
	}
	for name, t := range map[string]test{
		"contains":     (*Multirange).contains,
		"contained_by": func(a, b *Multirange) bool { return b.contains(a) },
		"before":       (*Multirange).before,
		"after":        func(a, b *Multirange) bool { return b.before(a) },
		"adjacent":     (*Multirange).adjacent,
		"overlaps":     (*Multirange).overlaps,
		"overleft":     (*Multirange).overLeft,
		"overright":    (*Multirange).overRight,
	} {
		f["multirange_"+name+"_multirange"] = P2(t)
		f["multirange_"+name+"_range"] = P2(func(a *Multirange, b *Range) bool { return t(a, a.of(b)) })
		f["range_"+name+"_multirange"] = P2(func(a *Range, b *Multirange) bool { return t(b.of(a), b) })
	}
	return f
}

func multirangeOfArray(c *Call, a *Array) (*Multirange, error) {
	if len(a.Dims) > 1 {
		return nil, pgerr.New(pgerrcode.CardinalityViolation, "multiranges cannot be constructed from multidimensional arrays")
	}
	ranges := make([]*Range, len(a.Values))
	for i, v := range a.Values {
		if v == nil {
			return nil, pgerr.New(pgerrcode.NullValueNotAllowedDataException, "multirange values cannot contain null members")
		}
		ranges[i] = v.(*Range)
	}
	return newMultirange(c, c.Result, ranges)
}

// rangeAgg is the state of range_agg: what it was given, empty ranges too.
type rangeAgg struct {
	ranges []*Range
	seen   bool
}

func rangeAggAdd(_ *Call, a []Datum) (Datum, error) {
	s, _ := a[0].(*rangeAgg)
	if s == nil {
		s = &rangeAgg{}
	}
	switch v := a[1].(type) {
	case *Range:
		s.ranges, s.seen = append(s.ranges, v), true
	case *Multirange:
		s.ranges, s.seen = append(s.ranges, v.Ranges...), true
	}
	return s, nil
}

func rangeAggFinal(c *Call, a []Datum) (Datum, error) {
	s, _ := a[0].(*rangeAgg)
	if s == nil || !s.seen {
		return nil, nil
	}
	return box(newMultirange(c, c.Result, s.ranges))
}

// rotateHalves is ROTATE_HIGH_AND_LOW_32BITS.
func rotateHalves(v uint64) uint64 {
	return uint64(bits.RotateLeft32(uint32(v>>32), 1))<<32 | uint64(bits.RotateLeft32(uint32(v), 1))
}
