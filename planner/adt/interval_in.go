package adt

import (
	"math"
	"slices"
	"strings"
)

// Type modifiers of interval hold a mask of fields and a precision.
const (
	intervalFullRange     = 0x7fff
	intervalFullPrecision = 0xffff

	maskYear   = 1 << tokYear
	maskMonth  = 1 << tokMonth
	maskDay    = 1 << tokDay
	maskHour   = 1 << tokHour
	maskMinute = 1 << tokMinute
	maskSecond = 1 << tokSecond
)

// intervalParts collects an interval's fields (struct pg_itm_in).
type intervalParts struct {
	usec             int64
	year, month, day int32
}

// parseInterval reads an interval for a type modifier's range of fields.
func parseInterval(env *Env, s string, typmod int32) (Interval, error) {
	fieldRange := intervalFullRange
	if typmod >= 0 {
		fieldRange = int(typmod>>16) & intervalFullRange
	}
	var p intervalParts
	fields, e := parseDateTime(s, 256)
	if e == dtOK {
		e = p.decode(fields, fieldRange, env != nil && env.IntervalStyle == IntervalSQLStandard)
	}
	if e == dtBadFormat {
		p = intervalParts{}
		e = p.decodeISO(s)
	}
	if e != dtOK {
		if e == dtFieldOverflow {
			e = dtIntervalOverflow
		}
		return Interval{}, e.err("", s, "interval")
	}
	months := int64(p.year)*12 + int64(p.month)
	if months != int64(int32(months)) {
		return Interval{}, intervalRange()
	}
	return Interval{Time: p.usec, Day: p.day, Month: int32(months)}.applyTypmod(typmod)
}

// fractUsec adds a fraction of a unit of scale microseconds (AdjustFractMicroseconds).
func (p *intervalParts) fractUsec(frac float64, scale int64) bool {
	if frac == 0 {
		return true
	}
	frac *= float64(scale)
	usec := int64(frac)
	frac -= float64(usec)
	if frac > 0.5 {
		usec++
	} else if frac < -0.5 {
		usec--
	}
	var ok bool
	p.usec, ok = add64(p.usec, usec)
	return ok
}

func (p *intervalParts) fractDays(frac float64, scale int32) bool {
	if frac == 0 {
		return true
	}
	frac *= float64(scale)
	days := int32(frac)
	if !add32(&p.day, int64(days)) {
		return false
	}
	return p.fractUsec(frac-float64(days), usecsPerDay)
}

func (p *intervalParts) fractYears(frac float64, scale int) bool {
	return add32(&p.month, int64(int32(math.RoundToEven(frac*float64(scale)*12))))
}

func (p *intervalParts) addUsec(v int64, frac float64, scale int64) bool {
	m, ok := mul64(v, scale)
	if !ok {
		return false
	}
	if p.usec, ok = add64(p.usec, m); !ok {
		return false
	}
	return p.fractUsec(frac, scale)
}

// add32 adds v, times any scale, to an int32 and tells whether it fits.
func add32(p *int32, v int64) bool {
	s, ok := add64(int64(*p), v)
	if !ok || s != int64(int32(s)) {
		return false
	}
	*p = int32(s)
	return true
}

func addScaled32(p *int32, v, scale int64) bool {
	if v != int64(int32(v)) {
		return false
	}
	m := v * scale
	return m == int64(int32(m)) && add32(p, m)
}

func (p *intervalParts) addDays(v, scale int64) bool  { return addScaled32(&p.day, v, scale) }
func (p *intervalParts) addMonths(v int64) bool       { return addScaled32(&p.month, v, 1) }
func (p *intervalParts) addYears(v, scale int64) bool { return addScaled32(&p.year, v, scale) }

// add adds a number of units, and gives the field's mask.
func (p *intervalParts) add(u unit, v int64, frac float64) (mask int, e dterr) {
	ok := false
	years := func(scale int) bool { return p.addYears(v, int64(scale)) && p.fractYears(frac, scale) }
	switch u {
	case unitMicrosec:
		ok, mask = p.addUsec(v, frac, 1), bit(tokMicrosecond)
	case unitMillisec:
		ok, mask = p.addUsec(v, frac, 1000), bit(tokMillisecond)
	case unitSecond:
		ok, mask = p.addUsec(v, frac, usecsPerSec), bit(tokSecond)
		if frac != 0 {
			mask = secsMask
		}
	case unitMinute:
		ok, mask = p.addUsec(v, frac, usecsPerMin), bit(tokMinute)
	case unitHour:
		ok, mask = p.addUsec(v, frac, usecsPerHour), bit(tokHour)
	case unitDay:
		ok, mask = p.addDays(v, 1) && p.fractUsec(frac, usecsPerDay), bit(tokDay)
	case unitWeek:
		ok, mask = p.addDays(v, 7) && p.fractDays(frac, 7), bit(tokWeek)
	case unitMonth:
		ok, mask = p.addMonths(v) && p.fractDays(frac, daysPerMonth), bit(tokMonth)
	case unitYear:
		ok, mask = years(1), bit(tokYear)
	case unitDecade:
		ok, mask = years(10), bit(tokDecade)
	case unitCentury:
		ok, mask = years(100), bit(tokCentury)
	case unitMillennium:
		ok, mask = years(1000), bit(tokMillennium)
	default:
		return 0, dtBadFormat
	}
	if !ok {
		return 0, dtFieldOverflow
	}
	return mask, dtOK
}

// lastUnit is the unit of a number that names none, by the type modifier.
func lastUnit(fieldRange int) unit {
	switch fieldRange {
	case maskYear:
		return unitYear
	case maskMonth, maskYear | maskMonth:
		return unitMonth
	case maskDay:
		return unitDay
	case maskHour, maskDay | maskHour:
		return unitHour
	case maskMinute, maskHour | maskMinute, maskDay | maskHour | maskMinute:
		return unitMinute
	}
	return unitSecond
}

