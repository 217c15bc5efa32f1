package adt

import "strconv"

var monthNames = [12]string{"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"}

var dayNames = [7]string{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"}

func append2(dst []byte, v int) []byte {
	if v >= 0 && v < 100 {
		return append(dst, '0'+byte(v/10), '0'+byte(v%10))
	}
	return appendPadded(dst, int64(v), 2)
}

func appendYear(dst []byte, year int) []byte {
	if year <= 0 {
		year = -(year - 1)
	}
	return appendPadded(dst, int64(year), 4)
}

// appendClock appends hh:mm:ss and, where there are any, microseconds.
func (t *tm) appendClock(dst []byte) []byte {
	dst = append(append2(dst, t.hour), ':')
	dst = append(append2(dst, t.min), ':')
	return appendSeconds(dst, int64(t.sec), int64(t.fsec), true)
}

// appendZone appends an offset west of UTC as ±hh[:mm[:ss]] (EncodeTimezone).
func appendZone(dst []byte, west int) []byte {
	sign := byte('+')
	abs := -west
	if west > 0 {
		sign, abs = '-', west
	}
	dst = append2(append(dst, sign), abs/3600)
	if abs%3600 != 0 {
		dst = append2(append(dst, ':'), abs/60%60)
		if abs%60 != 0 {
			dst = append2(append(dst, ':'), abs%60)
		}
	}
	return dst
}

// appendDate appends a date (EncodeDateOnly).
func (t *tm) appendDate(dst []byte, style DateStyle, order DateOrder) []byte {
	dst = t.appendDay(dst, style, order)
	if t.year <= 0 {
		dst = append(dst, " BC"...)
	}
	return dst
}

// appendDay appends a date without its era.
func (t *tm) appendDay(dst []byte, style DateStyle, order DateOrder) []byte {
	sep := byte('-')
	switch style {
	case DateISO:
		dst = append(appendYear(dst, t.year), '-')
		dst = append(append2(dst, t.mon), '-')
		return append2(dst, t.mday)
	case DateSQL:
		sep = '/'
	case DateGerman:
		sep, order = '.', OrderDMY
	}
	first, second := t.mon, t.mday
	if order == OrderDMY {
		first, second = second, first
	}
	dst = append(append2(dst, first), sep)
	dst = append(append2(dst, second), sep)
	return appendYear(dst, t.year)
}

// appendDateTime appends a timestamp (EncodeDateTime); zone tells that the
// zone belongs to it.
func (t *tm) appendDateTime(dst []byte, zone bool, style DateStyle, order DateOrder) []byte {
	if style == DatePostgres {
		dst = append(append(dst, dayNames[j2day(date2j(t.year, t.mon, t.mday))]...), ' ')
		if order == OrderDMY {
			dst = append(append2(dst, t.mday), ' ')
			dst = append(dst, monthNames[t.mon-1]...)
		} else {
			dst = append(append(dst, monthNames[t.mon-1]...), ' ')
			dst = append2(dst, t.mday)
		}
		dst = t.appendClock(append(dst, ' '))
		dst = appendYear(append(dst, ' '), t.year)
	} else {
		dst = t.appendDay(dst, style, order)
		dst = t.appendClock(append(dst, ' '))
	}
	if zone {
		if style == DateISO {
			dst = appendZone(dst, -t.gmtoff)
		} else { // by its abbreviation, which may be empty
			dst = append(append(dst, ' '), t.zone[:min(len(t.zone), tokenMaxLen)]...)
		}
	}
	if t.year <= 0 {
		dst = append(dst, " BC"...)
	}
	return dst
}

func (e *Env) dateStyle() (DateStyle, DateOrder) {
	if e == nil {
		return DateISO, OrderMDY
	}
	return e.DateStyle, e.DateOrder
}

func (e *Env) intervalStyle() IntervalStyle {
	if e == nil {
		return IntervalPostgres
	}
	return e.IntervalStyle
}

// precisionText is the type modifier of times and timestamps, as (p).
func precisionText(typmod int32) string {
	if typmod < 0 {
		return ""
	}
	return "(" + strconv.Itoa(int(typmod)) + ")"
}
