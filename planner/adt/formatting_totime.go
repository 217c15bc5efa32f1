package adt

import (
	"github.com/jackc/pgerrcode"

	"github.com/flowgres/flowgres/planner/pgerr"
)

// readByFormat is do_to_timestamp: the fields of a text, the offset west that it
// names (nil: none) and the precision of its fraction.
func readByFormat(c *Call, s, format string) (t tm, west *int, precision int, err error) {
	nodes, err := c.format(format, dateKeys)
	if err != nil {
		return t, nil, 0, err
	}
	return readByNodes(c.Env, s, nodes, false)
}

// readByNodes reads a text by a parsed format, with std in SQL's strict way.
func readByNodes(env *Env, s string, nodes []formatNode, std bool) (t tm, west *int, precision int, err error) {
	r := &dateReader{s: s, all: s, nodes: nodes, std: std}
	if len(nodes) > 0 {
		if err = r.read(env); err != nil {
			return t, nil, 0, err
		}
	}
	t = tm{year: 0, mon: 1, mday: 1, isdst: -1}
	if err = r.setClock(&t); err != nil {
		return t, nil, 0, err
	}
	mask, err := r.setDate(&t)
	if err != nil {
		return t, nil, 0, err
	}
	if mask != 0 && t.validateDate(mask, true, false, false) != dtOK ||
		t.hour < 0 || t.hour >= 24 || t.min < 0 || t.min >= 60 || t.sec < 0 || t.sec >= 60 || t.fsec < 0 || t.fsec >= usecsPerSec {
		return t, nil, 0, dtFieldOverflow.err("", s, "timestamp")
	}
	if r.tzSign != 0 {
		if r.tzh < 0 || r.tzh > 15 || r.tzm < 0 || r.tzm >= 60 {
			return t, nil, 0, dtZoneOverflow.err("", s, "timestamp")
		}
		w := -r.tzSign * (r.tzh*60 + r.tzm) * 60
		west = &w
	}
	return t, west, r.ff, nil
}

// setClock works out the time of day.
func (r *dateReader) setClock(t *tm) error {
	t.hour, t.min, t.sec = r.ssss/3600, r.ssss/60%60, r.ssss%60
	for _, f := range [...]struct {
		dest *int
		v    int
	}{{&t.sec, r.ss}, {&t.min, r.mi}, {&t.hour, r.hh}} {
		if f.v != 0 {
			*f.dest = f.v
		}
	}
	t.fsec = r.ms*1000 + r.us
	switch {
	case !r.clock12:
	case t.hour < 1 || t.hour > 12:
		return badDateTime("hour \"%d\" is invalid for the 12-hour clock", t.hour).
			Hintf("Use the 24-hour clock, or give an hour between 1 and 12.")
	case r.pm != 0 && t.hour < 12:
		t.hour += 12
	case r.pm == 0 && t.hour == 12:
		t.hour = 0
	}
	return nil
}

// setDate works out the date from what the text gave of it, and the mask of
// the parts that are known.
func (r *dateReader) setDate(t *tm) (mask int, err error) {
	if r.setYear(t) {
		mask |= bit(tokYear)
	}
	if r.j != 0 {
		t.year, t.mon, t.mday = j2date(r.j)
		mask |= dateMask
	}
	if r.ww != 0 {
		if r.mode == 'i' {
			t.year, t.mon, t.mday = j2date(isoWeek2j(t.year, r.ww) + r.isoDays())
			mask |= dateMask
		} else {
			r.ddd = (r.ww-1)*7 + 1
		}
	}
	if r.w != 0 {
		r.dd = (r.w-1)*7 + 1
	}
	if r.dd != 0 {
		t.mday = r.dd
		mask |= bit(tokDay)
	}
	if r.mm != 0 {
		t.mon = r.mm
		mask |= bit(tokMonth)
	}
	if r.ddd != 0 && (t.mon <= 1 || t.mday <= 1) {
		known, err := r.setDayOfYear(t)
		return mask | known, err
	}
	return mask, nil
}

// isoDays is how far the given day, where Sunday is 1, lies behind its ISO week's
// Monday.
func (r *dateReader) isoDays() int {
	switch {
	case r.d > 1:
		return r.d - 2
	case r.d != 0:
		return 6
	}
	return 0
}

// setDayOfYear works out month and day, where they are not given, from the day of
// the year, and gives the mask of what is then known.
func (r *dateReader) setDayOfYear(t *tm) (mask int, err error) {
	if t.year == 0 && r.bc == 0 {
		return 0, badDateTime("cannot calculate day of year without year information")
	}
	if r.mode == 'i' {
		t.year, t.mon, t.mday = j2date(isoWeek2j(t.year, 1) - 1 + r.ddd)
		return dateMask, nil
	}
	month, before := 1, 0
	for month <= 12 && r.ddd > before+daysInMonth(t.year, month) {
		before += daysInMonth(t.year, month)
		month++
	}
	if t.mon <= 1 {
		t.mon = month
	}
	if t.mday <= 1 {
		t.mday = r.ddd - before
	}
	return bit(tokMonth) | bit(tokDay), nil
}

// setYear works the year out of year, century and era; false when there is none.
func (r *dateReader) setYear(t *tm) bool {
	if r.bc != 0 && r.cc != 0 && (r.year == 0 || r.yearSize <= 2) {
		r.cc = -r.cc
	}
	switch {
	case r.year != 0 && r.cc != 0 && r.yearSize <= 2:
		t.year = r.year % 100
		switch {
		case t.year != 0 && r.cc >= 0:
			t.year += (r.cc - 1) * 100
		case t.year != 0:
			t.year = (r.cc+1)*100 - t.year + 1
		case r.cc >= 0:
			t.year = r.cc * 100
		default:
			t.year = r.cc*100 + 1
		}
	case r.year != 0:
		t.year = r.year
		if r.bc != 0 {
			t.year = -t.year
		}
		if t.year < 0 {
			t.year++
		}
	case r.cc > 0:
		t.year = (r.cc-1)*100 + 1
	case r.cc < 0:
		t.year = r.cc*100 + 1
	default:
		return false
	}
	return true
}

func toTimestamp(c *Call, s, format string) (TimestampTZ, error) {
	t, west, precision, err := readByFormat(c, s, format)
	if err != nil {
		return 0, err
	}
	if west == nil {
		w := t.zoneOffset(c.Env.zone())
		west = &w
	}
	r, ok := t.timestampTZ(*west)
	if !ok {
		return 0, timestampRange()
	}
	if precision > 0 {
		return roundTimestamp(r, int32(precision))
	}
	return r, nil
}

func toDate(c *Call, s, format string) (Date, error) {
	t, _, _, err := readByFormat(c, s, format)
	if err != nil {
		return 0, err
	}
	if validJulian(t.year, t.mon, t.mday) {
		if d, err := dateOf(int64(date2j(t.year, t.mon, t.mday)) - postgresEpochJDate); err == nil {
			return d, nil
		}
	}
	return 0, pgerr.New(pgerrcode.DatetimeFieldOverflow, "date out of range: \"%s\"", s)
}
