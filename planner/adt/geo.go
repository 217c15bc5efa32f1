package adt

import (
	"context"
	"maps"
	"math"

	"github.com/jackc/pgerrcode"

	"github.com/flowgres/flowgres/planner/pgerr"
)

// The geometric types (geo_ops.c): point, lseg, line, box, path, polygon and
// circle. A file geo_TYPE.go has what is of one type alone, geo_distance.go the
// closest points of two, geo_meet.go where two meet, geo_contain.go what lies
// within what.

// Point is a value of type point.
type Point struct{ X, Y float64 }

// LSeg is a value of type lseg: its two ends.
type LSeg [2]Point

// Line is a value of type line: Ax + By + C = 0.
type Line struct{ A, B, C float64 }

// Box is a value of type box: its upper right and lower left corners.
type Box struct{ High, Low Point }

// Path is a value of type path.
type Path struct {
	Closed bool
	Points []Point // at least one
}

// Polygon is a value of type polygon.
type Polygon struct {
	Points []Point // at least one
	Bound  Box     // the smallest box around them
}

// Circle is a value of type circle.
type Circle struct {
	Center Point
	Radius float64
}

func geoFuncs() Funcs {
	all := Funcs{}
	for _, t := range []Funcs{
		pointFuncs(), lsegFuncs(), lineFuncs(), boxFuncs(), pathFuncs(), polygonFuncs(), circleFuncs(),
		distanceFuncs(), meetFuncs(), containFuncs(),
	} {
		maps.Copy(all, t)
	}
	return all
}

// calc is float8 arithmetic that fails on overflow, underflow and division by
// zero (float8_pl and its like). It keeps the first error; what is computed
// after that does not matter.
type calc struct {
	err   error
	ctx   context.Context
	steps uint32
}

func newCalc(c *Call) *calc {
	if c.Env == nil {
		return &calc{}
	}
	return &calc{ctx: c.Env.Context}
}

// stop tells a loop over many edges to end, for an error or because the
// statement was cancelled.
func (c *calc) stop() bool {
	if c.steps++; c.steps%1024 == 0 && c.err == nil && c.ctx != nil {
		c.err = c.ctx.Err()
	}
	return c.err != nil
}

func (c *calc) check(v float64, err error) float64 {
	if err != nil && c.err == nil {
		c.err = err
	}
	return v
}

func (c *calc) add(a, b float64) float64 { return c.check(floatAdd(a, b)) }
func (c *calc) sub(a, b float64) float64 { return c.check(floatSub(a, b)) }
func (c *calc) mul(a, b float64) float64 { return c.check(floatMul(a, b)) }
func (c *calc) div(a, b float64) float64 { return c.check(floatDiv(a, b)) }

// hypot is the length of (x, y) (pg_hypot): Go's own rounds differently.
func (c *calc) hypot(x, y float64) float64 {
	switch {
	case math.IsInf(x, 0) || math.IsInf(y, 0):
		return math.Inf(1)
	case math.IsNaN(x) || math.IsNaN(y):
		return math.NaN()
	}
	x, y = math.Abs(x), math.Abs(y)
	if x < y {
		x, y = y, x
	}
	if y == 0 {
		return x
	}
	yx := y / x
	r := x * math.Sqrt(1+float64(yx*yx))
	switch {
	case math.IsInf(r, 0):
		return c.check(0, floatOverflow())
	case r == 0:
		return c.check(0, floatUnderflow())
	}
	return r
}

// The adapters of geometric routines: their arithmetic may fail.

func geo1[A, R any](f func(*calc, A) R) Func {
	return Func{Call: func(call *Call, a []Datum) (Datum, error) {
		c := newCalc(call)
		r := f(c, a[0].(A))
		return box(r, c.err)
	}}
}

func geo2[A, B, R any](f func(*calc, A, B) R) Func {
	return Func{Call: func(call *Call, a []Datum) (Datum, error) {
		c := newCalc(call)
		r := f(c, a[0].(A), a[1].(B))
		return box(r, c.err)
	}}
}

// swap2 is geo2 with the arguments in the other order.
func swap2[A, B, R any](f func(*calc, A, B) R) Func {
	return geo2(func(c *calc, b B, a A) R { return f(c, a, b) })
}

// maybe2 adapts a routine that may give NULL: ok false.
func maybe2[A, B, R any](f func(*calc, A, B) (r R, ok bool)) Func {
	return Func{Call: func(call *Call, a []Datum) (Datum, error) {
		c := newCalc(call)
		r, ok := f(c, a[0].(A), a[1].(B))
		if c.err != nil || !ok {
			return nil, c.err
		}
		return r, nil
	}}
}

// epsilon is how far apart two numbers may be and still count as equal. The
// comparisons by it are false for NaN.
const epsilon = 1e-6

func fpZero(a float64) bool  { return math.Abs(a) <= epsilon }
func fpEq(a, b float64) bool { return a == b || math.Abs(a-b) <= epsilon }
func fpNe(a, b float64) bool { return a != b && math.Abs(a-b) > epsilon }
func fpLt(a, b float64) bool { return a+epsilon < b }
func fpLe(a, b float64) bool { return a <= b+epsilon }
func fpGt(a, b float64) bool { return a > b+epsilon }
func fpGe(a, b float64) bool { return a+epsilon >= b }

// floatMin and floatMax order as float8 does: NaN is above all.
func floatMin(a, b float64) float64 {
	if CompareFloat(a, b) < 0 {
		return a
	}
	return b
}

func floatMax(a, b float64) float64 {
	if CompareFloat(a, b) > 0 {
		return a
	}
	return b
}

// unsignedZero drops a zero's sign.
func unsignedZero(v float64) float64 {
	if v == 0 {
		return 0
	}
	return v
}

func errTooManyPoints() error {
	return pgerr.New(pgerrcode.ProgramLimitExceeded, "too many points requested")
}
