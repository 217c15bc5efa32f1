package adt

import (
	"maps"

	"github.com/cockroachdb/apd/v3"
	"github.com/jackc/pgerrcode"

	"github.com/flowgres/flowgres/planner/pgerr"
)

// numericState is the state of sum, avg, variance and stddev over numeric and
// the integers (NumericAggState, Int128AggState, PolyNumAggState): sums are
// exact, at the largest scale seen.
type numericState struct {
	n          int64 // finite inputs
	sum, sumSq apd.BigInt
	scale      int32 // of sum; sumSq has twice that
	squares    bool  // sumSq is kept
	maxScale   int32 // largest scale among current inputs
	maxCount   int64 // inputs of that scale
	nan        int64
	inf        int64
	negInf     int64
}

// numericAggFuncs are the transition, inverse and final functions over
// numericState.
func numericAggFuncs() Funcs {
	f := Funcs{
		"numeric_avg_accum":  numericTransition(false, false, asNumeric),
		"numeric_accum":      numericTransition(true, false, asNumeric),
		"numeric_accum_inv":  numericTransition(true, true, asNumeric),
		"int8_avg_accum":     intTransition[int64](false, false),
		"int8_avg_accum_inv": intTransition[int64](false, true),
		"int8_accum":         intTransition[int64](true, false),
		"int8_accum_inv":     intTransition[int64](true, true),
		"int4_accum":         intTransition[int32](true, false),
		"int4_accum_inv":     intTransition[int32](true, true),
		"int2_accum":         intTransition[int16](true, false),
		"int2_accum_inv":     intTransition[int16](true, true),
	}
	for _, p := range []string{"numeric_", "numeric_poly_"} {
		maps.Copy(f, Funcs{
			p + "sum":         numericFinal((*numericState).total),
			p + "avg":         numericFinal((*numericState).average),
			p + "var_pop":     numericFinal(func(s *numericState) (*Numeric, error) { return s.deviation(true, false) }),
			p + "var_samp":    numericFinal(func(s *numericState) (*Numeric, error) { return s.deviation(true, true) }),
			p + "stddev_pop":  numericFinal(func(s *numericState) (*Numeric, error) { return s.deviation(false, false) }),
			p + "stddev_samp": numericFinal(func(s *numericState) (*Numeric, error) { return s.deviation(false, true) }),
		})
	}
	return f
}

func asNumeric(d Datum) *Numeric { return d.(*Numeric) }

func numericTransition(squares, inverse bool, value func(Datum) *Numeric) Func {
	return Raw(func(_ *Call, a []Datum) (Datum, error) {
		s, err := stateOf(a[0], squares, inverse)
		if err != nil || a[1] == nil {
			return s, err
		}
		v := value(a[1])
		if inverse {
			if !s.remove(v) {
				return nil, nil
			}
		} else {
			s.add(v)
		}
		return s, nil
	})
}

func intTransition[T integer](squares, inverse bool) Func {
	return Raw(func(_ *Call, a []Datum) (Datum, error) {
		s, err := stateOf(a[0], squares, inverse)
		if err != nil || a[1] == nil {
			return s, err
		}
		by := int64(1)
		if inverse {
			by = -1
		}
		s.n += by
		var v, sq apd.BigInt
		v.SetInt64(int64(a[1].(T)))
		s.accumulate(&v, by, &sq)
		return s, nil
	})
}

func stateOf(d Datum, squares, inverse bool) (*numericState, error) {
	if d == nil {
		if inverse {
			return nil, pgerr.Internal("numeric_accum_inv called with NULL state")
		}
		return &numericState{squares: squares}, nil
	}
	s, ok := d.(*numericState)
	if !ok {
		return nil, pgerr.New(pgerrcode.InternalError, "aggregate function called in non-aggregate context")
	}
	return s, nil
}

// accumulate adds v, and v squared, by times (1 or -1). v is at the state's scale.
func (s *numericState) accumulate(v *apd.BigInt, by int64, tmp *apd.BigInt) {
	if by > 0 {
		s.sum.Add(&s.sum, v)
	} else {
		s.sum.Sub(&s.sum, v)
	}
	if s.squares {
		tmp.Mul(v, v)
		if by > 0 {
			s.sumSq.Add(&s.sumSq, tmp)
		} else {
			s.sumSq.Sub(&s.sumSq, tmp)
		}
	}
}

