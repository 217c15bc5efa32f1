package adt

import (
	"cmp"
	"maps"
)

// timestampCross are the comparisons between date, timestamp and timestamptz,
// and OVERLAPS.
func timestampCross() Funcs {
	f := Funcs{}
	greater := func(a, b Datum) bool { return stampCmp(a, b) > 0 }
	f["overlaps_timestamp"] = Raw(func(_ *Call, a []Datum) (Datum, error) { return overlaps(a, greater), nil })
	spans := map[string]spanType{
		"timestamp": {func(_ *Call, t Datum, v Interval) (Datum, error) { return box(timestampAdd(t.(Timestamp), v)) }, greater},
		"timestamptz": {func(c *Call, t Datum, v Interval) (Datum, error) {
			return box(timestampTZAdd(t.(TimestampTZ), v, c.Env.zone()))
		}, greater},
	}
	for t, s := range spans {
		f["sql:overlaps/"+t+",interval,"+t+",interval"] = overlapsSpan(s, true, true)
		f["sql:overlaps/"+t+",interval,"+t+","+t] = overlapsSpan(s, true, false)
		f["sql:overlaps/"+t+","+t+","+t+",interval"] = overlapsSpan(s, false, true)
	}
	type order = func(c *Call, a, b Datum) int
	dateTimestamp := func(_ *Call, a, b Datum) int {
		t, err := a.(Date).timestamp()
		if err != nil { // later than any timestamp but infinity
			if b.(Timestamp) == TimestampInfinity {
				return -1
			}
			return 1
		}
		return cmp.Compare(t, b.(Timestamp))
	}
	dateTimestampTZ := func(c *Call, a, b Datum) int {
		t, err := a.(Date).timestampTZ(c.Env.zone())
		if err != nil {
			switch tz := b.(TimestampTZ); {
			case a.(Date) > 0 && tz == TimestampTZInfinity:
				return -1
			case a.(Date) > 0:
				return 1
			case tz == TimestampTZNegInfinity:
				return 1
			}
			return -1
		}
		return cmp.Compare(t, b.(TimestampTZ))
	}
	timestamps := func(c *Call, a, b Datum) int {
		t, err := a.(Timestamp).inZone(c.Env.zone())
		if err != nil {
			switch tz := b.(TimestampTZ); {
			case a.(Timestamp) > 0 && tz == TimestampTZInfinity:
				return -1
			case a.(Timestamp) > 0:
				return 1
			case tz == TimestampTZNegInfinity:
				return 1
			}
			return -1
		}
		return cmp.Compare(t, b.(TimestampTZ))
	}
	reverse := func(f order) order { return func(c *Call, a, b Datum) int { return -f(c, b, a) } }
	for _, p := range []struct {
		left, right string
		f           order
	}{
		{"date", "timestamp", dateTimestamp},
		{"timestamp", "date", reverse(dateTimestamp)},
		{"date", "timestamptz", dateTimestampTZ},
		{"timestamptz", "date", reverse(dateTimestampTZ)},
		{"timestamp", "timestamptz", timestamps},
		{"timestamptz", "timestamp", reverse(timestamps)},
	} {
		test := func(ok func(int) bool) Func {
			return Raw(func(c *Call, a []Datum) (Datum, error) { return ok(p.f(c, a[0], a[1])), nil })
		}
		maps.Copy(f, Funcs{
			p.left + "_eq_" + p.right: test(func(c int) bool { return c == 0 }),
			p.left + "_ne_" + p.right: test(func(c int) bool { return c != 0 }),
			p.left + "_lt_" + p.right: test(func(c int) bool { return c < 0 }),
			p.left + "_le_" + p.right: test(func(c int) bool { return c <= 0 }),
			p.left + "_gt_" + p.right: test(func(c int) bool { return c > 0 }),
			p.left + "_ge_" + p.right: test(func(c int) bool { return c >= 0 }),
			p.left + "_cmp_" + p.right: Raw(func(c *Call, a []Datum) (Datum, error) {
				return int32(p.f(c, a[0], a[1])), nil
			}),
		})
	}
	return f
}
