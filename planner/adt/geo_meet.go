package adt

// Whether and where two objects meet.

func meetFuncs() Funcs {
	return Funcs{
		"lseg_intersect": geo2(func(c *calc, a, b LSeg) bool { _, ok := c.lsegMeetsLSeg(a, b); return ok }),
		"lseg_interpt":   maybe2((*calc).lsegMeetsLSeg),
		"inter_sl":       geo2(func(c *calc, s LSeg, l Line) bool { _, ok := c.lsegMeetsLine(s, l); return ok }),
		"inter_sb":       geo2(func(c *calc, s LSeg, b Box) bool { return c.boxMeetsLSeg(b, s) }),
		"inter_lb": geo2(func(c *calc, l Line, b Box) bool {
			p := b.corners()
			for _, s := range [4]LSeg{{p[0], p[1]}, {p[2], p[1]}, {p[2], p[3]}, {p[0], p[3]}} {
				if _, ok := c.lsegMeetsLine(s, l); ok {
					return true
				}
			}
			return false
		}),
		"path_inter":   geo2(pathsMeet),
		"poly_overlap": geo2((*calc).polygonsOverlap),
	}
}

// lineMeetsLine is where two lines intersect: false when they are parallel or
// the same, NaN when they have NaN (line_interpt_line).
func (c *calc) lineMeetsLine(a, b Line) (p Point, ok bool) {
	if fpZero(a.B) {
		if fpZero(b.B) {
			return p, false
		}
		a, b = b, a
	}
	if fpEq(b.A, c.mul(a.A, c.div(b.B, a.B))) {
		return p, false
	}
	p.X = c.div(c.sub(c.mul(a.B, b.C), c.mul(b.B, a.C)), c.sub(c.mul(a.A, b.B), c.mul(b.A, a.B)))
	p.Y = c.div(-c.add(c.mul(a.A, p.X), a.C), a.B)
	return Point{unsignedZero(p.X), unsignedZero(p.Y)}, true
}

// lsegMeetsLine is where a segment meets a line; an end of the segment is
// given as it is (lseg_interpt_line).
func (c *calc) lsegMeetsLine(s LSeg, l Line) (Point, bool) {
	p, ok := c.lineMeetsLine(c.through(s), l)
	switch {
	case !ok || !c.onLSeg(s, p):
		return p, false
	case samePoint(s[0], p):
		return s[0], true
	case samePoint(s[1], p):
		return s[1], true
	}
	return p, true
}

func (c *calc) lsegMeetsLSeg(a, b LSeg) (Point, bool) {
	p, ok := c.lsegMeetsLine(a, c.through(b))
	return p, ok && c.onLSeg(b, p)
}

// boxMeetsLSeg tells whether a segment touches a box; one inside of it does
// (box_interpt_lseg).
func (c *calc) boxMeetsLSeg(b Box, s LSeg) bool {
	around := Box{
		Point{floatMax(s[0].X, s[1].X), floatMax(s[0].Y, s[1].Y)},
		Point{floatMin(s[0].X, s[1].X), floatMin(s[0].Y, s[1].Y)},
	}
	if !boxesOverlap(around, b) {
		return false
	}
	if inBox(b, s[0]) || inBox(b, s[1]) {
		return true
	}
	for _, side := range b.sides() {
		if _, ok := c.lsegMeetsLSeg(side, s); ok {
			return true
		}
	}
	return false
}

func pathsMeet(c *calc, a, b *Path) bool {
	return boxesOverlap(pathBound(a.Points), pathBound(b.Points)) && c.anyMeet(a.segments, b.segments)
}

// pathBound is the smallest box around the points of a path, NaN above all.
func pathBound(pts []Point) Box { return newPolygon(pts).Bound }

// anyMeet tells whether any of some segments meets any of others.
func (c *calc) anyMeet(as, bs func(func(LSeg) bool)) bool {
	for a := range as {
		for b := range bs {
			if _, ok := c.lsegMeetsLSeg(a, b); ok {
				return true
			}
			if c.stop() {
				return false
			}
		}
	}
	return false
}

// polygonsOverlap tells whether edges meet or one polygon is inside the other.
func (c *calc) polygonsOverlap(a, b *Polygon) bool {
	return boxesOverlap(a.Bound, b.Bound) &&
		(c.anyMeet(a.segments, b.segments) || c.inside(a.Points[0], b.Points) || c.inside(b.Points[0], a.Points))
}
