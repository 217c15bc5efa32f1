package adt

func lsegFuncs() Funcs {
	length := func(c *calc, s LSeg) float64 { return c.pointDistance(s[0], s[1]) }
	same := func(a, b LSeg) bool { return samePoint(a[0], b[0]) && samePoint(a[1], b[1]) }
	compare := func(op func(a, b float64) bool) Func {
		return geo2(func(c *calc, a, b LSeg) bool { return op(length(c, a), length(c, b)) })
	}
	return Funcs{
		"lseg_in": In(lsegIn),
		"lseg_out": Out(func(c *Call, dst []byte, s LSeg) ([]byte, error) {
			return appendPoints(c, dst, '[', s[:], ']')
		}),
		"lseg_recv": recvGeo(func(g *geoBytes) LSeg {
			p := g.point()
			return LSeg{p, g.point()}
		}),
		"lseg_send": Send(func(_ *Call, dst []byte, s LSeg) ([]byte, error) { return sendPoints(dst, s[:]), nil }),

		"lseg_construct":  P2(func(a, b Point) LSeg { return LSeg{a, b} }),
		"lseg_length":     geo1(length),
		"lseg_center":     geo1(func(c *calc, s LSeg) Point { return c.midpoint(s[0], s[1]) }),
		"lseg_vertical":   P1(func(s LSeg) bool { return fpEq(s[0].X, s[1].X) }),
		"lseg_horizontal": P1(func(s LSeg) bool { return fpEq(s[0].Y, s[1].Y) }),
		"lseg_parallel": geo2(func(c *calc, a, b LSeg) bool {
			return fpEq(c.slope(a[0], a[1]), c.slope(b[0], b[1]))
		}),
		"lseg_perp": geo2(func(c *calc, a, b LSeg) bool {
			return fpEq(c.slope(a[0], a[1]), c.invSlope(b[0], b[1]))
		}),

		"lseg_eq": P2(same),
		"lseg_ne": P2(func(a, b LSeg) bool { return !same(a, b) }),
		"lseg_lt": compare(fpLt),
		"lseg_le": compare(fpLe),
		"lseg_gt": compare(fpGt),
		"lseg_ge": compare(fpGe),
	}
}

func lsegIn(c *Call, s string, _ int32) (LSeg, error) {
	g := newGeoText("lseg", s)
	pts, _, err := g.points(c, 2, true)
	if err == nil {
		err = g.end()
	}
	if err != nil {
		return LSeg{}, err
	}
	return LSeg(pts), nil
}
