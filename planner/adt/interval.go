package adt

import (
	"cmp"
	"encoding/binary"
	"math"
	"math/bits"

	"github.com/jackc/pgerrcode"

	"github.com/flowgres/flowgres/planner/pgerr"
)

// intervalFuncs are the routines of interval.
func intervalFuncs() Funcs {
	return Funcs{
		"interval_in": In(func(c *Call, s string, typmod int32) (Interval, error) { return parseInterval(c.Env, s, typmod) }),
		"interval_out": Out(func(c *Call, dst []byte, v Interval) ([]byte, error) {
			return appendInterval(dst, v, c.Env.intervalStyle()), nil
		}),
		"interval_recv":     Recv(intervalRecv),
		"interval_send":     Send(intervalSend),
		"intervaltypmodin":  C1(intervalTypmodIn),
		"intervaltypmodout": F1(intervalTypmodOut),
		"interval_scale":    F2(Interval.applyTypmod),
		"interval_eq":       P2(func(a, b Interval) bool { return a.Cmp(b) == 0 }),
		"interval_ne":       P2(func(a, b Interval) bool { return a.Cmp(b) != 0 }),
		"interval_lt":       P2(func(a, b Interval) bool { return a.Cmp(b) < 0 }),
		"interval_le":       P2(func(a, b Interval) bool { return a.Cmp(b) <= 0 }),
		"interval_gt":       P2(func(a, b Interval) bool { return a.Cmp(b) > 0 }),
		"interval_ge":       P2(func(a, b Interval) bool { return a.Cmp(b) >= 0 }),
		"interval_cmp":      Cmp(Interval.Cmp),
		"interval_larger":   P2(intervalLarger),
		"interval_smaller":  P2(intervalSmaller),
		"interval_hash":     intervalHash(),
		"interval_hash_extended": P2(func(v Interval, seed int64) int64 {
			_, lo := v.span()
			return int64(hashInt64Extended(int64(lo), uint64(seed)))
		}),
		"interval_finite":           P1(func(Interval) bool { return true }),
		"interval_um":               F1(Interval.neg),
		"interval_pl":               F2(Interval.add),
		"interval_mi":               F2(Interval.sub),
		"interval_mul":              F2(Interval.mul),
		"mul_d_interval":            F2(func(f float64, v Interval) (Interval, error) { return v.mul(f) }),
		"interval_div":              F2(Interval.div),
		"interval_justify_hours":    F1(Interval.justifyHours),
		"interval_justify_days":     F1(Interval.justifyDays),
		"interval_justify_interval": F1(Interval.justify),
		"make_interval":             Raw(makeInterval),
		"interval_time":             P1(intervalTime),
		"interval_trunc":            F2(intervalTrunc),
		"in_range_interval_interval": Raw(func(_ *Call, a []Datum) (Datum, error) {
			val, base, off := a[0].(Interval), a[1].(Interval), a[2].(Interval)
			if off.Cmp(Interval{}) < 0 {
				return nil, badFrameOffset()
			}
			sum, err := base.add(off)
			if a[3].(bool) {
				sum, err = base.sub(off)
			}
			if err != nil {
				return nil, err
			}
			if a[4].(bool) {
				return val.Cmp(sum) <= 0, nil
			}
			return val.Cmp(sum) >= 0, nil
		}),
	}
}

// span is the interval in microseconds, as 128 bits: what comparisons and
// hashing see, with days of 24 hours and months of 30 days.
func (v Interval) span() (hi int64, lo uint64) {
	days := int64(v.Month)*daysPerMonth + int64(v.Day)
	h, l := bits.Mul64(uint64(abs64(days)), usecsPerDay)
	if days < 0 { // negate
		var borrow uint64
		l, borrow = bits.Sub64(0, l, 0)
		h, _ = bits.Sub64(0, h, borrow)
	}
	l, carry := bits.Add64(l, uint64(v.Time), 0)
	h, _ = bits.Add64(h, uint64(v.Time>>63), carry)
	return int64(h), l
}

// Cmp orders intervals as PostgreSQL does.
func (v Interval) Cmp(w Interval) int {
	ah, al := v.span()
	bh, bl := w.span()
	if c := cmp.Compare(ah, bh); c != 0 {
		return c
	}
	return cmp.Compare(al, bl)
}

func intervalHash() Func {
	return Func{
		Call: func(_ *Call, a []Datum) (Datum, error) {
			_, lo := a[0].(Interval).span()
			return int32(hashInt64(int64(lo))), nil
		},
		Key: func(dst []byte, d Datum) []byte {
			hi, lo := d.(Interval).span()
			return binary.BigEndian.AppendUint64(binary.BigEndian.AppendUint64(dst, uint64(hi)), lo)
		},
	}
}

func intervalLarger(a, b Interval) Interval {
	if a.Cmp(b) > 0 {
		return a
	}
	return b
}

func intervalSmaller(a, b Interval) Interval {
	if a.Cmp(b) < 0 {
		return a
	}
	return b
}

func intervalRecv(_ *Call, b []byte, typmod int32) (Interval, error) {
	if err := wantBytes(b, 16); err != nil {
		return Interval{}, err
	}
	return Interval{
		Time:  int64(binary.BigEndian.Uint64(b)),
		Day:   int32(binary.BigEndian.Uint32(b[8:])),
		Month: int32(binary.BigEndian.Uint32(b[12:])),
	}.applyTypmod(typmod)
}

func intervalSend(_ *Call, dst []byte, v Interval) ([]byte, error) {
	dst = sendInt64(dst, v.Time)
	dst = binary.BigEndian.AppendUint32(dst, uint32(v.Day))
	return binary.BigEndian.AppendUint32(dst, uint32(v.Month)), nil
}

