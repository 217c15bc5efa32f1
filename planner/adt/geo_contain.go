package adt

// Whether one object lies on or within another.

func containFuncs() Funcs {
	fs := Funcs{
		"on_ps": geo2(func(c *calc, p Point, s LSeg) bool { return c.onLSeg(s, p) }),
		"on_pl": geo2(func(c *calc, p Point, l Line) bool { return c.onLine(l, p) }),
		"on_sl": geo2(func(c *calc, s LSeg, l Line) bool { return c.onLine(l, s[0]) && c.onLine(l, s[1]) }),
		"on_sb": P2(func(s LSeg, b Box) bool { return inBox(b, s[0]) && inBox(b, s[1]) }),
		"on_pb": P2(func(p Point, b Box) bool { return inBox(b, p) }),

		"box_contain_pt": P2(inBox),
		"box_contain":    P2(boxInBox),
		"box_contained":  P2(func(a, b Box) bool { return boxInBox(b, a) }),

		"on_ppath": geo2(func(c *calc, p Point, path *Path) bool { return c.onPath(path, p) }),
		// path @> point is SQL in PostgreSQL.
		"sql:path_contain_pt/path,point": geo2((*calc).onPath),

		"poly_contain_pt":   geo2(func(c *calc, p *Polygon, q Point) bool { return c.inside(q, p.Points) }),
		"pt_contained_poly": geo2(func(c *calc, q Point, p *Polygon) bool { return c.inside(q, p.Points) }),
		"poly_contain":      geo2((*calc).polygonInPolygon),
		"poly_contained":    swap2((*calc).polygonInPolygon),

		"circle_contain_pt":   geo2((*calc).inCircle),
		"pt_contained_circle": swap2((*calc).inCircle),
	}
	return fs
}

func (c *calc) inCircle(o Circle, p Point) bool { return c.pointDistance(o.Center, p) <= o.Radius }

func (c *calc) onLine(l Line, p Point) bool {
	return fpZero(c.add(c.add(c.mul(l.A, p.X), c.mul(l.B, p.Y)), l.C))
}

// onLSeg compares the way by a point with the straight one
// (lseg_contain_point).
func (c *calc) onLSeg(s LSeg, p Point) bool {
	return fpEq(c.pointDistance(p, s[0])+c.pointDistance(p, s[1]), c.pointDistance(s[0], s[1]))
}

func inBox(b Box, p Point) bool {
	return b.High.X >= p.X && b.Low.X <= p.X && b.High.Y >= p.Y && b.Low.Y <= p.Y
}

// boxInBox tells whether outer contains b.
func boxInBox(outer, b Box) bool {
	return fpGe(outer.High.X, b.High.X) && fpLe(outer.Low.X, b.Low.X) &&
		fpGe(outer.High.Y, b.High.Y) && fpLe(outer.Low.Y, b.Low.Y)
}

// onPath tells whether a point lies on an open path, or within a closed one.
func (c *calc) onPath(path *Path, p Point) bool {
	if path.Closed {
		return c.inside(p, path.Points)
	}
	a := c.pointDistance(p, path.Points[0])
	for s := range path.segments {
		b := c.pointDistance(p, s[1])
		if fpEq(c.add(a, b), c.pointDistance(s[0], s[1])) {
			return true
		}
		a = b
	}
	return false
}

// inside tells whether a point lies within a polygon or on its edge: it counts
// how the edges cross the ray from the point to the right (point_inside).
func (c *calc) inside(p Point, pts []Point) bool {
	total := 0
	prev := c.subPoint(pts[0], p)
	for i := range pts {
		at := c.subPoint(pts[(i+1)%len(pts)], p)
		n, on := c.crossing(at, prev)
		if on {
			return true
		}
		total += n
		prev = at
	}
	return total != 0
}

// crossing is how the edge from prev to p crosses the positive X axis: twice
// the direction for a full crossing, once for an end that lies on the axis. on
// tells that the edge goes through (0,0) (lseg_crossing).
func (c *calc) crossing(p, prev Point) (n int, on bool) {
	if fpZero(p.Y) {
		switch {
		case fpZero(p.X):
			return 0, true
		case fpGt(p.X, 0):
			if fpZero(prev.Y) {
				return 0, !fpGt(prev.X, 0)
			}
			if fpLt(prev.Y, 0) {
				return 1, false
			}
			return -1, false
		}
		return 0, fpZero(prev.Y) && !fpLt(prev.X, 0)
	}
	sign := -1
	if fpGt(p.Y, 0) {
		sign = 1
	}
	switch {
	case fpZero(prev.Y):
		if fpLt(prev.X, 0) {
			return 0, false
		}
		return sign, false
	case sign < 0 && fpLt(prev.Y, 0), sign > 0 && fpGt(prev.Y, 0):
		return 0, false
	case fpGe(p.X, 0) && fpGt(prev.X, 0):
		return 2 * sign, false
	case fpLt(p.X, 0) && fpLe(prev.X, 0):
		return 0, false
	}
	z := c.sub(c.mul(c.sub(p.X, prev.X), p.Y), c.mul(c.sub(p.Y, prev.Y), p.X))
	switch {
	case fpZero(z):
		return 0, true
	case sign < 0 && fpLt(z, 0), sign > 0 && fpGt(z, 0):
		return 0, false
	}
	return 2 * sign, false
}

// polygonInPolygon tells whether outer contains every edge of p.
func (c *calc) polygonInPolygon(outer, p *Polygon) bool {
	if !boxInBox(outer.Bound, p.Bound) {
		return false
	}
	for s := range p.segments {
		if !c.lsegInside(s[0], s[1], outer, 0) || c.err != nil {
			return false
		}
	}
	return true
}

// lsegInside tells whether the segment from a to b lies in a polygon, of whose
// edges it looks at those from start on (lseg_inside_poly).
func (c *calc) lsegInside(a, b Point, poly *Polygon, start int) bool {
	pts := poly.Points
	t := LSeg{a, b}
	prev := pts[(start+len(pts)-1)%len(pts)]
	ok, crossed := true, false
	for i := start; i < len(pts) && ok && !c.stop(); i++ {
		s := LSeg{prev, pts[i]}
		prev = pts[i]
		if c.onLSeg(s, a) {
			if c.onLSeg(s, b) {
				return true
			}
			ok = c.touchingInside(a, b, s, poly, i+1)
		} else if c.onLSeg(s, b) {
			ok = c.touchingInside(b, a, s, poly, i+1)
		} else if at, meet := c.lsegMeetsLSeg(t, s); meet {
			crossed = true
			ok = c.lsegInside(a, at, poly, i+1) && c.lsegInside(b, at, poly, i+1)
		}
	}
	if ok && !crossed {
		return c.inside(c.midpoint(a, b), pts)
	}
	return ok
}

// touchingInside follows the segment from a, which lies on edge s, to b, which
// does not: the part beyond the edge must lie inside when the segment runs
// along it, else nothing is known yet (touched_lseg_inside_poly).
func (c *calc) touchingInside(a, b Point, s LSeg, poly *Polygon, start int) bool {
	t := LSeg{a, b}
	switch {
	case samePoint(a, s[0]):
		return !c.onLSeg(t, s[1]) || c.lsegInside(b, s[1], poly, start)
	case samePoint(a, s[1]):
		return !c.onLSeg(t, s[0]) || c.lsegInside(b, s[0], poly, start)
	case c.onLSeg(t, s[0]):
		return c.lsegInside(b, s[0], poly, start)
	case c.onLSeg(t, s[1]):
		return c.lsegInside(b, s[1], poly, start)
	}
	return true
}
