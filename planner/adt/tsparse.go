package adt

import (
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/jackc/pgerrcode"

	"github.com/flowgres/flowgres/planner/pgerr"
)

// tsWords reads the words of a tsvector or a tsquery literal
// (tsvector_parser.c).
type tsWords struct {
	src   string
	pos   int
	kind  string // for messages
	query bool   // operators end words, and positions are not read
	web   bool   // so do double quotes, and nothing is quoted or escaped
}

func (p *tsWords) syntax() error {
	return pgerr.New(pgerrcode.SyntaxError, "syntax error in %s: \"%s\"", p.kind, p.src)
}

// char gives the character at pos: its first byte and its size; 0 at the end.
func (p *tsWords) char() (c byte, r rune, size int) {
	if p.pos >= len(p.src) {
		return 0, 0, 0
	}
	r, size = utf8.DecodeRuneInString(p.src[p.pos:])
	return p.src[p.pos], r, size
}

// operator tells that a character ends a word.
func (p *tsWords) operator(c byte) bool {
	return p.query && strings.IndexByte("!&|()<", c) >= 0 || p.web && c == '"'
}

// next reads a word with its positions; ok is false at the end.
func (p *tsWords) next() (l Lexeme, ok bool, err error) {
	c, r, size := p.char()
	for size > 0 && IsSpaceRune(r) {
		p.pos += size
		c, r, size = p.char()
	}
	var word strings.Builder
	switch {
	case size == 0:
		return l, false, nil
	case p.operator(c):
		return l, false, p.syntax()
	case c == '\'' && !p.web:
		p.pos++
		err = p.quoted(&word)
	default:
		err = p.plain(&word)
	}
	if err != nil {
		return l, false, err
	}
	l.Word = word.String()
	if !p.query && strings.HasPrefix(p.src[p.pos:], ":") {
		p.pos++
		l.Pos, err = p.positions()
	}
	return l, err == nil, err
}

// plain reads a word that is not quoted. Its first character may be any.
func (p *tsWords) plain(word *strings.Builder) error {
	for first := true; ; first = false {
		c, r, size := p.char()
		switch {
		case c == '\\' && !p.web:
			if err := p.escaped(word); err != nil {
				return err
			}
		case !first && (size == 0 || c == ':' || IsSpaceRune(r) || p.operator(c)):
			return nil
		default:
			p.take(word, size)
		}
	}
}

// quoted reads up to the closing quote; two quotes are one.
func (p *tsWords) quoted(word *strings.Builder) error {
	for {
		c, _, size := p.char()
		switch {
		case size == 0:
			return p.syntax()
		case c == '\\':
			if err := p.escaped(word); err != nil {
				return err
			}
			continue
		case c == '\'':
			p.pos++
			if !strings.HasPrefix(p.src[p.pos:], "'") {
				if word.Len() == 0 {
					return p.syntax()
				}
				return nil
			}
		}
		p.take(word, size)
	}
}

// escaped reads a backslash and the character that it takes the meaning of.
func (p *tsWords) escaped(word *strings.Builder) error {
	p.pos++
	_, _, size := p.char()
	if size == 0 {
		return pgerr.New(pgerrcode.SyntaxError, "there is no escaped character: \"%s\"", p.src)
	}
	p.take(word, size)
	return nil
}

// take adds a character of a size to the word.
func (p *tsWords) take(word *strings.Builder, size int) {
	word.WriteString(p.src[p.pos : p.pos+size])
	p.pos += size
}

// positions reads a list of positions, each with a weight or none.
func (p *tsWords) positions() (list []LexemePos, err error) {
	for {
		if c, _, _ := p.char(); !isDigit(c) {
			return nil, p.syntax()
		}
		n := atoiLimited(p.src[p.pos:])
		if n == 0 {
			return nil, pgerr.New(pgerrcode.SyntaxError, "wrong position info in tsvector: \"%s\"", p.src)
		}
		p.pos++
		pos := LexemePos{Pos: uint16(n)}
		more, err := p.weight(&pos)
		if err != nil {
			return nil, err
		}
		list = append(list, pos)
		if !more {
			return list, nil
		}
	}
}

// weight reads on after the first digit of a position, and tells whether a comma
// announces another. Digits may even follow the weight.
func (p *tsWords) weight(pos *LexemePos) (more bool, err error) {
	for {
		c, r, size := p.char()
		w := -1
		switch c {
		case 'a', 'A', '*':
			w = 3
		case 'b', 'B':
			w = 2
		case 'c', 'C':
			w = 1
		case 'd', 'D':
			w = 0
		}
		switch {
		case c == ',':
			p.pos++
			return true, nil
		case w >= 0:
			if pos.Weight != 0 {
				return false, p.syntax()
			}
			pos.Weight = uint8(w)
		case size == 0 || IsSpaceRune(r):
			return false, nil
		case !isDigit(c):
			return false, p.syntax()
		}
		p.pos += size
	}
}

// atoiLimited reads leading digits as a position.
func atoiLimited(s string) int {
	n := 0
	for n < len(s) && isDigit(s[n]) {
		n++
	}
	v, err := strconv.Atoi(s[:n])
	if err != nil || v > TSMaxPos {
		return TSMaxPos
	}
	return v
}
