package adt

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"math"
	"math/bits"
	"slices"
	"strconv"
	"unicode/utf8"

	"github.com/jackc/pgerrcode"

	"github.com/flowgres/flowgres/planner/pgerr"
)

// bit and varbit (varbit.c).

// Bits is a value of type bit or varbit: Len bits, the first is the highest of
// the first byte; those after the last are zero.
type Bits struct {
	Len   int32
	Bytes []byte
}

const maxBits = math.MaxInt32 - 8 + 1 // VARBITMAXLEN

func bitFuncs() Funcs {
	length := func(b *Bits) int32 { return b.Len }
	return Funcs{
		"bit_in":          In(func(c *Call, s string, typmod int32) (*Bits, error) { return bitIn(c, s, typmod, bitFits) }),
		"varbit_in":       In(func(c *Call, s string, typmod int32) (*Bits, error) { return bitIn(c, s, typmod, varbitFits) }),
		"bit_out":         Out(bitOut),
		"varbit_out":      Out(bitOut),
		"bit_recv":        Recv(func(_ *Call, b []byte, typmod int32) (*Bits, error) { return bitRecv(b, typmod, bitFits) }),
		"varbit_recv":     Recv(func(_ *Call, b []byte, typmod int32) (*Bits, error) { return bitRecv(b, typmod, varbitFits) }),
		"bit_send":        Send(bitSend),
		"varbit_send":     Send(bitSend),
		"bittypmodin":     F1(func(a *Array) (int32, error) { return bitTypmodIn(a, "bit") }),
		"varbittypmodin":  F1(func(a *Array) (int32, error) { return bitTypmodIn(a, "varbit") }),
		"bittypmodout":    P1(bitTypmodOut),
		"varbittypmodout": P1(bitTypmodOut),
		"bit": F3(func(b *Bits, n int32, explicit bool) (*Bits, error) {
			switch {
			case n <= 0 || n > maxBits || n == b.Len:
				return b, nil
			case !explicit:
				return b, bitFits(b.Len, n)
			}
			return b.resize(n), nil
		}),
		"varbit": F3(func(b *Bits, n int32, explicit bool) (*Bits, error) {
			switch {
			case n <= 0 || n >= b.Len:
				return b, nil
			case !explicit:
				return b, varbitFits(b.Len, n)
			}
			return b.resize(n), nil
		}),

		"biteq":  P2(func(a, b *Bits) bool { return bitCompare(a, b) == 0 }),
		"bitne":  P2(func(a, b *Bits) bool { return bitCompare(a, b) != 0 }),
		"bitlt":  P2(func(a, b *Bits) bool { return bitCompare(a, b) < 0 }),
		"bitle":  P2(func(a, b *Bits) bool { return bitCompare(a, b) <= 0 }),
		"bitgt":  P2(func(a, b *Bits) bool { return bitCompare(a, b) > 0 }),
		"bitge":  P2(func(a, b *Bits) bool { return bitCompare(a, b) >= 0 }),
		"bitcmp": cmpDiff(bitCompare, bitDiff),

		"bitlength":          P1(length),
		"sql:bit_length/bit": P1(length),
		"bitoctetlength":     P1(func(b *Bits) int32 { return (b.Len + 7) / 8 }),
		"bit_bit_count": P1(func(b *Bits) int64 {
			n := 0
			for _, c := range b.Bytes {
				n += bits.OnesCount8(c)
			}
			return int64(n)
		}),
		"bit_and":       bitwise("AND", func(a, b byte) byte { return a & b }),
		"bit_or":        bitwise("OR", func(a, b byte) byte { return a | b }),
		"bitxor":        bitwise("XOR", func(a, b byte) byte { return a ^ b }),
		"bitnot":        P1(bitNot),
		"bitcat":        F2(bitCat),
		"bitshiftleft":  P2(func(b *Bits, n int32) *Bits { return b.shift(int64(n)) }),
		"bitshiftright": P2(func(b *Bits, n int32) *Bits { return b.shift(-int64(n)) }),
		"bitsubstr":     F3(func(b *Bits, from, n int32) (*Bits, error) { return b.substring(from, n, false) }),
		"bitsubstr_no_len": F2(func(b *Bits, from int32) (*Bits, error) {
			return b.substring(from, -1, true)
		}),
		"bitoverlay":        F4(bitOverlay),
		"bitoverlay_no_len": F3(func(a, b *Bits, from int32) (*Bits, error) { return bitOverlay(a, b, from, b.Len) }),
		"bitposition":       C2(bitPosition),
		"bitgetbit": F2(func(b *Bits, n int32) (int32, error) {
			if err := b.checkIndex(n); err != nil {
				return 0, err
			}
			return int32(b.at(n)), nil
		}),
		"bitsetbit":   F3(bitSet),
		"bitfromint4": P2(func(v, n int32) *Bits { return bitFromInt(int64(v), n) }),
		"bitfromint8": P2(bitFromInt),
		"bittoint4": F1(func(b *Bits) (int32, error) {
			v, err := b.number(32, "integer")
			return int32(v), err
		}),
		"bittoint8": F1(func(b *Bits) (int64, error) {
			v, err := b.number(64, "bigint")
			return int64(v), err
		}),
	}
}

