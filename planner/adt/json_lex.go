package adt

import (
	"fmt"
	"unicode/utf8"

	"github.com/jackc/pgerrcode"

	"github.com/flowgres/flowgres/planner/pgerr"
)

// The JSON lexer (src/common/jsonapi.c), with PostgreSQL's messages.

type jsonToken uint8

const (
	jsonEnd jsonToken = iota
	jsonString
	jsonNumber
	jsonTrue
	jsonFalse
	jsonNull
	jsonPunct // the byte itself is in jsonLex.punct
)

type jsonLex struct {
	src       string
	unescape  bool // build str for strings, and check what only that finds
	tok       jsonToken
	punct     byte
	start     int // of the token
	end       int // after the token; the end of what an error shows
	line      int
	lineStart int
	str       string // an unescaped string token
	buf       []byte
}

// fail makes the error "invalid input syntax for type json" with detail and the
// piece of input up to the current token's end as context.
func (l *jsonLex) fail(format string, args ...any) error {
	e := pgerr.New(pgerrcode.InvalidTextRepresentation, "invalid input syntax for type %s", "json")
	e.Detail = fmt.Sprintf(format, args...)
	e.Where = l.context()
	return e
}

// context is report_json_context: about 50 characters of the line.
func (l *jsonLex) context() string {
	from := l.lineStart
	for l.end-from >= 50 {
		if l.src[from] >= utf8.RuneSelf {
			from += charWidth([]byte(l.src[from:min(from+4, len(l.src))]), true)
		} else {
			from++
		}
	}
	prefix, suffix := "", ""
	if from-l.lineStart <= 3 {
		from = l.lineStart
	}
	if from > l.lineStart {
		prefix = "..."
	}
	if l.tok != jsonEnd && l.end < len(l.src) && l.src[l.end] != '\n' && l.src[l.end] != '\r' {
		suffix = "..."
	}
	return fmt.Sprintf("JSON data, line %d: %s%s%s", l.line, prefix, l.src[from:max(l.end, from)], suffix)
}

func (l *jsonLex) token() string { return l.src[l.start:l.end] }

func (l *jsonLex) invalidToken() error { return l.fail(`Token "%s" is invalid.`, l.token()) }

// expected reports the current token where another was due.
func (l *jsonLex) expected(what string) error {
	if l.tok == jsonEnd {
		return l.fail("The input string ended unexpectedly.")
	}
	return l.fail(`Expected %s, but found "%s".`, what, l.token())
}

func jsonAlnum(c byte) bool {
	return isAlpha(c) || isDigit(c) || c == '_' || c >= utf8.RuneSelf
}

// next reads a token.
func (l *jsonLex) next() error {
	i := l.end
	for i < len(l.src) {
		c := l.src[i]
		if c != ' ' && c != '\t' && c != '\n' && c != '\r' {
			break
		}
		i++
		if c == '\n' {
			l.line++
			l.lineStart = i
		}
	}
	l.start = i
	if i >= len(l.src) {
		l.tok, l.end = jsonEnd, i
		return nil
	}
	switch c := l.src[i]; c {
	case '{', '}', '[', ']', ',', ':':
		l.tok, l.punct, l.end = jsonPunct, c, i+1
		return nil
	case '"':
		if err := l.string(); err != nil {
			return err
		}
		l.tok = jsonString
		return nil
	case '-':
		return l.number(i + 1)
	case '0', '1', '2', '3', '4', '5', '6', '7', '8', '9':
		return l.number(i)
	}
	for i < len(l.src) && jsonAlnum(l.src[i]) {
		i++
	}
	if i == l.start {
		l.end = i + 1
		l.tok = jsonPunct
		return l.invalidToken()
	}
	l.end = i
	switch l.src[l.start:i] {
	case "true":
		l.tok = jsonTrue
	case "false":
		l.tok = jsonFalse
	case "null":
		l.tok = jsonNull
	default:
		l.tok = jsonPunct
		return l.invalidToken()
	}
	return nil
}

func (l *jsonLex) digit(i int) bool { return i < len(l.src) && l.src[i] >= '0' && l.src[i] <= '9' }

func (l *jsonLex) digits(i int) int {
	for l.digit(i) {
		i++
	}
	return i
}

func (l *jsonLex) number(i int) error {
	bad := false
	switch {
	case i < len(l.src) && l.src[i] == '0':
		i++
	case l.digit(i):
		i = l.digits(i)
	default:
		bad = true
	}
	if i < len(l.src) && l.src[i] == '.' {
		i++
		bad = bad || !l.digit(i)
		i = l.digits(i)
	}
	if i < len(l.src) && (l.src[i] == 'e' || l.src[i] == 'E') {
		i++
		if i < len(l.src) && (l.src[i] == '+' || l.src[i] == '-') {
			i++
		}
		bad = bad || !l.digit(i)
		i = l.digits(i)
	}
	for i < len(l.src) && jsonAlnum(l.src[i]) {
		bad = true
		i++
	}
	l.tok, l.end = jsonNumber, i
	if bad {
		return l.invalidToken()
	}
	return nil
}

