package adt

import (
	"math"

	"github.com/jackc/pgerrcode"

	"github.com/flowgres/flowgres/planner/pgerr"
)

// timestampParts are extract, date_part and date_trunc of all types.
func timestampParts() Funcs {
	part := func(f func(c *Call, a []Datum, numeric bool) (Datum, error), numeric bool) Func {
		return Raw(func(c *Call, a []Datum) (Datum, error) { return f(c, a, numeric) })
	}
	ts := func(c *Call, a []Datum, numeric bool) (Datum, error) {
		return timestampPart(c, a[0].(string), a[1].(Timestamp), numeric)
	}
	return Funcs{
		"timestamp_part":      part(ts, false),
		"extract_timestamp":   part(ts, true),
		"timestamptz_part":    part(timestampTZPart, false),
		"extract_timestamptz": part(timestampTZPart, true),
		"interval_part":       part(intervalPart, false),
		"extract_interval":    part(intervalPart, true),
		"time_part":           part(timePart, false),
		"extract_time":        part(timePart, true),
		"timetz_part":         part(timeTZPart, false),
		"extract_timetz":      part(timeTZPart, true),
		"timestamp_trunc":     F2(timestampTrunc),
		"timestamptz_trunc": C2(func(c *Call, units string, t TimestampTZ) (TimestampTZ, error) {
			return timestampTZTrunc(units, t, zoneOf(c.Env))
		}),
		"timestamptz_trunc_zone": F3(func(units string, t TimestampTZ, zone string) (TimestampTZ, error) {
			if !finite(int64(t)) {
				return t, nil
			}
			loc, err := zoneOrAbbrev(zone)
			if err != nil {
				return 0, err
			}
			return timestampTZTrunc(units, t, namedZone{loc: loc})
		}),
	}
}

func zoneOf(e *Env) namedZone { return namedZone{loc: e.zone()} }

const (
	nameTimestamp   = "timestamp without time zone"
	nameTimestampTZ = "timestamp with time zone"
	nameTime        = "time without time zone"
	nameTimeTZ      = "time with time zone"
)

// partUnit reads the name of a field; epoch is the only reserved word that is one.
func partUnit(name string) (u unit, low string, known bool) {
	low = lowerUnits(name)
	typ, val := decodeUnits(low)
	if typ == tokUnknown {
		typ, val = decodeSpecial(low)
	}
	switch typ {
	case tokUnits:
		return unit(val), low, true
	case tokReserved:
		if unit(val) == unitEpoch {
			return unitEpoch, low, true
		}
		return unitNone, low, true
	}
	return unitNone, low, false
}

func unitUnsupported(low, typ string) error {
	return pgerr.New(pgerrcode.FeatureNotSupported, "unit \"%s\" not supported for type %s", low, typ)
}

func unitUnknown(low, typ string) error {
	return pgerr.New(pgerrcode.InvalidParameterValue, "unit \"%s\" not recognized for type %s", low, typ)
}

// partInt and partDec make the result of extract (numeric) or date_part.
func partInt(v int64, numeric bool) Datum {
	if numeric {
		return NumericFromInt64(v)
	}
	return float64(v)
}

// partDec is v × 10^-scale.
func partDec(v int64, scale int32, numeric bool) Datum {
	if numeric {
		return numericScaled(v, scale)
	}
	return float64(v) / math.Pow10(int(scale))
}

// infinitePart is a field of an infinity: NULL for fields that come round
// again, infinite for those that grow (NonFiniteTimestampTzPart).
func infinitePart(u unit, positive, numeric bool) (Datum, bool) {
	switch u {
	case unitMicrosec, unitMillisec, unitSecond, unitMinute, unitHour, unitDay, unitMonth, unitQuarter, unitWeek,
		unitDOW, unitISODOW, unitDOY, unitTZ, unitTZHour, unitTZMinute:
		return nil, true
	case unitYear, unitDecade, unitCentury, unitMillennium, unitJulian, unitISOYear, unitEpoch:
		switch {
		case numeric && positive:
			return infNumeric, true
		case numeric:
			return negInfNumeric, true
		case positive:
			return math.Inf(1), true
		}
		return math.Inf(-1), true
	}
	return nil, false
}