// applyTypmod drops the fields that a type modifier leaves out and rounds
// (AdjustIntervalForTypmod).
func (v Interval) applyTypmod(typmod int32) (Interval, error) {
	if typmod < 0 {
		return v, nil
	}
	cut := func(unit int64) { v.Time = v.Time / unit * unit }
	switch fieldRange := int(typmod>>16) & intervalFullRange; fieldRange {
	case intervalFullRange, maskSecond, maskDay | maskHour | maskMinute | maskSecond,
		maskHour | maskMinute | maskSecond, maskMinute | maskSecond:
	case maskYear:
		v = Interval{Month: v.Month / 12 * 12}
	case maskMonth, maskYear | maskMonth:
		v = Interval{Month: v.Month}
	case maskDay:
		v.Time = 0
	case maskHour, maskDay | maskHour:
		cut(usecsPerHour)
	case maskMinute, maskDay | maskHour | maskMinute, maskHour | maskMinute:
		cut(usecsPerMin)
	default:
		return v, pgerr.Internal("unrecognized interval typmod: %d", typmod)
	}
	precision := typmod & 0xffff
	if precision == intervalFullPrecision {
		return v, nil
	}
	if precision > maxTimePrecision {
		return v, pgerr.New(pgerrcode.InvalidParameterValue,
			"interval(%d) precision must be between %d and %d", precision, 0, maxTimePrecision)
	}
	scale := int64(1)
	for range maxTimePrecision - precision {
		scale *= 10
	}
	half := scale / 2
	if v.Time >= 0 { // PostgreSQL 16 lets it wrap around
		v.Time = (v.Time + half) / scale * scale
	} else {
		v.Time = -((-v.Time + half) / scale * scale)
	}
	return v, nil
}

func intervalTypmodIn(c *Call, a *Array) (int32, error) {
	m, err := arrayTypmods(a)
	if err != nil {
		return 0, err
	}
	if len(m) > 0 {
		switch m[0] {
		case maskYear, maskMonth, maskDay, maskHour, maskMinute, maskSecond, maskYear | maskMonth, maskDay | maskHour,
			maskDay | maskHour | maskMinute, maskDay | maskHour | maskMinute | maskSecond, maskHour | maskMinute,
			maskHour | maskMinute | maskSecond, maskMinute | maskSecond, intervalFullRange:
		default:
			return 0, pgerr.New(pgerrcode.InvalidParameterValue, "invalid INTERVAL type modifier")
		}
	}
	switch len(m) {
	case 1:
		if m[0] == intervalFullRange {
			return -1, nil
		}
		return m[0]<<16 | intervalFullPrecision, nil
	case 2:
		if m[1] < 0 {
			return 0, pgerr.New(pgerrcode.InvalidParameterValue, "INTERVAL(%d) precision must not be negative", m[1])
		}
		if m[1] > maxTimePrecision {
			if c.Env != nil && c.Env.Session != nil {
				w := pgerr.New(pgerrcode.InvalidParameterValue, "INTERVAL(%d) precision reduced to maximum allowed, %d", m[1], maxTimePrecision)
				w.Severity = "WARNING"
				c.Env.Session.Notice(w)
			}
			m[1] = maxTimePrecision
		}
		return m[0]<<16 | m[1], nil
	}
	return 0, pgerr.New(pgerrcode.InvalidParameterValue, "invalid INTERVAL type modifier")
}

func intervalTypmodOut(typmod int32) (string, error) {
	if typmod < 0 {
		return "", nil
	}
	names := map[int32]string{
		maskYear: " year", maskMonth: " month", maskDay: " day", maskHour: " hour", maskMinute: " minute", maskSecond: " second",
		maskYear | maskMonth: " year to month", maskDay | maskHour: " day to hour", maskDay | maskHour | maskMinute: " day to minute",
		maskDay | maskHour | maskMinute | maskSecond: " day to second", maskHour | maskMinute: " hour to minute",
		maskHour | maskMinute | maskSecond: " hour to second", maskMinute | maskSecond: " minute to second", intervalFullRange: "",
	}
	name, ok := names[typmod>>16&intervalFullRange]
	if !ok {
		return "", pgerr.Internal("invalid INTERVAL typmod: 0x%x", typmod)
	}
	if p := typmod & 0xffff; p != intervalFullPrecision {
		name += precisionText(p)
	}
	return name, nil
}

// intervalTime is the time of day, which wraps around near the least interval.
func intervalTime(v Interval) Time {
	days := v.Time / usecsPerDay
	if v.Time < 0 {
		days = -((-v.Time + usecsPerDay - 1) / usecsPerDay)
	}
	return Time(v.Time - days*usecsPerDay)
}

func makeInterval(_ *Call, a []Datum) (Datum, error) {
	n := func(i int) int32 { return a[i].(int32) }
	secs := a[6].(float64)
	if math.IsNaN(secs) || math.IsInf(secs, 0) {
		return nil, intervalRange()
	}
	// PostgreSQL 16 lets all wrap around, and takes seconds that are too many for the least number.
	v := Interval{Month: n(0)*12 + n(1), Day: n(2)*7 + n(3)}
	v.Time = int64(n(4))*usecsPerHour + int64(n(5))*usecsPerMin
	us := int64(math.MinInt64)
	if s := math.RoundToEven(secs * usecsPerSec); s >= math.MinInt64 && s < math.MaxInt64 {
		us = int64(s)
	}
	v.Time += us
	return v, nil
}
