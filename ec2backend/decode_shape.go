package ec2backend

import (
	"bytes"

	"github.com/flowgres/flowgres/planner/adt"
)

// shape is how an endpoint writes flow logs: the same elements in the same order, with
// the same white space, their values often those of the flow log before. What comes so is
// known by comparing bytes with what was read element by element once; what doesn't is
// read so, and learnt.
type shape struct {
	begin, end string // tags around a flow log, each with the white space before it
	elements   []element
	tag        tagShape
}

// element is an element of a flow log, as they follow each other. Any flow log may lack
// some.
type element struct {
	open, end string // its tags, open with the white space before it
	name      []byte
	field     int
	last      string    // the last text without markup…
	datum     adt.Datum // …and what it stands for
	known     *known    // what the last part was
}

// maxShape bounds the elements that are remembered.
const maxShape = 32

// learn notes an element that has come after k of the others.
func (s *shape) learn(k int, open, name []byte, field int) (e *element, next int) {
	for i := range s.elements {
		if s.elements[i].open == string(open) {
			return &s.elements[i], i + 1
		}
	}
	if len(s.elements) == maxShape {
		s.elements, k = s.elements[:0], 0
	}
	s.elements = append(s.elements, element{})
	copy(s.elements[k+1:], s.elements[k:])
	s.elements[k] = element{open: string(open), end: "</" + string(name) + ">", name: bytes.Clone(name), field: field}
	return &s.elements[k], k + 1
}

// expected reads elements for as long as they come in the shape, after k of it. It tells
// after how many of it the next one comes, or that the flow log ended.
func (d *pageDecoder) expected(row adt.Row, k int) (next int, ended bool, err error) {
	x, s := d.x, &d.in.shape
	if x.selfClose {
		return k, false, nil
	}
	b := x.buf[x.pos:x.end]
	for i := k; i < len(s.elements); i++ {
		e := &s.elements[i]
		if !begins(b, e.open) {
			continue
		}
		n := 0
		if partOf(e.field) != noPart {
			n = d.expectedPart(e, b)
		} else if n, err = d.leaf(row, e, b); err != nil {
			return 0, false, err
		}
		if n == 0 {
			return i, false, nil
		}
		b = b[n:]
		x.pos += n
		k = i + 1
	}
	if s.end != "" && begins(b, s.end) && bytes.Equal(x.top(), itemName) {
		x.pos += len(s.end)
		x.pop()
		return k, true, nil
	}
	return k, false, nil
}

// leaf reads an element with a text that b begins with, if all of it is there and the
// text is plain; n is its length, else 0.
func (d *pageDecoder) leaf(row adt.Row, e *element, b []byte) (n int, err error) {
	rest := b[len(e.open):]
	if e.last != "" && begins(rest, e.last) && begins(rest[len(e.last):], e.end) {
		if d.need[e.field] {
			row[e.field] = e.datum
		}
		return len(e.open) + len(e.last) + len(e.end), nil
	}
	i := bytes.IndexByte(rest, '<')
	if i < 0 || !begins(rest[i:], e.end) {
		return 0, nil
	}
	n = len(e.open) + i + len(e.end)
	if e.field == fieldOther { // nobody looks at what it says
		return n, nil
	}
	if rest = rest[:i]; !plainText(rest) {
		return 0, nil
	}
	if err := d.store(row, e.field, rest); err != nil {
		return 0, err
	}
	switch e.field {
	case colFlowLogID, colResourceID, colCreationTime, colMaxAggregationInterval:
	default:
		if s, ok := row[e.field].(string); ok {
			e.last, e.datum = s, row[e.field]
		}
	}
	return n, nil
}
