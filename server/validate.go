package server

import (
	"bytes"
	"encoding/binary"

	"github.com/jackc/pgerrcode"

	"github.com/flowgres/flowgres/planner/adt"
	"github.com/flowgres/flowgres/planner/pgerr"
)

// validate walks a message's body before pgproto3 decodes it, which slices
// without looking. Its errors are those of pqformat.c; a text before the damage that is none
// in the client's encoding comes first, for PostgreSQL converts what it has read.
func validate(typ byte, body []byte, enc *adt.Encoding) error {
	b := walker{rest: body}
	if err := b.walk(typ); err != nil {
		return b.first(enc, err)
	}
	return nil
}

// walk consumes a message of a type.
func (b *walker) walk(typ byte) error {
	switch typ {
	case 'Q':
		b.text()
	case 'P':
		b.text()
		b.text()
		b.skip(4 * b.int16())
	case 'D', 'C':
		kind := b.byte()
		b.text()
		if b.err == nil && len(b.rest) == 0 && kind != 'S' && kind != 'P' {
			name := "DESCRIBE"
			if typ == 'C' {
				name = "CLOSE"
			}
			return protocolError("invalid %s message subtype %d", name, kind)
		}
	case 'E':
		b.text()
		b.int32()
	case 'S', 'H', 'X':
	default: // B and F have their own decoders; d, c, f: never decoded
		return nil
	}
	return b.end()
}

func protocolError(format string, args ...any) error {
	return pgerr.New(pgerrcode.ProtocolViolation, format, args...)
}

// walker consumes a body; after an error its results are zero.
type walker struct {
	rest  []byte
	texts [2][]byte // read so far, before their conversion
	read  int
	err   error
}

// first gives the error of the first text that was read and cannot be converted, else err.
func (b *walker) first(enc *adt.Encoding, err error) error {
	for _, text := range b.texts[:b.read] {
		if _, err := enc.FromClient(text); err != nil {
			return err
		}
	}
	return err
}

func (b *walker) skip(n int) {
	if b.err == nil && (n < 0 || n > len(b.rest)) {
		b.err = protocolError("insufficient data left in message")
	}
	if b.err == nil {
		b.rest = b.rest[n:]
	}
}

func (b *walker) int16() int {
	at := b.rest
	if b.skip(2); b.err != nil {
		return 0
	}
	return int(binary.BigEndian.Uint16(at))
}

func (b *walker) int32() int {
	at := b.rest
	if b.skip(4); b.err != nil {
		return 0
	}
	return int(int32(binary.BigEndian.Uint32(at)))
}

func (b *walker) byte() byte {
	if b.err == nil && len(b.rest) == 0 {
		b.err = protocolError("no data left in message")
	}
	at := b.rest
	if b.skip(1); b.err != nil {
		return 0
	}
	return at[0]
}

func (b *walker) text() []byte {
	if b.err != nil {
		return nil
	}
	end := bytes.IndexByte(b.rest, 0)
	if end < 0 {
		b.err = protocolError("invalid string in message")
		return nil
	}
	at := b.rest[:end]
	b.rest = b.rest[end+1:]
	b.texts[b.read] = at
	b.read++
	return at
}
