package adt

import (
	"math"

	"github.com/jackc/pgerrcode"

	"github.com/flowgres/flowgres/planner/pgerr"
)

func lineFuncs() Funcs {
	return Funcs{
		"line_in": In(lineIn),
		"line_out": Out(func(c *Call, dst []byte, l Line) ([]byte, error) {
			dst = appendFloat(append(dst, '{'), l.A, 64, c.Env)
			dst = appendFloat(append(dst, ','), l.B, 64, c.Env)
			dst = appendFloat(append(dst, ','), l.C, 64, c.Env)
			return append(dst, '}'), nil
		}),
		"line_recv": recvGeo(func(g *geoBytes) Line {
			l := Line{A: g.float()}
			l.B = g.float()
			l.C = g.float()
			if g.err == nil && fpZero(l.A) && fpZero(l.B) {
				g.err = pgerr.New(pgerrcode.InvalidBinaryRepresentation, "invalid line specification: A and B cannot both be zero")
			}
			return l
		}),
		"line_send": Send(func(_ *Call, dst []byte, l Line) ([]byte, error) { return appendFloats(dst, l.A, l.B, l.C), nil }),

		"line_construct_pp": geo2(func(c *calc, a, b Point) Line {
			if samePoint(a, b) {
				c.err = pgerr.New(pgerrcode.InvalidParameterValue, "invalid line specification: must be two distinct points")
				return Line{}
			}
			return c.line(a, c.slope(a, b))
		}),
		"line_intersect":  geo2(func(c *calc, a, b Line) bool { _, ok := c.lineMeetsLine(a, b); return ok }),
		"line_parallel":   geo2(func(c *calc, a, b Line) bool { _, ok := c.lineMeetsLine(a, b); return !ok }),
		"line_interpt":    maybe2((*calc).lineMeetsLine),
		"line_perp":       geo2(linePerpendicular),
		"line_vertical":   P1(func(l Line) bool { return fpZero(l.B) }),
		"line_horizontal": P1(func(l Line) bool { return fpZero(l.A) }),
		"line_eq":         geo2(sameLine),
		"line_distance":   geo2(lineDistance),
	}
}

// lineIn reads {A,B,C} or two points of the line.
func lineIn(c *Call, s string, _ int32) (l Line, err error) {
	g := newGeoText("line", s)
	g.space()
	if g.eat('{') {
		for i, v := range []*float64{&l.A, &l.B, &l.C} {
			if *v, err = g.number(); err == nil {
				err = g.want(",,}"[i])
			}
			if err != nil {
				return l, err
			}
		}
		g.space()
		if err = g.end(); err == nil && fpZero(l.A) && fpZero(l.B) {
			err = pgerr.New(pgerrcode.InvalidTextRepresentation, "invalid line specification: A and B cannot both be zero")
		}
		return l, err
	}
	pts, _, err := g.points(c, 2, true)
	if err == nil {
		err = g.end()
	}
	if err != nil {
		return l, err
	}
	if samePoint(pts[0], pts[1]) {
		return l, pgerr.New(pgerrcode.InvalidTextRepresentation, "invalid line specification: must be two distinct points")
	}
	var sum calc
	l = sum.line(pts[0], sum.slope(pts[0], pts[1]))
	return l, sum.err
}

// line is the line of slope m through p (line_construct).
func (c *calc) line(p Point, m float64) Line {
	switch {
	case math.IsInf(m, 0):
		return Line{-1, 0, p.X}
	case m == 0:
		return Line{0, -1, p.Y}
	}
	return Line{m, -1, unsignedZero(c.sub(p.Y, c.mul(m, p.X)))}
}

// through is the line that a segment lies on.
func (c *calc) through(s LSeg) Line { return c.line(s[0], c.slope(s[0], s[1])) }

func (c *calc) lineSlope(l Line) float64 {
	switch {
	case fpZero(l.A):
		return 0
	case fpZero(l.B):
		return math.Inf(1)
	}
	return c.div(l.A, -l.B)
}

func (c *calc) lineInvSlope(l Line) float64 {
	switch {
	case fpZero(l.A):
		return math.Inf(1)
	case fpZero(l.B):
		return 0
	}
	return c.div(l.B, l.A)
}

func linePerpendicular(c *calc, a, b Line) bool {
	switch {
	case fpZero(a.A):
		return fpZero(b.B)
	case fpZero(b.A):
		return fpZero(a.B)
	case fpZero(a.B):
		return fpZero(b.A)
	case fpZero(b.B):
		return fpZero(a.A)
	}
	return fpEq(c.div(c.mul(a.A, b.A), c.mul(a.B, b.B)), -1)
}

// sameLine tells whether the numbers of two lines are proportional, or equal
// when NaN is among them.
func sameLine(c *calc, a, b Line) bool {
	for _, v := range []float64{a.A, a.B, a.C, b.A, b.B, b.C} {
		if math.IsNaN(v) {
			return CompareFloat(a.A, b.A) == 0 && CompareFloat(a.B, b.B) == 0 && CompareFloat(a.C, b.C) == 0
		}
	}
	ratio := 1.0
	switch {
	case !fpZero(b.A):
		ratio = c.div(a.A, b.A)
	case !fpZero(b.B):
		ratio = c.div(a.B, b.B)
	case !fpZero(b.C):
		ratio = c.div(a.C, b.C)
	}
	return fpEq(a.A, c.mul(ratio, b.A)) && fpEq(a.B, c.mul(ratio, b.B)) && fpEq(a.C, c.mul(ratio, b.C))
}

// lineDistance is 0 unless two lines are parallel.
func lineDistance(c *calc, a, b Line) float64 {
	if _, ok := c.lineMeetsLine(a, b); ok {
		return 0
	}
	usable := func(v float64) bool { return !fpZero(v) && !math.IsNaN(v) }
	ratio := 1.0
	switch {
	case usable(a.A) && usable(b.A):
		ratio = c.div(a.A, b.A)
	case usable(a.B) && usable(b.B):
		ratio = c.div(a.B, b.B)
	}
	return c.div(math.Abs(c.sub(a.C, c.mul(ratio, b.C))), c.hypot(a.A, a.B))
}
