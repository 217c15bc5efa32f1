package adt

import (
	"math"
	"math/big"
	"sync"
)

// The functions below round correctly, by way of arbitrary precision, where
// package math may be off by a unit in the last place: PostgreSQL shows the
// last digit, and the C library that it calls is nearly always right in it.

// exactPrec is enough for the result and its rounding; exactWide for reducing
// the largest arguments by multiples of π.
const (
	exactPrec = 220
	exactWide = 1300
)

func bigFloat(v float64) *big.Float { return new(big.Float).SetPrec(exactPrec).SetFloat64(v) }

func newBig(prec uint) *big.Float { return new(big.Float).SetPrec(prec) }

// bigPi is π, by Machin's formula, and bigLn2 and bigLn10 are logarithms.
var (
	bigPi = sync.OnceValue(func() *big.Float {
		atanInv := func(n int64) *big.Float { // atan(1/n)
			x := newBig(exactWide).Quo(newBig(exactWide).SetInt64(1), newBig(exactWide).SetInt64(n))
			sum, pow := newBig(exactWide).Set(x), newBig(exactWide).Set(x)
			sq := newBig(exactWide).Mul(x, x)
			for k := int64(3); ; k += 2 {
				pow.Mul(pow, sq)
				pow.Neg(pow)
				term := newBig(exactWide).Quo(pow, newBig(exactWide).SetInt64(k))
				if term.MantExp(nil) < -exactWide {
					return sum
				}
				sum.Add(sum, term)
			}
		}
		pi := newBig(exactWide).Mul(newBig(exactWide).SetInt64(4), atanInv(5))
		pi.Sub(pi, atanInv(239))
		return pi.Mul(pi, newBig(exactWide).SetInt64(4))
	})
	bigLn2 = sync.OnceValue(func() *big.Float { // Σ 1/(k 2^k)
		sum := newBig(exactPrec + 40)
		for k := int64(1); k < exactPrec+60; k++ {
			term := newBig(exactPrec+40).SetMantExp(newBig(exactPrec+40).SetInt64(1), -int(k))
			sum.Add(sum, term.Quo(term, newBig(exactPrec+40).SetInt64(k)))
		}
		return sum
	})
	bigLn10 = sync.OnceValue(func() *big.Float { return bigLog(bigFloat(10), math.Ln10) })
)

// bigExp is e^x.
func bigExp(x *big.Float) *big.Float {
	f, _ := x.Float64()
	k := math.Round(f / math.Ln2)
	r := newBig(exactPrec).Sub(x, newBig(exactPrec).Mul(bigFloat(k), bigLn2()))
	const halvings = 12
	if r.Sign() != 0 {
		r.SetMantExp(r, -halvings)
	}
	sum, term := bigFloat(1), bigFloat(1)
	for n := int64(1); n < 200; n++ {
		term.Mul(term, r)
		term.Quo(term, newBig(exactPrec).SetInt64(n))
		if term.Sign() == 0 || term.MantExp(nil) < -exactPrec {
			break
		}
		sum.Add(sum, term)
	}
	for range halvings {
		sum.Mul(sum, sum)
	}
	return sum.SetMantExp(sum, int(k))
}

// bigLog is ln x, improving an estimate.
func bigLog(x *big.Float, estimate float64) *big.Float {
	y := bigFloat(estimate)
	e := bigExp(y)
	d := newBig(exactPrec).Sub(x, e)
	d.Quo(d, e.Add(x, e))
	return y.Add(y, d.Add(d, d))
}

// bigSinCos gives sine and cosine.
func bigSinCos(x *big.Float) (sin, cos *big.Float) {
	prec := uint(exactPrec)
	if x.MantExp(nil) > 40 {
		prec = exactWide
	}
	half := newBig(prec).Quo(bigPi(), newBig(prec).SetInt64(2))
	q := newBig(prec).Quo(newBig(prec).Set(x), half)
	n, _ := q.Add(q, newBig(prec).SetFloat64(math.Copysign(0.5, float64(x.Sign())))).Int(nil)
	r := newBig(prec).Sub(newBig(prec).Set(x), half.Mul(half, newBig(prec).SetInt(n)))
	r.SetPrec(exactPrec)
	sin, cos = newBig(exactPrec).Set(r), bigFloat(1)
	term, sq := newBig(exactPrec).Set(r), newBig(exactPrec).Mul(r, r)
	cterm := bigFloat(1)
	for k := int64(1); k < 100; k++ {
		cterm.Mul(cterm, sq)
		cterm.Quo(cterm.Neg(cterm), newBig(exactPrec).SetInt64((2*k-1)*(2*k)))
		term.Mul(term, sq)
		term.Quo(term.Neg(term), newBig(exactPrec).SetInt64((2*k)*(2*k+1)))
		if cterm.Sign() == 0 || cterm.MantExp(nil) < -exactPrec {
			break
		}
		cos.Add(cos, cterm)
		sin.Add(sin, term)
	}
	switch new(big.Int).And(n, big.NewInt(3)).Int64() {
	case 1:
		sin, cos = cos, sin.Neg(sin)
	case 2:
		sin, cos = sin.Neg(sin), cos.Neg(cos)
	case 3:
		sin, cos = cos.Neg(cos), sin
	}
	return sin, cos
}

