package adt

import (
	"encoding/binary"

	"github.com/cockroachdb/apd/v3"
	"github.com/jackc/pgerrcode"

	"github.com/flowgres/flowgres/planner/pgerr"
)

// numericIO are numeric's input, output and type modifier routines.
func numericIO() Funcs {
	return Funcs{
		"numeric_in": In(func(_ *Call, s string, typmod int32) (*Numeric, error) {
			n, err := parseNumeric(s)
			if err != nil {
				return nil, err
			}
			return n.applyTypmod(typmod)
		}),
		"numeric_out":      Out(func(_ *Call, dst []byte, n *Numeric) ([]byte, error) { return n.Append(dst), nil }),
		"numeric_recv":     Recv(numericRecv),
		"numeric_send":     Send(numericSend),
		"numeric":          F2(func(n *Numeric, typmod int32) (*Numeric, error) { return n.applyTypmod(typmod) }),
		"numerictypmodin":  F1(numericTypmodIn),
		"numerictypmodout": P1(numericTypmodOut),
	}
}

// numericTypmod unpacks a type modifier; ok is false for none.
func numericTypmod(typmod int32) (precision, scale int32, ok bool) {
	if typmod < 4 {
		return 0, 0, false
	}
	typmod -= 4
	return typmod >> 16 & 0xffff, (typmod&0x7ff ^ 1024) - 1024, true
}

// applyTypmod is apply_typmod: it rounds to the scale and checks the precision.
func (n *Numeric) applyTypmod(typmod int32) (*Numeric, error) {
	precision, scale, ok := numericTypmod(typmod)
	if !ok || n.form == numericNaN {
		return n, nil
	}
	if n.form != numericFinite {
		return nil, pgerr.New(pgerrcode.NumericValueOutOfRange, "numeric field overflow").
			Detailf("A field with precision %d, scale %d cannot hold an infinite value.", precision, scale)
	}
	r := n.round(scale)
	if whole := precision - scale; r.v.Sign() != 0 && r.dweight() >= whole {
		limit := "1"
		if whole != 0 {
			limit = "10^" + itoa(int64(whole))
		}
		return nil, pgerr.New(pgerrcode.NumericValueOutOfRange, "numeric field overflow").
			Detailf("A field with precision %d, scale %d must round to an absolute value less than %s.", precision, scale, limit)
	}
	return r, nil
}

func numericTypmodIn(a *Array) (int32, error) {
	m, err := arrayTypmods(a)
	if err != nil {
		return 0, err
	}
	switch len(m) {
	case 1:
		m = append(m, 0)
		fallthrough
	case 2:
		if m[0] < 1 || m[0] > numericMaxPrecision {
			return 0, pgerr.New(pgerrcode.InvalidParameterValue,
				"NUMERIC precision %d must be between 1 and %d", m[0], numericMaxPrecision)
		}
		if m[1] < numericMinScale || m[1] > numericMaxScale {
			return 0, pgerr.New(pgerrcode.InvalidParameterValue,
				"NUMERIC scale %d must be between %d and %d", m[1], numericMinScale, numericMaxScale)
		}
		return (m[0]<<16 | m[1]&0x7ff) + 4, nil
	}
	return 0, pgerr.New(pgerrcode.InvalidParameterValue, "invalid NUMERIC type modifier")
}

func numericTypmodOut(typmod int32) string {
	p, s, ok := numericTypmod(typmod)
	if !ok {
		return ""
	}
	return "(" + itoa(int64(p)) + "," + itoa(int64(s)) + ")"
}

// Signs of numeric's binary form.
const (
	numericSignNeg    = 0x4000
	numericSignNaN    = 0xc000
	numericSignInf    = 0xd000
	numericSignNegInf = 0xf000
)

