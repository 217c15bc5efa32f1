package adt

import (
	"strings"

	"github.com/jackc/pgerrcode"

	"github.com/flowgres/flowgres/planner/pgerr"
)

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

// number writes a number of so many digits, and its sign.
func (n formatNode) number(v, width int) string { return n.signed(v, v, width) }

// unsigned writes a number of so many characters.
func (n formatNode) unsigned(v, width int) string { return n.signed(v, 0, width) }

// signed is number where another number's sign counts, as the hour's does for
// HH12.
func (n formatNode) signed(v, sign, width int) string {
	if n.fm {
		width = 0
	} else if sign < 0 {
		width++
	}
	return zeroPad(int64(v), width)
}

// date writes one pattern; FX writes nothing.
func (n formatNode) date(t *tm, interval bool) string {
	for _, write := range [...]func(formatNode, *tm) (string, bool){formatNode.clock, formatNode.zone, formatNode.day} {
		if s, ok := write(n, t); ok {
			return s
		}
	}
	return n.year(t, interval)
}

// clock writes the patterns of the time of day.
func (n formatNode) clock(t *tm) (s string, ok bool) {
	switch n.key {
	case "A.M.", "P.M.":
		return n.cased(pick(t.hour%24 >= 12, "P.M.", "A.M.")), true
	case "AM", "PM":
		return n.cased(pick(t.hour%24 >= 12, "PM", "AM")), true
	case "HH", "HH12":
		h := t.hour % 12
		if h == 0 {
			h = 12
		}
		return n.signed(h, t.hour, 2), true
	case "HH24":
		return n.number(t.hour, 2), true
	case "MI":
		return n.number(t.min, 2), true
	case "SS":
		return n.number(t.sec, 2), true
	case "FF1", "FF2", "FF3", "FF4", "FF5", "FF6":
		digits := int(n.key[2] - '0')
		v := t.fsec
		for range 6 - digits {
			v /= 10
		}
		return zeroPad(int64(v), digits), true
	case "MS":
		return zeroPad(int64(t.fsec/1000), 3), true
	case "US":
		return zeroPad(int64(t.fsec), 6), true
	case "SSSS", "SSSSS":
		return itoa(int64(t.hour)*3600 + int64(t.min)*60 + int64(t.sec)), true
	}
	return "", false
}

// zone writes the patterns of time zones.
func (n formatNode) zone(t *tm) (s string, ok bool) {
	abs, sign := t.gmtoff, "+"
	if abs < 0 {
		abs, sign = -abs, "-"
	}
	minutes := func() string { return zeroPad(int64(abs%3600/60), 2) }
	switch n.key {
	case "TZ":
		return pick(n.lower, strings.ToLower(t.zone), t.zone), true
	case "TZH":
		return sign + zeroPad(int64(abs/3600), 2), true
	case "TZM":
		return minutes(), true
	case "OF":
		s = sign + n.unsigned(abs/3600, 2)
		if abs%3600 != 0 {
			s += ":" + minutes()
		}
		return s, true
	}
	return "", false
}

// day writes the patterns of months, weeks and days. Intervals may have no month.
func (n formatNode) day(t *tm) (s string, ok bool) {
	switch n.key {
	case "MONTH":
		if t.mon != 0 {
			s = n.padRight(n.cased(fullMonths[t.mon-1]), 9)
		}
	case "MON":
		if t.mon != 0 {
			s = n.cased(monthNames[t.mon-1])
		}
	case "MM":
		s = n.number(t.mon, 2)
	case "RM":
		s = n.roman(t)
	case "Q":
		if t.mon != 0 {
			s = itoa(int64((t.mon-1)/3 + 1))
		}
	case "DAY":
		s = n.padRight(n.cased(fullDays[t.wday]), 9)
	case "DY":
		s = n.cased(dayNames[t.wday])
	case "DDD":
		s = n.unsigned(t.yday, 3)
	case "IDDD":
		s = n.unsigned(isoYearDay(t.year, t.mon, t.mday), 3)
	case "DD":
		s = n.unsigned(t.mday, 2)
	case "D":
		s = itoa(int64(t.wday + 1))
	case "ID":
		s = itoa(int64(pick(t.wday == 0, 7, t.wday)))
	case "WW":
		s = n.unsigned((t.yday-1)/7+1, 2)
	case "IW":
		s = n.unsigned(isoWeek(t.year, t.mon, t.mday), 2)
	case "W":
		s = itoa(int64((t.mday-1)/7 + 1))
	case "J":
		s = itoa(int64(date2j(t.year, t.mon, t.mday)))
	default:
		return "", false
	}
	return s, true
}

// roman writes a month as a Roman number, also those of negative intervals.
func (n formatNode) roman(t *tm) string {
	i := 12 - t.mon
	switch {
	case t.mon == 0 && t.year == 0:
		return ""
	case t.mon == 0:
		i = pick(t.year < 0, 11, 0)
	case t.mon < 0:
		i = -(t.mon + 1)
	}
	n.tm = false
	return n.padRight(n.cased(romanMonths[i]), 4)
}

// year writes the patterns of years, centuries and eras, "" for any other.
func (n formatNode) year(t *tm, interval bool) string {
	adjust := func(y int) int {
		if !interval && y <= 0 {
			return -(y - 1)
		}
		return y
	}
	year := adjust(t.year)
	iso := func() int { return adjust(isoYear(t.year, t.mon, t.mday)) }
	switch n.key {
	case "A.D.", "B.C.":
		return n.cased(pick(t.year <= 0, "B.C.", "A.D."))
	case "AD", "BC":
		return n.cased(pick(t.year <= 0, "BC", "AD"))
	case "CC":
		c := century(t.year, interval)
		if c > 99 || c < -99 {
			return itoa(int64(c))
		}
		return n.number(c, 2)
	case "Y,YYY":
		return itoa(int64(year/1000)) + "," + zeroPad(int64(year%1000), 3)
	case "YYYY":
		return n.number(year, 4)
	case "IYYY":
		return n.signed(iso(), year, 4)
	case "YYY":
		return n.signed(year%1000, year, 3)
	case "IYY":
		return n.signed(iso()%1000, year, 3)
	case "YY":
		return n.signed(year%100, year, 2)
	case "IY":
		return n.signed(iso()%100, year, 2)
	case "Y":
		return n.signed(year%10, year, 1)
	case "I":
		return n.signed(iso()%10, year, 1)
	}
	return ""
}

// century is the century of a year, of an interval simply its hundreds.
func century(year int, interval bool) int {
	switch {
	case interval:
		return year / 100
	case year > 0:
		return (year-1)/100 + 1
	}
	return year/100 - 1
}
