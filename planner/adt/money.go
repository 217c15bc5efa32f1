package adt

import (
	"cmp"
	"math"
	"strconv"
	"strings"

	"github.com/jackc/pgerrcode"

	"github.com/flowgres/flowgres/planner/pgerr"
)

// moneyFuncs are the routines of money (PostgreSQL's cash.c), in the C locale:
// dollars with two decimals.
func moneyFuncs() Funcs {
	f := Funcs{
		"cash_in":  In(moneyIn),
		"cash_out": Out(func(_ *Call, dst []byte, m Money) ([]byte, error) { return m.append(dst), nil }),
		"cash_recv": Recv(func(_ *Call, b []byte, _ int32) (Money, error) {
			v, err := recvInt64(b)
			if err == nil {
				err = noMore(b, 8)
			}
			return Money(v), err
		}),
		"cash_send":   Send(func(_ *Call, dst []byte, m Money) ([]byte, error) { return sendInt64(dst, int64(m)), nil }),
		"cash_eq":     P2(func(a, b Money) bool { return a == b }),
		"cash_ne":     P2(func(a, b Money) bool { return a != b }),
		"cash_lt":     P2(func(a, b Money) bool { return a < b }),
		"cash_le":     P2(func(a, b Money) bool { return a <= b }),
		"cash_gt":     P2(func(a, b Money) bool { return a > b }),
		"cash_ge":     P2(func(a, b Money) bool { return a >= b }),
		"cash_cmp":    Cmp(cmp.Compare[Money]),
		"cashlarger":  P2(func(a, b Money) Money { return max(a, b) }),
		"cashsmaller": P2(func(a, b Money) Money { return min(a, b) }),
		"cash_pl": F2(func(a, b Money) (Money, error) {
			r, ok := add64(int64(a), int64(b))
			return moneyOf(r, ok)
		}),
		"cash_mi": F2(func(a, b Money) (Money, error) {
			r, ok := sub64(int64(a), int64(b))
			return moneyOf(r, ok)
		}),
		"cash_div_cash": F2(func(a, b Money) (float64, error) {
			if b == 0 {
				return 0, divisionByZero()
			}
			return float64(a) / float64(b), nil
		}),
		"cash_mul_int2": F2(func(m Money, n int16) (Money, error) { return m.mul(int64(n)) }),
		"cash_mul_int4": F2(func(m Money, n int32) (Money, error) { return m.mul(int64(n)) }),
		"cash_mul_int8": F2(func(m Money, n int64) (Money, error) { return m.mul(n) }),
		"int2_mul_cash": F2(func(n int16, m Money) (Money, error) { return m.mul(int64(n)) }),
		"int4_mul_cash": F2(func(n int32, m Money) (Money, error) { return m.mul(int64(n)) }),
		"int8_mul_cash": F2(func(n int64, m Money) (Money, error) { return m.mul(n) }),
		"cash_div_int2": F2(func(m Money, n int16) (Money, error) { return m.div(int64(n)) }),
		"cash_div_int4": F2(func(m Money, n int32) (Money, error) { return m.div(int64(n)) }),
		"cash_div_int8": F2(func(m Money, n int64) (Money, error) { return m.div(n) }),
		"cash_mul_flt4": F2(func(m Money, n float32) (Money, error) { return m.mulFloat(float64(n)) }),
		"cash_mul_flt8": F2(Money.mulFloat),
		"flt4_mul_cash": F2(func(n float32, m Money) (Money, error) { return m.mulFloat(float64(n)) }),
		"flt8_mul_cash": F2(func(n float64, m Money) (Money, error) { return m.mulFloat(n) }),
		"cash_div_flt4": F2(func(m Money, n float32) (Money, error) { return m.divFloat(float64(n)) }),
		"cash_div_flt8": F2(Money.divFloat),
		"cash_numeric":  P1(func(m Money) *Numeric { return numericScaled(int64(m), 2) }),
		"numeric_cash":  F1(numericMoney),
		"int4_cash":     F1(func(n int32) (Money, error) { return Money(n).mul(100) }),
		"int8_cash": F1(func(n int64) (Money, error) {
			v, err := intMul[int64, int64, int64](n, 100)
			return Money(v), err
		}),
		"cash_words": P1(Money.words),
	}
	return f
}

func moneyOf(v int64, ok bool) (Money, error) {
	if !ok {
		return 0, outOfRange("money")
	}
	return Money(v), nil
}

func (m Money) mul(n int64) (Money, error) {
	r, ok := mul64(int64(m), n)
	return moneyOf(r, ok)
}

func (m Money) div(n int64) (Money, error) {
	if n == 0 {
		return 0, divisionByZero()
	}
	if n == -1 {
		return moneyOf(int64(-m), m != math.MinInt64)
	}
	return m / Money(n), nil
}

func (m Money) mulFloat(f float64) (Money, error) {
	r, err := floatMul(float64(m), f)
	if err != nil {
		return 0, err
	}
	return moneyFromFloat(r)
}

func (m Money) divFloat(f float64) (Money, error) {
	r, err := floatDiv(float64(m), f)
	if err != nil {
		return 0, err
	}
	return moneyFromFloat(r)
}

