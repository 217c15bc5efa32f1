package adt

import (
	"strconv"

	"github.com/jackc/pgerrcode"

	"github.com/flowgres/flowgres/planner/pgerr"
)

// "char": one byte; above ASCII it reads and prints as \ooo (char.c).

func charFuncs() Funcs {
	return Funcs{
		"charin":   In(func(_ *Call, s string, _ int32) (Char, error) { return charOf(s), nil }),
		"charout":  Out(charOut),
		"charrecv": Recv(charRecv),
		"charsend": Send(func(_ *Call, dst []byte, v Char) ([]byte, error) { return append(dst, byte(v)), nil }),

		"chareq": P2(func(a, b Char) bool { return a == b }),
		"charne": P2(func(a, b Char) bool { return a != b }),
		"charlt": P2(func(a, b Char) bool { return a < b }),
		"charle": P2(func(a, b Char) bool { return a <= b }),
		"chargt": P2(func(a, b Char) bool { return a > b }),
		"charge": P2(func(a, b Char) bool { return a >= b }),

		"btcharcmp": Cmp(func(a, b Char) int { return int(a) - int(b) }),
		// hashchar serves bool as well.
		"hashchar": hashOf(func(d Datum) int32 { return int32(hashUint32(uint32(int32(int8(byteOf(d)))))) },
			func(dst []byte, d Datum) []byte { return append(dst, byteOf(d)) }),
		"hashcharextended": P2(func(d Datum, seed int64) int64 {
			return int64(hashUint32Extended(uint32(int32(int8(byteOf(d)))), uint64(seed)))
		}),

		"chartoi4":    P1(func(c Char) int32 { return int32(int8(c)) }),
		"i4tochar":    F1(int4ToChar),
		"text_char":   P1(charOf),
		"char_text":   P1(charText),
		"char_bpchar": P1(charBpchar),
	}
}

// charOf reads a "char": \ooo, else the first byte, NUL when there is none.
func charOf(s string) Char {
	if len(s) == 4 && s[0] == '\\' && octal(s[1]) && octal(s[2]) && octal(s[3]) {
		return Char((s[1]-'0')<<6 | (s[2]-'0')<<3 | (s[3] - '0'))
	}
	if s == "" {
		return 0
	}
	return Char(s[0])
}

func octal(c byte) bool { return c >= '0' && c <= '7' }

func charText(c Char) string { return string(appendChar(nil, c)) }

// charBpchar is the byte as it is, even above ASCII.
func charBpchar(c Char) string {
	if c == 0 {
		return ""
	}
	return string([]byte{byte(c)})
}

func charOut(_ *Call, dst []byte, c Char) ([]byte, error) { return appendChar(dst, c), nil }

func appendChar(dst []byte, c Char) []byte {
	switch {
	case c >= 0x80:
		return append(dst, '\\', '0'+byte(c>>6), '0'+byte(c>>3&7), '0'+byte(c&7))
	case c == 0:
		return dst
	}
	return append(dst, byte(c))
}

func charRecv(_ *Call, b []byte, _ int32) (Char, error) {
	if err := wantBytes(b, 1); err != nil {
		return 0, err
	}
	return Char(b[0]), nil
}

func int4ToChar(i int32) (Char, error) {
	if i < -128 || i > 127 {
		return 0, pgerr.New(pgerrcode.NumericValueOutOfRange, `"char" out of range`)
	}
	return Char(byte(i)), nil
}

// errNoData is pq_copymsgbytes's complaint of a binary value cut short.
func errNoData() error {
	return pgerr.New(pgerrcode.ProtocolViolation, "insufficient data left in message")
}

func itoa(i int64) string { return strconv.FormatInt(i, 10) }
