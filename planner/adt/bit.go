package adt

import (
	"math"
	"math/bits"
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
