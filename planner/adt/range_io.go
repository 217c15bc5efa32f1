package adt

import (
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
		escapes, need, err := quotesNeeded(c.Env, dst[from:], rangeSpecials)
		if err == nil && (need || len(dst) == from) {
			dst, err = quoteInPlace(c.Env, dst, from, escapes, 0)
		}
		return err
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
