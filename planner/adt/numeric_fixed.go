package adt

import (
	"math"
	"math/big"

	"github.com/cockroachdb/apd/v3"
)

// Logarithms and exponentials to thousands of digits, in binary fixed point: a
// big.Int that counts units of 2^-prec. Sizes stay bounded by what numeric may
// display, so that schoolbook series are enough once the argument is small.

// bitsOf is how many binary digits hold a number of decimal ones.
func bitsOf(digits int32) uint {
	return uint(math.Ceil(float64(max(digits, 0))*3.3219280948873623)) + 1
}

// fixedOf gives v×10^exp in units of 2^-prec.
func fixedOf(v *big.Int, exp int32, prec uint) *big.Int {
	r := new(big.Int).Lsh(v, prec)
	if exp >= 0 {
		return r.Mul(r, pow10(exp).MathBigInt())
	}
	return r.Quo(r, pow10(-exp).MathBigInt())
}

// decimalOf gives a number in units of 2^-prec with frac decimal places.
func decimalOf(x *big.Int, prec uint, frac int32) *apd.Decimal {
	c := new(big.Int).Mul(x, pow10(frac).MathBigInt())
	c.Quo(c, new(big.Int).Lsh(big.NewInt(1), prec))
	d := &apd.Decimal{Exponent: -frac, Negative: c.Sign() < 0}
	d.Coeff.SetMathBigInt(c.Abs(c))
	return d
}

// fixedAtanh is the inverse hyperbolic tangent of a small z.
func fixedAtanh(z *big.Int, prec uint) *big.Int {
	square := new(big.Int).Mul(z, z)
	square.Rsh(square, prec)
	sum, power, term := new(big.Int).Set(z), new(big.Int).Set(z), new(big.Int)
	for i := int64(3); ; i += 2 {
		power.Rsh(power.Mul(power, square), prec)
		if term.Quo(power, big.NewInt(i)).Sign() == 0 {
			return sum
		}
		sum.Add(sum, term)
	}
}

// fixedLn2 is ln 2, by a formula of Machin's kind: 18 artanh 1/26 - 2 artanh
// 1/4801 + 8 artanh 1/8749.
func fixedLn2(prec uint) *big.Int {
	sum := new(big.Int)
	for _, part := range [][2]int64{{18, 26}, {-2, 4801}, {8, 8749}} {
		square := big.NewInt(part[1] * part[1])
		power, term := new(big.Int).Lsh(big.NewInt(1), prec), new(big.Int)
		power.Quo(power, big.NewInt(part[1]))
		for i := int64(1); ; i += 2 {
			if term.Quo(power, big.NewInt(i)).Sign() == 0 {
				break
			}
			sum.Add(sum, term.Mul(term, big.NewInt(part[0])))
			power.Quo(power, square)
		}
	}
	return sum
}

// fixedLn is ln(v×10^exp) for v > 0.
func fixedLn(v *big.Int, exp int32, prec uint) *big.Int {
	const roots = 10 // each halves the logarithm
	guard := prec + 64 + roots
	den := pow10(max(-exp, 0)).MathBigInt()
	num := new(big.Int).Mul(v, pow10(max(exp, 0)).MathBigInt())
	k := num.BitLen() - den.BitLen()
	m := new(big.Int)
	if shift := int(guard) - k; shift >= 0 {
		m.Quo(m.Lsh(num, uint(shift)), den)
	} else {
		m.Quo(num, den.Lsh(den, uint(-shift)))
	}
	one := new(big.Int).Lsh(big.NewInt(1), guard)
	switch high := new(big.Int).Mul(m, m); { // m is brought between the roots of 1/2 and 2
	case high.BitLen() > int(2*guard)+1:
		m.Rsh(m, 1)
		k++
	case high.BitLen() < int(2*guard):
		m.Lsh(m, 1)
		k--
	}
	for range roots {
		m.Sqrt(m.Lsh(m, guard))
	}
	z := new(big.Int).Sub(m, one)
	z.Quo(z.Lsh(z, guard), m.Add(m, one))
	ln := fixedAtanh(z, guard)
	ln.Lsh(ln, roots+1)
	if k != 0 {
		ln2 := fixedLn2(guard)
		ln.Add(ln, ln2.Mul(ln2, big.NewInt(int64(k))))
	}
	return ln.Quo(ln, new(big.Int).Lsh(big.NewInt(1), guard-prec))
}

// fixedExp is e^x for x in units of 2^-prec, as m×2^k with m in such units.
func fixedExp(x *big.Int, prec uint) (m *big.Int, k int) {
	halvings := uint(math.Sqrt(float64(prec))) + 1
	guard := prec + 2*halvings + 64
	x = new(big.Int).Lsh(x, guard-prec)
	ln2 := fixedLn2(guard)
	n := new(big.Int).Quo(x, ln2)
	r := new(big.Int).Sub(x, ln2.Mul(ln2, n))
	r.Quo(r, new(big.Int).Lsh(big.NewInt(1), halvings))
	one := new(big.Int).Lsh(big.NewInt(1), guard)
	sum, term := new(big.Int).Set(one), new(big.Int).Set(one)
	for i := int64(1); ; i++ {
		term.Mul(term, r)
		term.Quo(term, one)
		if term.Quo(term, big.NewInt(i)).Sign() == 0 {
			break
		}
		sum.Add(sum, term)
	}
	for range halvings {
		sum.Rsh(sum.Mul(sum, sum), guard)
	}
	return sum.Rsh(sum, guard-prec), int(n.Int64())
}