// failAfter makes an error whose context ends after the character at i.
func (l *jsonLex) failAfter(i int, format string, args ...any) error {
	l.tok = jsonString
	n := 1
	if l.src[i] >= utf8.RuneSelf {
		n = utf8Promised(l.src[i])
	}
	l.end = min(i+n, len(l.src))
	return l.fail(format, args...)
}

func (l *jsonLex) failAt(i int) error {
	l.tok = jsonString
	l.end = i
	return l.invalidToken()
}

// Texts of errors about surrogates.
const (
	jsonLowMissing = "Unicode low surrogate must follow a high surrogate."
	jsonTwoHigh    = "Unicode high surrogate must not follow a high surrogate."
)

// string reads a string token.
func (l *jsonLex) string() error {
	l.buf = l.buf[:0]
	high := rune(-1)
	i := l.start + 1
	plain := i // start of a run of plain characters
	escaped := false
	for ; ; i++ {
		if i >= len(l.src) {
			return l.failAt(i)
		}
		c := l.src[i]
		if c == '"' {
			break
		}
		if c < ' ' {
			l.tok = jsonString
			l.end = i
			return l.fail("Character with value 0x%02x must be escaped.", c)
		}
		if c != '\\' {
			if high >= 0 {
				return l.failAfter(i, jsonLowMissing)
			}
			continue
		}
		if l.unescape {
			l.buf = append(l.buf, l.src[plain:i]...)
		}
		escaped = true
		if i++; i >= len(l.src) {
			return l.failAt(i)
		}
		var err error
		if l.src[i] == 'u' {
			i, high, err = l.unicodeEscape(i, high)
		} else if high >= 0 {
			err = l.failAfter(i, jsonLowMissing)
		} else {
			err = l.escape(i)
		}
		if err != nil {
			return err
		}
		plain = i + 1
	}
	l.end = i + 1
	if high >= 0 {
		l.tok = jsonString
		return l.fail(jsonLowMissing)
	}
	if l.unescape {
		if escaped {
			l.str = string(append(l.buf, l.src[plain:i]...))
		} else {
			l.str = l.src[l.start+1 : i]
		}
	}
	return nil
}

// escape reads the letter of an escape.
func (l *jsonLex) escape(i int) error {
	e, ok := jsonEscape(l.src[i])
	if !ok {
		l.start = i
		l.tok = jsonString
		n := charWidth([]byte(l.src[i:min(i+4, len(l.src))]), true)
		l.end = i + n
		return l.fail(`Escape sequence "\%s" is invalid.`, l.src[i:i+n])
	}
	if l.unescape {
		l.buf = append(l.buf, e)
	}
	return nil
}

// unicodeEscape reads the digits after the u at i. It gives where they end, and the high
// surrogate that waits for its low one, -1: none does.
func (l *jsonLex) unicodeEscape(i int, high rune) (end int, waits rune, err error) {
	r := rune(0)
	for range 4 {
		if i++; i >= len(l.src) {
			return i, high, l.failAt(i)
		}
		d := hexDigit(l.src[i])
		if d < 0 {
			return i, high, l.failAfter(i, `"\u" must be followed by four hexadecimal digits.`)
		}
		r = r<<4 | rune(d)
	}
	if !l.unescape {
		return i, high, nil
	}
	switch {
	case r >= 0xd800 && r < 0xdc00:
		if high >= 0 {
			return i, high, l.failAfter(i, jsonTwoHigh)
		}
		return i, r, nil
	case r >= 0xdc00 && r < 0xe000:
		if high < 0 {
			return i, high, l.failAfter(i, jsonLowMissing)
		}
		r = (high-0xd800)<<10 + (r - 0xdc00) + 0x10000
	case high >= 0:
		return i, high, l.failAfter(i, jsonLowMissing)
	case r == 0:
		err := l.failAfter(i, "%s", `\u0000 cannot be converted to text.`).(*pgerr.Error)
		err.Code, err.Message = pgerrcode.UntranslatableCharacter, "unsupported Unicode escape sequence"
		return i, high, err
	}
	l.buf = utf8.AppendRune(l.buf, r)
	return i, -1, nil
}

func jsonEscape(c byte) (byte, bool) {
	switch c {
	case '"', '\\', '/':
		return c, true
	case 'b':
		return '\b', true
	case 'f':
		return '\f', true
	case 'n':
		return '\n', true
	case 'r':
		return '\r', true
	case 't':
		return '\t', true
	}
	return 0, false
}