// decode reads fields from the last to the first, so that units come before
// their numbers (DecodeInterval).
func (p *intervalParts) decode(fields []field, fieldRange int, sqlStandard bool) dterr {
	r := intervalReader{intervalParts: p, fieldRange: fieldRange, negative: sqlStandard && allNegative(fields)}
	fmask := 0
	for _, f := range slices.Backward(fields) {
		mask, e := r.field(f)
		switch {
		case e != dtOK:
			return e
		case mask&fmask != 0:
			return dtBadFormat
		}
		fmask |= mask
	}
	if fmask == 0 {
		return dtBadFormat
	}
	if r.ago {
		return p.negate()
	}
	return dtOK
}

// allNegative tells that the first field has a minus that counts for all, because
// no other has a sign: so SQL's style has it.
func allNegative(fields []field) bool {
	return len(fields) > 0 && fields[0].text[0] == '-' &&
		!slices.ContainsFunc(fields[1:], func(f field) bool { return f.text[0] == '-' || f.text[0] == '+' })
}

// negate makes all parts their opposite.
func (p *intervalParts) negate() dterr {
	if p.usec == math.MinInt64 || p.day == math.MinInt32 || p.month == math.MinInt32 || p.year == math.MinInt32 {
		return dtFieldOverflow
	}
	p.usec, p.day, p.month, p.year = -p.usec, -p.day, -p.month, -p.year
	return dtOK
}

// intervalReader reads the fields of an interval into its parts.
type intervalReader struct {
	*intervalParts
	fieldRange int  // of the type modifier
	negative   bool // numbers without a sign count negative
	typ        unit // of the next number; unitNone: nothing has said
	ago        bool
}

// field reads a field and gives the mask of what it filled.
func (r *intervalReader) field(f field) (mask int, e dterr) {
	switch f.kind {
	case unitTime:
		if e = r.clock(f.text, r.fieldRange); e != dtOK {
			return 0, e
		}
		return r.signTime('+')
	case unitTZ:
		if s := f.text[1:]; strings.Contains(s, ":") && r.clock(s, r.fieldRange) == dtOK {
			return r.signTime(f.text[0])
		}
		return r.number(f.text)
	case unitDate, unitNumber:
		return r.number(f.text)
	case unitString, unitSpecial:
		return 0, r.word(f.text)
	}
	return 0, dtBadFormat
}

// signTime gives the time that clock has read its sign.
func (r *intervalReader) signTime(sign byte) (mask int, e dterr) {
	if sign == '-' || r.negative && r.usec > 0 {
		if r.usec == math.MinInt64 {
			return 0, dtFieldOverflow
		}
		r.usec = -r.usec
	}
	if r.negative && r.usec > 0 {
		r.usec = -r.usec
	}
	r.typ = unitDay
	return timeMask, dtOK
}

// number reads a number of the unit that the word after it named.
func (r *intervalReader) number(s string) (mask int, e dterr) {
	if r.typ == unitNone {
		r.typ = lastUnit(r.fieldRange)
	}
	v, frac, month, e := intervalNumber(s)
	if e != dtOK {
		return 0, e
	}
	if month {
		r.typ = unitMonth
	}
	if r.negative {
		v, frac = min(v, -v), min(frac, -frac)
	}
	if mask, e = r.add(r.typ, v, frac); e != dtOK {
		return 0, e
	}
	if r.typ == unitHour {
		r.typ = unitDay
	}
	return mask, dtOK
}

// word reads a unit, ago or a word that says nothing.
func (r *intervalReader) word(s string) dterr {
	switch tok, val := decodeUnits(s); tok {
	case tokIgnore:
	case tokUnits:
		r.typ = unit(val)
	case tokAgo:
		r.ago, r.typ = true, unitAgo // no number may follow to its left without a unit
	default:
		return dtBadFormat
	}
	return dtOK
}

// clock reads hh:mm[:ss[.fff]] (DecodeTimeForInterval).
func (p *intervalParts) clock(s string, fieldRange int) dterr {
	hour, min, sec, fsec, e := decodeClock(s, fieldRange == maskMinute|maskSecond)
	if e != dtOK {
		return e
	}
	usec, ok := mul64(hour, usecsPerHour)
	if ok {
		usec, ok = add64(usec, int64(min)*usecsPerMin+int64(sec)*usecsPerSec+int64(fsec))
	}
	if !ok {
		return dtFieldOverflow
	}
	p.usec = usec
	return dtOK
}

// intervalNumber reads a number with fraction, or years-months as months.
func intervalNumber(s string) (v int64, frac float64, month bool, e dterr) {
	v, rest, ok := strtoi64(s)
	if !ok {
		return 0, 0, false, dtFieldOverflow
	}
	switch {
	case rest == "":
	case rest[0] == '-':
		months, after, ok := strtoint(rest[1:])
		if !ok || months < 0 || months >= 12 {
			return 0, 0, false, dtFieldOverflow
		}
		if after != "" {
			return 0, 0, false, dtBadFormat
		}
		if s[0] == '-' {
			months = -months
		}
		if v, ok = mul64(v, 12); ok {
			v, ok = add64(v, int64(months))
		}
		if !ok {
			return 0, 0, false, dtFieldOverflow
		}
		return v, 0, true, dtOK
	case rest[0] == '.':
		if frac, e = parseFraction(rest); e != dtOK {
			return 0, 0, false, e
		}
		if s[0] == '-' {
			frac = -frac
		}
	default:
		return 0, 0, false, dtBadFormat
	}
	return v, frac, false, dtOK
}
