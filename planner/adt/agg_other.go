package adt

import (
	"github.com/jackc/pgerrcode"

	"github.com/flowgres/flowgres/planner/pgerr"
)

// boolState is the moving state of bool_and and bool_or.
type boolState struct{ n, trues int64 }

// boolAggFuncs are bool_and, bool_or and every as moving aggregates.
func boolAggFuncs() Funcs {
	step := func(by int64) Func {
		return Raw(func(_ *Call, a []Datum) (Datum, error) {
			s, ok := a[0].(*boolState)
			if !ok {
				if by < 0 {
					return nil, pgerr.Internal("bool_accum_inv called with NULL state")
				}
				s = &boolState{}
			}
			if v, ok := a[1].(bool); ok {
				s.n += by
				if v {
					s.trues += by
				}
			}
			return s, nil
		})
	}
	final := func(f func(s *boolState) bool) Func {
		return Raw(func(_ *Call, a []Datum) (Datum, error) {
			s, ok := a[0].(*boolState)
			if !ok || s.n == 0 {
				return nil, nil
			}
			return f(s), nil
		})
	}
	return Funcs{
		"bool_accum":     step(1),
		"bool_accum_inv": step(-1),
		"bool_alltrue":   final(func(s *boolState) bool { return s.trues == s.n }),
		"bool_anytrue":   final(func(s *boolState) bool { return s.trues > 0 }),
	}
}

// intervalAggFuncs are avg over interval: the state is an array of the sum and,
// as the time of a second interval, the count.
func intervalAggFuncs() Funcs {
	state := func(d Datum) (*Array, error) {
		s := d.(*Array)
		for _, v := range s.Values {
			if v == nil {
				return nil, pgerr.New(pgerrcode.NullValueNotAllowedDataException, "null array element not allowed in this context")
			}
		}
		if len(s.Values) != 2 {
			return nil, pgerr.Internal("expected 2-element interval array")
		}
		return s, nil
	}
	step := func(by int64, op func(a, b Interval) (Interval, error)) Func {
		return Raw(func(c *Call, a []Datum) (Datum, error) {
			s, err := state(a[0])
			if err != nil {
				return nil, err
			}
			sum, err := op(s.Values[0].(Interval), a[1].(Interval))
			if err != nil {
				return nil, err
			}
			if !c.Agg {
				s = &Array{Elem: s.Elem, Dims: s.Dims, Values: append([]Datum(nil), s.Values...)}
			}
			n := s.Values[1].(Interval)
			n.Time += by
			s.Values[0], s.Values[1] = sum, n
			return s, nil
		})
	}
	return Funcs{
		"interval_accum":     step(1, Interval.add),
		"interval_accum_inv": step(-1, Interval.sub),
		"interval_combine": Raw(func(_ *Call, a []Datum) (Datum, error) {
			x, err := state(a[0])
			if err != nil {
				return nil, err
			}
			y, err := state(a[1])
			if err != nil {
				return nil, err
			}
			sum, err := x.Values[0].(Interval).add(y.Values[0].(Interval))
			if err != nil {
				return nil, err
			}
			n := x.Values[1].(Interval)
			n.Time += y.Values[1].(Interval).Time
			return NewArray(x.Elem, []Datum{sum, n}), nil
		}),
		"interval_avg": Raw(func(_ *Call, a []Datum) (Datum, error) {
			st, err := state(a[0])
			if err != nil {
				return nil, err
			}
			s := st.Values
			n := s[1].(Interval).Time
			if n == 0 {
				return nil, nil
			}
			return box(s[0].(Interval).div(float64(n)))
		}),
	}
}
