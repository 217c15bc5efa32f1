package server

import (
	"encoding/binary"
	"errors"
	"io"
	"sync/atomic"

	"github.com/jackc/pgerrcode"
)

// Limits on the length of message bodies.
const (
	maxStartup = 10000     // MAX_STARTUP_PACKET_LENGTH
	maxAuth    = 65535     // PG_MAX_AUTH_TOKEN_LENGTH, of messages before authentication ends
	maxSmall   = 10000     // PQ_SMALL_MESSAGE_LIMIT, of messages without data
	maxLarge   = 1<<30 - 2 // PQ_LARGE_MESSAGE_LIMIT, of the others
	smallRead  = 512       // what an idle connection reads into
)

// commError is a fault of the connection that is logged and ends it, but that
// PostgreSQL does not tell the client of (COMMERROR).
type commError struct{ text string }

func (e commError) Error() string { return e.text }

// intake counts the buffers of long messages that are being read, of all
// connections. A nil intake lets any be.
type intake struct {
	most int64
	used atomic.Int64
}

func (t *intake) take(n int) error {
	if t == nil {
		return nil
	}
	if t.used.Add(int64(n)) > t.most {
		t.used.Add(-int64(n))
		return fatal(pgerrcode.OutOfMemory, "out of memory").
			Detailf("Messages that are being received take more than %d kB.", t.most>>10)
	}
	return nil
}

func (t *intake) give(n int) {
	if t != nil {
		t.used.Add(-int64(n))
	}
}

// reader frames messages. It never takes memory on the word of a header: its
// buffer doubles as bytes arrive. What it returns is valid until its next call.
type reader struct {
	src  io.Reader
	buf  []byte
	r, w int // unread bytes are buf[r:w]
	idle []byte
	long *intake
}

func newReader(src io.Reader) reader {
	idle := make([]byte, smallRead)
	return reader{src: src, buf: idle, idle: idle}
}

// buffered gives the number of bytes read from the socket and not yet used.
func (r *reader) buffered() int { return r.w - r.r }

// fill reads until n bytes are buffered. io.EOF means none came at all.
func (r *reader) fill(n int) error {
	for r.w-r.r < n {
		if r.w == len(r.buf) {
			if err := r.room(n); err != nil {
				return err
			}
		}
		got, err := r.src.Read(r.buf[r.w:])
		r.w += got
		if got == 0 && err != nil {
			if errors.Is(err, io.EOF) && r.w > r.r {
				return io.ErrUnexpectedEOF
			}
			return err
		}
	}
	return nil
}

// room makes room in a full buffer of which n bytes are wanted.
func (r *reader) room(n int) error {
	if r.r > 0 {
		r.w = copy(r.buf, r.buf[r.r:r.w])
		r.r = 0
		if r.w < len(r.buf)/2 || n <= len(r.buf) {
			return nil
		}
	}
	var next []byte
	if len(r.buf) < bufferSize {
		next = buffers.Get().(*[bufferSize]byte)[:]
	} else {
		size := min(2*len(r.buf), max(n, len(r.buf)+bufferSize))
		if err := r.long.take(size); err != nil {
			return err
		}
		next = make([]byte, size)
	}
	r.w = copy(next, r.buf[:r.w])
	r.drop()
	r.buf = next
	return nil
}

// drop gives the buffer back, to the pool or to what long ones may take.
func (r *reader) drop() {
	switch {
	case len(r.buf) == bufferSize:
		buffers.Put((*[bufferSize]byte)(r.buf))
	case len(r.buf) > bufferSize:
		r.long.give(len(r.buf))
	}
	r.buf = nil
}

// release gives the buffer back when all is read.
func (r *reader) release() {
	if r.r == r.w && len(r.buf) != len(r.idle) {
		r.drop()
		r.buf = r.idle
	}
	if r.r == r.w {
		r.r, r.w = 0, 0
	}
}

// take gives the next n bytes, which are buffered.
func (r *reader) take(n int) []byte {
	b := r.buf[r.r : r.r+n : r.r+n]
	r.r += n
	return b
}

// rest gives all that is buffered.
func (r *reader) rest() []byte { return r.take(r.buffered()) }

// startup reads a packet of the connection's start, which has no type: its
// body follows the length.
func (r *reader) startup() ([]byte, error) {
	if err := r.fill(4); err != nil {
		return nil, err
	}
	n := int64(binary.BigEndian.Uint32(r.buf[r.r:])) - 4
	if n < 4 || n > maxStartup {
		return nil, commError{"invalid length of startup packet"}
	}
	r.take(4)
	if err := r.fill(int(n)); err != nil {
		return nil, noEOF(err)
	}
	return r.take(int(n)), nil
}

// message reads a message. limit gives the longest body of a type, negative
// for types that may not come now.
func (r *reader) message(limit func(typ byte) int) (typ byte, body []byte, err error) {
	if err := r.fill(1); err != nil {
		return 0, nil, err
	}
	typ = r.buf[r.r]
	most := limit(typ)
	if most < 0 {
		return typ, nil, violation("invalid frontend message type %d", typ)
	}
	if err := r.fill(5); err != nil {
		return typ, nil, err
	}
	n := int64(binary.BigEndian.Uint32(r.buf[r.r+1:])) - 4
	if n < 0 || n > maxLarge-4 || n > int64(most) && most <= maxAuth {
		return typ, nil, commError{"invalid message length"}
	}
	if n > int64(most) {
		return typ, nil, fatal(pgerrcode.ProgramLimitExceeded, "message of %d bytes is too long", n).
			Hintf("The setting max_message_size allows %d.", most)
	}
	r.take(5)
	if err := r.fill(int(n)); err != nil {
		return typ, nil, noEOF(err)
	}
	return typ, r.take(int(n)), nil
}

func noEOF(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}
