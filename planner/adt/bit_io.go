package adt

import (
	"bytes"
	"encoding/binary"
	"slices"
	"strconv"
	"unicode/utf8"

	"github.com/jackc/pgerrcode"

	"github.com/flowgres/flowgres/planner/pgerr"
)

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
