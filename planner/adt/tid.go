package adt

import (
	"cmp"
	"encoding/binary"
	"strconv"
	"strings"
)

// tid (tid.c).

func tidFuncs() Funcs {
	f := Funcs{
		"tidin": In(tidIn),
		"tidout": Out(func(_ *Call, dst []byte, t TID) ([]byte, error) {
			dst = strconv.AppendUint(append(dst, '('), uint64(t.Block), 10)
			dst = strconv.AppendUint(append(dst, ','), uint64(t.Offset), 10)
			return append(dst, ')'), nil
		}),
		"tidrecv": Recv(func(_ *Call, b []byte, _ int32) (TID, error) {
			r := binReader{b: b}
			t := TID{Block: uint32(r.int32())}
			if v := r.bytes(2); v != nil {
				t.Offset = binary.BigEndian.Uint16(v)
			}
			if r.err == nil && len(r.b) > 0 {
				r.err = errLeftOver()
			}
			return t, r.err
		}),
		"tidsend": Send(func(_ *Call, dst []byte, t TID) ([]byte, error) {
			return binary.BigEndian.AppendUint16(binary.BigEndian.AppendUint32(dst, t.Block), t.Offset), nil
		}),
		"tideq":      P2(func(a, b TID) bool { return a == b }),
		"tidne":      P2(func(a, b TID) bool { return a != b }),
		"tidlt":      P2(func(a, b TID) bool { return tidCompare(a, b) < 0 }),
		"tidle":      P2(func(a, b TID) bool { return tidCompare(a, b) <= 0 }),
		"tidgt":      P2(func(a, b TID) bool { return tidCompare(a, b) > 0 }),
		"tidge":      P2(func(a, b TID) bool { return tidCompare(a, b) >= 0 }),
		"bttidcmp":   Cmp(tidCompare),
		"tidlarger":  P2(func(a, b TID) TID { return pick(tidCompare(a, b) >= 0, a, b) }),
		"tidsmaller": P2(func(a, b TID) TID { return pick(tidCompare(a, b) <= 0, a, b) }),
		"hashtid": hashOf(func(t TID) int32 { return int32(hashBytes(t.bytes())) },
			func(dst []byte, d Datum) []byte { return append(dst, d.(TID).bytes()...) }),
		"hashtidextended": P2(func(t TID, seed int64) int64 { return int64(hashBytesExtended(t.bytes(), uint64(seed))) }),
	}
	return f
}

func tidCompare(a, b TID) int {
	return cmp.Compare(int64(a.Block)<<16|int64(a.Offset), int64(b.Block)<<16|int64(b.Offset))
}

// bytes is ItemPointerData: three 16-bit words, the block's high one first.
func (t TID) bytes() []byte {
	b := binary.LittleEndian.AppendUint16(nil, uint16(t.Block>>16))
	b = binary.LittleEndian.AppendUint16(b, uint16(t.Block))
	return binary.LittleEndian.AppendUint16(b, t.Offset)
}

// tidIn finds its numbers after the first parenthesis and comma, whatever is
// around them.
func tidIn(_ *Call, s string, _ int32) (TID, error) {
	bad := func() (TID, error) { return TID{}, invalidInput("tid", s) }
	var at []int
	for i := 0; i < len(s) && len(at) < 2 && s[i] != ')'; i++ {
		if s[i] == ',' || s[i] == '(' && len(at) == 0 {
			at = append(at, i+1)
		}
	}
	if len(at) < 2 {
		return bad()
	}
	block, rest, ok := strtoul(s[at[0]:])
	if !ok || !strings.HasPrefix(rest, ",") || block != uint64(uint32(block)) && block != uint64(int64(int32(block))) {
		return bad()
	}
	offset, rest, ok := strtoul(s[at[1]:])
	if !ok || !strings.HasPrefix(rest, ")") || offset > 65535 {
		return bad()
	}
	return TID{uint32(block), uint16(offset)}, nil
}

// strtoul reads a decimal number as C does: white space and a sign may come
// first, and no digits make 0; ok is false when it does not fit.
func strtoul(s string) (v uint64, rest string, ok bool) {
	t := strings.TrimLeft(s, " \t\n\v\f\r")
	neg := strings.HasPrefix(t, "-")
	if neg || strings.HasPrefix(t, "+") {
		t = t[1:]
	}
	n := 0
	for n < len(t) && isDigit(t[n]) {
		n++
	}
	if n == 0 {
		return 0, s, true
	}
	v, err := strconv.ParseUint(t[:n], 10, 64)
	if neg {
		v = -v
	}
	return v, t[n:], err == nil
}
