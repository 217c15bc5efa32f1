package adt

import (
	"math"
	"math/bits"

	"github.com/jackc/pgerrcode"

	"github.com/flowgres/flowgres/planner/pgerr"
)

// Ranges (rangetypes.c). The range types are PostgreSQL's six; their elements
// are told apart by their Go types.

// Range is a value of a range type, in canonical form.
type Range struct {
	Type         OID
	Empty        bool
	Lower, Upper Datum // nil: infinite
	LowerInc     bool
	UpperInc     bool
}

// Bits of a range's binary form (rangetypes.h).
const (
	rangeEmpty = 1 << iota
	rangeLowerInc
	rangeUpperInc
	rangeLowerInf
	rangeUpperInf
	rangeLowerNull
	rangeUpperNull
)

// bound is one end of a range.
type bound struct {
	value Datum // nil: infinite
	inc   bool
	lower bool
}

func (r *Range) lower() bound { return bound{r.Lower, r.LowerInc, true} }
func (r *Range) upper() bound { return bound{r.Upper, r.UpperInc, false} }

// compareValues is range_cmp_bound_values: inclusiveness does not count.
func compareValues(a, b bound) int {
	switch {
	case a.value == nil && b.value == nil:
		if a.lower == b.lower {
			return 0
		}
		return pick(a.lower, -1, 1)
	case a.value == nil:
		return pick(a.lower, -1, 1)
	case b.value == nil:
		return pick(b.lower, 1, -1)
	}
	return elemCompare(a.value, b.value)
}

// compareBounds is range_cmp_bounds.
func compareBounds(a, b bound) int {
	c := compareValues(a, b)
	switch {
	case c != 0 || a.value == nil || b.value == nil || a.inc && b.inc:
		return c
	case !a.inc && !b.inc && a.lower == b.lower:
		return 0
	case !a.inc:
		return pick(a.lower, 1, -1)
	}
	return pick(b.lower, -1, 1)
}

// newRange is make_range: it checks the bounds and makes them canonical.
func newRange(typ OID, lower, upper bound) (*Range, error) {
	r, err := rawRange(typ, lower, upper)
	if err != nil || r.Empty {
		return r, err
	}
	switch typ {
	case Int4RangeOID:
		return canonical(r, func(v int32) (int32, bool, error) {
			if v == math.MaxInt32 {
				return 0, false, outOfRange("integer")
			}
			return v + 1, true, nil
		})
	case Int8RangeOID:
		return canonical(r, func(v int64) (int64, bool, error) {
			if v == math.MaxInt64 {
				return 0, false, outOfRange("bigint")
			}
			return v + 1, true, nil
		})
	case DateRangeOID:
		return canonical(r, func(v Date) (Date, bool, error) {
			if v == math.MinInt32 || v == math.MaxInt32 {
				return v, false, nil
			}
			if v++; int64(v) >= dateEndJD-2451545 {
				return 0, false, pgerr.New(pgerrcode.DatetimeFieldOverflow, "date out of range")
			}
			return v, true, nil
		})
	}
	return r, nil
}

// rawRange is range_serialize.
func rawRange(typ OID, lower, upper bound) (*Range, error) {
	lower.lower, upper.lower = true, false
	c := compareValues(lower, upper)
	if c > 0 {
		return nil, pgerr.New(pgerrcode.DataException, "range lower bound must be less than or equal to range upper bound")
	}
	if c == 0 && !(lower.inc && upper.inc) {
		return &Range{Type: typ, Empty: true}, nil
	}
	return &Range{typ, false, lower.value, upper.value, lower.inc && lower.value != nil, upper.inc && upper.value != nil}, nil
}

// canonical turns the bounds of a discrete range into [lower,upper); next gives
// the value after another, or that there is none.
func canonical[T any](r *Range, next func(T) (T, bool, error)) (*Range, error) {
	lower, upper := r.lower(), r.upper()
	for _, b := range []*bound{&lower, &upper} {
		if b.value == nil || b.inc == b.lower {
			continue
		}
		v, ok, err := next(b.value.(T))
		if err != nil {
			return nil, err
		}
		if ok {
			b.value, b.inc = v, b.lower
		}
	}
	return rawRange(r.Type, lower, upper)
}

func emptyRange(typ OID) *Range { return &Range{Type: typ, Empty: true} }

// flags gives the range's flag byte.
func (r *Range) flags() uint8 {
	if r.Empty {
		return rangeEmpty
	}
	f := uint8(0)
	if r.LowerInc {
		f |= rangeLowerInc
	}
	if r.UpperInc {
		f |= rangeUpperInc
	}
	if r.Lower == nil {
		f |= rangeLowerInf
	}
	if r.Upper == nil {
		f |= rangeUpperInf
	}
	return f
}

// rangeCompare is range_cmp: an empty range comes first.
func rangeCompare(a, b *Range) int {
	switch {
	case a.Empty && b.Empty:
		return 0
	case a.Empty:
		return -1
	case b.Empty:
		return 1
	}
	if c := compareBounds(a.lower(), b.lower()); c != 0 {
		return c
	}
	return compareBounds(a.upper(), b.upper())
}

func (r *Range) hash() uint32 {
	h := hashUint32(uint32(r.flags()))
	if r.Lower != nil {
		h ^= elemHash(r.Lower)
	}
	h = bits.RotateLeft32(h, 1)
	if r.Upper != nil {
		h ^= elemHash(r.Upper)
	}
	return h
}

func (r *Range) hashExtended(seed uint64) uint64 {
	h := hashUint32Extended(uint32(r.flags()), seed)
	if r.Lower != nil {
		h ^= elemHashExtended(r.Lower, seed)
	}
	h = rotateHalves(h)
	if r.Upper != nil {
		h ^= elemHashExtended(r.Upper, seed)
	}
	return h
}

func (r *Range) key(dst []byte) []byte {
	dst = append(dst, r.flags())
	if r.Lower != nil {
		dst = elemKey(dst, r.Lower)
	}
	if r.Upper != nil {
		dst = elemKey(dst, r.Upper)
	}
	return dst
}
