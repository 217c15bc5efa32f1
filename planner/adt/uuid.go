package adt

import (
	"bytes"
	"crypto/rand"
	"encoding/hex"

	"github.com/jackc/pgerrcode"

	"github.com/flowgres/flowgres/planner/pgerr"
)

// uuid (uuid.c).

func uuidFuncs() Funcs {
	return Funcs{
		"uuid_in":   In(uuidIn),
		"uuid_out":  Out(uuidOut),
		"uuid_recv": Recv(uuidRecv),
		"uuid_send": Send(func(_ *Call, dst []byte, u UUID) ([]byte, error) { return append(dst, u[:]...), nil }),

		"uuid_eq":  P2(func(a, b UUID) bool { return a == b }),
		"uuid_ne":  P2(func(a, b UUID) bool { return a != b }),
		"uuid_lt":  P2(func(a, b UUID) bool { return uuidCmp(a, b) < 0 }),
		"uuid_le":  P2(func(a, b UUID) bool { return uuidCmp(a, b) <= 0 }),
		"uuid_gt":  P2(func(a, b UUID) bool { return uuidCmp(a, b) > 0 }),
		"uuid_ge":  P2(func(a, b UUID) bool { return uuidCmp(a, b) >= 0 }),
		"uuid_cmp": cmpDiff(uuidCmp, func(a, b UUID) int32 { return byteDiff(string(a[:]), string(b[:])) }),
		"uuid_hash": hashOf(func(u UUID) int32 { return int32(hashBytes(u[:])) },
			func(dst []byte, d Datum) []byte { u := d.(UUID); return append(dst, u[:]...) }),
		"uuid_hash_extended": P2(func(u UUID, seed int64) int64 { return int64(hashBytesExtended(u[:], uint64(seed))) }),

		"gen_random_uuid": F0(genRandomUUID),
	}
}

func uuidCmp(a, b UUID) int { return bytes.Compare(a[:], b[:]) }

// uuidIn takes 32 hexadecimal digits, perhaps in braces, with a hyphen allowed
// after each group of four.
func uuidIn(_ *Call, s string, _ int32) (u UUID, err error) {
	bad := func() (UUID, error) {
		return UUID{}, pgerr.New(pgerrcode.InvalidTextRepresentation, `invalid input syntax for type %s: "%s"`, "uuid", s)
	}
	src, braces := s, false
	if src != "" && src[0] == '{' {
		src, braces = src[1:], true
	}
	for i := range u {
		if len(src) < 2 {
			return bad()
		}
		hi, lo := hexDigit(src[0]), hexDigit(src[1])
		if hi < 0 || lo < 0 {
			return bad()
		}
		u[i] = byte(hi<<4 | lo)
		src = src[2:]
		if i%2 == 1 && i < len(u)-1 && src != "" && src[0] == '-' {
			src = src[1:]
		}
	}
	if braces {
		if src == "" || src[0] != '}' {
			return bad()
		}
		src = src[1:]
	}
	if src != "" {
		return bad()
	}
	return u, nil
}

func uuidOut(_ *Call, dst []byte, u UUID) ([]byte, error) {
	dst = hex.AppendEncode(dst, u[:4])
	for _, p := range [][2]int{{4, 6}, {6, 8}, {8, 10}, {10, 16}} {
		dst = append(dst, '-')
		dst = hex.AppendEncode(dst, u[p[0]:p[1]])
	}
	return dst, nil
}

func uuidRecv(_ *Call, b []byte, _ int32) (u UUID, err error) {
	if len(b) < len(u) {
		return u, errNoData()
	}
	copy(u[:], b)
	return u, noMore(b, len(u))
}

func genRandomUUID() (u UUID, err error) {
	if _, err := rand.Read(u[:]); err != nil {
		return u, pgerr.New(pgerrcode.InternalError, "could not generate random values")
	}
	u[6] = u[6]&0x0f | 0x40
	u[8] = u[8]&0x3f | 0x80
	return u, nil
}
