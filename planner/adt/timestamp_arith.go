package adt

import (
	"time"

	"github.com/jackc/pgerrcode"

	"github.com/flowgres/flowgres/planner/pgerr"
)

// timestampArith are the operators of timestamps with intervals, and age and
// date_bin.
func timestampArith() Funcs {
	return Funcs{
		"timestamp_pl_interval": F2(timestampAdd),
		"timestamp_mi_interval": F2(func(t Timestamp, v Interval) (Timestamp, error) {
			return timestampAdd(t, v.opposite())
		}),
		"timestamptz_pl_interval": C2(func(c *Call, t TimestampTZ, v Interval) (TimestampTZ, error) {
			return timestampTZAdd(t, v, c.Env.zone())
		}),
		"timestamptz_mi_interval": C2(func(c *Call, t TimestampTZ, v Interval) (TimestampTZ, error) {
			return timestampTZAdd(t, v.opposite(), c.Env.zone())
		}),
		"timestamptz_pl_interval_at_zone": F3(func(t TimestampTZ, v Interval, zone string) (TimestampTZ, error) {
			loc, err := zoneOrAbbrev(zone)
			if err != nil {
				return 0, err
			}
			return timestampTZAdd(t, v, loc)
		}),
		"timestamptz_mi_interval_at_zone": F3(func(t TimestampTZ, v Interval, zone string) (TimestampTZ, error) {
			loc, err := zoneOrAbbrev(zone)
			if err != nil {
				return 0, err
			}
			return timestampTZAdd(t, v.opposite(), loc)
		}),
		"timestamp_age": F2(timestampAge),
		"timestamptz_age": C2(func(c *Call, a, b TimestampTZ) (Interval, error) {
			if a == TimestampTZNegInfinity || b == TimestampTZNegInfinity {
				return Interval{}, timestampRange()
			}
			ta, tb := a.splitIn(c.Env.zone()), b.splitIn(c.Env.zone())
			return age(ta, tb, a < b)
		}),
		"sql:age/timestamp": C1(func(c *Call, t Timestamp) (Interval, error) {
			today, err := c.Env.today().timestamp()
			if err != nil {
				return Interval{}, err
			}
			return timestampAge(today, t)
		}),
		"sql:age/timestamptz": C1(func(c *Call, t TimestampTZ) (Interval, error) {
			today, err := c.Env.today().timestampTZ(c.Env.zone())
			if err != nil {
				return Interval{}, err
			}
			if t == TimestampTZNegInfinity {
				return Interval{}, timestampRange()
			}
			return age(today.splitIn(c.Env.zone()), t.splitIn(c.Env.zone()), today < t)
		}),
		"timestamp_bin": F3(func(stride Interval, t, origin Timestamp) (Timestamp, error) {
			r, err := dateBin(stride, int64(t), int64(origin))
			return Timestamp(r), err
		}),
		"timestamptz_bin": F3(func(stride Interval, t, origin TimestampTZ) (TimestampTZ, error) {
			r, err := dateBin(stride, int64(t), int64(origin))
			return TimestampTZ(r), err
		}),
		"in_range_timestamp_interval": Raw(func(_ *Call, a []Datum) (Datum, error) {
			return inRange(a, func(base Timestamp, v Interval) (Timestamp, error) { return timestampAdd(base, v) })
		}),
		"in_range_timestamptz_interval": Raw(func(c *Call, a []Datum) (Datum, error) {
			return inRange(a, func(base TimestampTZ, v Interval) (TimestampTZ, error) { return timestampTZAdd(base, v, c.Env.zone()) })
		}),
		"sql:interval_pl_timestamp/interval,timestamp": F2(func(v Interval, t Timestamp) (Timestamp, error) { return timestampAdd(t, v) }),
		"sql:interval_pl_timestamptz/interval,timestamptz": C2(func(c *Call, v Interval, t TimestampTZ) (TimestampTZ, error) {
			return timestampTZAdd(t, v, c.Env.zone())
		}),
	}
}

// timestampSub is the difference of two timestamps, in days and time.
func timestampSub(a, b int64) (Interval, error) {
	if !finite(a) || !finite(b) {
		return Interval{}, pgerr.New(pgerrcode.DatetimeFieldOverflow, "cannot subtract infinite timestamps")
	}
	d, ok := sub64(a, b)
	if !ok {
		return Interval{}, intervalRange()
	}
	return Interval{Time: d}.justifyHours()
}

// addMonths moves a date by months, to the month's last day at most.
func (t *tm) addMonths(months int32) bool {
	m := int64(t.mon) + int64(months)
	if m != int64(int32(m)) {
		return false
	}
	t.year += int(floorDiv(m-1, 12))
	t.mon = int(m-1-floorDiv(m-1, 12)*12) + 1
	if last := daysInMonth(t.year, t.mon); t.mday > last {
		t.mday = last
	}
	return true
}

// addDays moves a date by days.
func (t *tm) addDays(days int32) bool {
	j := int64(date2j(t.year, t.mon, t.mday)) + int64(days)
	if j < 0 || j != int64(int32(j)) {
		return false
	}
	t.year, t.mon, t.mday = j2date(int(j))
	return true
}

