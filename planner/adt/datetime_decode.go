package adt

import (
	"strings"
	"time"
)

// decoder turns the fields of a text into a broken-down time, with PostgreSQL's
// many rules about what a field may mean after those before it.
type decoder struct {
	env   *Env
	order DateOrder
	t     tm
	west  int  // the zone's offset west
	typ   unit // unitDate, Time, Late, Early or Epoch

	fmask     int // fields seen
	prefix    unit
	twoDigits bool
	julian    bool
	bc        bool
	mer       int
	named     *time.Location // a zone that needs the date
	abbrevTZ  *time.Location // and one for an abbreviation
	abbrev    string
	badZone   string
}

func newDecoder(env *Env) *decoder {
	d := &decoder{env: env, typ: unitDate, mer: merHR24}
	if env != nil {
		d.order = env.DateOrder
	}
	d.t.isdst = -1
	return d
}

// eachField lets read take one field after another, of which no two may give the
// same part of a date or time, and says whether all that was announced came. A
// field that read skips counts for nothing.
func (d *decoder) eachField(fields []field, read func(i int, f field, textMonth *bool) (mask int, skip bool, e dterr)) dterr {
	textMonth := false
	for i, f := range fields {
		mask, skip, e := read(i, f, &textMonth)
		switch {
		case e != dtOK:
			return e
		case skip:
		case mask&d.fmask != 0:
			return dtBadFormat
		default:
			d.fmask |= mask
		}
	}
	if d.prefix != unitNone {
		return dtBadFormat
	}
	return dtOK
}

// clock reads a field hh:mm:ss, which a T may have announced.
func (d *decoder) clock(s string) dterr {
	if d.prefix != unitNone {
		if d.prefix != unitTime {
			return dtBadFormat
		}
		d.prefix = unitNone
	}
	return d.t.decodeTime(s, false)
}

// decode reads a date and time (DecodeDateTime).
func (d *decoder) decode(fields []field) dterr {
	e := d.eachField(fields, func(_ int, f field, textMonth *bool) (mask int, skip bool, e dterr) {
		switch f.kind {
		case unitDate:
			mask, e = d.dateField(f.text)
		case unitTime:
			if e = d.clock(f.text); e == dtOK && d.t.timeOverflows() {
				e = dtFieldOverflow
			}
			mask = timeMask
		case unitTZ:
			d.west, e = decodeTimezone(f.text)
			mask = bit(tokTZ)
		case unitNumber:
			if d.prefix != unitNone {
				mask, e = d.labelled(f.text)
			} else {
				mask, e = d.numberField(f.text, *textMonth)
			}
		case unitString, unitSpecial:
			return d.word(f.text, textMonth)
		default:
			e = dtBadFormat
		}
		return mask, false, e
	})
	if e != dtOK || d.typ != unitDate {
		return e
	}
	return d.finish()
}

// finish checks and completes a date and time.
func (d *decoder) finish() dterr {
	t := &d.t
	if e := t.validateDate(d.fmask, d.julian, d.twoDigits, d.bc); e != dtOK {
		return e
	}
	if e := d.meridiem(); e != dtOK {
		return e
	}
	if d.fmask&dateMask != dateMask {
		if d.fmask&timeMask == timeMask {
			return dtTimeOnly
		}
		return dtBadFormat
	}
	dst := d.fmask&bit(tokDTZMod) != 0
	if d.named != nil {
		if dst {
			return dtBadFormat
		}
		d.west = t.zoneOffset(d.named)
	}
	if d.abbrevTZ != nil {
		if dst {
			return dtBadFormat
		}
		d.west = t.abbrevOffsetLocal(d.abbrev, d.abbrevTZ)
	}
	if d.fmask&bit(tokTZ) == 0 {
		if dst {
			return dtBadFormat
		}
		d.west = t.zoneOffset(d.env.zone())
	}
	return dtOK
}

// meridiem applies AM or PM.
func (d *decoder) meridiem() dterr {
	t := &d.t
	switch {
	case d.mer == merHR24:
	case t.hour > 12:
		return dtFieldOverflow
	case d.mer == merAM && t.hour == 12:
		t.hour = 0
	case d.mer == merPM && t.hour != 12:
		t.hour += 12
	}
	return dtOK
}

// dateField reads a field with the separators of a date, which can also be a
// zone name, a run-together time with zone, or a Julian day with zone.
func (d *decoder) dateField(s string) (mask int, e dterr) {
	if d.prefix == unitJulian {
		jday, rest, ok := strtoint(s)
		if !ok || jday < 0 {
			return 0, dtFieldOverflow
		}
		d.t.year, d.t.mon, d.t.mday = j2date(jday)
		d.julian = true
		if d.west, e = decodeTimezone(rest); e != dtOK {
			return 0, e
		}
		d.prefix = unitNone
		return dateMask | timeMask | bit(tokTZ), dtOK
	}
	md := bit(tokMonth) | bit(tokDay)
	if d.prefix == unitNone && d.fmask&md != md {
		return d.decodeDate(s)
	}
	return d.timeWithZone(s)
}

// timeWithZone reads hhmmss-zz, or a zone name with punctuation.
func (d *decoder) timeWithZone(s string) (mask int, e dterr) {
	if isDigit(s[0]) || d.prefix != unitNone {
		if d.prefix != unitNone && d.prefix != unitTime {
			return 0, dtBadFormat
		}
		d.prefix = unitNone
		return d.runTogether(s, d.fmask)
	}
	loc, err := LoadZone(s)
	if err != nil {
		d.badZone = s
		return 0, dtBadZone
	}
	d.named = loc
	return bit(tokTZ), dtOK
}

