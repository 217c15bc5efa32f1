package exec

import (
	"encoding/binary"
	"math"

	"github.com/flowgres/flowgres/planner/adt"
)

// appendRare appends values of types that few rows have.
func (c *codec) appendRare(b []byte, d adt.Datum) ([]byte, bool) {
	switch d := d.(type) {
	case *adt.Range:
		return c.appendRange(append(b, tagRange), d), true
	case *adt.Multirange:
		b = binary.AppendUvarint(append(b, tagMultirange), uint64(d.Type))
		b = binary.AppendUvarint(b, uint64(len(d.Ranges)))
		for _, r := range d.Ranges {
			b = c.appendRange(b, r)
		}
	case adt.Inet:
		v6 := byte(0)
		if d.V6 {
			v6 = 1
		}
		b = append(append(b, tagInet, v6, d.Bits), d.IP[:]...)
	case adt.MACAddr:
		b = append(append(b, tagMACAddr), d[:]...)
	case adt.MACAddr8:
		b = append(append(b, tagMACAddr8), d[:]...)
	case *adt.Bits:
		b = binary.AppendUvarint(append(b, tagBits), uint64(d.Len))
		b = append(binary.AppendUvarint(b, uint64(len(d.Bytes))), d.Bytes...)
	case adt.Money:
		b = binary.AppendVarint(append(b, tagMoney), int64(d))
	case adt.TID:
		b = binary.AppendUvarint(append(b, tagTID), uint64(d.Block))
		b = binary.AppendUvarint(b, uint64(d.Offset))
	case uint64:
		b = binary.AppendUvarint(append(b, tagUint64), d)
	case adt.Point:
		b = appendFloats(append(b, tagFloats, 'p'), d.X, d.Y)
	case adt.LSeg:
		b = appendPoints(append(b, tagFloats, 's'), d[:])
	case adt.Line:
		b = appendFloats(append(b, tagFloats, 'l'), d.A, d.B, d.C)
	case adt.Box:
		b = appendPoints(append(b, tagFloats, 'b'), []adt.Point{d.High, d.Low})
	case adt.Circle:
		b = appendFloats(append(b, tagFloats, 'c'), d.Center.X, d.Center.Y, d.Radius)
	case *adt.Path:
		kind := byte('o')
		if d.Closed {
			kind = 'h'
		}
		b = appendPoints(binary.AppendUvarint(append(b, tagFloats, kind), uint64(len(d.Points))), d.Points)
	case *adt.Polygon:
		b = appendPoints(binary.AppendUvarint(append(b, tagFloats, 'g'), uint64(len(d.Points))), d.Points)
		b = appendPoints(b, []adt.Point{d.Bound.High, d.Bound.Low})
	case *adt.TSVector:
		b = binary.AppendUvarint(append(b, tagTSVector), uint64(len(d.Lexemes)))
		for _, l := range d.Lexemes {
			b = append(binary.AppendUvarint(b, uint64(len(l.Word))), l.Word...)
			b = binary.AppendUvarint(b, uint64(len(l.Pos)))
			for _, p := range l.Pos {
				b = append(binary.AppendUvarint(b, uint64(p.Pos)), p.Weight)
			}
		}
	default:
		return b, false
	}
	return b, true
}

// Parts of a range, in one byte.
const (
	rangeEmpty byte = 1 << iota
	rangeLowerInc
	rangeUpperInc
)

func (c *codec) appendRange(b []byte, r *adt.Range) []byte {
	flags := byte(0)
	if r.Empty {
		flags |= rangeEmpty
	}
	if r.LowerInc {
		flags |= rangeLowerInc
	}
	if r.UpperInc {
		flags |= rangeUpperInc
	}
	b = binary.AppendUvarint(append(b, flags), uint64(r.Type))
	return c.append(c.append(b, r.Lower), r.Upper)
}

func appendFloats(b []byte, fs ...float64) []byte {
	for _, f := range fs {
		b = binary.BigEndian.AppendUint64(b, math.Float64bits(f))
	}
	return b
}

func appendPoints(b []byte, ps []adt.Point) []byte {
	for _, p := range ps {
		b = appendFloats(b, p.X, p.Y)
	}
	return b
}

// rare reads what appendRare appended after its tag.
func (d *decoder) rare(tag byte) adt.Datum {
	switch tag {
	case tagRange:
		return d.rng()
	case tagMultirange:
		m := &adt.Multirange{Type: OID(d.Uvarint())}
		for range d.Count() {
			m.Ranges = append(m.Ranges, d.rng())
		}
		return m
	case tagInet:
		n := adt.Inet{V6: d.Byte() == 1, Bits: d.Byte()}
		copy(n.IP[:], d.Take(uint64(len(n.IP))))
		return n
	case tagMACAddr:
		var m adt.MACAddr
		copy(m[:], d.Take(uint64(len(m))))
		return m
	case tagMACAddr8:
		var m adt.MACAddr8
		copy(m[:], d.Take(uint64(len(m))))
		return m
	case tagBits:
		n := int32(d.Uvarint())
		return &adt.Bits{Len: n, Bytes: []byte(d.Take(d.Uvarint()))}
	case tagMoney:
		return adt.Money(d.Varint())
	case tagTID:
		block := uint32(d.Uvarint())
		return adt.TID{Block: block, Offset: uint16(d.Uvarint())}
	case tagUint64:
		return d.Uvarint()
	case tagTSVector:
		v := &adt.TSVector{Lexemes: make([]adt.Lexeme, d.Count())}
		for i := range v.Lexemes {
			l := &v.Lexemes[i]
			l.Word = d.Take(d.Uvarint())
			for range d.Count() {
				at := uint16(d.Uvarint())
				l.Pos = append(l.Pos, adt.LexemePos{Pos: at, Weight: d.Byte()})
			}
		}
		return v
	}
	switch kind := d.Byte(); kind {
	case 'p':
		return d.points(1)[0]
	case 's':
		p := d.points(2)
		return adt.LSeg{p[0], p[1]}
	case 'l':
		return adt.Line{A: d.float(), B: d.float(), C: d.float()}
	case 'b':
		p := d.points(2)
		return adt.Box{High: p[0], Low: p[1]}
	case 'c':
		return adt.Circle{Center: d.points(1)[0], Radius: d.float()}
	case 'g':
		g := &adt.Polygon{Points: d.points(d.Count())}
		p := d.points(2)
		g.Bound = adt.Box{High: p[0], Low: p[1]}
		return g
	default:
		return &adt.Path{Closed: kind == 'h', Points: d.points(d.Count())}
	}
}

func (d *decoder) rng() *adt.Range {
	flags := d.Byte()
	r := &adt.Range{
		Type: OID(d.Uvarint()), Empty: flags&rangeEmpty != 0,
		LowerInc: flags&rangeLowerInc != 0, UpperInc: flags&rangeUpperInc != 0,
	}
	r.Lower, r.Upper = d.datum(), d.datum()
	return r
}

func (d *decoder) float() float64 { return math.Float64frombits(d.bits(8)) }

func (d *decoder) points(n int) []adt.Point {
	ps := make([]adt.Point, n)
	for i := range ps {
		ps[i] = adt.Point{X: d.float(), Y: d.float()}
	}
	return ps
}
