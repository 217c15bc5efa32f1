package adt

import (
	"strconv"
	"strings"
)

// formattingFuncs are to_char, to_number, to_date and to_timestamp
// (PostgreSQL's formatting.c).
func formattingFuncs() Funcs {
	return Funcs{
		"timestamp_to_char": Raw(func(c *Call, a []Datum) (Datum, error) {
			t, f := a[0].(Timestamp), a[1].(string)
			if f == "" || !finite(int64(t)) {
				return nil, nil
			}
			b := t.split()
			return dateToChar(c, &b, f, false)
		}),
		"timestamptz_to_char": Raw(func(c *Call, a []Datum) (Datum, error) {
			t, f := a[0].(TimestampTZ), a[1].(string)
			if f == "" || !finite(int64(t)) {
				return nil, nil
			}
			b := t.splitIn(c.Env.zone())
			return dateToChar(c, &b, f, false)
		}),
		"interval_to_char": Raw(func(c *Call, a []Datum) (Datum, error) {
			f := a[1].(string)
			if f == "" {
				return nil, nil
			}
			v := a[0].(Interval).split()
			b := tm{year: int(v.year), mon: int(v.mon), mday: int(v.day), hour: int(v.hour), min: int(v.min), sec: int(v.sec), fsec: int(v.usec)}
			return dateToChar(c, &b, f, true)
		}),
		"int4_to_char":      C2(func(c *Call, v int32, f string) (string, error) { return intToChar(c, int64(v), f, false) }),
		"int8_to_char":      C2(func(c *Call, v int64, f string) (string, error) { return intToChar(c, v, f, true) }),
		"float4_to_char":    C2(func(c *Call, v float32, f string) (string, error) { return floatToChar(c, float64(v), f, 6) }),
		"float8_to_char":    C2(func(c *Call, v float64, f string) (string, error) { return floatToChar(c, v, f, 15) }),
		"numeric_to_char":   C2(numericToChar),
		"numeric_to_number": Raw(numericToNumber),
		"to_timestamp":      C2(toTimestamp),
		"to_date":           C2(toDate),
	}
}

// formatNode is one element of a format: a pattern, or a character to copy.
type formatNode struct {
	key   string // the pattern in upper case, "" for a character
	lower bool   // written in lower case
	title bool   // Day, Month, …
	text  string
	kind  byte // of a character: 's' separator, ' ' space, 'c' other
	fm    bool
	tm    bool
	th    byte // 't', 'T' or 0
}

// ordinal is the ending of a number: st, nd, rd or th.
func ordinal(num string, upper bool) string {
	end := "th"
	if n := len(num); n > 0 && !(n > 1 && num[n-2] == '1') {
		switch num[n-1] {
		case '1':
			end = "st"
		case '2':
			end = "nd"
		case '3':
			end = "rd"
		}
	}
	if upper {
		return strings.ToUpper(end)
	}
	return end
}

// zeroPad is C's %0*d.
func zeroPad(v int64, width int) string {
	var number, out [24]byte
	digits := strconv.AppendInt(number[:0], v, 10)
	b := out[:0]
	if v < 0 {
		b, digits = append(b, '-'), digits[1:]
	}
	for n := width - len(b) - len(digits); n > 0; n-- {
		b = append(b, '0')
	}
	return string(append(b, digits...))
}
