package adt

import (
	"cmp"
	"encoding/binary"
	"errors"
	"maps"
	"strconv"
	"strings"
)

// oidFuncs are the routines of oid, xid, cid and xid8 (PostgreSQL's oid.c and
// xid.c).
func oidFuncs() Funcs {
	f := Funcs{
		"oidlt":      P2(func(a, b OID) bool { return a < b }),
		"oidle":      P2(func(a, b OID) bool { return a <= b }),
		"oidgt":      P2(func(a, b OID) bool { return a > b }),
		"oidge":      P2(func(a, b OID) bool { return a >= b }),
		"oidne":      P2(func(a, b OID) bool { return a != b }),
		"oidlarger":  P2(func(a, b OID) OID { return max(a, b) }),
		"oidsmaller": P2(func(a, b OID) OID { return min(a, b) }),
		"btoidcmp":   Cmp(cmp.Compare[OID]),
		"oidtoi8":    P1(func(a OID) int64 { return int64(a) }),
		"i8tooid":    F1(int8ToOID),
		"hashoid":    hashOID(),
		"hashoidextended": P2(func(a OID, seed int64) int64 {
			return int64(hashUint32Extended(a, uint64(seed)))
		}),
		"xideq":  P2(func(a, b Datum) bool { return oidOf(a) == oidOf(b) }),
		"xidneq": P2(func(a, b Datum) bool { return oidOf(a) != oidOf(b) }),

		"xid8in":       In(xid8In),
		"xid8out":      Out(func(_ *Call, dst []byte, v uint64) ([]byte, error) { return strconv.AppendUint(dst, v, 10), nil }),
		"xid8recv":     Recv(xid8Recv),
		"xid8send":     Send(func(_ *Call, dst []byte, v uint64) ([]byte, error) { return binary.BigEndian.AppendUint64(dst, v), nil }),
		"xid8eq":       P2(func(a, b uint64) bool { return a == b }),
		"xid8ne":       P2(func(a, b uint64) bool { return a != b }),
		"xid8lt":       P2(func(a, b uint64) bool { return a < b }),
		"xid8le":       P2(func(a, b uint64) bool { return a <= b }),
		"xid8gt":       P2(func(a, b uint64) bool { return a > b }),
		"xid8ge":       P2(func(a, b uint64) bool { return a >= b }),
		"xid8cmp":      Cmp(cmp.Compare[uint64]),
		"xid8_larger":  P2(func(a, b uint64) uint64 { return max(a, b) }),
		"xid8_smaller": P2(func(a, b uint64) uint64 { return min(a, b) }),
		"xid8toxid":    P1(func(a uint64) OID { return uint32(a) }),
	}
	for _, t := range []string{"oid", "xid", "cid"} {
		f[t+"in"] = In(func(_ *Call, s string, _ int32) (OID, error) { return ParseOID(s, t) })
		f[t+"out"] = Out(func(_ *Call, dst []byte, v OID) ([]byte, error) { return strconv.AppendUint(dst, uint64(v), 10), nil })
		f[t+"recv"] = Recv(func(_ *Call, b []byte, _ int32) (OID, error) {
			if err := wantBytes(b, 4); err != nil {
				return 0, err
			}
			return binary.BigEndian.Uint32(b), nil
		})
		f[t+"send"] = Send(func(_ *Call, dst []byte, v OID) ([]byte, error) { return binary.BigEndian.AppendUint32(dst, v), nil })
	}
	maps.Copy(f, Funcs{
		"oideq": P2(func(a, b OID) bool { return a == b }),
		"cideq": P2(func(a, b OID) bool { return a == b }),
	})
	return f
}

func hashOID() Func {
	return Func{
		Call: func(_ *Call, a []Datum) (Datum, error) { return int32(hashUint32(a[0].(OID))), nil },
		Key:  func(dst []byte, d Datum) []byte { return binary.BigEndian.AppendUint32(dst, d.(OID)) },
	}
}

// oidOf reads an argument that is a xid or an int4, as xideq takes both.
func oidOf(d Datum) OID {
	if v, ok := d.(int32); ok {
		return OID(v)
	}
	return d.(OID)
}

// OfOIDs tells whether a type's values are object identifiers: oid and the reg* types.
func OfOIDs(typ OID) bool {
	switch typ {
	case 26, 24, 2202, 2203, 2204, 2205, 2206, 3734, 3769, 4089, 4096, 4191:
		return true
	}
	return false
}

// Relabel gives a datum the Go type of the target type where a
// binary-coercible cast changes it: int4 to oid, xid and their kin, and back.
func Relabel(d Datum, target OID) Datum {
	switch v := d.(type) {
	case int32:
		if OfOIDs(target) {
			return OID(v)
		}
	case OID:
		if target == 23 { // int4
			return int32(v)
		}
	}
	return d
}

func int8ToOID(v int64) (OID, error) {
	if v < 0 || v > 1<<32-1 {
		return 0, outOfRange("OID")
	}
	return OID(v), nil
}

// ParseOID reads an unsigned 32-bit number as uint32in_subr does: C's strtoul
// with a guessed base; negative numbers wrap.
func ParseOID(s, typ string) (OID, error) {
	v, err := parseUint(s, typ)
	if err != nil {
		return 0, err
	}
	if r := OID(v); uint64(r) == v || uint64(int64(int32(r))) == v {
		return r, nil
	}
	return 0, inputRange(typ, s)
}

func xid8In(_ *Call, s string, _ int32) (uint64, error) { return parseUint(s, "xid8") }

// uintLen is the length of the number that strtoul(…, 0) finds first in s.
func uintLen(s string) int {
	n, base := 0, uint64(10)
	if s != "" && (s[0] == '-' || s[0] == '+') {
		n = 1
	}
	switch t := s[n:]; {
	case len(t) > 2 && t[0] == '0' && t[1]|0x20 == 'x' && digitValue(t[2]) < 16:
		n, base = n+2, 16
	case strings.HasPrefix(t, "0"):
		base = 8
	}
	from := n
	for n < len(s) && digitValue(s[n]) < base {
		n++
	}
	if n == from {
		return 0
	}
	return n
}

// parseUint reads a number as strtoul(…, 0) and white space after it.
func parseUint(s, typ string) (uint64, error) {
	t := trimSpace(s)
	neg := strings.HasPrefix(t, "-")
	if neg || strings.HasPrefix(t, "+") {
		t = t[1:]
	}
	base := 10
	switch {
	case len(t) > 2 && t[0] == '0' && t[1]|0x20 == 'x' && digitValue(t[2]) < 16:
		base, t = 16, t[2:]
	case len(t) > 1 && t[0] == '0':
		base = 8
	}
	for i := range len(t) {
		if digitValue(t[i]) >= uint64(base) {
			return 0, invalidInput(typ, s)
		}
	}
	v, err := strconv.ParseUint(t, base, 64)
	if errors.Is(err, strconv.ErrRange) {
		return 0, inputRange(typ, s)
	}
	if err != nil {
		return 0, invalidInput(typ, s)
	}
	if neg {
		v = -v
	}
	return v, nil
}

func xid8Recv(_ *Call, b []byte, _ int32) (uint64, error) {
	if err := wantBytes(b, 8); err != nil {
		return 0, err
	}
	return binary.BigEndian.Uint64(b), nil
}
