package adt

import (
	"cmp"
	"encoding/binary"
	"maps"

	"github.com/jackc/pgerrcode"

	"github.com/flowgres/flowgres/planner/pgerr"
)

// timestampFuncs are the routines of timestamp and timestamptz (PostgreSQL's
// timestamp.c). Some bodies serve both types.
func timestampFuncs() Funcs {
	f := Funcs{
		"timestamp_in":       In(timestampIn),
		"timestamp_out":      Out(timestampOut),
		"timestamp_recv":     Recv(timestampRecv[Timestamp]),
		"timestamp_send":     Send(func(_ *Call, dst []byte, t Timestamp) ([]byte, error) { return sendInt64(dst, int64(t)), nil }),
		"timestamptz_in":     In(timestampTZIn),
		"timestamptz_out":    Out(timestampTZOut),
		"timestamptz_recv":   Recv(timestampRecv[TimestampTZ]),
		"timestamptz_send":   Send(func(_ *Call, dst []byte, t TimestampTZ) ([]byte, error) { return sendInt64(dst, int64(t)), nil }),
		"timestamptypmodin":  C1(func(c *Call, a *Array) (int32, error) { return precisionTypmod(c, a, "TIMESTAMP", "") }),
		"timestamptypmodout": P1(func(m int32) string { return precisionText(m) + " without time zone" }),
		"timestamptztypmodin": C1(func(c *Call, a *Array) (int32, error) {
			return precisionTypmod(c, a, "TIMESTAMP", " WITH TIME ZONE")
		}),
		"timestamptztypmodout": P1(func(m int32) string { return precisionText(m) + " with time zone" }),
		"timestamp_scale":      F2(func(t Timestamp, m int32) (Timestamp, error) { return roundTimestamp(t, m) }),
		"timestamptz_scale":    F2(func(t TimestampTZ, m int32) (TimestampTZ, error) { return roundTimestamp(t, m) }),

		"timestamp_eq": stampTest(func(c int) bool { return c == 0 }),
		"timestamp_ne": stampTest(func(c int) bool { return c != 0 }),
		"timestamp_lt": stampTest(func(c int) bool { return c < 0 }),
		"timestamp_le": stampTest(func(c int) bool { return c <= 0 }),
		"timestamp_gt": stampTest(func(c int) bool { return c > 0 }),
		"timestamp_ge": stampTest(func(c int) bool { return c >= 0 }),
		"timestamp_cmp": {
			Compare: stampCmp,
			Call:    func(_ *Call, a []Datum) (Datum, error) { return int32(stampCmp(a[0], a[1])), nil },
		},
		"timestamp_larger": Raw(func(_ *Call, a []Datum) (Datum, error) {
			if stampCmp(a[0], a[1]) > 0 {
				return a[0], nil
			}
			return a[1], nil
		}),
		"timestamp_smaller": Raw(func(_ *Call, a []Datum) (Datum, error) {
			if stampCmp(a[0], a[1]) < 0 {
				return a[0], nil
			}
			return a[1], nil
		}),
		"timestamp_hash": {
			Call: func(_ *Call, a []Datum) (Datum, error) { return int32(hashInt64(stamp(a[0]))), nil },
			Key: func(dst []byte, d Datum) []byte {
				return binary.BigEndian.AppendUint64(dst, uint64(stamp(d)))
			},
		},
		"timestamp_hash_extended": P2(func(a Datum, seed int64) int64 {
			return int64(hashInt64Extended(stamp(a), uint64(seed)))
		}),
		"timestamp_finite": P1(func(a Datum) bool { return finite(stamp(a)) }),
		"timestamp_mi":     F2(func(a, b Datum) (Interval, error) { return timestampSub(stamp(a), stamp(b)) }),
	}
	for _, t := range []Funcs{timestampArith(), timestampCasts(), timestampParts(), timestampCross(), timestampNow()} {
		maps.Copy(f, t)
	}
	return f
}

// stamp is the value of a timestamp of either type.
func stamp(d Datum) int64 {
	if t, ok := d.(TimestampTZ); ok {
		return int64(t)
	}
	return int64(d.(Timestamp))
}

func stampCmp(a, b Datum) int { return cmp.Compare(stamp(a), stamp(b)) }

func stampTest(test func(int) bool) Func {
	return Raw(func(_ *Call, a []Datum) (Datum, error) { return test(stampCmp(a[0], a[1])), nil })
}

func finite(t int64) bool {
	return t != int64(TimestampInfinity) && t != int64(TimestampNegInfinity)
}

func sendInt64(dst []byte, v int64) []byte { return binary.BigEndian.AppendUint64(dst, uint64(v)) }

// recvInt64 reads the 8 bytes at a value's start; what they say is looked at
// before more is complained of.
func recvInt64(b []byte) (int64, error) {
	if err := atLeast(b, 8); err != nil {
		return 0, err
	}
	return int64(binary.BigEndian.Uint64(b)), nil
}

