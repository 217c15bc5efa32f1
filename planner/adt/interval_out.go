package adt

import "strconv"

// intervalFields is an interval broken up for display (struct pg_itm): hours
// are not limited to a day.
type intervalFields struct {
	year, mon, day int64
	hour, min, sec int64
	usec           int64
}

func (v Interval) split() intervalFields {
	t := v.Time
	f := intervalFields{year: int64(v.Month / 12), mon: int64(v.Month % 12), day: int64(v.Day)}
	f.hour = t / usecsPerHour
	t -= f.hour * usecsPerHour
	f.min = t / usecsPerMin
	t -= f.min * usecsPerMin
	f.sec = t / usecsPerSec
	f.usec = t - f.sec*usecsPerSec
	return f
}

func abs64(v int64) int64 {
	if v < 0 {
		return -v
	}
	return v
}

// appendPadded appends a number with leading zeros up to a width.
func appendPadded(dst []byte, v int64, width int) []byte {
	if v < 0 {
		dst, v = append(dst, '-'), -v
	}
	n := 1
	for t := v; t >= 10; t /= 10 {
		n++
	}
	for ; n < width; n++ {
		dst = append(dst, '0')
	}
	return strconv.AppendInt(dst, v, 10)
}

// appendSeconds appends seconds and, where there are any, microseconds without
// trailing zeros (AppendSeconds).
func appendSeconds(dst []byte, sec, usec int64, pad bool) []byte {
	width := 1
	if pad {
		width = 2
	}
	dst = appendPadded(dst, abs64(sec), width)
	if usec == 0 {
		return dst
	}
	dst = append(dst, '.')
	dst = appendPadded(dst, abs64(usec), 6)
	for dst[len(dst)-1] == '0' {
		dst = dst[:len(dst)-1]
	}
	return dst
}

// appendInterval appends an interval's text (EncodeInterval).
func appendInterval(dst []byte, v Interval, style IntervalStyle) []byte {
	f := v.split()
	switch style {
	case IntervalSQLStandard:
		return f.appendSQL(dst)
	case IntervalISO8601:
		return f.appendISO(dst)
	case IntervalPostgresVerbose:
		return f.appendVerbose(dst)
	}
	return f.appendPostgres(dst)
}

func (f intervalFields) appendSQL(dst []byte) []byte {
	neg := f.year < 0 || f.mon < 0 || f.day < 0 || f.hour < 0 || f.min < 0 || f.sec < 0 || f.usec < 0
	pos := f.year > 0 || f.mon > 0 || f.day > 0 || f.hour > 0 || f.min > 0 || f.sec > 0 || f.usec > 0
	yearMonth := f.year != 0 || f.mon != 0
	dayTime := f.day != 0 || f.hour != 0 || f.min != 0 || f.sec != 0 || f.usec != 0
	standard := !(neg && pos) && !(yearMonth && dayTime)
	if neg && standard {
		dst = append(dst, '-')
		f = intervalFields{-f.year, -f.mon, -f.day, -f.hour, -f.min, -f.sec, -f.usec}
	}
	sign := func(neg bool) {
		if neg {
			dst = append(dst, '-')
		} else {
			dst = append(dst, '+')
		}
	}
	clock := func() {
		dst = strconv.AppendInt(dst, abs64(f.hour), 10)
		dst = append(dst, ':')
		dst = appendPadded(dst, abs64(f.min), 2)
		dst = append(dst, ':')
		dst = appendSeconds(dst, f.sec, f.usec, true)
	}
	switch {
	case !neg && !pos:
		return append(dst, '0')
	case !standard:
		// Fields of several signs or kinds: all three groups, each with a sign.
		sign(f.year < 0 || f.mon < 0)
		dst = strconv.AppendInt(dst, abs64(f.year), 10)
		dst = append(dst, '-')
		dst = strconv.AppendInt(dst, abs64(f.mon), 10)
		dst = append(dst, ' ')
		sign(f.day < 0)
		dst = strconv.AppendInt(dst, abs64(f.day), 10)
		dst = append(dst, ' ')
		sign(f.hour < 0 || f.min < 0 || f.sec < 0 || f.usec < 0)
		clock()
	case yearMonth:
		dst = strconv.AppendInt(dst, f.year, 10)
		dst = append(dst, '-')
		dst = strconv.AppendInt(dst, f.mon, 10)
	default:
		if f.day != 0 {
			dst = strconv.AppendInt(dst, f.day, 10)
			dst = append(dst, ' ')
		}
		clock()
	}
	return dst
}

