package adt

import (
	"math"
	"strconv"
	"strings"
)

// isoNumber reads a number of an ISO 8601 duration (ParseISO8601Number).
func isoNumber(s string) (v int64, frac float64, rest string, e dterr) {
	if s == "" || !isDigit(s[0]) && s[0] != '-' && s[0] != '.' {
		return 0, 0, s, dtBadFormat
	}
	n, kind := scanFloat(s)
	var f float64
	switch kind {
	case 'n', 'x':
		text := s[:n]
		if kind == 'x' && !strings.ContainsAny(text, "pP") {
			text += "p0"
		}
		var err error
		if f, err = strconv.ParseFloat(text, 64); err != nil {
			return 0, 0, s, dtBadFormat
		}
	case 'i':
		f = math.Inf(1)
	case 'a':
		f = math.NaN()
	default:
		return 0, 0, s, dtBadFormat
	}
	if !(f >= -1e15 && f <= 1e15) {
		return 0, 0, s, dtFieldOverflow
	}
	v = int64(f)
	return v, f - float64(v), s[n:], dtOK
}

// isoWidth counts the digits at the start of a number.
func isoWidth(s string) int {
	s = strings.TrimPrefix(s, "-")
	n := 0
	for n < len(s) && isDigit(s[n]) {
		n++
	}
	return n
}

// decodeISO reads an ISO 8601 duration: PnYnMnDTnHnMnS, or the alternative
// format (DecodeISO8601Interval).
func (p *intervalParts) decodeISO(s string) dterr {
	if len(s) < 2 || s[0] != 'P' {
		return dtBadFormat
	}
	s = s[1:]
	date, have := true, false
	for s != "" {
		if s[0] == 'T' {
			date, have, s = false, false, s[1:]
			continue
		}
		start := s
		v, frac, rest, e := isoNumber(s)
		if e != dtOK {
			return e
		}
		u := byte(0)
		if s = rest; s != "" {
			u, s = s[0], s[1:]
		}
		if date {
			units := map[byte]unit{'Y': unitYear, 'M': unitMonth, 'W': unitWeek, 'D': unitDay}
			if of, ok := units[u]; ok {
				if _, e = p.add(of, v, frac); e != dtOK {
					return e
				}
				have = true
				continue
			}
			if u == 'T' || u == 0 || u == '-' {
				if rest, done, e := p.isoDate(start, s, u, v, frac, have); e != dtOK || done {
					return e
				} else {
					s = rest
				}
				date, have = false, false
				continue
			}
			return dtBadFormat
		}
		units := map[byte]unit{'H': unitHour, 'M': unitMinute, 'S': unitSecond}
		if of, ok := units[u]; ok {
			if _, e = p.add(of, v, frac); e != dtOK {
				return e
			}
			have = true
			continue
		}
		if u == 0 || u == ':' {
			return p.isoTime(start, s, u, v, frac, have)
		}
		return dtBadFormat
	}
	return dtOK
}

// isoDate reads the date of the alternative format, YYYYMMDD or YYYY-MM-DD; done
// tells that the text ends with it, else rest is what follows the T.
func (p *intervalParts) isoDate(start, s string, u byte, v int64, frac float64, have bool) (rest string, done bool, e dterr) {
	if u != '-' && isoWidth(start) == 8 && !have {
		if !p.addYears(v/10000, 1) || !p.addMonths(v/100%100) || !p.addDays(v%100, 1) || !p.fractUsec(frac, usecsPerDay) {
			return "", false, dtFieldOverflow
		}
		return s, u == 0, dtOK
	}
	if have {
		return "", false, dtBadFormat
	}
	if _, e = p.add(unitYear, v, frac); e != dtOK {
		return "", false, e
	}
	if u != '-' {
		return s, u == 0, dtOK
	}
	for i, of := range []unit{unitMonth, unitDay} {
		if v, frac, s, e = isoNumber(s); e != dtOK {
			return "", false, e
		}
		if _, e = p.add(of, v, frac); e != dtOK {
			return "", false, e
		}
		if s == "" {
			return "", true, dtOK
		}
		if s[0] == 'T' {
			return s[1:], false, dtOK
		}
		if s[0] != '-' || i == 1 {
			return "", false, dtBadFormat
		}
		s = s[1:]
	}
	return "", false, dtBadFormat
}

// isoTime reads the time of the alternative format, hhmmss or hh:mm:ss.
func (p *intervalParts) isoTime(start, s string, u byte, v int64, frac float64, have bool) dterr {
	if u == 0 && isoWidth(start) == 6 && !have {
		if !p.addUsec(v/10000, 0, usecsPerHour) || !p.addUsec(v/100%100, 0, usecsPerMin) ||
			!p.addUsec(v%100, 0, usecsPerSec) || !p.fractUsec(frac, 1) {
			return dtFieldOverflow
		}
		return dtOK
	}
	if have {
		return dtBadFormat
	}
	if _, e := p.add(unitHour, v, frac); e != dtOK {
		return e
	}
	if u == 0 {
		return dtOK
	}
	for i, of := range []unit{unitMinute, unitSecond} {
		v, frac, rest, e := isoNumber(s)
		if e != dtOK {
			return e
		}
		if _, e = p.add(of, v, frac); e != dtOK {
			return e
		}
		if rest == "" {
			return dtOK
		}
		if rest[0] != ':' || i == 1 {
			return dtBadFormat
		}
		s = rest[1:]
	}
	return dtBadFormat
}