// newBits makes n zero bits.
func newBits(n int32) *Bits { return &Bits{Len: n, Bytes: make([]byte, (int64(n)+7)/8)} }

// pad clears the bits after the last.
func (b *Bits) pad() *Bits {
	if r := b.Len % 8; r != 0 {
		b.Bytes[len(b.Bytes)-1] &= 0xff << (8 - r)
	}
	return b
}

func (b *Bits) at(i int32) byte { return b.Bytes[i/8] >> (7 - i%8) & 1 }

func (b *Bits) set(i int32) { b.Bytes[i/8] |= 0x80 >> (i % 8) }

// resize cuts or zero-pads on the right.
func (b *Bits) resize(n int32) *Bits {
	r := newBits(n)
	copy(r.Bytes, b.Bytes)
	return r.pad()
}

func bitFits(n, typmod int32) error {
	if n == typmod {
		return nil
	}
	return pgerr.New(pgerrcode.StringDataLengthMismatch, "bit string length %d does not match type bit(%d)", n, typmod)
}

func varbitFits(n, typmod int32) error {
	if n <= typmod {
		return nil
	}
	return pgerr.New(pgerrcode.StringDataRightTruncationDataException, "bit string too long for type bit varying(%d)", typmod)
}

func errBitsTooLong() error {
	return pgerr.New(pgerrcode.ProgramLimitExceeded, "bit string length exceeds the maximum allowed (%d)", maxBits)
}

func bitIn(c *Call, s string, typmod int32, fits func(n, typmod int32) error) (*Bits, error) {
	digits, hex := s, false
	if s != "" {
		switch s[0] | 0x20 {
		case 'b':
			digits = s[1:]
		case 'x':
			digits, hex = s[1:], true
		}
	}
	n := int64(len(digits))
	if hex {
		n *= 4
	}
	if n > maxBits {
		return nil, errBitsTooLong()
	}
	if typmod > 0 {
		if err := fits(int32(n), typmod); err != nil {
			return nil, err
		}
	}
	b := newBits(int32(n))
	bad := func(i int, what string) error {
		_, size := utf8.DecodeRuneInString(digits[i:])
		return pgerr.New(pgerrcode.InvalidTextRepresentation, "\"%s\" is not a valid %s digit", digits[i:i+size], what)
	}
	work := c.work()
	for i := range len(digits) {
		if err := work.done(2); err != nil {
			return nil, err
		}
		if !hex {
			switch digits[i] {
			case '1':
				b.set(int32(i))
			case '0':
			default:
				return nil, bad(i, "binary")
			}
			continue
		}
		d := hexDigit(digits[i])
		if d < 0 {
			return nil, bad(i, "hexadecimal")
		}
		b.Bytes[i/2] |= byte(d) << (4 - i%2*4)
	}
	return b, nil
}

func bitOut(c *Call, dst []byte, b *Bits) ([]byte, error) {
	if err := c.Env.Room(int64(len(dst)) + int64(b.Len)); err != nil {
		return dst, err
	}
	dst = slices.Grow(dst, int(b.Len))
	work := c.work()
	for i := range b.Len {
		if err := work.done(2); err != nil {
			return dst, err
		}
		dst = append(dst, '0'+b.at(i))
	}
	return dst, nil
}

func bitRecv(data []byte, typmod int32, fits func(n, typmod int32) error) (*Bits, error) {
	r := binReader{b: data}
	n := r.int32()
	if r.err != nil {
		return nil, r.err
	}
	if n < 0 || n > maxBits {
		return nil, pgerr.New(pgerrcode.InvalidBinaryRepresentation, "invalid length in external bit string")
	}
	if typmod > 0 {
		if err := fits(n, typmod); err != nil {
			return nil, err
		}
	}
	body := r.bytes(int((int64(n) + 7) / 8))
	if r.err != nil {
		return nil, r.err
	}
	if len(r.b) > 0 {
		return nil, pgerr.New(pgerrcode.InvalidBinaryRepresentation, "incorrect binary data format")
	}
	return (&Bits{Len: n, Bytes: bytes.Clone(body)}).pad(), nil
}

func bitSend(_ *Call, dst []byte, b *Bits) ([]byte, error) {
	return append(binary.BigEndian.AppendUint32(dst, uint32(b.Len)), b.Bytes...), nil
}

func bitTypmodIn(a *Array, typ string) (int32, error) {
	m, err := arrayTypmods(a)
	if err != nil {
		return 0, err
	}
	const limit = 10 * 1024 * 1024 * 8
	switch {
	case len(m) != 1:
		return 0, pgerr.New(pgerrcode.InvalidParameterValue, "invalid type modifier")
	case m[0] < 1:
		return 0, pgerr.New(pgerrcode.InvalidParameterValue, "length for type %s must be at least 1", typ)
	case m[0] > limit:
		return 0, pgerr.New(pgerrcode.InvalidParameterValue, "length for type %s cannot exceed %d", typ, limit)
	}
	return m[0], nil
}

func bitTypmodOut(typmod int32) string {
	if typmod < 0 {
		return ""
	}
	return "(" + strconv.Itoa(int(typmod)) + ")"
}

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
