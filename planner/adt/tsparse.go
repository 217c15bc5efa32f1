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

// next reads a word with its positions; ok is false at the end.
func (p *tsWords) next() (l Lexeme, ok bool, err error) {
	const (
		waitWord = iota
		waitEndWord
		waitNextChar
		waitEndQuoted
		waitQuote
		waitPosInfo
		inPosInfo
		waitPosDelim
	)
	var word strings.Builder
	state, back := waitWord, waitWord
	for {
		c, r, size := p.char()
		end, space := size == 0, size > 0 && IsSpaceRune(r)
		digit := size > 0 && isDigit(c)
		operator := !end && (p.query && strings.IndexByte("!&|()<", c) >= 0 || p.web && c == '"')
		quote, escape := c == '\'' && !p.web, c == '\\' && !p.web
		take := func() { word.WriteString(p.src[p.pos : p.pos+size]) }
		done := func() (Lexeme, bool, error) {
			l.Word = word.String()
			return l, true, nil
		}
		switch state {
		case waitWord:
			switch {
			case end:
				return l, false, nil
			case quote:
				state = waitEndQuoted
			case escape:
				state, back = waitNextChar, waitEndWord
			case operator:
				return l, false, p.syntax()
			case !space:
				take()
				state = waitEndWord
			}
		case waitNextChar:
			if end {
				return l, false, pgerr.New(pgerrcode.SyntaxError, "there is no escaped character: \"%s\"", p.src)
			}
			take()
			state = back
		case waitEndWord:
			switch {
			case escape:
				state, back = waitNextChar, waitEndWord
			case space || end || operator:
				if word.Len() == 0 {
					return l, false, p.syntax()
				}
				return done()
			case c == ':':
				if word.Len() == 0 {
					return l, false, p.syntax()
				}
				if p.query {
					return done()
				}
				state = inPosInfo
			default:
				take()
			}
		case waitEndQuoted:
			switch {
			case quote:
				state = waitQuote
			case escape:
				state, back = waitNextChar, waitEndQuoted
			case end:
				return l, false, p.syntax()
			default:
				take()
			}
		case waitQuote:
			if quote {
				take()
				state = waitEndQuoted
				break
			}
			if word.Len() == 0 {
				return l, false, p.syntax()
			}
			if p.query {
				return done()
			}
			state = waitPosInfo
			continue
		case waitPosInfo:
			if c != ':' {
				return done()
			}
			state = inPosInfo
		case inPosInfo:
			if !digit {
				return l, false, p.syntax()
			}
			n := atoiLimited(p.src[p.pos:])
			if n == 0 {
				return l, false, pgerr.New(pgerrcode.SyntaxError, "wrong position info in tsvector: \"%s\"", p.src)
			}
			l.Pos = append(l.Pos, LexemePos{Pos: uint16(n)})
			state = waitPosDelim
		case waitPosDelim:
			last := &l.Pos[max(len(l.Pos), 1)-1]
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
				state = inPosInfo
			case w >= 0:
				if last.Weight != 0 {
					return l, false, p.syntax()
				}
				last.Weight = uint8(w)
			case space || end:
				return done()
			case !digit:
				return l, false, p.syntax()
			}
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
