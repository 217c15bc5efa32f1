package adt

import (
	"cmp"
	"encoding/binary"
	"math"
	"time"

	"github.com/jackc/pgerrcode"

	"github.com/flowgres/flowgres/planner/pgerr"
)

// dateFuncs are the routines of date (PostgreSQL's date.c).
func dateFuncs() Funcs {
	return Funcs{
		"date_in":   In(dateIn),
		"date_out":  Out(dateOut),
		"date_recv": Recv(dateRecv),
		"date_send": Send(func(_ *Call, dst []byte, d Date) ([]byte, error) {
			return binary.BigEndian.AppendUint32(dst, uint32(d)), nil
		}),
		"date_eq":      P2(func(a, b Date) bool { return a == b }),
		"date_ne":      P2(func(a, b Date) bool { return a != b }),
		"date_lt":      P2(func(a, b Date) bool { return a < b }),
		"date_le":      P2(func(a, b Date) bool { return a <= b }),
		"date_gt":      P2(func(a, b Date) bool { return a > b }),
		"date_ge":      P2(func(a, b Date) bool { return a >= b }),
		"date_cmp":     Cmp(cmp.Compare[Date]),
		"date_larger":  P2(func(a, b Date) Date { return max(a, b) }),
		"date_smaller": P2(func(a, b Date) Date { return min(a, b) }),
		"date_finite":  P1(Date.finite),
		"date_pli":     F2(dateAdd),
		"date_mii": F2(func(d Date, n int32) (Date, error) {
			if !d.finite() {
				return d, nil
			}
			return dateOf(int64(d) - int64(n))
		}),
		"date_mi": F2(func(a, b Date) (int32, error) {
			if !a.finite() || !b.finite() {
				return 0, pgerr.New(pgerrcode.DatetimeFieldOverflow, "cannot subtract infinite dates")
			}
			return int32(a - b), nil
		}),
		"date_pl_interval": F2(func(d Date, v Interval) (Timestamp, error) {
			t, err := d.timestamp()
			if err != nil {
				return 0, err
			}
			return timestampAdd(t, v)
		}),
		"date_mi_interval": F2(func(d Date, v Interval) (Timestamp, error) {
			t, err := d.timestamp()
			if err != nil {
				return 0, err
			}
			return timestampAdd(t, v.opposite())
		}),
		"date_timestamp":         F1(Date.timestamp),
		"date_timestamptz":       C1(func(c *Call, d Date) (TimestampTZ, error) { return d.timestampTZ(c.Env.zone()) }),
		"datetime_timestamp":     F2(func(d Date, t Time) (Timestamp, error) { return d.at(t) }),
		"datetimetz_timestamptz": F2(dateTimeTZ),
		"make_date":              F3(makeDate),
		"extract_date":           Raw(extractDate),
		"in_range_date_interval": Raw(func(_ *Call, a []Datum) (Datum, error) {
			val, err := a[0].(Date).timestamp()
			if err != nil {
				return nil, err
			}
			base, err := a[1].(Date).timestamp()
			if err != nil {
				return nil, err
			}
			return inRange([]Datum{val, base, a[2], a[3], a[4]},
				func(t Timestamp, v Interval) (Timestamp, error) { return timestampAdd(t, v) })
		}),

		"sql:integer_pl_date/int4,date": F2(func(n int32, d Date) (Date, error) { return dateAdd(d, n) }),
		"sql:interval_pl_date/interval,date": F2(func(v Interval, d Date) (Timestamp, error) {
			t, err := d.timestamp()
			if err != nil {
				return 0, err
			}
			return timestampAdd(t, v)
		}),
		"sql:timedate_pl/time,date":     F2(func(t Time, d Date) (Timestamp, error) { return d.at(t) }),
		"sql:timetzdate_pl/timetz,date": F2(func(t TimeTZ, d Date) (TimestampTZ, error) { return dateTimeTZ(d, t) }),
		"sql:timestamptz/date,time": C2(func(c *Call, d Date, t Time) (TimestampTZ, error) {
			ts, err := d.at(t)
			if err != nil {
				return 0, err
			}
			return ts.inZone(c.Env.zone())
		}),
		"sql:date_part/text,date": Raw(func(c *Call, a []Datum) (Datum, error) {
			t, err := a[1].(Date).timestamp()
			if err != nil {
				return nil, err
			}
			return timestampPart(c, a[0].(string), t, false)
		}),
	}
}

func (d Date) finite() bool { return d != DateInfinity && d != DateNegInfinity }

// dateOf checks a number of days since 2000-01-01.
func dateOf(days int64) (Date, error) {
	if days < -postgresEpochJDate || days >= dateEndJD-postgresEpochJDate {
		return 0, dateRange()
	}
	return Date(days), nil
}

