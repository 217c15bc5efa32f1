package adt

import (
	"bytes"
	"math/bits"

	"github.com/jackc/pgerrcode"

	"github.com/flowgres/flowgres/planner/pgerr"
)

// bytea: byte strings (varlena.c). Text form in encode.go.

func byteaFuncs() Funcs {
	return Funcs{
		"byteain":   In(byteaIn),
		"byteaout":  Out(byteaOut),
		"bytearecv": Recv(func(_ *Call, b []byte, _ int32) ([]byte, error) { return bytes.Clone(b), nil }),
		"byteasend": Send(func(_ *Call, dst []byte, b []byte) ([]byte, error) { return append(dst, b...), nil }),

		"byteaeq":  P2(bytes.Equal),
		"byteane":  P2(func(a, b []byte) bool { return !bytes.Equal(a, b) }),
		"bytealt":  P2(func(a, b []byte) bool { return bytes.Compare(a, b) < 0 }),
		"byteale":  P2(func(a, b []byte) bool { return bytes.Compare(a, b) <= 0 }),
		"byteagt":  P2(func(a, b []byte) bool { return bytes.Compare(a, b) > 0 }),
		"byteage":  P2(func(a, b []byte) bool { return bytes.Compare(a, b) >= 0 }),
		"byteacmp": cmpDiff(bytes.Compare, func(a, b []byte) int32 { return byteDiff(string(a), string(b)) }),

		"hashvarlena": hashOf(func(b []byte) int32 { return int32(hashBytes(b)) },
			func(dst []byte, d Datum) []byte {
				b := d.([]byte)
				return keyBytes(dst, string(b))
			}),
		"hashvarlenaextended": P2(func(b []byte, seed int64) int64 { return int64(hashBytesExtended(b, uint64(seed))) }),

		"byteacat":             P2(func(a, b []byte) []byte { return append(append(make([]byte, 0, len(a)+len(b)), a...), b...) }),
		"byteaoctetlen":        P1(func(b []byte) int32 { return int32(len(b)) }),
		"sql:bit_length/bytea": P1(func(b []byte) int32 { return int32(len(b)) * 8 }),
		"bytea_bit_count": P1(func(b []byte) int64 {
			n := 0
			for _, x := range b {
				n += bits.OnesCount8(x)
			}
			return int64(n)
		}),
		"bytea_substr":        F3(func(b []byte, s, n int32) ([]byte, error) { return byteaSubstr(b, s, n) }),
		"bytea_substr_no_len": P2(func(b []byte, s int32) []byte { return b[min(max(int(s)-1, 0), len(b)):] }),
		"byteaoverlay":        F4(byteaOverlay),
		"byteaoverlay_no_len": F3(func(b, with []byte, s int32) ([]byte, error) {
			return byteaOverlay(b, with, s, int32(len(with)))
		}),
		"byteapos":   P2(func(b, sub []byte) int32 { return int32(bytes.Index(b, sub)) + 1 }),
		"byteatrim":  P2(func(b, set []byte) []byte { return byteaTrim(b, set, true, true) }),
		"bytealtrim": P2(func(b, set []byte) []byte { return byteaTrim(b, set, true, false) }),
		"byteartrim": P2(func(b, set []byte) []byte { return byteaTrim(b, set, false, true) }),

		"byteaGetByte": F2(byteaGetByte),
		"byteaSetByte": F3(byteaSetByte),
		"byteaGetBit":  F2(byteaGetBit),
		"byteaSetBit":  F3(byteaSetBit),
	}
}

func errNegativeSubstring() error {
	return pgerr.New(pgerrcode.SubstringError, "negative substring length not allowed")
}

func errIntRange() error {
	return pgerr.New(pgerrcode.NumericValueOutOfRange, "integer out of range")
}

// substrRange gives the 0-based start and the end of SQL's substring, the end
// not above limit.
func substrRange(start, length int32, limit int) (int, int, error) {
	if length < 0 {
		return 0, 0, errNegativeSubstring()
	}
	from := max(int64(start), 1) - 1
	to := int64(start) + int64(length) - 1
	to = max(min(to, int64(limit)), 0)
	return int(min(from, to)), int(to), nil
}

func byteaSubstr(b []byte, start, length int32) ([]byte, error) {
	from, to, err := substrRange(start, length, len(b))
	if err != nil {
		return nil, err
	}
	return b[from:to:to], nil
}

func byteaOverlay(b, with []byte, start, length int32) ([]byte, error) {
	if start <= 0 {
		return nil, errNegativeSubstring()
	}
	end := int64(start) + int64(length)
	if int64(int32(end)) != end {
		return nil, errIntRange()
	}
	head := b[:min(int(start)-1, len(b))]
	tail := b[min(max(int(end)-1, 0), len(b)):]
	out := make([]byte, 0, len(head)+len(with)+len(tail))
	return append(append(append(out, head...), with...), tail...), nil
}

func byteaTrim(b, set []byte, left, right bool) []byte {
	var in [256]bool
	for _, c := range set {
		in[c] = true
	}
	for left && len(b) > 0 && in[b[0]] {
		b = b[1:]
	}
	for right && len(b) > 0 && in[b[len(b)-1]] {
		b = b[:len(b)-1]
	}
	return b
}

func byteaIndex(i, n int64) error {
	if i < 0 || i >= n {
		return pgerr.New(pgerrcode.ArraySubscriptError, "index %d out of valid range, 0..%d", i, n-1)
	}
	return nil
}

func byteaGetByte(b []byte, i int32) (int32, error) {
	if err := byteaIndex(int64(i), int64(len(b))); err != nil {
		return 0, err
	}
	return int32(b[i]), nil
}

func byteaSetByte(b []byte, i, v int32) ([]byte, error) {
	if err := byteaIndex(int64(i), int64(len(b))); err != nil {
		return nil, err
	}
	b = bytes.Clone(b)
	b[i] = byte(v)
	return b, nil
}

func byteaGetBit(b []byte, i int64) (int32, error) {
	if err := byteaIndex(i, int64(len(b))*8); err != nil {
		return 0, err
	}
	return int32(b[i/8] >> (i % 8) & 1), nil
}

func byteaSetBit(b []byte, i int64, v int32) ([]byte, error) {
	if err := byteaIndex(i, int64(len(b))*8); err != nil {
		return nil, err
	}
	if v != 0 && v != 1 {
		return nil, pgerr.New(pgerrcode.InvalidParameterValue, "new bit must be 0 or 1")
	}
	b = bytes.Clone(b)
	b[i/8] = b[i/8]&^(1<<(i%8)) | byte(v)<<(i%8)
	return b, nil
}