func moneyFromFloat(f float64) (Money, error) {
	f = math.RoundToEven(f)
	if !(f >= math.MinInt64 && f < math.MaxInt64) {
		return 0, outOfRange("money")
	}
	return Money(f), nil
}

// append writes $1,234.56.
func (m Money) append(dst []byte) []byte {
	u := uint64(m)
	if m < 0 {
		dst = append(dst, '-')
		u = -u
	}
	dst = append(dst, '$')
	whole := strconv.AppendUint(nil, u/100, 10)
	for i, c := range whole {
		if i > 0 && (len(whole)-i)%3 == 0 {
			dst = append(dst, ',')
		}
		dst = append(dst, c)
	}
	dst = append(dst, '.')
	return append2(dst, int(u%100))
}

// moneyIn reads an amount: a sign or parentheses, a dollar sign, digits with
// commas, a point and decimals, rounded to cents.
func moneyIn(_ *Call, orig string, _ int32) (Money, error) {
	s := orig
	space := func() {
		for s != "" && isSpace(s[0]) {
			s = s[1:]
		}
	}
	dollar := func() { s = strings.TrimPrefix(s, "$") }
	neg := false
	space()
	dollar()
	space()
	switch {
	case strings.HasPrefix(s, "-"):
		neg, s = true, s[1:]
	case strings.HasPrefix(s, "("):
		neg, s = true, s[1:]
	case strings.HasPrefix(s, "+"):
		s = s[1:]
	}
	space()
	dollar()
	space()
	// Negative amounts reach further, so the value is built below zero.
	value := int64(0)
	dec, seenDot := 0, false
	add := func(d int64) bool {
		var ok bool
		if value, ok = mul64(value, 10); ok {
			value, ok = sub64(value, d)
		}
		return ok
	}
	for ; s != ""; s = s[1:] {
		switch c := s[0]; {
		case isDigit(c) && (!seenDot || dec < 2):
			if !add(int64(c - '0')) {
				return 0, inputRange("money", orig)
			}
			if seenDot {
				dec++
			}
			continue
		case c == '.' && !seenDot:
			seenDot = true
			continue
		case c == ',':
			continue
		}
		break
	}
	if s != "" && isDigit(s[0]) && s[0] >= '5' {
		var ok bool
		if value, ok = sub64(value, 1); !ok {
			return 0, inputRange("money", orig)
		}
	}
	for ; dec < 2; dec++ {
		if !add(0) {
			return 0, inputRange("money", orig)
		}
	}
	for s != "" && isDigit(s[0]) {
		s = s[1:]
	}
	for s != "" {
		switch c := s[0]; {
		case isSpace(c) || c == ')':
			s = s[1:]
		case c == '-':
			neg, s = true, s[1:]
		case c == '+':
			s = s[1:]
		case c == '$':
			s = s[1:]
		default:
			return 0, invalidInput("money", orig)
		}
	}
	if !neg {
		if value == math.MinInt64 {
			return 0, inputRange("money", orig)
		}
		value = -value
	}
	return Money(value), nil
}

func numericMoney(n *Numeric) (Money, error) {
	switch n.form {
	case numericNaN:
		return 0, pgerr.New(pgerrcode.FeatureNotSupported, "cannot convert NaN to %s", "bigint")
	case numericInf, numericNegInf:
		return 0, pgerr.New(pgerrcode.FeatureNotSupported, "cannot convert infinity to %s", "bigint")
	}
	r := n.round(2)
	if !r.v.IsInt64() {
		return 0, outOfRange("bigint")
	}
	return Money(r.v.Int64()), nil
}

// words writes an amount in English.
func (m Money) words() string {
	u := uint64(m)
	var b strings.Builder
	if m < 0 {
		b.WriteString("minus ")
		u = -u
	}
	cents, rest := u%100, u/100
	dollars := rest
	for _, p := range []struct {
		div  uint64
		name string
	}{{1e15, "quadrillion"}, {1e12, "trillion"}, {1e9, "billion"}, {1e6, "million"}, {1e3, "thousand"}} {
		if n := rest / p.div; n > 0 {
			b.WriteString(numberWords(n%1000) + " " + p.name + " ")
		}
		rest %= p.div
	}
	if rest > 0 {
		b.WriteString(numberWords(rest))
	}
	if dollars == 0 {
		b.WriteString("zero")
	}
	if dollars == 1 {
		b.WriteString(" dollar and ")
	} else {
		b.WriteString(" dollars and ")
	}
	b.WriteString(numberWords(cents))
	if cents == 1 {
		b.WriteString(" cent")
	} else {
		b.WriteString(" cents")
	}
	s := b.String()
	return strings.ToUpper(s[:1]) + s[1:]
}

// numberWords writes a number below 1000.
func numberWords(n uint64) string {
	small := []string{
		"zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve",
		"thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen",
	}
	tens := []string{"", "", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"}
	two := func(n uint64) string {
		if n < 20 {
			return small[n]
		}
		if n%10 == 0 {
			return tens[n/10]
		}
		return tens[n/10] + " " + small[n%10]
	}
	switch {
	case n < 100:
		return two(n)
	case n%100 == 0:
		return small[n/100] + " hundred"
	case n%100 > 10:
		return small[n/100] + " hundred " + two(n%100)
	}
	return small[n/100] + " hundred and " + two(n%100)
}
