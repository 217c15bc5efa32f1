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
		"numeric_round": P2(func(n *Numeric, s int32) *Numeric { return n.round(max(min(s, 16383), -131073)) }),
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

func powerError(format string) error {
	return pgerr.New(pgerrcode.InvalidArgumentForPowerFunction, "%s", format)
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

func numericExp(n *Numeric) (*Numeric, error) {
	switch n.form {
	case numericNaN, numericInf:
		return n, nil
	case numericNegInf:
		return zeroNumeric, nil
	}
	val := n.float8NoOverflow() * 0.434294481903252
	val = max(min(val, 2000), -2000)
	return expRound(n, resultScale(numericMinSigDigits-int32(val), n))
}

// expRound is e^n at a scale (exp_var).
func expRound(n *Numeric, scale int32) (*Numeric, error) {
	val := n.float8NoOverflow()
	if math.Abs(val) >= 6000 {
		if val > 0 {
			return nil, numericOverflow()
		}
		return &Numeric{scale: scale}, nil
	}
	return expDecimal(n.Decimal(), val, scale)
}

// expDecimal is e^x at a scale, val being about x.
func expDecimal(x *apd.Decimal, val float64, scale int32) (*Numeric, error) {
	k := int32(math.Floor(val * 0.434294481903252))
	if k < -scale-2 {
		return &Numeric{scale: scale}, nil
	}
	const spare = 10 // digits below the scale, to round by
	prec := bitsOf(scale + max(k, 0) + 2*spare)
	c := x.Coeff.MathBigInt()
	if x.Negative {
		c.Neg(c)
	}
	m, shift := fixedExp(fixedOf(c, x.Exponent, prec), prec)
	if shift >= 0 {
		m.Lsh(m, uint(shift))
	} else {
		m.Rsh(m, uint(-shift))
	}
	return fromDecimal(decimalOf(m, prec, scale+spare), scale)
}

// lnWeight estimates the decimal weight of ln(n) (estimate_ln_dweight).
func lnWeight(n *Numeric) int32 {
	if n.v.Sign() <= 0 {
		return 0
	}
	if n.Cmp(numericScaled(9, 1)) >= 0 && n.Cmp(numericScaled(11, 1)) <= 0 {
		x, _ := numericSub(n, oneNumeric)
		if x.v.Sign() == 0 {
			return 0
		}
		return x.dweight()
	}
	digits, weight := n.base10000()
	lead, dweight := float64(digits[0]), weight*decDigits
	if len(digits) > 1 {
		lead = lead*10000 + float64(digits[1])
		dweight -= decDigits
	}
	ln := math.Log(lead) + float64(dweight)*2.302585092994046
	return int32(math.Log10(math.Abs(ln)))
}

func logError(n *Numeric) error {
	switch {
	case n.Sign() < 0:
		return pgerr.New(pgerrcode.InvalidArgumentForLogarithm, "cannot take logarithm of a negative number")
	case n.Sign() == 0:
		return pgerr.New(pgerrcode.InvalidArgumentForLogarithm, "cannot take logarithm of zero")
	}
	return nil
}

func numericLn(n *Numeric) (*Numeric, error) {
	if n.form == numericNaN {
		return n, nil
	}
	if err := logError(n); err != nil {
		return nil, err
	}
	if n.form == numericInf {
		return n, nil
	}
	w := lnWeight(n)
	scale := resultScale(numericMinSigDigits-w, n)
	return fromDecimal(lnDecimal(n, scale+w+14), scale)
}

// lnDecimal gives ln(n) to a number of significant digits.
func lnDecimal(n *Numeric, digits int32) *apd.Decimal {
	frac := max(digits-lnWeight(n), 0) + 10
	prec := bitsOf(frac + 10)
	return decimalOf(fixedLn(n.v.MathBigInt(), -n.scale, prec), prec, frac)
}

func numericLog(base, n *Numeric) (*Numeric, error) {
	if base.form == numericNaN || n.form == numericNaN {
		return nanNumeric, nil
	}
	// Where one is infinite, a negative one is reported before a zero.
	if base.form != numericFinite && n.Sign() < 0 || n.form != numericFinite && n.Sign() < 0 {
		return nil, logError(n)
	}
	for _, a := range []*Numeric{base, n} {
		if err := logError(a); err != nil {
			return nil, err
		}
	}
	switch {
	case base.form == numericInf && n.form == numericInf:
		return nanNumeric, nil
	case base.form == numericInf:
		return zeroNumeric, nil
	case n.form == numericInf:
		return n, nil
	}
	wb, wn := lnWeight(base), lnWeight(n)
	scale := resultScale(numericMinSigDigits-(wn-wb), base, n)
	digits := scale + max(wn-wb, 0) + 20
	lb := lnDecimal(base, digits)
	if lb.IsZero() {
		return nil, divisionByZero()
	}
	var q apd.Decimal
	if _, err := apdContext(digits).Quo(&q, lnDecimal(n, digits), lb); err != nil {
		return nil, pgerr.Internal("%s", err.Error())
	}
	return fromDecimal(&q, scale)
}

func (n *Numeric) integral() bool {
	return n.form != numericFinite || n.trim().scale == 0
}

func (n *Numeric) odd() bool {
	t := n.trim()
	return t.form == numericFinite && t.scale == 0 && t.v.Bit(0) == 1
}

func numericPower(a, b *Numeric) (*Numeric, error) {
	switch {
	case a.form == numericNaN:
		if b.form == numericFinite && b.v.Sign() == 0 {
			return oneNumeric, nil
		}
		return a, nil
	case b.form == numericNaN:
		if a.form == numericFinite && a.Cmp(oneNumeric) == 0 {
			return oneNumeric, nil
		}
		return b, nil
	case a.Sign() == 0 && b.Sign() < 0:
		return nil, powerError("zero raised to a negative power is undefined")
	case a.Sign() < 0 && !b.integral():
		return nil, powerError("a negative number raised to a non-integer power yields a complex result")
	}
	if a.form != numericFinite || b.form != numericFinite {
		return powerInfinite(a, b), nil
	}
	if t := b.trim(); t.scale == 0 && t.v.IsInt64() && t.v.Int64() == int64(int32(t.v.Int64())) {
		return powerInt(a, t.v.Int64(), b.scale)
	}
	if a.v.Sign() == 0 {
		return &Numeric{scale: numericMinSigDigits}, nil
	}
	negative := a.Sign() < 0 && b.odd()
	a = a.abs()
	local := max(8-lnWeight(a), 0)
	lnNum, err := fromDecimal(lnDecimal(a, local+20), local)
	if err != nil {
		return nil, err
	}
	prod, err := numericMul(lnNum, b)
	if err != nil {
		return nil, err
	}
	val := prod.round(local).float8NoOverflow()
	if math.Abs(val) > 2000*3.01 {
		if val > 0 {
			return nil, numericOverflow()
		}
		return &Numeric{scale: numericMaxDisplayScale}, nil
	}
	val *= 0.434294481903252
	scale := resultScale(numericMinSigDigits-int32(val), a, b)
	if int32(val) < -scale-2 {
		return &Numeric{scale: scale}, nil
	}
	// The logarithm's absolute error is the power's relative one.
	digits := max(scale+int32(val), 0) + 30
	var p apd.Decimal
	if _, err := apdContext(digits).Mul(&p, lnDecimal(a, digits), b.Decimal()); err != nil {
		return nil, numericOverflow()
	}
	n, err := expDecimal(&p, val/0.434294481903252, scale)
	if err == nil && negative {
		n = n.neg()
	}
	return n, err
}

// powerInfinite is a^b where one is infinite, by POSIX's rules.
func powerInfinite(a, b *Numeric) *Numeric {
	switch {
	case a.Cmp(oneNumeric) == 0 || b.Sign() == 0:
		return oneNumeric
	case a.Sign() == 0:
		return zeroNumeric
	case b.form != numericFinite:
		if a.form == numericFinite && a.Cmp(NumericFromInt64(-1)) == 0 {
			return oneNumeric
		}
		if (a.abs().Cmp(oneNumeric) > 0) == (b.Sign() > 0) {
			return infNumeric
		}
		return zeroNumeric
	case b.Sign() < 0:
		return zeroNumeric
	case a.form == numericNegInf && b.odd():
		return negInfNumeric
	}
	return infNumeric
}

// powerInt is a^exp for integers (power_var_int).
func powerInt(a *Numeric, exp int64, expScale int32) (*Numeric, error) {
	f := 0.0
	if a.v.Sign() != 0 {
		digits, weight := a.base10000()
		lead, p := float64(digits[0]), weight*decDigits
		for i := 1; i < len(digits) && i*decDigits < 16; i++ {
			lead = lead*10000 + float64(digits[i])
			p -= decDigits
		}
		f = float64(exp) * (math.Log10(lead) + float64(p))
	}
	if f > (math.MaxInt16+1)*decDigits {
		return nil, numericOverflow()
	}
	if f+1 < -numericMaxDisplayScale {
		return &Numeric{scale: numericMaxDisplayScale}, nil
	}
	scale := resultScale(max(numericMinSigDigits-int32(f), expScale), a)
	switch {
	case exp == 0:
		return oneNumeric.round(scale), nil
	case a.v.Sign() == 0:
		return &Numeric{scale: scale}, nil
	}
	n := exp
	if n < 0 {
		n = -n
	}
	if float64(a.digits())*float64(n) <= 50000 {
		// Exactly.
		p := &Numeric{scale: a.scale * int32(n)}
		p.v.Exp(&a.v, apd.NewBigInt(n), nil)
		if exp > 0 {
			return p.round(scale).check()
		}
		return divRound(oneNumeric, p, scale).check()
	}
	// By logarithm would lose exactness; square and multiply with guard digits.
	// apd's exponents end where a numeric's may still go on.
	r, base := cutNumeric{v: apd.NewBigInt(1)}, cutNumeric{v: new(apd.BigInt).Set(&a.v), exp: -int64(a.scale)}
	digits := scale + int32(math.Abs(f)) + 30
	for m := n; m > 0; m >>= 1 {
		if m&1 == 1 {
			r = r.mul(base, digits)
		}
		if m > 1 {
			base = base.mul(base, digits)
		}
	}
	if exp < 0 {
		return divRound(oneNumeric, r.numeric(), scale).check()
	}
	return r.numeric().round(scale).check()
}

// cutNumeric is v×10^exp, with as many digits as are worth keeping.
type cutNumeric struct {
	v   *apd.BigInt
	exp int64
}

func (a cutNumeric) mul(b cutNumeric, digits int32) cutNumeric {
	r := cutNumeric{new(apd.BigInt).Mul(a.v, b.v), a.exp + b.exp}
	if drop := int32(apd.NumDigits(r.v)) - digits; drop > 0 {
		r.v.Quo(r.v, pow10(drop))
		r.exp += int64(drop)
	}
	return r
}

func (a cutNumeric) numeric() *Numeric {
	n := &Numeric{}
	if a.exp > 0 {
		n.v.Mul(a.v, pow10(int32(a.exp)))
		return n
	}
	n.v.Set(a.v)
	n.scale = int32(-a.exp)
	return n
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
	num, _ = numericMul(num, NumericFromInt64(int64(n)))
	q, err := numericDivTrunc(num, den)
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
