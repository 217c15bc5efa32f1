package adt

import (
	"math"
	"time"

	"github.com/jackc/pgerrcode"

	"github.com/flowgres/flowgres/planner/pgerr"
)

// timestampCasts are the conversions of timestamps, AT TIME ZONE and make_timestamp.
func timestampCasts() Funcs {
	return Funcs{
		"timestamp_timestamptz": C1(func(c *Call, t Timestamp) (TimestampTZ, error) { return t.inZone(c.Env.zone()) }),
		"timestamptz_timestamp": C1(func(c *Call, t TimestampTZ) (Timestamp, error) { return t.local(c.Env.zone()), nil }),
		"timestamp_date":        P1(Timestamp.date),
		"timestamptz_date":      C1(func(c *Call, t TimestampTZ) (Date, error) { return t.local(c.Env.zone()).date(), nil }),
		"timestamp_time":        Raw(func(_ *Call, a []Datum) (Datum, error) { return a[0].(Timestamp).time(), nil }),
		"timestamptz_time": Raw(func(c *Call, a []Datum) (Datum, error) {
			return a[0].(TimestampTZ).local(c.Env.zone()).time(), nil
		}),
		"timestamptz_timetz": Raw(func(c *Call, a []Datum) (Datum, error) {
			t := a[0].(TimestampTZ)
			if !finite(int64(t)) {
				return nil, nil
			}
			b := t.splitIn(c.Env.zone())
			return TimeTZ{Time(timeOfDay(b.hour, b.min, b.sec, b.fsec)), int32(-b.gmtoff)}, nil
		}),
		"timestamp_zone": F2(func(zone string, t Timestamp) (TimestampTZ, error) {
			if !finite(int64(t)) {
				return TimestampTZ(t), nil
			}
			z, err := lookupZone(zone)
			if err != nil {
				return 0, err
			}
			b := t.split()
			return t.minusEast(z.westLocal(&b))
		}),
		"timestamptz_zone": F2(func(zone string, t TimestampTZ) (Timestamp, error) {
			if !finite(int64(t)) {
				return Timestamp(t), nil
			}
			z, err := lookupZone(zone)
			if err != nil {
				return 0, err
			}
			return t.minusWest(z.westAt(t))
		}),
		"timestamp_izone": F2(func(v Interval, t Timestamp) (TimestampTZ, error) {
			if !finite(int64(t)) {
				return TimestampTZ(t), nil
			}
			west, err := intervalZone(v)
			if err != nil {
				return 0, err
			}
			return t.minusEast(west)
		}),
		"timestamptz_izone": F2(func(v Interval, t TimestampTZ) (Timestamp, error) {
			if !finite(int64(t)) {
				return Timestamp(t), nil
			}
			west, err := intervalZone(v)
			if err != nil {
				return 0, err
			}
			return t.minusWest(west)
		}),
		"make_timestamp": Raw(func(_ *Call, a []Datum) (Datum, error) { return box(makeTimestamp(a)) }),
		"make_timestamptz": Raw(func(c *Call, a []Datum) (Datum, error) {
			t, err := makeTimestamp(a)
			if err != nil {
				return nil, err
			}
			return box(t.inZone(c.Env.zone()))
		}),
		"make_timestamptz_at_timezone": Raw(func(c *Call, a []Datum) (Datum, error) {
			t, err := makeTimestamp(a)
			if err != nil {
				return nil, err
			}
			b := t.split()
			west, err := zoneArgument(a[6].(string), &b)
			if err != nil {
				return nil, err
			}
			return box(t.minusEast(west))
		}),
		"float8_timestamptz": F1(floatTimestampTZ),
	}
}

// inZone reads a timestamp by a zone's clock.
func (t Timestamp) inZone(loc *time.Location) (TimestampTZ, error) {
	if !finite(int64(t)) {
		return TimestampTZ(t), nil
	}
	b := t.split()
	return t.minusEast(b.zoneOffset(loc))
}

// minusEast turns local time into UTC, given the offset west.
func (t Timestamp) minusEast(west int) (TimestampTZ, error) {
	r := int64(t) + int64(west)*usecsPerSec
	if !validTimestamp(r) {
		return 0, timestampRange()
	}
	return TimestampTZ(r), nil
}

// minusWest turns UTC into local time, given the offset west.
func (t TimestampTZ) minusWest(west int) (Timestamp, error) {
	r := int64(t) - int64(west)*usecsPerSec
	if !validTimestamp(r) {
		return 0, timestampRange()
	}
	return Timestamp(r), nil
}

