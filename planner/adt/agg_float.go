package adt

import (
	"math"

	"github.com/flowgres/flowgres/planner/pgerr"
)

// Float8OID is pg_type's row of float8.

// floatAggFuncs are the statistics over floats (float.c): the state is an array
// of N, Sx and Sxx, or of N, Sx, Sxx, Sy, Syy and Sxy, kept by Youngs and
// Cramer's method.
func floatAggFuncs() Funcs {
	f := Funcs{
		"float4_accum":       Raw(func(c *Call, a []Datum) (Datum, error) { return floatAccum(c, a, float64(a[1].(float32))) }),
		"float8_accum":       Raw(func(c *Call, a []Datum) (Datum, error) { return floatAccum(c, a, a[1].(float64)) }),
		"float8_combine":     Raw(func(c *Call, a []Datum) (Datum, error) { return floatCombine(c, a, 3) }),
		"float8_avg":         floatFinal(3, func(s []float64) (float64, bool) { return s[1] / s[0], s[0] != 0 }),
		"float8_var_pop":     floatFinal(3, func(s []float64) (float64, bool) { return s[2] / s[0], s[0] != 0 }),
		"float8_var_samp":    floatFinal(3, func(s []float64) (float64, bool) { return s[2] / (s[0] - 1), !(s[0] <= 1) }),
		"float8_stddev_pop":  floatFinal(3, func(s []float64) (float64, bool) { return math.Sqrt(s[2] / s[0]), s[0] != 0 }),
		"float8_stddev_samp": floatFinal(3, func(s []float64) (float64, bool) { return math.Sqrt(s[2] / (s[0] - 1)), !(s[0] <= 1) }),

		"float8_regr_accum":   Raw(regrAccum),
		"float8_regr_combine": Raw(func(c *Call, a []Datum) (Datum, error) { return floatCombine(c, a, 6) }),
		"float8_regr_sxx":     floatFinal(6, func(s []float64) (float64, bool) { return s[2], !(s[0] < 1) }),
		"float8_regr_syy":     floatFinal(6, func(s []float64) (float64, bool) { return s[4], !(s[0] < 1) }),
		"float8_regr_sxy":     floatFinal(6, func(s []float64) (float64, bool) { return s[5], !(s[0] < 1) }),
		"float8_regr_avgx":    floatFinal(6, func(s []float64) (float64, bool) { return s[1] / s[0], !(s[0] < 1) }),
		"float8_regr_avgy":    floatFinal(6, func(s []float64) (float64, bool) { return s[3] / s[0], !(s[0] < 1) }),
		"float8_covar_pop":    floatFinal(6, func(s []float64) (float64, bool) { return s[5] / s[0], !(s[0] < 1) }),
		"float8_covar_samp":   floatFinal(6, func(s []float64) (float64, bool) { return s[5] / (s[0] - 1), !(s[0] < 2) }),
		"float8_corr": floatFinal(6, func(s []float64) (float64, bool) {
			return s[5] / math.Sqrt(s[2]*s[4]), !(s[0] < 1) && s[2] != 0 && s[4] != 0
		}),
		"float8_regr_r2": floatFinal(6, func(s []float64) (float64, bool) {
			if s[4] == 0 {
				return 1, !(s[0] < 1) && s[2] != 0
			}
			return s[5] * s[5] / (s[2] * s[4]), !(s[0] < 1) && s[2] != 0
		}),
		"float8_regr_slope": floatFinal(6, func(s []float64) (float64, bool) { return s[5] / s[2], !(s[0] < 1) && s[2] != 0 }),
		"float8_regr_intercept": floatFinal(6, func(s []float64) (float64, bool) {
			return (s[3] - s[1]*s[5]/s[2]) / s[0], !(s[0] < 1) && s[2] != 0
		}),
	}
	return f
}

// floatState reads a state array.
func floatState(c *Call, d Datum, n int) ([]float64, error) {
	a, ok := d.(*Array)
	if !ok || len(a.Values) != n {
		return nil, pgerr.Internal("%s: expected %d-element float8 array", c.Name, n)
	}
	s := make([]float64, n)
	for i, v := range a.Values {
		f, ok := v.(float64)
		if !ok {
			return nil, pgerr.Internal("%s: expected %d-element float8 array", c.Name, n)
		}
		s[i] = f
	}
	return s, nil
}

// storeState writes a state back, in place inside an aggregate.
func storeState(c *Call, d Datum, s []float64) Datum {
	a := d.(*Array)
	if !c.Agg {
		a = NewArray(Float8OID, make([]Datum, len(s)))
	}
	for i, v := range s {
		a.Values[i] = v
	}
	return a
}

