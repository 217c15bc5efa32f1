package adt

import "math"

// Distances of two objects, and the point of one that is closest to the other.

func distanceFuncs() Funcs {
	fs := Funcs{
		"lseg_distance": geo2(func(c *calc, a, b LSeg) float64 { d, _ := c.closestToLSeg(a, b); return d }),
		"path_distance": maybe2(func(c *calc, a, b *Path) (float64, bool) { return c.leastDistance(a.segments, b.segments) }),
		"poly_distance": maybe2(func(c *calc, a, b *Polygon) (float64, bool) {
			if c.polygonsOverlap(a, b) {
				return 0, true
			}
			return c.leastDistance(a.segments, b.segments)
		}),
		"circle_distance": geo2(func(c *calc, a, b Circle) float64 {
			return notNegative(c.sub(c.pointDistance(a.Center, b.Center), c.add(a.Radius, b.Radius)))
		}),

		"close_pl": closest(func(c *calc, p Point, l Line) (float64, Point) { return c.lineToPoint(l, p) }),
		"close_ps": closest(func(c *calc, p Point, s LSeg) (float64, Point) { return c.lsegToPoint(s, p) }),
		"close_pb": closest(func(c *calc, p Point, b Box) (float64, Point) { return c.boxToPoint(b, p) }),
		"close_sb": closest(func(c *calc, s LSeg, b Box) (float64, Point) { return c.boxToLSeg(b, s) }),
		"close_ls": closest(func(c *calc, l Line, s LSeg) (float64, Point) {
			if c.slope(s[0], s[1]) == c.lineSlope(l) {
				return math.NaN(), Point{}
			}
			return c.lsegToLine(s, l)
		}),
		"close_lseg": closest(func(c *calc, a, b LSeg) (float64, Point) {
			if c.slope(a[0], a[1]) == c.slope(b[0], b[1]) {
				return math.NaN(), Point{}
			}
			return c.closestToLSeg(b, a)
		}),
	}
	distance(fs, "dist_lp", "dist_pl", func(c *calc, l Line, p Point) float64 { d, _ := c.lineToPoint(l, p); return d })
	distance(fs, "dist_sp", "dist_ps", func(c *calc, s LSeg, p Point) float64 { d, _ := c.lsegToPoint(s, p); return d })
	distance(fs, "dist_bp", "dist_pb", func(c *calc, b Box, p Point) float64 { d, _ := c.boxToPoint(b, p); return d })
	distance(fs, "dist_sl", "dist_ls", func(c *calc, s LSeg, l Line) float64 { d, _ := c.lsegToLine(s, l); return d })
	distance(fs, "dist_bs", "dist_sb", func(c *calc, b Box, s LSeg) float64 { d, _ := c.boxToLSeg(b, s); return d })
	distance(fs, "dist_pathp", "dist_ppath", func(c *calc, p *Path, q Point) float64 {
		d := c.leastToPoint(p.segments, q)
		return d
	})
	distance(fs, "dist_polyp", "dist_ppoly", (*calc).polygonToPoint)
	distance(fs, "dist_cpoint", "dist_pc", func(c *calc, o Circle, p Point) float64 {
		return notNegative(c.sub(c.pointDistance(p, o.Center), o.Radius))
	})
	distance(fs, "dist_cpoly", "dist_polyc", func(c *calc, o Circle, p *Polygon) float64 {
		return notNegative(c.sub(c.polygonToPoint(p, o.Center), o.Radius))
	})
	return fs
}

// distance adds a routine under its name and, with its arguments the other way
// round, under its twin's.
func distance[A, B any](fs Funcs, name, twin string, f func(*calc, A, B) float64) {
	fs[name], fs[twin] = geo2(f), swap2(f)
}

// closest adapts a routine that gives a distance and the closest point: NULL
// when the distance is NaN.
func closest[A, B any](f func(c *calc, a A, b B) (float64, Point)) Func {
	return maybe2(func(c *calc, a A, b B) (Point, bool) {
		d, p := f(c, a, b)
		return p, !math.IsNaN(d)
	})
}

func notNegative(d float64) float64 {
	if d < 0 {
		return 0
	}
	return d
}

