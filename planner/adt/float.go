package adt

import (
	"encoding/binary"
	"math"
	"math/big"
	"strconv"
	"strings"

	"github.com/jackc/pgerrcode"

	"github.com/flowgres/flowgres/planner/pgerr"
)

// float is the Go types of float4 and float8.
type float interface{ float32 | float64 }

// floatIO are the input and output routines of float4 and float8.
func floatIO() Funcs {
	return Funcs{
		"float4in": In(func(_ *Call, s string, _ int32) (float32, error) {
			v, err := parseFloat(s, 32, "real")
			return float32(v), err
		}),
		"float8in": In(func(_ *Call, s string, _ int32) (float64, error) { return parseFloat(s, 64, "double precision") }),
		"float4out": Out(func(c *Call, dst []byte, v float32) ([]byte, error) {
			return appendFloat(dst, float64(v), 32, c.Env), nil
		}),
		"float8out": Out(func(c *Call, dst []byte, v float64) ([]byte, error) { return appendFloat(dst, v, 64, c.Env), nil }),
		"float4recv": Recv(func(_ *Call, b []byte, _ int32) (float32, error) {
			if err := wantBytes(b, 4); err != nil {
				return 0, err
			}
			return math.Float32frombits(binary.BigEndian.Uint32(b)), nil
		}),
		"float8recv": Recv(func(_ *Call, b []byte, _ int32) (float64, error) {
			if err := wantBytes(b, 8); err != nil {
				return 0, err
			}
			return math.Float64frombits(binary.BigEndian.Uint64(b)), nil
		}),
		"float4send": Send(func(_ *Call, dst []byte, v float32) ([]byte, error) {
			return binary.BigEndian.AppendUint32(dst, math.Float32bits(v)), nil
		}),
		"float8send": Send(func(_ *Call, dst []byte, v float64) ([]byte, error) { return appendFloat8(dst, v), nil }),
	}
}

// appendFloat8 appends the binary form of a number (pq_sendfloat8).
func appendFloat8(dst []byte, v float64) []byte {
	bits := math.Float64bits(v)
	if bits&math.MaxInt64 == goNaN {
		bits &^= 1
	}
	return binary.BigEndian.AppendUint64(dst, bits)
}

// goNaN is math.NaN(), which C's NaN is not. Those that the processor makes are the same, with
// their sign.
const goNaN = 0x7ff8<<48 | 1

// scanFloat gives the length of the number that C's strtod would read at the
// start of s (no white space), and its kind: 'n' decimal, 'x' hexadecimal, 'i'
// infinity, 'a' NaN, 0 none.
func scanFloat(s string) (n int, kind byte) {
	i := 0
	if i < len(s) && (s[i] == '+' || s[i] == '-') {
		i++
	}
	word := func(w string) bool { return len(s)-i >= len(w) && strings.EqualFold(s[i:i+len(w)], w) }
	switch {
	case word("infinity"):
		return i + 8, 'i'
	case word("inf"):
		return i + 3, 'i'
	case word("nan"):
		i += 3
		if i < len(s) && s[i] == '(' { // nan(n-char-sequence)
			j := i + 1
			for j < len(s) && (isDigit(s[j]) || isAlpha(s[j]) || s[j] == '_') {
				j++
			}
			if j < len(s) && s[j] == ')' {
				i = j + 1
			}
		}
		return i, 'a'
	}
	base, exp := uint64(10), byte('e')
	kind = 'n'
	if i+2 < len(s) && s[i] == '0' && s[i+1]|0x20 == 'x' &&
		(digitValue(s[i+2]) < 16 || s[i+2] == '.' && i+3 < len(s) && digitValue(s[i+3]) < 16) {
		base, exp, kind = 16, 'p', 'x'
		i += 2
	}
	digits := 0
	for ; i < len(s) && digitValue(s[i]) < base; i++ {
		digits++
	}
	if i < len(s) && s[i] == '.' {
		i++
		for ; i < len(s) && digitValue(s[i]) < base; i++ {
			digits++
		}
	}
	if digits == 0 {
		return 0, 0
	}
	if i < len(s) && s[i]|0x20 == exp {
		j := i + 1
		if j < len(s) && (s[j] == '+' || s[j] == '-') {
			j++
		}
		if j < len(s) && isDigit(s[j]) {
			for j < len(s) && isDigit(s[j]) {
				j++
			}
			i = j
		}
	}
	return i, kind
}

// parseFloat reads a float as float8in does; the whole text must be the
// number, white space around it aside.
func parseFloat(orig string, bits int, typ string) (float64, error) {
	v, rest, err := readFloat(orig, bits, typ, typ, orig)
	if err == nil && rest != "" {
		return 0, invalidInput(typ, orig)
	}
	return v, err
}