// local gives the time on a zone's clock.
func (t TimestampTZ) local(loc *time.Location) Timestamp {
	if !finite(int64(t)) {
		return Timestamp(t)
	}
	east, _, _ := zoneAt(loc, t.unix())
	return Timestamp(int64(t) + int64(east)*usecsPerSec)
}

func (t Timestamp) date() Date {
	switch t {
	case TimestampInfinity:
		return DateInfinity
	case TimestampNegInfinity:
		return DateNegInfinity
	}
	return Date(floorDiv(int64(t), usecsPerDay))
}

// time is the time of day, NULL for infinities.
func (t Timestamp) time() Datum {
	if !finite(int64(t)) {
		return nil
	}
	return wrapTime(int64(t))
}

func makeTimestamp(a []Datum) (Timestamp, error) {
	n := func(i int) int32 { return a[i].(int32) }
	year, mon, mday, hour, min, sec := n(0), n(1), n(2), n(3), n(4), a[5].(float64)
	t := tm{year: int(year), mon: int(mon), mday: int(mday)}
	bc := year < 0
	if bc {
		t.year = -t.year
	}
	if year == math.MinInt32 || t.validateDate(dateMask, false, false, bc) != dtOK {
		return 0, pgerr.New(pgerrcode.DatetimeFieldOverflow, "date field value out of range: %d-%02d-%02d", year, mon, mday)
	}
	if !validJulian(t.year, t.mon, t.mday) {
		return 0, pgerr.New(pgerrcode.DatetimeFieldOverflow, "date out of range: %d-%02d-%02d", year, mon, mday)
	}
	clock, ok := clockFields(hour, min, sec)
	if !ok {
		return 0, pgerr.New(pgerrcode.DatetimeFieldOverflow, "time field value out of range: %d:%02d:%s", hour, min, cFloat2(sec))
	}
	day, ok := mul64(int64(date2j(t.year, t.mon, t.mday)-postgresEpochJDate), usecsPerDay)
	if ok {
		if day, ok = add64(day, int64(clock)); ok && validTimestamp(day) {
			return Timestamp(day), nil
		}
	}
	return 0, pgerr.New(pgerrcode.DatetimeFieldOverflow, "timestamp out of range: %d-%02d-%02d %d:%02d:%s",
		year, mon, mday, hour, min, cFloat2(sec))
}

// cFloat2 writes a float as C's %02g does.
func cFloat2(v float64) string {
	s := string(appendG(nil, v, 6))
	switch {
	case math.IsNaN(v):
		s = "NaN"
	case math.IsInf(v, 1):
		s = "Infinity"
	case math.IsInf(v, -1):
		s = "-Infinity"
	}
	if len(s) < 2 {
		s = "0" + s
	}
	return s
}

// zoneArgument reads make_timestamptz's zone, which may also be numeric
// (parse_sane_timezone).
func zoneArgument(name string, t *tm) (west int, err error) {
	if name != "" && isDigit(name[0]) {
		return 0, pgerr.New(pgerrcode.InvalidParameterValue, "invalid input syntax for type %s: \"%s\"", "numeric time zone", name).
			Hintf("Numeric time zones must have \"-\" or \"+\" as first character.")
	}
	west, e := decodeTimezone(name)
	switch e {
	case dtOK:
		return west, nil
	case dtZoneOverflow:
		return 0, pgerr.New(pgerrcode.InvalidParameterValue, "numeric time zone \"%s\" out of range", name)
	}
	z, err := lookupZone(name)
	if err != nil {
		return 0, err
	}
	return z.westLocal(t), nil
}

// floatTimestampTZ is to_timestamp(double precision): seconds since 1970.
func floatTimestampTZ(secs float64) (TimestampTZ, error) {
	switch {
	case math.IsNaN(secs):
		return 0, pgerr.New(pgerrcode.DatetimeFieldOverflow, "timestamp cannot be NaN")
	case math.IsInf(secs, 1):
		return TimestampTZInfinity, nil
	case math.IsInf(secs, -1):
		return TimestampTZNegInfinity, nil
	}
	bad := func() (TimestampTZ, error) {
		return 0, pgerr.New(pgerrcode.DatetimeFieldOverflow, "timestamp out of range: \"%s\"", appendG(nil, secs, 6))
	}
	if secs < float64(secsPerDay)*(minDatetimeJD-unixEpochJDate) || secs >= float64(secsPerDay)*(timestampEndJ-unixEpochJDate) {
		return bad()
	}
	orig := secs
	secs -= (postgresEpochJDate - unixEpochJDate) * secsPerDay
	r := math.RoundToEven(secs * usecsPerSec)
	if r >= math.MaxInt64 || r < math.MinInt64 || !validTimestamp(int64(r)) {
		secs = orig
		return bad()
	}
	return TimestampTZ(r), nil
}
