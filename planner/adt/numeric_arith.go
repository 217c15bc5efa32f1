package adt

import (
	"maps"

	"github.com/cockroachdb/apd/v3"
)

// numericFuncs are the routines of numeric (PostgreSQL's numeric.c).
func numericFuncs() Funcs {
	f := Funcs{
		"numeric_eq":      P2(func(a, b *Numeric) bool { return a.Cmp(b) == 0 }),
		"numeric_ne":      P2(func(a, b *Numeric) bool { return a.Cmp(b) != 0 }),
		"numeric_lt":      P2(func(a, b *Numeric) bool { return a.Cmp(b) < 0 }),
		"numeric_le":      P2(func(a, b *Numeric) bool { return a.Cmp(b) <= 0 }),
		"numeric_gt":      P2(func(a, b *Numeric) bool { return a.Cmp(b) > 0 }),
		"numeric_ge":      P2(func(a, b *Numeric) bool { return a.Cmp(b) >= 0 }),
		"numeric_cmp":     Cmp((*Numeric).Cmp),
		"numeric_larger":  P2(numericLarger),
		"numeric_smaller": P2(numericSmaller),
		"hash_numeric": {
			Call: func(_ *Call, a []Datum) (Datum, error) { return int32(hashNumeric(a[0].(*Numeric))), nil },
			Key:  func(dst []byte, d Datum) []byte { return numericKey(dst, d.(*Numeric)) },
		},
		"hash_numeric_extended": P2(func(a *Numeric, seed int64) int64 { return int64(hashNumericExtended(a, uint64(seed))) }),

		"numeric_add":       F2(numericAdd),
		"numeric_sub":       F2(numericSub),
		"numeric_mul":       F2(numericMul),
		"numeric_div":       F2(numericDiv),
		"numeric_div_trunc": F2(numericDivTrunc),
		"numeric_mod":       F2(numericMod),
		"numeric_inc":       F1(func(a *Numeric) (*Numeric, error) { return numericAdd(a, oneNumeric) }),
		"numeric_uminus":    P1((*Numeric).neg),
		"numeric_uplus":     P1(func(a *Numeric) *Numeric { return a }),
		"numeric_abs":       P1((*Numeric).abs),
		"numeric_sign":      P1(numericSign),
	}
	for _, t := range []Funcs{numericIO(), numericCasts(), numericMath()} {
		maps.Copy(f, t)
	}
	return f
}

func numericLarger(a, b *Numeric) *Numeric {
	if a.Cmp(b) > 0 {
		return a
	}
	return b
}

func numericSmaller(a, b *Numeric) *Numeric {
	if a.Cmp(b) < 0 {
		return a
	}
	return b
}

// neg gives -n.
func (n *Numeric) neg() *Numeric {
	switch n.form {
	case numericNaN:
		return n
	case numericInf:
		return negInfNumeric
	case numericNegInf:
		return infNumeric
	}
	r := &Numeric{scale: n.scale}
	r.v.Set(&n.v)
	negate(&r.v)
	return r
}

// negate turns a coefficient's sign, but for zero's: apd's Neg makes a negative
// zero of it, whose Sign is -1.
func negate(v *apd.BigInt) {
	if v.Sign() != 0 {
		v.Neg(v)
	}
}

func (n *Numeric) abs() *Numeric {
	if n.Sign() < 0 {
		return n.neg()
	}
	return n
}

func numericSign(a *Numeric) *Numeric {
	if a.form == numericNaN {
		return a
	}
	return NumericFromInt64(int64(a.Sign()))
}

// numericAdd is numeric_add: the scale is the larger one's.
func numericAdd(a, b *Numeric) (*Numeric, error) {
	if a.form != numericFinite || b.form != numericFinite {
		return addSpecial(a, b), nil
	}
	r := &Numeric{scale: max(a.scale, b.scale)}
	var tmp apd.BigInt
	if a.scale == r.scale {
		r.v.Add(&a.v, b.scaled(r.scale, &tmp))
	} else {
		r.v.Add(a.scaled(r.scale, &tmp), &b.v)
	}
	return r.check()
}

func numericSub(a, b *Numeric) (*Numeric, error) {
	if a.form != numericFinite || b.form != numericFinite {
		return addSpecial(a, b.neg()), nil
	}
	r := &Numeric{scale: max(a.scale, b.scale)}
	var tmp apd.BigInt
	if a.scale == r.scale {
		r.v.Sub(&a.v, b.scaled(r.scale, &tmp))
	} else {
		r.v.Sub(a.scaled(r.scale, &tmp), &b.v)
	}
	return r.check()
}

// addSpecial adds where one of the two is not finite.
func addSpecial(a, b *Numeric) *Numeric {
	switch {
	case a.form == numericNaN || b.form == numericNaN:
		return nanNumeric
	case a.form == numericFinite:
		return b
	case b.form == numericFinite || a.form == b.form:
		return a
	}
	return nanNumeric
}

// numericMul is numeric_mul: the scale is the sum of scales, within limits.
func numericMul(a, b *Numeric) (*Numeric, error) {
	if a.form != numericFinite || b.form != numericFinite {
		if a.form == numericNaN || b.form == numericNaN {
			return nanNumeric, nil
		}
		return infOfSign(a.Sign() * b.Sign()), nil
	}
	r := &Numeric{scale: a.scale + b.scale}
	r.v.Mul(&a.v, &b.v)
	if r.scale > numericDscaleMax {
		r = r.round(numericDscaleMax)
	}
	return r.check()
}

