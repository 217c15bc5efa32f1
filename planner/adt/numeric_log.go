package adt

import (
	"math"

	"github.com/cockroachdb/apd/v3"
	"github.com/jackc/pgerrcode"

	"github.com/flowgres/flowgres/planner/pgerr"
)

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
