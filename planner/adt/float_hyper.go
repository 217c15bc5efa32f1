package adt

import (
	"math"
	"math/big"
)

// bigExpPair gives e^x and e^-x.
func bigExpPair(x float64) (*big.Float, *big.Float) {
	e := bigExp(bigFloat(x))
	return e, newBig(exactPrec).Quo(bigFloat(1), e)
}

// hyperbolic tells arguments for which the exponentials stay in range.
func hyperbolic(x float64) bool { return ordinary(x) && math.Abs(x) < 700 }

func mathSinh(x float64) float64 {
	if !hyperbolic(x) {
		return math.Sinh(x)
	}
	e, f := bigExpPair(x)
	return toFloat(e.Quo(e.Sub(e, f), bigFloat(2)))
}

func mathCosh(x float64) float64 {
	if !hyperbolic(x) {
		return math.Cosh(x)
	}
	e, f := bigExpPair(x)
	return toFloat(e.Quo(e.Add(e, f), bigFloat(2)))
}

func mathTanh(x float64) float64 {
	if !hyperbolic(x) {
		return math.Tanh(x)
	}
	e, f := bigExpPair(x)
	d := newBig(exactPrec).Sub(e, f)
	return toFloat(d.Quo(d, e.Add(e, f)))
}

// mathAsinh is sgn(x) ln(|x| + √(x²+1)), and mathAcosh ln(x + √(x²−1)).
func mathAsinh(x float64) float64 {
	if !ordinary(x) || math.Abs(x) > 1e150 {
		return math.Asinh(x)
	}
	b := bigFloat(math.Abs(x))
	sq := newBig(exactPrec).Mul(b, b)
	sq.Sqrt(sq.Add(sq, bigFloat(1)))
	return math.Copysign(toFloat(bigLog(sq.Add(sq, b), math.Asinh(math.Abs(x)))), x)
}

func mathAcosh(x float64) float64 {
	if !ordinary(x) || x <= 1 || x > 1e150 {
		return math.Acosh(x)
	}
	b := bigFloat(x)
	sq := newBig(exactPrec).Mul(b, b)
	sq.Sqrt(sq.Sub(sq, bigFloat(1)))
	return toFloat(bigLog(sq.Add(sq, b), math.Acosh(x)))
}

func mathAtanh(x float64) float64 {
	if !ordinary(x) || math.Abs(x) >= 1 {
		return math.Atanh(x)
	}
	b := bigFloat(x)
	q := newBig(exactPrec).Add(bigFloat(1), b)
	q.Quo(q, newBig(exactPrec).Sub(bigFloat(1), b))
	l := bigLog(q, 2*math.Atanh(x))
	return toFloat(l.Quo(l, bigFloat(2)))
}

// mathCbrt improves package math's root by Newton's method.
func mathCbrt(x float64) float64 {
	r := math.Cbrt(x)
	if !ordinary(x) || r == 0 {
		return r
	}
	b, y := bigFloat(x), bigFloat(r)
	for range 3 {
		sq := newBig(exactPrec).Mul(y, y)
		q := newBig(exactPrec).Quo(b, sq)
		y.Quo(q.Add(q, sq.Add(y, y)), bigFloat(3))
	}
	return toFloat(y)
}
