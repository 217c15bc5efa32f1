package adt

import (
	"math"
	"strconv"
	"strings"
)

// decodeDate reads a field that is a whole date (DecodeDate).
func (d *decoder) decodeDate(s string) (mask int, e dterr) {
	var parts []string
	for i := 0; i < len(s) && len(parts) < maxDateFields; {
		for i < len(s) && !isDigit(s[i]) && !isAlpha(s[i]) {
			i++
		}
		if i == len(s) {
			return 0, dtBadFormat
		}
		start := i
		for is := isDigit(s[i]); i < len(s) && isDigit(s[i]) == is && (is || isAlpha(s[i])); {
			i++
		}
		parts = append(parts, s[start:i])
		i++ // whatever it is, it separates
	}
	fmask, textMonth := d.fmask, false
	for i, p := range parts {
		if !isAlpha(p[0]) {
			continue
		}
		typ, val := decodeSpecial(p)
		if typ == tokIgnore {
			continue
		}
		if typ != tokMonth || fmask&bit(typ) != 0 {
			return 0, dtBadFormat
		}
		d.t.mon, textMonth = val, true
		fmask |= bit(typ)
		mask |= bit(typ)
		parts[i] = ""
	}
	for _, p := range parts {
		if p == "" {
			continue
		}
		m, e := d.decodeNumber(p, textMonth, fmask)
		if e != dtOK {
			return 0, e
		}
		if fmask&m != 0 {
			return 0, dtBadFormat
		}
		fmask |= m
		mask |= m
	}
	if fmask&^(bit(tokDOY)|bit(tokTZ)) != dateMask {
		return 0, dtBadFormat
	}
	return mask, dtOK
}

// decodeNumber reads a number by its length and what has been read before
// (DecodeNumber).
func (d *decoder) decodeNumber(s string, textMonth bool, fmask int) (mask int, e dterr) {
	val, rest, ok := strtoint(s)
	if !ok {
		return 0, dtFieldOverflow
	}
	if rest == s {
		return 0, dtBadFormat
	}
	if strings.HasPrefix(rest, ".") {
		if len(s)-len(rest) > 2 { // a date or time without separators
			return d.decodeNumberField(s, fmask|dateMask)
		}
		if d.t.fsec, e = parseFractionalSecond(rest); e != dtOK {
			return 0, e
		}
	} else if rest != "" {
		return 0, dtBadFormat
	}
	if len(s) == 3 && fmask&dateMask == bit(tokYear) && val >= 1 && val <= 366 {
		d.t.yday = val
		return bit(tokDOY) | bit(tokMonth) | bit(tokDay), dtOK
	}
	year := func() { mask, d.t.year = bit(tokYear), val }
	month := func() { mask, d.t.mon = bit(tokMonth), val }
	day := func() { mask, d.t.mday = bit(tokDay), val }
	switch fmask & dateMask {
	case 0:
		switch {
		case len(s) >= 3 || d.order == OrderYMD:
			year()
		case d.order == OrderDMY:
			day()
		default:
			month()
		}
	case bit(tokYear):
		month()
	case bit(tokMonth):
		if textMonth && (len(s) >= 3 || d.order == OrderYMD) {
			year()
		} else {
			day()
		}
	case bit(tokYear) | bit(tokMonth):
		if textMonth && len(s) >= 3 && d.twoDigits {
			// The first number was the day after all.
			mask, d.t.mday, d.t.year, d.twoDigits = bit(tokDay), d.t.year, val, false
		} else {
			day()
		}
	case bit(tokDay):
		month()
	case bit(tokMonth) | bit(tokDay):
		year()
	case dateMask: // the date is complete: a time without separators
		return d.decodeNumberField(s, fmask)
	default:
		return 0, dtBadFormat
	}
	if mask == bit(tokYear) {
		d.twoDigits = len(s) <= 2
	}
	return mask, dtOK
}

// decodeNumberField reads a date or time without separators (DecodeNumberField).
func (d *decoder) decodeNumberField(s string, fmask int) (mask int, e dterr) {
	if dot := strings.IndexByte(s, '.'); dot >= 0 {
		d.t.fsec = 0
		if dot+1 < len(s) {
			n, _ := scanFloat(s[dot:])
			frac, err := strconv.ParseFloat(s[dot:dot+n], 64)
			if err != nil {
				return 0, dtBadFormat
			}
			d.t.fsec = int(math.RoundToEven(frac * usecsPerSec))
		}
		s = s[:dot]
	} else if fmask&dateMask != dateMask && len(s) >= 6 {
		n := len(s)
		d.t.mday = atoi(s[n-2:])
		d.t.mon = atoi(s[n-4 : n-2])
		d.t.year = atoi(s[:n-4])
		if n-4 == 2 {
			d.twoDigits = true
		}
		return dateMask, dtOK
	}
	if fmask&timeMask != timeMask {
		switch len(s) {
		case 6:
			d.t.hour, d.t.min, d.t.sec = atoi(s[:2]), atoi(s[2:4]), atoi(s[4:])
			return timeMask, dtOK
		case 4:
			d.t.hour, d.t.min, d.t.sec = atoi(s[:2]), atoi(s[2:]), 0
			return timeMask, dtOK
		}
	}
	return 0, dtBadFormat
}

// validateDate checks and completes year, month and day (ValidateDate).
func (t *tm) validateDate(fmask int, julian, twoDigits, bc bool) dterr {
	if fmask&bit(tokYear) != 0 {
		switch {
		case julian:
		case bc:
			if t.year <= 0 {
				return dtFieldOverflow
			}
			t.year = -(t.year - 1)
		case twoDigits:
			if t.year < 0 {
				return dtFieldOverflow
			}
			if t.year < 70 {
				t.year += 2000
			} else if t.year < 100 {
				t.year += 1900
			}
		case t.year <= 0:
			return dtFieldOverflow
		}
	}
	if fmask&bit(tokDOY) != 0 {
		t.year, t.mon, t.mday = j2date(date2j(t.year, 1, 1) + t.yday - 1)
	}
	if fmask&bit(tokMonth) != 0 && (t.mon < 1 || t.mon > 12) {
		return dtMDFieldOverflow
	}
	if fmask&bit(tokDay) != 0 && (t.mday < 1 || t.mday > 31) {
		return dtMDFieldOverflow
	}
	if fmask&dateMask == dateMask && t.mday > daysInMonth(t.year, t.mon) {
		return dtFieldOverflow
	}
	return dtOK
}
