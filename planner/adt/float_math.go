package adt

import (
	"math"

	"github.com/jackc/pgerrcode"

	"github.com/flowgres/flowgres/planner/pgerr"
)

// floatMath are the mathematical functions of float8.
func floatMath() Funcs {
	return Funcs{
		"dround":              P1(math.RoundToEven),
		"dceil":               P1(math.Ceil),
		"dfloor":              P1(math.Floor),
		"dtrunc":              P1(math.Trunc),
		"dsign":               P1(floatSign),
		"dsqrt":               F1(floatSqrt),
		"dcbrt":               F1(func(a float64) (float64, error) { return floatResult(mathCbrt(a), a) }),
		"dpow":                F2(floatPow),
		"dexp":                F1(floatExp),
		"dlog1":               F1(func(a float64) (float64, error) { return floatLog(a, mathLog) }),
		"dlog10":              F1(func(a float64) (float64, error) { return floatLog(a, mathLog10) }),
		"dpi":                 F0(func() (float64, error) { return math.Pi, nil }),
		"degrees":             F1(func(a float64) (float64, error) { return floatDiv(a, radiansPerDegree) }),
		"radians":             F1(func(a float64) (float64, error) { return floatMul(a, radiansPerDegree) }),
		"derf":                P1(mathErf),
		"derfc":               P1(mathErfc),
		"width_bucket_float8": F4(widthBucketFloat),

		"dsin":   F1(trig(mathSin)),
		"dcos":   F1(trig(mathCos)),
		"dtan":   F1(trig(mathTan)),
		"dcot":   F1(trig(func(a float64) float64 { return 1 / mathTan(a) })),
		"dasin":  F1(inverse(mathAsin)),
		"dacos":  F1(inverse(mathAcos)),
		"datan":  P1(mathAtan),
		"datan2": P2(mathAtan2),
		"dsinh":  F1(func(a float64) (float64, error) { return mathSinh(a), nil }),
		"dcosh":  F1(func(a float64) (float64, error) { return mathCosh(a), nil }),
		"dtanh":  P1(mathTanh),
		"dasinh": P1(mathAsinh),
		"dacosh": F1(func(a float64) (float64, error) {
			if a < 1 {
				return 0, inputOutOfRange()
			}
			return mathAcosh(a), nil
		}),
		"datanh": F1(func(a float64) (float64, error) {
			if a < -1 || a > 1 {
				return 0, inputOutOfRange()
			}
			return mathAtanh(a), nil
		}),

		"dsind":   F1(degTrig(sind)),
		"dcosd":   F1(degTrig(cosd)),
		"dtand":   F1(degTrig(tand)),
		"dcotd":   F1(degTrig(cotd)),
		"dasind":  F1(inverse(asind)),
		"dacosd":  F1(inverse(acosd)),
		"datand":  P1(atand),
		"datan2d": P2(atan2d),
	}
}

const radiansPerDegree = 0.0174532925199432957692

func inputOutOfRange() error {
	return pgerr.New(pgerrcode.NumericValueOutOfRange, "input is out of range")
}

// floatResult checks a function's value for overflow and underflow.
func floatResult(r, a float64) (float64, error) {
	if isInf(r) && !isInf(a) {
		return 0, floatOverflow()
	}
	if r == 0 && a != 0 {
		return 0, floatUnderflow()
	}
	return r, nil
}

func floatSign(a float64) float64 {
	switch {
	case a > 0:
		return 1
	case a < 0:
		return -1
	}
	return 0
}

func floatSqrt(a float64) (float64, error) {
	if a < 0 {
		return 0, pgerr.New(pgerrcode.InvalidArgumentForPowerFunction, "cannot take square root of a negative number")
	}
	return math.Sqrt(a), nil
}

