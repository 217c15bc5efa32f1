package adt

import (
	"encoding/binary"
	"strings"

	"github.com/jackc/pgerrcode"

	"github.com/flowgres/flowgres/planner/pgerr"
)

// Range input and output, text and binary.

// rangeElem gives the element type of a range type.
func rangeElem(c *Call, typ OID) (*Type, error) {
	t, err := typeOf(c, typ)
	if err != nil {
		return nil, err
	}
	if t.Subtype == 0 {
		return nil, pgerr.New(pgerrcode.InternalError, "type %d is not a range type", typ)
	}
	return typeOf(c, t.Subtype)
}

func rangeIn(c *Call, args []Datum) (Datum, error) {
	return box(parseRange(c, args[0].(string), args[1].(OID), typmodArg(args)))
}

// rangeText reads a range literal's parts.
type rangeText struct {
	src string
	pos int
}

func (p *rangeText) malformed(detail string) error {
	return pgerr.New(pgerrcode.InvalidTextRepresentation, "malformed range literal: \"%s\"", p.src).Detailf("%s", detail)
}

func (p *rangeText) at() byte {
	if p.pos < len(p.src) {
		return p.src[p.pos]
	}
	return 0
}

// rest tells whether nothing but white space follows.
func (p *rangeText) rest() bool { return trimSpace(p.src[p.pos:]) == "" }

// bound reads one bound; ok is false when it is infinite.
func (p *rangeText) bound() (text string, ok bool, err error) {
	if c := p.at(); c == ',' || c == ')' || c == ']' {
		return "", false, nil
	}
	var b strings.Builder
	for quoted := false; ; {
		if p.pos >= len(p.src) {
			return "", false, p.malformed("Unexpected end of input.")
		}
		c := p.src[p.pos]
		if !quoted && (c == ',' || c == ')' || c == ']') {
			return b.String(), true, nil
		}
		p.pos++
		switch {
		case c == '\\':
			if p.pos >= len(p.src) {
				return "", false, p.malformed("Unexpected end of input.")
			}
			b.WriteByte(p.src[p.pos])
			p.pos++
		case c == '"' && !quoted:
			quoted = true
		case c == '"' && p.at() == '"':
			b.WriteByte(c)
			p.pos++
		case c == '"':
			quoted = false
		default:
			b.WriteByte(c)
		}
	}
}

func parseRange(c *Call, s string, typ OID, typmod int32) (*Range, error) {
	p := &rangeText{src: s}
	for p.pos < len(s) && isSpace(s[p.pos]) {
		p.pos++
	}
	if len(s)-p.pos >= 5 && strings.EqualFold(s[p.pos:p.pos+5], "empty") {
		if p.pos += 5; !p.rest() {
			return nil, p.malformed("Junk after \"empty\" key word.")
		}
		return emptyRange(typ), nil
	}
	lower, upper := bound{lower: true}, bound{}
	switch p.at() {
	case '[':
		lower.inc = true
	case '(':
	default:
		return nil, p.malformed("Missing left parenthesis or bracket.")
	}
	p.pos++
	lowerText, hasLower, err := p.bound()
	if err != nil {
		return nil, err
	}
	if p.at() != ',' {
		return nil, p.malformed("Missing comma after lower bound.")
	}
	p.pos++
	upperText, hasUpper, err := p.bound()
	if err != nil {
		return nil, err
	}
	switch p.at() {
	case ']':
		upper.inc = true
	case ')':
	default:
		return nil, p.malformed("Too many commas.")
	}
	p.pos++
	if !p.rest() {
		return nil, p.malformed("Junk after right parenthesis or bracket.")
	}
	elem, err := rangeElem(c, typ)
	if err != nil {
		return nil, err
	}
	if hasLower {
		if lower.value, err = elem.InputText(c.Env, lowerText, typmod); err != nil {
			return nil, err
		}
	}
	if hasUpper {
		if upper.value, err = elem.InputText(c.Env, upperText, typmod); err != nil {
			return nil, err
		}
	}
	return newRange(typ, lower, upper)
}

func rangeOut(c *Call, dst []byte, r *Range) ([]byte, error) {
	if r.Empty {
		return append(dst, "empty"...), nil
	}
	elem, err := rangeElem(c, r.Type)
	if err != nil {
		return dst, err
	}
	out := elem.TextEncoder(c.Env)
	bound := func(d Datum) error {
		if d == nil {
			return nil
		}
		from := len(dst)
		var err error
		if dst, err = out(dst, d); err != nil {
			return err
		}
		need, escapes := len(dst) == from, 0
		for _, c := range dst[from:] {
			switch {
			case c == '"' || c == '\\':
				need = true
				escapes++
			case strings.IndexByte("()[],", c) >= 0 || isSpace(c):
				need = true
			}
		}
		if need {
			dst = quoteInPlace(dst, from, escapes, 0)
		}
		return nil
	}
	dst = append(dst, pick[byte](r.LowerInc, '[', '('))
	if err := bound(r.Lower); err != nil {
		return dst, err
	}
	dst = append(dst, ',')
	if err := bound(r.Upper); err != nil {
		return dst, err
	}
	return append(dst, pick[byte](r.UpperInc, ']', ')')), nil
}

func rangeRecv(c *Call, args []Datum) (Datum, error) {
	return box(receiveRange(c, args[0].([]byte), args[1].(OID), typmodArg(args)))
}

func receiveRange(c *Call, b []byte, typ OID, typmod int32) (*Range, error) {
	elem, err := rangeElem(c, typ)
	if err != nil {
		return nil, err
	}
	p := binReader{b: b}
	flags := p.byte()
	lower := bound{inc: flags&rangeLowerInc != 0, lower: true}
	upper := bound{inc: flags&rangeUpperInc != 0}
	value := func() (Datum, error) {
		item := p.bytes(int(p.int32()))
		if p.err != nil {
			return nil, p.err
		}
		return elem.ReceiveBinary(c.Env, item, typmod)
	}
	if p.err == nil && flags&(rangeEmpty|rangeLowerInf) == 0 {
		if lower.value, err = value(); err != nil {
			return nil, err
		}
	}
	if p.err == nil && flags&(rangeEmpty|rangeUpperInf) == 0 {
		if upper.value, err = value(); err != nil {
			return nil, err
		}
	}
	if p.err == nil && len(p.b) > 0 {
		p.err = pgerr.New(pgerrcode.ProtocolViolation, "invalid message format") // pq_getmsgend
	}
	if p.err != nil {
		return nil, p.err
	}
	if flags&rangeEmpty != 0 {
		return emptyRange(typ), nil
	}
	return newRange(typ, lower, upper)
}

func rangeSend(c *Call, dst []byte, r *Range) ([]byte, error) {
	elem, err := rangeElem(c, r.Type)
	if err != nil {
		return dst, err
	}
	dst = append(dst, r.flags())
	send := elem.BinaryEncoder(c.Env)
	for _, d := range []Datum{r.Lower, r.Upper} {
		if d == nil {
			continue
		}
		if dst, err = appendSized(dst, d, send); err != nil {
			return dst, err
		}
	}
	return dst, nil
}

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
