package adt

import (
	"strconv"
	"strings"
	"unicode/utf8"
	"unsafe"

	"github.com/jackc/pgerrcode"

	"github.com/flowgres/flowgres/planner/pgerr"
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

// dateKeys are the patterns of dates and times, each before its own prefixes.
var dateKeys = []string{
	"A.D.", "A.M.", "AD", "AM", "B.C.", "BC", "CC", "DAY", "DDD", "DD", "DY", "D", "FF1", "FF2", "FF3", "FF4", "FF5", "FF6", "FX",
	"HH24", "HH12", "HH", "IDDD", "ID", "IW", "IYYY", "IYY", "IY", "I", "J", "MI", "MM", "MONTH", "MON", "MS", "OF", "P.M.", "PM",
	"Q", "RM", "SSSSS", "SSSS", "SS", "TZH", "TZM", "TZ", "US", "WW", "W", "Y,YYY", "YYYY", "YYY", "YY", "Y",
}

var numberKeys = []string{
	",", ".", "0", "9", "B", "C", "D", "EEEE", "FM", "G", "L", "MI", "PL", "PR", "RN", "SG", "SP", "S", "TH", "V",
}

var titleKeys = []string{"Day", "Dy", "Month", "Mon"}

// matchKey finds the pattern at the start of s, in upper or lower case (a few
// also capitalised).
func matchKey(s string, keys []string) (n formatNode, size int) {
	if len(keys) == len(dateKeys) {
		for _, k := range titleKeys {
			if strings.HasPrefix(s, k) {
				return formatNode{key: strings.ToUpper(k), title: true}, len(k)
			}
		}
	}
	for _, k := range keys {
		if len(s) < len(k) || s[0]|0x20 != k[0]|0x20 {
			continue
		}
		switch s[:len(k)] {
		case k:
			return formatNode{key: k}, len(k)
		case strings.ToLower(k):
			return formatNode{key: k, lower: true}, len(k)
		}
	}
	return formatNode{}, 0
}

// parsedFormat is what a call keeps of its last format.
type parsedFormat struct {
	text  string
	nodes []formatNode
}

// format is parseFormat with memory: a call has the same format as a rule.
func (c *Call) format(s string, keys []string) ([]formatNode, error) {
	if p, _ := c.Memo.(*parsedFormat); p != nil && p.text == s {
		return p.nodes, nil
	}
	nodes, err := parseFormat(c.Env, s, keys)
	if err != nil {
		return nil, err
	}
	c.Memo = &parsedFormat{s, nodes}
	return nodes, nil
}

// parseFormat breaks a format into nodes (parse_format).
func parseFormat(env *Env, s string, keys []string) ([]formatNode, error) {
	var out []formatNode
	work := env.work()
	dates := len(keys) == len(dateKeys)
	char := func(kind byte) {
		_, size := utf8.DecodeRuneInString(s)
		out = append(out, formatNode{text: s[:size], kind: kind})
		s = s[size:]
	}
	for s != "" {
		if err := work.grown(100, cap(out)*int(unsafe.Sizeof(formatNode{}))); err != nil {
			return nil, err
		}
		var mod formatNode
		if dates && len(s) >= 2 {
			switch s[:2] {
			case "FM", "fm":
				mod.fm, s = true, s[2:]
			case "TM", "tm":
				mod.tm, s = true, s[2:]
			}
		}
		if s == "" {
			break
		}
		if n, size := matchKey(s, keys); size > 0 {
			s = s[size:]
			n.fm, n.tm = mod.fm, mod.tm
			if dates && len(s) >= 2 {
				switch s[:2] {
				case "TH":
					n.th, s = 'T', s[2:]
				case "th":
					n.th, s = 't', s[2:]
				case "SP":
					s = s[2:]
				}
			}
			out = append(out, n)
			continue
		}
		if s[0] == '"' {
			for s = s[1:]; s != ""; {
				if err := work.grown(10, cap(out)*int(unsafe.Sizeof(formatNode{}))); err != nil {
					return nil, err
				}
				if s[0] == '"' {
					s = s[1:]
					break
				}
				if s[0] == '\\' && len(s) > 1 {
					s = s[1:]
				}
				char('c')
			}
			continue
		}
		if len(s) > 1 && s[0] == '\\' && s[1] == '"' {
			s = s[1:]
		}
		switch c := s[0]; {
		case dates && c > ' ' && c < 0x7f && !isAlpha(c) && !isDigit(c):
			char('s')
		case isSpace(c):
			char(' ')
		default:
			char('c')
		}
	}
	return out, nil
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

var fullMonths = [12]string{"January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"}

var fullDays = [7]string{"Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"}

var romanMonths = [12]string{"XII", "XI", "X", "IX", "VIII", "VII", "VI", "V", "IV", "III", "II", "I"}

// cased writes a word as its pattern is written.
func (n formatNode) cased(word string) string {
	switch {
	case n.lower:
		return strings.ToLower(word)
	case n.title:
		return word
	}
	return strings.ToUpper(word)
}

// padRight pads a word, unless in fill mode.
func (n formatNode) padRight(word string, width int) string {
	if n.fm || n.tm || len(word) >= width {
		return word
	}
	return word + strings.Repeat(" ", width-len(word))
}

// dateToChar writes a time by a format (DCH_to_char).
func dateToChar(c *Call, t *tm, format string, interval bool) (Datum, error) {
	nodes, err := c.format(format, dateKeys)
	if err != nil {
		return nil, err
	}
	if interval {
		t.yday = (t.year*12+t.mon)*daysPerMonth + t.mday
	} else {
		j := date2j(t.year, t.mon, t.mday)
		t.wday, t.yday = j2day(j), j-date2j(t.year, 1, 1)+1
	}
	var b strings.Builder
	work := c.work()
	for _, n := range nodes {
		if err := work.grown(50, b.Len()); err != nil {
			return nil, err
		}
		if n.key == "" {
			b.WriteString(n.text)
			continue
		}
		if interval && calendarKey[n.key] {
			return nil, pgerr.New(pgerrcode.InvalidDatetimeFormat, "invalid format specification for an interval value").
				Hintf("Intervals are not tied to specific calendar dates.")
		}
		s := n.date(t, interval)
		if n.th != 0 && s != "" && isDigit(s[len(s)-1]) && ordinalKey[n.key] {
			s += ordinal(s, n.th == 'T')
		}
		b.WriteString(s)
	}
	return b.String(), nil
}

// calendarKey are the patterns that intervals do not have; ordinalKey those
// that take TH.
var calendarKey = map[string]bool{
	"TZ": true, "TZH": true, "TZM": true, "OF": true, "A.D.": true, "B.C.": true, "AD": true, "BC": true, "MONTH": true, "MON": true,
	"DAY": true, "DY": true, "D": true, "ID": true,
}

var ordinalKey = map[string]bool{
	"HH24": true, "HH12": true, "HH": true, "MI": true, "SS": true, "MS": true, "US": true, "FF1": true, "FF2": true, "FF3": true,
	"FF4": true, "FF5": true, "FF6": true, "SSSS": true, "SSSSS": true, "MM": true, "DDD": true, "IDDD": true, "DD": true, "D": true,
	"ID": true, "WW": true, "IW": true, "Q": true, "CC": true, "Y,YYY": true, "YYYY": true, "IYYY": true, "YYY": true, "IYY": true,
	"YY": true, "IY": true, "Y": true, "I": true, "W": true, "J": true,
}

// date writes one pattern.
func (n formatNode) date(t *tm, interval bool) string {
	num := func(v, width int) string {
		if n.fm {
			width = 0
		} else if v < 0 {
			width++
		}
		return zeroPad(int64(v), width)
	}
	// wide pads by the sign of another number, as the hour's sign pads HH12.
	wide := func(v, sign, width int) string {
		if n.fm {
			width = 0
		} else if sign < 0 {
			width++
		}
		return zeroPad(int64(v), width)
	}
	plain := func(v, width int) string {
		if n.fm {
			width = 0
		}
		return zeroPad(int64(v), width)
	}
	year := t.year
	iso := func() int { return isoYear(t.year, t.mon, t.mday) }
	adjust := func(y int) int {
		if !interval && y <= 0 {
			return -(y - 1)
		}
		return y
	}
	switch n.key {
	case "A.M.", "P.M.":
		if t.hour%24 >= 12 {
			return n.cased("P.M.")
		}
		return n.cased("A.M.")
	case "AM", "PM":
		if t.hour%24 >= 12 {
			return n.cased("PM")
		}
		return n.cased("AM")
	case "HH", "HH12":
		h := t.hour % 12
		if h == 0 {
			h = 12
		}
		return wide(h, t.hour, 2)
	case "HH24":
		return num(t.hour, 2)
	case "MI":
		return num(t.min, 2)
	case "SS":
		return num(t.sec, 2)
	case "FF1", "FF2", "FF3", "FF4", "FF5", "FF6":
		digits := int(n.key[2] - '0')
		v := t.fsec
		for range 6 - digits {
			v /= 10
		}
		return zeroPad(int64(v), digits)
	case "MS":
		return zeroPad(int64(t.fsec/1000), 3)
	case "US":
		return zeroPad(int64(t.fsec), 6)
	case "SSSS", "SSSSS":
		return itoa(int64(t.hour)*3600 + int64(t.min)*60 + int64(t.sec))
	case "TZ":
		if n.lower {
			return strings.ToLower(t.zone)
		}
		return t.zone
	case "TZH", "TZM", "OF":
		abs, sign := t.gmtoff, "+"
		if abs < 0 {
			abs, sign = -abs, "-"
		}
		switch n.key {
		case "TZH":
			return sign + zeroPad(int64(abs/3600), 2)
		case "TZM":
			return zeroPad(int64(abs%3600/60), 2)
		}
		s := sign + plain(abs/3600, 2)
		if abs%3600 != 0 {
			s += ":" + zeroPad(int64(abs%3600/60), 2)
		}
		return s
	case "A.D.", "B.C.":
		if year <= 0 {
			return n.cased("B.C.")
		}
		return n.cased("A.D.")
	case "AD", "BC":
		if year <= 0 {
			return n.cased("BC")
		}
		return n.cased("AD")
	case "MONTH":
		if t.mon == 0 {
			return ""
		}
		return n.padRight(n.cased(fullMonths[t.mon-1]), 9)
	case "MON":
		if t.mon == 0 {
			return ""
		}
		return n.cased(monthNames[t.mon-1])
	case "MM":
		return num(t.mon, 2)
	case "DAY":
		return n.padRight(n.cased(fullDays[t.wday]), 9)
	case "DY":
		return n.cased(dayNames[t.wday])
	case "DDD":
		return plain(t.yday, 3)
	case "IDDD":
		return plain(isoYearDay(t.year, t.mon, t.mday), 3)
	case "DD":
		return plain(t.mday, 2)
	case "D":
		return itoa(int64(t.wday + 1))
	case "ID":
		if t.wday == 0 {
			return "7"
		}
		return itoa(int64(t.wday))
	case "WW":
		return plain((t.yday-1)/7+1, 2)
	case "IW":
		return plain(isoWeek(t.year, t.mon, t.mday), 2)
	case "Q":
		if t.mon == 0 {
			return ""
		}
		return itoa(int64((t.mon-1)/3 + 1))
	case "CC":
		c := year / 100
		if !interval {
			if year > 0 {
				c = (year-1)/100 + 1
			} else {
				c = year/100 - 1
			}
		}
		if c <= 99 && c >= -99 {
			return num(c, 2)
		}
		return itoa(int64(c))
	case "Y,YYY":
		y := adjust(year)
		return itoa(int64(y/1000)) + "," + zeroPad(int64(y-y/1000*1000), 3)
	case "YYYY":
		return num(adjust(year), 4)
	case "IYYY":
		return wide(adjust(iso()), adjust(year), 4)
	case "YYY":
		return wide(adjust(year)%1000, adjust(year), 3)
	case "IYY":
		return wide(adjust(iso())%1000, adjust(year), 3)
	case "YY":
		return wide(adjust(year)%100, adjust(year), 2)
	case "IY":
		return wide(adjust(iso())%100, adjust(year), 2)
	case "Y":
		return wide(adjust(year)%10, adjust(year), 1)
	case "I":
		return wide(adjust(iso())%10, adjust(year), 1)
	case "RM":
		if t.mon == 0 && t.year == 0 {
			return ""
		}
		i := 12 - t.mon
		if t.mon == 0 {
			i = 0
			if t.year < 0 {
				i = 11
			}
		} else if t.mon < 0 {
			i = -(t.mon + 1)
		}
		n.tm = false
		return n.padRight(n.cased(romanMonths[i]), 4)
	case "W":
		return itoa(int64((t.mday-1)/7 + 1))
	case "J":
		return itoa(int64(date2j(t.year, t.mon, t.mday)))
	}
	return "" // FX
}