// infOfSign is an infinity times a number of that sign: NaN for zero.
func infOfSign(sign int) *Numeric {
	switch {
	case sign > 0:
		return infNumeric
	case sign < 0:
		return negInfNumeric
	}
	return nanNumeric
}

// divSpecial handles quotients where one of the two is not finite.
func divSpecial(a, b *Numeric) (*Numeric, error) {
	switch {
	case a.form == numericNaN || b.form == numericNaN:
		return nanNumeric, nil
	case a.form == numericFinite:
		return zeroNumeric, nil
	case b.form != numericFinite:
		return nanNumeric, nil
	case b.v.Sign() == 0:
		return nil, divisionByZero()
	}
	return infOfSign(a.Sign() * b.Sign()), nil
}

// numericDiv is numeric_div: exact to selectDivScale digits.
func numericDiv(a, b *Numeric) (*Numeric, error) {
	if a.form != numericFinite || b.form != numericFinite {
		return divSpecial(a, b)
	}
	if b.v.Sign() == 0 {
		return nil, divisionByZero()
	}
	return divRound(a, b, selectDivScale(a, b)).check()
}

// divRound gives a / b at a scale, rounded half away from zero.
func divRound(a, b *Numeric, scale int32) *Numeric {
	r := &Numeric{scale: scale}
	var tmp apd.BigInt
	if e := scale + b.scale - a.scale; e >= 0 {
		roundQuo(&r.v, tmp.Mul(&a.v, pow10(e)), &b.v)
	} else {
		roundQuo(&r.v, &a.v, tmp.Mul(&b.v, pow10(-e)))
	}
	return r
}

// selectDivScale is select_div_scale: enough digits for about 16 significant
// ones, and no fewer than either input displays.
func selectDivScale(a, b *Numeric) int32 {
	weight1, first1 := a.firstDigit()
	weight2, first2 := b.firstDigit()
	qweight := weight1 - weight2
	if first1 <= first2 {
		qweight--
	}
	s := max(numericMinSigDigits-qweight*decDigits, a.scale, b.scale, 0)
	return min(s, numericMaxDisplayScale)
}

// firstDigit gives weight and value of the first of PostgreSQL's base-10000
// digits, zeros for zero.
func (n *Numeric) firstDigit() (weight, digit int32) {
	if n.v.Sign() == 0 {
		return 0, 0
	}
	nd := n.digits()
	dw := nd - 1 - n.scale
	weight = floorDiv(dw, decDigits)
	lead := dw - weight*decDigits + 1 // decimal digits in the first group
	var q apd.BigInt
	if lead > nd {
		q.Mul(&n.v, pow10(lead-nd))
	} else {
		q.Quo(&n.v, pow10(nd-lead))
	}
	return weight, int32(q.Abs(&q).Int64())
}

func floorDiv[T int32 | int64](a, b T) T {
	q := a / b
	if a%b != 0 && (a < 0) != (b < 0) {
		q--
	}
	return q
}

// numericDivTrunc is div(): the quotient cut to an integer.
func numericDivTrunc(a, b *Numeric) (*Numeric, error) {
	if a.form != numericFinite || b.form != numericFinite {
		return divSpecial(a, b)
	}
	if b.v.Sign() == 0 {
		return nil, divisionByZero()
	}
	s := max(a.scale, b.scale)
	var ta, tb apd.BigInt
	r := &Numeric{}
	r.v.Quo(a.scaled(s, &ta), b.scaled(s, &tb))
	return r.check()
}

func numericMod(a, b *Numeric) (*Numeric, error) {
	switch {
	case a.form == numericNaN || b.form == numericNaN:
		return nanNumeric, nil
	case a.form != numericFinite:
		if b.Sign() == 0 {
			return nil, divisionByZero()
		}
		return nanNumeric, nil
	case b.form != numericFinite:
		return a, nil
	case b.v.Sign() == 0:
		return nil, divisionByZero()
	}
	r := &Numeric{scale: max(a.scale, b.scale)}
	var ta, tb apd.BigInt
	r.v.Rem(a.scaled(r.scale, &ta), b.scaled(r.scale, &tb))
	return r.check()
}

// hashNumeric is hash_numeric: over PostgreSQL's digits without zeros at the
// ends, and the weight.
func hashNumeric(n *Numeric) uint32 {
	if n.form != numericFinite {
		return 0
	}
	digits, weight := n.base10000()
	if len(digits) == 0 {
		return ^uint32(0)
	}
	return hashBytes(digitBytes(digits)) ^ uint32(weight)
}

func hashNumericExtended(n *Numeric, seed uint64) uint64 {
	if n.form != numericFinite {
		return seed
	}
	digits, weight := n.base10000()
	if len(digits) == 0 {
		return seed - 1
	}
	return hashBytesExtended(digitBytes(digits), seed) ^ uint64(int64(weight))
}

func digitBytes(digits []uint16) []byte {
	b := make([]byte, 0, 2*len(digits))
	for _, d := range digits {
		b = append(b, byte(d), byte(d>>8))
	}
	return b
}
