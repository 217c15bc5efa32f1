package adt

import (
	"iter"

	"github.com/jackc/pgerrcode"

	"github.com/flowgres/flowgres/planner/pgerr"
)

// generateFuncs are generate_series of integers and timestamps.
func generateFuncs() Funcs {
	stampAdd := func(t Timestamp, v Interval) (Timestamp, error) { return timestampAdd(t, v) }
	return Funcs{
		"generate_series_int4":      Set(seriesInt[int32]),
		"generate_series_step_int4": Set(seriesInt[int32]),
		"generate_series_int8":      Set(seriesInt[int64]),
		"generate_series_step_int8": Set(seriesInt[int64]),
		"generate_series_timestamp": Set(func(_ *Call, a []Datum) iter.Seq2[Datum, error] { return seriesTimestamp(a, stampAdd) }),
		"generate_series_timestamptz": Set(func(c *Call, a []Datum) iter.Seq2[Datum, error] {
			return seriesTimestamp(a, func(t TimestampTZ, v Interval) (TimestampTZ, error) {
				return timestampTZAdd(t, v, c.Env.zone())
			})
		}),
		"generate_series_timestamptz_at_zone": Set(func(_ *Call, a []Datum) iter.Seq2[Datum, error] {
			loc, err := zoneOrAbbrev(a[3].(string))
			if err != nil {
				return failedSeries(err)
			}
			return seriesTimestamp(a, func(t TimestampTZ, v Interval) (TimestampTZ, error) { return timestampTZAdd(t, v, loc) })
		}),
	}
}

func failedSeries(err error) iter.Seq2[Datum, error] {
	return func(yield func(Datum, error) bool) { yield(nil, err) }
}

func badStep(what string) iter.Seq2[Datum, error] {
	return failedSeries(pgerr.New(pgerrcode.InvalidParameterValue, "%s", what))
}

func seriesInt[T integer](_ *Call, a []Datum) iter.Seq2[Datum, error] {
	start, stop, step := a[0].(T), a[1].(T), T(1)
	if len(a) > 2 {
		step = a[2].(T)
	}
	if step == 0 {
		return badStep("step size cannot equal zero")
	}
	return func(yield func(Datum, error) bool) {
		for v := start; step > 0 && v <= stop || step < 0 && v >= stop; {
			if !yield(v, nil) {
				return
			}
			next := v + step
			if (next > v) != (step > 0) { // past the type's range
				return
			}
			v = next
		}
	}
}

func seriesNumeric(_ *Call, a []Datum) iter.Seq2[Datum, error] {
	step := oneNumeric
	if len(a) > 2 {
		step = a[2].(*Numeric)
	}
	for i, what := range []string{"start value", "stop value", "step size"} {
		v := step
		if i < 2 {
			v = a[i].(*Numeric)
		}
		if v.IsNaN() {
			return badStep(what + " cannot be NaN")
		}
		if v.IsInf() {
			return badStep(what + " cannot be infinity")
		}
	}
	if step.Sign() == 0 {
		return badStep("step size cannot equal zero")
	}
	start, stop := a[0].(*Numeric), a[1].(*Numeric)
	return func(yield func(Datum, error) bool) {
		for v := start; v.Cmp(stop)*step.Sign() <= 0; {
			if !yield(v, nil) {
				return
			}
			next, err := numericAdd(v, step)
			if err != nil { // past the type's range, and so past stop
				return
			}
			v = next
		}
	}
}

func seriesTimestamp[T Timestamp | TimestampTZ](a []Datum, add func(T, Interval) (T, error)) iter.Seq2[Datum, error] {
	start, stop, step := a[0].(T), a[1].(T), a[2].(Interval)
	dir := step.Cmp(Interval{})
	if dir == 0 {
		return badStep("step size cannot equal zero")
	}
	return func(yield func(Datum, error) bool) {
		for v := start; dir > 0 && v <= stop || dir < 0 && v >= stop; {
			next, err := add(v, step) // before v goes out: it does not if there is no next one
			if err != nil {
				yield(nil, err)
				return
			}
			if !yield(v, nil) {
				return
			}
			v = next
		}
	}
}
