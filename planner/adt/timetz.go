package adt

import (
	"cmp"
	"encoding/binary"

	"github.com/jackc/pgerrcode"

	"github.com/flowgres/flowgres/planner/pgerr"
)

// timeTZFuncs are the routines of timetz (PostgreSQL's date.c).
func timeTZFuncs() Funcs {
	return Funcs{
		"timetz_in":   In(timeTZIn),
		"timetz_out":  Out(timeTZOut),
		"timetz_recv": Recv(timeTZRecv),
		"timetz_send": Send(func(_ *Call, dst []byte, t TimeTZ) ([]byte, error) {
			return binary.BigEndian.AppendUint32(sendInt64(dst, int64(t.Time)), uint32(t.Zone)), nil
		}),
		"timetztypmodin":  C1(func(c *Call, a *Array) (int32, error) { return precisionTypmod(c, a, "TIME", " WITH TIME ZONE") }),
		"timetztypmodout": P1(func(m int32) string { return precisionText(m) + " with time zone" }),
		"timetz_scale":    P2(func(t TimeTZ, m int32) TimeTZ { return TimeTZ{roundTime(t.Time, m), t.Zone} }),
		"timetz_eq":       P2(func(a, b TimeTZ) bool { return a == b }),
		"timetz_ne":       P2(func(a, b TimeTZ) bool { return a != b }),
		"timetz_lt":       P2(func(a, b TimeTZ) bool { return a.Cmp(b) < 0 }),
		"timetz_le":       P2(func(a, b TimeTZ) bool { return a.Cmp(b) <= 0 }),
		"timetz_gt":       P2(func(a, b TimeTZ) bool { return a.Cmp(b) > 0 }),
		"timetz_ge":       P2(func(a, b TimeTZ) bool { return a.Cmp(b) >= 0 }),
		"timetz_cmp":      Cmp(TimeTZ.Cmp),
		"timetz_larger": P2(func(a, b TimeTZ) TimeTZ {
			if a.Cmp(b) > 0 {
				return a
			}
			return b
		}),
		"timetz_smaller": P2(func(a, b TimeTZ) TimeTZ {
			if a.Cmp(b) < 0 {
				return a
			}
			return b
		}),
		"timetz_hash": {
			Call: func(_ *Call, a []Datum) (Datum, error) {
				t := a[0].(TimeTZ)
				return int32(hashInt64(int64(t.Time)) ^ hashUint32(uint32(t.Zone))), nil
			},
			Key: func(dst []byte, d Datum) []byte {
				t := d.(TimeTZ)
				return binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint64(dst, uint64(t.Time)), uint32(t.Zone))
			},
		},
		"timetz_hash_extended": P2(func(t TimeTZ, seed int64) int64 {
			return int64(hashInt64Extended(int64(t.Time), uint64(seed)) ^ hashUint32Extended(uint32(t.Zone), uint64(seed)))
		}),
		"timetz_pl_interval": P2(timeTZAdd),
		"timetz_mi_interval": P2(func(t TimeTZ, v Interval) TimeTZ {
			return TimeTZ{wrapTime(int64(t.Time) - v.Time%usecsPerDay), t.Zone}
		}),
		"timetz_time": P1(func(t TimeTZ) Time { return t.Time }),
		"timetz_zone": C2(timeTZZone),
		"timetz_izone": F2(func(v Interval, t TimeTZ) (TimeTZ, error) {
			west, err := intervalZone(v)
			if err != nil {
				return TimeTZ{}, err
			}
			return t.toZone(west), nil
		}),
		"in_range_timetz_interval": Raw(func(_ *Call, a []Datum) (Datum, error) {
			val, base, off := a[0].(TimeTZ), a[1].(TimeTZ), a[2].(Interval).Time
			if off < 0 {
				return nil, badFrameOffset()
			}
			if a[3].(bool) {
				off = -off
			}
			sum, ok := add64(int64(base.Time), off)
			less := a[4].(bool)
			if !ok {
				return less, nil
			}
			c := val.Cmp(TimeTZ{Time(sum), base.Zone})
			return less && c <= 0 || !less && c >= 0, nil
		}),
		"overlaps_timetz": Raw(func(_ *Call, a []Datum) (Datum, error) {
			return overlaps(a, func(a, b Datum) bool { return a.(TimeTZ).Cmp(b.(TimeTZ)) > 0 }), nil
		}),
		"sql:interval_pl_timetz/interval,timetz": P2(func(v Interval, t TimeTZ) TimeTZ { return timeTZAdd(t, v) }),
	}
}

// Cmp orders by the instant, then by the zone.
func (t TimeTZ) Cmp(u TimeTZ) int {
	a, b := int64(t.Time)+int64(t.Zone)*usecsPerSec, int64(u.Time)+int64(u.Zone)*usecsPerSec
	if c := cmp.Compare(a, b); c != 0 {
		return c
	}
	return cmp.Compare(int64(t.Zone), int64(u.Zone))
}

func timeTZAdd(t TimeTZ, v Interval) TimeTZ { return TimeTZ{timeAdd(t.Time, v), t.Zone} }

func timeTZIn(c *Call, s string, typmod int32) (TimeTZ, error) {
	d, err := readTime(c, s, "time with time zone")
	if err != nil {
		return TimeTZ{}, err
	}
	t := &d.t
	return TimeTZ{roundTime(Time(timeOfDay(t.hour, t.min, t.sec, t.fsec)), typmod), int32(d.west)}, nil
}

func timeTZOut(_ *Call, dst []byte, t TimeTZ) ([]byte, error) {
	b := t.Time.split()
	return appendZone(b.appendClock(dst), int(t.Zone)), nil
}

func timeTZRecv(_ *Call, b []byte, typmod int32) (TimeTZ, error) {
	t, err := timeRecv(nil, b[:min(len(b), 8)], typmod)
	if err == nil {
		err = atLeast(b, 12)
	}
	if err != nil {
		return TimeTZ{}, err
	}
	zone := int32(binary.BigEndian.Uint32(b[8:]))
	if zone <= -16*3600 || zone >= 16*3600 {
		return TimeTZ{}, pgerr.New(pgerrcode.InvalidTimeZoneDisplacementValue, "time zone displacement out of range")
	}
	return TimeTZ{t, zone}, noMore(b, 12)
}

// toZone gives the same instant in another zone.
func (t TimeTZ) toZone(west int) TimeTZ {
	return TimeTZ{wrapTime(int64(t.Time) + int64(t.Zone-int32(west))*usecsPerSec), int32(west)}
}

// timeTZZone moves a time to a zone, with the zone's offset of now.
func timeTZZone(c *Call, name string, t TimeTZ) (TimeTZ, error) {
	z, err := lookupZone(name)
	if err != nil {
		return TimeTZ{}, err
	}
	return t.toZone(z.westAt(c.Env.now())), nil
}

// intervalZone reads an interval as a zone's offset, in seconds west.
func intervalZone(v Interval) (int, error) {
	if v.Month != 0 || v.Day != 0 {
		return 0, pgerr.New(pgerrcode.InvalidParameterValue,
			"interval time zone \"%s\" must not include months or days", appendInterval(nil, v, IntervalPostgres))
	}
	return int(int32(-(v.Time / usecsPerSec))), nil // as a C int
}