func numericSend(_ *Call, dst []byte, n *Numeric) ([]byte, error) {
	u16 := binary.BigEndian.AppendUint16
	head := func(ndigits, weight int, sign uint16, dscale int32) {
		dst = u16(u16(u16(u16(dst, uint16(ndigits)), uint16(int16(weight))), sign), uint16(dscale))
	}
	switch n.form {
	case numericNaN:
		head(0, 0, numericSignNaN, 0)
		return dst, nil
	case numericInf:
		head(0, 0, numericSignInf, 0x20) // a bit of the stored form, which recv ignores
		return dst, nil
	case numericNegInf:
		head(0, 0, numericSignNegInf, 0x20)
		return dst, nil
	}
	digits, weight := n.base10000()
	sign := uint16(0)
	if n.v.Sign() < 0 {
		sign = numericSignNeg
	}
	head(len(digits), weight, sign, n.scale)
	for _, d := range digits {
		dst = u16(dst, d)
	}
	return dst, nil
}

// base10000 gives PostgreSQL's digits of |n|, without zeros at the ends, and the
// weight of the first.
func (n *Numeric) base10000() (digits []uint16, weight int) {
	if n.v.Sign() == 0 {
		return nil, 0
	}
	var buf [64]byte
	s := n.v.Append(buf[:0], 10)
	if s[0] == '-' {
		s = s[1:]
	}
	for range (decDigits - n.scale%decDigits) % decDigits {
		s = append(s, '0')
	}
	groups := (len(s) + decDigits - 1) / decDigits
	weight = groups - 1 - int((n.scale+decDigits-1)/decDigits)
	first := len(s) - (groups-1)*decDigits
	digits = make([]uint16, 0, groups)
	for at := 0; at < len(s); {
		end := first + len(digits)*decDigits
		d := uint16(0)
		for ; at < end; at++ {
			d = d*10 + uint16(s[at]-'0')
		}
		digits = append(digits, d)
	}
	for len(digits) > 0 && digits[len(digits)-1] == 0 {
		digits = digits[:len(digits)-1]
	}
	return digits, weight
}

func numericRecv(_ *Call, b []byte, typmod int32) (*Numeric, error) {
	bad := func(what string) (*Numeric, error) {
		return nil, pgerr.New(pgerrcode.InvalidBinaryRepresentation, "invalid %s in external \"numeric\" value", what)
	}
	if len(b) < 8 {
		return nil, wantBytes(b, 8)
	}
	u16 := func(at int) uint16 { return binary.BigEndian.Uint16(b[at:]) }
	ndigits, weight, sign, dscale := int(u16(0)), int32(int16(u16(2))), u16(4), u16(6)
	switch sign {
	case 0, numericSignNeg, numericSignNaN, numericSignInf, numericSignNegInf:
	default:
		return bad("sign")
	}
	if dscale > numericDscaleMax {
		return bad("scale")
	}
	if err := atLeast(b, 8+2*ndigits); err != nil {
		return nil, err
	}
	n := &Numeric{}
	var d, base apd.BigInt
	base.SetInt64(10000)
	for i := range ndigits {
		v := u16(8 + 2*i)
		if v >= 10000 {
			return bad("digit")
		}
		d.SetInt64(int64(v))
		n.v.Mul(&n.v, &base)
		n.v.Add(&n.v, &d)
	}
	if err := noMore(b, 8+2*ndigits); err != nil {
		return nil, err
	}
	switch sign {
	case numericSignNaN:
		return nanNumeric, nil
	case numericSignInf:
		return infNumeric.applyTypmod(typmod)
	case numericSignNegInf:
		return negInfNumeric.applyTypmod(typmod)
	case numericSignNeg:
		negate(&n.v)
	}
	// The value is v × 10000^(weight-ndigits+1); bring it to dscale, cutting off.
	exp := (weight - int32(ndigits) + 1) * decDigits
	if exp >= 0 {
		n.v.Mul(&n.v, pow10(exp))
	} else {
		n.scale = -exp
	}
	if n.scale > int32(dscale) {
		n = n.trunc(int32(dscale))
	} else {
		n = n.round(int32(dscale))
	}
	n, err := n.check()
	if err != nil {
		return nil, err
	}
	return n.applyTypmod(typmod)
}
