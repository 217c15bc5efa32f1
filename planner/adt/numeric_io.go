package adt

import (
	"bytes"
	"encoding/binary"
	"math"
	"strings"

	"github.com/cockroachdb/apd/v3"
	"github.com/jackc/pgerrcode"

	"github.com/flowgres/flowgres/planner/pgerr"
)

// numericIO are numeric's input, output and type modifier routines.
func numericIO() Funcs {
	return Funcs{
		"numeric_in": In(func(_ *Call, s string, typmod int32) (*Numeric, error) {
			n, err := ParseNumeric(s)
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

// ParseNumeric reads a numeric as numeric_in does without a type modifier.
func ParseNumeric(orig string) (*Numeric, error) {
	s := trimSpace(orig)
	rest := s
	neg := strings.HasPrefix(rest, "-")
	if neg || strings.HasPrefix(rest, "+") {
		rest = rest[1:]
	}
	if rest == "" {
		return nil, invalidInput("numeric", orig)
	}
	if !isDigit(rest[0]) && rest[0] != '.' {
		switch {
		case strings.EqualFold(s, "nan"):
			return nanNumeric, nil
		case strings.EqualFold(rest, "infinity"), strings.EqualFold(rest, "inf"):
			if neg {
				return negInfNumeric, nil
			}
			return infNumeric, nil
		}
		return nil, invalidInput("numeric", orig)
	}
	if len(rest) > 1 && rest[0] == '0' {
		switch rest[1] {
		case 'x', 'X':
			return parseNonDecimal(orig, rest[2:], 16, neg)
		case 'o', 'O':
			return parseNonDecimal(orig, rest[2:], 8, neg)
		case 'b', 'B':
			return parseNonDecimal(orig, rest[2:], 2, neg)
		}
	}
	return parseDecimal(orig, rest, neg)
}

// mostDigits is how many digits the longest number has.
const mostDigits = numericMaxWeight + numericDscaleMax + 1

// parseDecimal is set_var_from_str, with nothing after the number.
func parseDecimal(orig, s string, neg bool) (*Numeric, error) {
	bad := func() (*Numeric, error) { return nil, invalidInput("numeric", orig) }
	i, n := 0, len(s)
	point := false
	if s[0] == '.' {
		point = true
		i++
	}
	if i >= n || !isDigit(s[i]) {
		return bad()
	}
	var small uint64 // the digits while they fit
	var buf []byte   // all digits once they do not
	scale, count, significant := int64(0), 0, 0
scan:
	for ; i < n; i++ {
		switch c := s[i]; {
		case isDigit(c):
			if point {
				scale++
			}
			if significant > 0 || c != '0' {
				significant++
			}
			if count++; count <= 18 {
				small = small*10 + uint64(c-'0')
			} else if significant <= mostDigits {
				if buf == nil {
					buf = make([]byte, 0, min(n, mostDigits+18))
					buf = append(buf, formatDigits(small, 18)...)
				}
				buf = append(buf, c)
			}
		case c == '.':
			if point || i+1 < n && s[i+1] == '_' {
				return bad()
			}
			point = true
		case c == '_':
			if i+1 >= n || !isDigit(s[i+1]) {
				return bad()
			}
		default:
			break scan
		}
	}
	exp := int64(0)
	if i < n && s[i]|0x20 == 'e' {
		i++
		expNeg := false
		if i < n && (s[i] == '-' || s[i] == '+') {
			expNeg = s[i] == '-'
			i++
		}
		if i >= n || !isDigit(s[i]) {
			return bad()
		}
		for ; i < n; i++ {
			if isDigit(s[i]) {
				if exp = exp*10 + int64(s[i]-'0'); exp > math.MaxInt32/2 {
					return nil, numericOverflow()
				}
			} else if s[i] == '_' {
				if i+1 >= n || !isDigit(s[i+1]) {
					return bad()
				}
			} else {
				break
			}
		}
		if expNeg {
			exp = -exp
		}
	}
	if i < n {
		return bad()
	}
	scale -= exp
	// What is too long is not computed first.
	buf = bytes.TrimLeft(buf, "0")
	if scale > numericDscaleMax || significant > mostDigits || len(buf) > 0 && int64(len(buf))-scale > numericMaxWeight {
		return nil, numericOverflow()
	}
	r := &Numeric{}
	if count <= 18 {
		r.v.SetUint64(small)
	} else if len(buf) > 0 {
		r.v.SetString(string(buf), 10)
	}
	if scale < 0 {
		if r.v.Sign() != 0 {
			if -scale+int64(r.digits()) > numericMaxWeight {
				return nil, numericOverflow()
			}
			r.v.Mul(&r.v, pow10(int32(-scale)))
		}
		scale = 0
	}
	if neg {
		negate(&r.v)
	}
	r.scale = int32(scale)
	return r.check()
}

func formatDigits(v uint64, width int) []byte {
	b := make([]byte, width)
	for i := width - 1; i >= 0; i-- {
		b[i] = '0' + byte(v%10)
		v /= 10
	}
	return b
}

func parseNonDecimal(orig, s string, base int, neg bool) (*Numeric, error) {
	for i := range len(s) {
		if s[i] == '_' {
			if i+1 < len(s) && digitValue(s[i+1]) < uint64(base) {
				continue
			}
		} else if digitValue(s[i]) < uint64(base) {
			continue
		}
		return nil, invalidInput("numeric", orig)
	}
	r := &Numeric{}
	digits := strings.ReplaceAll(s, "_", "")
	if trimmed := strings.TrimLeft(digits, "0"); len(trimmed) > 4*numericMaxWeight {
		return nil, numericOverflow() // rather than compute it first
	}
	if _, ok := r.v.SetString(digits, base); !ok {
		return nil, invalidInput("numeric", orig)
	}
	if neg {
		negate(&r.v)
	}
	return r.check()
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
	if err := wantBytes(b, 8+2*ndigits); err != nil {
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
