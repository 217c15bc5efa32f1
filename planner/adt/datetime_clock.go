package adt

import (
	"strings"
	"time"
)

// decodeTimeOnly reads a time of day, with a zone and under limited
// circumstances a date (DecodeTimeOnly).
func (d *decoder) decodeTimeOnly(fields []field) dterr {
	d.typ = unitTime
	last := len(fields) - 1
	e := d.eachField(fields, func(i int, f field, textMonth *bool) (mask int, skip bool, e dterr) {
		switch f.kind {
		case unitDate:
			if i == 0 && last >= 1 && (fields[last].kind == unitDate || fields[1].kind == unitTime) {
				mask, e = d.decodeDate(f.text)
			} else {
				mask, e = d.clockWithZone(f.text)
			}
		case unitTime:
			mask, e = timeMask, d.clock(f.text)
		case unitTZ:
			d.west, e = decodeTimezone(f.text)
			mask = bit(tokTZ)
		case unitNumber:
			switch dot := strings.IndexByte(f.text, '.'); {
			case d.prefix != unitNone:
				mask, e = d.labelled(f.text)
			case dot >= 0 && i == 0 && last >= 1 && fields[last].kind == unitDate:
				mask, e = d.decodeDate(f.text)
			case dot > 2 || dot < 0 && len(f.text) > 4:
				mask, e = d.decodeNumberField(f.text, d.fmask|dateMask)
			case dot >= 0:
				e = dtBadFormat
			default:
				mask, e = d.decodeNumber(f.text, false, d.fmask|dateMask)
			}
		case unitString, unitSpecial:
			return d.clockWord(f.text, textMonth)
		default:
			e = dtBadFormat
		}
		return mask, false, e
	})
	if e != dtOK {
		return e
	}
	return d.finishTime()
}

// clockWithZone reads hhmmss-zz or a zone name with punctuation.
func (d *decoder) clockWithZone(s string) (mask int, e dterr) {
	if !isDigit(s[0]) {
		return d.timeWithZone(s)
	}
	return d.runTogether(s, d.fmask|dateMask)
}

// clockWord reads a word of a time of day.
func (d *decoder) clockWord(s string, textMonth *bool) (mask int, skip bool, e dterr) {
	if _, ok := zoneTables().abbrevs[s]; !ok {
		switch typ, val := decodeSpecial(s); typ {
		case tokReserved:
			switch unit(val) {
			case unitNow:
				now := d.env.now().splitIn(d.env.zone())
				d.t.hour, d.t.min, d.t.sec, d.t.fsec = now.hour, now.min, now.sec, now.fsec
				return timeMask, false, dtOK
			case unitZulu:
				d.t.hour, d.t.min, d.t.sec, d.t.isdst = 0, 0, 0, 0
				return timeMask | bit(tokTZ), false, dtOK
			}
			return 0, false, dtBadFormat
		case tokISOTime:
			if d.prefix != unitNone {
				return 0, false, dtBadFormat
			}
			d.prefix = unit(val)
			return 0, false, dtOK
		case tokMonth, tokDOW:
			return 0, false, dtBadFormat
		}
	}
	return d.word(s, textMonth)
}

// finishTime checks a time of day and finds its zone's offset.
func (d *decoder) finishTime() dterr {
	t := &d.t
	if e := t.validateDate(d.fmask, d.julian, d.twoDigits, d.bc); e != dtOK {
		return e
	}
	if e := d.meridiem(); e != dtOK {
		return e
	}
	if t.timeOverflows() {
		return dtFieldOverflow
	}
	if d.fmask&timeMask != timeMask {
		return dtBadFormat
	}
	dated := d.fmask&dateMask == dateMask
	dst := d.fmask&bit(tokDTZMod) != 0
	if dst && (d.named != nil || d.abbrevTZ != nil || d.fmask&bit(tokTZ) == 0) {
		return dtBadFormat
	}
	// onDay is the time on the given date, or today.
	onDay := func() (tm, bool) {
		c := *t
		if d.fmask&dateMask == 0 {
			now := d.env.now().splitIn(d.env.zone())
			c.year, c.mon, c.mday = now.year, now.mon, now.mday
		} else if !dated {
			return c, false
		}
		return c, true
	}
	switch {
	case d.named != nil:
		if east, fixed := constantOffset(d.named); fixed {
			d.west = -east
		} else if !dated {
			return dtBadFormat
		} else {
			d.west = t.zoneOffset(d.named)
		}
	case d.abbrevTZ != nil:
		c, ok := onDay()
		if !ok {
			return dtBadFormat
		}
		d.west = c.abbrevOffsetLocal(d.abbrev, d.abbrevTZ)
	case d.fmask&bit(tokTZ) == 0:
		c, ok := onDay()
		if !ok {
			return dtBadFormat
		}
		d.west = c.zoneOffset(d.env.zone())
	}
	return dtOK
}

// constantOffset tells whether a zone has had one offset at all times.
func constantOffset(loc *time.Location) (east int, ok bool) {
	t := time.Unix(-1<<40, 0).In(loc)
	_, east = t.Zone()
	for {
		_, end := t.ZoneBounds()
		if end.IsZero() || end.Year() > 2100 {
			return east, true
		}
		if _, off := end.Zone(); off != east {
			return 0, false
		}
		t = end
	}
}
