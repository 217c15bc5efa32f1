package adt

import (
	"cmp"
	"encoding/binary"
	"strconv"

	"github.com/cockroachdb/apd/v3"
	"github.com/jackc/pgerrcode"

	"github.com/flowgres/flowgres/planner/pgerr"
)

// Numeric is a value of type numeric: v × 10^-scale, where scale is the display
// scale (dscale), never negative; or NaN, Infinity, -Infinity. It is immutable.
type Numeric struct {
	form  numericForm
	scale int32
	v     apd.BigInt
}

type numericForm uint8

const (
	numericFinite numericForm = iota
	numericNaN
	numericInf
	numericNegInf
)

// Limits of numeric.c.
const (
	numericMaxPrecision    = 1000
	numericMinScale        = -1000
	numericMaxScale        = 1000
	numericMaxDisplayScale = numericMaxPrecision
	numericMinSigDigits    = 16
	numericDscaleMax       = 0x3fff
	numericMaxWeight       = 131072 // digits before the decimal point
	decDigits              = 4      // decimal digits in one of PostgreSQL's numeric digits
)

var (
	nanNumeric    = &Numeric{form: numericNaN}
	infNumeric    = &Numeric{form: numericInf}
	negInfNumeric = &Numeric{form: numericNegInf}
	zeroNumeric   = NumericFromInt64(0)
	oneNumeric    = NumericFromInt64(1)
)

// NumericFromInt64 makes a numeric of scale 0.
func NumericFromInt64(v int64) *Numeric {
	n := &Numeric{}
	n.v.SetInt64(v)
	return n
}

// numericScaled makes v × 10^-scale.
func numericScaled(v int64, scale int32) *Numeric {
	n := &Numeric{scale: scale}
	n.v.SetInt64(v)
	return n
}

// IsNaN tells whether n is NaN.
func (n *Numeric) IsNaN() bool { return n.form == numericNaN }

// IsInf tells whether n is Infinity or -Infinity.
func (n *Numeric) IsInf() bool { return n.form == numericInf || n.form == numericNegInf }

// Sign is -1, 0 or 1; 1 for NaN.
func (n *Numeric) Sign() int {
	switch n.form {
	case numericNaN, numericInf:
		return 1
	case numericNegInf:
		return -1
	}
	return n.v.Sign()
}

// Decimal gives n as an apd.Decimal.
func (n *Numeric) Decimal() *apd.Decimal {
	d := &apd.Decimal{Exponent: -n.scale, Negative: n.Sign() < 0}
	switch n.form {
	case numericNaN:
		d.Form = apd.NaN
	case numericInf, numericNegInf:
		d.Form = apd.Infinite
	}
	d.Coeff.Abs(&n.v)
	return d
}

// pow10Table holds the powers of ten that are used most.
var pow10Table = func() []*apd.BigInt {
	t := make([]*apd.BigInt, 129)
	t[0] = apd.NewBigInt(1)
	ten := apd.NewBigInt(10)
	for i := 1; i < len(t); i++ {
		t[i] = new(apd.BigInt).Mul(t[i-1], ten)
	}
	return t
}()

// pow10 is 10^n for n >= 0. The result must not be changed.
func pow10(n int32) *apd.BigInt {
	if int(n) < len(pow10Table) {
		return pow10Table[n]
	}
	return new(apd.BigInt).Exp(pow10Table[1], apd.NewBigInt(int64(n)), nil)
}

// scaled gives n's v as of a scale not below its own.
func (n *Numeric) scaled(scale int32, tmp *apd.BigInt) *apd.BigInt {
	if scale == n.scale {
		return &n.v
	}
	return tmp.Mul(&n.v, pow10(scale-n.scale))
}

// Cmp orders numerics as PostgreSQL does: NaN is equal to itself and above all.
func (n *Numeric) Cmp(m *Numeric) int {
	if n.form != numericFinite || m.form != numericFinite {
		return cmp.Compare(int64(n.rank()), int64(m.rank()))
	}
	if n.scale == m.scale {
		return n.v.Cmp(&m.v)
	}
	if a, b := n.v.Sign(), m.v.Sign(); a != b {
		return cmp.Compare(a, b)
	} else if a == 0 {
		return 0
	}
	var tmp apd.BigInt
	s := max(n.scale, m.scale)
	if n.scale == s {
		return n.v.Cmp(m.scaled(s, &tmp))
	}
	return n.scaled(s, &tmp).Cmp(&m.v)
}

func (n *Numeric) rank() int {
	switch n.form {
	case numericNegInf:
		return -1
	case numericInf:
		return 1
	case numericNaN:
		return 2
	}
	return 0
}

// String gives the text of n as numeric_out does.
func (n *Numeric) String() string { return string(n.Append(nil)) }

