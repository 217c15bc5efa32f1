package adt

import (
	"math"

	"github.com/cockroachdb/apd/v3"
	"github.com/jackc/pgerrcode"

	"github.com/flowgres/flowgres/planner/pgerr"
)

// numericMath are numeric's mathematical functions.
func numericMath() Funcs {
	return Funcs{
		"numeric_round": F2(func(n *Numeric, s int32) (*Numeric, error) { return n.round(max(min(s, 16383), -131073)).check() }),
		"numeric_trunc": P2(func(n *Numeric, s int32) *Numeric { return n.cut(max(min(s, 16383), -131072)) }),
		"numeric_ceil":  P1(func(n *Numeric) *Numeric { return n.whole(1) }),
		"numeric_floor": P1(func(n *Numeric) *Numeric { return n.whole(-1) }),
		"numeric_scale": Raw(func(_ *Call, a []Datum) (Datum, error) {
			if n := a[0].(*Numeric); n.form == numericFinite {
				return n.scale, nil
			}
			return nil, nil
		}),
		"numeric_min_scale": Raw(func(_ *Call, a []Datum) (Datum, error) {
			if n := a[0].(*Numeric); n.form == numericFinite {
				return n.trim().scale, nil
			}
			return nil, nil
		}),
		"numeric_trim_scale":           P1((*Numeric).trim),
		"numeric_sqrt":                 F1(numericSqrt),
		"numeric_exp":                  F1(numericExp),
		"numeric_ln":                   F1(numericLn),
		"numeric_log":                  F2(numericLog),
		"numeric_power":                F2(numericPower),
		"numeric_fac":                  F1(numericFactorial),
		"numeric_gcd":                  F2(numericGCD),
		"numeric_lcm":                  F2(numericLCM),
		"width_bucket_numeric":         F4(widthBucketNumeric),
		"in_range_numeric_numeric":     Raw(inRangeNumeric),
		"generate_series_numeric":      Set(seriesNumeric),
		"generate_series_step_numeric": Set(seriesNumeric),

		"sql:log/numeric":   F1(func(n *Numeric) (*Numeric, error) { return numericLog(NumericFromInt64(10), n) }),
		"sql:log10/numeric": F1(func(n *Numeric) (*Numeric, error) { return numericLog(NumericFromInt64(10), n) }),
		"sql:round/numeric": P1(func(n *Numeric) *Numeric { return n.round(0) }),
		"sql:trunc/numeric": P1(func(n *Numeric) *Numeric { return n.cut(0) }),
	}
}

// cut is trunc(): like round it also widens the scale.
func (n *Numeric) cut(scale int32) *Numeric {
	if scale > n.scale {
		return n.round(scale)
	}
	return n.trunc(scale)
}

// whole rounds to an integer, up (1) or down (-1).
func (n *Numeric) whole(dir int) *Numeric {
	if n.form != numericFinite {
		return n
	}
	r := n.trunc(0)
	if r.Cmp(n) != 0 && n.Sign() == dir {
		s := &Numeric{}
		if dir > 0 {
			s.v.Add(&r.v, &oneNumeric.v)
		} else {
			s.v.Sub(&r.v, &oneNumeric.v)
		}
		return s
	}
	return r
}

// sqrtRound gives the square root of a finite n >= 0 at a scale, rounded.
func sqrtRound(n *Numeric, scale int32) *Numeric {
	// The integer root with one digit more than asked settles the rounding: what
	// is cut off below it cannot turn a digit under five into a half.
	var t apd.BigInt
	if e := 2*(scale+1) - n.scale; e >= 0 {
		t.Mul(&n.v, pow10(e))
	} else {
		t.Quo(&n.v, pow10(-e))
	}
	r := &Numeric{scale: scale + 1}
	r.v.Sqrt(&t)
	return r.round(scale)
}

// resultScale limits a scale to what functions may give, and not below their
// arguments'.
func resultScale(s int32, args ...*Numeric) int32 {
	for _, a := range args {
		s = max(s, a.scale)
	}
	return min(max(s, 0), numericMaxDisplayScale)
}

func numericSqrt(n *Numeric) (*Numeric, error) {
	switch {
	case n.form == numericNaN || n.form == numericInf:
		return n, nil
	case n.Sign() < 0:
		return nil, powerError("cannot take square root of a negative number")
	}
	weight, _ := n.firstDigit()
	sweight := (weight+1)*decDigits/2 - 1
	if n.v.Sign() == 0 {
		sweight = decDigits/2 - 1
	}
	return sqrtRound(n, resultScale(numericMinSigDigits-sweight, n)).check()
}

// apdContext computes with a number of significant digits.
func apdContext(digits int32) *apd.Context {
	return &apd.Context{
		Precision: uint32(max(digits, 20)), MaxExponent: apd.MaxExponent, MinExponent: apd.MinExponent, Rounding: apd.RoundHalfUp,
	}
}