// readDateTime parses a timestamp's or date's text.
func readDateTime(c *Call, s string, room int, typ string) (*decoder, error) {
	d := newDecoder(c.Env)
	fields, e := parseDateTime(s, room)
	if e == dtOK {
		e = d.decode(fields)
	}
	if e != dtOK {
		return nil, e.err(d.badZone, s, typ)
	}
	return d, nil
}

func timestampIn(c *Call, s string, typmod int32) (Timestamp, error) {
	d, err := readDateTime(c, s, maxDateLen+maxDateFields, "timestamp")
	if err != nil {
		return 0, err
	}
	var t Timestamp
	switch d.typ {
	case unitEpoch:
		t = unixEpoch
	case unitLate:
		t = TimestampInfinity
	case unitEarly:
		t = TimestampNegInfinity
	default:
		var ok bool
		if t, ok = d.t.timestamp(); !ok {
			return 0, pgerr.New(pgerrcode.DatetimeFieldOverflow, "timestamp out of range: \"%s\"", s)
		}
	}
	return roundTimestamp(t, typmod)
}

func timestampTZIn(c *Call, s string, typmod int32) (TimestampTZ, error) {
	d, err := readDateTime(c, s, maxDateLen+maxDateFields, "timestamp with time zone")
	if err != nil {
		return 0, err
	}
	var t TimestampTZ
	switch d.typ {
	case unitEpoch:
		t = unixEpoch
	case unitLate:
		t = TimestampTZInfinity
	case unitEarly:
		t = TimestampTZNegInfinity
	default:
		var ok bool
		if t, ok = d.t.timestampTZ(d.west); !ok {
			return 0, pgerr.New(pgerrcode.DatetimeFieldOverflow, "timestamp out of range: \"%s\"", s)
		}
	}
	return roundTimestamp(t, typmod)
}

func appendInfinity(dst []byte, positive bool) []byte {
	if positive {
		return append(dst, "infinity"...)
	}
	return append(dst, "-infinity"...)
}

func timestampOut(c *Call, dst []byte, t Timestamp) ([]byte, error) {
	if !finite(int64(t)) {
		return appendInfinity(dst, t > 0), nil
	}
	style, order := c.Env.dateStyle()
	b := t.split()
	return b.appendDateTime(dst, false, style, order), nil
}

func timestampTZOut(c *Call, dst []byte, t TimestampTZ) ([]byte, error) {
	if !finite(int64(t)) {
		return appendInfinity(dst, t > 0), nil
	}
	style, order := c.Env.dateStyle()
	b := t.splitIn(c.Env.zone())
	return b.appendDateTime(dst, true, style, order), nil
}

func timestampRecv[T Timestamp | TimestampTZ](_ *Call, b []byte, typmod int32) (T, error) {
	v, err := recvInt64(b)
	if err != nil {
		return 0, err
	}
	if finite(v) && !validTimestamp(v) {
		return 0, timestampRange()
	}
	if err := noMore(b, 8); err != nil {
		return 0, err
	}
	return roundTimestamp(T(v), typmod)
}

// roundTimestamp applies a type modifier (AdjustTimestampForTypmod).
func roundTimestamp[T Timestamp | TimestampTZ](t T, typmod int32) (T, error) {
	if !finite(int64(t)) || typmod == -1 || typmod == maxTimePrecision {
		return t, nil
	}
	if typmod < 0 || typmod > maxTimePrecision {
		return 0, pgerr.New(pgerrcode.InvalidParameterValue,
			"timestamp(%d) precision must be between %d and %d", typmod, 0, maxTimePrecision)
	}
	return T(roundUsec(int64(t), typmod)), nil
}

// roundUsec rounds microseconds to a number of decimals of a second, half away
// from zero.
func roundUsec(v int64, digits int32) int64 {
	scale := int64(1)
	for range maxTimePrecision - digits {
		scale *= 10
	}
	if v >= 0 {
		return (v + scale/2) / scale * scale
	}
	return -((-v + scale/2) / scale * scale)
}

// precisionTypmod reads the precision of a time or timestamp type.
func precisionTypmod(c *Call, a *Array, name, zone string) (int32, error) {
	m, err := arrayTypmods(a)
	if err != nil {
		return 0, err
	}
	if len(m) != 1 {
		return 0, pgerr.New(pgerrcode.InvalidParameterValue, "invalid type modifier")
	}
	if m[0] < 0 {
		return 0, pgerr.New(pgerrcode.InvalidParameterValue, "%s(%d)%s precision must not be negative", name, m[0], zone)
	}
	if m[0] > maxTimePrecision {
		if c.Env != nil && c.Env.Session != nil {
			w := pgerr.New(pgerrcode.InvalidParameterValue, "%s(%d)%s precision reduced to maximum allowed, %d", name, m[0], zone, maxTimePrecision)
			w.Severity = "WARNING"
			c.Env.Session.Notice(w)
		}
		return maxTimePrecision, nil
	}
	return m[0], nil
}
