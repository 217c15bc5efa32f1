package adt

import (
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
