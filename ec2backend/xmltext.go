package ec2backend

import (
	"bytes"
	"encoding/binary"
	"unicode/utf8"
)

// plainText tells that text means itself: ASCII without entities, carriage
// returns or control characters.
func plainText(b []byte) bool {
	// Eight at a time: a byte of the sum of these has its high bit set when it is
	// no plain one (or follows one that is not).
	const ones, high = 0x0101010101010101, 0x8080808080808080
	for ; len(b) >= 8; b = b[8:] {
		w := binary.LittleEndian.Uint64(b)
		amp, del := w^('&'*ones), w^(0x7f*ones)
		if (w|(w-' '*ones)&^w|(amp-ones)&^amp|(del-ones)&^del)&high != 0 {
			return false
		}
	}
	for _, c := range b {
		if c == '&' || c < ' ' || c >= 0x7f {
			return false
		}
	}
	return true
}

// appendText appends character data with entities resolved and line ends made
// \n.
func appendText(dst, b []byte, entities bool) ([]byte, error) {
	for i := 0; i < len(b); {
		switch c := b[i]; {
		case c == '&' && entities:
			n := bytes.IndexByte(b[i:], ';')
			if n < 0 {
				return nil, xmlError("invalid character entity & (no semicolon)")
			}
			var err error
			if dst, err = appendEntity(dst, b[i+1:i+n]); err != nil {
				return nil, err
			}
			i += n + 1
		case c == '\r':
			dst = append(dst, '\n')
			i++
			if i < len(b) && b[i] == '\n' {
				i++
			}
		case c < utf8.RuneSelf:
			if c < ' ' && c != '\t' && c != '\n' {
				return nil, xmlError("illegal character code U+%04X", c)
			}
			dst = append(dst, c)
			i++
		default:
			r, n := utf8.DecodeRune(b[i:])
			if r == utf8.RuneError && n == 1 {
				return nil, xmlError("invalid UTF-8")
			}
			if !xmlChar(r) {
				return nil, xmlError("illegal character code U+%04X", r)
			}
			dst = append(dst, b[i:i+n]...)
			i += n
		}
	}
	return dst, nil
}

// xmlChar tells whether XML 1.0 allows a character.
func xmlChar(r rune) bool {
	return r == '\t' || r == '\n' || r == '\r' || r >= 0x20 && r <= 0xD7FF || r >= 0xE000 && r <= 0xFFFD || r >= 0x10000 && r <= utf8.MaxRune
}

// appendEntity appends what &name; stands for.
func appendEntity(dst, name []byte) ([]byte, error) {
	switch string(name) {
	case "amp":
		return append(dst, '&'), nil
	case "lt":
		return append(dst, '<'), nil
	case "gt":
		return append(dst, '>'), nil
	case "quot":
		return append(dst, '"'), nil
	case "apos":
		return append(dst, '\''), nil
	}
	if len(name) < 2 || name[0] != '#' {
		return nil, xmlError("invalid character entity &%s;", name)
	}
	digits, base := name[1:], rune(10)
	if digits[0] == 'x' {
		digits, base = digits[1:], 16
	}
	if len(digits) == 0 {
		return nil, xmlError("invalid character entity &%s;", name)
	}
	var r rune
	for _, c := range digits {
		d := rune(-1)
		switch {
		case c >= '0' && c <= '9':
			d = rune(c - '0')
		case base == 16 && c >= 'a' && c <= 'f':
			d = rune(c-'a') + 10
		case base == 16 && c >= 'A' && c <= 'F':
			d = rune(c-'A') + 10
		}
		if d < 0 || r > utf8.MaxRune {
			return nil, xmlError("invalid character entity &%s;", name)
		}
		r = r*base + d
	}
	if !xmlChar(r) {
		if r >= 0xD800 && r <= 0xDFFF { // encoding/xml makes U+FFFD of a surrogate
			return utf8.AppendRune(dst, utf8.RuneError), nil
		}
		return nil, xmlError("illegal character code U+%04X", r)
	}
	return utf8.AppendRune(dst, r), nil
}
