package adt

import (
	"github.com/jackc/pgerrcode"

	"github.com/flowgres/flowgres/planner/pgerr"
)

// trunc cuts fields below a unit off. day tells that the time of day went, so
// that a zone's offset must be found anew.
func (t *tm) trunc(u unit) (day, ok bool) {
	y := t.year
	era := func(n int) int { // the first year of a century or millennium
		if t.year > 0 {
			return (t.year+n-1)/n*n - n + 1
		}
		return -((n-1-(t.year-1))/n)*n + 1
	}
	switch u {
	case unitWeek:
		week := isoWeek(y, t.mon, t.mday)
		if week >= 52 && t.mon == 1 {
			t.year--
		}
		if week <= 1 && t.mon == 12 {
			t.year++
		}
		t.year, t.mon, t.mday = j2date(isoWeek2j(t.year, week))
		t.hour, t.min, t.sec, t.fsec = 0, 0, 0, 0
		return true, true
	case unitMillennium:
		t.year = era(1000)
	case unitCentury:
		t.year = era(100)
	case unitDecade:
		if y > 0 {
			t.year = y / 10 * 10
		} else {
			t.year = -((8 - (y - 1)) / 10) * 10
		}
	case unitYear:
	case unitQuarter:
		t.mon = 3*((t.mon-1)/3) + 1
	case unitMonth:
	case unitDay:
	case unitHour:
		t.min, t.sec, t.fsec = 0, 0, 0
		return false, true
	case unitMinute:
		t.sec, t.fsec = 0, 0
		return false, true
	case unitSecond:
		t.fsec = 0
		return false, true
	case unitMillisec:
		t.fsec = t.fsec / 1000 * 1000
		return false, true
	case unitMicrosec:
		return false, true
	default:
		return false, false
	}
	switch u {
	case unitMillennium, unitCentury, unitDecade, unitYear:
		t.mon = 1
	}
	if u != unitDay {
		t.mday = 1
	}
	t.hour, t.min, t.sec, t.fsec = 0, 0, 0, 0
	return true, true
}

func truncUnit(units, typ string) (unit, string, error) {
	low := lowerUnits(units)
	typ2, val := decodeUnits(low)
	if typ2 != tokUnits {
		return unitNone, low, unitUnknown(low, typ)
	}
	return unit(val), low, nil
}

func timestampTrunc(units string, t Timestamp) (Timestamp, error) {
	if !finite(int64(t)) {
		return t, nil
	}
	u, low, err := truncUnit(units, nameTimestamp)
	if err != nil {
		return 0, err
	}
	b := t.split()
	if _, ok := b.trunc(u); !ok {
		return 0, unitUnsupported(low, nameTimestamp)
	}
	r, ok := b.timestamp()
	if !ok {
		return 0, timestampRange()
	}
	return r, nil
}

func timestampTZTrunc(units string, t TimestampTZ, z namedZone) (TimestampTZ, error) {
	if !finite(int64(t)) {
		return t, nil
	}
	u, low, err := truncUnit(units, nameTimestampTZ)
	if err != nil {
		return 0, err
	}
	b := t.splitIn(z.loc)
	day, ok := b.trunc(u)
	if !ok {
		return 0, unitUnsupported(low, nameTimestampTZ)
	}
	west := -b.gmtoff
	if day {
		west = b.zoneOffset(z.loc)
	}
	r, ok := b.timestampTZ(west)
	if !ok {
		return 0, timestampRange()
	}
	return r, nil
}

func intervalTrunc(units string, v Interval) (Interval, error) {
	u, low, err := truncUnit(units, "interval")
	if err != nil {
		return v, err
	}
	months := func(n int32) (Interval, error) { return Interval{Month: v.Month / n * n}, nil }
	cut := func(n int64) (Interval, error) {
		v.Time = v.Time / n * n
		return v, nil
	}
	switch u {
	case unitMillennium:
		return months(12000)
	case unitCentury:
		return months(1200)
	case unitDecade:
		return months(120)
	case unitYear:
		return months(12)
	case unitQuarter:
		return months(3)
	case unitMonth:
		return months(1)
	case unitDay:
		v.Time = 0
		return v, nil
	case unitHour:
		return cut(usecsPerHour)
	case unitMinute:
		return cut(usecsPerMin)
	case unitSecond:
		return cut(usecsPerSec)
	case unitMillisec:
		return cut(1000)
	case unitMicrosec:
		return v, nil
	}
	e := pgerr.New(pgerrcode.FeatureNotSupported, "unit \"%s\" not supported for type %s", low, "interval")
	if u == unitWeek {
		e.Detail = "Months usually have fractional weeks."
	}
	return v, e
}
