package adt

import (
	"crypto/md5"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/hex"
	"hash"
	"slices"
)

// Digests: md5() as hex text, the SHA-2 family as bytea (cryptohashfuncs.c).

func digestFuncs() Funcs {
	return Funcs{
		"md5_text":     C1(func(c *Call, s string) (string, error) { return md5Hex(c, bytesOf(s)) }),
		"md5_bytea":    C1(md5Hex),
		"sha224_bytea": C1(func(c *Call, b []byte) ([]byte, error) { return digest(c, sha256.New224(), b) }),
		"sha256_bytea": C1(func(c *Call, b []byte) ([]byte, error) { return digest(c, sha256.New(), b) }),
		"sha384_bytea": C1(func(c *Call, b []byte) ([]byte, error) { return digest(c, sha512.New384(), b) }),
		"sha512_bytea": C1(func(c *Call, b []byte) ([]byte, error) { return digest(c, sha512.New(), b) }),
	}
}

func md5Hex(c *Call, b []byte) (string, error) {
	if len(b) <= workStep {
		h := md5.Sum(b)
		return hex.EncodeToString(h[:]), nil
	}
	sum, err := digest(c, md5.New(), b)
	return hex.EncodeToString(sum), err
}

// digest hashes bytes, a part at a time.
func digest(c *Call, h hash.Hash, b []byte) ([]byte, error) {
	work := c.work()
	for part := range slices.Chunk(b, workStep) {
		h.Write(part) // which does not fail
		if err := work.done(len(part)); err != nil {
			return nil, err
		}
	}
	return h.Sum(nil), nil
}
