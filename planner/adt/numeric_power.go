package adt

import (
	"math"

	"github.com/cockroachdb/apd/v3"
	"github.com/jackc/pgerrcode"

	"github.com/flowgres/flowgres/planner/pgerr"
)

func powerError(format string) error {
	return pgerr.New(pgerrcode.InvalidArgumentForPowerFunction, "%s", format)
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
