package adt

import (
	"encoding/binary"
	"math"
	"strings"

	"github.com/jackc/pgerrcode"

	"github.com/flowgres/flowgres/planner/pgerr"
)

// The text and binary forms that the geometric types share: pairs of numbers
// and lists of points.

// geoText reads the text of a geometric value.
type geoText struct {
	s    string // what is left
	typ  string
	orig string
}

func newGeoText(typ, s string) *geoText { return &geoText{s: s, typ: typ, orig: s} }

func (g *geoText) invalid() error { return invalidInput(g.typ, g.orig) }

func (g *geoText) space() {
	for g.s != "" && isSpace(g.s[0]) {
		g.s = g.s[1:]
	}
}

func (g *geoText) eat(c byte) bool {
	if g.s == "" || g.s[0] != c {
		return false
	}
	g.s = g.s[1:]
	return true
}

func (g *geoText) want(c byte) error {
	if !g.eat(c) {
		return g.invalid()
	}
	return nil
}

func (g *geoText) end() error {
	if g.s != "" {
		return g.invalid()
	}
	return nil
}

// number reads a number and the white space around it (single_decode).
func (g *geoText) number() (v float64, err error) {
	v, g.s, err = readFloat(g.s, 64, "double precision", g.typ, g.orig)
	return v, err
}

// pair reads x,y or (x,y) (pair_decode).
func (g *geoText) pair() (p Point, err error) {
	g.space()
	paren := g.eat('(')
	if p.X, err = g.number(); err != nil {
		return p, err
	}
	if err = g.want(','); err != nil {
		return p, err
	}
	if p.Y, err = g.number(); err != nil || !paren {
		return p, err
	}
	if err = g.want(')'); err != nil {
		return p, err
	}
	g.space()
	return p, nil
}

// aPair is what a pair of numbers takes to read or write, in steps of work.
const aPair = 64

// points reads n points with or without parentheses or, if open is allowed,
// brackets around them (path_decode); open tells of brackets.
func (g *geoText) points(c *Call, n int, mayOpen bool) (pts []Point, open bool, err error) {
	w, depth := c.work(), 0
	g.space()
	switch {
	case g.eat('['):
		if !mayOpen {
			return nil, true, g.invalid()
		}
		open = true
		depth++
	case strings.HasPrefix(g.s, "("):
		inner := *g
		inner.eat('(')
		inner.space()
		if strings.HasPrefix(inner.s, "(") || strings.LastIndexByte(g.s, '(') == 0 {
			depth++
			g.s = inner.s
		}
	}
	for range n {
		p, err := g.pair()
		if err == nil {
			err = w.grown(aPair, 16*len(pts))
		}
		if err != nil {
			return nil, open, err
		}
		g.eat(',')
		pts = append(pts, p)
	}
	for ; depth > 0; depth-- {
		if !g.eat(')') && !(open && g.eat(']')) {
			return nil, open, g.invalid()
		}
		g.space()
	}
	return pts, open, nil
}

// countPairs tells how many points a text may hold by its commas; -1: none
// (pair_count).
func countPairs(s string) int {
	n := strings.Count(s, ",")
	if n%2 == 0 {
		return -1
	}
	return (n + 1) / 2
}

func appendPair(c *Call, dst []byte, p Point) []byte {
	dst = appendFloat(append(dst, '('), p.X, 64, c.Env)
	dst = appendFloat(append(dst, ','), p.Y, 64, c.Env)
	return append(dst, ')')
}

// appendPoints appends points between two characters.
func appendPoints(c *Call, dst []byte, open byte, pts []Point, end byte) ([]byte, error) {
	w := c.work()
	dst = append(dst, open)
	for i, p := range pts {
		if err := w.grown(aPair, len(dst)); err != nil {
			return nil, err
		}
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = appendPair(c, dst, p)
	}
	return append(dst, end), nil
}

// appendFloats appends the binary form of numbers.
func appendFloats(dst []byte, vs ...float64) []byte {
	for _, v := range vs {
		dst = appendFloat8(dst, v)
	}
	return dst
}

func sendPoints(dst []byte, pts []Point) []byte {
	for _, p := range pts {
		dst = appendFloats(dst, p.X, p.Y)
	}
	return dst
}

// geoBytes reads the binary form of a geometric value. It keeps the first
// error.
type geoBytes struct {
	b   []byte
	err error
}

func (g *geoBytes) take(n int) []byte {
	if len(g.b) < n {
		if g.err == nil {
			g.err = pgerr.New(pgerrcode.ProtocolViolation, "insufficient data left in message")
		}
		g.b = nil
		return make([]byte, n)
	}
	b := g.b[:n]
	g.b = g.b[n:]
	return b
}

func (g *geoBytes) float() float64 { return math.Float64frombits(binary.BigEndian.Uint64(g.take(8))) }

func (g *geoBytes) point() Point {
	x := g.float()
	return Point{x, g.float()}
}

// points reads the number of points and the points of a path or polygon.
func (g *geoBytes) points(typ string, header int) []Point {
	n := int32(binary.BigEndian.Uint32(g.take(4)))
	if g.err == nil && (n <= 0 || int(n) >= (math.MaxInt32-header)/16) {
		g.err = pgerr.New(pgerrcode.InvalidBinaryRepresentation, "invalid number of points in external \"%s\" value", typ)
	}
	var pts []Point
	for i := int32(0); i < n && g.err == nil; i++ {
		pts = append(pts, g.point())
	}
	return pts
}

// done gives the error of reading, or of what is left.
func (g *geoBytes) done() error {
	if g.err == nil {
		return noMore(g.b, 0)
	}
	return g.err
}

// recvGeo adapts a receive function.
func recvGeo[R any](f func(g *geoBytes) R) Func {
	return Recv(func(_ *Call, b []byte, _ int32) (R, error) {
		g := geoBytes{b: b}
		v := f(&g)
		return v, g.done()
	})
}
