package adt

import (
	"encoding/binary"
	"math"
	"strings"

	"github.com/jackc/pgerrcode"

	"github.com/flowgres/flowgres/planner/pgerr"
)

func pathFuncs() Funcs {
	compare := func(op func(a, b int) bool) Func {
		return P2(func(a, b *Path) bool { return op(len(a.Points), len(b.Points)) })
	}
	each := func(op func(c *calc, p, by Point) Point) Func {
		return geo2(func(c *calc, p *Path, by Point) *Path {
			out := &Path{p.Closed, make([]Point, len(p.Points))}
			for i, q := range p.Points {
				out.Points[i] = op(c, q, by)
			}
			return out
		})
	}
	return Funcs{
		"path_in":  In(pathIn),
		"path_out": Out(pathOut),
		"path_recv": recvGeo(func(g *geoBytes) *Path {
			if len(g.b) == 0 {
				g.err = pgerr.New(pgerrcode.ProtocolViolation, "no data left in message")
			}
			return &Path{Closed: g.take(1)[0] != 0, Points: g.points("path", 16)}
		}),
		"path_send": Send(func(_ *Call, dst []byte, p *Path) ([]byte, error) {
			closed := byte(0)
			if p.Closed {
				closed = 1
			}
			return sendPoints(binary.BigEndian.AppendUint32(append(dst, closed), uint32(len(p.Points))), p.Points), nil
		}),

		"path_n_lt":     compare(func(a, b int) bool { return a < b }),
		"path_n_gt":     compare(func(a, b int) bool { return a > b }),
		"path_n_eq":     compare(func(a, b int) bool { return a == b }),
		"path_n_le":     compare(func(a, b int) bool { return a <= b }),
		"path_n_ge":     compare(func(a, b int) bool { return a >= b }),
		"path_isclosed": P1(func(p *Path) bool { return p.Closed }),
		"path_isopen":   P1(func(p *Path) bool { return !p.Closed }),
		"path_npoints":  P1(func(p *Path) int32 { return int32(len(p.Points)) }),
		"path_close":    P1(func(p *Path) *Path { return &Path{true, p.Points} }),
		"path_open":     P1(func(p *Path) *Path { return &Path{false, p.Points} }),
		"path_poly":     F1(pathToPolygon),
		"path_length": geo1(func(c *calc, p *Path) float64 {
			sum := 0.0
			for s := range p.segments {
				sum = c.add(sum, c.pointDistance(s[0], s[1]))
			}
			return sum
		}),
		"path_area": Raw(func(_ *Call, a []Datum) (Datum, error) {
			p := a[0].(*Path)
			if !p.Closed {
				return nil, nil
			}
			var c calc
			v := pathArea(&c, p.Points)
			return box(v, c.err)
		}),
		"path_add": Raw(func(_ *Call, a []Datum) (Datum, error) {
			p, q := a[0].(*Path), a[1].(*Path)
			if p.Closed || q.Closed {
				return nil, nil
			}
			n := len(p.Points) + len(q.Points)
			if n*16 > maxAlloc {
				return nil, errTooManyPoints()
			}
			return &Path{Points: append(append(make([]Point, 0, n), p.Points...), q.Points...)}, nil
		}),
		"path_add_pt": each((*calc).addPoint),
		"path_sub_pt": each((*calc).subPoint),
		"path_mul_pt": each((*calc).mulPoint),
		"path_div_pt": each((*calc).divPoint),
	}
}

// pathIn reads ((x,y),…), [(x,y),…] or x,y,…
func pathIn(c *Call, s string, _ int32) (*Path, error) {
	g := newGeoText("path", s)
	n := countPairs(s)
	if n <= 0 {
		return nil, g.invalid()
	}
	if err := c.Env.Room(16 * int64(n)); err != nil {
		return nil, err
	}
	g.space()
	paren := false
	if first := *g; first.eat('(') && !strings.Contains(first.s, "(") {
		*g, paren = first, true
	}
	pts, open, err := g.points(c, n, true)
	if err != nil {
		return nil, err
	}
	if paren {
		if err := g.want(')'); err != nil {
			return nil, err
		}
		g.space()
	}
	return &Path{!open, pts}, g.end()
}

func pathOut(c *Call, dst []byte, p *Path) ([]byte, error) {
	if p.Closed {
		return appendPoints(c, dst, '(', p.Points, ')')
	}
	return appendPoints(c, dst, '[', p.Points, ']')
}

// segments are those of a path, the one that closes it first.
func (p *Path) segments(yield func(LSeg) bool) { eachSegment(p.Points, p.Closed, yield) }

func eachSegment(pts []Point, closed bool, yield func(LSeg) bool) {
	for i, p := range pts {
		switch {
		case i > 0:
			if !yield(LSeg{pts[i-1], p}) {
				return
			}
		case closed:
			if !yield(LSeg{pts[len(pts)-1], p}) {
				return
			}
		}
	}
}

func pathArea(c *calc, pts []Point) float64 {
	area := 0.0
	for i, p := range pts {
		q := pts[(i+1)%len(pts)]
		area = c.add(area, c.mul(p.X, q.Y))
		area = c.sub(area, c.mul(p.Y, q.X))
	}
	return c.div(math.Abs(area), 2)
}

func pathToPolygon(p *Path) (*Polygon, error) {
	if !p.Closed {
		return nil, pgerr.New(pgerrcode.InvalidParameterValue, "open path cannot be converted to polygon")
	}
	return newPolygon(p.Points), nil
}
