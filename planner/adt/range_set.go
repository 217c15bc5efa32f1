package adt

import (
	"github.com/jackc/pgerrcode"

	"github.com/flowgres/flowgres/planner/pgerr"
)

func (r *Range) contains(s *Range) bool {
	return s.Empty || !r.Empty && compareBounds(r.lower(), s.lower()) <= 0 && compareBounds(r.upper(), s.upper()) >= 0
}

func (r *Range) containsElem(d Datum) bool {
	if r.Empty {
		return false
	}
	if r.Lower != nil {
		if c := elemCompare(r.Lower, d); c > 0 || c == 0 && !r.LowerInc {
			return false
		}
	}
	if r.Upper != nil {
		if c := elemCompare(r.Upper, d); c < 0 || c == 0 && !r.UpperInc {
			return false
		}
	}
	return true
}

func (r *Range) before(s *Range) bool {
	return !r.Empty && !s.Empty && compareBounds(r.upper(), s.lower()) < 0
}

func (r *Range) overlaps(s *Range) bool {
	if r.Empty || s.Empty {
		return false
	}
	c := compareBounds(r.lower(), s.lower())
	return c >= 0 && compareBounds(r.lower(), s.upper()) <= 0 || c <= 0 && compareBounds(s.lower(), r.upper()) <= 0
}

func (r *Range) overLeft(s *Range) bool {
	return !r.Empty && !s.Empty && compareBounds(r.upper(), s.upper()) <= 0
}

func (r *Range) overRight(s *Range) bool {
	return !r.Empty && !s.Empty && compareBounds(r.lower(), s.lower()) >= 0
}

// boundsMeet is bounds_adjacent: nothing lies between an upper and a lower bound,
// nor in both.
func boundsMeet(typ OID, upper, lower bound) bool {
	switch c := compareValues(upper, lower); {
	case c > 0:
		return false
	case c == 0:
		return upper.inc != lower.inc
	}
	switch typ {
	case Int4RangeOID, Int8RangeOID, DateRangeOID:
	default:
		return false
	}
	upper.inc, lower.inc = !upper.inc, !lower.inc
	between, err := newRange(typ, upper, lower)
	return err == nil && between.Empty
}

func (r *Range) adjacent(s *Range) bool {
	return !r.Empty && !s.Empty && (boundsMeet(r.Type, r.upper(), s.lower()) || boundsMeet(r.Type, s.upper(), r.lower()))
}

// union is range_union_internal; strict refuses a gap.
func (r *Range) union(s *Range, strict bool) (*Range, error) {
	switch {
	case r.Empty:
		return s, nil
	case s.Empty:
		return r, nil
	case strict && !r.overlaps(s) && !r.adjacent(s):
		return nil, pgerr.New(pgerrcode.DataException, "result of range union would not be contiguous")
	}
	lower, upper := r.lower(), r.upper()
	if compareBounds(s.lower(), lower) <= 0 {
		lower = s.lower()
	}
	if compareBounds(s.upper(), upper) >= 0 {
		upper = s.upper()
	}
	return newRange(r.Type, lower, upper)
}

func (r *Range) intersect(s *Range) (*Range, error) {
	if !r.overlaps(s) {
		return emptyRange(r.Type), nil
	}
	lower, upper := r.lower(), r.upper()
	if compareBounds(s.lower(), lower) > 0 {
		lower = s.lower()
	}
	if compareBounds(s.upper(), upper) < 0 {
		upper = s.upper()
	}
	return newRange(r.Type, lower, upper)
}

// minus gives what s leaves of r: at most two ranges.
func (r *Range) minus(s *Range) ([]*Range, error) {
	if r.Empty || s.Empty || !r.overlaps(s) {
		return []*Range{r}, nil
	}
	var out []*Range
	if compareBounds(r.lower(), s.lower()) < 0 {
		cut := s.lower()
		cut.inc = !cut.inc
		head, err := newRange(r.Type, r.lower(), cut)
		if err != nil {
			return nil, err
		}
		out = append(out, head)
	}
	if compareBounds(r.upper(), s.upper()) > 0 {
		cut := s.upper()
		cut.inc = !cut.inc
		tail, err := newRange(r.Type, cut, r.upper())
		if err != nil {
			return nil, err
		}
		out = append(out, tail)
	}
	return out, nil
}

func rangeMinus(r, s *Range) (*Range, error) {
	parts, err := r.minus(s)
	switch {
	case err != nil:
		return nil, err
	case len(parts) == 0:
		return emptyRange(r.Type), nil
	case len(parts) == 2:
		return nil, pgerr.New(pgerrcode.DataException, "result of range difference would not be contiguous")
	}
	return parts[0], nil
}