// datePart gives the fields that dates and timestamps share.
func (t *tm) datePart(u unit) (int64, bool) {
	y := t.year
	era := func(n int) int64 { // centuries and millennia count from 1, with no year 0
		if y > 0 {
			return int64((y + n - 1) / n)
		}
		return -int64((n - 1 - (y - 1)) / n)
	}
	switch u {
	case unitDay:
		return int64(t.mday), true
	case unitMonth:
		return int64(t.mon), true
	case unitQuarter:
		return int64((t.mon-1)/3 + 1), true
	case unitWeek:
		return int64(isoWeek(y, t.mon, t.mday)), true
	case unitYear:
		if y <= 0 {
			return int64(y - 1), true
		}
		return int64(y), true
	case unitDecade:
		if y >= 0 {
			return int64(y / 10), true
		}
		return -int64((8 - (y - 1)) / 10), true
	case unitCentury:
		return era(100), true
	case unitMillennium:
		return era(1000), true
	case unitISOYear:
		r := isoYear(y, t.mon, t.mday)
		if r <= 0 {
			r--
		}
		return int64(r), true
	case unitDOW:
		return int64(j2day(date2j(y, t.mon, t.mday))), true
	case unitISODOW:
		d := j2day(date2j(y, t.mon, t.mday))
		if d == 0 {
			d = 7
		}
		return int64(d), true
	case unitDOY:
		return int64(date2j(y, t.mon, t.mday) - date2j(y, 1, 1) + 1), true
	}
	return 0, false
}

// clockPart gives the fields of a time of day.
func (t *tm) clockPart(u unit, numeric bool) (Datum, bool) {
	usec := int64(t.sec)*usecsPerSec + int64(t.fsec)
	switch u {
	case unitMicrosec:
		return partInt(usec, numeric), true
	case unitMillisec:
		return partDec(usec, 3, numeric), true
	case unitSecond:
		return partDec(usec, 6, numeric), true
	case unitMinute:
		return partInt(int64(t.min), numeric), true
	case unitHour:
		return partInt(int64(t.hour), numeric), true
	}
	return nil, false
}

// julianPart is the Julian day with the time of day as fraction.
func (t *tm) julianPart(numeric bool) (Datum, error) {
	j := int64(date2j(t.year, t.mon, t.mday))
	usec := timeOfDay(t.hour, t.min, t.sec, t.fsec)
	if !numeric {
		return float64(j) + float64(usec)/usecsPerDay, nil
	}
	frac, err := numericDiv(NumericFromInt64(usec), NumericFromInt64(usecsPerDay))
	if err != nil {
		return nil, err
	}
	return box(numericAdd(NumericFromInt64(j), frac))
}

// epochPart is seconds since 1970.
func epochPart(t int64, numeric bool) (Datum, error) {
	if !numeric {
		return (float64(t) - unixEpoch) / usecsPerSec, nil
	}
	if v, ok := sub64(t, unixEpoch); ok {
		return numericScaled(v, 6), nil
	}
	return box(numericSub(numericScaled(t, 6), numericScaled(unixEpoch, 6)))
}

func zonePart(u unit, west int, numeric bool) (Datum, bool) {
	switch u {
	case unitTZ:
		return partInt(int64(-west), numeric), true
	case unitTZMinute:
		return partInt(int64(-west/60%60), numeric), true
	case unitTZHour:
		return partInt(int64(-west/3600), numeric), true
	}
	return nil, false
}

func timestampPart(_ *Call, units string, t Timestamp, numeric bool) (Datum, error) {
	u, low, known := partUnit(units)
	if !known {
		return nil, unitUnknown(low, nameTimestamp)
	}
	if !finite(int64(t)) {
		if d, ok := infinitePart(u, t > 0, numeric); ok {
			return d, nil
		}
		return nil, unitUnsupported(low, nameTimestamp)
	}
	b := t.split()
	switch u {
	case unitEpoch:
		return epochPart(int64(t), numeric)
	case unitJulian:
		return b.julianPart(numeric)
	}
	if d, ok := b.clockPart(u, numeric); ok {
		return d, nil
	}
	if v, ok := b.datePart(u); ok {
		return partInt(v, numeric), nil
	}
	return nil, unitUnsupported(low, nameTimestamp)
}

func timestampTZPart(c *Call, a []Datum, numeric bool) (Datum, error) {
	t := a[1].(TimestampTZ)
	u, low, known := partUnit(a[0].(string))
	if !known {
		return nil, unitUnknown(low, nameTimestampTZ)
	}
	if !finite(int64(t)) {
		if d, ok := infinitePart(u, t > 0, numeric); ok {
			return d, nil
		}
		return nil, unitUnsupported(low, nameTimestampTZ)
	}
	b := t.splitIn(c.Env.zone())
	switch u {
	case unitEpoch:
		return epochPart(int64(t), numeric)
	case unitJulian:
		return b.julianPart(numeric)
	}
	if d, ok := b.clockPart(u, numeric); ok {
		return d, nil
	}
	if d, ok := zonePart(u, -b.gmtoff, numeric); ok {
		return d, nil
	}
	if v, ok := b.datePart(u); ok {
		return partInt(v, numeric), nil
	}
	return nil, unitUnsupported(low, nameTimestampTZ)
}