// bigAtan2 is the angle of a point, improving an estimate.
func bigAtan2(y, x *big.Float, estimate float64) *big.Float {
	a := bigFloat(estimate)
	s, c := bigSinCos(a)
	num := newBig(exactPrec).Sub(newBig(exactPrec).Mul(y, c), newBig(exactPrec).Mul(x, s))
	den := newBig(exactPrec).Add(newBig(exactPrec).Mul(x, c), newBig(exactPrec).Mul(y, s))
	return a.Add(a, num.Quo(num, den))
}

func toFloat(b *big.Float) float64 {
	f, _ := b.Float64()
	return f
}

// ordinary tells finite numbers away from zero, where the series apply; package
// math is right in the rest.
func ordinary(v float64) bool { return math.Abs(v) > 1e-9 && !isInf(v) && v == v }

func mathExp(x float64) float64 {
	if r := math.Exp(x); !ordinary(x) || r == 0 || isInf(r) || x > 709.7 {
		return r
	}
	return toFloat(bigExp(bigFloat(x)))
}

func mathLog(x float64) float64 {
	r := math.Log(x)
	if r == 0 || isInf(r) || r != r {
		return r
	}
	return toFloat(bigLog(bigFloat(x), r))
}

func mathLog10(x float64) float64 {
	r := math.Log(x)
	if r == 0 || isInf(r) || r != r {
		return r
	}
	l := bigLog(bigFloat(x), r)
	return toFloat(l.Quo(l, bigLn10()))
}

func mathPow(x, y float64) float64 {
	r := math.Pow(x, y)
	if r == 0 || isInf(r) || r != r || !ordinary(y) || x == 0 {
		return r
	}
	abs := math.Abs(x)
	if y == math.Trunc(y) && math.Abs(y) <= 64 { // exactly, so that ties round right
		p, b := newBig(4096).SetInt64(1), newBig(4096).SetFloat64(x)
		for n := int(math.Abs(y)); n > 0; n-- {
			p.Mul(p, b)
		}
		if y < 0 {
			p.Quo(newBig(4096).SetInt64(1), p)
		}
		return toFloat(p)
	}
	if abs == 1 {
		return r
	}
	l := bigLog(bigFloat(abs), math.Log(abs))
	return math.Copysign(toFloat(bigExp(l.Mul(l, bigFloat(y)))), r)
}

func mathSin(x float64) float64 {
	if !ordinary(x) {
		return math.Sin(x)
	}
	s, _ := bigSinCos(bigFloat(x))
	return toFloat(s)
}

func mathCos(x float64) float64 {
	if !ordinary(x) {
		return math.Cos(x)
	}
	_, c := bigSinCos(bigFloat(x))
	return toFloat(c)
}

func mathTan(x float64) float64 {
	if !ordinary(x) {
		return math.Tan(x)
	}
	s, c := bigSinCos(bigFloat(x))
	return toFloat(s.Quo(s, c))
}

// legOf is √(1−x²), the other leg of a unit triangle.
func legOf(x *big.Float) *big.Float {
	sq := newBig(exactPrec).Mul(x, x)
	return sq.Sqrt(sq.Sub(bigFloat(1), sq))
}

func mathAsin(x float64) float64 {
	if !ordinary(x) || math.Abs(x) >= 1 {
		return math.Asin(x)
	}
	b := bigFloat(x)
	return toFloat(bigAtan2(b, legOf(b), math.Asin(x)))
}

func mathAcos(x float64) float64 {
	if !ordinary(x) || math.Abs(x) >= 1 {
		return math.Acos(x)
	}
	b := bigFloat(x)
	return toFloat(bigAtan2(legOf(b), b, math.Acos(x)))
}

func mathAtan(x float64) float64 {
	if !ordinary(x) {
		return math.Atan(x)
	}
	return toFloat(bigAtan2(bigFloat(x), bigFloat(1), math.Atan(x)))
}

func mathAtan2(y, x float64) float64 {
	if !ordinary(x) || !ordinary(y) {
		return math.Atan2(y, x)
	}
	return toFloat(bigAtan2(bigFloat(y), bigFloat(x), math.Atan2(y, x)))
}
