package adt

import (
	"encoding/binary"
	"maps"
	"math"

	"github.com/jackc/pgerrcode"

	"github.com/flowgres/flowgres/planner/pgerr"
)

// floatFuncs are the routines of float4 and float8 (PostgreSQL's float.c).
func floatFuncs() Funcs {
	f := Funcs{}
	for _, t := range []Funcs{
		floatIO(), floatMath(), floatCasts(),
		floatType[float32]("4"), floatType[float64]("8"),
		floatPair[float32, float32, float32]("4"), floatPair[float64, float64, float64]("8"),
		floatPair[float32, float64, float64]("48"), floatPair[float64, float32, float64]("84"),
	} {
		maps.Copy(f, t)
	}
	return f
}

func floatType[T float](n string) Funcs {
	p := "float" + n
	return Funcs{
		p + "um":  P1(func(a T) T { return -a }),
		p + "up":  P1(func(a T) T { return a }),
		p + "abs": P1(func(a T) T { return T(math.Abs(float64(a))) }),
		p + "larger": P2(func(a, b T) T {
			if CompareFloat(float64(a), float64(b)) > 0 {
				return a
			}
			return b
		}),
		p + "smaller": P2(func(a, b T) T {
			if CompareFloat(float64(a), float64(b)) < 0 {
				return a
			}
			return b
		}),
		"hash" + p: {
			Call: func(_ *Call, a []Datum) (Datum, error) {
				v := float64(a[0].(T))
				if v == 0 {
					return int32(0), nil
				}
				return int32(hashBytes(floatBytes(v))), nil
			},
			Key: func(dst []byte, d Datum) []byte {
				return binary.BigEndian.AppendUint64(dst, math.Float64bits(canonicalFloat(float64(d.(T)))))
			},
		},
		"hash" + p + "extended": P2(func(a T, seed int64) int64 {
			if a == 0 {
				return seed
			}
			return int64(hashBytesExtended(floatBytes(float64(a)), uint64(seed)))
		}),
		"in_range_float" + n + "_float8": Raw(func(_ *Call, a []Datum) (Datum, error) {
			return inRangeFloat(float64(a[0].(T)), float64(a[1].(T)), a[2].(float64), a[3].(bool), a[4].(bool))
		}),
	}
}

// canonicalFloat makes floats that are equal the same bits: one NaN, one zero.
func canonicalFloat(v float64) float64 {
	if v == 0 {
		return 0
	}
	if math.IsNaN(v) {
		return math.NaN()
	}
	return v
}

// floatBytes is a float8 in memory, as hash functions see it.
func floatBytes(v float64) []byte {
	if math.IsNaN(v) { // get_float8_nan
		return []byte{0, 0, 0, 0, 0, 0, 0xf8, 0x7f}
	}
	return binary.LittleEndian.AppendUint64(nil, math.Float64bits(v))
}

// CompareFloat orders floats as PostgreSQL does: NaN equals NaN and is above all.
func CompareFloat(a, b float64) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	case a == b:
		return 0
	case a == a: // b is NaN
		return -1
	case b == b:
		return 1
	}
	return 0
}

// floatPair gives the operators between two float types with result type R,
// and their comparisons.
func floatPair[A, B, R float](n string) Funcs {
	p := "float" + n
	return Funcs{
		p + "eq":  P2(func(a A, b B) bool { return CompareFloat(float64(a), float64(b)) == 0 }),
		p + "ne":  P2(func(a A, b B) bool { return CompareFloat(float64(a), float64(b)) != 0 }),
		p + "lt":  P2(func(a A, b B) bool { return CompareFloat(float64(a), float64(b)) < 0 }),
		p + "le":  P2(func(a A, b B) bool { return CompareFloat(float64(a), float64(b)) <= 0 }),
		p + "gt":  P2(func(a A, b B) bool { return CompareFloat(float64(a), float64(b)) > 0 }),
		p + "ge":  P2(func(a A, b B) bool { return CompareFloat(float64(a), float64(b)) >= 0 }),
		p + "pl":  F2(func(a A, b B) (R, error) { return floatAdd(R(a), R(b)) }),
		p + "mi":  F2(func(a A, b B) (R, error) { return floatSub(R(a), R(b)) }),
		p + "mul": F2(func(a A, b B) (R, error) { return floatMul(R(a), R(b)) }),
		p + "div": F2(func(a A, b B) (R, error) { return floatDiv(R(a), R(b)) }),
		"btfloat" + n + "cmp": {
			Compare: func(a, b Datum) int { return CompareFloat(float64(a.(A)), float64(b.(B))) },
			Call: func(_ *Call, a []Datum) (Datum, error) {
				return int32(CompareFloat(float64(a[0].(A)), float64(a[1].(B)))), nil
			},
		},
	}
}

