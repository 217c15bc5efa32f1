package adt

import (
	"encoding/binary"
	"strings"
)

// The addresses that inet and cidr take (inet_net_pton.c, with its leniency).

func parseInet(s string, cidr bool) (n Inet, ok bool) {
	switch {
	case strings.Contains(s, ":"):
		n.V6 = true
		return n, n.parse6(s)
	case cidr:
		return n, n.parseNet4(s)
	}
	return n, n.parseHost4(s)
}

// inetScanner gives bytes, 0 past the end.
type inetScanner struct {
	s string
	i int
}

func (p *inetScanner) peek(ahead int) byte {
	if p.i+ahead < len(p.s) {
		return p.s[p.i+ahead]
	}
	return 0
}

// number reads decimal digits of a number that may not pass limit.
func (p *inetScanner) number(limit int) (v int, ok bool) {
	for ; isDigit(p.peek(0)); p.i++ {
		if v = v*10 + int(p.peek(0)-'0'); v > limit {
			return v, false
		}
	}
	return v, true
}

// bits reads a mask length up to the end; -1 when there is none.
func (p *inetScanner) bits4() (int, bool) {
	if p.peek(0) != '/' || !isDigit(p.peek(1)) {
		return -1, p.i >= len(p.s)
	}
	p.i++
	v, ok := p.number(32)
	return v, ok && p.i >= len(p.s)
}

// parseHost4 is inet_net_pton_ipv4: fewer than four octets need a mask.
func (n *Inet) parseHost4(s string) bool {
	p := &inetScanner{s: s}
	octets := 0
	for isDigit(p.peek(0)) {
		v, ok := p.number(255)
		if !ok || octets == 4 {
			return false
		}
		n.IP[octets] = byte(v)
		octets++
		if c := p.peek(0); p.i >= len(s) || c == '/' {
			break
		} else if c != '.' {
			return false
		}
		p.i++
	}
	if octets == 0 {
		return false
	}
	bits, ok := p.bits4()
	if !ok {
		return false
	}
	if bits == -1 {
		if octets < 4 {
			return false
		}
		bits = 32
	}
	n.Bits = uint8(bits)
	return bits/8 <= octets
}

// parseNet4 is inet_cidr_pton_ipv4: a missing mask comes from the address's
// class and the octets that are there.
func (n *Inet) parseNet4(s string) bool {
	p := &inetScanner{s: s}
	octets := 0
	add := func(v int) bool {
		if octets == 4 {
			return false
		}
		n.IP[octets] = byte(v)
		octets++
		return true
	}
	switch c := p.peek(0); {
	case c == '0' && p.peek(1)|0x20 == 'x' && hexDigit(p.peek(2)) >= 0:
		p.i = 2
		half := -1
		for ; hexDigit(p.peek(0)) >= 0; p.i++ {
			d := hexDigit(p.peek(0))
			if half < 0 {
				half = d
				continue
			}
			if !add(half<<4 | d) {
				return false
			}
			half = -1
		}
		if half >= 0 && !add(half<<4) {
			return false
		}
	case isDigit(c):
		for {
			v, ok := p.number(255)
			if !ok || !add(v) {
				return false
			}
			if c := p.peek(0); p.i >= len(s) || c == '/' {
				break
			} else if c != '.' {
				return false
			}
			if p.i++; !isDigit(p.peek(0)) {
				return false
			}
		}
	default:
		return false
	}
	bits, ok := p.bits4()
	if !ok {
		return false
	}
	if bits == -1 {
		switch first := n.IP[0]; {
		case first >= 240:
			bits = 32
		case first >= 224:
			bits = 8
		case first >= 192:
			bits = 24
		case first >= 128:
			bits = 16
		default:
			bits = 8
		}
		bits = max(bits, octets*8)
		if bits == 8 && n.IP[0] == 224 {
			bits = 4
		}
	}
	n.Bits = uint8(bits)
	return true
}

// parse6 is inet_cidr_pton_ipv6, which serves inet too.
func (n *Inet) parse6(s string) bool {
	p := &inetScanner{s: s}
	if p.peek(0) == ':' {
		if p.i++; p.peek(0) != ':' {
			return false
		}
	}
	at, colon, bits := 0, -1, 128
	token, digits, val := p.i, 0, uint16(0)
	put := func() bool {
		if at+2 > 16 {
			return false
		}
		binary.BigEndian.PutUint16(n.IP[at:], val)
		at += 2
		digits, val = 0, 0
		return true
	}
scan:
	for p.i < len(s) {
		c := s[p.i]
		p.i++
		d := hexDigit(c)
		switch {
		case d >= 0:
			val = val<<4 | uint16(d)
			if digits++; digits > 4 {
				return false
			}
		case c == ':':
			token = p.i
			if digits == 0 {
				if colon >= 0 {
					return false
				}
				colon = at
				continue
			}
			if p.i >= len(s) || !put() {
				return false
			}
		case c == '.' && at+4 <= 16:
			b, ok := n.tail4(s[token:], at)
			if !ok {
				return false
			}
			if b >= 0 {
				bits = b
			}
			at += 4
			digits = 0
			break scan
		case c == '/':
			b, ok := prefix6(s[p.i:])
			if !ok {
				return false
			}
			bits = b
			break scan
		default:
			return false
		}
	}
	if digits > 0 && !put() {
		return false
	}
	if colon >= 0 {
		if at == 16 {
			return false
		}
		moved := n.IP[colon:at]
		var tail [16]byte
		k := copy(tail[:], moved)
		clear(n.IP[colon:])
		copy(n.IP[16-k:], tail[:k])
		at = 16
	}
	n.Bits = uint8(bits)
	return at == 16
}

// prefix6 is getbits: a number up to 128 without leading zeros.
func prefix6(s string) (int, bool) {
	v := 0
	for i := range len(s) {
		if !isDigit(s[i]) || i > 0 && v == 0 {
			return 0, false
		}
		if v = v*10 + int(s[i]-'0'); v > 128 {
			return 0, false
		}
	}
	return v, s != ""
}

// tail4 is getv4: the IPv4 form of an IPv6 address's last bytes, and the mask
// length that may follow (-1: none).
func (n *Inet) tail4(s string, at int) (bits int, ok bool) {
	octets, v, digits := 0, 0, 0
	for i := range len(s) {
		c := s[i]
		switch {
		case isDigit(c):
			if digits > 0 && v == 0 {
				return 0, false
			}
			digits++
			if v = v*10 + int(c-'0'); v > 255 {
				return 0, false
			}
		case c == '.' || c == '/':
			if octets > 3 {
				return 0, false
			}
			n.IP[at+octets] = byte(v)
			octets++
			if c == '/' {
				return prefix6(s[i+1:])
			}
			v, digits = 0, 0
		default:
			return 0, false
		}
	}
	if digits == 0 || octets > 3 {
		return 0, false
	}
	n.IP[at+octets] = byte(v)
	return -1, true
}
