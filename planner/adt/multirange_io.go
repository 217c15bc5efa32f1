package adt

import (
	"encoding/binary"
	"strings"

	"github.com/jackc/pgerrcode"

	"github.com/flowgres/flowgres/planner/pgerr"
)

func multirangeIn(c *Call, args []Datum) (Datum, error) {
	typ := args[1].(OID)
	t, err := typeOf(c, typ)
	if err != nil {
		return nil, err
	}
	ranges, err := parseMultirange(c, args[0].(string), t.RangeType, typmodArg(args))
	if err != nil {
		return nil, err
	}
	return box(newMultirange(c, typ, ranges))
}

// parseMultirange cuts a multirange literal into range literals.
func parseMultirange(c *Call, s string, typ OID, typmod int32) ([]*Range, error) {
	bad := func(detail string) ([]*Range, error) {
		return nil, pgerr.New(pgerrcode.InvalidTextRepresentation, "malformed multirange literal: \"%s\"", s).Detailf("%s", detail)
	}
	i := 0
	for i < len(s) && isSpace(s[i]) {
		i++
	}
	if i >= len(s) || s[i] != '{' {
		return bad("Missing left brace.")
	}
	const (
		beforeRange = iota
		inRange
		escaped
		quoted
		quotedEscaped
		afterRange
		finished
	)
	var out []*Range
	w := c.work()
	state, seen, from := beforeRange, 0, 0
	for i++; state != finished; i++ {
		if i >= len(s) {
			return bad("Unexpected end of input.")
		}
		ch := s[i]
		if isSpace(ch) {
			continue
		}
		switch state {
		case beforeRange:
			switch {
			case ch == '[' || ch == '(':
				from, state = i, inRange
			case ch == '}' && seen == 0:
				state = finished
			case len(s)-i >= 5 && strings.EqualFold(s[i:i+5], "empty"):
				seen++
				i += 4
				state = afterRange
			default:
				return bad("Expected range start.")
			}
		case inRange:
			switch ch {
			case ']', ')':
				seen++
				r, err := parseRange(c, s[from:i+1], typ, typmod)
				if err == nil {
					err = w.grown(512, 128*len(out))
				}
				if err != nil {
					return nil, err
				}
				out = append(out, r)
				state = afterRange
			case '"':
				state = quoted
			case '\\':
				state = escaped
			}
		case escaped:
			state = inRange
		case quoted:
			switch {
			case ch == '"' && i+1 < len(s) && s[i+1] == '"':
				i++
			case ch == '"':
				state = inRange
			case ch == '\\':
				state = quotedEscaped
			}
		case quotedEscaped:
			state = quoted
		case afterRange:
			switch ch {
			case ',':
				state = beforeRange
			case '}':
				state = finished
			default:
				return bad("Expected comma or end of multirange.")
			}
		}
	}
	if trimSpace(s[i:]) != "" {
		return bad("Junk after closing right brace.")
	}
	return out, nil
}

func multirangeOut(c *Call, dst []byte, m *Multirange) ([]byte, error) {
	dst = append(dst, '{')
	work := c.work()
	for i, r := range m.Ranges {
		if err := work.grown(300, len(dst)); err != nil {
			return dst, err
		}
		if i > 0 {
			dst = append(dst, ',')
		}
		var err error
		if dst, err = rangeOut(c, dst, r); err != nil {
			return dst, err
		}
	}
	return append(dst, '}'), nil
}

func multirangeRecv(c *Call, args []Datum) (Datum, error) {
	typ := args[1].(OID)
	t, err := typeOf(c, typ)
	if err != nil {
		return nil, err
	}
	p := binReader{b: args[0].([]byte)}
	n := uint32(p.int32())
	if size := int64(int32(n)) * 8; size > maxAlloc { // PostgreSQL makes room for as many pointers
		return nil, pgerr.Internal("invalid memory alloc request size %d", size)
	} else if size < 0 {
		return nil, pgerr.New(pgerrcode.ProgramLimitExceeded, "invalid memory allocation request size 8 * %d", uint64(int64(int32(n))))
	}
	var ranges []*Range
	for i := uint32(0); i < n && p.err == nil; i++ {
		item := p.bytes(int(p.int32()))
		if p.err != nil {
			break
		}
		r, err := receiveRange(c, item, t.RangeType, typmodArg(args))
		if err != nil {
			return nil, err
		}
		ranges = append(ranges, r)
	}
	if p.err == nil && len(p.b) > 0 {
		p.err = pgerr.New(pgerrcode.ProtocolViolation, "invalid message format") // pq_getmsgend
	}
	if p.err != nil {
		return nil, p.err
	}
	return box(newMultirange(c, typ, ranges))
}

func multirangeSend(c *Call, dst []byte, m *Multirange) ([]byte, error) {
	dst = binary.BigEndian.AppendUint32(dst, uint32(len(m.Ranges)))
	send := func(dst []byte, d Datum) ([]byte, error) { return rangeSend(c, dst, d.(*Range)) }
	for _, r := range m.Ranges {
		var err error
		if dst, err = appendSized(dst, r, send); err != nil {
			return dst, err
		}
	}
	return dst, nil
}
