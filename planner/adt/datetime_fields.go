package adt

import (
	"strings"
)

// field is a word or number of a date, time or interval, in lower case.
type field struct {
	text string
	kind unit // unitNumber, String, Date, Time, TZ or Special
}

const (
	maxDateFields = 25
	maxDateLen    = 128
)

// parseDateTime breaks a text into fields (ParseDateTime). room is the size of
// PostgreSQL's work buffer, which limits the text.
func parseDateTime(s string, room int) ([]field, dterr) {
	var buf [12]field
	fields := buf[:0]
	for p := (fieldScanner{s: s}); p.more(); {
		f, e := p.field()
		if e != dtOK {
			return nil, e
		}
		room -= len(f.text) + 1
		if len(fields) >= maxDateFields || room < 0 {
			return nil, dtBadFormat
		}
		fields = append(fields, f)
	}
	return append([]field(nil), fields...), dtOK
}

// fieldScanner reads one field after another; it ends at a zero byte, as C's
// strings do.
type fieldScanner struct {
	s  string
	at int
}

// peek gives the next byte, 0 at the end.
func (p *fieldScanner) peek() byte {
	if p.at < len(p.s) {
		return p.s[p.at]
	}
	return 0
}

// skip passes over bytes of a class.
func (p *fieldScanner) skip(class func(c byte) bool) {
	for p.at < len(p.s) && class(p.s[p.at]) {
		p.at++
	}
}

// more passes over what only separates, spaces and punctuation, and tells
// whether a field follows.
func (p *fieldScanner) more() bool {
	p.skip(func(c byte) bool {
		return isSpace(c) || c > ' ' && c < 0x7f && c != '.' && c != '+' && c != '-' && !isDigit(c) && !isAlpha(c)
	})
	return p.peek() != 0
}

// field reads a field, whose first byte tells what it may be.
func (p *fieldScanner) field() (field, dterr) {
	start := p.at
	var kind unit
	switch c := p.peek(); {
	case isDigit(c):
		kind = p.numeric()
	case c == '.':
		p.at++
		p.skip(isDigit)
		kind = unitNumber
	case isAlpha(c):
		kind = p.word()
	case c == '+' || c == '-':
		return p.signed()
	default:
		return field{}, dtBadFormat
	}
	return field{asciiLower(p.s[start:p.at]), kind}, dtOK
}

// numeric reads what begins with digits: a time, a date, a number.
func (p *fieldScanner) numeric() unit {
	p.skip(isDigit)
	switch d := p.peek(); d {
	case ':':
		p.skip(func(c byte) bool { return isDigit(c) || c == ':' || c == '.' })
		return unitTime
	case '-', '/', '.':
		p.at++
		return p.date(d)
	}
	return unitNumber
}

// date reads on after digits and a separator d. Digits alone after a point make a
// number with a fraction.
func (p *fieldScanner) date(d byte) unit {
	if !isDigit(p.peek()) { // the month is a word
		p.skip(func(c byte) bool { return isDigit(c) || isAlpha(c) || c == d })
		return unitDate
	}
	p.skip(isDigit)
	if p.peek() == d {
		p.skip(func(c byte) bool { return isDigit(c) || c == d })
		return unitDate
	}
	if d == '.' {
		return unitNumber
	}
	return unitDate
}

// word reads what begins with a letter: a word, or a date or zone name with
// punctuation.
func (p *fieldScanner) word() unit {
	start := p.at
	p.skip(isAlpha)
	switch d := p.peek(); {
	case d == '-' || d == '/' || d == '.':
	case d == '+' || isDigit(d):
		if _, known := findToken(dateTokens, strings.ToLower(p.s[start:p.at])); known {
			return unitString
		}
	default:
		return unitString
	}
	p.skip(func(c byte) bool {
		return c == '+' || c == '-' || c == '/' || c == '_' || c == '.' || c == ':' || isDigit(c) || isAlpha(c)
	})
	return unitDate
}

// signed reads what begins with a sign, which spaces may follow that do not
// count: a zone's offset or a number, or a special word.
func (p *fieldScanner) signed() (field, dterr) {
	sign := p.at
	p.at++
	p.skip(isSpace)
	start := p.at
	var kind unit
	switch c := p.peek(); {
	case isDigit(c):
		kind = unitTZ
		p.skip(func(c byte) bool { return isDigit(c) || c == ':' || c == '.' || c == '-' })
	case isAlpha(c):
		kind = unitSpecial
		p.skip(isAlpha)
	default:
		return field{}, dtBadFormat
	}
	text := p.s[sign:p.at]
	if start > sign+1 {
		text = p.s[sign:sign+1] + p.s[start:p.at]
	}
	return field{asciiLower(text), kind}, dtOK
}
