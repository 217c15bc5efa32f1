package adt

import (
	"math"
	"strings"

	"github.com/jackc/pgerrcode"

	"github.com/flowgres/flowgres/planner/pgerr"
)

func circleFuncs() Funcs {
	area := func(c *calc, o Circle) float64 { return c.mul(c.mul(o.Radius, o.Radius), math.Pi) }
	compare := func(op func(a, b float64) bool) Func {
		return geo2(func(c *calc, a, b Circle) bool { return op(area(c, a), area(c, b)) })
	}
	place := func(f func(c *calc, a, b Circle) bool) Func { return geo2(f) }
	left := func(c *calc, o Circle) float64 { return c.sub(o.Center.X, o.Radius) }
	right := func(c *calc, o Circle) float64 { return c.add(o.Center.X, o.Radius) }
	bottom := func(c *calc, o Circle) float64 { return c.sub(o.Center.Y, o.Radius) }
	top := func(c *calc, o Circle) float64 { return c.add(o.Center.Y, o.Radius) }
	return Funcs{
		"circle_in": In(circleIn),
		"circle_out": Out(func(c *Call, dst []byte, o Circle) ([]byte, error) {
			dst = appendPair(c, append(dst, '<'), o.Center)
			return append(appendFloat(append(dst, ','), o.Radius, 64, c.Env), '>'), nil
		}),
		"circle_recv": recvGeo(func(g *geoBytes) Circle {
			o := Circle{Center: g.point()}
			o.Radius = g.float()
			if g.err == nil && o.Radius < 0 {
				g.err = pgerr.New(pgerrcode.InvalidBinaryRepresentation, "invalid radius in external \"circle\" value")
			}
			return o
		}),
		"circle_send": Send(func(_ *Call, dst []byte, o Circle) ([]byte, error) {
			return appendFloats(dst, o.Center.X, o.Center.Y, o.Radius), nil
		}),

		"cr_circle":       P2(func(p Point, radius float64) Circle { return Circle{p, radius} }),
		"circle_center":   P1(func(o Circle) Point { return o.Center }),
		"circle_radius":   P1(func(o Circle) float64 { return o.Radius }),
		"circle_diameter": geo1(func(c *calc, o Circle) float64 { return c.mul(o.Radius, 2) }),
		"circle_area":     geo1(area),
		"circle_box": geo1(func(c *calc, o Circle) Box {
			d := c.div(o.Radius, math.Sqrt(2))
			return Box{
				Point{c.add(o.Center.X, d), c.add(o.Center.Y, d)},
				Point{c.sub(o.Center.X, d), c.sub(o.Center.Y, d)},
			}
		}),
		"box_circle": geo1(func(c *calc, b Box) Circle {
			center := c.center(b)
			return Circle{center, c.pointDistance(center, b.High)}
		}),
		"circle_poly": geo2(circleToPolygon),
		// polygon(circle) is SQL in PostgreSQL: twelve points.
		"sql:polygon/circle": geo1(func(c *calc, o Circle) *Polygon { return circleToPolygon(c, 12, o) }),

		"circle_same": P2(func(a, b Circle) bool {
			return (math.IsNaN(a.Radius) && math.IsNaN(b.Radius) || fpEq(a.Radius, b.Radius)) && samePoint(a.Center, b.Center)
		}),
		"circle_overlap": place(func(c *calc, a, b Circle) bool {
			return fpLe(c.pointDistance(a.Center, b.Center), c.add(a.Radius, b.Radius))
		}),
		"circle_contained": place(func(c *calc, a, b Circle) bool {
			return fpLe(c.pointDistance(a.Center, b.Center), c.sub(b.Radius, a.Radius))
		}),
		"circle_contain": place(func(c *calc, a, b Circle) bool {
			return fpLe(c.pointDistance(a.Center, b.Center), c.sub(a.Radius, b.Radius))
		}),
		"circle_left":      place(func(c *calc, a, b Circle) bool { return fpLt(right(c, a), left(c, b)) }),
		"circle_overleft":  place(func(c *calc, a, b Circle) bool { return fpLe(right(c, a), right(c, b)) }),
		"circle_right":     place(func(c *calc, a, b Circle) bool { return fpGt(left(c, a), right(c, b)) }),
		"circle_overright": place(func(c *calc, a, b Circle) bool { return fpGe(left(c, a), left(c, b)) }),
		"circle_below":     place(func(c *calc, a, b Circle) bool { return fpLt(top(c, a), bottom(c, b)) }),
		"circle_overbelow": place(func(c *calc, a, b Circle) bool { return fpLe(top(c, a), top(c, b)) }),
		"circle_above":     place(func(c *calc, a, b Circle) bool { return fpGt(bottom(c, a), top(c, b)) }),
		"circle_overabove": place(func(c *calc, a, b Circle) bool { return fpGe(bottom(c, a), bottom(c, b)) }),

		"circle_eq": compare(fpEq),
		"circle_ne": compare(fpNe),
		"circle_lt": compare(fpLt),
		"circle_gt": compare(fpGt),
		"circle_le": compare(fpLe),
		"circle_ge": compare(fpGe),

		"circle_add_pt": geo2(func(c *calc, o Circle, p Point) Circle { return Circle{c.addPoint(o.Center, p), o.Radius} }),
		"circle_sub_pt": geo2(func(c *calc, o Circle, p Point) Circle { return Circle{c.subPoint(o.Center, p), o.Radius} }),
		"circle_mul_pt": geo2(func(c *calc, o Circle, p Point) Circle {
			return Circle{c.mulPoint(o.Center, p), c.mul(o.Radius, c.hypot(p.X, p.Y))}
		}),
		"circle_div_pt": geo2(func(c *calc, o Circle, p Point) Circle {
			return Circle{c.divPoint(o.Center, p), c.div(o.Radius, c.hypot(p.X, p.Y))}
		}),
	}
}

