package adt

import (
	"crypto/md5"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/hex"
)

// Digests: md5() as hex text, the SHA-2 family as bytea (cryptohashfuncs.c).

func digestFuncs() Funcs {
	return Funcs{
		"md5_text":     P1(func(s string) string { return md5Hex(bytesOf(s)) }),
		"md5_bytea":    P1(md5Hex),
		"sha224_bytea": P1(func(b []byte) []byte { h := sha256.Sum224(b); return h[:] }),
		"sha256_bytea": P1(func(b []byte) []byte { h := sha256.Sum256(b); return h[:] }),
		"sha384_bytea": P1(func(b []byte) []byte { h := sha512.Sum384(b); return h[:] }),
		"sha512_bytea": P1(func(b []byte) []byte { h := sha512.Sum512(b); return h[:] }),
	}
}

func md5Hex(b []byte) string {
	h := md5.Sum(b)
	return hex.EncodeToString(h[:])
}