func dateAdd(d Date, n int32) (Date, error) {
	if !d.finite() {
		return d, nil
	}
	return dateOf(int64(d) + int64(n))
}

func dateIn(c *Call, s string, _ int32) (Date, error) {
	d, err := readDateTime(c, s, maxDateLen+1, "date")
	if err != nil {
		return 0, err
	}
	switch d.typ {
	case unitEpoch:
		return unixEpochJDate - postgresEpochJDate, nil
	case unitLate:
		return DateInfinity, nil
	case unitEarly:
		return DateNegInfinity, nil
	}
	t := &d.t
	if validJulian(t.year, t.mon, t.mday) {
		if r, err := dateOf(int64(date2j(t.year, t.mon, t.mday)) - postgresEpochJDate); err == nil {
			return r, nil
		}
	}
	return 0, pgerr.New(pgerrcode.DatetimeFieldOverflow, "date out of range: \"%s\"", s)
}

func (d Date) split() tm {
	var t tm
	t.year, t.mon, t.mday = j2date(int(d) + postgresEpochJDate)
	return t
}

func dateOut(c *Call, dst []byte, d Date) ([]byte, error) {
	if !d.finite() {
		return appendInfinity(dst, d > 0), nil
	}
	style, order := c.Env.dateStyle()
	t := d.split()
	return t.appendDate(dst, style, order), nil
}

func dateRecv(_ *Call, b []byte, _ int32) (Date, error) {
	if err := atLeast(b, 4); err != nil {
		return 0, err
	}
	d := Date(binary.BigEndian.Uint32(b))
	if d.finite() {
		if _, err := dateOf(int64(d)); err != nil {
			return 0, err
		}
	}
	return d, noMore(b, 4)
}

// timestamp is midnight of the date.
func (d Date) timestamp() (Timestamp, error) {
	switch {
	case d == DateInfinity:
		return TimestampInfinity, nil
	case d == DateNegInfinity:
		return TimestampNegInfinity, nil
	case d >= timestampEndJ-postgresEpochJDate:
		return 0, dateForTimestamp()
	}
	return Timestamp(int64(d) * usecsPerDay), nil
}

func dateForTimestamp() error {
	return pgerr.New(pgerrcode.DatetimeFieldOverflow, "date out of range for timestamp")
}

// timestampTZ is midnight of the date by a zone's clock.
func (d Date) timestampTZ(loc *time.Location) (TimestampTZ, error) {
	t, err := d.timestamp()
	if err != nil || !d.finite() {
		return TimestampTZ(t), err
	}
	b := d.split()
	r := int64(t) + int64(b.zoneOffset(loc))*usecsPerSec
	if !validTimestamp(r) {
		return 0, dateForTimestamp()
	}
	return TimestampTZ(r), nil
}

// at is a time of the date.
func (d Date) at(t Time) (Timestamp, error) {
	r, err := d.timestamp()
	if err == nil && finite(int64(r)) {
		r += Timestamp(t)
		if !validTimestamp(r) {
			return 0, timestampRange()
		}
	}
	return r, err
}

func dateTimeTZ(d Date, t TimeTZ) (TimestampTZ, error) {
	switch {
	case d == DateInfinity:
		return TimestampTZInfinity, nil
	case d == DateNegInfinity:
		return TimestampTZNegInfinity, nil
	case d >= timestampEndJ-postgresEpochJDate:
		return 0, dateForTimestamp()
	}
	r := int64(d)*usecsPerDay + int64(t.Time) + int64(t.Zone)*usecsPerSec
	if !validTimestamp(r) {
		return 0, dateForTimestamp()
	}
	return TimestampTZ(r), nil
}

func makeDate(y, m, d int32) (Date, error) {
	t := tm{year: int(y), mon: int(m), mday: int(d)}
	bad := func() (Date, error) {
		return 0, pgerr.New(pgerrcode.DatetimeFieldOverflow, "date field value out of range: %d-%02d-%02d", t.year, m, d)
	}
	bc := false
	if y < 0 {
		if y == math.MinInt32 {
			return bad()
		}
		bc, t.year = true, -t.year
	}
	if t.validateDate(dateMask, false, false, bc) != dtOK {
		return bad()
	}
	if validJulian(t.year, t.mon, t.mday) {
		if r, err := dateOf(int64(date2j(t.year, t.mon, t.mday)) - postgresEpochJDate); err == nil {
			return r, nil
		}
	}
	return 0, pgerr.New(pgerrcode.DatetimeFieldOverflow, "date out of range: %d-%02d-%02d", y, m, d)
}

// today is the current date by the session's clock.
func (e *Env) today() Date {
	now := e.now().splitIn(e.zone())
	return Date(date2j(now.year, now.mon, now.mday) - postgresEpochJDate)
}
