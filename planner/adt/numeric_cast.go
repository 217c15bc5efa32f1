package adt

import (
	"math"
	"strconv"

	"github.com/jackc/pgerrcode"

	"github.com/flowgres/flowgres/planner/pgerr"
)

// numericCasts are the conversions between numeric and other numbers.
func numericCasts() Funcs {
	return Funcs{
		"int2_numeric":   P1(func(a int16) *Numeric { return NumericFromInt64(int64(a)) }),
		"int4_numeric":   P1(func(a int32) *Numeric { return NumericFromInt64(int64(a)) }),
		"int8_numeric":   P1(NumericFromInt64),
		"numeric_int2":   F1(numericToInt[int16]),
		"numeric_int4":   F1(numericToInt[int32]),
		"numeric_int8":   F1(numericToInt[int64]),
		"float4_numeric": F1(func(a float32) (*Numeric, error) { return numericFromFloat(float64(a), 6) }),
		"float8_numeric": F1(func(a float64) (*Numeric, error) { return numericFromFloat(a, 15) }),
		"numeric_float4": F1(func(n *Numeric) (float32, error) {
			v, err := parseFloat(n.String(), 32, "real")
			return float32(v), err
		}),
		"numeric_float8": F1((*Numeric).float8),
	}
}

// float8 is numeric_float8.
func (n *Numeric) float8() (float64, error) {
	if n.scale == 0 && n.form == numericFinite && n.v.IsInt64() {
		return float64(n.v.Int64()), nil
	}
	return parseFloat(n.String(), 64, "double precision")
}

// float8NoOverflow is numeric_float8_no_overflow: out of range becomes infinite.
func (n *Numeric) float8NoOverflow() float64 {
	v, err := strconv.ParseFloat(n.String(), 64)
	if err != nil && v == 0 {
		return math.NaN()
	}
	return v
}

func numericToInt[T integer](n *Numeric) (T, error) {
	switch n.form {
	case numericNaN:
		return 0, pgerr.New(pgerrcode.FeatureNotSupported, "cannot convert NaN to %s", intName[T]())
	case numericInf, numericNegInf:
		return 0, pgerr.New(pgerrcode.FeatureNotSupported, "cannot convert infinity to %s", intName[T]())
	}
	r := n.round(0)
	if !r.v.IsInt64() {
		return 0, outOfRange(intName[T]())
	}
	return narrow[T](r.v.Int64())
}

// numericFromFloat takes as many significant digits as a float's type is good
// for.
func numericFromFloat(v float64, digits int) (*Numeric, error) {
	switch {
	case math.IsNaN(v):
		return nanNumeric, nil
	case math.IsInf(v, 1):
		return infNumeric, nil
	case math.IsInf(v, -1):
		return negInfNumeric, nil
	}
	return parseNumeric(string(appendG(nil, v, digits)))
}
