package adt

import (
	"encoding/binary"
	"slices"

	"github.com/jackc/pgerrcode"

	"github.com/flowgres/flowgres/planner/pgerr"
)

// wantBytes checks that a receive function was given exactly n bytes.
func wantBytes(b []byte, n int) error {
	if err := atLeast(b, n); err != nil {
		return err
	}
	return noMore(b, n)
}

// atLeast checks that a receive function was given n bytes or more. One that
// looks at what they say asks for noMore after that.
func atLeast(b []byte, n int) error {
	if len(b) >= n {
		return nil
	}
	if n == 1 { // pq_getmsgbyte
		return pgerr.New(pgerrcode.ProtocolViolation, "no data left in message")
	}
	return errNoData()
}

// noMore checks that nothing follows the n bytes that a receive function has read.
func noMore(b []byte, n int) error {
	if len(b) > n {
		return errLeftOver()
	}
	return nil
}

const leftOver = "incorrect binary data format"

// errLeftOver is the complaint of whoever calls a receive function that leaves
// bytes unread.
func errLeftOver() error { return pgerr.New(pgerrcode.InvalidBinaryRepresentation, leftOver) }

// improper names the n'th part of a value, whose receive function has left
// bytes unread.
func improper(err error, format string, n int) error {
	if pgerr.From(err).Message == leftOver {
		return pgerr.New(pgerrcode.InvalidBinaryRepresentation, format, n)
	}
	return err
}

// cstring reads a string up to its zero byte (pq_getmsgstring).
func (r *binReader) cstring() (string, error) {
	i := slices.Index(r.b, 0)
	if r.err == nil && i < 0 {
		r.err = pgerr.New(pgerrcode.ProtocolViolation, "invalid string in message")
	}
	if r.err != nil {
		return "", r.err
	}
	s := string(r.b[:i])
	r.b = r.b[i+1:]
	return textRecv(nil, []byte(s), -1)
}

func (r *binReader) uint16() uint16 {
	if v := r.bytes(2); v != nil {
		return binary.BigEndian.Uint16(v)
	}
	return 0
}

// binReader reads a binary value; err is set once it is cut short.
type binReader struct {
	b   []byte
	err error
}

func (r *binReader) bytes(n int) []byte {
	if r.err != nil || n < 0 || len(r.b) < n {
		if r.err == nil {
			r.err = errNoData()
		}
		return nil
	}
	v := r.b[:n:n]
	r.b = r.b[n:]
	return v
}

func (r *binReader) int32() int32 {
	if v := r.bytes(4); v != nil {
		return int32(binary.BigEndian.Uint32(v))
	}
	return 0
}