func (f intervalFields) appendISO(dst []byte) []byte {
	if f == (intervalFields{}) {
		return append(dst, "PT0S"...)
	}
	part := func(v int64, u byte) {
		if v != 0 {
			dst = append(strconv.AppendInt(dst, v, 10), u)
		}
	}
	dst = append(dst, 'P')
	part(f.year, 'Y')
	part(f.mon, 'M')
	part(f.day, 'D')
	if f.hour != 0 || f.min != 0 || f.sec != 0 || f.usec != 0 {
		dst = append(dst, 'T')
	}
	part(f.hour, 'H')
	part(f.min, 'M')
	if f.sec != 0 || f.usec != 0 {
		if f.sec < 0 || f.usec < 0 {
			dst = append(dst, '-')
		}
		dst = append(appendSeconds(dst, f.sec, f.usec, false), 'S')
	}
	return dst
}

func (f intervalFields) appendPostgres(dst []byte) []byte {
	first, before := true, false // before: the last part was negative
	part := func(v int64, u string) {
		if v == 0 {
			return
		}
		if !first {
			dst = append(dst, ' ')
		}
		if before && v > 0 {
			dst = append(dst, '+')
		}
		dst = strconv.AppendInt(dst, v, 10)
		dst = append(dst, ' ')
		dst = append(dst, u...)
		if v != 1 {
			dst = append(dst, 's')
		}
		before, first = v < 0, false
	}
	part(f.year, "year")
	part(f.mon, "mon")
	part(f.day, "day")
	if first || f.hour != 0 || f.min != 0 || f.sec != 0 || f.usec != 0 {
		if !first {
			dst = append(dst, ' ')
		}
		if f.hour < 0 || f.min < 0 || f.sec < 0 || f.usec < 0 {
			dst = append(dst, '-')
		} else if before {
			dst = append(dst, '+')
		}
		dst = appendPadded(dst, abs64(f.hour), 2)
		dst = append(dst, ':')
		dst = appendPadded(dst, abs64(f.min), 2)
		dst = append(dst, ':')
		dst = appendSeconds(dst, f.sec, f.usec, true)
	}
	return dst
}

func (f intervalFields) appendVerbose(dst []byte) []byte {
	dst = append(dst, '@')
	first, before := true, false
	part := func(v int64, u string) {
		if v == 0 {
			return
		}
		// The first part's sign goes into "ago" at the end.
		if first {
			before = v < 0
			v = abs64(v)
			first = false
		} else if before {
			v = -v
		}
		dst = append(dst, ' ')
		dst = strconv.AppendInt(dst, v, 10)
		dst = append(dst, ' ')
		dst = append(dst, u...)
		if v != 1 {
			dst = append(dst, 's')
		}
	}
	part(f.year, "year")
	part(f.mon, "mon")
	part(f.day, "day")
	part(f.hour, "hour")
	part(f.min, "min")
	if f.sec != 0 || f.usec != 0 {
		dst = append(dst, ' ')
		if f.sec < 0 || f.sec == 0 && f.usec < 0 {
			if first {
				before = true
			} else if !before {
				dst = append(dst, '-')
			}
		} else if before {
			dst = append(dst, '-')
		}
		dst = appendSeconds(dst, f.sec, f.usec, false)
		dst = append(dst, " sec"...)
		if abs64(f.sec) != 1 || f.usec != 0 {
			dst = append(dst, 's')
		}
		first = false
	}
	if first {
		dst = append(dst, " 0"...)
	}
	if before {
		dst = append(dst, " ago"...)
	}
	return dst
}
