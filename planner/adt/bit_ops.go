package adt

import (
	"bytes"
	"cmp"
	"math"

	"github.com/jackc/pgerrcode"

	"github.com/flowgres/flowgres/planner/pgerr"
)

func bitCompare(a, b *Bits) int { return int(bitDiff(a, b)) }

// bitDiff is bit_cmp: the bytes decide before the lengths.
func bitDiff(a, b *Bits) int32 {
	n := min(len(a.Bytes), len(b.Bytes))
	if c := bytes.Compare(a.Bytes[:n], b.Bytes[:n]); c != 0 {
		return byteDiff(string(a.Bytes[:n]), string(b.Bytes[:n]))
	}
	return int32(cmp.Compare(a.Len, b.Len))
}

func bitwise(verb string, op func(a, b byte) byte) Func {
	return F2(func(a, b *Bits) (*Bits, error) {
		if a.Len != b.Len {
			return nil, pgerr.New(pgerrcode.StringDataLengthMismatch, "cannot %s bit strings of different sizes", verb)
		}
		r := newBits(a.Len)
		for i := range r.Bytes {
			r.Bytes[i] = op(a.Bytes[i], b.Bytes[i])
		}
		return r, nil
	})
}

func bitNot(b *Bits) *Bits {
	r := newBits(b.Len)
	for i := range r.Bytes {
		r.Bytes[i] = ^b.Bytes[i]
	}
	if len(r.Bytes) == 0 {
		return r
	}
	return r.pad()
}

func bitCat(a, b *Bits) (*Bits, error) {
	if int64(a.Len)+int64(b.Len) > maxBits {
		return nil, errBitsTooLong()
	}
	r := newBits(a.Len + b.Len)
	copy(r.Bytes, a.Bytes)
	r.put(a.Len, b)
	return r, nil
}

// put ors b's bits into place at i.
func (b *Bits) put(i int32, src *Bits) {
	off := i % 8
	for j, c := range src.Bytes {
		at := int(i/8) + j
		b.Bytes[at] |= c >> off
		if off != 0 && at+1 < len(b.Bytes) {
			b.Bytes[at+1] |= c << (8 - off)
		}
	}
}

// slice gives bits from up to to, 0-based.
func (b *Bits) slice(from, to int32) *Bits {
	r := newBits(to - from)
	off := from % 8
	for i := range r.Bytes {
		at := int(from/8) + i
		c := b.Bytes[at] << off
		if off != 0 && at+1 < len(b.Bytes) {
			c |= b.Bytes[at+1] >> (8 - off)
		}
		r.Bytes[i] = c
	}
	if len(r.Bytes) == 0 {
		return r
	}
	return r.pad()
}

// shift moves the bits left by n, right for negative n.
func (b *Bits) shift(n int64) *Bits {
	r := newBits(b.Len)
	switch {
	case n >= int64(b.Len) || n <= -int64(b.Len):
	case n >= 0:
		r.put(0, b.slice(int32(n), b.Len))
	default:
		r.put(int32(-n), b.slice(0, b.Len+int32(n)))
	}
	return r
}

// substring is bitsubstring: 1-based from, n bits or all that follow.
func (b *Bits) substring(from, n int32, rest bool) (*Bits, error) {
	start, end := int64(max(from, 1)), int64(b.Len)+1
	if !rest {
		if n < 0 {
			return nil, errNegativeSubstring()
		}
		end = min(end, int64(from)+int64(n))
	}
	if start > int64(b.Len) || end <= start {
		return newBits(0), nil
	}
	return b.slice(int32(start-1), int32(end-1)), nil
}

func bitOverlay(a, b *Bits, from, n int32) (*Bits, error) {
	if from <= 0 {
		return nil, errNegativeSubstring()
	}
	after := int64(from) + int64(n)
	if after > math.MaxInt32 || after < math.MinInt32 {
		return nil, outOfRange("integer")
	}
	head, err := a.substring(1, from-1, false)
	if err != nil {
		return nil, err
	}
	tail, err := a.substring(int32(after), -1, true)
	if err != nil {
		return nil, err
	}
	r, err := bitCat(head, b)
	if err != nil {
		return nil, err
	}
	return bitCat(r, tail)
}

// bitPosition finds b in a: 1-based, 0 when it is not there.
func bitPosition(c *Call, a, b *Bits) (int32, error) {
	work := c.work()
	if a.Len == 0 || b.Len > a.Len {
		return 0, nil
	}
	if b.Len == 0 {
		return 1, nil
	}
	for i := int32(0); i+b.Len <= a.Len; i++ {
		j := int32(0)
		for j < b.Len && a.at(i+j) == b.at(j) {
			j++
		}
		if j == b.Len {
			return i + 1, nil
		}
		if err := work.done(int(j) + 4); err != nil {
			return 0, err
		}
	}
	return 0, nil
}

func (b *Bits) checkIndex(n int32) error {
	if n < 0 || n >= b.Len {
		return pgerr.New(pgerrcode.ArraySubscriptError, "bit index %d out of valid range (0..%d)", n, b.Len-1)
	}
	return nil
}

func bitSet(b *Bits, n, bit int32) (*Bits, error) {
	if err := b.checkIndex(n); err != nil {
		return nil, err
	}
	if bit != 0 && bit != 1 {
		return nil, pgerr.New(pgerrcode.InvalidParameterValue, "new bit must be 0 or 1")
	}
	r := &Bits{Len: b.Len, Bytes: bytes.Clone(b.Bytes)}
	r.Bytes[n/8] &^= 0x80 >> (n % 8)
	if bit == 1 {
		r.set(n)
	}
	return r, nil
}

// bitFromInt gives a number's lowest n bits, its sign extended.
func bitFromInt(v int64, n int32) *Bits {
	if n <= 0 || n > maxBits {
		n = 1
	}
	r := newBits(n)
	if v < 0 {
		for i := range r.Bytes[:max(n-64, 0)/8] {
			r.Bytes[i] = 0xff
		}
	}
	for i := max(n-64, 0) / 8 * 8; i < n; i++ {
		if v>>min(n-1-i, 63)&1 == 1 {
			r.set(i)
		}
	}
	return r
}

func (b *Bits) number(size int32, typ string) (uint64, error) {
	if b.Len > size {
		return 0, outOfRange(typ)
	}
	v := uint64(0)
	for i := range b.Len {
		v = v<<1 | uint64(b.at(i))
	}
	return v, nil
}