// circleIn reads <(x,y),r>, ((x,y),r), (x,y),r or x,y,r.
func circleIn(_ *Call, s string, _ int32) (o Circle, err error) {
	g := newGeoText("circle", s)
	g.space()
	angle := g.eat('<')
	paren := false
	if inner := *g; !angle && inner.eat('(') {
		// The first of two parentheses is around all, a single one is the pair's.
		inner.space()
		if strings.HasPrefix(inner.s, "(") {
			*g, paren = inner, true
		}
	}
	if o.Center, err = g.pair(); err != nil {
		return o, err
	}
	g.eat(',')
	if o.Radius, err = g.number(); err != nil {
		return o, err
	}
	if o.Radius < 0 {
		return o, g.invalid()
	}
	if angle || paren {
		if !g.eat(')') && !g.eat('>') {
			return o, g.invalid()
		}
		g.space()
	}
	return o, g.end()
}

// circleToPolygon puts n points on a circle, from its left with the clock.
func circleToPolygon(c *calc, n int32, o Circle) *Polygon {
	switch {
	case fpZero(o.Radius):
		c.err = pgerr.New(pgerrcode.FeatureNotSupported, "cannot convert circle with radius zero to polygon")
	case n < 2:
		c.err = pgerr.New(pgerrcode.InvalidParameterValue, "must request at least 2 points")
	case int64(n)*16+40 > math.MaxInt32:
		c.err = errTooManyPoints()
	case int64(n)*16+40 > maxAlloc:
		c.err = pgerr.Internal("invalid memory alloc request size %d", int64(n)*16+40)
	}
	if c.err != nil {
		return nil
	}
	step := c.div(2*math.Pi, float64(n))
	pts := make([]Point, n)
	for i := range pts {
		angle := c.mul(step, float64(i))
		pts[i] = Point{
			c.sub(o.Center.X, c.mul(o.Radius, mathCos(angle))),
			c.add(o.Center.Y, c.mul(o.Radius, mathSin(angle))),
		}
		if c.stop() {
			return nil
		}
	}
	return newPolygon(pts)
}