func extractDate(_ *Call, a []Datum) (Datum, error) {
	d := a[1].(Date)
	u, low, known := partUnit(a[0].(string))
	if !known {
		return nil, unitUnknown(low, "date")
	}
	switch u {
	case unitMicrosec, unitMillisec, unitSecond, unitMinute, unitHour, unitTZ, unitTZHour, unitTZMinute:
		return nil, unitUnsupported(low, "date")
	}
	if !d.finite() {
		if r, ok := infinitePart(u, d > 0, true); ok {
			return r, nil
		}
		return nil, unitUnsupported(low, "date")
	}
	b := d.split()
	switch u {
	case unitEpoch:
		return NumericFromInt64((int64(d) + postgresEpochJDate - unixEpochJDate) * secsPerDay), nil
	case unitJulian:
		return NumericFromInt64(int64(d) + postgresEpochJDate), nil
	}
	if v, ok := b.datePart(u); ok {
		return NumericFromInt64(v), nil
	}
	return nil, unitUnsupported(low, "date")
}

func timePart(_ *Call, a []Datum, numeric bool) (Datum, error) {
	t := a[1].(Time)
	u, low, known := partUnit(a[0].(string))
	if !known || u == unitNone {
		return nil, unitUnknown(low, nameTime)
	}
	if u == unitEpoch {
		return partDec(int64(t), 6, numeric), nil
	}
	b := t.split()
	if d, ok := b.clockPart(u, numeric); ok {
		return d, nil
	}
	return nil, unitUnsupported(low, nameTime)
}

func timeTZPart(_ *Call, a []Datum, numeric bool) (Datum, error) {
	t := a[1].(TimeTZ)
	u, low, known := partUnit(a[0].(string))
	if !known || u == unitNone {
		return nil, unitUnknown(low, nameTimeTZ)
	}
	if u == unitEpoch {
		if !numeric {
			return float64(t.Time)/usecsPerSec + float64(t.Zone), nil
		}
		return numericScaled(int64(t.Time)+int64(t.Zone)*usecsPerSec, 6), nil
	}
	b := t.Time.split()
	if d, ok := b.clockPart(u, numeric); ok {
		return d, nil
	}
	if d, ok := zonePart(u, int(t.Zone), numeric); ok {
		return d, nil
	}
	return nil, unitUnsupported(low, nameTimeTZ)
}

func intervalPart(_ *Call, a []Datum, numeric bool) (Datum, error) {
	v := a[1].(Interval)
	u, low, known := partUnit(a[0].(string))
	if !known || u == unitNone {
		return nil, unitUnknown(low, "interval")
	}
	f := v.split()
	usec := f.sec*usecsPerSec + f.usec
	switch u {
	case unitMicrosec:
		return partInt(usec, numeric), nil
	case unitMillisec:
		return partDec(usec, 3, numeric), nil
	case unitSecond:
		return partDec(usec, 6, numeric), nil
	case unitMinute:
		return partInt(f.min, numeric), nil
	case unitHour:
		return partInt(f.hour, numeric), nil
	case unitDay:
		return partInt(f.day, numeric), nil
	case unitMonth:
		return partInt(f.mon, numeric), nil
	case unitQuarter:
		return partInt(f.mon/3+1, numeric), nil
	case unitYear:
		return partInt(f.year, numeric), nil
	case unitDecade:
		return partInt(f.year/10, numeric), nil
	case unitCentury:
		return partInt(f.year/100, numeric), nil
	case unitMillennium:
		return partInt(f.year/1000, numeric), nil
	case unitEpoch:
		years, months := int64(v.Month/12), int64(v.Month%12)
		if !numeric {
			return float64(v.Time)/usecsPerSec + daysPerYear*secsPerDay*float64(years) +
				daysPerMonth*secsPerDay*float64(months) + secsPerDay*float64(v.Day), nil
		}
		// A year is 365.25 days, so quarters of days keep it whole.
		secs := (years*int64(4*daysPerYear) + months*4*daysPerMonth + int64(v.Day)*4) * (secsPerDay / 4)
		return box(numericAdd(NumericFromInt64(secs), numericScaled(v.Time, 6)))
	}
	return nil, unitUnsupported(low, "interval")
}