// timestampAdd adds months, then days, then time.
func timestampAdd(t Timestamp, v Interval) (Timestamp, error) {
	if !finite(int64(t)) {
		return t, nil
	}
	if v.Month != 0 {
		b := t.split()
		ok := b.addMonths(v.Month)
		if ok {
			t, ok = b.timestamp()
		}
		if !ok {
			return 0, timestampRange()
		}
	}
	if v.Day != 0 {
		b := t.split()
		ok := b.addDays(v.Day)
		if ok {
			t, ok = b.timestamp()
		}
		if !ok {
			return 0, timestampRange()
		}
	}
	r, ok := add64(int64(t), v.Time)
	if !ok || !validTimestamp(r) {
		return 0, timestampRange()
	}
	return Timestamp(r), nil
}

// timestampTZAdd adds months and days by the clock of a zone, then time.
func timestampTZAdd(t TimestampTZ, v Interval, loc *time.Location) (TimestampTZ, error) {
	if !finite(int64(t)) {
		return t, nil
	}
	if v.Month != 0 {
		b := t.splitIn(loc)
		ok := b.addMonths(v.Month)
		if ok {
			t, ok = b.timestampTZ(b.zoneOffset(loc))
		}
		if !ok {
			return 0, timestampRange()
		}
	}
	if v.Day != 0 {
		b := t.splitIn(loc)
		ok := b.addDays(v.Day)
		if ok {
			t, ok = b.timestampTZ(b.zoneOffset(loc))
		}
		if !ok {
			return 0, timestampRange()
		}
	}
	r, ok := add64(int64(t), v.Time)
	if !ok || !validTimestamp(r) {
		return 0, timestampRange()
	}
	return TimestampTZ(r), nil
}

// zoneOrAbbrev finds a zone by name, or makes one of a fixed abbreviation
// (DecodeTimezoneNameToTz).
func zoneOrAbbrev(name string) (*time.Location, error) {
	z, err := lookupZone(name)
	if err != nil {
		return nil, err
	}
	if z.fixed {
		return fixedZone(-z.west), nil
	}
	return z.loc, nil
}

func timestampAge(a, b Timestamp) (Interval, error) {
	// PostgreSQL 16 takes infinity for the last microsecond that int64 holds.
	if a == TimestampNegInfinity || b == TimestampNegInfinity {
		return Interval{}, timestampRange()
	}
	return age(a.split(), b.split(), a < b)
}

// age is the difference in years, months, days and time (timestamp_age).
func age(a, b tm, negative bool) (Interval, error) {
	f := intervalFields{
		int64(a.year - b.year), int64(a.mon - b.mon), int64(a.mday - b.mday),
		int64(a.hour - b.hour), int64(a.min - b.min), int64(a.sec - b.sec), int64(a.fsec - b.fsec),
	}
	if negative {
		f = intervalFields{-f.year, -f.mon, -f.day, -f.hour, -f.min, -f.sec, -f.usec}
	}
	carry := func(v, up *int64, by int64) {
		for *v < 0 {
			*v += by
			*up--
		}
	}
	carry(&f.usec, &f.sec, usecsPerSec)
	carry(&f.sec, &f.min, 60)
	carry(&f.min, &f.hour, 60)
	carry(&f.hour, &f.day, 24)
	days := int64(daysInMonth(b.year, b.mon))
	if negative {
		days = int64(daysInMonth(a.year, a.mon))
	}
	carry(&f.day, &f.mon, days)
	carry(&f.mon, &f.year, 12)
	if negative {
		f = intervalFields{-f.year, -f.mon, -f.day, -f.hour, -f.min, -f.sec, -f.usec}
	}
	months := f.year*12 + f.mon
	if months != int64(int32(months)) {
		return Interval{}, intervalRange()
	}
	usec := ((f.hour*60+f.min)*60+f.sec)*usecsPerSec + f.usec
	return Interval{Time: usec, Day: int32(f.day), Month: int32(months)}, nil
}

// dateBin is date_bin over timestamps of either type.
func dateBin(stride Interval, t, origin int64) (int64, error) {
	if !finite(t) {
		return t, nil
	}
	if !finite(origin) {
		return 0, pgerr.New(pgerrcode.DatetimeFieldOverflow, "origin out of range")
	}
	if stride.Month != 0 {
		return 0, pgerr.Unsupported("timestamps cannot be binned into intervals containing months or years")
	}
	step, ok := mul64(int64(stride.Day), usecsPerDay)
	if ok {
		step, ok = add64(step, stride.Time)
	}
	if !ok {
		return 0, intervalRange()
	}
	if step <= 0 {
		return 0, pgerr.New(pgerrcode.DatetimeFieldOverflow, "stride must be greater than zero")
	}
	diff, ok := sub64(t, origin)
	if !ok {
		return 0, intervalRange()
	}
	rem := diff % step
	r, ok := add64(origin, diff-rem)
	if ok && rem < 0 {
		r, ok = sub64(r, step)
	}
	if !ok || !validTimestamp(r) {
		return 0, timestampRange()
	}
	return r, nil
}

// inRange is in_range for timestamps: whether a value lies within an interval
// of a base.
func inRange[T Timestamp | TimestampTZ](a []Datum, add func(T, Interval) (T, error)) (Datum, error) {
	val, base, offset := a[0].(T), a[1].(T), a[2].(Interval)
	sub, less := a[3].(bool), a[4].(bool)
	if offset.Cmp(Interval{}) < 0 {
		return nil, badFrameOffset()
	}
	if sub {
		var err error
		if offset, err = offset.neg(); err != nil {
			return nil, err
		}
	}
	sum, err := add(base, offset)
	if err != nil {
		return nil, err
	}
	if less {
		return val <= sum, nil
	}
	return val >= sum, nil
}