func floatPow(a, b float64) (float64, error) {
	switch {
	case math.IsNaN(a):
		if math.IsNaN(b) || b != 0 {
			return math.NaN(), nil
		}
		return 1, nil
	case math.IsNaN(b):
		if a != 1 {
			return math.NaN(), nil
		}
		return 1, nil
	case a == 0 && b < 0:
		return 0, pgerr.New(pgerrcode.InvalidArgumentForPowerFunction, "zero raised to a negative power is undefined")
	case a < 0 && math.Floor(b) != b:
		return 0, pgerr.New(pgerrcode.InvalidArgumentForPowerFunction,
			"a negative number raised to a non-integer power yields a complex result")
	case isInf(b):
		abs := math.Abs(a)
		switch {
		case abs == 1:
			return 1, nil
		case b > 0 == (abs > 1):
			return math.Abs(b), nil
		}
		return 0, nil
	case isInf(a):
		odd := math.Floor(b/2) != b/2
		switch {
		case b == 0:
			return 1, nil
		case a > 0 && b > 0:
			return a, nil
		case a > 0:
			return 0, nil
		case b > 0 && odd:
			return a, nil
		case b > 0:
			return -a, nil
		case odd:
			return math.Copysign(0, -1), nil
		}
		return 0, nil
	}
	r := mathPow(a, b)
	if isInf(r) {
		return 0, floatOverflow()
	}
	if r == 0 && a != 0 {
		return 0, floatUnderflow()
	}
	return r, nil
}

func floatExp(a float64) (float64, error) {
	switch {
	case math.IsNaN(a):
		return a, nil
	case math.IsInf(a, 1):
		return a, nil
	case math.IsInf(a, -1):
		return 0, nil
	}
	r := mathExp(a)
	if isInf(r) {
		return 0, floatOverflow()
	}
	if r == 0 {
		return 0, floatUnderflow()
	}
	return r, nil
}

func floatLog(a float64, f func(float64) float64) (float64, error) {
	if a == 0 {
		return 0, pgerr.New(pgerrcode.InvalidArgumentForLogarithm, "cannot take logarithm of zero")
	}
	if a < 0 {
		return 0, pgerr.New(pgerrcode.InvalidArgumentForLogarithm, "cannot take logarithm of a negative number")
	}
	return f(a), nil
}

func trig(f func(float64) float64) func(float64) (float64, error) {
	return func(a float64) (float64, error) {
		if math.IsNaN(a) {
			return a, nil
		}
		if isInf(a) {
			return 0, inputOutOfRange()
		}
		return f(a), nil
	}
}

// degTrig is trig for functions of degrees, which are called with the argument
// reduced modulo 360.
func degTrig(f func(float64) float64) func(float64) (float64, error) { return trig(f) }

// inverse is for functions defined on -1 to 1.
func inverse(f func(float64) float64) func(float64) (float64, error) {
	return func(a float64) (float64, error) {
		if math.IsNaN(a) {
			return a, nil
		}
		if a < -1 || a > 1 {
			return 0, inputOutOfRange()
		}
		return f(a), nil
	}
}

// The functions of degrees are exact where the true result is: each is scaled
// by its own value at 30, 45 or 60 degrees.
var (
	sin30       = mathSin(inRadians(30))
	oneMinCos60 = 1 - mathCos(inRadians(60))
	asin05      = mathAsin(0.5)
	acos05      = mathAcos(0.5)
	atan1       = mathAtan(1)
	tan45       = sindQ1(45) / cosdQ1(45)
	cot45       = cosdQ1(45) / sindQ1(45)
)

// inRadians rounds its product, as constants would not be.
func inRadians(x float64) float64 { return x * radiansPerDegree }

func sind0to30(x float64) float64 { return mathSin(inRadians(x)) / sin30 / 2 }

func cosd0to60(x float64) float64 {
	return 1 - (1-mathCos(inRadians(x)))/oneMinCos60/2
}

func sindQ1(x float64) float64 {
	if x <= 30 {
		return sind0to30(x)
	}
	return cosd0to60(90 - x)
}

