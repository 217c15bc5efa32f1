package adt

import (
	"math"
)

func (v Interval) neg() (Interval, error) {
	if v.Time == math.MinInt64 || v.Day == math.MinInt32 || v.Month == math.MinInt32 {
		return v, intervalRange()
	}
	return v.opposite(), nil
}

// opposite is neg that lets the least numbers be, as subtraction from a
// timestamp does: the sum is out of range then.
func (v Interval) opposite() Interval { return Interval{-v.Time, -v.Day, -v.Month} }

func (v Interval) add(w Interval) (Interval, error) {
	var ok bool
	if !add32(&v.Month, int64(w.Month)) || !add32(&v.Day, int64(w.Day)) {
		return v, intervalRange()
	}
	if v.Time, ok = add64(v.Time, w.Time); !ok {
		return v, intervalRange()
	}
	return v, nil
}

func (v Interval) sub(w Interval) (Interval, error) {
	var ok bool
	if !add32(&v.Month, -int64(w.Month)) || !add32(&v.Day, -int64(w.Day)) {
		return v, intervalRange()
	}
	if v.Time, ok = sub64(v.Time, w.Time); !ok {
		return v, intervalRange()
	}
	return v, nil
}

// roundSecs rounds a number of seconds to microseconds (TSROUND).
func roundSecs(v float64) float64 { return math.RoundToEven(v*usecsPerSec) / usecsPerSec }

func (v Interval) mul(factor float64) (Interval, error) {
	return v.times(func(f float64) float64 { return f * factor })
}

func (v Interval) div(factor float64) (Interval, error) {
	if factor == 0 {
		return v, divisionByZero()
	}
	return v.times(func(f float64) float64 { return f / factor })
}

// times scales the fields, cascading fractions of months into days and of days
// into time (interval_mul, interval_div).
func (v Interval) times(scale func(float64) float64) (Interval, error) {
	month, day := scale(float64(v.Month)), scale(float64(v.Day))
	fits := func(f float64) bool { return f >= math.MinInt32 && f <= math.MaxInt32 }
	if !fits(month) || !fits(day) {
		return v, intervalRange()
	}
	r := Interval{Month: int32(month), Day: int32(day)}
	monthDays := roundSecs((month - float64(r.Month)) * daysPerMonth)
	secs := roundSecs((day - float64(r.Day) + monthDays - math.Trunc(monthDays)) * secsPerDay)
	if math.Abs(secs) >= secsPerDay {
		if !add32(&r.Day, int64(secs/secsPerDay)) {
			return v, intervalRange()
		}
		secs -= math.Trunc(secs/secsPerDay) * secsPerDay
	}
	if !add32(&r.Day, int64(monthDays)) {
		return v, intervalRange()
	}
	t := math.RoundToEven(scale(float64(v.Time)) + secs*usecsPerSec)
	if !(t >= math.MinInt64 && t < math.MaxInt64) {
		return v, intervalRange()
	}
	r.Time = int64(t)
	return r, nil
}
