package adt

import (
	"math"
	"strconv"
	"strings"
)

func toRoman(v int64) string {
	if v < 1 || v > 3999 {
		return strings.Repeat("#", 15)
	}
	var b strings.Builder
	for _, r := range []struct {
		v int64
		s string
	}{{1000, "M"}, {900, "CM"}, {500, "D"}, {400, "CD"}, {100, "C"}, {90, "XC"}, {50, "L"}, {40, "XL"}, {10, "X"}, {9, "IX"}, {5, "V"}, {4, "IV"}, {1, "I"}} {
		for ; v >= r.v; v -= r.v {
			b.WriteString(r.s)
		}
	}
	return b.String()
}

// notFinite is the exponent format of NaN and infinities.
func (f *numberFormat) notFinite() string {
	return " " + strings.Repeat("#", f.pre) + "." + strings.Repeat("#", f.post+4)
}

// scientific writes a float with an exponent, a space for plus.
func scientific(v float64, digits int) string {
	s := strconv.FormatFloat(v, 'e', digits, 64)
	if s[0] != '-' {
		s = " " + s
	}
	return s
}

func intToChar(c *Call, v int64, format string, big bool) (string, error) {
	f, err := parseNumberFormat(c, format)
	if err != nil || format == "" {
		return "", err
	}
	if f.roman {
		if _, err := narrow[int32](v); err != nil {
			return "", err
		}
		return f.write(toRoman(v), '+', 0)
	}
	if f.eeee {
		if big {
			return f.write(NumericFromInt64(v).scientific(int32(f.post)), '+', 0)
		}
		return f.write(scientific(float64(v), f.post), '+', 0)
	}
	if f.multiply {
		scale := math.Pow(10, float64(f.multi))
		if big {
			var m int64
			if m, err = floatToInt[int64](scale); err == nil {
				v, err = intMul[int64, int64, int64](v, m)
			}
		} else {
			// PostgreSQL multiplies as C does, and so does a factor beyond an int become the least of them.
			m := int32(math.MinInt32)
			if scale <= math.MaxInt32 {
				m = int32(scale)
			}
			v = int64(int32(v) * m)
		}
		if err != nil {
			return "", err
		}
		f.pre += f.multi
	}
	text := itoa(v)
	if f.post > 0 {
		text += "." + strings.Repeat("0", f.post)
	}
	return f.layout(text)
}

func floatToChar(c *Call, v float64, format string, digits int) (string, error) {
	f, err := parseNumberFormat(c, format)
	if err != nil || format == "" {
		return "", err
	}
	if f.roman {
		i := math.RoundToEven(v)
		if !(i >= 1 && i <= 3999) {
			i = 0
		}
		return f.write(toRoman(int64(i)), '+', 0)
	}
	special := math.IsNaN(v) || isInf(v)
	if f.eeee {
		if special {
			return f.write(f.notFinite(), '+', 0)
		}
		return f.write(scientific(v, f.post), '+', 0)
	}
	if f.multiply {
		v *= math.Pow(10, float64(f.multi))
		f.pre += f.multi
	}
	text := func(v float64, post int) string {
		switch {
		case math.IsNaN(v):
			return "NaN"
		case math.IsInf(v, 1):
			return "Infinity"
		case math.IsInf(v, -1):
			return "-Infinity"
		}
		return strconv.FormatFloat(v, 'f', post, 64)
	}
	if n := len(text(math.Abs(v), 0)); n >= digits {
		f.post = 0
	} else if n+f.post > digits {
		f.post = digits - n
	}
	return f.layout(text(v, f.post))
}

// scientific is numeric_out_sci, with a space for plus.
func (n *Numeric) scientific(scale int32) string {
	exp := n.dweight()
	shifted := &Numeric{}
	shifted.v.Set(&n.v)
	if s := n.scale + exp; s >= 0 {
		shifted.scale = s
	} else {
		shifted.v.Mul(&shifted.v, pow10(-s))
	}
	text := shifted.round(scale).String() + "e"
	if exp < 0 {
		text += "-" + zeroPad(int64(-exp), 2)
	} else {
		text += "+" + zeroPad(int64(exp), 2)
	}
	if text[0] != '-' {
		text = " " + text
	}
	return text
}

func numericToChar(c *Call, n *Numeric, format string) (string, error) {
	f, err := parseNumberFormat(c, format)
	if err != nil || format == "" {
		return "", err
	}
	if f.roman {
		v, err := numericToInt[int32](n)
		if err != nil {
			return "", err
		}
		return f.write(toRoman(int64(v)), '+', 0)
	}
	if f.eeee {
		if n.form != numericFinite {
			return f.write(f.notFinite(), '+', 0)
		}
		return f.write(n.scientific(int32(f.post)), '+', 0)
	}
	if f.multiply {
		ten, err := numericPower(NumericFromInt64(10), NumericFromInt64(int64(f.multi)))
		if err == nil {
			n, err = numericMul(n, ten)
		}
		if err != nil {
			return "", err
		}
		f.pre += f.multi
	}
	return f.layout(n.round(int32(f.post)).String())
}
