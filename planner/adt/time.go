package adt

import (
	"cmp"
	"encoding/binary"
	"math"

	"github.com/jackc/pgerrcode"

	"github.com/flowgres/flowgres/planner/pgerr"
)

// timeFuncs are the routines of time (PostgreSQL's date.c).
func timeFuncs() Funcs {
	return Funcs{
		"time_in":       In(timeIn),
		"time_out":      Out(func(_ *Call, dst []byte, t Time) ([]byte, error) { b := t.split(); return b.appendClock(dst), nil }),
		"time_recv":     Recv(timeRecv),
		"time_send":     Send(func(_ *Call, dst []byte, t Time) ([]byte, error) { return sendInt64(dst, int64(t)), nil }),
		"timetypmodin":  C1(func(c *Call, a *Array) (int32, error) { return precisionTypmod(c, a, "TIME", "") }),
		"timetypmodout": P1(func(m int32) string { return precisionText(m) + " without time zone" }),
		"time_scale":    P2(roundTime),
		"time_eq":       P2(func(a, b Time) bool { return a == b }),
		"time_ne":       P2(func(a, b Time) bool { return a != b }),
		"time_lt":       P2(func(a, b Time) bool { return a < b }),
		"time_le":       P2(func(a, b Time) bool { return a <= b }),
		"time_gt":       P2(func(a, b Time) bool { return a > b }),
		"time_ge":       P2(func(a, b Time) bool { return a >= b }),
		"time_cmp":      Cmp(cmp.Compare[Time]),
		"time_larger":   P2(func(a, b Time) Time { return max(a, b) }),
		"time_smaller":  P2(func(a, b Time) Time { return min(a, b) }),
		"time_hash": {
			Call: func(_ *Call, a []Datum) (Datum, error) { return int32(hashInt64(int64(a[0].(Time)))), nil },
			Key:  func(dst []byte, d Datum) []byte { return binary.BigEndian.AppendUint64(dst, uint64(d.(Time))) },
		},
		"time_hash_extended": P2(func(a Time, seed int64) int64 { return int64(hashInt64Extended(int64(a), uint64(seed))) }),
		"time_interval":      P1(func(t Time) Interval { return Interval{Time: int64(t)} }),
		"time_pl_interval":   P2(timeAdd),
		"time_mi_interval":   P2(func(t Time, v Interval) Time { return wrapTime(int64(t) - v.Time%usecsPerDay) }),
		"time_mi_time":       P2(func(a, b Time) Interval { return Interval{Time: int64(a - b)} }),
		"time_timetz": C1(func(c *Call, t Time) (TimeTZ, error) {
			now := c.Env.now().splitIn(c.Env.zone())
			b := t.split()
			now.hour, now.min, now.sec = b.hour, b.min, b.sec
			return TimeTZ{t, int32(now.zoneOffset(c.Env.zone()))}, nil
		}),
		"make_time": F3(makeTime),
		"in_range_time_interval": Raw(func(_ *Call, a []Datum) (Datum, error) {
			val, base, off := a[0].(Time), a[1].(Time), a[2].(Interval).Time
			sub, less := a[3].(bool), a[4].(bool)
			if off < 0 {
				return nil, badFrameOffset()
			}
			if sub {
				off = -off
			}
			sum, ok := add64(int64(base), off)
			if !ok {
				return less, nil
			}
			if less {
				return int64(val) <= sum, nil
			}
			return int64(val) >= sum, nil
		}),
		"overlaps_time": Raw(func(_ *Call, a []Datum) (Datum, error) {
			return overlaps(a, func(a, b Datum) bool { return a.(Time) > b.(Time) }), nil
		}),
		"sql:overlaps/time,interval,time,interval": overlapsSpan(timeSpan, true, true),
		"sql:overlaps/time,interval,time,time":     overlapsSpan(timeSpan, true, false),
		"sql:overlaps/time,time,time,interval":     overlapsSpan(timeSpan, false, true),
		"sql:interval_pl_time/interval,time":       P2(func(v Interval, t Time) Time { return timeAdd(t, v) }),
	}
}

// wrapTime wraps microseconds around at midnight.
func wrapTime(usecs int64) Time { return Time(usecs - floorDiv(usecs, usecsPerDay)*usecsPerDay) }

func timeAdd(t Time, v Interval) Time {
	return wrapTime(int64(t) + v.Time%usecsPerDay)
}

func (t Time) split() tm {
	var b tm
	b.splitTime(int64(t))
	return b
}