// updateSum is one step for a sum of squares of differences: its new value.
func updateSum(n, sum, sumSq, v float64) float64 {
	if n > 1 {
		tmp := v*n - sum
		return sumSq + tmp*tmp/(n*(n-1))
	}
	// The first value: not finite makes the sum NaN.
	if math.IsNaN(v) || isInf(v) {
		return math.NaN()
	}
	return sumSq
}

func floatAccum(c *Call, a []Datum, v float64) (Datum, error) {
	s, err := floatState(c, a[0], 3)
	if err != nil {
		return nil, err
	}
	old := s[1]
	oldN := s[0]
	s[0]++
	s[1] += v
	if oldN > 0 {
		s[2] = updateSum(s[0], s[1], s[2], v)
		if isInf(s[1]) || isInf(s[2]) {
			if !isInf(old) && !isInf(v) {
				return nil, floatOverflow()
			}
			s[2] = math.NaN()
		}
	} else {
		s[2] = updateSum(s[0], s[1], s[2], v)
	}
	return storeState(c, a[0], s), nil
}

func regrAccum(c *Call, a []Datum) (Datum, error) {
	s, err := floatState(c, a[0], 6)
	if err != nil {
		return nil, err
	}
	y, x := a[1].(float64), a[2].(float64)
	oldN, oldX, oldY := s[0], s[1], s[3]
	s[0]++
	s[1] += x
	s[3] += y
	if oldN > 0 {
		n := s[0]
		tx, ty := x*n-s[1], y*n-s[3]
		scale := 1 / (n * (n - 1))
		s[2] += tx * tx * scale
		s[4] += ty * ty * scale
		s[5] += tx * ty * scale
		if isInf(s[1]) || isInf(s[2]) || isInf(s[3]) || isInf(s[4]) || isInf(s[5]) {
			if (isInf(s[1]) || isInf(s[2])) && !isInf(oldX) && !isInf(x) ||
				(isInf(s[3]) || isInf(s[4])) && !isInf(oldY) && !isInf(y) ||
				isInf(s[5]) && !isInf(oldX) && !isInf(x) && !isInf(oldY) && !isInf(y) {
				return nil, floatOverflow()
			}
			if isInf(s[2]) {
				s[2] = math.NaN()
			}
			if isInf(s[4]) {
				s[4] = math.NaN()
			}
			if isInf(s[5]) {
				s[5] = math.NaN()
			}
		}
	} else {
		if math.IsNaN(x) || isInf(x) {
			s[2], s[5] = math.NaN(), math.NaN()
		}
		if math.IsNaN(y) || isInf(y) {
			s[4], s[5] = math.NaN(), math.NaN()
		}
	}
	return storeState(c, a[0], s), nil
}

// floatCombine joins the states of two sets of rows, of 3 or 6 numbers each: an
// empty set leaves the other's as it is.
func floatCombine(c *Call, a []Datum, size int) (Datum, error) {
	s, err := floatState(c, a[0], size)
	if err != nil {
		return nil, err
	}
	t, err := floatState(c, a[1], size)
	if err != nil {
		return nil, err
	}
	switch {
	case s[0] == 0:
		return storeState(c, a[0], t), nil
	case t[0] == 0:
		return storeState(c, a[0], s), nil
	}
	n := s[0] + t[0]
	weight := func(d float64) float64 { return s[0] * t[0] * d }
	out := make([]float64, size)
	out[0] = n
	var apart []float64 // how far the means are from each other
	for i := 1; i+1 < size; i += 2 {
		d := s[i]/s[0] - t[i]/t[0]
		apart = append(apart, d)
		out[i] = s[i] + t[i]
		out[i+1] = s[i+1] + t[i+1] + weight(d)*d/n
	}
	if size == 6 {
		out[5] = s[5] + t[5] + weight(apart[0])*apart[1]/n
	}
	for i := 1; i < size; i++ {
		if isInf(out[i]) && !isInf(s[i]) && !isInf(t[i]) {
			return nil, floatOverflow()
		}
	}
	return storeState(c, a[0], out), nil
}

func floatFinal(n int, f func(s []float64) (float64, bool)) Func {
	return Raw(func(c *Call, a []Datum) (Datum, error) {
		s, err := floatState(c, a[0], n)
		if err != nil {
			return nil, err
		}
		if r, ok := f(s); ok {
			return r, nil
		}
		return nil, nil
	})
}
