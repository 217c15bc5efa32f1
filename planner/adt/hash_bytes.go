package adt

import (
	"encoding/binary"
	"math/bits"
)

// The functions here are Bob Jenkins's lookup3 as PostgreSQL seeds it
// (src/common/hashfn.c), so that hashtext() and its like give PostgreSQL's
// numbers. PostgreSQL's words are little-endian on every platform it is
// recorded on.

const hashInit = 0x9e3779b9 + 3923095

func hashMix(a, b, c uint32) (uint32, uint32, uint32) {
	a -= c
	a ^= bits.RotateLeft32(c, 4)
	c += b
	b -= a
	b ^= bits.RotateLeft32(a, 6)
	a += c
	c -= b
	c ^= bits.RotateLeft32(b, 8)
	b += a
	a -= c
	a ^= bits.RotateLeft32(c, 16)
	c += b
	b -= a
	b ^= bits.RotateLeft32(a, 19)
	a += c
	c -= b
	c ^= bits.RotateLeft32(b, 4)
	b += a
	return a, b, c
}

func hashFinal(a, b, c uint32) (uint32, uint32, uint32) {
	c ^= b
	c -= bits.RotateLeft32(b, 14)
	a ^= c
	a -= bits.RotateLeft32(c, 11)
	b ^= a
	b -= bits.RotateLeft32(a, 25)
	c ^= b
	c -= bits.RotateLeft32(b, 16)
	a ^= c
	a -= bits.RotateLeft32(c, 4)
	b ^= a
	b -= bits.RotateLeft32(a, 14)
	c ^= b
	c -= bits.RotateLeft32(b, 24)
	return a, b, c
}

// hashTail runs the body of the hash over k from a given state. The lowest byte
// of c is reserved for the length, so the tail's last word is shifted.
func hashTail(a, b, c uint32, k []byte) (uint32, uint32, uint32) {
	for len(k) >= 12 {
		a += binary.LittleEndian.Uint32(k)
		b += binary.LittleEndian.Uint32(k[4:])
		c += binary.LittleEndian.Uint32(k[8:])
		a, b, c = hashMix(a, b, c)
		k = k[12:]
	}
	for i, x := range k {
		switch {
		case i < 4:
			a += uint32(x) << (8 * i)
		case i < 8:
			b += uint32(x) << (8 * (i - 4))
		default:
			c += uint32(x) << (8 * (i - 7))
		}
	}
	return hashFinal(a, b, c)
}

// hashBytes is hash_bytes.
func hashBytes(k []byte) uint32 {
	s := uint32(hashInit) + uint32(len(k))
	_, _, c := hashTail(s, s, s, k)
	return c
}

// hashBytesExtended is hash_bytes_extended: 64 bits and a seed.
func hashBytesExtended(k []byte, seed uint64) uint64 {
	s := uint32(hashInit) + uint32(len(k))
	a, b, c := s, s, s
	if seed != 0 {
		a += uint32(seed >> 32)
		b += uint32(seed)
		a, b, c = hashMix(a, b, c)
	}
	_, b, c = hashTail(a, b, c, k)
	return uint64(b)<<32 | uint64(c)
}

// hashUint32 is hash_bytes_uint32.
func hashUint32(k uint32) uint32 {
	s := uint32(hashInit) + 4
	_, _, c := hashFinal(s+k, s, s)
	return c
}

// hashUint32Extended is hash_bytes_uint32_extended.
func hashUint32Extended(k uint32, seed uint64) uint64 {
	s := uint32(hashInit) + 4
	a, b, c := s, s, s
	if seed != 0 {
		a += uint32(seed >> 32)
		b += uint32(seed)
		a, b, c = hashMix(a, b, c)
	}
	_, b, c = hashFinal(a+k, b, c)
	return uint64(b)<<32 | uint64(c)
}

// keyBytes appends a string as part of a Func.Key: its length and its bytes,
// so that no key is a prefix of another.
func keyBytes(dst []byte, s string) []byte {
	return append(binary.AppendUvarint(dst, uint64(len(s))), s...)
}

func keyUvarint(dst []byte, n int) []byte { return binary.AppendUvarint(dst, uint64(n)) }

// HashUint32Extended is hash_uint32_extended.
func HashUint32Extended(k uint32, seed uint64) uint64 { return hashUint32Extended(k, seed) }

// foldInt64 makes the 32 bits that hashint8 hashes, the same for values that
// int4 can hold as int4's own.
func foldInt64(v int64) uint32 {
	lo, hi := uint32(v), uint32(uint64(v)>>32)
	if v >= 0 {
		return lo ^ hi
	}
	return lo ^ ^hi
}

func hashInt64(v int64) uint32 { return hashUint32(foldInt64(v)) }

func hashInt64Extended(v int64, seed uint64) uint64 { return hashUint32Extended(foldInt64(v), seed) }