// lineToPoint drops a perpendicular from a point to a line; NaN when rounding
// or NaN makes that impossible (line_closept_point).
func (c *calc) lineToPoint(l Line, p Point) (float64, Point) {
	at, ok := c.lineMeetsLine(c.line(p, c.lineInvSlope(l)), l)
	if !ok {
		return math.NaN(), p
	}
	return c.pointDistance(at, p), at
}

// lsegToPoint is the point of a segment that is closest to another point.
func (c *calc) lsegToPoint(s LSeg, p Point) (float64, Point) {
	_, at := c.lsegToLine(s, c.line(p, c.invSlope(s[0], s[1])))
	return c.pointDistance(at, p), at
}

// lsegToLine is the point of a segment that is closest to a line; its second
// end when there is not one (lseg_closept_line).
func (c *calc) lsegToLine(s LSeg, l Line) (float64, Point) {
	if p, ok := c.lsegMeetsLine(s, l); ok {
		return 0, p
	}
	d0, _ := c.lineToPoint(l, s[0])
	d1, _ := c.lineToPoint(l, s[1])
	if d0 < d1 {
		return d0, s[0]
	}
	return d1, s[1]
}

// closestToLSeg is the point of segment on that is closest to segment to
// (lseg_closept_lseg).
func (c *calc) closestToLSeg(on, to LSeg) (float64, Point) {
	if p, ok := c.lsegMeetsLSeg(on, to); ok {
		return 0, p
	}
	dist, at := c.lsegToPoint(on, to[0])
	if d, p := c.lsegToPoint(on, to[1]); CompareFloat(d, dist) < 0 {
		dist, at = d, p
	}
	for _, end := range on {
		if d, _ := c.lsegToPoint(to, end); CompareFloat(d, dist) < 0 {
			dist, at = d, end
		}
	}
	return dist, at
}

// boxToPoint is the point in or on a box that is closest to another point.
func (c *calc) boxToPoint(b Box, p Point) (float64, Point) {
	if inBox(b, p) {
		return 0, p
	}
	return c.boxTo(b, func(side LSeg) (float64, Point) { return c.lsegToPoint(side, p) })
}

// boxToLSeg is the point in or on a box that is closest to a segment. When
// they touch it is the point of the segment that is closest to the box's
// center.
func (c *calc) boxToLSeg(b Box, s LSeg) (float64, Point) {
	if c.boxMeetsLSeg(b, s) {
		_, p := c.lsegToPoint(s, c.center(b))
		return 0, p
	}
	return c.boxTo(b, func(side LSeg) (float64, Point) { return c.closestToLSeg(side, s) })
}

// boxTo is the least of what f gives for a box's sides.
func (c *calc) boxTo(b Box, f func(side LSeg) (float64, Point)) (dist float64, at Point) {
	for i, side := range b.sides() {
		if d, p := f(side); i == 0 || CompareFloat(d, dist) < 0 {
			dist, at = d, p
		}
	}
	return dist, at
}

// leastToPoint is the least distance of segments, of which there is one at least,
// to a point.
func (c *calc) leastToPoint(segs func(func(LSeg) bool), p Point) (dist float64) {
	found := false
	for s := range segs {
		if d, _ := c.lsegToPoint(s, p); !found || CompareFloat(d, dist) < 0 {
			dist, found = d, true
		}
	}
	return dist
}

// leastDistance is the least distance of any two segments.
func (c *calc) leastDistance(as, bs func(func(LSeg) bool)) (dist float64, found bool) {
	for a := range as {
		for b := range bs {
			if d, _ := c.closestToLSeg(a, b); !found || CompareFloat(d, dist) < 0 {
				dist, found = d, true
			}
			if c.stop() {
				return 0, false
			}
		}
	}
	return dist, found
}

func (c *calc) polygonToPoint(p *Polygon, q Point) float64 {
	if c.inside(q, p.Points) {
		return 0
	}
	return c.leastToPoint(func(yield func(LSeg) bool) {
		last := len(p.Points) - 1
		if !yield(LSeg{p.Points[0], p.Points[last]}) {
			return
		}
		eachSegment(p.Points, false, yield)
	}, q)
}
