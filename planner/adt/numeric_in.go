package adt

import (
	"bytes"
	"math"
	"math/big"
	"strings"
)

// parseNumeric reads a numeric as numeric_in does without a type modifier.
func parseNumeric(orig string) (*Numeric, error) {
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

// decimal is a number that is being read (set_var_from_str).
type decimal struct {
	s           string
	i           int    // the next character
	small       uint64 // the digits while they fit
	buf         []byte // all digits once they do not
	count       int    // of digits
	significant int    // of digits from the first that is not 0 on
	scale       int64
}

// fitting is how many digits always fit into decimal.small.
const fitting = 18

// parseDecimal reads a number with nothing after it.
func parseDecimal(orig, s string, neg bool) (*Numeric, error) {
	d := decimal{s: s}
	if !d.mantissa() {
		return nil, invalidInput("numeric", orig)
	}
	exp, ok, err := d.exponent()
	if err != nil {
		return nil, err
	}
	if !ok || d.i < len(s) {
		return nil, invalidInput("numeric", orig)
	}
	d.scale -= exp
	return d.value(neg)
}

// mantissa reads the digits with a point among them, false: there is something wrong with them.
func (d *decimal) mantissa() bool {
	s, point := d.s, d.s[0] == '.'
	if point {
		d.i++
	}
	if d.i >= len(s) || !isDigit(s[d.i]) {
		return false
	}
	for ; d.i < len(s); d.i++ {
		switch c := s[d.i]; {
		case isDigit(c):
			if point {
				d.scale++
			}
			d.digit(c)
		case c == '.':
			if point || d.i+1 < len(s) && s[d.i+1] == '_' {
				return false
			}
			point = true
		case c == '_':
			if d.i+1 >= len(s) || !isDigit(s[d.i+1]) {
				return false
			}
		default:
			return true
		}
	}
	return true
}

func (d *decimal) digit(c byte) {
	if d.significant > 0 || c != '0' {
		d.significant++
	}
	if d.count++; d.count <= fitting {
		d.small = d.small*10 + uint64(c-'0')
	} else if d.significant <= mostDigits {
		if d.buf == nil {
			d.buf = make([]byte, 0, min(len(d.s), mostDigits+fitting))
			d.buf = append(d.buf, formatDigits(d.small, fitting)...)
		}
		d.buf = append(d.buf, c)
	}
}

// exponent reads an exponent, if there is one.
func (d *decimal) exponent() (exp int64, ok bool, err error) {
	s := d.s
	if d.i >= len(s) || s[d.i]|0x20 != 'e' {
		return 0, true, nil
	}
	d.i++
	neg := false
	if d.i < len(s) && (s[d.i] == '-' || s[d.i] == '+') {
		neg = s[d.i] == '-'
		d.i++
	}
	if d.i >= len(s) || !isDigit(s[d.i]) {
		return 0, false, nil
	}
	for ; d.i < len(s) && (isDigit(s[d.i]) || s[d.i] == '_'); d.i++ {
		if s[d.i] == '_' {
			if d.i+1 >= len(s) || !isDigit(s[d.i+1]) {
				return 0, false, nil
			}
		} else if exp = exp*10 + int64(s[d.i]-'0'); exp > math.MaxInt32/2 {
			return 0, false, numericOverflow()
		}
	}
	if neg {
		exp = -exp
	}
	return exp, true, nil
}

// value makes the number, unless it is longer than numbers may be: that is not computed first.
func (d *decimal) value(neg bool) (*Numeric, error) {
	digits := bytes.TrimLeft(d.buf, "0")
	if d.scale > numericDscaleMax || d.significant > mostDigits || len(digits) > 0 && int64(len(digits))-d.scale > numericMaxWeight {
		return nil, numericOverflow()
	}
	r := &Numeric{}
	if d.count <= fitting {
		r.v.SetUint64(d.small)
	} else if len(digits) > 0 {
		r.v.SetMathBigInt(decimalInt(string(digits)))
	}
	if d.scale < 0 {
		if r.v.Sign() != 0 {
			if -d.scale+int64(r.digits()) > numericMaxWeight {
				return nil, numericOverflow()
			}
			r.v.Mul(&r.v, pow10(int32(-d.scale)))
		}
		d.scale = 0
	}
	if neg {
		negate(&r.v)
	}
	r.scale = int32(d.scale)
	return r.check()
}

// digitsAtATime is how many digits big.Int.SetString reads well: the time it takes grows with
// their square.
const digitsAtATime = 1000

// decimalInt reads digits: halves on their own, as many as they are, and puts them together.
func decimalInt(digits string) *big.Int {
	var powers []*big.Int // of 10, to digitsAtATime and twice that each
	for n := digitsAtATime; n < len(digits); n *= 2 {
		p := new(big.Int)
		if len(powers) == 0 {
			p.Exp(big.NewInt(10), big.NewInt(digitsAtATime), nil)
		} else {
			last := powers[len(powers)-1]
			p.Mul(last, last)
		}
		powers = append(powers, p)
	}
	return joinDigits(digits, powers)
}

func joinDigits(digits string, powers []*big.Int) *big.Int {
	z := new(big.Int)
	if len(powers) == 0 {
		z.SetString(digits, 10)
		return z
	}
	k := len(powers) - 1
	low := digitsAtATime << k
	if len(digits) <= low {
		return joinDigits(digits, powers[:k])
	}
	cut := len(digits) - low
	z.Mul(joinDigits(digits[:cut], powers[:k]), powers[k])
	return z.Add(z, joinDigits(digits[cut:], powers[:k]))
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
