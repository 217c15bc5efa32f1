package adt

func boxFuncs() Funcs {
	area := func(c *calc, b Box) float64 { return c.mul(c.width(b), c.height(b)) }
	compare := func(op func(a, b float64) bool) Func {
		return geo2(func(c *calc, a, b Box) bool { return op(area(c, a), area(c, b)) })
	}
	return Funcs{
		"box_in": In(boxIn),
		"box_out": Out(func(c *Call, dst []byte, b Box) ([]byte, error) {
			return appendPair(c, append(appendPair(c, dst, b.High), ','), b.Low), nil
		}),
		"box_recv": recvGeo(func(g *geoBytes) Box {
			p := g.point()
			return boxOf(p, g.point())
		}),
		"box_send": Send(func(_ *Call, dst []byte, b Box) ([]byte, error) {
			return sendPoints(dst, []Point{b.High, b.Low}), nil
		}),

		"points_box":    P2(newBox),
		"box_width":     geo1((*calc).width),
		"box_height":    geo1((*calc).height),
		"box_area":      geo1(area),
		"box_center":    geo1((*calc).center),
		"box_diagonal":  P1(func(b Box) LSeg { return LSeg{b.High, b.Low} }),
		"box_distance":  geo2(func(c *calc, a, b Box) float64 { return c.pointDistance(c.center(a), c.center(b)) }),
		"box_intersect": maybe2(boxIntersection),
		"boxes_bound_box": P2(func(a, b Box) Box {
			return Box{
				Point{floatMax(a.High.X, b.High.X), floatMax(a.High.Y, b.High.Y)},
				Point{floatMin(a.Low.X, b.Low.X), floatMin(a.Low.Y, b.Low.Y)},
			}
		}),
		"box_add": geo2(func(c *calc, b Box, p Point) Box { return Box{c.addPoint(b.High, p), c.addPoint(b.Low, p)} }),
		"box_sub": geo2(func(c *calc, b Box, p Point) Box { return Box{c.subPoint(b.High, p), c.subPoint(b.Low, p)} }),
		"box_mul": geo2(func(c *calc, b Box, p Point) Box { return newBox(c.mulPoint(b.High, p), c.mulPoint(b.Low, p)) }),
		"box_div": geo2(func(c *calc, b Box, p Point) Box { return newBox(c.divPoint(b.High, p), c.divPoint(b.Low, p)) }),

		"box_same":      P2(func(a, b Box) bool { return samePoint(a.High, b.High) && samePoint(a.Low, b.Low) }),
		"box_overlap":   P2(boxesOverlap),
		"box_left":      P2(func(a, b Box) bool { return fpLt(a.High.X, b.Low.X) }),
		"box_overleft":  P2(func(a, b Box) bool { return fpLe(a.High.X, b.High.X) }),
		"box_right":     P2(func(a, b Box) bool { return fpGt(a.Low.X, b.High.X) }),
		"box_overright": P2(func(a, b Box) bool { return fpGe(a.Low.X, b.Low.X) }),
		"box_below":     P2(func(a, b Box) bool { return fpLt(a.High.Y, b.Low.Y) }),
		"box_overbelow": P2(func(a, b Box) bool { return fpLe(a.High.Y, b.High.Y) }),
		"box_above":     P2(func(a, b Box) bool { return fpGt(a.Low.Y, b.High.Y) }),
		"box_overabove": P2(func(a, b Box) bool { return fpGe(a.Low.Y, b.Low.Y) }),
		"box_below_eq":  P2(func(a, b Box) bool { return fpLe(a.High.Y, b.Low.Y) }),
		"box_above_eq":  P2(func(a, b Box) bool { return fpGe(a.Low.Y, b.High.Y) }),

		"box_lt": compare(fpLt),
		"box_gt": compare(fpGt),
		"box_eq": compare(fpEq),
		"box_le": compare(fpLe),
		"box_ge": compare(fpGe),
	}
}

func boxIn(c *Call, s string, _ int32) (Box, error) {
	g := newGeoText("box", s)
	pts, _, err := g.points(c, 2, false)
	if err == nil {
		err = g.end()
	}
	if err != nil {
		return Box{}, err
	}
	return boxOf(pts[0], pts[1]), nil
}

// boxOf is the box of two corners; NaN counts as the greatest number. It keeps
// the first of equal numbers as the high one, newBox the second: that tells
// for zeros.
func boxOf(p, q Point) Box {
	b := Box{p, q}
	if CompareFloat(p.X, q.X) < 0 {
		b.High.X, b.Low.X = q.X, p.X
	}
	if CompareFloat(p.Y, q.Y) < 0 {
		b.High.Y, b.Low.Y = q.Y, p.Y
	}
	return b
}

// newBox is box_construct.
func newBox(p, q Point) Box { return boxOf(q, p) }

// corners are a box's four, from the lower left one with the clock.
func (b Box) corners() [4]Point {
	return [4]Point{b.Low, {b.Low.X, b.High.Y}, b.High, {b.High.X, b.Low.Y}}
}

// sides are a box's four, in the order in which PostgreSQL looks at them.
func (b Box) sides() [4]LSeg {
	upperLeft, lowerRight := Point{b.Low.X, b.High.Y}, Point{b.High.X, b.Low.Y}
	return [4]LSeg{{b.Low, upperLeft}, {b.High, upperLeft}, {b.Low, lowerRight}, {b.High, lowerRight}}
}

func (c *calc) width(b Box) float64  { return c.sub(b.High.X, b.Low.X) }
func (c *calc) height(b Box) float64 { return c.sub(b.High.Y, b.Low.Y) }
func (c *calc) center(b Box) Point   { return c.midpoint(b.High, b.Low) }

func boxesOverlap(a, b Box) bool {
	return fpLe(a.Low.X, b.High.X) && fpLe(b.Low.X, a.High.X) && fpLe(a.Low.Y, b.High.Y) && fpLe(b.Low.Y, a.High.Y)
}

func boxIntersection(_ *calc, a, b Box) (Box, bool) {
	return Box{
		Point{floatMin(a.High.X, b.High.X), floatMin(a.High.Y, b.High.Y)},
		Point{floatMax(a.Low.X, b.Low.X), floatMax(a.Low.Y, b.Low.Y)},
	}, boxesOverlap(a, b)
}