// fromDecimal gives a decimal at a scale, rounded.
func fromDecimal(d *apd.Decimal, scale int32) (*Numeric, error) {
	if d.Form != apd.Finite {
		return nil, numericOverflow()
	}
	n := &Numeric{}
	n.v.Set(&d.Coeff)
	if d.Negative {
		negate(&n.v)
	}
	if d.Exponent > 0 {
		n.v.Mul(&n.v, pow10(d.Exponent))
	} else {
		n.scale = -d.Exponent
	}
	return n.round(scale).check()
}

func numericFactorial(n int64) (*Numeric, error) {
	if n < 0 {
		return nil, pgerr.New(pgerrcode.NumericValueOutOfRange, "factorial of a negative number is undefined")
	}
	if n > 32177 {
		return nil, numericOverflow()
	}
	r := &Numeric{}
	r.v.MulRange(1, n)
	return r.check()
}

func numericGCD(a, b *Numeric) (*Numeric, error) {
	if a.form != numericFinite || b.form != numericFinite {
		return nanNumeric, nil
	}
	r := &Numeric{scale: max(a.scale, b.scale)}
	var ta, tb apd.BigInt
	ta.Abs(a.scaled(r.scale, &ta))
	tb.Abs(b.scaled(r.scale, &tb))
	r.v.GCD(nil, nil, &ta, &tb)
	return r, nil
}

func numericLCM(a, b *Numeric) (*Numeric, error) {
	if a.form != numericFinite || b.form != numericFinite {
		return nanNumeric, nil
	}
	r := &Numeric{scale: max(a.scale, b.scale)}
	if a.v.Sign() == 0 || b.v.Sign() == 0 {
		return r, nil
	}
	g, err := numericGCD(a, b)
	if err != nil {
		return nil, err
	}
	var ta, tb apd.BigInt
	r.v.Quo(a.scaled(r.scale, &ta), &g.v)
	r.v.Mul(&r.v, b.scaled(r.scale, &tb))
	r.v.Abs(&r.v)
	return r.check()
}

func widthBucketNumeric(op, lo, hi *Numeric, n int32) (int32, error) {
	bad := func(format string) (int32, error) {
		return 0, pgerr.New(pgerrcode.InvalidArgumentForWidthBucketFunction, "%s", format)
	}
	switch {
	case n <= 0:
		return bad("count must be greater than zero")
	case op.IsNaN() || lo.IsNaN() || hi.IsNaN():
		return bad("operand, lower bound, and upper bound cannot be NaN")
	case lo.IsInf() || hi.IsInf():
		return bad("lower and upper bounds must be finite")
	case lo.Cmp(hi) == 0:
		return bad("lower bound cannot equal upper bound")
	}
	up := lo.Cmp(hi) < 0
	if c := op.Cmp(lo); up && c < 0 || !up && c > 0 {
		return 0, nil
	}
	if c := op.Cmp(hi); up && c >= 0 || !up && c <= 0 {
		if n == math.MaxInt32 {
			return 0, outOfRange("integer")
		}
		return n + 1, nil
	}
	num, _ := numericSub(op, lo)
	den, _ := numericSub(hi, lo)
	count := NumericFromInt64(int64(n))
	num, _ = numericMul(num, count)
	q, err := numericDiv(num, den) // rounded, which may be up to the next bucket
	if err != nil {
		return 0, err
	}
	if q.Cmp(count) >= 0 {
		return n, nil
	}
	q, err = numericDivTrunc(q, NumericFromInt64(1))
	if err != nil {
		return 0, err
	}
	return int32(q.v.Int64()) + 1, nil
}

func inRangeNumeric(_ *Call, a []Datum) (Datum, error) {
	val, base, off := a[0].(*Numeric), a[1].(*Numeric), a[2].(*Numeric)
	sub, less := a[3].(bool), a[4].(bool)
	if off.IsNaN() || off.Sign() < 0 {
		return nil, badFrameOffset()
	}
	switch {
	case val.IsNaN():
		return base.IsNaN() || !less, nil
	case base.IsNaN():
		return less, nil
	case off.form == numericInf:
		// An infinite offset: the sum is infinite, unless base is infinite the other
		// way, where anything is in range.
		if base.form == numericInf && sub || base.form == numericNegInf && !sub {
			return true, nil
		}
		if sub {
			return less && val.form == numericNegInf || !less, nil
		}
		return less || val.form == numericInf, nil
	}
	sum, err := numericAdd(base, off)
	if sub {
		sum, err = numericSub(base, off)
	}
	if err != nil {
		return nil, err
	}
	if less {
		return val.Cmp(sum) <= 0, nil
	}
	return val.Cmp(sum) >= 0, nil
}
