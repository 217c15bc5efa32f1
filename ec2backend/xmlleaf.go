package ec2backend

import "bytes"

// What helps those who know what comes next to see that it does, without reading it
// element by element.

// next reads a piece of the document, whole, if it is what comes.
func (x *xmlScanner) next(piece string) bool {
	if !begins(x.buf[x.pos:x.end], piece) {
		return false
	}
	x.pos += len(piece)
	return true
}

// mark is a place in the document.
type mark struct{ pos, fills int }

func (x *xmlScanner) mark() mark { return mark{x.pos, x.fills} }

// since gives what was read since a place, nil when that is no longer all at hand. The
// slice is valid until the next read.
func (x *xmlScanner) since(m mark) []byte {
	if x.fills != m.fills {
		return nil
	}
	return x.buf[m.pos:x.pos]
}

// begins tells whether b begins with s.
func begins(b []byte, s string) bool { return len(b) >= len(s) && string(b[:len(s)]) == s }

// spaced tells whether raw is tags with nothing but white space before each.
func spaced(raw []byte, tags ...string) bool {
	for _, t := range tags {
		raw = bytes.TrimLeft(raw, " \t\r\n")
		if !begins(raw, t) {
			return false
		}
		raw = raw[len(t):]
	}
	return len(raw) == 0
}
