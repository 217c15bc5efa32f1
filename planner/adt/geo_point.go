package adt

import "math"

func pointFuncs() Funcs {
	return Funcs{
		"point_in":   In(pointIn),
		"point_out":  Out(func(c *Call, dst []byte, p Point) ([]byte, error) { return appendPair(c, dst, p), nil }),
		"point_recv": recvGeo((*geoBytes).point),
		"point_send": Send(func(_ *Call, dst []byte, p Point) ([]byte, error) { return appendFloats(dst, p.X, p.Y), nil }),

		"construct_point": P2(func(x, y float64) Point { return Point{x, y} }),
		"point_left":      P2(func(a, b Point) bool { return fpLt(a.X, b.X) }),
		"point_right":     P2(func(a, b Point) bool { return fpGt(a.X, b.X) }),
		"point_above":     P2(func(a, b Point) bool { return fpGt(a.Y, b.Y) }),
		"point_below":     P2(func(a, b Point) bool { return fpLt(a.Y, b.Y) }),
		"point_vert":      P2(func(a, b Point) bool { return fpEq(a.X, b.X) }),
		"point_horiz":     P2(func(a, b Point) bool { return fpEq(a.Y, b.Y) }),
		"point_eq":        P2(samePoint),
		"point_ne":        P2(func(a, b Point) bool { return !samePoint(a, b) }),
		"point_distance":  geo2((*calc).pointDistance),
		"point_slope":     geo2((*calc).slope),
		"point_add":       geo2((*calc).addPoint),
		"point_sub":       geo2((*calc).subPoint),
		"point_mul":       geo2((*calc).mulPoint),
		"point_div":       geo2((*calc).divPoint),
		"point_box":       P1(func(p Point) Box { return Box{p, p} }),
	}
}

func pointIn(_ *Call, s string, _ int32) (Point, error) {
	g := newGeoText("point", s)
	p, err := g.pair()
	if err == nil {
		err = g.end()
	}
	return p, err
}

// samePoint tells whether two points are equal: to the bit when NaN is among
// them, else nearly (point_eq_point).
func samePoint(a, b Point) bool {
	if math.IsNaN(a.X) || math.IsNaN(a.Y) || math.IsNaN(b.X) || math.IsNaN(b.Y) {
		return CompareFloat(a.X, b.X) == 0 && CompareFloat(a.Y, b.Y) == 0
	}
	return fpEq(a.X, b.X) && fpEq(a.Y, b.Y)
}

func (c *calc) pointDistance(a, b Point) float64 { return c.hypot(c.sub(a.X, b.X), c.sub(a.Y, b.Y)) }

// slope is that of the line through two points: infinite when they are one.
func (c *calc) slope(a, b Point) float64 {
	switch {
	case fpEq(a.X, b.X):
		return math.Inf(1)
	case fpEq(a.Y, b.Y):
		return 0
	}
	return c.div(c.sub(a.Y, b.Y), c.sub(a.X, b.X))
}

// invSlope is the slope of what is perpendicular to the line through two
// points: 0 when they are one.
func (c *calc) invSlope(a, b Point) float64 {
	switch {
	case fpEq(a.X, b.X):
		return 0
	case fpEq(a.Y, b.Y):
		return math.Inf(1)
	}
	return c.div(c.sub(a.X, b.X), c.sub(b.Y, a.Y))
}

// Arithmetic of points is that of complex numbers.

func (c *calc) addPoint(a, b Point) Point { return Point{c.add(a.X, b.X), c.add(a.Y, b.Y)} }
func (c *calc) subPoint(a, b Point) Point { return Point{c.sub(a.X, b.X), c.sub(a.Y, b.Y)} }

func (c *calc) mulPoint(a, b Point) Point {
	return Point{
		c.sub(c.mul(a.X, b.X), c.mul(a.Y, b.Y)),
		c.add(c.mul(a.X, b.Y), c.mul(a.Y, b.X)),
	}
}

func (c *calc) divPoint(a, b Point) Point {
	d := c.add(c.mul(b.X, b.X), c.mul(b.Y, b.Y))
	return Point{
		c.div(c.add(c.mul(a.X, b.X), c.mul(a.Y, b.Y)), d),
		c.div(c.sub(c.mul(a.Y, b.X), c.mul(a.X, b.Y)), d),
	}
}

// midpoint is the middle of two points.
func (c *calc) midpoint(a, b Point) Point {
	return Point{c.div(c.add(a.X, b.X), 2), c.div(c.add(a.Y, b.Y), 2)}
}
