package adt

import (
	"maps"

	"github.com/flowgres/flowgres/planner/pgerr"
)

// aggFuncs are the transition and final functions of the aggregates over
// numbers, intervals and booleans.
func aggFuncs() Funcs {
	f := Funcs{}
	for _, t := range []Funcs{sumFuncs(), avgIntFuncs(), numericAggFuncs(), floatAggFuncs(), intervalAggFuncs(), boolAggFuncs()} {
		maps.Copy(f, t)
	}
	return f
}

// sumFuncs are the transitions of sum over small integers. Sums of int2 and int4
// start as NULL.
func sumFuncs() Funcs {
	return Funcs{
		"int2_sum": Raw(func(_ *Call, a []Datum) (Datum, error) {
			if a[1] == nil {
				return a[0], nil
			}
			return sumInt(a[0], int64(a[1].(int16)))
		}),
		"int4_sum": Raw(func(_ *Call, a []Datum) (Datum, error) {
			if a[1] == nil {
				return a[0], nil
			}
			return sumInt(a[0], int64(a[1].(int32)))
		}),
	}
}

func sumInt(state Datum, v int64) (Datum, error) {
	if state == nil {
		return v, nil
	}
	return state.(int64) + v, nil
}

// avgIntFuncs are avg over int2 and int4, whose state is an int8 array of count
// and sum, and the moving sums that share it.
func avgIntFuncs() Funcs {
	state := func(d Datum) (*Array, error) {
		s := d.(*Array)
		if len(s.Values) != 2 || s.Values[0] == nil || s.Values[1] == nil {
			return nil, pgerr.Internal("expected 2-element int8 array")
		}
		return s, nil
	}
	totals := func(d Datum) (n, sum int64, err error) {
		s, err := state(d)
		if err != nil {
			return 0, 0, err
		}
		return s.Values[0].(int64), s.Values[1].(int64), nil
	}
	accum := func(c *Call, a []Datum, v, n int64) (Datum, error) {
		s, err := state(a[0])
		if err != nil {
			return nil, err
		}
		if !c.Agg {
			s = &Array{Elem: s.Elem, Dims: s.Dims, Values: append([]Datum(nil), s.Values...)}
		}
		s.Values[0] = s.Values[0].(int64) + n
		s.Values[1] = s.Values[1].(int64) + n*v
		return s, nil
	}
	return Funcs{
		"int2_avg_accum":     Raw(func(c *Call, a []Datum) (Datum, error) { return accum(c, a, int64(a[1].(int16)), 1) }),
		"int2_avg_accum_inv": Raw(func(c *Call, a []Datum) (Datum, error) { return accum(c, a, int64(a[1].(int16)), -1) }),
		"int4_avg_accum":     Raw(func(c *Call, a []Datum) (Datum, error) { return accum(c, a, int64(a[1].(int32)), 1) }),
		"int4_avg_accum_inv": Raw(func(c *Call, a []Datum) (Datum, error) { return accum(c, a, int64(a[1].(int32)), -1) }),
		"int8_avg": Raw(func(_ *Call, a []Datum) (Datum, error) {
			n, sum, err := totals(a[0])
			if err != nil || n == 0 {
				return nil, err
			}
			return box(numericDiv(NumericFromInt64(sum), NumericFromInt64(n)))
		}),
		"int8_sum": Raw(func(_ *Call, a []Datum) (Datum, error) {
			switch {
			case a[1] == nil:
				return a[0], nil
			case a[0] == nil:
				return NumericFromInt64(a[1].(int64)), nil
			}
			return box(numericAdd(a[0].(*Numeric), NumericFromInt64(a[1].(int64))))
		}),
		"int4_avg_combine": Raw(func(*Call, []Datum) (Datum, error) { // what only parallel aggregates call
			return nil, pgerr.Internal("aggregate function called in non-aggregate context")
		}),
		"int2int4_sum": Raw(func(_ *Call, a []Datum) (Datum, error) {
			n, sum, err := totals(a[0])
			if err != nil || n == 0 {
				return nil, err
			}
			return sum, nil
		}),
	}
}
