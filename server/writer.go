package server

import (
	"encoding/binary"
	"io"
	"sync"

	"github.com/jackc/pgproto3/v2"

	"github.com/flowgres/flowgres/planner/pgerr"
)

const (
	bufferSize = 32 << 10  // of pooled buffers
	firstFlush = 8 << 10   // a write buffer this full goes out: PostgreSQL's measure,
	flushSize  = 28 << 10  // and this full when an answer is long
	bufferMax  = 256 << 10 // a write buffer that grew beyond is not kept
)

var buffers = sync.Pool{New: func() any { return new([bufferSize]byte) }}

// writer collects messages in one buffer and writes that out when it is full
// or flushed. Its first write error sticks.
type writer struct {
	dst io.Writer
	buf []byte
	out int64 // bytes written
	big int   // the fullness at which the buffer goes out, if past firstFlush
	err error
	to  writeWaiter // is told when writes begin and end; nil: nobody
}

// writeWaiter is what a Session may offer: to show that it waits for its client.
type writeWaiter interface{ Writing(on bool) }

// put appends a message.
func (w *writer) put(m pgproto3.BackendMessage) {
	if w.err != nil {
		return
	}
	buf, err := m.Encode(w.take())
	if err != nil {
		w.err = pgerr.Internal("could not encode a message: %s", err.Error())
		return
	}
	w.buf = buf
	w.spill()
}

// putEmpty appends a message without a body.
func (w *writer) putEmpty(typ byte) {
	if w.err == nil {
		w.buf = append(w.take(), typ, 0, 0, 0, 4)
		w.spill()
	}
}

// putStatus appends ReadyForQuery.
func (w *writer) putStatus(status byte) {
	if w.err == nil {
		w.buf = append(w.take(), 'Z', 0, 0, 0, 5, status)
		w.spill()
	}
}

// end takes back the buffer with a message that was appended to it at start,
// and fills in its length.
func (w *writer) end(buf []byte, start int) {
	binary.BigEndian.PutUint32(buf[start+1:], uint32(len(buf)-start-1))
	w.buf = buf
	w.spill()
}

// take gives the buffer to append to.
func (w *writer) take() []byte {
	if w.buf == nil {
		w.buf = buffers.Get().(*[bufferSize]byte)[:0]
	}
	return w.buf
}

// spill writes the buffer out when it is full. An answer's first rows go out as
// early as PostgreSQL's, since a client may read them while others are awaited;
// those of a long one go in larger pieces, which are cheaper.
func (w *writer) spill() {
	if limit := max(w.big, firstFlush); len(w.buf) >= limit {
		w.flush() //nolint:errcheck // it sticks
		w.big = min(2*limit, flushSize)
	}
}

// flush writes the buffer out.
func (w *writer) flush() error {
	if len(w.buf) > 0 && w.err == nil {
		if w.to != nil {
			w.to.Writing(true)
		}
		_, w.err = w.dst.Write(w.buf)
		if w.to != nil {
			w.to.Writing(false)
		}
		w.out += int64(len(w.buf))
	}
	w.buf, w.big = w.buf[:0], 0
	if cap(w.buf) > bufferMax {
		w.buf = nil
	}
	return w.err
}

// total gives the bytes put so far.
func (w *writer) total() int64 { return w.out + int64(len(w.buf)) }

// release gives the empty buffer back.
func (w *writer) release() {
	if w.buf != nil && len(w.buf) == 0 {
		if cap(w.buf) == bufferSize {
			buffers.Put((*[bufferSize]byte)(w.buf[:bufferSize]))
		}
		w.buf = nil
	}
}
