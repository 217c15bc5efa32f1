package adt

import (
	"math"
)

// escape parses what follows a backslash outside of brackets.
func (p *reParser) escape() (*reNode, error) {
	if !p.more() {
		return nil, errRegex(reBadEscape)
	}
	c := p.s[p.pos]
	if p.flags.extended || !(isAlpha(c) || isDigit(c)) {
		return &reNode{kind: reLiteral, r: p.rune()}, nil
	}
	switch c {
	case 'd', 's', 'w', 'D', 'S', 'W':
		p.pos++
		return &reNode{kind: reClass, set: []reItem{{class: string(rune(c))}}}, nil
	case 'A', 'Z', 'm', 'M', 'y', 'Y':
		p.pos++
		p.back = p.back || c != 'A' && c != 'Z'
		return &reNode{kind: reAssert, n: int(c)}, nil
	}
	if c >= '1' && c <= '9' {
		from, n := p.pos, 0
		for p.digitAt(p.pos) && n < math.MaxInt16 {
			n = n*10 + int(p.s[p.pos]-'0')
			p.pos++
		}
		// A single digit is always a back reference; more are one if there are so
		// many groups, else an octal character.
		if p.pos == from+1 || n <= p.groups {
			return p.backref(n)
		}
		p.pos = from
	}
	r, err := p.charEscape()
	return &reNode{kind: reLiteral, r: r}, err
}

func (p *reParser) backref(n int) (*reNode, error) {
	if n > p.groups || !p.closed[n] || p.look {
		return nil, errRegex(reBadBackref)
	}
	p.back = true
	return &reNode{kind: reBackref, n: n}, nil
}

// charEscape parses an escape that stands for one character.
func (p *reParser) charEscape() (rune, error) {
	c := p.s[p.pos]
	p.pos++
	switch c {
	case 'a':
		return 7, nil
	case 'b':
		return 8, nil
	case 'B':
		return '\\', nil
	case 'c':
		if !p.more() {
			return 0, errRegex(reBadEscape)
		}
		return p.rune() & 0o37, nil
	case 'e':
		return 27, nil
	case 'f':
		return 12, nil
	case 'n':
		return 10, nil
	case 'r':
		return 13, nil
	case 't':
		return 9, nil
	case 'v':
		return 11, nil
	case 'u':
		return p.digits(16, 4, 4)
	case 'U':
		return p.digits(16, 8, 8)
	case 'x':
		return p.digits(16, 1, 255)
	case '0', '1', '2', '3', '4', '5', '6', '7':
		p.pos--
		return p.digits(8, 1, 3)
	}
	return 0, errRegex(reBadEscape)
}

// maxChar is PostgreSQL's CHR_MAX: a pattern may name characters that no text has.
const maxChar = 0x7ffffffe

// digits reads the number of a character (lexdigits).
func (p *reParser) digits(base, least, most int) (rune, error) {
	v, n := uint32(0), 0
	for ; n < most && p.more(); n++ {
		d := hexDigit(p.s[p.pos])
		if d < 0 || d >= base {
			break
		}
		v = v*uint32(base) + uint32(d)
		p.pos++
	}
	if n < least || v > maxChar {
		return 0, errRegex(reBadEscape)
	}
	return rune(v), nil
}