// add is do_numeric_accum.
func (s *numericState) add(v *Numeric) {
	if p := s.special(v); p != nil {
		*p++
		return
	}
	if v.scale > s.maxScale {
		s.maxScale, s.maxCount = v.scale, 1
	} else if v.scale == s.maxScale {
		s.maxCount++
	}
	s.n++
	s.apply(v, 1)
}

// remove is do_numeric_discard. It fails when the display scale of what is left
// is not known.
func (s *numericState) remove(v *Numeric) bool {
	if p := s.special(v); p != nil {
		*p--
		return true
	}
	if v.scale == s.maxScale {
		switch {
		case s.maxCount > 1 || s.maxScale == 0:
			s.maxCount--
		case s.n == 1:
			s.maxScale, s.maxCount = 0, 0
		default:
			return false
		}
	}
	s.n--
	s.apply(v, -1)
	return true
}

func (s *numericState) special(v *Numeric) *int64 {
	switch v.form {
	case numericNaN:
		return &s.nan
	case numericInf:
		return &s.inf
	case numericNegInf:
		return &s.negInf
	}
	return nil
}

func (s *numericState) apply(v *Numeric, by int64) {
	if v.scale > s.scale {
		s.sum.Mul(&s.sum, pow10(v.scale-s.scale))
		s.sumSq.Mul(&s.sumSq, pow10(2*(v.scale-s.scale)))
		s.scale = v.scale
	}
	var t, sq apd.BigInt
	s.accumulate(v.scaled(s.scale, &t), by, &sq)
}

func numericFinal(f func(*numericState) (*Numeric, error)) Func {
	return Raw(func(_ *Call, a []Datum) (Datum, error) {
		s, _ := a[0].(*numericState)
		if s == nil {
			return nil, nil
		}
		n, err := f(s)
		if n == nil || err != nil {
			return nil, err
		}
		return n, nil
	})
}

// infinite gives the result of sum and avg where an input was not finite.
func (s *numericState) infinite() *Numeric {
	switch {
	case s.nan > 0 || s.inf > 0 && s.negInf > 0:
		return nanNumeric
	case s.inf > 0:
		return infNumeric
	case s.negInf > 0:
		return negInfNumeric
	}
	return nil
}

func (s *numericState) count() int64 { return s.n + s.nan + s.inf + s.negInf }

// exact gives the finite sum at its display scale.
func (s *numericState) exact() *Numeric {
	n := &Numeric{scale: s.scale}
	n.v.Set(&s.sum)
	return n.round(s.maxScale) // digits below are zero
}

func (s *numericState) total() (*Numeric, error) {
	if s.count() == 0 {
		return nil, nil
	}
	if n := s.infinite(); n != nil {
		return n, nil
	}
	return s.exact().check()
}

func (s *numericState) average() (*Numeric, error) {
	if s.count() == 0 {
		return nil, nil
	}
	if n := s.infinite(); n != nil {
		return n, nil
	}
	return numericDiv(s.exact(), NumericFromInt64(s.n))
}

// deviation is numeric_stddev_internal.
func (s *numericState) deviation(variance, sample bool) (*Numeric, error) {
	if n := s.count(); n == 0 || sample && n == 1 {
		return nil, nil
	}
	if s.nan > 0 || s.inf > 0 || s.negInf > 0 {
		return nanNumeric, nil
	}
	n := NumericFromInt64(s.n)
	sum := &Numeric{scale: s.scale}
	sum.v.Set(&s.sum)
	sum = sum.round(s.maxScale)
	sq := &Numeric{scale: 2 * s.scale}
	sq.v.Set(&s.sumSq)
	sq = sq.round(2 * s.maxScale)
	// n × Σx² − (Σx)²
	num := &Numeric{scale: 2 * s.maxScale}
	var t apd.BigInt
	num.v.Mul(&n.v, &sq.v)
	num.v.Sub(&num.v, t.Mul(&sum.v, &sum.v))
	if num.v.Sign() <= 0 {
		return zeroNumeric, nil
	}
	den := &Numeric{}
	if sample {
		t.SetInt64(s.n - 1)
	} else {
		t.SetInt64(s.n)
	}
	den.v.Mul(&n.v, &t)
	scale := selectDivScale(num, den)
	r := divRound(num, den, scale)
	if !variance {
		r = sqrtRound(r, scale)
	}
	return r.check()
}