// runTogether reads hhmmss-zz after fields of a mask.
func (d *decoder) runTogether(s string, fmask int) (mask int, e dterr) {
	if d.fmask&timeMask == timeMask {
		return 0, dtBadFormat
	}
	dash := strings.IndexByte(s, '-')
	if dash < 0 {
		return 0, dtBadFormat
	}
	if d.west, e = decodeTimezone(s[dash:]); e != dtOK {
		return 0, e
	}
	mask, e = d.decodeNumberField(s[:dash], fmask)
	return mask | bit(tokTZ), e
}

// labelled reads a number that the word before it explains.
func (d *decoder) labelled(s string) (mask int, e dterr) {
	v, rest, ok := strtoint(s)
	if !ok {
		return 0, dtFieldOverflow
	}
	if rest != "" && rest[0] != '.' {
		return 0, dtBadFormat
	}
	switch d.prefix {
	case unitJulian:
		if v < 0 {
			return 0, dtFieldOverflow
		}
		mask = dateMask
		d.t.year, d.t.mon, d.t.mday = j2date(v)
		d.julian = true
		if rest != "" {
			frac, e := parseFraction(rest)
			if e != dtOK {
				return 0, e
			}
			d.t.splitTime(int64(frac * usecsPerDay))
			mask |= timeMask
		}
	case unitTime:
		if mask, e = d.decodeNumberField(s, d.fmask|dateMask); e != dtOK {
			return 0, e
		}
		if mask != timeMask {
			return 0, dtBadFormat
		}
	default:
		return 0, dtBadFormat
	}
	d.prefix, d.typ = unitNone, unitDate
	return mask, dtOK
}

// numberField reads a number of a date and time.
func (d *decoder) numberField(s string, textMonth bool) (mask int, e dterr) {
	dot := strings.IndexByte(s, '.')
	switch {
	case dot >= 0 && d.fmask&dateMask == 0:
		return d.decodeDate(s)
	case dot > 2:
		return d.decodeNumberField(s, d.fmask)
	case len(s) >= 6 && (d.fmask&dateMask == 0 || d.fmask&timeMask == 0):
		return d.decodeNumberField(s, d.fmask)
	}
	return d.decodeNumber(s, textMonth, d.fmask)
}

// word reads a word of a date and time.
func (d *decoder) word(s string, textMonth *bool) (mask int, skip bool, e dterr) {
	if a, ok := zoneTables().abbrevs[s]; ok && len(s) <= tokenMaxLen {
		return d.zoneAbbrev(a)
	}
	t := &d.t
	typ, val := decodeSpecial(s)
	mask = bit(typ)
	switch typ {
	case tokIgnore:
		return 0, true, dtOK
	case tokReserved:
		return d.reserved(unit(val)), false, dtOK
	case tokMonth:
		// A number taken for the month before this was the day.
		if d.fmask&bit(tokMonth) != 0 && !*textMonth && d.fmask&bit(tokDay) == 0 && t.mon >= 1 && t.mon <= 31 {
			t.mday = t.mon
			mask = bit(tokDay)
		}
		*textMonth = true
		t.mon = val
	case tokDTZMod:
		mask |= bit(tokDTZ)
		t.isdst = 1
		d.west -= val
	case tokAMPM:
		d.mer = val
	case tokADBC:
		d.bc = val == eraBC
	case tokDOW:
		t.wday = val
	case tokUnits:
		if d.prefix != unitNone {
			return 0, false, dtBadFormat
		}
		mask, d.prefix = 0, unit(val)
	case tokISOTime:
		if d.fmask&dateMask != dateMask || d.prefix != unitNone {
			return 0, false, dtBadFormat
		}
		mask, d.prefix = 0, unit(val)
	case tokUnknown:
		loc, err := LoadZone(s)
		if err != nil {
			return 0, false, dtBadFormat
		}
		d.named = loc
		mask = bit(tokTZ)
	default:
		return 0, false, dtBadFormat
	}
	return mask, false, dtOK
}

// zoneAbbrev notes a zone abbreviation.
func (d *decoder) zoneAbbrev(a ZoneAbbrev) (mask int, skip bool, e dterr) {
	switch {
	case a.Zone != "":
		loc, err := LoadZone(a.Zone)
		if err != nil {
			d.badZone = a.Name
			return 0, false, dtBadZone
		}
		d.abbrevTZ, d.abbrev = loc, a.Name
		return bit(tokDynTZ) | bit(tokTZ), false, dtOK
	case a.DST:
		d.t.isdst = 1
		d.west = -a.Offset
		return bit(tokDTZ) | bit(tokTZ), false, dtOK
	}
	d.t.isdst = 0
	d.west = -a.Offset
	return bit(tokTZ), false, dtOK
}

// reserved notes a special value.
func (d *decoder) reserved(v unit) (mask int) {
	t := &d.t
	day := func(add int) int {
		now := d.env.now().splitIn(d.env.zone())
		t.year, t.mon, t.mday = j2date(date2j(now.year, now.mon, now.mday) + add)
		d.typ = unitDate
		return dateMask
	}
	switch v {
	case unitNow:
		*t = d.env.now().splitIn(d.env.zone())
		d.west = -t.gmtoff
		d.typ = unitDate
		return dateMask | timeMask | bit(tokTZ)
	case unitYesterday:
		return day(-1)
	case unitToday:
		return day(0)
	case unitTomorrow:
		return day(1)
	case unitZulu:
		t.hour, t.min, t.sec, d.west = 0, 0, 0, 0
		d.typ = unitDate
		return timeMask | bit(tokTZ)
	}
	d.typ = v // epoch, infinity, -infinity
	return dateMask | timeMask | bit(tokTZ)
}