func roundTime(t Time, typmod int32) Time {
	if typmod < 0 || typmod >= maxTimePrecision {
		return t
	}
	return Time(roundUsec(int64(t), typmod))
}

func readTime(c *Call, s, typ string) (*decoder, error) {
	d := newDecoder(c.Env)
	fields, e := parseDateTime(s, maxDateLen+1)
	if e == dtOK {
		e = d.decodeTimeOnly(fields)
	}
	if e != dtOK {
		return nil, e.err(d.badZone, s, typ)
	}
	return d, nil
}

func timeIn(c *Call, s string, typmod int32) (Time, error) {
	d, err := readTime(c, s, "time")
	if err != nil {
		return 0, err
	}
	t := &d.t
	return roundTime(Time(timeOfDay(t.hour, t.min, t.sec, t.fsec)), typmod), nil
}

func timeRecv(_ *Call, b []byte, typmod int32) (Time, error) {
	v, err := recvInt64(b)
	if err != nil {
		return 0, err
	}
	if v < 0 || v > usecsPerDay {
		return 0, pgerr.New(pgerrcode.DatetimeFieldOverflow, "time out of range")
	}
	return roundTime(Time(v), typmod), noMore(b, 8)
}

// clockFields makes a time of day of numbers (float_time_overflows, make_time);
// seconds may have a fraction.
func clockFields(hour, min int32, sec float64) (Time, bool) {
	if hour < 0 || hour > 24 || min < 0 || min >= 60 || !(sec >= 0 && sec <= 60) {
		return 0, false
	}
	usec := math.RoundToEven(sec * usecsPerSec)
	if usec < 0 || usec > 60*usecsPerSec {
		return 0, false
	}
	t := (int64(hour)*60+int64(min))*usecsPerMin + int64(usec)
	if t > usecsPerDay {
		return 0, false
	}
	return Time(t), true
}

func makeTime(hour, min int32, sec float64) (Time, error) {
	t, ok := clockFields(hour, min, sec)
	if !ok {
		return 0, pgerr.New(pgerrcode.DatetimeFieldOverflow, "time field value out of range: %d:%02d:%s", hour, min, cFloat2(sec))
	}
	return t, nil
}

// overlaps is the OVERLAPS predicate for two periods, whose ends come in any
// order and may be NULL; greater compares two values.
func overlaps(a []Datum, greater func(a, b Datum) bool) Datum {
	order := func(s, e Datum) (Datum, Datum, bool) {
		switch {
		case s == nil && e == nil:
			return nil, nil, false
		case s == nil:
			return e, nil, true
		case e != nil && greater(s, e):
			return e, s, true
		}
		return s, e, true
	}
	s1, e1, ok1 := order(a[0], a[1])
	s2, e2, ok2 := order(a[2], a[3])
	if !ok1 || !ok2 {
		return nil
	}
	switch {
	case greater(s1, s2):
		if e2 == nil {
			return nil
		}
		if greater(e2, s1) {
			return true
		}
		if e1 == nil {
			return nil
		}
		return false
	case greater(s2, s1):
		if e1 == nil {
			return nil
		}
		if greater(e1, s2) {
			return true
		}
		if e2 == nil {
			return nil
		}
		return false
	}
	if e1 == nil || e2 == nil {
		return nil
	}
	return true
}

// spanType is how OVERLAPS with intervals computes and compares ends.
type spanType struct {
	add     func(c *Call, t Datum, v Interval) (Datum, error)
	greater func(a, b Datum) bool
}

var timeSpan = spanType{
	add:     func(_ *Call, t Datum, v Interval) (Datum, error) { return timeAdd(t.(Time), v), nil },
	greater: func(a, b Datum) bool { return a.(Time) > b.(Time) },
}

// overlapsSpan is OVERLAPS where the first, the second or both periods are
// given by start and length.
func overlapsSpan(s spanType, first, second bool) Func {
	return Raw(func(c *Call, a []Datum) (Datum, error) {
		ends := append([]Datum(nil), a...)
		for i, span := range []bool{first, second} {
			if !span {
				continue
			}
			start, length := a[2*i], a[2*i+1]
			ends[2*i+1] = nil
			if start == nil || length == nil {
				continue
			}
			end, err := s.add(c, start, length.(Interval))
			if err != nil {
				return nil, err
			}
			ends[2*i+1] = end
		}
		return overlaps(ends, s.greater), nil
	})
}
