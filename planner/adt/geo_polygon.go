package adt

import "encoding/binary"

func polygonFuncs() Funcs {
	compare := func(op func(a, b Box) bool) Func {
		return P2(func(p, q *Polygon) bool { return op(p.Bound, q.Bound) })
	}
	return Funcs{
		"poly_in": In(polygonIn),
		"poly_out": Out(func(c *Call, dst []byte, p *Polygon) ([]byte, error) {
			return appendPoints(c, dst, '(', p.Points, ')')
		}),
		"poly_recv": recvGeo(func(g *geoBytes) *Polygon {
			pts := g.points("polygon", 40)
			if g.err != nil {
				return nil
			}
			return newPolygon(pts)
		}),
		"poly_send": Send(func(_ *Call, dst []byte, p *Polygon) ([]byte, error) {
			return sendPoints(binary.BigEndian.AppendUint32(dst, uint32(len(p.Points))), p.Points), nil
		}),

		// Where polygons lie is told by their bounding boxes, to the bit.
		"poly_left":      compare(func(a, b Box) bool { return a.High.X < b.Low.X }),
		"poly_overleft":  compare(func(a, b Box) bool { return a.High.X <= b.High.X }),
		"poly_right":     compare(func(a, b Box) bool { return a.Low.X > b.High.X }),
		"poly_overright": compare(func(a, b Box) bool { return a.Low.X >= b.Low.X }),
		"poly_below":     compare(func(a, b Box) bool { return a.High.Y < b.Low.Y }),
		"poly_overbelow": compare(func(a, b Box) bool { return a.High.Y <= b.High.Y }),
		"poly_above":     compare(func(a, b Box) bool { return a.Low.Y > b.High.Y }),
		"poly_overabove": compare(func(a, b Box) bool { return a.Low.Y >= b.Low.Y }),
		"poly_same":      P2(func(a, b *Polygon) bool { return samePoints(a.Points, b.Points) }),

		"poly_npoints": P1(func(p *Polygon) int32 { return int32(len(p.Points)) }),
		"poly_center":  geo1(func(c *calc, p *Polygon) Point { return c.circleAround(p).Center }),
		"poly_circle":  geo1((*calc).circleAround),
		"poly_box":     P1(func(p *Polygon) Box { return p.Bound }),
		"poly_path":    P1(func(p *Polygon) *Path { return &Path{true, p.Points} }),
		// What SP-GiST makes of a polygon is a routine that anybody may call.
		"spg_poly_quad_compress": P1(func(p *Polygon) Box { return p.Bound }),
		"box_poly": P1(func(b Box) *Polygon {
			c := b.corners()
			return &Polygon{c[:], newBox(b.High, b.Low)}
		}),
	}
}

func polygonIn(c *Call, s string, _ int32) (*Polygon, error) {
	g := newGeoText("polygon", s)
	n := countPairs(s)
	if n <= 0 {
		return nil, g.invalid()
	}
	if err := c.Env.Room(16 * int64(n)); err != nil {
		return nil, err
	}
	pts, _, err := g.points(c, n, false)
	if err == nil {
		err = g.end()
	}
	if err != nil {
		return nil, err
	}
	return newPolygon(pts), nil
}

// newPolygon makes a polygon of at least one point (make_bound_box).
func newPolygon(pts []Point) *Polygon {
	b := Box{pts[0], pts[0]}
	for _, p := range pts[1:] {
		if CompareFloat(p.X, b.Low.X) < 0 {
			b.Low.X = p.X
		}
		if CompareFloat(p.X, b.High.X) > 0 {
			b.High.X = p.X
		}
		if CompareFloat(p.Y, b.Low.Y) < 0 {
			b.Low.Y = p.Y
		}
		if CompareFloat(p.Y, b.High.Y) > 0 {
			b.High.Y = p.Y
		}
	}
	return &Polygon{pts, b}
}

// segments are a polygon's edges, the one that closes it first.
func (p *Polygon) segments(yield func(LSeg) bool) { eachSegment(p.Points, true, yield) }

// samePoints tells whether two closed lists have the same points in the same
// or the opposite order, from whatever start (plist_same).
func samePoints(a, b []Point) bool {
	n := len(a)
	if n != len(b) {
		return false
	}
	for start := range b {
		for _, step := range []int{1, n - 1} {
			i := 0
			for i < n && samePoint(b[(start+i*step)%n], a[i]) {
				i++
			}
			if i == n {
				return true
			}
		}
	}
	return false
}

// circleAround is the circle around the mean of a polygon's points whose
// radius is their mean distance from it (poly_to_circle).
func (c *calc) circleAround(p *Polygon) Circle {
	var out Circle
	for _, q := range p.Points {
		out.Center = c.addPoint(out.Center, q)
	}
	n := float64(len(p.Points))
	out.Center = Point{c.div(out.Center.X, n), c.div(out.Center.Y, n)}
	for _, q := range p.Points {
		out.Radius = c.add(out.Radius, c.pointDistance(q, out.Center))
	}
	out.Radius = c.div(out.Radius, n)
	return out
}