func cosdQ1(x float64) float64 {
	if x <= 60 {
		return cosd0to60(x)
	}
	return sind0to30(90 - x)
}

// halfTurn brings degrees to 0 to 180, with the sign that sine and tangent then have.
func halfTurn(x float64) (folded, sign float64) {
	x, sign = math.Mod(x, 360), 1
	if x < 0 {
		x, sign = -x, -sign
	}
	if x > 180 {
		x, sign = 360-x, -sign
	}
	return x, sign
}

func sind(x float64) float64 {
	x, sign := halfTurn(x)
	if x > 90 {
		x = 180 - x
	}
	return sign * sindQ1(x)
}

func cosd(x float64) float64 {
	x, sign := math.Abs(math.Mod(x, 360)), 1.0
	if x > 180 {
		x = 360 - x
	}
	if x > 90 {
		x, sign = 180-x, -sign
	}
	return sign * cosdQ1(x)
}

// quarterTurn brings degrees to 0 to 90, with the sign that the tangent then has.
func quarterTurn(x float64) (folded, sign float64) {
	x, sign = halfTurn(x)
	if x > 90 {
		x, sign = 180-x, -sign
	}
	return x, sign
}

func tand(x float64) float64 {
	x, sign := quarterTurn(x)
	r := sign * (sindQ1(x) / cosdQ1(x) / tan45)
	if r == 0 { // no negative zero
		return 0
	}
	return r
}

func cotd(x float64) float64 {
	x, sign := quarterTurn(x)
	r := sign * (cosdQ1(x) / sindQ1(x) / cot45)
	if r == 0 {
		return 0
	}
	return r
}

func asindQ1(x float64) float64 {
	if x <= 0.5 {
		return mathAsin(x) / asin05 * 30
	}
	return 90 - mathAcos(x)/acos05*60
}

func acosdQ1(x float64) float64 {
	if x <= 0.5 {
		return 90 - mathAsin(x)/asin05*30
	}
	return mathAcos(x) / acos05 * 60
}

func asind(x float64) float64 {
	if x >= 0 {
		return asindQ1(x)
	}
	return -asindQ1(-x)
}

func acosd(x float64) float64 {
	if x >= 0 {
		return acosdQ1(x)
	}
	return 90 + asindQ1(-x)
}

func atand(x float64) float64     { return mathAtan(x) / atan1 * 45 }
func atan2d(y, x float64) float64 { return mathAtan2(y, x) / atan1 * 45 }

func widthBucketFloat(op, lo, hi float64, n int32) (int32, error) {
	bad := func(format string) (int32, error) {
		return 0, pgerr.New(pgerrcode.InvalidArgumentForWidthBucketFunction, "%s", format)
	}
	if n <= 0 {
		return bad("count must be greater than zero")
	}
	if math.IsNaN(op) || math.IsNaN(lo) || math.IsNaN(hi) {
		return bad("operand, lower bound, and upper bound cannot be NaN")
	}
	if isInf(lo) || isInf(hi) {
		return bad("lower and upper bounds must be finite")
	}
	over := func() (int32, error) {
		if n == math.MaxInt32 {
			return 0, outOfRange("integer")
		}
		return n + 1, nil
	}
	bucket := func(num, num2, den, den2 float64) int32 { // num/den, halved where the range overflows
		r := num / den
		if isInf(hi - lo) {
			r = num2 / den2
		}
		return min(int32(float64(n)*r), n-1) + 1
	}
	switch {
	case lo < hi:
		if op < lo {
			return 0, nil
		}
		if op >= hi {
			return over()
		}
		return bucket(op-lo, op/2-lo/2, hi-lo, hi/2-lo/2), nil
	case lo > hi:
		if op > lo {
			return 0, nil
		}
		if op <= hi {
			return over()
		}
		return bucket(lo-op, lo/2-op/2, lo-hi, lo/2-hi/2), nil
	}
	return bad("lower bound cannot equal upper bound")
}