func isInf[T float](v T) bool { return math.IsInf(float64(v), 0) }

func floatOverflow() error {
	return pgerr.New(pgerrcode.NumericValueOutOfRange, "value out of range: overflow")
}

func floatUnderflow() error {
	return pgerr.New(pgerrcode.NumericValueOutOfRange, "value out of range: underflow")
}

func floatAdd[T float](a, b T) (T, error) {
	r := a + b
	if isInf(r) && !isInf(a) && !isInf(b) {
		return 0, floatOverflow()
	}
	return r, nil
}

func floatSub[T float](a, b T) (T, error) {
	r := a - b // not a + -b, which turns a NaN's sign
	if isInf(r) && !isInf(a) && !isInf(b) {
		return 0, floatOverflow()
	}
	return r, nil
}

func floatMul[T float](a, b T) (T, error) {
	r := a * b
	if isInf(r) && !isInf(a) && !isInf(b) {
		return 0, floatOverflow()
	}
	if r == 0 && a != 0 && b != 0 {
		return 0, floatUnderflow()
	}
	return r, nil
}

func floatDiv[T float](a, b T) (T, error) {
	if b == 0 && a == a {
		return 0, divisionByZero()
	}
	r := a / b
	if isInf(r) && !isInf(a) {
		return 0, floatOverflow()
	}
	if r == 0 && a != 0 && !isInf(b) {
		return 0, floatUnderflow()
	}
	return r, nil
}

func inRangeFloat(val, base, offset float64, sub, less bool) (Datum, error) {
	if math.IsNaN(offset) || offset < 0 {
		return nil, badFrameOffset()
	}
	if math.IsNaN(val) {
		if math.IsNaN(base) {
			return true, nil
		}
		return !less, nil
	}
	if math.IsNaN(base) {
		return less, nil
	}
	// An infinite offset from an infinite base of the other sign reaches anything.
	if math.IsInf(offset, 1) {
		if sub && math.IsInf(base, 1) || !sub && math.IsInf(base, -1) {
			return true, nil
		}
	}
	sum := base + offset
	if sub {
		sum = base - offset
	}
	if less {
		return val <= sum, nil
	}
	return val >= sum, nil
}

// floatCasts are the conversions between floats and integers.
func floatCasts() Funcs {
	return Funcs{
		"ftod":  P1(func(a float32) float64 { return float64(a) }),
		"dtof":  F1(float8to4),
		"dtoi2": F1(floatToInt[int16]),
		"dtoi4": F1(floatToInt[int32]),
		"dtoi8": F1(floatToInt[int64]),
		"ftoi2": F1(func(a float32) (int16, error) { return floatToInt[int16](float64(a)) }),
		"ftoi4": F1(func(a float32) (int32, error) { return floatToInt[int32](float64(a)) }),
		"ftoi8": F1(func(a float32) (int64, error) { return floatToInt[int64](float64(a)) }),
		"i2tod": P1(func(a int16) float64 { return float64(a) }),
		"i4tod": P1(func(a int32) float64 { return float64(a) }),
		"i8tod": P1(func(a int64) float64 { return float64(a) }),
		"i2tof": P1(func(a int16) float32 { return float32(a) }),
		"i4tof": P1(func(a int32) float32 { return float32(a) }),
		"i8tof": P1(func(a int64) float32 { return float32(a) }),
	}
}

func float8to4(a float64) (float32, error) {
	r := float32(a)
	if isInf(r) && !isInf(a) {
		return 0, floatOverflow()
	}
	if r == 0 && a != 0 {
		return 0, floatUnderflow()
	}
	return r, nil
}

// floatToInt rounds half to even, as rint does.
func floatToInt[T integer](v float64) (T, error) {
	v = math.RoundToEven(v)
	limit := math.Ldexp(1, intBits[T]()-1)
	if v >= -limit && v < limit {
		return T(v), nil
	}
	return 0, outOfRange(intName[T]())
}