// readFloat reads the float at the start of s and the white space around it
// (float8in_internal). When there is none, orig is no value of type whole.
func readFloat(s string, bits int, typ, whole, orig string) (v float64, rest string, err error) {
	for s != "" && isSpace(s[0]) {
		s = s[1:]
	}
	n, kind := scanFloat(s)
	num, rest := s[:n], s[n:]
	switch kind {
	case 0:
		return 0, "", invalidInput(whole, orig)
	case 'a':
		if v = math.NaN(); num[0] == '-' {
			v = -v
		}
	case 'i':
		v = math.Inf(1)
		if num[0] == '-' {
			v = math.Inf(-1)
		}
	default:
		text := num
		if kind == 'x' && !strings.ContainsAny(text, "pP") {
			text += "p0"
		}
		v, err = strconv.ParseFloat(text, bits)
		if err != nil || v == 0 && !zeroMantissa(num) {
			return 0, "", pgerr.New(pgerrcode.NumericValueOutOfRange, "\"%s\" is out of range for type %s", num, typ)
		}
	}
	for rest != "" && isSpace(rest[0]) {
		rest = rest[1:]
	}
	return v, rest, nil
}

// zeroMantissa tells whether a number's digits before any exponent are all zero.
func zeroMantissa(num string) bool {
	hex := strings.ContainsAny(num, "xX")
	for i := range len(num) {
		c := num[i]
		if !hex && c|0x20 == 'e' || hex && c|0x20 == 'p' {
			break
		}
		if d := digitValue(c); d != 0 && d < 16 {
			return false
		}
	}
	return true
}

// appendFloat writes a float as float8out does: with extra_float_digits above 0
// the shortest text that reads back the same, else so many significant digits.
func appendFloat(dst []byte, v float64, bits int, env *Env) []byte {
	switch {
	case math.IsNaN(v):
		return append(dst, "NaN"...)
	case math.IsInf(v, 1):
		return append(dst, "Infinity"...)
	case math.IsInf(v, -1):
		return append(dst, "-Infinity"...)
	}
	if env != nil && env.ExtraFloatDigits <= 0 {
		digits := 15
		if bits == 32 {
			digits = 6
		}
		return appendG(dst, v, max(1, digits+env.ExtraFloatDigits))
	}
	return appendShortest(dst, v, bits)
}

// appendShortest writes the shortest text that reads back as v, laid out as %g
// with the type's decimal precision would.
func appendShortest(dst []byte, v float64, bits int) []byte {
	abs := math.Abs(v)
	low, high := 1e-4, 1e15
	if bits == 32 {
		low, high = float64(float32(1e-4)), 1e6
	}
	format := byte('f')
	if abs != 0 && (abs < low || abs >= high) {
		format = 'e'
	}
	start := len(dst)
	dst = strconv.AppendFloat(dst, v, format, -1, bits)
	if abs < 1e41 && (abs > 1e14 || bits == 32 && abs > 1e4) && onRoundingBound(string(dst[start:]), v, bits) {
		// PostgreSQL's Ryu does not use texts that read back right only thanks to
		// rounding half to even, such as 1e+23.
		for prec := 0; ; prec++ {
			dst = strconv.AppendFloat(dst[:start], v, 'e', prec, bits)
			text := string(dst[start:])
			if back, _ := strconv.ParseFloat(text, bits); back == v && !onRoundingBound(text, v, bits) {
				if format == 'f' {
					dst = strconv.AppendFloat(dst[:start], v, 'f', max(0, prec-int(math.Floor(math.Log10(abs)))), bits)
				}
				break
			}
		}
	}
	return dst
}

// onRoundingBound tells whether text lies exactly between v and a neighbour.
func onRoundingBound(text string, v float64, bits int) bool {
	var even bool
	if bits == 32 {
		even = math.Float32bits(float32(v))&1 == 0
	} else {
		even = math.Float64bits(v)&1 == 0
	}
	if !even {
		return false
	}
	// A text of few digits is v itself, which the common case settles cheaply.
	abs := math.Abs(v)
	if abs < 1<<53 && abs == math.Trunc(abs) && bits == 64 {
		return false
	}
	d, _, err := big.ParseFloat(strings.TrimPrefix(text, "-"), 10, 400, big.ToNearestEven)
	if err != nil {
		return false
	}
	for _, to := range []float64{0, math.Inf(1)} {
		var next float64
		if bits == 32 {
			next = float64(math.Nextafter32(float32(abs), float32(to)))
		} else {
			next = math.Nextafter(abs, to)
		}
		if math.IsInf(next, 0) {
			continue
		}
		mid := new(big.Float).SetPrec(400).Add(big.NewFloat(abs).SetPrec(400), big.NewFloat(next))
		mid.Quo(mid, big.NewFloat(2))
		if mid.Cmp(d) == 0 {
			return true
		}
	}
	return false
}

// appendG writes v as C's %.*g does.
func appendG(dst []byte, v float64, digits int) []byte {
	start := len(dst)
	dst = strconv.AppendFloat(dst, v, 'e', digits-1, 64)
	text := string(dst[start:])
	e := strings.IndexByte(text, 'e')
	exp, _ := strconv.Atoi(text[e+1:])
	trim := func(b []byte) []byte {
		if strings.IndexByte(string(b[start:]), '.') < 0 {
			return b
		}
		for b[len(b)-1] == '0' {
			b = b[:len(b)-1]
		}
		if b[len(b)-1] == '.' {
			b = b[:len(b)-1]
		}
		return b
	}
	if exp < -4 || exp >= digits {
		dst = trim(dst[:start+e])
		return append(dst, text[e:]...)
	}
	return trim(strconv.AppendFloat(dst[:start], v, 'f', digits-1-exp, 64))
}