// Append appends the text of n as numeric_out does.
func (n *Numeric) Append(dst []byte) []byte {
	switch n.form {
	case numericNaN:
		return append(dst, "NaN"...)
	case numericInf:
		return append(dst, "Infinity"...)
	case numericNegInf:
		return append(dst, "-Infinity"...)
	}
	start := len(dst)
	if n.v.IsInt64() {
		dst = strconv.AppendInt(dst, n.v.Int64(), 10)
	} else {
		dst = n.v.Append(dst, 10)
	}
	if n.scale == 0 {
		return dst
	}
	if dst[start] == '-' {
		start++
	}
	scale := int(n.scale)
	if missing := scale + 1 - (len(dst) - start); missing > 0 { // leading zeros
		for range missing {
			dst = append(dst, '0')
		}
		copy(dst[start+missing:], dst[start:])
		for i := range missing {
			dst[start+i] = '0'
		}
	}
	point := len(dst) - scale
	dst = append(dst, 0)
	copy(dst[point+1:], dst[point:])
	dst[point] = '.'
	return dst
}

// numericKey appends a hash key, the same for numbers that differ in scale
// alone.
func numericKey(dst []byte, n *Numeric) []byte {
	if n.form != numericFinite {
		return append(dst, byte(n.form))
	}
	if n.v.IsInt64() {
		v, s := n.v.Int64(), n.scale
		if v == 0 {
			s = 0
		}
		for s > 0 && v%10 == 0 {
			v, s = v/10, s-1
		}
		dst = append(dst, 0)
		dst = binary.AppendVarint(dst, int64(s))
		return keyBytes(dst, string(binary.AppendVarint(nil, v)))
	}
	t := n.trim()
	if t.v.IsInt64() {
		return numericKey(dst, t)
	}
	dst = append(dst, 0)
	dst = binary.AppendVarint(dst, int64(t.scale))
	return keyBytes(dst, t.v.Text(62))
}

// trim drops trailing zeros after the decimal point.
func (n *Numeric) trim() *Numeric {
	if n.form != numericFinite || n.scale == 0 {
		return n
	}
	if n.v.Sign() == 0 {
		return zeroNumeric
	}
	t := &Numeric{scale: n.scale}
	t.v.Set(&n.v)
	var q, r apd.BigInt
	for _, step := range []int32{4096, 256, 16, 1} {
		for t.scale >= step {
			if q.QuoRem(&t.v, pow10(step), &r); r.Sign() != 0 {
				break
			}
			t.v.Set(&q)
			t.scale -= step
		}
	}
	return t
}

// Size is the bytes of its digits.
func (n *Numeric) Size() int { return n.v.BitLen() / 8 }

// digits is the number of decimal digits of v, 1 for zero.
func (n *Numeric) digits() int32 { return numDigits(&n.v) }

func numDigits(v *apd.BigInt) int32 { return int32(apd.NumDigits(v)) }

// dweight is the decimal exponent of the first digit, floor(log10(|n|)); 0 for
// zero.
func (n *Numeric) dweight() int32 {
	if n.v.Sign() == 0 {
		return 0
	}
	return n.digits() - 1 - n.scale
}

// check is make_result's overflow test: it fails for numbers that PostgreSQL's
// format cannot hold.
func (n *Numeric) check() (*Numeric, error) {
	if n.form == numericFinite && (n.scale > numericDscaleMax ||
		n.v.BitLen() > 400000 && n.digits()-n.scale > numericMaxWeight) {
		return nil, numericOverflow()
	}
	return n, nil
}

func numericOverflow() error {
	return pgerr.New(pgerrcode.NumericValueOutOfRange, "value overflows numeric format")
}

// round gives n at another scale, rounding half away from zero (round_var). A
// negative scale rounds before the decimal point.
func (n *Numeric) round(scale int32) *Numeric {
	switch {
	case n.form != numericFinite || scale == n.scale:
		return n
	case scale > n.scale:
		r := &Numeric{scale: scale}
		r.v.Set(n.scaled(scale, new(apd.BigInt)))
		return r
	}
	r := &Numeric{scale: max(scale, 0)}
	drop := n.scale - scale
	if drop > n.digits() {
		return r
	}
	roundQuo(&r.v, &n.v, pow10(drop))
	if scale < 0 {
		r.v.Mul(&r.v, pow10(-scale))
	}
	return r
}

// trunc gives n at a scale not above its own, cutting digits off (trunc_var).
func (n *Numeric) trunc(scale int32) *Numeric {
	if n.form != numericFinite || scale >= n.scale {
		return n
	}
	r := &Numeric{scale: max(scale, 0)}
	drop := n.scale - scale
	if drop > n.digits() {
		return r
	}
	r.v.Quo(&n.v, pow10(drop))
	if scale < 0 {
		r.v.Mul(&r.v, pow10(-scale))
	}
	return r
}

// roundQuo sets z to a / b rounded half away from zero.
func roundQuo(z, a, b *apd.BigInt) {
	var rem apd.BigInt
	neg := a.Sign() < 0 != (b.Sign() < 0)
	z.QuoRem(a, b, &rem)
	rem.Add(&rem, &rem)
	if rem.CmpAbs(b) >= 0 {
		if neg {
			z.Sub(z, pow10(0))
		} else {
			z.Add(z, pow10(0))
		}
	}
}
